"""What a fit is known by: weighted residuals and their Jacobian, from what the user has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown
from .._numbers import primal
from .._record import record
from ._inputs import Bound, Inputs
from ._outputs import linearise


@record(slots=True)
class Fit:
    """A model at its parameters.

    Attributes
    ----------
    names : list of str
    point : array (n,)
    J : array (m, n), or None
        The Jacobian of the weighted residuals.
    r : array (m,), or None
        The weighted residuals; None without data.
    free : array of bool (n,)
        Which parameters are not held at a bound.
    cov : array (n, n), or None
        The covariance where it is all that is known.
    count : int, or None
        The number of data.
    """

    names: list[str]
    point: np.ndarray
    J: Any
    r: Any
    free: np.ndarray
    cov: Any = None
    count: int | None = None


def weights(sigma: Any, m: int) -> Callable[[Any], Any]:
    """What divides residuals (m,) or a Jacobian (m, n) by sigma.

    Raises
    ------
    InputError
        If sigma is not positive, or does not fit.
    """
    if sigma is None:
        return lambda rows: rows
    plain = np.asarray(primal(sigma), dtype=float)
    if plain.shape in ((), (m,)):
        if not (np.isfinite(plain).all() and (plain > 0).all()):
            bad = plain if plain.ndim == 0 else plain[~(plain > 0) | ~np.isfinite(plain)][0]
            raise InputError(f"sigma is {bad} somewhere", "positive, finite numbers")
        one = np.reshape(sigma, (-1,))
        return lambda rows: rows / (one if np.ndim(rows) == 1 else one[:, None])
    if plain.shape != (m, m):
        raise InputError(
            f"sigma has shape {plain.shape} for {m} data", f"a number, or shape {(m,)} or {(m, m)}"
        )
    if not np.allclose(plain, plain.T, rtol=1e-8, atol=0):
        raise InputError("the matrix sigma is not symmetric", "a covariance matrix of the data")
    try:
        np.linalg.cholesky(plain)
    except np.linalg.LinAlgError:
        smallest = float(np.linalg.eigvalsh(plain)[0])
        raise InputError(
            f"the matrix sigma is not positive definite: its smallest eigenvalue is {smallest:.6g}",
            "a covariance matrix of the data",
        ) from None
    return lambda rows: np.linalg.solve(np.linalg.cholesky(sigma), rows)


def fit_of_model(
    bound: Bound, inputs: Inputs, data: Any, sigma: Any, keywords: dict[str, Any]
) -> Fit:
    """From the user's model or residual function."""
    outputs, J = linearise(bound, inputs, keywords)
    value = outputs.flat()
    m, n = np.shape(J)
    if data is not None:
        given = np.asarray(data, dtype=float)
        if given.size != m:
            raise InputError(
                f"data has shape {given.shape}; the model gives {m} values", "one for each value"
            )
        if not np.isfinite(given).all():
            raise InputError("data is not finite everywhere", "data without NaN")
        value = value - np.ravel(given)
    divide = weights(sigma, m)
    return Fit(inputs.names, inputs.vector(), divide(J), divide(value), np.ones(n, bool), None, m)


def fit_of_result(result: Any, names: Sequence[str] | None) -> Fit:
    """From the result of `scipy.optimize.least_squares`."""
    x, r = np.asarray(result.x, dtype=float), np.asarray(result.fun, dtype=float)
    J = result.jac
    if hasattr(J, "toarray"):
        J = J.toarray()
    elif hasattr(J, "matmat"):  # an operator
        J = J.matmat(np.eye(x.size))
    J = np.asarray(J, dtype=float)
    if J.ndim != 2 or r.ndim != 1 or J.shape != (r.size, x.size):
        raise InputTypeError(
            f"{type(result).__name__} has no residuals with their Jacobian: fun has shape "
            f"{r.shape}, jac {J.shape}",
            "a result of least_squares, or the model itself",
        )
    if not getattr(result, "success", True):
        raise InputError(f"the fit did not converge: {result.message}", "a fit that did")
    cost = getattr(result, "cost", None)
    if cost is not None and not np.isclose(2 * cost, r @ r, rtol=1e-6, atol=1e-300):
        raise InputError(
            "the fit has a robust loss, for which the covariance of least squares does not hold",
            "identifiability(residuals, result.x), of the residuals themselves",
        )
    inputs = Inputs(x, None, names)
    active = np.asarray(getattr(result, "active_mask", np.zeros(x.size)))
    return Fit(inputs.names, x, J, r, active == 0, None, r.size)


def fit_of_pair(pair: Sequence[Any], names: Sequence[str] | None, dof: Any) -> Fit:
    """From what `scipy.optimize.curve_fit` returns."""
    if len(pair) < 2:
        raise InputTypeError(f"{shown(pair)} is no result of curve_fit", "(popt, pcov)")
    x, cov = np.asarray(pair[0], dtype=float), np.asarray(pair[1], dtype=float)
    if x.ndim != 1 or cov.shape != (x.size, x.size):
        raise InputError(f"popt has shape {x.shape} and pcov {cov.shape}", "(popt, pcov)")
    inputs = Inputs(x, None, names)
    if not np.isfinite(cov).all():
        raise InputError(
            "pcov is infinite: the Jacobian of the fit was singular",
            "identifiability(model, popt, t, data), which says in which direction",
        )
    from ._covariance import checked_matrix

    cov = checked_matrix(cov, inputs.names, "pcov")
    count = None
    if len(pair) > 2 and isinstance(pair[2], dict) and "fvec" in pair[2]:
        count = int(np.size(pair[2]["fvec"]))
    elif dof is not None:
        count = int(dof) + x.size
    return Fit(inputs.names, x, None, None, np.ones(x.size, bool), cov, count)
