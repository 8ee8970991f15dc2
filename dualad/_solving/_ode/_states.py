"""The states of an initial value problem as one node of a graph, and its derivatives as others.

Three functions of the vector theta (initial state and constants) close under differentiation to
second order, with S(theta) the states at given times and J its Jacobian:

    states   S(theta)            jvp: tangent            vjp: pulled
    tangent  J(theta) v          jvp, vjp: below
    pulled   J(theta)^T ct       jvp, vjp: below

The derivative of ``J^T ct`` along w is ``(ct . S'') w``, which is symmetric: it is its own
transpose. So all that is ever computed is S along dual numbers (`_forward`) and the adjoint, on
plain values or along dual numbers (`_adjoint`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._errors import InputError, NotYetError
from ..._numbers import Dual, Level, Number, primal
from ..._numbers._floating import quietly
from ..._numbers._number import highest
from ..._rules._row import Differential
from .._expansion import Vector, displaced
from .._implicit import pinned
from ._adjoint import Adjoint
from ._equation import Equation
from ._packing import levels_of

Operands = tuple[Any, ...]


class Flow:
    """The states at plain times, as a function of theta.

    Parameters
    ----------
    equation : Equation
    vector : Vector
        Of the initial state and the constants.
    theta : Number
    times : ndarray
        In the order of integration, each once.
    value : ndarray of shape (n, times)
        SciPy's plain answer.
    forward : callable
        theta, a number of forward kinds -> the states, of shape (n, times).
    """

    def __init__(
        self,
        equation: Equation,
        vector: Vector,
        theta: Any,
        times: np.ndarray,
        value: np.ndarray,
        forward: Callable[[Any], Any],
    ) -> None:
        self.equation, self.vector, self.times = equation, vector, times
        self.value, self._forward, self._point = value, forward, primal(theta)
        self._plain: Adjoint | None = None
        self._stamp = self._slopes()

    def forward(self, theta: Any) -> Any:
        if not isinstance(theta, Number):
            displaced(theta, self._point)  # no other value than that of the recording is known
            return self.value
        self._check()
        return pinned(self._forward(theta), self.value)

    def _slopes(self) -> bytes:
        """The plain right-hand side at both ends."""
        y0, *constants = self.vector.split(self._point)
        f = self.equation.over(constants, ())
        ends = ((self.equation.t0, y0), (self.times[-1], self.value[:, -1]))
        found = [np.asarray(quietly(f, float(t), y.astype(float)), float) for t, y in ends]
        return b"".join(slope.tobytes() for slope in found)

    def _check(self) -> None:
        """Raise where the right-hand side is another than it was when the problem was solved."""
        if self._slopes() != self._stamp:
            raise InputError(
                "the right-hand side of solve_ivp or odeint answers other values than when the "
                "problem was solved: arrays that it uses have been written to since, or it is "
                "not a function of its arguments",
                "copies of such arrays (u.copy()), or mode='forward'",
            )

    def adjoint(self, theta: Any) -> Adjoint:
        """Plain ones share their dense solution."""
        self._check()
        if isinstance(theta, Number):
            return Adjoint(self.equation, self.vector, theta, self.times)
        if self._plain is None:
            self._plain = Adjoint(self.equation, self.vector, theta, self.times)
        return self._plain


def states(flow: Flow, theta: Any) -> Any:
    """S(theta), of shape ``(n, times)``."""
    return _dispatched(STATES, flow, (theta,), lambda: flow.forward(theta))


def tangent(flow: Flow, theta: Any, v: Any) -> Any:
    """``J(theta) v`` of each lane: ``(k, p) -> (k, n, times)``."""

    def along() -> Any:
        level = Level((v.shape[0],))
        return parts_of(flow.forward(Dual._make(theta, v, level)), level)

    return _dispatched(TANGENT, flow, (theta, v), along)


def pulled(flow: Flow, theta: Any, ct: Any) -> Any:
    """``J(theta)^T ct`` of each lane: ``(k, n, times) -> (k, p)``."""
    return _dispatched(PULLED, flow, (theta, ct), lambda: flow.adjoint(theta).pulled(ct))


def _dispatched(row: Any, flow: Flow, operands: Operands, own: Callable[[], Any]) -> Any:
    """The answer where all numbers are of forward kinds; else a node of the highest level."""
    if levels_of(operands).forward:
        return own()
    top: Any = highest(operands)
    return top._array_row(row, operands, flow)


def parts_of(x: Any, level: Level) -> Any:
    """The tangents of a fresh level."""
    if isinstance(x, Number) and x._level is level:
        return x._parts()
    return np.zeros((*level.shape, *np.shape(x)))


def _dual(x: Any, block: Any, level: Level) -> Any:
    return x if block is None else Dual._make(x, block, level)


def _jvp_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The tangent of a function of two operands, through a fresh level."""

    def jvp(flow: Flow, _y: Any, operands: Operands, blocks: Operands) -> Any:
        _check_forward((*operands, *(b for b in blocks if b is not None)))
        level = Level((next(b for b in blocks if b is not None).shape[0],))
        numbers = [_dual(x, b, level) for x, b in zip(operands, blocks, strict=True)]
        return parts_of(function(flow, *numbers), level)

    return jvp


