"""Derivatives through root, fsolve, fixed_point and the quasi-Newton solvers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize

import dualad as da
from dualad._solving import _systems, solver
from tests.solving.solved import P, check

START = np.array([1.4, 0.6])


def sides(p):
    """Sum and product of two sides."""
    return 2.0 + p[0] * p[1], 0.6 * np.exp(p[1] / 3) * p[0]


def residual(x, p):
    total, product = sides(p)
    return [x[0] + x[1] - total, x[0] * x[1] - product]


def exact(p):
    total, product = sides(p)
    root = np.sqrt(total**2 - 4 * product)
    return np.stack([(total + root) / 2, (total - root) / 2])


def slopes(x, p):
    return np.array([[1.0, 1.0], [x[1], x[0]]])


class Circuit:
    """Parameters as attributes, and a work array."""

    def __init__(self, p):
        self.p, self.out = p, np.zeros(2)

    def __call__(self, x):
        total, product = sides(self.p)
        self.out[0] = x[0] + x[1] - total
        self.out[1] = float(x[0]) * x[1] - product
        return self.out.copy()


ROOTS = {
    "fsolve": lambda p: optimize.fsolve(lambda x: residual(x, p), START),
    "fsolve, args": lambda p: optimize.fsolve(residual, START, args=(p,)),
    "fsolve, fprime": lambda p: optimize.fsolve(residual, START, (p,), slopes),
    "fsolve, col_deriv": lambda p: optimize.fsolve(
        residual, START, (p,), lambda x, p: slopes(x, p).T, col_deriv=True
    ),
    "fsolve, full_output": lambda p: optimize.fsolve(residual, START, (p,), full_output=True)[0],
    "fsolve, an object": lambda p: optimize.fsolve(Circuit(p), START),
    "fsolve, start": lambda p: optimize.fsolve(residual, [p[0], p[1]], args=(p,)),
    "root": lambda p: optimize.root(residual, START, args=(p,)).x,
    "root, jac": lambda p: optimize.root(residual, START, (p,), jac=slopes).x,
    "root, both": lambda p: (
        optimize.root(lambda x: (np.array(residual(x, p)), slopes(x, p)), START, jac=True).x
    ),
    "root, lm": lambda p: optimize.root(residual, START, args=(p,), method="lm").x,
    "root, broyden1": lambda p: optimize.root(residual, START, args=(p,), method="broyden1").x,
    "root, krylov": lambda p: optimize.root(residual, START, args=(p,), method="krylov").x,
    "root, df-sane": lambda p: optimize.root(residual, START, args=(p,), method="df-sane").x,
    "broyden1": lambda p: optimize.broyden1(lambda x: residual(x, p), START),
    "broyden2": lambda p: optimize.broyden2(lambda x: residual(x, p), START),
    "anderson": lambda p: optimize.anderson(lambda x: residual(x, p), START),
    "newton_krylov": lambda p: optimize.newton_krylov(lambda x: residual(x, p), START),
}


@pytest.mark.parametrize("name", ROOTS)
def test_systems(name):
    check(ROOTS[name], exact)


def drift(x, p):
    """A residual near -x, for the solvers that mix."""
    return np.sinh(p * np.array([1.0, 2.0])) - np.sinh(x)


MIXERS = ["diagbroyden", "linearmixing", "excitingmixing"]


@pytest.mark.parametrize("name", MIXERS)
def test_solvers_that_mix(name):
    solve = getattr(optimize, name)
    check(lambda p: solve(lambda x: drift(x, p) / 3, p), lambda p: p * np.array([1.0, 2.0]))


FIXED = {
    "vector": lambda p: optimize.fixed_point(
        lambda x: p[0] + np.array([0.1 * p[1] * x[1], 0.2 * x[0]]), [1.0, 1.0]
    ),
    "iteration": lambda p: optimize.fixed_point(
        lambda x, a, b: a + np.array([0.1 * b * x[1], 0.2 * x[0]]),
        [1.0, 1.0],
        args=(p[0], p[1]),
        method="iteration",
    ),
    "scalar": lambda p: optimize.fixed_point(lambda x: p[0] * 1.02 / (1 + p[1] * x / p[1]), 0.6),
}


def fixed_exact(p):
    return np.linalg.solve(np.stack([np.stack([1.0, -0.1 * p[1]]), [-0.2, 1.0]]), [1, 1] * p[0])


@pytest.mark.parametrize("name", ["vector", "iteration"])
def test_fixed_points(name):
    check(FIXED[name], fixed_exact)


def test_the_fixed_point_of_a_scalar():
    check(FIXED["scalar"], lambda p: (np.sqrt(1 + 4.08 * p[0]) - 1) / 2)


def test_newton_of_arrays():
    shift = np.array([1.0, 2.0, 5.0])

    def f(p):
        return optimize.newton(lambda x: p[1] * x**2 - p[0] * shift, np.full(3, 2.0))

    check(f, lambda p: np.sqrt(p[0] * shift / p[1]))


def test_newton_of_arrays_is_no_solver_of_systems():
    def f(p):
        return optimize.newton(lambda x: x - p + 1e-3 * x[::-1], p, tol=1e-3)

    with pytest.raises(da.InputError, match="an equation of its own"):
        da.jacobian(f)(P)


def test_least_squares_by_root():
    a = np.array([[1.0, 2.0], [0.5, -1.0], [1.0, 1.0]])

    def f(p):
        return optimize.root(lambda x: a @ np.exp(x) - [4 * p[0], p[1], 3.0], P, method="lm").x

    def least(p):
        return np.log(np.linalg.solve(a.T @ a, a.T @ np.stack([4 * p[0], p[1], 3.0])))

    check(f, least)


# --- called directly, in code that runs as it stands ---------------------------------------------

direct_fsolve = solver(optimize.fsolve)
direct_fixed_point = solver(optimize.fixed_point)


def test_directly():
    check(lambda p: direct_fsolve(lambda x: residual(x, p), START), exact)
    check(lambda p: direct_fsolve(Circuit(p), START), exact)
    check(lambda p: direct_fixed_point(lambda x: p[0] * 0.5 + x * 0.5, 1.0), lambda p: p[0])
    assert np.array_equal(direct_fsolve(residual, START, P), optimize.fsolve(residual, START, P))


def test_solvers_inside_solvers():
    def inner(y):
        return optimize.brentq(lambda x: x**3 + x - y, -9, 9)

    def outer(p):
        return optimize.fsolve(lambda y: [inner(y[0]) - p[0]], [1.0])[0]

    check(outer, lambda p: p[0] ** 3 + p[0])


def test_full_output():
    def f(p):
        x, info, flag, message = optimize.fsolve(residual, START, args=(p,), full_output=True)
        assert flag == 1
        assert "converged" in message
        return x.sum() + info["fvec"].sum() + info["nfev"] * 0

    np.testing.assert_allclose(da.grad(f)(P), da.grad(lambda p: exact(p).sum())(P), rtol=1e-10)
    with pytest.raises(da.NoRuleError, match="'fjac' in the result"):
        da.grad(lambda p: optimize.fsolve(residual, START, (p,), full_output=1)[1]["fjac"].sum())(P)


# --- large systems ------------------------------------------------------------------------------


def chain(p, n):
    """A nonlinear chain between two ends."""

    def f(u):
        out = 3.0 * u + u**3
        out[1:] -= u[:-1]
        out[:-1] -= u[1:]
        out[0] -= p[0]
        out[-1] -= p[1]
        return out

    return optimize.newton_krylov(f, np.zeros(n), f_tol=1e-9)


def test_without_a_jacobian(monkeypatch):
    dense = da.jacobian(lambda p: chain(p, 30))(P), da.hessian(lambda p: chain(p, 30).sum())(P)
    monkeypatch.setattr(_systems, "LARGE", 10)
    for mode in ("forward", "reverse"):
        got = da.jacobian(lambda p: chain(p, 30), mode=mode)(P)
        np.testing.assert_allclose(got, dense[0], rtol=1e-9, atol=1e-12)
        got = da.hessian(lambda p: chain(p, 30).sum(), mode=mode)(P)
        np.testing.assert_allclose(got, dense[1], rtol=1e-8, atol=1e-11)


# --- what has no derivative -----------------------------------------------------------------------

WRONG = {
    "no root": (
        lambda p: optimize.fsolve(lambda x: x**2 + p[0], 1.0),
        "fsolve did not converge, .* not making good progress",
    ),
    "no root, result": (
        lambda p: optimize.root(lambda x: x**2 + p[0], 1.0).x,
        "root did not converge",
    ),
    "a double root": (
        lambda p: optimize.fsolve(lambda x: (x - p[0]) ** 2, 1.0),
        "not near a regular solution",
    ),
    "a double root in one unknown": (
        lambda p: optimize.root(lambda x: [x[0] - p[0], x[1] ** 2], P, method="lm").x,
        "not near a regular solution",
    ),
    "dependent equations": (
        lambda p: optimize.root(lambda x: [x[0] - p[0], 2 * x[0] - 2 * p[0]], P, method="lm").x,
        "singular at the solution .*: equation . depends",
    ),
    "too loose": (
        lambda p: optimize.fixed_point(lambda x: p[0] + 0.9 * x, 1.0, xtol=0.9, method="iteration"),
        "the nearest solution is",
    ),
    "complex": (
        lambda p: optimize.newton_krylov(lambda x: x - p[0], np.array([1j])).real,
        "of complex unknowns",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_has_no_derivative(name):
    f, message = WRONG[name]
    with pytest.raises(da.DualadError, match=message):
        da.jacobian(f)(P)
    f(P) if name not in ("no root", "complex") else None  # the plain call is SciPy's own


def test_a_use_of_the_value_alone_never_raises():
    def f(p):
        q = da.primal(p)
        x = optimize.root(lambda x: x**2 + q[0], 1.0)
        assert not x.success
        return p[0] * math.exp(x.x[0] * 0)

    np.testing.assert_allclose(da.grad(f)(P), [1.0, 0.0])
