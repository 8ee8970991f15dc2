"""Composed functions of assorted kinds: clip, angle, trapezoid, linspace and its kin."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import operand
from ._later import composed_later
from ._row import Composed, Row


def _clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    **keywords: Any,
) -> Any:
    if out is not None or keywords:
        given = ["out", *keywords] if out is not None else list(keywords)
        raise NoRuleError(f"np.clip with {', '.join(given)}= has no derivative rule", "np.where")
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    y = operand(a)
    # Both bounds belong to the interval, so x on a bound keeps its derivative. NaN wins, and its
    # derivative is NaN.
    if low is not None:
        y = np.where((y < low) | np.not_equal(low, low), low, y)
    if high is not None:
        y = np.where((y > high) | np.not_equal(high, high), high, y)
    lost = np.isnan(y)
    if np.any(lost):
        y = y * np.where(lost, math.nan, 1.0).astype(y.dtype)
    return y


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    y = _without_nan(operand(x), nan, posinf, neginf)
    if copy or not np.ndim(x):
        return y
    x[...] = y
    return x


def _without_nan(x: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    if x.dtype.kind == "c":
        re = _without_nan(np.real(x), nan, posinf, neginf)
        return re + 1j * _without_nan(np.imag(x), nan, posinf, neginf)
    info = np.finfo(x.dtype)
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == math.inf, info.max if posinf is None else posinf, x)
    return np.where(x == -math.inf, info.min if neginf is None else neginf, x)


def _angle(z: Any, deg: bool = False) -> Any:
    z = operand(z)
    if z.dtype.kind == "c":
        angle = np.arctan2(np.imag(z), np.real(z))
    else:
        angle = np.arctan2(0, z)
    return angle * (180 / math.pi) if deg else angle


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = operand(y)
    axis = axis % y.ndim
    lead = (slice(None),) * axis
    if x is None:
        d = dx
    else:
        x = operand(x)
        if x.ndim == 1:
            d = x[1:] - x[:-1]
            d = d.reshape([d.shape[0] if k == axis else 1 for k in range(y.ndim)])
        else:
            d = x[(*lead, slice(1, None))] - x[(*lead, slice(None, -1))]
    heights = y[(*lead, slice(1, None))] + y[(*lead, slice(None, -1))]
    return np.sum(d * heights / 2.0, axis=axis)


# --- ranges with ends that may be differentiated ------------------------------------------------


def _as_ends(*ends: Any) -> tuple[Any, tuple[Any, ...]]:
    """The floating dtype of a range between these ends, and the ends in it.

    Python numbers are weak: they take the precision of the other end.
    """
    ends = tuple(operand(x) if isinstance(x, (list, tuple)) else x for x in ends)
    # Differentiated numbers answer for the class that they stand for.
    weak = [x.__class__ in (float, int, complex, bool) for x in ends]
    kinds = (x.__class__() if w else x.dtype for x, w in zip(ends, weak, strict=True))
    dtype = np.result_type(*kinds)
    if dtype.kind not in "fc":
        dtype = np.dtype(np.float64)
    one = dtype.type(1)
    return dtype, tuple(x * one if w else _cast(x, dtype) for x, w in zip(ends, weak, strict=True))


def _linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    div = num - 1 if endpoint else num
    work, (start, stop) = _as_ends(start, stop)
    delta = stop - start
    shape = np.shape(delta)
    y: Any = np.arange(0, num, dtype=work).reshape((-1,) + (1,) * len(shape))
    step: Any = math.nan
    if div > 0:
        step = delta / div
        # Where a step underflows, NumPy divides first.
        y = y / div * delta if np.any(step == 0) else y * step
    else:
        y = y * delta
    y = y + start
    if endpoint and num > 1:
        last = np.broadcast_to(stop, shape).reshape((1, *shape))
        y = np.concatenate((y[:-1], last))
    if axis != 0:
        y = np.moveaxis(y, 0, axis)
    if dtype is not None and np.issubdtype(dtype, np.integer):
        y = np.floor(y).astype(dtype)
    else:
        y = _cast(y, work if dtype is None else dtype)
    return (y, step) if retstep else y


def _cast(y: Any, dtype: Any) -> Any:
    return y if y.dtype == dtype else y.astype(dtype)


def _logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    if np.ndim(base):
        base = operand(base)
        rank = max(np.ndim(start), np.ndim(stop), base.ndim)
        start, stop, base = (_raise_rank(operand(x), rank) for x in (start, stop, base))
        base = np.expand_dims(base, axis)
    y = np.power(base, _linspace(start, stop, num=num, endpoint=endpoint, axis=axis))
    return y if dtype is None else _cast(y, dtype)


def _raise_rank(x: Any, rank: int) -> Any:
    return x.reshape((1,) * (rank - x.ndim) + x.shape)


def _geomspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    work, (start, stop) = _as_ends(start, stop)
    if np.any(start == 0) or np.any(stop == 0):
        raise ValueError("Geometric sequence cannot include zero")
    work = np.result_type(work, np.float64 if dtype is None else dtype)
    # NumPy turns the start to the positive real axis and the answer back. The answer does not
    # depend on that turn, so its sign counts as a constant.
    sign = np.sign(start)
    start, stop = _cast(start, work) / sign, _cast(stop, work) / sign
    y = _logspace(np.log10(start), np.log10(stop), num=num, endpoint=endpoint, dtype=work)
    shape = y.shape[1:]
    ends = [np.broadcast_to(x, shape).reshape((1, *shape)) for x in (start, stop)]
    if num > 1 and endpoint:
        y = np.concatenate((ends[0], y[1:-1], ends[1]))
    elif num > 0:
        y = np.concatenate((ends[0], y[1:]))
    y = y * sign
    if axis != 0:
        y = np.moveaxis(y, 0, axis)
    return _cast(y, work if dtype is None else dtype)


_OLDER: tuple[Row, ...] = ()
if "trapz" in vars(np):  # until NumPy 2.3
    _OLDER = (Composed(vars(np)["trapz"], _trapezoid, pin=False),)

NUMERIC: tuple[Row, ...] = (
    Composed(np.clip, _clip),
    Composed(np.nan_to_num, _nan_to_num),
    Composed(np.angle, _angle, pin=False),
    *composed_later("._polynomials", "polyval", pin=False),
    Composed(np.trapezoid, _trapezoid, pin=False),
    *_OLDER,
    Composed(np.linspace, _linspace, pin=False),
    Composed(np.logspace, _logspace),
    Composed(np.geomspace, _geomspace),
)