def _states_jvp(flow: Flow, _y: Any, operands: Operands, blocks: Operands) -> Any:
    return tangent(flow, operands[0], blocks[0])


def _states_vjp(flow: Flow, _y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    return pulled(flow, operands[0], ct)


def _tangent_vjp(flow: Flow, _y: Any, operands: Operands, ct: Any, i: int) -> Any:
    theta, v = operands
    lanes, k = ct.shape[0], v.shape[0]
    if i == 1:
        flat = np.reshape(ct, (lanes * k, *ct.shape[2:]))
        return np.reshape(pulled(flow, theta, flat), (lanes, k, -1))
    return sum(_curved(flow, theta, v[j : j + 1], ct[:, j])[0] for j in range(k))


def _pulled_vjp(flow: Flow, _y: Any, operands: Operands, w: Any, i: int) -> Any:
    theta, ct = operands
    lanes, k = w.shape[0], ct.shape[0]
    if i == 1:
        flat = np.reshape(w, (lanes * k, w.shape[-1]))
        return np.reshape(tangent(flow, theta, flat), (lanes, *ct.shape))
    return sum(_curved(flow, theta, w[:, j], ct[j : j + 1])[:, 0] for j in range(k))


def _curved(flow: Flow, theta: Any, v: Any, ct: Any) -> Any:
    """The derivative of ``J^T ct`` along each of v: ``(l, p), (k, n, times) -> (l, k, p)``."""
    _check_forward((theta, v, ct))
    level = Level((v.shape[0],))
    return parts_of(pulled(flow, Dual._make(theta, v, level), ct), level)


def _check_forward(numbers: Operands) -> None:
    if not levels_of(numbers).forward:
        raise NotYetError(
            "third derivatives through the adjoint of an initial value problem with many "
            "parameters",
            'mode="forward" for all but one of the derivatives',
        )


def _never(*_args: Any) -> Any:
    raise NotImplementedError("never called by its name")


def _row(name: str, value: Any, jvp: Any, vjp: Any) -> Differential:
    def solve_ivp(*_args: Any) -> Any:
        raise NotImplementedError("never called by its name")

    solve_ivp.__name__ = name
    note = f"{name}: pulled back by the adjoint equation, as there are many parameters"
    solve_ivp._transposed_note = lambda: note  # type: ignore[attr-defined]  # what `explain` says
    return Differential(solve_ivp, _never, value, jvp, vjp)


STATES = _row("solve_ivp", states, _states_jvp, _states_vjp)
TANGENT = _row("tangent of solve_ivp", tangent, _jvp_of(tangent), _tangent_vjp)
PULLED = _row("adjoint of solve_ivp", pulled, _jvp_of(pulled), _pulled_vjp)

__all__ = ["Flow", "parts_of", "pulled", "states", "tangent"]
