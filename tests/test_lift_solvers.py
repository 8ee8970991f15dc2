"""Roots and integrals of SciPy inside a differentiated function."""

import math
import warnings

import numpy as np
import pytest
from scipy import integrate, optimize
from scipy import optimize as named_otherwise

import dualad as da

P = np.array([0.7, 2.3])


def residual(x, p):
    return x**3 + p[0] * x - p[1]


def by_bracket(solver):
    return lambda p: solver(lambda x: residual(x, p), 0.0, 3.0, xtol=1e-14)


def by_args(p):
    return optimize.brentq(lambda x, a, b: x**3 + a * x - b, 0.0, 3.0, args=(p[0], p[1]))


def by_newton(p):
    return optimize.newton(lambda x: residual(x, p), 1.0, tol=1e-14)


def by_newton_with_slope(p):
    return optimize.newton(lambda x: residual(x, p), 1.0, lambda x: 3 * x * x + p[0], tol=1e-14)


def by_newton_on_arrays(p):
    shift = np.array([0.0, 1.0, 2.0])
    roots = optimize.newton(lambda x: x**3 + p[0] * x - p[1] - shift, np.ones(3), tol=1e-14)
    return roots[0]


def by_root_scalar(p):
    return optimize.root_scalar(lambda x: residual(x, p), bracket=(0.0, 3.0), xtol=1e-14).root


def with_details(p):
    root, details = optimize.brentq(lambda x: residual(x, p), 0.0, 3.0, full_output=True)
    return root if details.converged else math.nan


ROOTS = {
    "brentq": by_bracket(optimize.brentq),
    "brenth": by_bracket(optimize.brenth),
    "ridder": by_bracket(optimize.ridder),
    "bisect": by_bracket(optimize.bisect),
    "toms748": by_bracket(optimize.toms748),
    "args": by_args,
    "newton": by_newton,
    "newton with a slope": by_newton_with_slope,
    "newton on arrays": by_newton_on_arrays,
    "root_scalar": by_root_scalar,
    "full_output": with_details,
}


def implicit(p):
    """First and second derivatives of the root, by hand."""
    x = optimize.brentq(lambda x: residual(x, p), 0.0, 3.0, xtol=1e-15)
    fx, fxx = 3 * x * x + p[0], 6 * x
    fp, fxp = np.array([x, -1.0]), np.array([1.0, 0.0])
    first = -fp / fx
    second = -(np.outer(fxp, first) + np.outer(first, fxp) + fxx * np.outer(first, first)) / fx
    return x, first, second


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", ROOTS)
def test_roots(name, mode):
    f = ROOTS[name]
    _, first, second = implicit(P)
    value, got = da.value_and_grad(f, mode=mode)(P)
    assert value == f(P)
    np.testing.assert_allclose(got, first, rtol=1e-10)
    np.testing.assert_allclose(da.hessian(f, mode=mode)(P), second, rtol=1e-9)


def test_a_double_root_has_no_derivative():
    def f(p):
        return optimize.newton(lambda x: (x - p) ** 2, 0.0, lambda x: 2 * (x - p), maxiter=100)

    with pytest.raises(da.InputError, match="slope is zero at the root"):
        da.grad(f)(0.0)


def test_a_solver_that_does_not_converge_says_so_itself():
    with pytest.raises(RuntimeError, match="Failed to converge"):
        da.grad(lambda p: optimize.newton(lambda x: x**2 + p * math.exp(0), 1.0))(1.0)


def test_the_users_warnings_come_once():
    def f(p):
        return integrate.quad(lambda x: p * x + 0.0 * np.exp(np.float64(800.0)).clip(0, 1), 0, 1)[0]

    with warnings.catch_warnings(record=True) as plain:
        warnings.simplefilter("always")
        f(2.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert abs(da.grad(f)(2.0) - 0.5) < 1e-14
    assert len(plain) == len(caught)


def test_solvers_of_a_module_under_another_name(capfd):
    """Without a first, plain try, of which SciPy's C code would print the error."""

    def root(p):
        return named_otherwise.root(lambda x: x**2 - p, [1.0, 2.0]).x[0]

    def imported(p):
        import scipy.optimize as so  # as code has it

        return so.root(lambda x: x**2 - p, [1.0, 2.0]).x[0]

    for f in (root, imported):
        assert np.isclose(da.derivative(f)(2.0), 0.5 / np.sqrt(2.0), rtol=1e-12)
    assert capfd.readouterr().err == ""
