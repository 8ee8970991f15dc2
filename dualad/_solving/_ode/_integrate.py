"""One run of a solver over the state with its derivatives.

The run is cut at events across which the right-hand side jumps (`_events`): behind such a cut a
fresh solver starts from the state whose derivatives have jumped as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..._errors import InputError
from ..._numbers import HyperDual, Number
from ..._numbers._hyperdual import pairs
from ._methods import sensitive
from ._packing import Levels
from ._problem import Problem, gradient
from ._scalars import scalar_way

_FEW_DIGITS = 1e-4  # a relative tolerance above which methods of low order are the cheaper ones
_MULTISTEP = 0.3
_FEW = 20  # entries of a state that may be computed one by one
_STEP_OPTIONS = ("max_step", "first_step")


@dataclass
class Plan:
    """What a run needs to know.

    Attributes
    ----------
    f : callable
        The right-hand side at numbers.
    levels : Levels
    t0, t1 : float
    n : int
        Entries of one column.
    method : type
        The class of SciPy's solver.
    options : dict
        ``max_step`` and ``first_step``, where given.
    jacobian : callable
        ``(t, y) -> n x n``, plain.
    plain : callable
        The right-hand side on plain values.
    scalars : ScalarWay or None
        The right-hand side on duals of floats.
    rtol, atol : ndarray
        Of the flat state.
    """

    f: Callable[..., Any]
    levels: Levels
    t0: float
    t1: float
    n: int
    method: type
    options: dict[str, Any]
    jacobian: Callable[..., Any]
    plain: Callable[..., Any]
    scalars: Any
    rtol: np.ndarray
    atol: np.ndarray

    def finer(self) -> Plan:
        """The same with a tenth of the tolerances."""
        rtol = np.maximum(0.1 * self.rtol, 100 * np.finfo(float).eps)
        return replace(self, rtol=rtol, atol=0.1 * self.atol)


def plan(owner: Any, problem: Problem, found: Any) -> Plan:
    """The plan of a problem's run."""
    from scipy.integrate import BDF

    n, options = owner.n, problem.options
    method = _method(problem.method, found, options.get("rtol", 1e-3))
    sensitive(method)  # raises where there is no rule
    rtol, atol = _tolerances(problem, owner.outer, n)
    if issubclass(method, BDF):  # whose errors add up: a multiple of the others' at the end
        rtol, atol = np.maximum(_MULTISTEP * rtol, 100 * np.finfo(float).eps), _MULTISTEP * atol
    return Plan(
        owner.f,
        owner.inner,
        owner.t0,
        owner.t1,
        n,
        method,
        {name: options[name] for name in _STEP_OPTIONS if options.get(name) is not None},
        _jacobian(problem),
        problem.value,
        _scalars(problem, owner),
        rtol,
        atol,
    )


def _scalars(problem: Problem, owner: Any) -> Any:
    if problem.vectorized or owner.n > _FEW or np.iscomplexobj(owner.y0):
        return None
    constants = [owner.inner.pack(owner.outer.unpack(c)) for c in problem.fun.constants]
    return scalar_way(problem.fun, constants, owner.inner)


def _method(method: Any, found: Any, rtol: Any) -> type:
    """The class of SciPy's solver; LSODA by a method of SciPy's own of its kind."""
    from scipy import integrate

    if method in ("LSODA", integrate.LSODA):
        # Its Fortran knows no columns. It was not stiff where it never asked for a Jacobian.
        if found.njev:
            return integrate.BDF
        method = "RK45"
    found_class: type = getattr(integrate, method) if isinstance(method, str) else method
    if found_class in (integrate.RK23, integrate.RK45):
        # The run is one of its own: the method that needs the fewest evaluations.
        return integrate.DOP853 if np.min(rtol) < _FEW_DIGITS else integrate.RK45
    return found_class


def _jacobian(problem: Problem) -> Callable[..., Any]:
    """The Jacobian of y' in y: the user's where given, else exact."""
    given = problem.options.get("jac")
    banded = any(problem.options.get(name) is not None for name in ("lband", "uband"))
    if banded:  # LSODA's own packed form
        return lambda t, y: _exact(problem, t, y)
    if problem.jac is not None:
        return problem.jac.plain
    if given is not None:
        constant = given if hasattr(given, "tocsc") else np.asarray(given, dtype=float)
        return lambda t, y: constant
    return lambda t, y: _exact(problem, t, y)


