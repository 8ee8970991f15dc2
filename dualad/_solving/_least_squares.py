"""`least_squares`, `leastsq`, `curve_fit`, `nnls` and `lsq_linear`.

The answer minimizes half the sum of the losses of the squared residuals: its gradient vanishes,
but for active bounds. The Hessian in the implicit equation is the whole one, with the residuals'
own curvature, which the methods leave out [1]_.

References
----------
.. [1] G. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
   problems whose variables separate", SIAM J. Numer. Anal. 10, 1973; J. Nocedal, S. Wright,
   "Numerical Optimization", 2nd ed., Springer 2006, ch. 10.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers import primal
from .._numbers._number import as_array, holds_number
from ._answers import answer, failed, with_plain
from ._constraints import Constraint, box, has_numbers, limits_of
from ._derived import flat, value_and_jacobian
from ._given import Given, as_tuple, is_sparse_number
from ._kkt import Objective
from ._losses import LOSSES, Loss, scaled_jacobian
from ._minima import Minimum, check_success
from ._user import UserFunction

_LEASTSQ_DONE = (1, 2, 3, 4)


def bounds_pair(bounds: Any, n: int) -> list[Constraint]:
    """The bounds of least squares: a pair of arrays, or SciPy's object."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        return [box(*limits_of(bounds), n)]
    lower, upper = bounds
    if not isinstance(bounds, tuple | list) or _are_endless(lower, upper):
        return []
    return [box(lower, upper, n)]


def _are_endless(lower: Any, upper: Any) -> bool:
    if holds_number((lower, upper)):
        return False
    return bool(np.all(np.isneginf(lower)) and np.all(np.isposinf(upper)))


class Squares:
    """A least-squares problem.

    Parameters
    ----------
    number, plain : callable
        The residuals at a vector, with numbers of the parameters and with their plain values.
    user : callable
        The user's function in it.
    loss : callable
        rho and its two derivatives.
    scale : float or number
        Of the residuals, in the loss.
    """

    def __init__(
        self,
        number: Callable[[Any], Any],
        plain: Callable[[Any], Any],
        user: Any,
        loss: Loss = LOSSES["linear"],
        scale: Any = 1.0,
    ) -> None:
        self.number, self.plain, self.user = number, plain, user
        self.loss, self.scale = loss, scale

    @property
    def objective(self) -> Objective:
        plain_scale = primal(self.scale)
        return Objective(
            lambda x: self._cost(self.number(x), self.scale),
            lambda x: self._cost(self.plain(x), plain_scale),
            self.user,
        )

    def _cost(self, f: Any, scale: Any) -> Any:
        if self.loss is LOSSES["linear"]:
            return 0.5 * np.sum(f * f)
        return 0.5 * scale**2 * np.sum(self.loss((f / scale) ** 2)[0])

    def fields(self, x: Any) -> tuple[Any, Any, Any]:
        """(residuals, gradient, Jacobian) as SciPy answers them."""
        f, rows = value_and_jacobian(self.number, self.user, x, square=True)
        if self.loss is LOSSES["linear"]:
            return f, np.matmul(f, rows), rows
        rho = self.loss((f / self.scale) ** 2)
        return f, np.matmul(rho[1] * f, rows), scaled_jacobian(rows, f, rho, self.scale)

    def covariance(self, x: Any) -> Any:
        """The inverse of ``J^T J``."""
        rows = self.fields(x)[2]
        sizes = np.linalg.norm(primal(rows), axis=0)  # of columns; so units do not matter
        sizes = np.where(sizes > 0, sizes, 1.0)
        scaled = rows / sizes
        return np.linalg.inv(np.matmul(np.transpose(scaled), scaled)) / np.outer(sizes, sizes)


def _loss_of(loss: Any) -> tuple[Loss, UserFunction | None]:
    if not callable(loss):
        return LOSSES[loss], None
    user = loss if isinstance(loss, UserFunction) else UserFunction(loss)

    def rho(z: Any) -> tuple[Any, Any, Any]:
        rows = as_array(user.number(z))
        return rows[0], rows[1], rows[2]

    return rho, user


# --- least_squares, leastsq -------------------------------------------------------------------


