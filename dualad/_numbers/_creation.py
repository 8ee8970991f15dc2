"""NumPy functions that make arrays like a number, or write into one in place."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._number import Number, escape, primal, primal_tree
from ._protocol import SPECIAL


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
    plain = np.zeros_like(primal(a), dtype=dtype, order=order, shape=shape)  # type: ignore[arg-type]
    if plain.dtype.kind not in "fc" or not isinstance(a, Number):
        return plain
    return a._plain_zeros(plain)  # type: ignore[attr-defined]  # every number type has it


def full_like(a: Any, fill_value: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Like `zeros_like`, filled."""
    source = a if isinstance(a, Number) else fill_value
    if not isinstance(a, Number) and keywords.get("shape") is None:
        keywords["shape"] = np.shape(a)
    out = zeros_like(source, dtype=dtype, **keywords)
    out[...] = fill_value
    return out


def ones_like(a: Any, dtype: Any = None, **keywords: Any) -> Any:
    """Like `zeros_like`, filled with ones."""
    return full_like(a, 1, dtype=dtype, **keywords)


def creation(name: str) -> Any:
    """`np.zeros(3, like=number)` and its kin."""

    def make(*args: Any, like: Any = None, **keywords: Any) -> Any:
        plain = getattr(np, name)(*args, **keywords)
        return zeros_like(like, shape=plain.shape) + plain if plain.dtype.kind == "f" else plain

    return make


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """`np.copyto`."""
    del casting
    if not isinstance(dst, Number):
        escape(
            src if isinstance(src, Number) else where,
            "numpy.copyto cannot store a derivative in a plain array",
            "make the array with np.zeros_like(v) of a differentiated v",
        )
    if where is True:
        dst[...] = src  # type: ignore[index]  # numbers support assignment
    else:
        mask = np.broadcast_to(where, dst.shape)  # type: ignore[attr-defined]
        dst[mask] = np.broadcast_to(src, dst.shape)[mask]  # type: ignore[index,attr-defined]


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """`np.fill_diagonal`."""
    if not isinstance(a, Number) or wrap:
        raise NoRuleError("numpy.fill_diagonal of this array has no derivative rule", "a[i, i] = v")
    size = min(a.shape)  # type: ignore[attr-defined]
    index = np.arange(size)
    a[(index,) * a.ndim] = np.ravel(val)[:size] if np.ndim(val) else val  # type: ignore[index,attr-defined]


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """`np.put`."""
    flat = np.arange(a.size).take(primal_tree(ind), mode=mode).reshape(-1)  # type: ignore[call-overload]
    values = np.resize(v, flat.shape)
    a[np.unravel_index(flat, a.shape)] = values


def place(a: Any, mask: Any, vals: Any) -> None:
    """`np.place`."""
    mask = np.broadcast_to(np.asarray(primal(mask), dtype=bool), a.shape)
    a[mask] = np.resize(vals, (int(mask.sum()),))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """`np.putmask`."""
    mask = np.broadcast_to(np.asarray(primal(mask), dtype=bool), a.shape)
    a[mask] = np.resize(values, a.shape)[mask]


def _copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    del subok
    return a.copy(order)


SPECIAL.update(
    {
        np.zeros_like: zeros_like,
        np.empty_like: zeros_like,
        np.ones_like: ones_like,
        np.full_like: full_like,
        np.copyto: copyto,
        np.fill_diagonal: fill_diagonal,
        np.put: put,
        np.place: place,
        np.putmask: putmask,
        **{
            getattr(np, name): creation(name)
            for name in ("zeros", "ones", "empty", "full", "arange", "eye", "identity")
        },
    }
)
