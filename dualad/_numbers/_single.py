"""Duals in single precision by kernels: formulas run in double, and each tangent is rounded once.

This is what the common way does by arrays of double precision, eight bytes for each four.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules._row import Binary, Constant, Unary
from . import _kernels
from ._level import hush, unhush
from ._stacked import Parted

_new = object.__new__
_Array = np.ndarray
F4 = np.dtype(np.float32)
_F8 = np.dtype(np.float64)
Array: Any = None  # ArrayDual, set by `_dual`


def unary_single(self: Any, row: Unary, f: Callable[..., Any]) -> Any:
    """A unary row on a C-contiguous float32 block of at least one axis."""
    d = self._d
    scale = _kernels.scale_single  # looked up once: another thread may take it away
    if type(row.d1) is Constant or scale is None or not d.size:
        return Parted._unary(self, row, f)
    x = d[0]
    y = f(x)
    token = hush()
    try:
        wide = x.astype(_F8)
        p = _kernels.row_of(row.d1(wide, row.fn(wide)), x.size)
    finally:
        unhush(token)
    if p is None or type(y) is not _Array or y.dtype is not F4:
        return Parted._unary(self, row, lambda _x: y)
    block = np.empty(d.shape, F4)
    block[0] = y
    flat = (len(d), -1)
    scale(block.reshape(flat)[1:], d.reshape(flat)[1:], p)
    out = _new(Array)
    out._d, out._level = block, self._level
    return out


def both_single(row: Binary, x: Any, y: Any, z: Any, s: Any, t: Any) -> Any:
    """Tangents of two float32 operands, their values already in double; None: no kernel fits."""
    terms = _kernels.terms_single
    if terms is None or type(row.dx) is Constant or type(row.dy) is Constant:
        return None
    if type(s) is not _Array or type(t) is not _Array or t.dtype is not F4 or not s.size:
        return None
    if s.shape != t.shape or s.shape[1:] != np.shape(z):
        return None
    if not (s.flags.c_contiguous and t.flags.c_contiguous):
        return None
    n = s.size // len(s)
    p, q = _kernels.row_of(row.dx(x, y, z), n), _kernels.row_of(row.dy(x, y, z), n)
    if p is None or q is None:
        return None
    parts = np.empty(s.shape, F4)
    flat = (len(s), n)
    terms(parts.reshape(flat), s.reshape(flat), p, t.reshape(flat), q)
    return parts


__all__ = ["F4", "both_single", "unary_single"]