def _least_squares(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import least_squares

    given = Given(least_squares, args, keywords)
    extra, named = as_tuple(given.get("args")), given.get("kwargs") or {}
    user = UserFunction(_with(given.get("fun"), named), extra)
    if callable(given.get("jac")):
        given.set("jac", UserFunction(_with(given.get("jac"), named), extra))
    given.set("fun", user)
    for name, empty in (("args", ()), ("kwargs", {})):
        if given.has(name):
            given.set(name, empty)
    given.function_of("loss")
    bounds, scale = given.get("bounds"), given.get("f_scale")
    found = given.call()
    loss, own = _loss_of(given.get("loss"))
    met = user.met or has_numbers(bounds) or holds_number((scale,)) or (own and own.met)
    if not met:
        return found
    check_success(found, "least_squares")
    problem = Squares(
        lambda x: flat(user.number(x)), lambda x: flat(user.at_plain(x)), user.f, loss, scale
    )
    held = bounds_pair(bounds, found.x.size)
    return _result(Minimum(problem.objective, held, found.x, "least_squares"), problem, found)


def _with(f: Any, named: dict[str, Any]) -> Any:
    return functools.partial(f, **named) if named else f


def _result(minimum: Minimum, problem: Squares, found: Any) -> Any:
    fields = functools.cache(lambda: minimum.of(problem.fields))
    later: dict[str, Callable[[], Any]] = {
        "cost": lambda: minimum.of(problem.objective.number),
        "fun": lambda: minimum.of(problem.number),
        "grad": lambda: fields()[1] + 0.0,
    }
    if isinstance(found.jac, np.ndarray):
        later["jac"] = lambda: fields()[2] + 0.0
    return answer(found, "least_squares", {"x": minimum.left()}, later)


def _leastsq(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import leastsq

    given = Given(leastsq, args, keywords)
    user = given.user_function("func")
    given.function_of("Dfun", user.args)
    wanted, asked = bool(given.get("full_output")), user.met
    if asked:  # for the message
        given.set("full_output", True)
    found = given.call()
    if not user.met:
        return found
    full = wanted or asked
    if found[-1] not in _LEASTSQ_DONE:
        raise failed("leastsq", found[3] if full else f"ier = {found[-1]}")
    problem = Squares(lambda x: flat(user.number(x)), lambda x: flat(user.at_plain(x)), user.f)
    minimum = Minimum(problem.objective, [], found[0], "leastsq")
    if not wanted:
        return minimum.left(), found[-1]
    cov = found[1] if found[1] is None else with_plain(minimum.of(problem.covariance), found[1])
    info = answer(found[2], "leastsq", {}, {"fvec": lambda: minimum.of(problem.number)})
    return (minimum.left(), cov, info, *found[3:])


# --- linear -----------------------------------------------------------------------------------


def _linear_problem(a: Any, b: Any) -> Squares:
    if hasattr(a, "toarray"):
        a = a.toarray()
    elif hasattr(a, "matmat"):  # a LinearOperator
        a = a @ np.eye(a.shape[1])
    a, b = as_array(a), as_array(b)
    plain = np.asarray(primal(a), float), np.asarray(primal(b), float)
    return Squares(
        lambda x: np.matmul(a, x) - b, lambda x: np.matmul(plain[0], x) - plain[1], _linear_problem
    )


def _nnls(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import nnls

    given = Given(nnls, args, keywords)
    found = given.call()
    a, b = given.get("A"), given.get("b")
    if not holds_number((a, b)):
        return found
    problem = _linear_problem(a, b)
    minimum = Minimum(problem.objective, [box(0.0, np.inf, found[0].size)], found[0], "nnls")
    rest = minimum.of(lambda x: np.linalg.norm(problem.number(x)))
    return minimum.x, with_plain(rest, found[1])


def _lsq_linear(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import lsq_linear

    given = Given(lsq_linear, args, keywords)
    a, b, bounds = given.get("A"), given.get("b"), given.get("bounds")
    met = holds_number((a, b)) or has_numbers(bounds) or is_sparse_number(a)
    found = given.call()
    if not met:
        return found
    check_success(found, "lsq_linear")
    problem = _linear_problem(a, b)
    held = bounds_pair(bounds, found.x.size)
    minimum = Minimum(problem.objective, held, found.x, "lsq_linear")
    later = {
        "cost": lambda: minimum.of(problem.objective.number),
        "fun": lambda: minimum.of(problem.number),
    }
    return answer(found, "lsq_linear", {"x": minimum.x}, later)


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import optimize

    return {
        optimize.least_squares: _least_squares,
        optimize.leastsq: _leastsq,
        optimize.nnls: _nnls,
        optimize.lsq_linear: _lsq_linear,
    }


__all__ = ["Squares", "bounds_pair", "standins"]
