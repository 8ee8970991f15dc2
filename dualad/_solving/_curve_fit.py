"""`curve_fit`: the parameters and their covariance, in the data, their errors, and all else.

The residuals are SciPy's: ``(f(xdata, *p) - ydata) / sigma``, or with the Cholesky factor of a
covariance matrix in place of sigma. The covariance is ``s^2 (J^T J)^-1`` with the Jacobian at the
solution, and ``s^2`` the sum of squares per degree of freedom, or 1 for ``absolute_sigma``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers import Number, primal
from .._numbers._number import as_array
from ._answers import answer, with_plain
from ._closed import Closed
from ._constraints import has_numbers
from ._derived import flat
from ._given import Given
from ._least_squares import Squares, _loss_of, bounds_pair
from ._minima import Minimum
from ._user import UserFunction


class _Data:
    """The data of one fit, with numbers and plain."""

    def __init__(self, given: Given) -> None:
        x, y, sigma = given.get("xdata"), given.get("ydata"), given.get("sigma")
        y = _floats(y)
        if isinstance(x, (list, tuple, np.ndarray)):
            x = _floats(x)
        sigma = None if sigma is None else _floats(sigma)
        if given.get("nan_policy") == "omit" and not given.get("check_finite"):
            x, y, sigma = _without_nans(x, y, sigma)
        self.number = x, y, _transform(sigma, np.size(primal(y)))
        plain_sigma = None if sigma is None else np.asarray(primal(sigma))
        self.plain = primal(x), primal(y), _transform(plain_sigma, np.size(primal(y)))

    def residuals(self, f: Callable[..., Any], p: Any, n: int, numbers: bool) -> Any:
        x, y, transform = self.number if numbers else self.plain
        r = f(x, *[p[i] for i in range(n)]) - y
        if transform is None:
            return flat(r)
        if np.ndim(transform) < 2:
            return flat(transform * r)
        return flat(np.linalg.solve(transform, r))


def _floats(x: Any) -> Any:
    x = as_array(x)
    return x if isinstance(x, Number) else np.asarray(x, float)


def _transform(sigma: Any, m: int) -> Any:
    if sigma is None:
        return None
    if np.size(primal(sigma)) == 1 or np.shape(sigma) == (m,):
        return 1.0 / (np.reshape(sigma, ())[()] if np.size(primal(sigma)) == 1 else sigma)
    return np.linalg.cholesky(sigma)


def _without_nans(x: Any, y: Any, sigma: Any) -> tuple[Any, Any, Any]:
    """The data without the points that hold a NaN, as SciPy leaves them out."""
    bad = np.isnan(primal(x))
    bad = bad.any(axis=tuple(range(bad.ndim - 1))) | np.isnan(primal(y))
    keep = np.flatnonzero(~bad)
    if sigma is not None and np.ndim(sigma):
        sigma = sigma[keep] if np.ndim(sigma) == 1 else sigma[keep, :][:, keep]
    return x[..., keep], y[keep], sigma


def _curve_fit(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import curve_fit

    given = Given(curve_fit, args, keywords)
    user = UserFunction(given.get("f"))
    given.set("f", user)
    given.function_of("jac")
    bounds = given.get("bounds")
    found = given.call()
    numbers = Closed((given.get("xdata"), given.get("ydata"), given.get("sigma"))).constants
    if not (user.met or numbers or has_numbers(bounds)):
        return found
    data, popt = _Data(given), found[0]
    loss, _ = _loss_of(given.get("loss", "linear"))
    problem = Squares(
        lambda p: data.residuals(user.number, p, popt.size, True),
        lambda p: data.residuals(user.at_plain, p, popt.size, False),
        user.f,
        loss,
        given.get("f_scale", 1.0),
    )
    minimum = Minimum(problem.objective, bounds_pair(bounds, popt.size), popt, "curve_fit")
    pcov = found[1]
    if np.all(np.isfinite(pcov)):
        pcov = with_plain(minimum.of(lambda x: _covariance(problem, x, given, data)), pcov)
    if len(found) == 2:
        return minimum.left(), pcov
    info = answer(found[2], "curve_fit", {}, {"fvec": lambda: minimum.of(problem.number)})
    return (minimum.left(), pcov, info, *found[3:])


def _covariance(problem: Squares, x: Any, given: Given, data: _Data) -> Any:
    pcov = problem.covariance(x)
    if given.get("absolute_sigma"):
        return pcov
    points = np.size(primal(problem.number(x)))
    cost = problem.objective.number(x)
    return pcov * (2.0 * cost / (points - np.size(primal(x))))


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import optimize

    return {optimize.curve_fit: _curve_fit}


__all__ = ["standins"]
