"""An initial value problem whose arguments may be numbers, taken apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._errors import EscapeError
from ..._lift._shadows import Evaluation, in_session, loaded
from ..._lift._ways import THOROUGH, Relift, lift_instead, way_of
from ..._numbers import Dual, Level, Number, primal, primal_tree
from ..._numbers._number import as_array
from .._user import UserFunction
from ._packing import Levels, levels_of

_RUNS = 3  # plainly, lifted, thoroughly lifted


class Function:
    """The user's function at numbers of some levels; lifted where that turns out to be needed.

    Parameters
    ----------
    user : UserFunction
    call : callable
        It, or it over other constants.
    levels : list of Level
        Those of the numbers that it will meet.
    """

    def __init__(self, user: UserFunction, call: Callable[..., Any], levels: list[Any]) -> None:
        self.user, self._call, self.levels = user, call, levels

    def __call__(self, *x: Any) -> Any:
        """The answer at plain arguments or at numbers of `levels`; lifted where that is needed."""
        for _ in range(_RUNS):
            try:
                out = self._once(x)
            except Relift:
                continue
            return out
        return self._once(x)

    def _once(self, x: tuple[Any, ...]) -> Any:
        user, levels = self.user, self.levels
        way = way_of(user.f)
        if in_session() and not way:
            return self._call(*x)
        try:
            out = lifted_call(self._call, x, levels, way == THOROUGH) if way else self._call(*x)
        except EscapeError as error:
            lift_instead(user.f, error)
            raise
        except Exception:
            self._reconsider()  # NumPy wraps what a number raises
            raise
        self._reconsider()
        return out

    def _reconsider(self) -> None:
        """Begin again, lifted, where user code has swallowed an escape."""
        for level in self.levels:
            if level.n and isinstance(level.escape, EscapeError):
                escape, level.escape = level.escape, None
                lift_instead(self.user.f, escape)
                raise escape


def lifted_call(
    call: Callable[..., Any], x: Sequence[Any], levels: Sequence[Any], thorough: bool
) -> Any:
    """One lifted call in a session, which leaves nothing behind: there will be many."""
    evaluation = Evaluation(levels[-1], x, thorough)
    try:
        return loaded(call(*x))
    finally:
        for level in levels[-2::-1]:
            evaluation.session.end(level)
        evaluation.end()


def inner_function(user: UserFunction, outer: Levels, inner: Levels) -> Function:
    """The user's function over numbers of fresh levels, in place of those that it closes over.

    Fresh levels keep the trust in the outer evaluation's own comparisons: what an integrator asks
    at hundreds of points says nothing about the user's. Where not all numbers were found, `inner`
    is `outer`, and the function keeps its own.
    """
    if inner is outer:
        return Function(user, user.number, outer.levels)
    values = [inner.pack(outer.unpack(c)) for c in user.constants]
    return Function(user, user.with_constants(values), inner.levels)


def gradient(user: UserFunction, t: float, y: np.ndarray, in_time: bool = False) -> np.ndarray:
    """Plain derivatives of ``user(t, y)`` in y, shape ``S + (n,)``; with a last one in t if asked.

    y may have further axes of length 1.
    """
    n = y.size
    count = n + in_time
    level = Level((count,))
    unit = np.eye(count)
    state = Dual._make(y, unit[:, :n].reshape((count, *y.shape)), level)
    time = Dual._make(t, unit[-1].copy(), level) if in_time else t
    out = as_array(Function(user, user.at_plain, [level])(time, state))
    if not isinstance(out, Number) or out._level is not level:
        return np.zeros((*np.shape(out), count))
    return np.moveaxis(np.asarray(primal(out._parts())), 0, -1)


class Problem:
    """The arguments of `solve_ivp`, plain and as numbers.

    Attributes
    ----------
    fun, jac : UserFunction
        `jac` is None where it is no function.
    events : list of UserFunction
    t_span, y0, t_eval, options
        As given.
    numbers : list
        The numbers found so far, of all arguments and closures.
    """

    def __init__(
        self,
        fun: Callable[..., Any],
        t_span: Any,
        y0: Any,
        method: Any,
        t_eval: Any,
        dense_output: bool,
        events: Any,
        vectorized: bool,
        args: Any,
        options: dict[str, Any],
    ) -> None:
        args = () if args is None else tuple(args)
        self.fun = UserFunction(fun, args)
        jac = options.get("jac")
        self.jac = UserFunction(jac, args) if callable(jac) else None
        listed = () if events is None else (events,) if callable(events) else tuple(events)
        self.listed = events
        self.events = [UserFunction(event, args) for event in listed]
        self.method, self.dense_output, self.vectorized = method, dense_output, vectorized
        self.t_span, self.y0, self.t_eval, self.options = tuple(t_span), y0, t_eval, options
        self.sens_rtol: Any = None
        self.sens_atol: Any = None
        self.numbers = [*self.fun.constants, self.t_span, self.y0, self.t_eval]
        for event in self.events:
            self.numbers += event.constants

    @property
    def met(self) -> bool:
        """Whether a number takes part, as far as the calls have shown."""
        users = (self.fun, *self.events)
        return any(user.met for user in users) or bool(levels_of(self.numbers).levels)

    def plain(self, solver: Callable[..., Any]) -> Any:
        """SciPy's own answer, on plain values."""
        options = {name: primal_tree(value) for name, value in self.options.items()}
        if self.jac is not None:
            options["jac"] = self.jac
        events: Any = [plain_event(user) for user in self.events] or self.listed
        if callable(self.listed):
            events = events[0]
        return solver(
            self.fun,
            plain_values(self.t_span),
            plain_values(self.y0),
            self.method,
            plain_values(self.t_eval),
            self.dense_output,
            events,
            self.vectorized,
            **options,
        )

    def levels(self, start: Any) -> Levels:
        """The levels of all numbers; `start` is the plain state at the beginning."""
        numbers = list(self.numbers)
        t0 = primal(self.t_span[0])
        users = [user for user in (self.fun, *self.events) if not user.complete]
        numbers += [user.number(t0, start) for user in users]
        return levels_of(numbers)


def plain_values(x: Any) -> Any:
    """Plain values of a number, or of nested lists, tuples and object arrays; else x itself."""
    if x is None or isinstance(x, Number):
        return primal(x)
    if levels_of([x]).levels:
        return primal(as_array(x))
    return x


class _Event:
    """An event function on plain values, with the attributes that SciPy asks for."""

    def __init__(self, user: UserFunction) -> None:
        self.user = user
        for name in ("terminal", "direction"):
            if hasattr(user.f, name):
                setattr(self, name, primal(getattr(user.f, name)))

    def __call__(self, t: Any, y: Any) -> Any:
        return self.user.plain(t, y)


def plain_event(user: UserFunction) -> Callable[..., Any]:
    """The event for SciPy."""
    return _Event(user)


__all__ = ["Function", "Problem", "gradient", "inner_function", "plain_values"]
