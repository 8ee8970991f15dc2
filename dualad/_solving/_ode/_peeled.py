"""Duals whose parts are being recorded: one level is peeled off, and the rest solved as it is.

The variational equations of the highest level are one initial value problem more, whose right-hand
side, state and constants are numbers of the lower levels. Its answer has the value and the tangents
of the highest level as entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._errors import NoRuleError
from ..._numbers import Level, Number, primal
from ..._numbers._number import as_array
from ._packing import Levels
from ._problem import Problem, plain_values
from ._shift import shifted


def peeled(problem: Problem, found: Any, levels: Levels) -> Any:
    """SciPy's plain answer with derivatives of mixed levels, the highest a dual or hyper-dual.

    Raises
    ------
    NoRuleError
        Events, and functions some of whose numbers could not be found.
    """
    if problem.events or not problem.fun.complete:
        what = "events" if problem.events else "numbers that could not be found"
        raise NoRuleError(
            f"scipy.integrate.solve_ivp with {what}, where a forward derivative is taken inside "
            "a reverse one, has no derivative rule",
            'mode="forward" for the outer derivative',
        )
    return _Peeled(problem, found, levels).result()


class _Peeled:
    def __init__(self, problem: Problem, found: Any, levels: Levels) -> None:
        self.problem, self.found = problem, found
        self.level, self.make = levels.levels[-1], levels.makes[-1]
        self.rows = 1 + self.make._count(self.level)
        self.order = levels.orders[-1]

    def parts(self, x: Any) -> tuple[Any, Any]:
        """Value and parts of x at the highest level; None for the parts of a constant."""
        if isinstance(x, Number) and x._level is self.level:
            return x._value, x._parts()
        return x, None

    def block(self, x: Any, shape: tuple[int, ...]) -> Any:
        """Value and parts as one array of shape ``(rows,) + shape`` of lower levels."""
        value, parts = self.parts(as_array(x))
        value = np.broadcast_to(value, shape)
        if parts is None:
            parts = np.zeros((self.rows - 1, *shape))
        return np.concatenate((value[None], parts.reshape((self.rows - 1, *shape))))

    def right_hand_side(self, n: int) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The peeled problem's function, and the lower numbers that it takes as arguments."""
        user, make, rows = self.problem.fun, self.make, self.rows
        split = [self.parts(c) for c in user.constants]
        lower = tuple(x for value, parts in split for x in (value, parts))
        vectorized = self.problem.vectorized

        def variational(t: Any, state: Any, *lower: Any) -> Any:
            level = Level(self.level.shape)
            pairs = zip(lower[::2], lower[1::2], strict=True)
            constants = [v if p is None else make._make(v, p, level) for v, p in pairs]
            y = make._from_block(state.reshape((rows, n)), level)
            out = as_array(user.with_constants(constants)(t, y[:, None] if vectorized else y))
            out = out.reshape(-1) if vectorized else out
            inside = isinstance(out, Number) and out._level is level
            value, parts = (out._value, out._parts()) if inside else (out, None)
            if parts is None:
                parts = np.zeros((rows - 1, n))
            value = np.broadcast_to(value, (n,))
            return np.concatenate((value, parts.reshape(-1)))

        return variational, lower

    def result(self) -> Any:
        from ._standin import solve_ivp

        problem, found = self.problem, self.found
        n = len(plain_values(problem.y0))
        begin, end = problem.t_span
        t0, t1 = self.parts(begin)[0], self.parts(end)[0]
        y = as_array(problem.y0)
        if self.parts(begin)[1] is not None:
            y = shifted(problem.fun.number, t0, y, t0 - begin, self.order)
        function, lower = self.right_hand_side(n)
        times = self._times()
        options = {
            k: v for k, v in problem.options.items() if k not in ("jac", "jac_sparsity", "atol")
        }
        atol = np.broadcast_to(problem.options.get("atol", 1e-6), (n,))
        answer = solve_ivp(
            function, (t0, t1), self.block(y, (n,)).reshape(-1), problem.method,
            [self.parts(t)[0] for t in times], problem.dense_output, args=lower,
            atol=np.tile(atol, self.rows), **options,
        )  # fmt: skip
        m = len(times)
        y = self.make._from_block(answer.y.reshape((self.rows, n, m)), self.level)
        found.y = self._placed(y, times)
        if any(isinstance(t, Number) for t in times):
            found.t = as_array(times)
        if found.sol is not None:
            found.sol = _PeeledSolution(found.sol, answer.sol, self, n)
        return found

    def _times(self) -> list[Any]:
        """The output times, those that are numbers as such."""
        problem, plain = self.problem, [float(t) for t in self.found.t]
        times: list[Any] = list(plain)
        if problem.t_eval is not None:
            given = problem.t_eval
            return [given[i] for i in range(len(plain))]
        begin, end = problem.t_span
        if isinstance(begin, Number):
            times[0] = begin
        if isinstance(end, Number):
            times[-1] = end
        return times

    def _placed(self, y: Any, times: list[Any]) -> Any:
        """The states at times that are numbers of the highest level; values are SciPy's."""
        columns = [y[:, i] for i in range(len(times))]
        for i, t in enumerate(times):
            columns[i] = self.moved(columns[i], t)
        y = np.stack(columns, axis=1)
        y._pin(self.found.y)
        return y

    def moved(self, y: Any, t: Any) -> Any:
        """y, of the lower levels' time, at a time of the highest level."""
        value, parts = self.parts(t)
        if parts is None:
            return y
        return shifted(self.problem.fun.number, value, y, t - value, self.order)


class _PeeledSolution:
    """`sol.sol` of a peeled problem."""

    def __init__(self, plain: Any, lower: Any, owner: _Peeled, n: int) -> None:
        self.plain, self.lower, self.owner, self.n = plain, lower, owner, n

    def __getattr__(self, name: str) -> Any:
        if name == "plain":
            raise AttributeError(name)
        return getattr(self.plain, name)

    def __call__(self, t: Any) -> Any:
        owner, t = self.owner, as_array(t)
        if t.ndim:
            return np.stack([self(t[i]) for i in range(len(t))], axis=-1)
        inner, _ = owner.parts(t)
        block = self.lower(inner).reshape((owner.rows, self.n))
        y = owner.moved(owner.make._from_block(block, owner.level), t)
        y._pin(self.plain(primal(t)))
        return y


__all__ = ["peeled"]