def _exact(problem: Problem, t: float, y: np.ndarray) -> np.ndarray:
    state = y[:, None] if problem.vectorized else y
    return gradient(problem.fun, t, state).reshape(-1, y.size)


def _tolerances(problem: Problem, levels: Levels, n: int) -> tuple[np.ndarray, np.ndarray]:
    """rtol and atol of every entry of the flat state."""
    options = problem.options
    rtol, atol = options.get("rtol", 1e-3), options.get("atol", 1e-6)
    shape = (levels.columns, n)
    relative = np.array(np.broadcast_to(np.maximum(rtol, 100 * np.finfo(float).eps), shape))
    scales = _scales(problem, levels).reshape(-1, 1)
    absolute = np.minimum(scales, 1.0) * np.broadcast_to(atol, (n,))
    if problem.sens_rtol is not None:
        relative[1:] = problem.sens_rtol
    if problem.sens_atol is not None:
        absolute[1:] = problem.sens_atol
    return relative.reshape(-1), absolute.reshape(-1)


def _scales(problem: Problem, levels: Levels) -> np.ndarray:
    """How large each column's perturbation is, relative to what it perturbs; shape ``counts``."""
    numbers = [levels.unpack(x) for x in problem.numbers if isinstance(x, Number)]
    numbers.append(levels.unpack(problem.y0))
    depth = len(levels.counts)
    scales = np.ones(())
    for i, (make, level, count) in enumerate(
        zip(levels.makes, levels.levels, levels.counts, strict=True)
    ):
        rows = np.zeros(count - 1)
        for full in numbers:
            first = np.moveaxis(full, i, 0)[(slice(None),) + (0,) * (depth - 1)]
            sizes = np.abs(first.reshape(count, -1)).max(axis=1, initial=0.0)
            if sizes[0] > 0:
                rows = np.maximum(rows, sizes[1:] / sizes[0])
        rows = _of_pairs(np.where(rows > 0, rows, 1.0), make, level)
        scales = np.multiply.outer(scales, np.concatenate(([1.0], rows)))
    return scales


def _of_pairs(rows: np.ndarray, make: type, level: Any) -> np.ndarray:
    """Scales of second derivatives: the products of the first ones."""
    if make is not HyperDual:
        return rows
    shape = level.shape
    first = rows[: sum(shape)]
    if len(shape) == 1:
        i, j = pairs(shape[0])
        return np.concatenate((first, first[i] * first[j]))
    product = np.multiply.outer(first[: shape[0]], first[shape[0] :])
    return np.concatenate((first, product.ravel()))


