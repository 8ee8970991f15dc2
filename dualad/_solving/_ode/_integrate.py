"""One run of a solver over the state with its derivatives.

The run is cut at events across which the right-hand side jumps (`_events`): behind such a cut a
fresh solver starts from the state whose derivatives have jumped as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._errors import InputError
from ..._numbers import Number
from ._methods import sensitive
from ._packing import Levels
from ._problem import Problem, gradient

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
    rtol: np.ndarray
    atol: np.ndarray


def plan(owner: Any, problem: Problem, found: Any) -> Plan:
    """The plan of a problem's run."""
    n, options = np.size(found.y[:, 0]) if len(found.t) else len(owner._y0()), problem.options
    rtol, atol = _tolerances(problem, owner.outer, n)
    return Plan(
        owner.f,
        owner.inner,
        owner.t0,
        owner.t1,
        n,
        _method(problem.method, found, options.get("rtol", 1e-3)),
        {name: options[name] for name in _STEP_OPTIONS if options.get(name) is not None},
        _jacobian(problem),
        rtol,
        atol,
    )


def _method(method: Any, found: Any, rtol: Any) -> type:
    """The class of SciPy's solver; LSODA by a method of SciPy's own of its kind."""
    from scipy import integrate

    if method in ("LSODA", integrate.LSODA):
        # Its Fortran knows no columns. It was not stiff where it never asked for a Jacobian.
        if found.njev:
            return integrate.BDF
        return integrate.DOP853 if np.min(rtol) < 1e-5 else integrate.RK45
    return getattr(integrate, method) if isinstance(method, str) else method


def _jacobian(problem: Problem) -> Callable[..., Any]:
    """The Jacobian of y' in y: the user's where given, else exact."""
    given = problem.options.get("jac")
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
    from ..._numbers import HyperDual
    from ..._numbers._hyperdual import pairs

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
    """

    def __init__(self, plan: Plan, state: np.ndarray, events: Any) -> None:
        self.plan, self.events = plan, events
        self.times: list[float] = [plan.t0]
        self.pieces: list[Any] = []
        self.crossings: list[Any] = []
        self.first = state
        self.steps = self.nfev = self.njev = self.nlu = 0
        self._run(state)

    def _rhs(self, t: float, flat: np.ndarray) -> np.ndarray:
        plan = self.plan
        full = flat.reshape((*plan.levels.counts, plan.n)).copy()
        out = plan.f(t, plan.levels.pack_state(full))
        return plan.levels.unpack_state(out, plan.n).reshape(-1)

    def _solver(self, t: float, state: np.ndarray, options: dict[str, Any]) -> Any:
        plan = self.plan
        return sensitive(plan.method)(
            self._rhs,
            t,
            state.reshape(-1),
            plan.t1,
            columns=plan.levels.columns,
            jacobian=plan.jacobian,
            tolerances=(plan.rtol, plan.atol),
            rtol=float(np.min(plan.rtol)),
            atol=plan.atol,
            **options,
        )

    def _run(self, state: np.ndarray) -> None:
        t, options = self.plan.t0, self.plan.options
        self.events.begin(t, self.values(state))
        restart: Any = (t, state)
        while restart is not None:
            t, state = restart
            restart = self._piece(t, state, options)
            options = {k: v for k, v in options.items() if k != "first_step"}

    def _piece(self, t: float, state: np.ndarray, options: dict[str, Any]) -> Any:
        """Up to the end, or to where the right-hand side jumps: time and state behind that."""
        solver = self._solver(t, state, options)
        restart = None
        while solver.status == "running" and restart is None:
            message = solver.step()
            if solver.status == "failed":
                raise InputError(
                    "scipy.integrate.solve_ivp: the sensitivities could not be integrated beyond "
                    f"t = {solver.t:.6g}: {message}",
                    "another method, other tolerances, or sens_rtol and sens_atol",
                )
            self.steps += 1
            interpolant = solver.dense_output()
            self.times.append(solver.t)
            self.pieces.append(interpolant)
            found, restart, done = self.events.step(self, solver, interpolant)
            self.crossings += found
            if restart is not None:
                self.times[-1] = restart[0]
            if done:
                break
        self.nfev, self.njev, self.nlu = (
            self.nfev + solver.nfev, self.njev + solver.njev, self.nlu + solver.nlu,
        )  # fmt: skip
        return restart

    def values(self, state: np.ndarray) -> np.ndarray:
        """The plain state, the first column."""
        return state.reshape(self.plan.levels.columns, -1)[0]

    def at(self, times: np.ndarray) -> np.ndarray:
        """The state at plain times of shape ``(m,)``: ``counts + (n, m)``."""
        shape = (*self.plan.levels.counts, self.plan.n)
        if not self.pieces:  # an interval without length
            return np.repeat(self.first.reshape(shape)[..., None], len(times), axis=-1)
        if not len(times):
            return np.zeros((*shape, 0))
        return self.solution()(times).reshape((*shape, len(times)))

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


class _Constant:
    """The solution over an interval without length."""

    def __init__(self, state: np.ndarray) -> None:
        self.state = state

    def __call__(self, t: Any) -> np.ndarray:
        return self.state if np.ndim(t) == 0 else np.repeat(self.state[:, None], len(t), axis=1)


__all__ = ["Integration", "Plan", "plan"]
