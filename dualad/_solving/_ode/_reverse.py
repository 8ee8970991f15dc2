"""`solve_ivp` in reverse mode.

Two ways, by the sizes. With few parameters the forward sensitivities of `_forward`, along fresh
dual numbers, give all derivatives that the outer numbers carry, and the answer is their expansion
(`_expansion`): everything that forward mode does, events and dense output with it, and the same
figures. With many parameters the states are one node of the graph, pulled back by the adjoint
equation (`_states`, `_adjoint`): its cost does not grow with their number.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._errors import InputError, NoRuleError
from ..._numbers import Number, primal, primal_tree
from ..._numbers._floating import quietly
from ..._numbers._number import as_array
from .._expansion import Expansion, Vector
from .._implicit import pinned
from ._equation import Equation, kept
from ._forward import forward
from ._packing import Levels, levels_of
from ._problem import Problem
from ._shift import nilpotent, shifted
from ._solution import NumberSolution
from ._states import Flow, states

# From so many entries of the state with all its derivatives on, the adjoint equation is cheaper.
MANY = {1: 1_500, 2: 20_000}


def many(n: int, parameters: int, order: int) -> bool:
    """Whether the adjoint equation is to be used: n states, derivatives of this order.

    Third derivatives through the adjoint are not to be had.
    """
    return order in MANY and n * parameters**order > MANY[order]


def reverse(problem: Problem, found: Any, levels: Levels) -> Any:
    """SciPy's result with numbers, some of graphs, in place of values.

    Parameters
    ----------
    problem : Problem
    found : OdeResult
        SciPy's plain answer; it is changed.
    levels : Levels
        Of which one at least is a graph.

    Raises
    ------
    InputError
        The plain solve has failed.
    NoRuleError
        The function depends on numbers that closure conversion does not find.
    """
    if found.status < 0:
        raise InputError(
            f"scipy.integrate.solve_ivp did not reach the end: {found.message} A failed solution "
            "has no derivative",
            "another method, other tolerances, or da.primal(...) of the parameters",
        )
    if not all(user.complete for user in (problem.fun, *problem.events)):
        raise NoRuleError(
            "scipy.integrate.solve_ivp: the functions depend on a differentiated number that was "
            "found neither in args nor in what they close over",
            "args=(parameters,), parameters that the function closes over, or mode='forward'",
        )
    given = Given(problem)
    if any(np.iscomplexobj(primal(x)) for x in given.numbers):
        raise NoRuleError(
            "scipy.integrate.solve_ivp in reverse mode, with complex numbers to differentiate by",
            "mode='forward', or real and imaginary parts as parameters of their own",
        )
    n = len(found.y)
    if many(n, given.vector.size, levels.order) and not problem.events:
        quietly(_Adjoint(problem, found, levels).result)
    else:
        quietly(_expanded, problem, found, levels, given)
    quietly(problem.tell, found, levels.levels)
    return found


class Given:
    """The numbers of a problem, each once, and the same problem over others.

    Attributes
    ----------
    vector : Vector
        Of the numbers.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.positions: dict[int, int] = {}
        self.numbers: list[Any] = []
        self._find(problem.numbers)
        self.vector = Vector(self.numbers)

    def _find(self, x: Any) -> None:
        if isinstance(x, Number):
            if id(x) not in self.positions:
                self.positions[id(x)] = len(self.numbers)
                self.numbers.append(x)
        elif isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype == object):
            for item in x:
                self._find(item)

    def over(self, values: Sequence[Any]) -> Problem:
        """The problem with these values in place of its numbers."""
        problem = self.problem

        def put(x: Any) -> Any:
            if isinstance(x, Number):
                return values[self.positions[id(x)]]
            if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype == object):
                return [put(item) for item in x]
            return x

        fun, args = over_constants(problem.fun, put(problem.fun.constants))
        events = [over_constants(e, put(e.constants))[0] for e in problem.events]
        return same_but(problem, fun, args, put(problem.t_span), put(problem.y0),
                        put(problem.t_eval), events, problem.dense_output)  # fmt: skip


def over_constants(user: Any, values: Sequence[Any]) -> tuple[Any, Any]:
    """(function, args) of a user's function over other values."""
    if not user.constants:
        return user.f, user.args
    made, _ = user._closed.over(values)
    return made


def same_but(
    problem: Problem,
    fun: Any,
    args: Any,
    t_span: Any,
    y0: Any,
    t_eval: Any,
    events: Any,
    dense: Any,
) -> Problem:
    """A problem with the other one's method and options."""
    new = Problem(
        fun,
        t_span,
        y0,
        problem.method,
        t_eval,
        dense,
        events or None,
        problem.vectorized,
        args,
        problem.options,
    )
    new.sens_rtol, new.sens_atol = problem.sens_rtol, problem.sens_atol
    return new


# --- few parameters ------------------------------------------------------------------------------


