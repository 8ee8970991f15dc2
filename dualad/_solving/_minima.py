"""What the stand-ins of all minimizers share: the answer of SciPy's, its fields as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers import primal
from .._numbers._floating import quietly
from ._answers import answer, failed, with_plain
from ._constraints import Constraint
from ._derived import flat, value_and_jacobian
from ._kkt import Objective, Optimum, optimum
from ._user import UserFunction

_CLOSE = 1e-6  # relative; nearer to the minimum a line search may end for lack of digits


def first(y: Any) -> Any:
    """f of a function that answers f and its gradient."""
    return y[0] if isinstance(y, (tuple, list)) else y


def objective(
    user: UserFunction,
    reshaped: Callable[[Any], Any] | None = None,
    select: Callable[[Any], Any] | None = None,
) -> Objective:
    """The user's function of a vector.

    Parameters
    ----------
    user : UserFunction
    reshaped : callable, optional
        From the vector to what the function takes.
    select : callable, optional
        From its answer to the scalar.
    """
    shape, take = reshaped or (lambda x: x), select or (lambda y: y)
    return Objective(
        lambda x: flat(take(user.number(shape(x))))[0],
        lambda x: flat(take(user.at_plain(shape(x))))[0],
        user.f,
    )


def vector_of(user: UserFunction, select: Callable[[Any], Any] | None = None) -> Any:
    """The user's vector function with its numbers."""
    take = select or (lambda y: y)
    return lambda x: flat(take(user.number(x)))


def sum_of_squares(user: UserFunction, select: Callable[[Any], Any] | None = None) -> Objective:
    """Half the sum of the squares of a vector function."""
    take = select or (lambda y: y)

    def half(y: Any) -> Any:
        y = flat(take(y))
        return 0.5 * np.sum(y * y)

    return Objective(lambda x: half(user.number(x)), lambda x: half(user.at_plain(x)), user.f)


class Minimum:
    """The minimum that SciPy has found, as a number.

    Parameters
    ----------
    f : Objective
    constraints : sequence of Constraint
    x : array_like
        SciPy's answer, of shape ``(n,)`` or ``()``.
    what : str
        The solver, for errors.
    message : str
        What the solver has said. Where it has lost precision on its way, it must be at the minimum
        all the same.
    """

    def __init__(
        self,
        f: Objective,
        constraints: Sequence[Constraint],
        x: Any,
        what: str,
        message: Any = "",
    ) -> None:
        self.f, self.plain = f, x
        plain = np.array(x, float).reshape(-1)
        try:
            self.found: Optimum = optimum(f, constraints, plain, what)
        except InputError as error:
            if is_precision(message):
                raise failed(what, message) from error
            raise
        away = np.max(np.abs(np.asarray(primal(self.found.x)) - plain), initial=0.0)
        if is_precision(message) and away > _CLOSE * max(1.0, np.max(np.abs(plain), initial=0.0)):
            raise failed(what, message)

    @property
    def x(self) -> Any:
        """The minimum as a number of SciPy's value."""
        return with_plain(self.found.x + 0.0, self.plain)

    def value(self, plain: Any) -> Any:
        """f at the minimum, as a number of SciPy's value."""
        return with_plain(quietly(self.f.number, self.found.x), plain)

    def left(self) -> Any:
        """The minimum, after a last run of f there.

        What f keeps on the side (an attribute, an array) is read by the code that follows, and
        must move with the minimum. No inner derivative comes after it: it could not use a work
        array of the user's in which numbers are left.
        """
        quietly(self.f.number, self.found.x)
        return self.x

    def gradient(self) -> Any:
        return quietly(self.f.gradient, self.found.x)

    def hessian(self) -> Any:
        """The Hessian of f at the minimum."""
        f = self.f
        _, rows = quietly(value_and_jacobian, f.gradient, f.user, self.found.x, True)
        return 0.5 * (rows + np.transpose(rows))

    def of(self, function: Callable[[Any], Any]) -> Any:
        """A function with numbers at the minimum."""
        return quietly(function, self.found.x)

    def result(self, found: Any, what: str, fun: Callable[[Any], Any] | None = None) -> Any:
        """SciPy's result object with numbers.

        Parameters
        ----------
        found : OptimizeResult
            SciPy's.
        what : str
            The solver, for errors.
        fun : callable, optional
            What the field ``fun`` holds, where that is not what is minimized.
        """
        value = self.value(found.fun) if fun is None else with_plain(self.of(fun), found.fun)
        later: dict[str, Callable[[], Any]] = {}
        size = np.shape(self.plain)
        for name in ("jac", "grad"):
            slopes = found.get(name)
            if isinstance(slopes, np.ndarray) and slopes.shape == size:
                later[name] = self.gradient
        hessian = found.get("hess")
        if isinstance(hessian, np.ndarray) and hessian.shape == size * 2:
            later["hess"] = self.hessian
        return answer(found, what, {"x": self.x, "fun": value}, later)


def check_success(found: Any, what: str) -> None:
    """Raise where a solver says that it has failed.

    BFGS and its kin say so, too, where their tolerance is below what rounding allows. Then the
    minimum decides, once it is known: see `Minimum`.
    """
    message = found.get("message", "")
    if not found.get("success", True) and not is_precision(message):
        raise failed(what, message)


def is_precision(message: Any) -> bool:
    """Whether this is the message of a line search that finds nothing better."""
    return "due to precision loss" in str(message)


__all__ = ["Minimum", "check_success", "first", "is_precision", "objective"]
