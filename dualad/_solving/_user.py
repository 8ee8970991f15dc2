"""The user's function as a solver calls it: on plain values hundreds of times, on numbers once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import DualadError, EscapeError, InputError
from .._lift._build import again
from .._lift._shadows import Evaluation, fade, in_session, loaded, shadowed
from .._lift._ways import way_of
from .._numbers import Dual, Level, Number, primal, primal_tree
from .._numbers._floating import quietly
from .._numbers._number import as_array, holds_number
from ._closed import Closed


def call_user(f: Callable[..., Any], *args: Any) -> Any:
    """``f(*args)``, lifted where the evaluation is, or where f was found to need it."""
    return again("call")(f, *args) if in_session() or way_of(f) else f(*args)


def call_at(level: Level, number: Any, f: Callable[..., Any], *args: Any) -> Any:
    """``f(*args)`` with a number of a fresh level among the arguments.

    In a lifted evaluation it is one of its own: work arrays of the user's that the level's numbers
    are stored in hold plain values again afterwards.
    """
    if not in_session():
        return f(*args)
    evaluation, known = Evaluation(level, [number], False), shadowed()
    try:
        return loaded(f(*args))
    finally:
        evaluation.end()
        fade(known)


class UserFunction:
    """A function that a solver is given, whose parameters may be numbers.

    Parameters
    ----------
    f : callable
    args : tuple
        Extra arguments, after those that the solver gives.

    Attributes
    ----------
    constants : list of Number
        The numbers found in args and in what f closes over.
    met : bool
        Whether a number takes part at all; certain only after a call.
    complete : bool
        `constants` are all the numbers that f depends on, as far as the calls have shown.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any] = ()) -> None:
        self.f, self.args = f, tuple(args)
        self._doubts = 3  # so often it is asked whether an answer without numbers can be true
        self.__wrapped__ = f  # how `inspect.signature` finds what f takes
        self.__name__ = getattr(f, "__name__", type(f).__name__)  # for messages of SciPy's
        self._closed = Closed((f, self.args))
        self.constants = self._closed.constants
        self.met = bool(self.constants)
        self.complete = self._closed.whole
        self._over_plain = self.with_constants([primal(c) for c in self.constants])

    def plain(self, *x: Any) -> Any:
        """The plain value of f at plain arguments, if possible without derivative arithmetic."""
        if self.complete:
            try:
                y = self._over_plain(*x)
            except EscapeError:  # of a number that was not found; the way below says more
                self._number_met()
            else:
                if _holds(y):
                    self._number_met()
                return primal_tree(y)
        return primal_tree(self.number(*x))

    __call__ = plain

    def __reduce__(self) -> Any:
        """For SciPy's `workers`: f over plain values."""
        f, args = self.f, self.args
        if self.constants:
            (f, args), _ = self._closed.over([primal(c) for c in self.constants])
        return UserFunction, (f, args)

    def _number_met(self) -> None:
        """A number that is not among the constants has been met."""
        self.met, self.complete = True, False

    def number(self, *x: Any) -> Any:
        """f with its own numbers, at plain arguments or at numbers."""
        y = call_user(self.f, *x, *self.args)
        if _holds(y):
            self.met = True
        elif self.constants:
            self._look_for_cache(self.f, x, self.args)
        return y

    def _look_for_cache(self, f: Any, x: Sequence[Any], args: Sequence[Any]) -> None:
        """Raise where f has answered what a plain call left, so that its numbers are missing."""
        if not self._doubts or holds_number(x):
            return
        self._doubts -= 1
        for aside in (1e-9, -1e-9):
            try:
                y = quietly(call_user, f, *(_beside(v, aside) for v in x), *args)
            except DualadError:
                raise
            except Exception:  # noqa: BLE001  # outside of the function's domain, perhaps
                continue
            if _holds(y):
                raise InputError(
                    f"{self.__name__} answers a value that an earlier call of it has kept (a "
                    "cache); it has no derivatives with respect to the parameters",
                    "the function without its cache: dualad.scipy evaluates each point once",
                )
            return

    def with_constants(self, values: Sequence[Any]) -> Callable[..., Any]:
        """f over other values, plain or numbers, in place of `constants`."""
        if not self.constants:
            return lambda *x: call_user(self.f, *x, *self.args)
        (f, args), hand_on = self._closed.over(values)
        numbers = holds_number(values)

        def over_others(*x: Any) -> Any:
            y = call_user(f, *x, *args)
            hand_on()
            if numbers and not _holds(y):
                self._look_for_cache(f, x, args)
            return y

        return over_others

    def at_plain(self, *x: Any) -> Any:
        """f over the plain values of its constants, at arguments that may be fresh numbers.

        Derivatives in the arguments alone, as Jacobians for a solver need. A number that was not
        found among the constants stays in the answer.
        """
        return self._over_plain(*x) if self.complete else self.number(*x)

    def jacobian(self, x: np.ndarray, position: int = 0, rest: Sequence[Any] = ()) -> Any:
        """(value, Jacobian) at plain x, both plain, of shapes ``(m,)`` and ``(m, n)``.

        Parameters
        ----------
        x : ndarray of shape (n,), or float
            The point.
        position : int
            Which of the solver's arguments x is.
        rest : sequence
            The solver's other arguments, plain.
        """
        x = np.asarray(x, dtype=np.result_type(x, 1.0))[()]  # a scalar stays one
        n = x.size
        level = Level((n,))
        number = Dual._make(x, np.eye(n).reshape((n, *np.shape(x))), level)
        args = [*rest[:position], number, *rest[position:]]
        y = as_array(call_at(level, number, self.at_plain, *args))
        level.closed = True
        if not isinstance(y, Number) or y._level is not level:
            return np.atleast_1d(np.asarray(primal(y), float)).ravel(), np.zeros((np.size(y), n))
        value, parts = primal(y._value), np.asarray(primal(y._parts()))
        return np.atleast_1d(value).ravel(), parts.reshape(n, -1).T


def _beside(x: Any, aside: float) -> Any:
    """A point near x, where x has floating-point values."""
    if isinstance(x, (float, np.floating)) or (type(x) is np.ndarray and x.dtype.kind == "f"):
        return x + aside * np.maximum(np.abs(x), 1e-3)
    return x


def _holds(y: Any) -> bool:
    if type(y) is np.float64 or (type(y) is np.ndarray and y.dtype.kind != "O"):
        return False
    if isinstance(y, dict):
        return any(map(_holds, y.values()))
    return holds_number(y)


__all__ = ["UserFunction", "call_at", "call_user"]