def _expanded(problem: Problem, found: Any, levels: Levels, given: Given) -> Any:
    expansion = Expansion(given.vector.joined(), levels.order)
    inner = given.over(given.vector.split(expansion.seeded))
    full = forward(inner, copy.copy(found), levels_of(inner.numbers))
    found.y = pinned(expansion.outer(full.y), found.y)
    found.t = expansion.outer(full.t)
    if found.t_events is not None:
        found.t_events = [expansion.outer(t) for t in full.t_events]
        found.y_events = [expansion.outer(y) for y in full.y_events]
    if found.sol is not None:
        found.sol = _ExpandedSolution(found.sol, full.sol, problem.number, levels, expansion)
    found.sensitivity = {**full.sensitivity, "way": "forward sensitivities, recorded"}
    return found


class _ExpandedSolution(NumberSolution):
    """`sol.sol`: forward sensitivities at any time, expanded."""

    def __init__(
        self, plain: Any, full: Any, fun: Any, levels: Levels, expansion: Expansion
    ) -> None:
        super().__init__(plain, full, fun, levels)
        self._expansion = expansion

    def _at(self, t: np.ndarray) -> Any:
        return pinned(self._expansion.outer(self._full(t)), self.plain(t))


# --- many parameters -----------------------------------------------------------------------------


class _Adjoint:
    """One solution, whose states are nodes of the graph."""

    def __init__(self, problem: Problem, found: Any, levels: Levels) -> None:
        self.problem, self.found, self.levels = problem, found, levels
        begin, end = problem.t_span
        self.t0, self.t1 = float(primal(begin)), float(primal(end))
        y0 = as_array(problem.y0)
        if np.iscomplexobj(primal(y0)):
            raise NoRuleError(
                "the adjoint of a complex initial value problem",
                "mode='forward', or real and imaginary parts as components of their own",
            )
        y0 = y0 if isinstance(y0, Number) else y0.astype(float)
        if isinstance(begin, Number):
            y0 = shifted(self.problem.number, begin, y0, self.t0 - begin, levels.order)
        self.user = kept(problem.fun)
        self.vector = Vector([y0, *self.user.constants])
        self.theta = self.vector.joined()
        options = primal_tree(problem.options)
        stiff = problem.method != "LSODA" or found.njev
        self.equation = Equation(
            self.user,
            self.t0,
            problem.method if stiff else "DOP853",
            options.get("rtol", 1e-3),
            options.get("atol", 1e-6),
            columnwise=problem.vectorized,
            options={k: v for k, v in options.items() if k == "max_step"},
        )

    def at(self, times: np.ndarray, value: np.ndarray) -> Any:
        """The states at plain times, of shape ``(n, m)``, whose plain values are known."""
        sign = -1.0 if self.t1 < self.t0 else 1.0
        unique, first, back = np.unique(sign * times, return_index=True, return_inverse=True)
        flow = Flow(
            self.equation,
            self.vector,
            self.theta,
            sign * unique,
            value[:, first],
            lambda theta: self._forward(theta, sign * unique, value[:, first]),
        )
        full = states(flow, self.theta)
        return pinned(full[:, back.reshape(-1)], value)

    def _forward(self, theta: Any, times: np.ndarray, value: np.ndarray) -> Any:
        """The states as numbers of forward kinds."""
        problem = self.problem
        y0, *constants = self.vector.split(theta)
        fun, args = over_constants(self.user, constants)
        span = (self.t0, self.t1)
        inner = same_but(problem, fun, args, span, y0, times, None, False)
        found = copy.copy(self.found)
        found.t, found.y, found.sol, found.status = times, value, None, 0
        return forward(inner, found, levels_of([theta])).y

    def result(self) -> Any:
        problem, found = self.problem, self.found
        y = self.at(np.asarray(found.t, dtype=float), found.y)
        moving = self._moving()
        if moving:
            columns = [y[:, i] for i in range(len(found.t))]
            times: list[Any] = [float(t) for t in found.t]
            for i, t in moving.items():
                columns[i] = self._moved(columns[i], t)
                times[i] = t
            y = pinned(np.stack(columns, axis=1), found.y)
            found.t = pinned(as_array(times), found.t)
        found.y = y
        if found.sol is not None:
            found.sol = _AdjointSolution(found.sol, self.at, problem.number, self.levels)
        found.sensitivity = {"way": "adjoint", "parameters": self.vector.size}
        return found

    def _moved(self, y: Any, t: Any) -> Any:
        return shifted(self.problem.number, primal(t), y, nilpotent(t), self.levels.order)

    def _moving(self) -> dict[int, Any]:
        """Output times that are numbers, by their positions."""
        problem, m = self.problem, len(self.found.t)
        if problem.t_eval is not None:
            if not levels_of([problem.t_eval]).levels:
                return {}
            each = {i: problem.t_eval[i] for i in range(m)}
            return {i: t for i, t in each.items() if isinstance(t, Number)}
        begin, end = problem.t_span
        moving = {0: begin} if isinstance(begin, Number) else {}
        if isinstance(end, Number):
            moving[m - 1] = end
        return moving


class _AdjointSolution(NumberSolution):
    """`sol.sol`: at each call a node of its own."""

    def _at(self, t: np.ndarray) -> Any:
        values = self.plain(t)
        full = self._full(np.atleast_1d(t), values.reshape((len(values), -1)))
        return full[:, 0] if t.ndim == 0 else full


__all__ = ["many", "reverse"]
