"""The short way of binary rows on duals: arrays, scalars and float64 constants of any shapes.

Value and tangents are written into one fresh block; each tangent is multiplied into its place, so
that no temporary of the block's size is made for the first operand. Whatever else is met goes the
common way (`_stacked.Parted._binary`), with the value that has been computed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules import CORE, TABLE
from .._rules._row import ZERO, Binary, Constant
from . import _kernels
from ._fused import by_row, fused
from ._level import hush, unhush
from ._memory import LEAST
from ._memory import empty as fresh
from ._number import binary, operand
from ._watch import divided_by_zero

_new = object.__new__
_multiply = np.multiply
_Array = np.ndarray
_F8 = np.dtype(np.float64)
Array: Any = None  # ArrayDual and ScalarDual, set by `_dual`
Scalar: Any = None


def common(row: Any, x: Any, y: Any, apply: Callable[[Any, Any], Any]) -> Any:
    x, y = operand(x), operand(y)
    if x is NotImplemented or y is NotImplemented:
        return NotImplemented
    return binary(row, x, y, apply)


def combine(apply: Callable[[Any, Any], Any], ufunc: Any) -> Callable[[Any, Any], Any]:
    """The operator of a binary row on ``(x, y)``, at least one of them a dual."""
    row: Any = TABLE[ufunc]
    return lambda x, y: elementwise(row, x, y, apply, common)


def elementwise(  # noqa: C901  # the hottest function: its cases stay in one frame
    row: Any,
    x: Any,
    y: Any,
    apply: Callable[[Any, Any], Any],
    otherwise: Callable[..., Any] = common,
) -> Any:
    """A binary row on ``(x, y)``, at least one of them a dual; `apply` computes the value.

    ``otherwise(row, x, y, apply)`` is the way of what is not known here.
    """
    dx, dy = row.dx, row.dy
    tx = ty = None
    left, right = type(x), type(y)
    level = x._level if left is Array or left is Scalar else y._level
    if left is Array:
        d = x._d
        if type(d) is not _Array or d.dtype is not _F8 or d.ndim < 2:
            return otherwise(row, x, y, apply)
        u, tx = d[0], d[1:]
    elif left is Scalar:
        u, tx = x._value, x._t
        if type(tx) is not _Array:
            return otherwise(row, x, y, apply)
    elif left is float or left is int or (left is _Array and x.dtype is _F8) or left is np.float64:
        u = x
    else:
        return otherwise(row, x, y, apply)
    if right is Array:
        d = y._d
        if type(d) is not _Array or y._level is not level or d.dtype is not _F8 or d.ndim < 2:
            return otherwise(row, x, y, apply)
        v, ty = d[0], d[1:]
    elif right is Scalar:
        v, ty = y._value, y._t
        if type(ty) is not _Array or y._level is not level:
            return otherwise(row, x, y, apply)
    elif (
        right is float
        or right is int
        or (right is _Array and y.dtype is _F8)
        or right is np.float64
    ):
        v = y
    else:
        return otherwise(row, x, y, apply)
    block = _for_value(u, v, apply, level)
    try:
        z = apply(u, v) if block is None else row.fn(u, v, block[0])
    except ZeroDivisionError:  # user code may catch it
        divided_by_zero(y)
        raise
    if type(z) is not _Array or z.dtype is not _F8 or not z.flags.c_contiguous:
        return otherwise(row, x, y, lambda _x, _y: z)
    if block is None:
        block = fresh((1 + level.shape[0], *z.shape))
        block[0] = z
    tail = block[1:]
    empty = True
    token = hush()
    try:
        if left is right is Array and _kernels.binary is not None and by_row(row, block, x._d, d):
            return Array._wrap(block, level)
        p = q = None
        if tx is not None and dx is not ZERO:
            p = dx.number if type(dx) is Constant else dx(u, v, z)
        if ty is not None and dy is not ZERO:
            q = dy.number if type(dy) is Constant else dy(u, v, z)
        if not fused(tail, tx, p, ty, q):
            if tx is not None and p is not None:
                _place(tail, tx, p, True)
                empty = False
            if ty is not None and q is not None:
                _place(tail, ty, q, empty)
                empty = False
            if empty:
                tail.fill(0.0)
    except ZeroDivisionError:  # a Python float in a formula
        return otherwise(row, x, y, lambda _x, _y: z)
    finally:
        unhush(token)
    out = _new(Array)
    out._d = block
    out._level = level
    return out


def _for_value(u: Any, v: Any, apply: Any, level: Any) -> Any:
    """A block for an answer that is large and laid out plainly, its value to be written there."""
    if type(u) is not _Array or u.size * level.shape[0] < LEAST or not u.flags.c_contiguous:
        return None
    if type(v) is _Array and (v.shape != u.shape or not v.flags.c_contiguous):
        return None
    return fresh((1 + level.shape[0], *u.shape)) if apply in _PLAIN else None


# What these do with arrays is what the ufunc of the row does.
_PLAIN = {operator.add, operator.sub, operator.mul, operator.truediv}
_PLAIN |= {row.fn for row in CORE.values() if type(row) is Binary}


def _place(tail: np.ndarray, t: np.ndarray, p: Any, empty: bool) -> None:
    """Add the term ``t p`` to the tangents of an answer, or make it the first one.

    A scalar that is one of the inputs has one nonzero tangent; only its lane is touched.
    """
    if t.ndim == 1:
        lanes = t.nonzero()[0]
        if lanes.size == 1 and np.ndim(p) + 1 in (1, tail.ndim):
            if empty:
                tail.fill(0.0)
            lane = lanes[0]
            row = tail[lane]
            row += p * t[lane]
            return
    if t.ndim != tail.ndim:
        t = t.reshape(t.shape[:1] + (1,) * (tail.ndim - t.ndim) + t.shape[1:])
    if empty:
        _multiply(t, p, tail)
    else:
        tail += t * p


add = combine(operator.add, np.add)
subtract = combine(operator.sub, np.subtract)
multiply = combine(operator.mul, np.multiply)
divide = combine(operator.truediv, np.divide)
