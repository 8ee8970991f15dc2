"""`scipy.integrate.odeint` with derivatives, by LSODA itself.

Forward, LSODA integrates the state with its derivatives: columns side by side, whose errors it
controls by a maximum norm, each entry to the tolerances given (absolute ones scaled as in
`_forward`). Where the problem is
stiff and large, the solvers of `_methods` integrate instead, whose matrices are those of the state
alone. In reverse mode as `solve_ivp` (`_reverse`): expanded from forward sensitivities where
the parameters are few, else by the adjoint equation.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..._errors import InputError, NoRuleError
from ..._numbers import Number, primal
from ..._numbers._floating import quietly
from ..._numbers._number import as_array, holds_number
from .._expansion import Expansion, Vector
from .._implicit import pinned
from .._user import UserFunction
from ._equation import Equation, kept, solution
from ._integrate import _scales as scales_of
from ._packing import Levels, levels_of
from ._problem import Function, plain_values
from ._reverse import many
from ._shift import nilpotent, shifted
from ._states import Flow, states

_DEFAULT = 1.49012e-8  # rtol and atol of odeint
_DENSE = 100  # from this size of the state with derivatives on, LSODA's dense matrices are slow
_MORE = 10  # times as many steps as the plain solve may take
_DONE = "Integration successful."
# What is passed on to the run with derivatives.
_OPTIONS = ("tcrit", "h0", "hmax", "hmin", "mxstep", "mxhnil", "mxordn", "mxords")


def odeint(func: Any, y0: Any, t: Any, *rest: Any, **keywords: Any) -> Any:
    """`scipy.integrate.odeint`, whose function, arguments, y0 and t may be, or hold, numbers.

    Returns
    -------
    y : number of shape ``(len(t), len(y0))``
        SciPy's values, bit for bit. `infodict`, with ``full_output``, is SciPy's.

    Raises
    ------
    InputError
        The integration did not reach the end: a failed solution has no derivative.
    """
    from scipy.integrate import odeint as scipys

    given = inspect.signature(scipys).bind(func, y0, t, *rest, **keywords).arguments
    args = given.pop("args", ())
    user = UserFunction(func, args if isinstance(args, tuple) else (args,))
    dfun = given.get("Dfun")
    full = bool(given.pop("full_output", False))
    plain = {name: plain_values(value) for name, value in given.items()}
    plain["func"] = user.plain
    if dfun is not None:
        plain["Dfun"] = UserFunction(dfun, user.args).plain
    if not (user.met or holds_number(y0) or holds_number(t)):
        answer = scipys(**plain, full_output=full)
        if not user.met:
            return answer
    y, info = scipys(**{**plain, "full_output": True})
    if info["message"] != _DONE:
        raise InputError(
            f"scipy.integrate.odeint did not reach the end: {info['message']} A failed solution "
            "has no derivative",
            "scipy.integrate.solve_ivp with a method for the problem, or other tolerances",
        )
    run = _Run(user, given, y, info)
    number = quietly(run.answer)
    return (number, info) if full else number


class _Run:
    """One call of `odeint` that has met numbers.

    Parameters
    ----------
    user : UserFunction
    given : dict
        The arguments by name.
    value : ndarray of shape (times, n)
    info : dict
        What SciPy has answered.
    """

    def __init__(self, user: UserFunction, given: dict[str, Any], value: Any, info: Any) -> None:
        self.user, self.given, self.value = user, given, value
        self.n = value.shape[1]
        self.swapped = not given.get("tfirst", False)
        self.options = {name: given[name] for name in _OPTIONS if name in given}
        self.t = np.array(plain_values(given["t"]), dtype=float)
        self.rtol, self.atol = (
            _DEFAULT if given.get(name) is None else given[name] for name in ("rtol", "atol")
        )
        mused = np.asarray(info.get("mused", ()))
        self.stiff = bool(np.any(mused == 2))

    def number(self, t: Any, y: Any) -> Any:
        """f(t, y) with the user's own numbers."""
        return self.user.number(y, t) if self.swapped else self.user.number(t, y)

    def answer(self) -> Any:
        """The states as numbers, of shape ``(times, n)``."""
        begin = as_array(self.given["t"])[0]
        y0 = as_array(self.given["y0"])
        y0 = np.reshape(y0 if isinstance(y0, Number) else y0.astype(float), (-1,))
        numbers = [y0, *self.user.constants, self.given["t"]]
        if not self.user.complete:
            numbers.append(self.number(primal(begin), primal(y0)))
        levels = levels_of(numbers)
        if isinstance(begin, Number):
            y0 = shifted(self.number, begin, y0, primal(begin) - begin, levels.order)
        y = self._states(levels, y0)
        y = self._moved(pinned(y.T, self.value), levels.order)
        if any(level.watch is not None for level in levels.levels):
            self._tell(y0, y[-1], levels)
        return y

    def _tell(self, first: Any, last: Any, levels: Levels) -> None:
        """Show the outer evaluation the comparisons at both ends, as `Problem.tell` does."""
        f = Function(self.user, self.number, levels.levels, own=False)
        f(self.t[0], first)
        f(self.t[-1], last)

    def _states(self, levels: Levels, y0: Any) -> Any:
        """The states at the plain times, of shape ``(n, times)``."""
        constants = self.user.constants
        if levels.forward:
            return self.along(y0, constants, levels)
        if not self.user.complete:
            raise NoRuleError(
                "scipy.integrate.odeint: the function depends on a differentiated number that was "
                "found neither in args nor in what it closes over",
                "args=(parameters,), parameters that it closes over, or mode='forward'",
            )
        vector = Vector([y0, *constants] if isinstance(y0, Number) else constants)
        if not vector.size:  # only times are numbers
            return self.value.T
        if many(self.n, vector.size, levels.order):
            return self._by_adjoint(Vector([y0, *constants]))
        expansion = Expansion(vector.joined(), levels.order)
        values = vector.split(expansion.seeded)
        start = values.pop(0) if isinstance(y0, Number) else y0
        return expansion.outer(self.along(start, values, levels_of([start, *values])))

    def _by_adjoint(self, vector: Vector) -> Any:
        later = copy.copy(self)  # asked when the user's evaluation is over
        later.user = kept(self.user)
        sign = -1.0 if self.t[-1] < self.t[0] else 1.0
        times, first, back = np.unique(sign * self.t, return_index=True, return_inverse=True)

        def forward(theta: Any) -> Any:
            y0, *constants = vector.split(theta)
            return later.along(y0, constants, levels_of([theta]))[:, first]

        theta = vector.joined()
        flow = Flow(later._equation(), vector, theta, sign * times, self.value.T[:, first], forward)
        return states(flow, theta)[:, back.reshape(-1)]

    def _equation(self) -> Equation:
        breaks = self.given.get("tcrit")
        return Equation(
            self.user,
            self.t[0],
            "LSODA" if self.stiff else "DOP853",
            self.rtol,
            self.atol,
            swapped=self.swapped,
            breaks=() if breaks is None else list(np.atleast_1d(breaks)),
            options={"max_step": self.given["hmax"]} if self.given.get("hmax") else {},
        )

    def along(self, y0: Any, constants: Sequence[Any], outer: Levels) -> Any:
        """The states ``(n, times)`` over these numbers of forward kinds, by one run of LSODA."""
        complete = self.user.complete
        inner = outer.fresh() if complete else outer
        values = [inner.pack(outer.unpack(c)) for c in constants] if complete else ()
        call = self.user.with_constants(values) if complete else self.user.number
        f = Function(self.user, call, inner.levels, own=complete, constants=values)
        start = outer.unpack(y0)
        shape = start.shape

        def rhs(flat: np.ndarray, t: float) -> np.ndarray:
            y = inner.pack_state(flat.reshape(shape).copy())
            return inner.unpack_state(f(y, t) if self.swapped else f(t, y), self.n).reshape(-1)

        if self.stiff and complete and start.size > _DENSE:
            vector = Vector([y0, *constants])
            theta = vector.split(inner.pack(outer.unpack(vector.joined())))
            dense = solution(self._equation(), theta, self.t[-1], inner)
            full = np.stack([dense(t) for t in self.t], axis=-1)
        else:
            flat = self._lsoda(rhs, start, self._tolerances(y0, constants, outer))
            full = np.moveaxis(flat.reshape((len(self.t), *shape)), 0, -1).copy()
        full[(0,) * (full.ndim - 2)] = self.value.T
        return outer.pack(full)

    def _tolerances(self, y0: Any, constants: Sequence[Any], outer: Levels) -> dict[str, Any]:
        """rtol and atol of each entry of the flat state."""
        given: Any = SimpleNamespace(numbers=[*constants], y0=y0)
        scales = np.minimum(scales_of(given, outer), 1.0).reshape(-1, 1)
        return {
            "rtol": np.tile(np.broadcast_to(self.rtol, (self.n,)), outer.columns),
            "atol": (scales * np.broadcast_to(self.atol, (self.n,))).reshape(-1),
        }

    def _lsoda(self, rhs: Any, start: np.ndarray, tolerances: dict[str, Any]) -> np.ndarray:
        from scipy.integrate import odeint as scipys

        options = {**self.options, "mxstep": _MORE * (self.options.get("mxstep") or 500)}
        flat, info = scipys(
            rhs, start.reshape(-1), self.t, full_output=True, **tolerances, **options
        )
        if info["message"] != _DONE:
            raise InputError(
                "scipy.integrate.odeint: the sensitivities could not be integrated to the end: "
                f"{info['message']}",
                "mxstep=, other tolerances, or scipy.integrate.solve_ivp",
            )
        return np.asarray(flat)

    def _moved(self, y: Any, order: int) -> Any:
        """The states at times that are numbers."""
        t = self.given["t"]
        if not levels_of([t]).levels:
            return y
        rows = [
            shifted(self.number, primal(t[i]), y[i], nilpotent(t[i]), order)
            if isinstance(t[i], Number)
            else y[i]
            for i in range(len(self.t))
        ]
        return pinned(np.stack(rows), self.value)


