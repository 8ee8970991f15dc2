"""Events: the hit time and the state there as numbers, and jumps of the right-hand side.

The hit time t* of ``g(t, y(t)) = 0`` moves with the parameters by the implicit function theorem, at
every order: chord steps ``d <- d - g(t* + d, y(t* + d)) / (dg/dt)`` with numbers, where
``y(t* + d)`` is the state shifted along its own flow (`_shift`), gain one order each.

Where the right-hand side is another one behind the event, the derivatives of the state jump: with
numbers, the state is carried along the old flow to the hit time, and from there along the new one
back to the plain time. To first order that is the saltation ``S+ = S- + (f- - f+) dt*`` [1]_.

References
----------
.. [1] M. di Bernardo et al., "Piecewise-smooth Dynamical Systems", Springer 2008, section 2.5;
   S. Galan, W. Feehery, P. Barton, "Parametric sensitivity functions for hybrid discrete/continuous
   systems", Applied Numerical Mathematics 31, 1999.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._errors import InputError, place_line, user_place, warn_at
from ..._numbers import Number, primal
from ._packing import Levels
from ._problem import Problem, gradient, inner_function
from ._shift import shifted

_BESIDE = 1e-7  # of a step: how far beside an event the right-hand side is looked at
_TOUCHING = 1e-10  # relative: below it an event is touched and not crossed


@dataclass
class Crossing:
    """A sign change of one event function during the run."""

    event: int
    t: float
    upward: bool
    time: Any  # as numbers of the inner levels
    state: Any


class EventFunctions:
    """The event functions of a problem, watched while the state with its derivatives is solved.

    Parameters
    ----------
    problem : Problem
    outer, inner : Levels
    found : OdeResult
        SciPy's plain answer.
    """

    def __init__(self, problem: Problem, outer: Levels, inner: Levels, found: Any) -> None:
        self.problem, self.inner, self.found = problem, inner, found
        self.functions = [inner_function(user, outer, inner) for user in problem.events]
        self.directions = [float(primal(getattr(u.f, "direction", 0))) for u in problem.events]
        self.g: list[float] = []
        self.counts = [0] * len(problem.events)

    def begin(self, t: float, y: np.ndarray) -> None:
        self.g = self._values(t, y)

    def _values(self, t: float, y: np.ndarray) -> list[float]:
        return [float(np.asarray(user.plain(t, y)).item()) for user in self.problem.events]

    def counted(self, event: int, upward: bool) -> bool:
        """Whether SciPy records a crossing in this direction."""
        direction = self.directions[event]
        return not direction or (direction > 0) == upward

    def step(self, run: Any, solver: Any, interpolant: Any) -> tuple[list[Any], Any, bool]:
        """The crossings of one step, where to begin anew, and whether the last event is reached."""
        if not self.functions:
            return [], None, False
        old, new = self.g, self._values(solver.t, run.values(solver.y))
        self.g = new
        hits = []
        for i, (a, b) in enumerate(zip(old, new, strict=True)):
            if (a <= 0 <= b) or (a >= 0 >= b):
                hits.append((self._root(i, run, interpolant, solver), i, b >= a))
        hits.sort(key=lambda hit: hit[0] * solver.direction)
        out: list[Crossing] = []
        for t, i, upward in hits:
            sides = _Sides(run, interpolant, t, solver.t - solver.t_old)
            counted = self.counted(i, upward)
            if not counted and not sides.jumps:
                continue
            time, state = self._number(i, t, run, sides)
            out.append(Crossing(i, t, upward, time, state))
            if counted:
                self.counts[i] += 1
                if self._is_last(i):
                    return out, None, True
            if sides.jumps:
                restart = sides.behind(time, state)
                self.g = self._values(restart[0], run.values(restart[1]))
                return out, restart, False
        return out, None, False

    def _is_last(self, event: int) -> bool:
        """Whether this was the event that ended the plain solution."""
        found = self.found
        if found.status != 1 or self.counts[event] < len(found.t_events[event]):
            return False
        return bool(getattr(self.problem.events[event].f, "terminal", False))

    def _root(self, event: int, run: Any, interpolant: Any, solver: Any) -> float:
        from scipy.optimize import brentq

        user = self.problem.events[event]

        def g(t: float) -> float:
            return float(np.asarray(user.plain(t, run.values(interpolant(t)))).item())

        a, b = solver.t_old, solver.t
        if g(a) == 0:
            return float(a)
        if g(a) * g(b) >= 0:  # the interpolant differs from the step by rounding
            return float(b)
        eps = 4 * np.finfo(float).eps
        return float(brentq(g, a, b, xtol=eps, rtol=eps))

    def _number(self, event: int, t: float, run: Any, sides: _Sides) -> tuple[Any, Any]:
        """The hit time and the state there as numbers."""
        levels = self.inner
        state = levels.pack(np.array(sides.state))
        slope = self._slope(event, t, run, sides)
        g, time, moved = self.functions[event], t, state
        for _ in range(levels.order):
            value = g(time, moved)
            if not isinstance(value, Number):
                break
            value = value.reshape(()) if np.ndim(value) else value
            time = time - (value - primal(value)) / slope
            moved = shifted(sides.before, t, state, time - t, levels.order)
        return time, moved

    def _slope(self, event: int, t: float, run: Any, sides: _Sides) -> float:
        """The plain ``dg/dt`` along the solution, which must differ from 0 beyond its error.

        Where g is wrong by e, the hit time is wrong by e / |g'|, and g' itself by |g''| e / |g'|.
        """
        user, plan, y = self.problem.events[event], run.plan, run.values(sides.state)
        partials = gradient(user, t, y, in_time=True).reshape(-1)
        terms = partials * np.append(sides.flow, 1.0)
        slope = float(np.sum(terms))
        before = gradient(user, t - sides.back, run.values(sides.earlier), in_time=True)
        change = slope - float(np.sum(before.reshape(-1) * np.append(sides.earlier_flow, 1.0)))
        curvature = abs(change / sides.back)
        n = plan.n
        error = float(np.sum(np.abs(partials[:n]) * (plan.atol[:n] + plan.rtol[:n] * np.abs(y))))
        if abs(slope) <= _TOUCHING * np.sum(np.abs(terms)) or 10 * slope**2 <= curvature * error:
            raise InputError(
                f"scipy.integrate.solve_ivp: event {event} is touched, not crossed, at "
                f"t = {t:.6g}: the event function's derivative along the solution is {slope:.1e} "
                "there, so the hit time has no derivative",
                "an event function that changes its sign with a slope",
            )
        if slope**2 <= curvature * error:
            warn_at(
                f"event {event} of solve_ivp is hardly crossed at t = {t:.6g}: at this tolerance "
                "the derivative of the hit time is not known well. Instead: smaller rtol and atol",
                *place_line(user_place()),
            )
        return slope


class _Sides:
    """The state at an event, and the right-hand side just before and just behind it.

    Attributes
    ----------
    state : ndarray of shape ``counts + (n,)``
    flow : ndarray of shape (n,)
        The plain right-hand side before the event.
    back, earlier, earlier_flow
        A fraction of the step, the state that long before the event, and the right-hand side there.
    jumps : bool
        Whether the right-hand side differs beyond what a smooth one would between both sides.
    """

    def __init__(self, run: Any, interpolant: Any, t: float, h: float) -> None:
        plan = run.plan
        self.f, self.levels, self.t = plan.f, plan.levels, t
        self.shape = (*plan.levels.counts, plan.n)
        self.n = plan.n
        self.state = interpolant(t).reshape(self.shape)
        self.width = np.copysign(max(_BESIDE * abs(h), 64 * np.finfo(float).eps * abs(t)), h)
        self.interpolant = interpolant
        first = self._rate(t - self.width, interpolant(t - self.width).reshape(self.shape))
        self.flow = self._plain(first)
        near = self._difference(self.width / 8, first)
        far = self._difference(self.width, first)
        size = np.abs(first).reshape(-1, self.n).max(axis=1)
        jump = np.abs(far[0]).reshape(-1, self.n).max(axis=1)
        close = np.abs(near[0]).reshape(-1, self.n).max(axis=1)
        self.jumps = bool(np.any((jump > 1e-9 * size) & (close > 0.5 * jump)))
        self.flow_behind = self._plain(far[1])
        self.back = 0.25 * h
        self.earlier = interpolant(t - self.back).reshape(self.shape)
        self.earlier_flow = self._plain(self._rate(t - self.back, self.earlier))
        if not self.jumps:  # at the event itself: a slope from beside it is wrong by the width
            self.flow = self._plain(self._rate(t, self.state))

    def _plain(self, full: np.ndarray) -> np.ndarray:
        return full.reshape(-1, self.n)[0]

    def _rate(self, t: float, full: np.ndarray) -> np.ndarray:
        out = self.f(t, self.levels.pack_state(full.copy()))
        return self.levels.unpack_state(out, self.n)

    def _difference(self, width: float, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """f behind less f before the event, and f behind; the sides are `width` away."""
        t = self.t
        before = self._rate(t - width, self.interpolant(t - width).reshape(self.shape))
        behind = self._rate(t + width, self.state + width * rate)
        return behind - before, behind

    def before(self, t: Any, y: Any) -> Any:
        """The right-hand side before the event, at numbers whose values are at the event."""
        return self.f(t - self.width, y - self.width * self.flow) if self.jumps else self.f(t, y)

    def after(self, t: Any, y: Any) -> Any:
        return self.f(t + self.width, y + self.width * self.flow_behind)

    def behind(self, time: Any, state: Any) -> tuple[float, np.ndarray]:
        """Plain time and state, with its derivatives, just behind the event."""
        back = self.t - time
        y = shifted(self.after, time, state, back, self.levels.order)
        full = self.levels.unpack(y)
        t = self.t + self.width
        rate = self._rate(t, full + self.width * self.flow_behind_full(full))
        return t, full + self.width * rate

    def flow_behind_full(self, full: np.ndarray) -> np.ndarray:
        """The plain flow behind the event as a state without derivatives."""
        out = np.zeros_like(full)
        out.reshape(-1, self.n)[0] = self.flow_behind
        return out


class Crossings:
    """The run's crossings beside SciPy's."""

    def __init__(self, events: EventFunctions, run: Any, f: Any, inner: Levels) -> None:
        self.events, self.run, self.f, self.inner = events, run, f, inner
        self.matched: list[list[Any]] = []
        found = events.found
        if found.t_events is not None:
            self.matched = [self._match(i, times) for i, times in enumerate(found.t_events)]

    def _match(self, event: int, times: np.ndarray) -> list[tuple[Any, Any]]:
        """(time, state) as numbers, for each of SciPy's."""
        events = self.events
        own = [
            c for c in self.run.crossings if c.event == event and events.counted(event, c.upward)
        ]
        if len(own) == len(times):
            return [(c.time, c.state) for c in own]
        if own:  # one of them lies at the very end
            nearest = [int(np.argmin([abs(c.t - t) for c in own])) for t in times]
            if len(set(nearest)) == len(times):
                return [(own[i].time, own[i].state) for i in nearest]
        raise InputError(
            f"scipy.integrate.solve_ivp: event {event} was met {len(times)} times by the plain "
            f"solution, and {len(own)} times with the steps that the sensitivities took: it is "
            "touched rather than crossed, and its derivative cannot be trusted",
            "smaller rtol and atol, or an event function that is crossed",
        )

    @property
    def last(self) -> tuple[Any, Any]:
        """Time and state of the event that ended the plain solution."""
        found = self.events.found
        ends = [i for i, times in enumerate(found.t_events) if len(times) and self._ended(i)]
        return self.matched[ends[0]][-1]

    def _ended(self, event: int) -> bool:
        terminal = getattr(self.events.problem.events[event].f, "terminal", False)
        return bool(terminal) and self.events.found.t_events[event][-1] == self.events.found.t[-1]

    def answers(self, outer: Levels) -> tuple[list[Any], list[Any]]:
        """`t_events` and `y_events` as SciPy has them, of numbers."""
        found, inner = self.events.found, self.inner
        all_times, all_states = [], []
        for pairs, times, states in zip(self.matched, found.t_events, found.y_events, strict=True):
            if not pairs:
                all_times.append(times)
                all_states.append(states)
                continue
            full = np.stack([inner.unpack(t) for t, _ in pairs], axis=-1)
            full[(0,) * (full.ndim - 1)] = times
            all_times.append(outer.pack(full))
            full = np.stack([inner.unpack(y) for _, y in pairs], axis=-2)
            full[(0,) * (full.ndim - 2)] = states
            all_states.append(outer.pack(full))
        return all_times, all_states


__all__ = ["Crossings", "EventFunctions"]
