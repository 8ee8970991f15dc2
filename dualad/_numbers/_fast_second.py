"""The short way of elementwise rows on hyper-dual arrays of float64: one block, filled in place.

Each function does what the common way in `_stacked` and `_hyperdual` does, and hands to it what it
does not know. Parts come from a kernel where one fits; else they are NumPy's expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from .._rules._row import ONE, ZERO, Binary, Constant, Unary
from . import _kernels
from ._at_kink import KINKED, watch_kinks
from ._level import Level, hush, unhush
from ._memory import empty

_new = object.__new__
_Array = np.ndarray
_F8 = np.dtype(np.float64)
_multiply = np.multiply
_NOTHING = np.empty(0)
Array: Any = None  # ArrayHyperDual and ScalarHyperDual, set by `_hyperdual`
Scalar: Any = None


def _wrap(block: Any, level: Level) -> Any:
    out = _new(Array)
    out._d = block
    out._level = level
    return out


def _widths(level: Level) -> tuple[int, int]:
    """k1 and k2 of the layout, as kernels take them."""
    shape = level.shape
    return shape[0], (shape[1] if len(shape) == 2 else 0)


# --- one operand ---------------------------------------------------------------------------------


def unary(self: Any, row: Unary, f: Callable[..., Any]) -> Any:
    """A unary row on a float64 block of at least one axis; its value must be real."""
    d, level = self._d, self._level
    x = d[0]
    block = empty(d.shape)
    y = block[0]
    y[...] = f(x)
    if row.fn in KINKED:
        watch_kinks(level, row, (x,), y)
    token = hush()
    try:
        _fill(block[1:], row, x, y, d[1:], level)
    finally:
        unhush(token)
    return _wrap(block, level)


def _fill(tail: Any, row: Unary, x: Any, y: Any, t: Any, level: Level) -> None:
    d1, d2 = row.d1, row.d2
    if d2 is ZERO:
        _multiply(t, d1.number if type(d1) is Constant else d1(x, y), tail)
        return
    if not _by_number(tail, row, x, y, t, level):
        d = d1(x, y)
        fill_chain(tail, t, d, d2(x, y, d), level)


def _by_number(tail: Any, row: Unary, x: Any, y: Any, t: Any, level: Level) -> bool:
    """A row whose derivatives a kernel computes by itself."""
    fused = _kernels.second_unary
    if fused is None:  # looked up once: another thread may take it away
        return False
    op = _kernels.second_unary_rows.get(row)
    rows = None if op is None else _kernels.flat(t)
    if rows is None or not t.size:
        return False
    u, v = _line(x), _line(y)
    if u is None or v is None:
        return False
    fused(op, tail.reshape(rows.shape), rows, u, v, *_widths(level))
    return True


def fill_chain(tail: Any, t: Any, d: Any, d2: Any, level: Level) -> None:
    """Parts of f(x) from both derivatives; d and d2 are numbers or arrays of the value's shape."""
    fused = _kernels.second_chain
    if fused is None:
        _kernels.missed(tail.size)
    elif tail.size:
        rows, d_row, d2_row = _columns(t, tail), _line(d), _line(d2)
        if rows is not None and d_row is not None and d2_row is not None:
            out = tail.reshape(tail.shape[0], -1)
            if all(r.size in (1, out.shape[1]) for r in (d_row, d2_row)):
                fused(out, rows, d_row, d2_row, *_widths(level))
                return
    _multiply(t, d, tail)
    tail[sum(level.shape) :] += d2 * cross(t, t, level)


def _line(x: Any) -> Any:
    """A value or a partial derivative as one axis; None where that would be a copy."""
    if type(x) is not _Array:
        return np.array([x], _F8) if isinstance(x, float) else None
    if x.dtype is not _F8:
        return None
    if x.ndim == 1:
        return x
    return x.reshape(-1) if x.flags.c_contiguous else None


def _columns(t: Any, tail: Any) -> Any:
    """Parts of an operand as one axis after the lanes, of the answer's size or of 1."""
    if t.dtype is not _F8:
        return None
    if t.shape == tail.shape:
        return _kernels.flat(t)
    return t.reshape(t.shape[0], 1) if t.size == t.shape[0] else None


# --- two operands --------------------------------------------------------------------------------


def binary(
    row: Binary, x: Any, y: Any, f: Callable[..., Any], level: Level, otherwise: Callable[..., Any]
) -> Any:
    """A binary row on ``(x, y)``, at least one of them of this level.

    ``otherwise(row, x, y, f, level)`` is the way of what is not known here.
    """
    left, right = _opened(x, level), _opened(y, level)
    if left is None or right is None or row.fn in KINKED:
        return otherwise(row, x, y, f, level)
    (u, tx), (v, ty) = left, right
    z = f(u, v)
    if type(z) is not _Array or z.dtype is not _F8 or not z.flags.c_contiguous or not z.ndim:
        return otherwise(row, x, y, lambda _x, _y: z, level)
    count = len(tx if tx is not None else ty)
    block = empty((1 + count, *z.shape))
    block[0] = z
    tail = block[1:]
    token = hush()
    try:
        if not _fused(tail, row, u, v, z, tx, ty, level):
            return otherwise(row, x, y, lambda _x, _y: z, level)
    except ZeroDivisionError:  # a Python float in a formula
        return otherwise(row, x, y, lambda _x, _y: z, level)
    finally:
        unhush(token)
    return _wrap(block, level)