class Integration:
    """A run, and what it has left behind.

    Parameters
    ----------
    plan : Plan
    state : ndarray of shape ``counts + (n,)``
        At t0.
    events : EventFunctions
    times : ndarray of shape (m,)
        Where the state is wanted, in the direction of integration.
    dense : bool
        Keep the continuous solution.

    Attributes
    ----------
    states : ndarray of shape ``counts + (n, m)``
    crossings : list of Crossing
    """

    def __init__(
        self, plan: Plan, state: np.ndarray, events: Any, times: np.ndarray, dense: bool
    ) -> None:
        self.plan, self.events, self.dense = plan, events, dense
        self.wanted = times
        self.shape = (*plan.levels.counts, plan.n)
        self.states = np.empty((*self.shape, len(times)), state.dtype)
        self.filled = 0
        self.times: list[float] = [plan.t0]
        self.pieces: list[Any] = []
        self.crossings: list[Any] = []
        self.first = state
        self.steps = self.nfev = self.njev = self.nlu = 0
        self._run(state)

    def _rhs(self, t: float, flat: np.ndarray) -> np.ndarray:
        plan, way = self.plan, self.plan.scalars
        quick = None
        if way is not None and way.works:
            quick = way(t, flat.reshape(self.shape))
            if quick is not None and way.checked:
                return quick.reshape(-1)
        out = plan.f(t, plan.levels.pack_state(flat.reshape(self.shape).copy()))
        full = plan.levels.unpack_state(out, plan.n)
        if quick is not None:
            way.agrees(quick, full)
        return full.reshape(-1)

    def _solver(self, t: float, state: np.ndarray, options: dict[str, Any]) -> Any:
        plan = self.plan
        return sensitive(plan.method)(
            self._rhs,
            t,
            state.reshape(-1),
            plan.t1,
            columns=plan.levels.columns,
            jacobian=plan.jacobian,
            plain=plan.plain,
            order=plan.levels.order,
            tolerances=(plan.rtol, plan.atol),
            rtol=float(np.min(plan.rtol)),
            atol=plan.atol,
            **options,
        )

    def _run(self, state: np.ndarray) -> None:
        t, options = self.plan.t0, self.plan.options
        self.events.begin(t, self.values(state))
        self._fill(t, lambda _: state.reshape(-1), t, state)
        restart: Any = (t, state)
        interpolant: Any = lambda _: state.reshape(-1)  # of an interval without length
        while restart is not None:
            t, state = restart
            restart, interpolant = self._piece(t, state, options, interpolant)
            options = {k: v for k, v in options.items() if k != "first_step"}
        # What lies between this run's last event and SciPy's, which differ by the tolerance.
        for i in range(self.filled, len(self.wanted)):
            self.states[..., i] = interpolant(self.wanted[i]).reshape(self.shape)

    def _piece(self, t: float, state: np.ndarray, options: dict[str, Any], interpolant: Any) -> Any:
        """Up to the end, or to where the right-hand side jumps: time and state behind that."""
        solver = self._solver(t, state, options)
        restart, done = None, False
        while solver.status == "running" and restart is None and not done:
            message = solver.step()
            if solver.status == "failed":
                raise InputError(
                    "scipy.integrate.solve_ivp: the sensitivities could not be integrated beyond "
                    f"t = {solver.t:.6g}: {message}",
                    "another method, other tolerances, or sens_rtol and sens_atol",
                )
            self.steps += 1
            interpolant = _Lazy(solver)
            found, restart, done = self.events.step(self, solver, interpolant)
            self.crossings += found
            end = solver.t if restart is None else restart[0]
            if done:
                end = found[-1].t
            self._fill(end, interpolant, solver.t, solver.y)
            if self.dense:
                self.times.append(end)
                self.pieces.append(interpolant.made())
        self.nfev, self.njev, self.nlu = (
            self.nfev + solver.nfev, self.njev + solver.njev, self.nlu + solver.nlu,
        )  # fmt: skip
        return restart, interpolant

    def _fill(self, end: float, interpolant: Any, t: float, y: np.ndarray) -> None:
        """The states at the wanted times up to `end`; y is the state at t."""
        sign = np.sign(self.plan.t1 - self.plan.t0) or 1.0
        while self.filled < len(self.wanted):
            time = self.wanted[self.filled]
            if (time - end) * sign > 0:
                return
            state = y if time == t else interpolant(time)
            self.states[..., self.filled] = state.reshape(self.shape)
            self.filled += 1

    def values(self, state: np.ndarray) -> np.ndarray:
        """The plain state, the first column."""
        return state.reshape(self.plan.levels.columns, -1)[0]

    def solution(self) -> Any:
        """The flat state over time, as SciPy's OdeSolution."""
        from scipy.integrate import BDF, OdeSolution

        if not self.pieces:
            return _Constant(self.first.reshape(-1))
        late = issubclass(self.plan.method, BDF)
        return OdeSolution(np.array(self.times), self.pieces, alt_segment=late)

    def report(self) -> dict[str, Any]:
        """What the run has cost, for the result."""
        return {
            "method": self.plan.method.__name__,
            "columns": self.plan.levels.columns - 1,
            "steps": self.steps,
            "nfev": self.nfev,
            "njev": self.njev,
            "nlu": self.nlu,
            "rtol": float(np.max(self.plan.rtol)),
        }


class _Lazy:
    """A step's continuous solution, made when it is first asked for: some cost evaluations."""

    def __init__(self, solver: Any) -> None:
        self._solver, self._made = solver, None

    def made(self) -> Any:
        if self._made is None:
            self._made = self._solver.dense_output()
        return self._made

    def __call__(self, t: float) -> np.ndarray:
        state: np.ndarray = self.made()(t)
        return state


class _Constant:
    """The solution over an interval without length."""

    def __init__(self, state: np.ndarray) -> None:
        self.state = state

    def __call__(self, t: Any) -> np.ndarray:
        return self.state if np.ndim(t) == 0 else np.repeat(self.state[:, None], len(t), axis=1)


__all__ = ["Integration", "Plan", "plan"]
