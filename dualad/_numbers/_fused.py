"""Tangents of binary answers by compiled kernels: which one fits the operands, if any.

Another thread may install kernels, or take them away, at any time: each is looked up once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _kernels

_Array = np.ndarray
_F8 = np.dtype(np.float64)
_LEAST_ROW = 64  # elements; NumPy is faster where rows are shorter and operands broadcast


def by_row(row: Any, block: Any, a: Any, b: Any) -> bool:
    """Fill the tangents of an answer, whose value is there, with partials from the row itself.

    a and b are the blocks of both operands. False where no kernel fits.
    """
    fill, op = _kernels.binary, _kernels.binary_rows.get(row)
    if fill is None or op is None or not a.shape == b.shape == block.shape:
        return False
    a, b = _kernels.in_rows(a), _kernels.in_rows(b)
    if a is None or b is None:
        return False
    fill(op, block if block.ndim == 2 else block.reshape(a.shape), a, b)
    return True


def fused(tail: np.ndarray, s: Any, p: Any, t: Any, q: Any) -> bool:
    """Fill the tangents of an answer, ``s p + t q``, by a kernel; False where none fits.

    s and t are blocks of tangents, or the lanes of a scalar; p and q partial derivatives, or None
    where the term vanishes.
    """
    if p is None or q is None:
        return _one(tail, s, p) if q is None else _one(tail, t, q)
    terms = _kernels.terms
    if terms is None:
        _kernels.missed(tail.size)
        return False
    if s.ndim == 1 or t.ndim == 1:
        return tail.ndim == 2 and _scalar(tail, s, p, t, q)
    if s.shape == tail.shape == t.shape:
        a, b = _kernels.in_rows(s), _kernels.in_rows(t)
        if a is not None and b is not None:
            u, v = _kernels.row_of(p, a.shape[1]), _kernels.row_of(q, a.shape[1])
            if u is not None and v is not None:
                terms(tail if tail.ndim == 2 else tail.reshape(a.shape), a, u, b, v)
                return True
    return tail.ndim < 4 and tail.shape[-1] >= _LEAST_ROW and _grid(tail, s, p, t, q)


def _one(tail: np.ndarray, s: Any, p: Any) -> bool:
    """One term: an array's, or a scalar's spread over an array."""
    if p is None or s is None:
        return False
    if s.ndim != 1:
        return _kernels.scaled(tail, s, p)
    spread = _kernels.spread
    if spread is None:
        _kernels.missed(tail.size)
        return False
    row = _line(p, tail.shape[1]) if tail.ndim == 2 else None
    if row is None:
        return False
    spread(tail, s, row)
    return True


def _line(p: Any, n: int) -> Any:
    """A partial derivative as a row of n numbers, or of one for all; None where it is neither."""
    if type(p) is _Array:
        return p if p.dtype is _F8 and p.shape == (n,) else None
    return np.array((p,)) if type(p) is float or type(p) is np.float64 else None


def _scalar(tail: np.ndarray, s: Any, p: Any, t: Any, q: Any) -> bool:
    """An array among whose operands one is a scalar."""
    p, q = _line(p, tail.shape[1]), _line(q, tail.shape[1])
    first = s.ndim == 2
    array, kernel = (s, _kernels.array_scalar) if first else (t, _kernels.scalar_array)
    if kernel is None or p is None or q is None:
        return False
    if array.ndim == 1 or array.shape != tail.shape or array.strides[1] != 8:
        return False
    kernel(tail, s, p, t, q)
    return True


def _grid(tail: np.ndarray, s: Any, p: Any, t: Any, q: Any) -> bool:
    """Operands with one row or column, or with gaps between their elements."""
    if type(p) is not _Array or type(q) is not _Array or not (p.dtype is q.dtype is _F8):
        return False
    grid = _kernels.grid
    if grid is None or not tail.size:
        return False
    k = tail.shape[0]
    rows = (_plane(s, 1), _plane(p, 0), _plane(t, 1), _plane(q, 0))
    grid(tail if tail.ndim == 3 else tail.reshape(k, 1, -1), *rows)
    return True


def _plane(x: Any, lanes: int) -> Any:
    """x with two axes after its lanes; missing ones go in front, as broadcasting has it."""
    missing = 2 + lanes - x.ndim
    return x.reshape(x.shape[:lanes] + (1,) * missing + x.shape[lanes:]) if missing else x


__all__ = ["by_row", "fused"]