def _opened(x: Any, level: Level) -> tuple[Any, Any] | None:
    """Value and parts (None of a constant); None for what the common way must take."""
    kind = type(x)
    if kind is Array or kind is Scalar:
        if x._level is not level:
            return None
        if kind is Scalar:
            t = x._t
            return (x._value, t) if type(t) is _Array and t.dtype is _F8 else None
        d = x._d
        if type(d) is not _Array or d.dtype is not _F8 or d.ndim < 2:
            return None
        return d[0], d[1:]
    if kind is float or kind is int or kind is np.float64 or (kind is _Array and x.dtype is _F8):
        return x, None
    return None


def _fused(tail: Any, row: Binary, x: Any, y: Any, z: Any, tx: Any, ty: Any, level: Level) -> bool:
    """Fill the parts of f(x, y); False where nothing here fits."""
    formulas = (row.dx, row.dy)
    if tx is None or ty is None:
        return _of_one(tail, row, x, y, z, tx, ty, level)
    if formulas[0] is ONE and type(formulas[1]) is Constant:
        if not tx.shape == ty.shape == tail.shape or formulas[1].number not in (1.0, -1.0):
            return False
        (np.add if formulas[1] is ONE else np.subtract)(tx, ty, tail)
        return True
    s, t = _columns(tx, tail), _columns(ty, tail)
    u, v = _line(x), _line(y)
    if s is None or t is None or u is None or v is None or not tail.size:
        return False
    product = _kernels.second_product
    if product is None:
        _kernels.missed(tail.size)
        return False
    out = tail.reshape(tail.shape[0], -1)
    if row.fn is np.multiply:
        product(out, s, u, t, v, *_widths(level))
        return True
    return _by_partials(out, row, (x, y, z), (s, u, t, v), level)


def _by_partials(out: Any, row: Binary, at: Any, lines: Any, level: Level) -> bool:
    """Parts of f(x, y) of two active operands that is no product, by a kernel."""
    s, u, t, v = lines
    second = (row.dxx, row.dxy, row.dyy)
    which = sum(bit for bit, f in zip((1, 2, 4), second, strict=True) if f is not ZERO)
    op = _kernels.second_binary_rows.get(row)
    if not which:
        return False
    fused = _kernels.second_binary
    if op is not None and fused is not None:
        z = _line(at[2])
        fused(op, which, out, s, u, t, v, z, *_widths(level))
        return True
    if any(type(f) is Constant and f is not ZERO for f in (row.dx, row.dy, *second)):
        return False
    if row.dx is ZERO or row.dy is ZERO:
        return False
    p, q = _line(row.dx(*at)), _line(row.dy(*at))
    rest = [_NOTHING if f is ZERO else _line(f(*at)) for f in second]
    if p is None or q is None or any(r is None for r in rest):
        return False
    sizes = {r.size for r in (p, q, *(r for r in rest if r is not _NOTHING))}
    terms = _kernels.second_terms
    if terms is None or not sizes <= {1, out.shape[1]}:
        return False
    terms(which, out, s, p, t, q, *rest, *_widths(level))
    return True


def _of_one(tail: Any, row: Binary, x: Any, y: Any, z: Any, tx: Any, ty: Any, level: Level) -> bool:
    """Parts where one operand is a constant."""
    d1, d2 = (row.dx, row.dxx) if ty is None else (row.dy, row.dyy)
    t = tx if ty is None else ty
    if t.ndim != tail.ndim:
        t = t.reshape(t.shape[:1] + (1,) * (tail.ndim - t.ndim) + t.shape[1:])
    if d2 is ZERO:
        _multiply(t, d1.number if type(d1) is Constant else d1(x, y, z), tail)
        return True
    if type(d1) is Constant or type(d2) is Constant:
        return False
    fill_chain(tail, t, d1(x, y, z), d2(x, y, z), level)
    return True


@lru_cache(maxsize=64)
def pairs(k: int) -> tuple[np.ndarray, np.ndarray]:
    """The pairs i <= j of k directions, in the order of storage."""
    i, j = np.triu_indices(k)
    i.flags.writeable = j.flags.writeable = False
    return i, j


def cross(s: Any, t: Any, level: Level) -> Any:
    """The products e1 of s times e2 of t, one row for each row of e12."""
    shape = level.shape
    if len(shape) == 1:
        i, j = pairs(shape[0])
        return s[: shape[0]][i] * t[: shape[0]][j]
    k1, k2 = shape
    product = s[:k1][:, None] * t[k1 : k1 + k2][None]
    return product.reshape((k1 * k2, *product.shape[2:]))


__all__ = ["binary", "cross", "fill_chain", "pairs", "unary"]
