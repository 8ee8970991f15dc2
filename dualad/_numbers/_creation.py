"""NumPy functions that make arrays like a number, or write into one in place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._assign import fit
from ._number import (
    Number,
    as_array,
    escape,
    first_number,
    holds_number,
    primal,
    primal_tree,
)
from ._protocol import MAKERS, SPECIAL

# --- arrays like a number ------------------------------------------------------------------------


def zeros_like(
    a: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """A number of a's own make that user code can fill; a plain array for integer dtypes."""
    del subok, device
    make: Any = np.zeros_like
    plain = make(primal(a), dtype=dtype, order=order, shape=shape)
    return _number_like(a, plain) if isinstance(a, Number) else plain


def _number_like(a: Any, plain: np.ndarray) -> Any:
    """Zeros of a's own make, with shape, dtype and memory order of `plain`."""
    return a._plain_zeros(plain) if plain.dtype.kind in "fc" else plain


def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", *rest: Any, **keywords: Any
) -> Any:
    """Like `zeros_like`, filled."""
    make: Any = np.zeros_like
    plain = make(primal_tree(a), dtype, order, *rest, **keywords)
    source = a if isinstance(a, Number) else first_number(fill_value)
    out = _number_like(source, plain)
    out[...] = fill_value
    return out


def ones_like(a: Any, *args: Any, **keywords: Any) -> Any:
    """Like `zeros_like`, filled with ones."""
    out = zeros_like(a, *args, **keywords)
    out[...] = 1
    return out


def _maker(name: str) -> Callable[..., Any]:
    """`np.zeros(3, like=number)` and its kin."""

    def make(like: Number, *args: Any, **keywords: Any) -> Any:
        plain = getattr(np, name)(*args, **keywords)
        out = _number_like(like, np.zeros_like(plain))
        out[...] = plain
        return out

    return make


def _full(like: Number, shape: Any, fill_value: Any, *args: Any, **keywords: Any) -> Any:
    """`np.full(3, x, like=number)`."""
    plain = np.full(shape, primal_tree(fill_value), *args, **keywords)
    out = _number_like(like, np.zeros_like(plain))
    out[...] = fill_value
    return out


def _array(like: Number, x: Any, dtype: Any = None, **keywords: Any) -> Any:
    """`np.array([x0, x1], like=number)`, `np.asarray(..., like=number)`."""
    if not holds_number(x):
        return np.array(x, dtype, **keywords)
    out = as_array(x)
    out = np.reshape(out, out.shape).copy()  # an array also where x is a scalar
    return out if dtype is None else out.astype(dtype)


# --- writing in place ----------------------------------------------------------------------------


def _writable(a: Any, what: str, *others: Any) -> None:
    """Raise where a derivative would be stored in a plain array."""
    if not isinstance(a, Number):
        escape(
            first_number(others),
            f"{what} cannot store a derivative in a plain array",
            "make the array with np.zeros_like(v) of a differentiated v",
        )


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """`np.copyto`."""
    _writable(dst, "numpy.copyto", src, where)
    src = as_array(src)
    if casting != "unsafe" and np.ndim(src):
        fit(src, dst, "numpy.copyto")
    if where is True:
        dst[...] = src
    else:
        mask = np.broadcast_to(np.asarray(primal(where), dtype=bool), dst.shape)
        dst[mask] = np.broadcast_to(src, dst.shape)[mask]


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """`np.fill_diagonal`."""
    _writable(a, "numpy.fill_diagonal", val)
    mask = np.zeros(a.shape, bool)
    np.fill_diagonal(mask, True, wrap)
    a[mask] = np.resize(as_array(val), (int(mask.sum()),))


def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """`np.put`."""
    _writable(a, "numpy.put", v, ind)
    numbers = np.arange(math.prod(a.shape)).take(primal_tree(ind), mode=mode).reshape(-1)
    if numbers.size:
        a[np.unravel_index(numbers, a.shape)] = np.resize(as_array(v), numbers.shape)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """`np.place`."""
    _writable(arr, "numpy.place", vals, mask)
    mask = np.asarray(primal(mask), dtype=bool).reshape(arr.shape)
    vals = as_array(vals)
    if mask.any():
        if not vals.size:
            raise ValueError("Cannot insert from an empty array!")
        arr[mask] = np.resize(vals, (int(mask.sum()),))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """`np.putmask`."""
    _writable(a, "numpy.putmask", values, mask)
    mask = np.asarray(primal(mask), dtype=bool).reshape(a.shape)
    a[mask] = np.resize(as_array(values), a.shape)[mask]


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """`np.put_along_axis`."""
    _writable(arr, "numpy.put_along_axis", values, indices)
    numbers = np.arange(math.prod(arr.shape)).reshape(arr.shape)
    if axis is None:
        numbers, axis = numbers.reshape(-1), 0
    chosen = np.take_along_axis(numbers, indices, axis)
    arr[np.unravel_index(chosen, arr.shape)] = values


def ix_(*args: Any) -> tuple[Any, ...]:
    """`np.ix_`, as an open mesh of coordinates; indices must be plain."""
    plain = np.ix_(*map(primal, args))
    return tuple(
        np.reshape(x, p.shape) if isinstance(x, Number) else p
        for x, p in zip(args, plain, strict=True)
    )


SPECIAL.update(
    {
        np.ix_: ix_,
        np.zeros_like: zeros_like,
        np.empty_like: zeros_like,
        np.ones_like: ones_like,
        np.full_like: full_like,
        np.copyto: copyto,
        np.fill_diagonal: fill_diagonal,
        np.put: put,
        np.place: place,
        np.putmask: putmask,
        np.put_along_axis: put_along_axis,
    }
)
_PLAIN_MAKERS = ("zeros", "ones", "empty", "arange", "eye", "identity", "tri", "fromfunction")
MAKERS.update({getattr(np, name): _maker(name) for name in _PLAIN_MAKERS})
MAKERS.update({getattr(np, name): _array for name in ("array", "asarray", "asanyarray")})
MAKERS[np.full] = _full
