"""Forward sensitivities: the variational equations, integrated together with the state.

The right-hand side, called with numbers, is that of the variational equations of every order that
the numbers carry: ``S' = J S + f_p`` for duals, and the second-order ones for hyper-duals [1]_.
SciPy first solves the plain problem; its answer is the value, bit for bit. Then the state with all
its derivatives is integrated by the same method, each column with an error control of its own
(`_methods`), and evaluated at the same times.

The error of a derivative: relative to itself rtol (``sens_rtol``), absolute atol, scaled down by
the relative size of the parameter's perturbation, |dp| / |p|, where that is smaller than 1, as
CVODES does with its ``pbar`` (or ``sens_atol``): a rate constant of 3e7 has derivatives of order
1e-7, of which an error of 1e-6 would leave nothing.

References
----------
.. [1] E. Hairer, S. Norsett, G. Wanner, "Solving Ordinary Differential Equations I", 2nd ed.,
   Springer 1993, section I.14; A. Hindmarsh et al., "SUNDIALS", ACM TOMS 31, 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._errors import InputError
from ..._numbers import Number, primal
from ..._numbers._floating import quietly
from ..._numbers._number import as_array
from ._events import Crossings, EventFunctions
from ._integrate import Integration, Plan, plan
from ._packing import Levels
from ._problem import Problem, inner_function
from ._shift import nilpotent, shifted
from ._solution import NumberSolution


def forward(problem: Problem, found: Any, levels: Levels) -> Any:
    """SciPy's result with numbers of `levels` in place of values.

    Parameters
    ----------
    problem : Problem
    found : OdeResult
        SciPy's plain answer; it is changed.
    levels : Levels
        Of duals and hyper-duals only.
    """
    if found.status < 0:
        raise InputError(
            f"scipy.integrate.solve_ivp did not reach the end: {found.message} A failed solution "
            "has no derivative",
            "another method, other tolerances, or da.primal(...) of the parameters",
        )
    return quietly(_Forward(problem, found, levels).result)


class _Forward:
    """One forward sensitivity analysis."""

    def __init__(self, problem: Problem, found: Any, levels: Levels) -> None:
        self.problem, self.found, self.outer = problem, found, levels
        users = (problem.fun, *problem.events)
        self.inner = levels.fresh() if all(user.complete for user in users) else levels
        self.f = inner_function(problem.fun, levels, self.inner)
        if problem.vectorized:
            self.f = _columnwise(self.f)
        self.t0, self.t1 = (float(primal(t)) for t in problem.t_span)
        self.y0 = levels.unpack(problem.y0)
        self.n = self.y0.shape[-1]

    def number(self, x: Any) -> Any:
        """An outer number as one of the inner levels."""
        if self.inner is self.outer or not isinstance(x, Number):
            return x
        return self.inner.pack(self.outer.unpack(x))

    def array(self, x: Any) -> np.ndarray:
        """An inner number as an array of shape ``counts + S``."""
        return self.inner.unpack(x)

    def start(self) -> np.ndarray:
        """The state with its derivatives at the plain time t0, shape ``counts + (n,)``."""
        y0 = self.inner.pack(self.y0.astype(complex if np.iscomplexobj(self.y0) else float))
        begin = self.number(self.problem.t_span[0])
        dt = primal(begin) - begin if isinstance(begin, Number) else 0.0
        return self.array(shifted(self.f, begin, y0, dt, self.inner.order))

    def _run(self, made: Plan) -> Integration:
        return Integration(
            made,
            self.start(),
            EventFunctions(self.problem, self.outer, self.inner, self.found),
            np.asarray(self.found.t, dtype=float),
            self.found.sol is not None,
        )

    def result(self) -> Any:
        """The plain answer, its values replaced by numbers."""
        problem, found = self.problem, self.found
        moving = self._moving()
        made = plan(self, problem, found)
        run, report = self._run(made), {}
        if problem.sens_error:
            coarse, run = run, self._run(made.finer())
            report = _compared(coarse.states, run.states)
        events = run.events
        full = run.states
        self._pin(full, found.y)
        crossings = Crossings(events, run, self.f, self.inner)
        columns = self._moved(full, moving, crossings)
        if len(found.t):
            found.y = self.outer.pack(columns)
            found.t = self._times(moving, crossings)
        if found.t_events is not None:
            found.t_events, found.y_events = crossings.answers(self.outer)
        if found.sol is not None:
            found.sol = NumberSolution(found.sol, run.solution(), problem.number, self.outer)
        found.sensitivity = {**run.report(), **report}
        if self.inner is not self.outer:
            for level in self.inner.levels:
                level.closed = True  # a number that the user's function has kept is of no use
            problem.tell(found, self.outer.levels)
        return found

    @staticmethod
    def _pin(full: np.ndarray, value: Any) -> None:
        full[(0,) * (full.ndim - 2)] = value

    def _moving(self) -> dict[int, Any]:
        """Output times that are numbers: their positions, and the times, of the inner levels."""
        problem, m = self.problem, len(self.found.t)
        if problem.t_eval is not None:
            times = problem.t_eval
            if isinstance(times, (list, tuple, Number)):
                each = [times[i] for i in range(m)]
                return {i: self.number(t) for i, t in enumerate(each) if isinstance(t, Number)}
            return {}
        begin, end = map(self.number, problem.t_span)
        moving = {0: begin} if isinstance(begin, Number) else {}
        if isinstance(end, Number) and self.found.status == 0:
            moving[m - 1] = end
        return moving

    def _ends_in_event(self) -> bool:
        return self.found.status == 1 and self.problem.t_eval is None

    def _moved(self, full: np.ndarray, moving: dict[int, Any], crossings: Crossings) -> np.ndarray:
        """The columns of y at times that are numbers, in place."""
        inner = self.inner
        for i, t in moving.items():
            y = inner.pack(full[..., i].copy())
            y = shifted(self.f, primal(t), y, nilpotent(t), inner.order)
            full[..., i] = self.array(y)
        if self._ends_in_event():
            full[..., -1] = self.array(crossings.last[1])
        self._pin(full, self.found.y)
        return full

    def _times(self, moving: dict[int, Any], crossings: Crossings) -> Any:
        """`sol.t`: constant but for the times that are numbers."""
        if self._ends_in_event():
            moving = {**moving, len(self.found.t) - 1: crossings.last[0]}
        if not moving:
            return self.found.t
        full = np.zeros((*self.inner.counts, len(self.found.t)))
        for i, t in moving.items():
            full[..., i] = self.array(t)
        full[(0,) * (full.ndim - 1)] = self.found.t
        return self.outer.pack(full)


def _compared(coarse: np.ndarray, fine: np.ndarray) -> dict[str, Any]:
    """How far derivatives, ``counts + (n, m)``, are from those with a tenth of the tolerance.

    "errors", of shape ``(columns, n)``: the largest over time. "error": the largest relative to the
    size of its derivative over time.
    """
    n, m = fine.shape[-2:]
    difference = np.abs(fine - coarse).reshape(-1, n, m)[1:].max(axis=2, initial=0.0)
    size = np.abs(fine).reshape(-1, n, m)[1:].max(axis=2, initial=0.0)
    relative = np.divide(difference, size, out=np.zeros_like(size), where=size > 0)
    return {"error": float(relative.max(initial=0.0)), "errors": difference}


def _columnwise(f: Callable[..., Any]) -> Any:
    """A function that takes states of shape ``(n, k)``, as one of states of shape ``(n,)``."""
    return lambda t, y: as_array(f(t, y[:, None])).reshape(-1)


__all__ = ["forward"]