# --- the older interface -------------------------------------------------------------------------


def _refusing(kind: type) -> type:
    """`ode` and `complex_ode`, which refuse numbers."""

    class Refusing(kind):  # type: ignore[misc]  # a class of SciPy's
        def __init__(self, f: Any, jac: Any = None) -> None:
            _refuse(kind, UserFunction(f).met)
            super().__init__(f, jac)

        def set_initial_value(self, y: Any, t: Any = 0.0) -> Any:
            _refuse(kind, holds_number(y) or holds_number(t))
            return super().set_initial_value(y, t)

        def set_f_params(self, *args: Any) -> Any:
            _refuse(kind, UserFunction(self.f, args).met)
            return super().set_f_params(*args)

        def integrate(self, t: Any, *rest: Any, **keywords: Any) -> Any:
            _refuse(kind, holds_number(t))
            return super().integrate(t, *rest, **keywords)

    Refusing.__name__ = Refusing.__qualname__ = kind.__name__
    return Refusing


def _refuse(kind: type, met: bool) -> None:
    if met:
        raise NoRuleError(
            f"scipy.integrate.{kind.__name__} of differentiated numbers has no derivative rule",
            "scipy.integrate.solve_ivp",
        )


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import integrate

    table: dict[Any, Callable[..., Any]] = {integrate.odeint: odeint}
    for kind in (integrate.ode, integrate.complex_ode):
        table[kind] = _refusing(kind)
    return table


__all__ = ["odeint", "standins"]
