"""Rules for the quadratures of samples of `scipy.integrate`, in the samples and in their places.

The formulas are SciPy's: Simpson's rule for uneven spacings with Cartwright's correction of the
last interval (K. V. Cartwright, "Simpson's rule cumulative integration with MS Excel and
irregularly-spaced data", J. Math. Sciences and Math. Education 12, 2017), and Romberg's scheme.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate

from .._rules._helpers import select
from ._plain import array, primal
from ._standins import Standins, no_rule

_all = Standins()


def _ratio(a: Any, b: Any) -> Any:
    """a / b, and 0 where b is 0."""
    zero = primal(b) == 0
    return select(zero, 0.0, a / select(zero, 1.0, b))


def _steps(y: Any, x: Any, dx: Any, axis: int) -> Any:
    """The distances of the samples along the last axis; `dx` itself where they are even."""
    if x is None:
        return dx
    x = array(x)
    return np.diff(x if x.ndim == 1 else np.moveaxis(np.broadcast_to(x, y.shape), axis, -1))


def _part(h: Any, index: Any) -> Any:
    return h if np.ndim(h) == 0 else h[..., index]


# --- trapezoids ----------------------------------------------------------------------------------


def _trapezia(y: Any, h: Any) -> Any:
    return h * (y[..., 1:] + y[..., :-1]) / 2.0


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = array(y)
    h = _steps(y, x, dx, axis)
    if x is None and np.ndim(dx):
        no_rule(scipy.integrate.trapezoid, "with an array as dx=", "the places x=")
    return np.sum(_trapezia(np.moveaxis(y, axis, -1), h), axis=-1)


def _initially(res: Any, initial: Any, axis: int) -> Any:
    """The cumulative integral with its first value in front."""
    if initial is not None:
        first = np.moveaxis(np.broadcast_to(array(initial), _first(res, initial, axis)), axis, -1)
        res = np.concatenate((first * 1.0, res + first), axis=-1)
    return np.moveaxis(res, -1, axis)


def _first(res: Any, initial: Any, axis: int) -> tuple[int, ...]:
    """The shape of the first values, in the user's order of axes."""
    if np.ndim(initial):
        return tuple(np.shape(initial))
    shape = list(res.shape[:-1])
    shape.insert(axis if axis >= 0 else len(shape) + 1 + axis, 1)
    return tuple(shape)


def _cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> Any:
    y = array(y)
    h = _steps(y, x, dx, axis)
    return _initially(np.cumsum(_trapezia(np.moveaxis(y, axis, -1), h), -1), initial, axis)


# --- Simpson's rule ------------------------------------------------------------------------------


def _parabolas(y: Any, h: Any, stop: int) -> Any:
    """The integral over pairs of intervals from sample 0 to sample `stop`."""
    y0, y1, y2 = y[..., 0 : stop - 1 : 2], y[..., 1:stop:2], y[..., 2 : stop + 1 : 2]
    if np.ndim(h) == 0:
        return np.sum(y0 + 4.0 * y1 + y2, axis=-1) * (h / 3.0)
    h0, h1 = h[..., 0 : stop - 1 : 2], h[..., 1:stop:2]
    total = h0 + h1
    ratio = _ratio(h0, h1)
    outer = y0 * (2.0 - _ratio(1.0, ratio)) + y2 * (2.0 - ratio)
    return np.sum(total / 6.0 * (outer + y1 * (total * _ratio(total, h0 * h1))), axis=-1)


def _last_interval(y: Any, h: Any) -> Any:
    """The integral over the last interval of the parabola through the last three samples."""
    before, last = _part(h, -2), _part(h, -1)
    total = before + last
    alpha = _ratio(2.0 * last * last + 3.0 * before * last, 6.0 * total)
    beta = _ratio(last * last + 3.0 * before * last, 6.0 * before)
    eta = _ratio(last * last * last, 6.0 * before * total)
    return alpha * y[..., -1] + beta * y[..., -2] - eta * y[..., -3]


def _simpson(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, even: Any = None) -> Any:
    if even is not None and even != "simpson":
        no_rule(scipy.integrate.simpson, f"with even={even!r}", "even='simpson'")
    y = array(y)
    h = _steps(y, x, dx, axis)
    y = np.moveaxis(y, axis, -1)
    n = y.shape[-1]
    if n % 2:
        return _parabolas(y, h, n - 1)
    if n == 2:
        return 0.5 * _part(h, -1) * (y[..., -1] + y[..., -2])
    return _parabolas(y, h, n - 2) + _last_interval(y, h)


def _first_interval(y: Any, h: Any) -> Any:
    """For each three samples the integral over the first of their two intervals."""
    y0, y1, y2 = y[..., :-2], y[..., 1:-1], y[..., 2:]
    if h is None:
        return (1.25 * y0 + 2.0 * y1 - 0.25 * y2) / 3.0
    h0, h1 = h[..., :-1], h[..., 1:]
    share = h0 / (h0 + h1)
    product = share * (h0 / h1)
    return h0 / 6.0 * ((3.0 - share) * y0 + (3.0 + product + share) * y1 - product * y2)


def _cumulative_simpson(
    y: Any, *, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> Any:
    y = array(y)
    if y.shape[axis] < 3:
        return _cumulative_trapezoid(y, x, dx, axis, initial)
    h = None if x is None else _steps(y, x, dx, axis)
    lines = np.moveaxis(y, axis, -1)
    first = _first_interval(lines, h)
    second = np.flip(_first_interval(np.flip(lines, -1), None if h is None else np.flip(h, -1)), -1)
    # Interval i: as the first of its three samples where i is even, else as the second.
    n = lines.shape[-1] - 1
    both = np.concatenate((first, second), axis=-1)
    source = np.where(np.arange(n) % 2 == 0, np.arange(n), n - 2 + np.arange(n))
    source[-1] = 2 * (n - 1) - 1
    res = both[..., source]
    if x is None:
        res = res * (dx if np.ndim(dx) == 0 else np.moveaxis(array(dx), axis, -1))
    return _initially(np.cumsum(res, axis=-1), initial, axis)


# --- Romberg's scheme ----------------------------------------------------------------------------


def _romb(y: Any, dx: Any = 1.0, axis: int = -1, show: Any = False) -> Any:
    y = np.moveaxis(array(y), axis, -1)
    step = y.shape[-1] - 1
    h = step * dx
    row = [(y[..., 0] + y[..., -1]) / 2.0 * h]
    while step > 1:
        half = 0.5 * (row[0] + h * np.sum(y[..., step // 2 :: step], axis=-1))
        new = [half]
        for j, old in enumerate(row, start=1):
            new.append(new[-1] + (new[-1] - old) / (4.0**j - 1.0))
        row, step, h = new, step // 2, h / 2.0
    return row[-1]


_all.composed(scipy.integrate.trapezoid, _trapezoid)
_all.composed(scipy.integrate.cumulative_trapezoid, _cumulative_trapezoid)
_all.composed(scipy.integrate.simpson, _simpson)
_all.composed(scipy.integrate.romb, _romb)
if hasattr(scipy.integrate, "cumulative_simpson"):
    _all.composed(scipy.integrate.cumulative_simpson, _cumulative_simpson)

ROWS: list[Any] = _all.rows
STANDINS: dict[Any, Callable[..., Any]] = _all.table
