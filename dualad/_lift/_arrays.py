"""Stand-ins of NumPy's functions that its protocols do not reach, in lifted code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers import Number, primal, primal_tree
from .._numbers._number import as_array, first_number, holds_number
from ._broadcasting import broadcast
from ._build import again
from ._methods import own_method
from ._scalars import converted, scalar, with_value
from ._shadows import loaded

Standin = Callable[..., Any]


def _cast(x: Any, dtype: Any) -> Any:
    """x as an array of another dtype; integers and booleans have no derivative."""
    if dtype is None:
        return x
    dtype = np.dtype(dtype)
    if dtype.kind in "biu":
        np.trunc(x)  # seen by whoever watches for steps
        return primal(x).astype(dtype)
    return x if x.dtype == dtype else x.astype(dtype)


def _own_array(x: Any) -> Any:
    """What the user's class makes of x as an array."""
    method = None if isinstance(x, (list, np.ndarray, Number)) else own_method(x, "__array__")
    return x if method is None else again("call")(method, x)


def _as_one_array(x: Any) -> Any:
    """Numbers, or lists that hold them, as one number that is an array."""
    out = as_array(x)
    return out if isinstance(primal(out), np.ndarray) else np.reshape(out, ())


def _array(object: Any, dtype: Any = None, **keywords: Any) -> Any:
    x = _own_array(loaded(object))
    if not holds_number(x) or np.dtype(dtype or float).kind == "O":
        return np.array(x, dtype, **keywords)
    out = _cast(_as_one_array(x), dtype)
    if keywords.get("copy", True) is True and out is x:  # NumPy has words beside True
        out = out.copy()
    missing = keywords.get("ndmin", 0) - out.ndim
    return out.reshape((1,) * missing + out.shape) if missing > 0 else out


def _as_array(function: Callable[..., Any]) -> Standin:
    def standin(a: Any, dtype: Any = None, *args: Any, **keywords: Any) -> Any:
        a = _own_array(loaded(a))
        if not holds_number(a):
            return function(a, dtype, *args, **keywords)
        return _cast(_as_one_array(a), dtype)

    return standin


def _contiguous(function: Callable[..., Any]) -> Standin:
    def standin(a: Any, dtype: Any = None, **keywords: Any) -> Any:
        a = _own_array(loaded(a))
        if not holds_number(a):
            return function(a, dtype, **keywords)
        out = _cast(_as_one_array(a), dtype)
        return out if out.ndim else out.reshape(1)

    return standin


def _scalar_type(kind: Any) -> Standin:
    """`np.float64(x)`, `np.int64(x)`, ..."""

    def standin(*args: Any, **keywords: Any) -> Any:
        if not holds_number(args):
            return kind(*args, **keywords)
        if len(args) > 1:  # np.complex128(real, imag); of other types an error
            value = kind(*primal_tree(args), **keywords)
            return with_value(scalar(args[0]) + 1j * scalar(args[1]), value)
        x = as_array(args[0])
        if isinstance(primal(x), np.ndarray) and not x.ndim:
            x = x[()]
        if isinstance(primal(x), np.ndarray):
            out = _cast(x, kind)
            return out.copy() if out is x else out
        if np.dtype(kind).kind in "biu":
            np.trunc(x)  # seen by whoever watches for steps
            return kind(primal(x))
        return converted(x, kind) if np.dtype(kind).itemsize >= 8 else x.astype(kind)

    return standin


def _full(shape: Any, fill_value: Any, *args: Any, **keywords: Any) -> Any:
    if not holds_number(fill_value):
        return np.full(shape, fill_value, *args, **keywords)
    dtype = args[0] if args else keywords.get("dtype")
    if dtype is not None and np.dtype(dtype).kind in "biu":
        return np.full(shape, primal_tree(fill_value), *args, **keywords)
    return np.full(shape, fill_value, *args, **keywords, like=first_number(fill_value))


def _full_like(a: Any, fill_value: Any, *args: Any, **keywords: Any) -> Any:
    if not holds_number(fill_value) or isinstance(a, Number):
        return np.full_like(a, fill_value, *args, **keywords)
    plain: Any = np.zeros_like(a, *args, **keywords)
    if plain.dtype.kind not in "fc":
        return np.full_like(plain, primal_tree(fill_value))
    return np.full_like(first_number(fill_value), fill_value, plain.dtype, shape=plain.shape)


def _arange(*args: Any, **keywords: Any) -> Any:
    """``start + i * step``, the number of elements by the primal values."""
    if not holds_number(args) and not holds_number(tuple(keywords.values())):
        return np.arange(*args, **keywords)
    plain = np.arange(*primal_tree(args), **primal_tree(keywords))
    names = ("start", "stop", "step") if len(args) > 1 else ("stop",)
    given = {**dict(zip(names, args, strict=False)), **keywords}
    start, step = given.get("start", 0.0), given.get("step", 1.0)
    if not isinstance(start, Number) and not isinstance(step, Number):
        np.trunc(given["stop"])  # seen by whoever watches for steps
        return plain
    out = start + step * np.arange(plain.size)
    out._pin(plain)
    return out


def _fromiter(iter: Any, dtype: Any, count: int = -1, **keywords: Any) -> Any:
    items = list(iter)
    if not holds_number(items):
        return np.fromiter(items, dtype, count, **keywords)
    return _cast(as_array(items if count < 0 else items[:count]), dtype)


def _isscalar(element: Any) -> bool:
    return np.isscalar(primal(element))


def _ndenumerate(x: Any) -> Any:
    if not isinstance(x, Number):
        return np.ndenumerate(x)
    return ((i, x[i]) for i in np.ndindex(*x.shape))


_SCALAR_TYPES = {kind for kind in np.sctypeDict.values() if np.dtype(kind).kind in "fciu"}

ARRAYS: dict[Any, Standin] = {
    np.array: _array,
    np.asarray: _as_array(np.asarray),
    np.asanyarray: _as_array(np.asanyarray),
    np.asarray_chkfinite: _as_array(np.asarray_chkfinite),
    np.ascontiguousarray: _contiguous(np.ascontiguousarray),
    np.asfortranarray: _as_array(np.asfortranarray),
    np.require: _as_array(np.require),
    np.full: _full,
    np.full_like: _full_like,
    np.arange: _arange,
    np.fromiter: _fromiter,
    np.isscalar: _isscalar,
    np.ndenumerate: _ndenumerate,
    np.broadcast: broadcast,
    **{kind: _scalar_type(kind) for kind in _SCALAR_TYPES},
}

__all__ = ["ARRAYS"]
