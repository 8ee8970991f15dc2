"""The state a little later, where "a little" is a number with the value 0.

Times may be numbers: ends of the interval, output times, events. Their plain values decide where
the solver stops; what is left is a step dt whose value is zero and whose powers beyond the order of
differentiation vanish. A Runge-Kutta step of at least that order is then exact, to rounding: its
error is a power of dt that is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._errors import NotYetError
from ..._numbers import Number, primal
from ..._numbers._number import as_array

_EULER = ((), (1.0,), (0.0,))
_MIDPOINT = (((0.5,),), (0.0, 1.0), (0.0, 0.5))
_CLASSICAL = (
    ((0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)),
    (1 / 6, 1 / 3, 1 / 3, 1 / 6),
    (0.0, 0.5, 0.5, 1.0),
)


def _tableau(order: int) -> Any:
    """Stages, weights and nodes of an explicit method of at least this order."""
    if order <= 1:
        return _EULER
    if order == 2:
        return _MIDPOINT
    if order <= 4:
        return _CLASSICAL
    from scipy.integrate import DOP853, RK45

    if order > 8:
        raise NotYetError("derivatives of solve_ivp in times are limited to order 8", "plain times")
    method = RK45 if order == 5 else DOP853
    count = method.n_stages
    return method.A[1:count, :count], method.B, method.C[:count]


def shifted(f: Callable[[Any, Any], Any], t: Any, y: Any, dt: Any, order: int) -> Any:
    """The state at ``t + dt`` of ``y' = f(t, y)`` with the state y at t.

    Parameters
    ----------
    f : callable
        ``f(t, y)`` at numbers, of shape ``(n,)``.
    t, y : float or number, of shapes ``()`` and ``(n,)``
    dt : number
        Its value is 0. Anything plain is no step at all.
    order : int
        The order of derivatives that dt and its powers carry.

    Returns
    -------
    number of shape (n,)
        Its value is y's.
    """
    if not isinstance(dt, Number):
        return y
    stages, weights, nodes = _tableau(order)
    slopes = [_state(f(t, y), y)]
    for row, c in zip(stages, nodes[1:], strict=True):
        step: Any = 0.0
        for a, k in zip(row, slopes, strict=False):
            if a:
                step = step + float(a) * k
        slopes.append(_state(f(t + float(c) * dt, y + dt * step), y))
    total: Any = 0.0
    for b, k in zip(weights, slopes, strict=True):
        if b:
            total = total + float(b) * k
    return y + dt * total


def _state(slope: Any, y: Any) -> Any:
    """A slope as an array that y's shape broadcasts with."""
    slope = as_array(slope)
    return slope.reshape(np.shape(y)) if np.size(primal(slope)) == np.size(primal(y)) else slope


def nilpotent(x: Any) -> Any:
    """x less its plain value: the part of a number that carries derivatives."""
    return x - primal(x)


__all__ = ["nilpotent", "shifted"]
