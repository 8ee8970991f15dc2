"""Derivatives through least squares and curve fits, against normal equations."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import optimize

import dualad as da
from dualad._solving import solver
from tests.solving.solved import P, check

# Linear models of exp(x0) and x1**3, so that the parameters have a closed form.
T = np.linspace(0.5, 2.0, 7)
BASIS = np.stack([T, np.cos(3 * T)], axis=1)
NOISE = np.array([0.1, -0.2, 0.15, 0.05, -0.1, 0.2, -0.15])
START = [0.5, 1.0]


def data(p):
    return p[0] * (2.0 * T + 0.3 * p[1] ** 2 * T**2) + 3.0 * p[1] * np.cos(3 * T) + NOISE


def inner(x):
    return np.stack([np.exp(x[0]), x[1] ** 3])


def residual(x, p):
    return BASIS @ inner(x) - data(p)


def slopes(x, p):
    return BASIS * np.array([np.exp(x[0]), 3 * x[1] ** 2])


def linear(p, weight=1.0):
    """exp(x0) and x1**3 by the normal equations."""
    a = np.reshape(weight * np.ones(7), (-1, 1)) * BASIS
    return np.linalg.solve(np.transpose(a) @ a, np.transpose(a) @ (weight * data(p)))


def outer(y):
    return np.stack([np.log(y[0]), y[1] ** (1 / 3)])


def exact(p):
    return outer(linear(p))


def fitted(p):
    return BASIS @ linear(p) - data(p)


FORMS = {
    "least_squares": lambda p: optimize.least_squares(residual, START, args=(p,)).x,
    "jac": lambda p: optimize.least_squares(residual, START, slopes, args=(p,)).x,
    "keywords": lambda p: optimize.least_squares(residual, START, kwargs={"p": p}).x,
    "closure": lambda p: optimize.least_squares(lambda x: residual(x, p), START, "3-point").x,
    "lm": lambda p: optimize.least_squares(residual, START, method="lm", args=(p,)).x,
    "dogbox": lambda p: (
        optimize.least_squares(residual, START, method="dogbox", args=(p,), x_scale="jac").x
    ),
    "inactive bounds": lambda p: (
        optimize.least_squares(residual, START, args=(p,), bounds=([-9, -9], [9 * p[0], 9])).x
    ),
    "leastsq": lambda p: optimize.leastsq(residual, START, args=(p,))[0],
    "leastsq, Dfun": lambda p: optimize.leastsq(residual, START, (p,), slopes)[0],
    "leastsq, col_deriv": lambda p: optimize.leastsq(
        residual, START, (p,), lambda x, p: slopes(x, p).T, col_deriv=True
    )[0],
    "curve_fit": lambda p: optimize.curve_fit(model, T, data(p), START)[0],
}


def model(t, a, b):
    return np.exp(a) * t + b**3 * np.cos(3 * t)


@pytest.mark.parametrize("name", FORMS)
def test_forms(name):
    check(FORMS[name], exact, second=name in ("least_squares", "closure", "curve_fit"))


def test_fields_of_the_result():
    def solve(p):
        return optimize.least_squares(residual, START, slopes, args=(p,))

    check(lambda p: solve(p).cost, lambda p: 0.5 * np.sum(fitted(p) ** 2))
    check(lambda p: solve(p).fun, fitted, second=False)
    check(lambda p: solve(p).grad, lambda p: 0.0 * p, second=False)

    def rows(p):
        y = linear(p)
        return BASIS * np.stack([y[0], 3 * y[1] ** (2 / 3)])

    check(lambda p: solve(p).jac, rows, second=False)
    assert da.grad(lambda p: p[0] * solve(p).nfev)(P)[0] == solve(P).nfev


def test_a_bound_that_holds():
    """With x1 at its upper limit, x0 fits what the limit leaves."""

    def f(p):
        return optimize.least_squares(
            residual, [0.5, 0.3], args=(p,), bounds=([-9, -9], [9, p[1] * 0.5 + 0.4])
        ).x

    def held(p):
        limit = 0.5 * p[1] + 0.4
        rest = data(p) - limit**3 * BASIS[:, 1]
        return np.stack([np.log(np.sum(T * rest) / np.sum(T * T)), limit])

    check(f, held)


# --- curve_fit -----------------------------------------------------------------------------------


def rows_at(p, weight=1.0):
    y = linear(p, weight)
    return np.reshape(weight * np.ones(7), (-1, 1)) * BASIS * np.stack([y[0], 3 * y[1] ** (2 / 3)])


def covariance(p, weight=1.0, absolute=False):
    a = rows_at(p, weight)
    inverse = np.linalg.inv(np.transpose(a) @ a)
    if absolute:
        return inverse
    rest = weight * (BASIS @ linear(p, weight) - data(p))
    return inverse * np.sum(rest**2) / 5


def model_slopes(t, a, b):
    return np.stack([np.exp(a) * t, 3 * b**2 * np.cos(3 * t)], axis=1)


def errors(p):
    return 0.2 + 0.1 * p[1] * T


def fit(p, **options):
    return optimize.curve_fit(model, T, data(p), START, **{"jac": model_slopes, **options})


FITS = {
    "lm": ({}, lambda p: (1.0, False)),
    "trf": ({"method": "trf"}, lambda p: (1.0, False)),
    "bounds": ({"bounds": (-9, 9)}, lambda p: (1.0, False)),
    "sigma": ({"sigma": errors}, lambda p: (1 / errors(p), False)),
    "absolute_sigma": ({"sigma": errors, "absolute_sigma": True}, lambda p: (1 / errors(p), True)),
    "one sigma": ({"sigma": lambda p: p[1], "jac": None}, lambda p: (1 / p[1], False)),
    "covariance": (
        {"sigma": lambda p: np.diag(errors(p) ** 2), "absolute_sigma": True},
        lambda p: (1 / errors(p), True),
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_fits(name):
    options, weights = FITS[name]

    def f(p):
        given = {k: v(p) if callable(v) else v for k, v in options.items()}
        popt, pcov = fit(p, **given)
        return np.append(popt, pcov)

    def closed(p):
        weight, absolute = weights(p)
        return np.append(outer(linear(p, weight)), covariance(p, weight, absolute))

    check(f, closed, rtol=1e-8, second=name in ("lm", "covariance"))


def test_a_fit_in_its_abscissae():
    """``y = a / x`` at moving x."""
    y = np.array([1.0, 2.0, 1.5])

    def f(p):
        x = np.array([1.0, 2.0, 3.0]) * p[0] + p[1]
        return optimize.curve_fit(lambda x, a: a / x, x, y)[0][0]

    def closed(p):
        x = np.array([1.0, 2.0, 3.0]) * p[0] + p[1]
        return np.sum(y / x) / np.sum(1 / x**2)

    check(f, closed)


def test_a_fit_of_data_in_a_container():
    def f(p):
        x = {"t": np.array([1.0, 2.0, 3.0]), "scale": p[0] * p[1]}
        return optimize.curve_fit(lambda x, a: a * x["t"] * x["scale"], x, [1.0, 2.5, 2.0])[0]

    check(f, lambda p: np.array([12 / 14]) / (p[0] * p[1]))


def test_a_fit_with_full_output():
    def f(p):
        popt, _, info, message, flag = fit(p, full_output=True)
        assert message
        assert flag in (1, 2, 3, 4)
        return np.append(popt, info["fvec"])

    check(f, lambda p: np.append(exact(p), fitted(p)), second=False)
    with pytest.raises(da.NoRuleError, match="'qtf' in the result"):
        da.jacobian(lambda p: fit(p, full_output=True)[2]["qtf"] + p)(P)


def test_a_fit_without_missing_points():
    def f(p):
        y = np.append(data(p), np.nan)
        return optimize.curve_fit(model, np.append(T, 9.0), y, START, nan_policy="omit")[0]

    check(f, exact, second=False)


def test_a_start_that_depends_says_nothing():
    y = data(P)
    got = da.jacobian(lambda p: optimize.curve_fit(model, T, y, p0=[p[0], p[1]])[0])(P)
    assert np.array_equal(got, np.zeros((2, 2)))


def test_the_covariance_of_leastsq():
    def f(p):
        _, cov, info, *_ = optimize.leastsq(residual, START, (p,), slopes, full_output=True)
        return np.append(cov, info["fvec"])

    check(f, lambda p: np.append(covariance(p, absolute=True), fitted(p)), second=False)


def test_as_many_points_as_parameters():
    def f(p):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optimize.OptimizeWarning)
            popt, pcov = optimize.curve_fit(lambda x, a, b: a * x + b, [1.0, 2.0], p)
        assert np.all(np.isinf(pcov))
        return popt

    check(f, lambda p: np.stack([p[1] - p[0], 2 * p[0] - p[1]]))


# --- linear least squares ------------------------------------------------------------------------

MATRIX = np.array([[1.0, 2.0, 0.3], [0.5, -1.0, 1.0], [1.0, 1.0, -0.4], [0.2, 0.1, 0.9]])


def matrix(p):
    return MATRIX * (1 + 0.3 * p[0]) + p[1] ** 2 * np.eye(4, 3)


def right(p, x=(1.0, -0.5, 2.0)):
    return matrix(P) @ np.array(x) + 0.1 * np.stack([p[0], p[1], p[0] * p[1], 0.2])


def on(p, columns):
    a = matrix(p)[:, columns]
    return np.linalg.solve(a.T @ a, a.T @ right(p))


def test_nnls():
    support = np.flatnonzero(optimize.nnls(matrix(P), right(P))[0])
    assert len(support) == 2

    def closed(p):
        x = on(p, support)
        rest = right(p) - matrix(p)[:, support] @ x
        spread = np.eye(3)[:, support] @ x
        return np.append(spread, np.sqrt(np.sum(rest**2)))

    check(lambda p: np.append(*optimize.nnls(matrix(p), right(p))), closed)


HELD = (2.0, -1.0, 1.0)


@pytest.mark.parametrize("method", ["trf", "bvls"])
def test_lsq_linear(method):
    def f(p):
        found = optimize.lsq_linear(
            matrix(p), right(p, HELD), bounds=(-p[1], 9), method=method, tol=1e-12
        )
        return np.append(found.x, np.append(found.cost, found.fun))

    plain = optimize.lsq_linear(matrix(P), right(P, HELD), bounds=(-P[1], 9)).active_mask
    free = np.flatnonzero(plain == 0)
    assert len(free) == 2

    def closed(p):
        fixed = np.where(plain < 0, -p[1], 0.0)
        a, b = matrix(p), right(p, HELD) - matrix(p) @ fixed
        y = np.linalg.solve(a[:, free].T @ a[:, free], a[:, free].T @ b)
        x = fixed + np.eye(3)[:, free] @ y
        rest = a @ x - right(p, HELD)
        return np.append(x, np.append(0.5 * np.sum(rest**2), rest))

    check(f, closed, second=method == "bvls")


# --- called directly; what has no derivative -----------------------------------------------------

direct_least_squares = solver(optimize.least_squares)
direct_curve_fit = solver(optimize.curve_fit)


def test_directly():
    check(lambda p: direct_least_squares(residual, START, args=(p,)).x, exact)
    check(lambda p: direct_curve_fit(model, T, data(p), START)[0], exact, second=False)
    for plain, same in zip(
        fit(P), direct_curve_fit(model, T, data(P), START, jac=model_slopes), strict=True
    ):
        assert np.array_equal(plain, same)


WRONG = {
    "not converged": (
        lambda p: optimize.least_squares(residual, START, args=(p,), max_nfev=2).x,
        "least_squares did not converge.*maximum number of function evaluations",
    ),
    "leastsq, not converged": (
        lambda p: optimize.leastsq(residual, START, args=(p,), maxfev=3)[0],
        "leastsq did not converge",
    ),
    "two parameters for one": (
        lambda p: optimize.least_squares(lambda x: (x[0] + x[1]) * T - data(p), START).x,
        "singular, the minimum is not strict",
    ),
    "nnls without force": (
        lambda p: optimize.nnls(np.eye(2) * p[0], [1.0, 0.0])[0],
        "the active set is degenerate",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_has_no_derivative(name):
    f, message = WRONG[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # SciPy's, of maxfev
        for mode in ("forward", "reverse"):
            with pytest.raises(da.InputError, match=message):
                da.jacobian(f, mode=mode)(P)
