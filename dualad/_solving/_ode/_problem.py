"""An initial value problem whose arguments may be numbers, taken apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._errors import EscapeError, InputError, shown
from ..._lift._shadows import Evaluation, in_session, loaded
from ..._lift._ways import PLAIN, THOROUGH, Relift, lift_instead, way_of
from ..._numbers import Dual, Level, Number, primal, primal_tree
from ..._numbers._floating import quietly
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
    own : bool
        These are levels of a solver's own: what the user's function leaves in work arrays becomes
        plain again after each call.
    constants : sequence
        The numbers in place of the user's, which stay where they are: in attributes, too.
    """

    def __init__(
        self,
        user: UserFunction,
        call: Callable[..., Any],
        levels: list[Any],
        own: bool = True,
        constants: Sequence[Any] = (),
    ) -> None:
        self.user, self._call, self.levels, self._own = user, call, levels, own
        self._constants = {id(x): x for x in constants}

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
        user = self.user
        way = way_of(user.f)
        session = in_session()
        apart = self._own if session else way != PLAIN
        try:
            out = self._apart(x, way == THOROUGH) if apart else self._call(*x)
        except EscapeError as error:
            lift_instead(user.f, error)
            raise
        except Exception:
            self._reconsider()  # NumPy wraps what a number raises
            raise
        self._reconsider()
        return out

    def _apart(self, x: tuple[Any, ...], thorough: bool) -> Any:
        """One lifted call, which leaves no number behind: there will be hundreds."""
        evaluation = Evaluation(self.levels[-1], x, thorough)
        session = evaluation.session
        outer, session.holders = session.holders, {}
        try:
            return loaded(self._call(*x))
        finally:
            kept = [(owner, self._held(owner)) for owner in session.holders.values()]
            for level in reversed(self.levels):  # a shadow falls from level to level
                session.end(level)
            evaluation.end()
            session.holders = {**outer, **session.holders}
            for owner, attributes in kept:
                owner.__dict__.update(attributes)

    def _held(self, owner: Any) -> dict[str, Any]:
        """The attributes of an object that are numbers in place of the user's."""
        names = getattr(owner, "__dict__", {})
        return {name: x for name, x in names.items() if id(x) in self._constants}

    def _reconsider(self) -> None:
        """Begin again, lifted, where user code has swallowed an escape."""
        for level in self.levels:
            if level.n and isinstance(level.escape, EscapeError):
                escape, level.escape = level.escape, None
                lift_instead(self.user.f, escape)
                raise escape


def inner_function(user: UserFunction, outer: Levels, inner: Levels) -> Function:
    """The user's function over numbers of fresh levels, in place of those that it closes over.

    Fresh levels keep the trust in the outer evaluation's own comparisons: what an integrator asks
    at hundreds of points says nothing about the user's. Where not all numbers were found, `inner`
    is `outer`, and the function keeps its own.
    """
    if inner is outer:
        return Function(user, user.number, outer.levels, own=False)
    values = [inner.pack(outer.unpack(c)) for c in user.constants]
    return Function(user, user.with_constants(values), inner.levels, constants=values)


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
        self.sens_error = False
        self.numbers = [*self.fun.constants, self.t_span, self.y0, self.t_eval]
        for event in self.events:
            self.numbers += event.constants

    @property
    def met(self) -> bool:
        """Whether a number takes part, as far as the calls have shown."""
        users = (self.fun, *self.events)
        return any(user.met for user in users) or bool(levels_of(self.numbers).levels)

    def number(self, t: Any, y: Any) -> Any:
        """The right-hand side with its own numbers, of a state of shape ``(n,)``."""
        if not self.vectorized:
            return self.fun.number(t, y)
        return as_array(self.fun.number(t, y[:, None])).reshape(-1)

    def value(self, t: float, y: np.ndarray) -> np.ndarray:
        """The right-hand side on plain values, of shape ``(n,)``."""
        out = np.asarray(self.fun.plain(t, y[:, None] if self.vectorized else y))
        return out.reshape(-1) if out.size == y.size else np.broadcast_to(out, y.shape)

    def tell(self, found: Any, levels: Sequence[Any]) -> None:
        """Show the outer evaluation the comparisons that the right-hand side makes at both ends.

        Its trust must know of a parameter that the solution depends on through a comparison only,
        ``if t > p`` say, which no event declares.
        """
        if all(level.watch is None for level in levels):
            return
        f = Function(self.fun, self.number, list(levels), own=False)
        f(primal(self.t_span[0]), as_array(self.y0) * 1.0)
        if found.status == 0 and len(found.t):
            f(primal(self.t_span[1]), found.y[:, -1])

    def check_finite(self) -> None:
        """Raise where a parameter is NaN and makes the right-hand side so.

        SciPy's solvers would look for a step that is small enough without end.
        """
        if all(np.all(np.isfinite(primal(c))) for c in self.fun.constants):
            return
        y0 = np.asarray(plain_values(self.y0)) * 1.0
        y0 = y0[:, None] if self.vectorized else y0
        slope = quietly(self.fun.plain, primal(self.t_span[0]), y0)
        if not np.all(np.isfinite(np.asarray(slope))):
            raise InputError(
                "scipy.integrate.solve_ivp: a parameter is not finite, and with it the right-hand "
                f"side at the beginning: {shown(slope)}",
                "finite parameters",
            )

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
