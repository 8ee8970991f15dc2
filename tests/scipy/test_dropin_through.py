"""`dualad.scipy` inside other derivatives: the same values, and derivatives through the solver."""

from __future__ import annotations

import numpy as np
import pytest

import dualad as da
from dualad import scipy as ds
from tests.scipy.dropin_cases import DATA, TIMES, TRUE, decay, seeded

modes = pytest.mark.parametrize("mode", ["forward", "reverse"])
P = np.array([1.3, 0.6])


def by_minimize(method):
    def solve(p):
        return ds.minimize(
            lambda x: np.sum(np.exp(x) - p * x) + 0.1 * (x[0] - x[1]) ** 2,
            np.zeros(2),
            method=method,
            tol=1e-14 if method == "L-BFGS-B" else 1e-9,
        ).x

    return solve


def with_arguments(p):
    """A dictionary with args, which trust-constr takes with its Hessian."""
    constraint = {"type": "eq", "fun": lambda x, q: x[0] + x[1] ** 2 - q, "args": (p[0],)}
    return ds.minimize(
        lambda x: x[0] ** 2 + p[1] * x[1] ** 2, [1.0, 0.5], method="trust-constr",
        constraints=[constraint], tol=1e-12,
    ).x  # fmt: skip


def smooth(x, p):
    return np.sum((x - p) ** 2 + 0.1 * np.cos(3.0 * x))


def constrained(method):
    def solve(p):
        constraint = {"type": "eq", "fun": lambda x: x[0] + x[1] - p[0]}
        return ds.minimize(
            lambda x: x[0] ** 2 + p[1] * x[1] ** 2, [1.0, 0.0], method=method,
            constraints=constraint, tol=1e-10,
        ).x  # fmt: skip

    return solve


SOLVERS = {
    "BFGS": by_minimize("BFGS"),
    "L-BFGS-B": by_minimize("L-BFGS-B"),
    "trust-exact": by_minimize("trust-exact"),
    "Newton-CG": by_minimize("Newton-CG"),
    "SLSQP": constrained("SLSQP"),
    "trust-constr": constrained("trust-constr"),
    "arguments": with_arguments,
    "fmin_slsqp": lambda p: ds.fmin_slsqp(
        lambda x: x[0] ** 2 + p[1] * x[1] ** 2, [1.0, 0.0], [lambda x: x[0] + x[1] - p[0]],
        iprint=0, acc=1e-12,
    ),
    "least_squares": lambda p: ds.least_squares(
        lambda x: np.stack([x[0] ** 2 - p[0], x[1] - p[1] * x[0], 0.1 * x[0]]), [1.0, 1.0],
        xtol=1e-14, ftol=1e-14, gtol=1e-14,
    ).x,
    "curve_fit": lambda p: ds.curve_fit(
        lambda t, a, b: a * np.exp(-b * t * p[0]), TIMES, p[1] * DATA, [1.0, 1.0],
        ftol=1e-15, xtol=1e-15, gtol=1e-15,
    )[0],
    "root": lambda p: ds.root(
        lambda x: [x[0] ** 3 + x[1] - p[0], x[1] ** 3 + x[1] - p[1] * x[0]], [1.0, 1.0]
    ).x,
    "fsolve": lambda p: ds.fsolve(lambda x, q: x**3 + x - q, [1.0, 1.0], args=(p,)),
    "newton": lambda p: np.stack([ds.newton(lambda x: x**3 - p[0], 1.0), p[1]]),
    "root_scalar": lambda p: np.stack([
        ds.root_scalar(lambda x: np.exp(x) - p[0], x0=0.0, method="halley").root,
        ds.root_scalar(lambda x: np.exp(x) - p[1], x0=0.0).root,
    ]),
    "krylov": lambda p: ds.root(
        lambda x: [x[0] ** 3 + x[1] - p[0], x[1] ** 3 + x[1] - p[1] * x[0]], [1.0, 1.0],
        method="krylov", tol=1e-13,
    ).x,
    "newton_krylov": lambda p: ds.newton_krylov(lambda x: x**3 + x - p, [1.0, 1.0], f_tol=1e-13),
    "fmin_l_bfgs_b": lambda p: ds.fmin_l_bfgs_b(smooth, [1.0, 1.0], args=(p,), factr=0.1,
                                                pgtol=1e-12)[0],
    "fmin_bfgs": lambda p: ds.fmin_bfgs(lambda x: smooth(x, p), [1.0, 1.0], gtol=1e-9, disp=0),
    "brentq": lambda p: np.stack([ds.brentq(lambda x, q=q: x**3 + x - q, -3, 3) for q in p]),
}  # fmt: skip
solvers = pytest.mark.parametrize("solve", SOLVERS.values(), ids=SOLVERS.keys())


def differences(solve, p, h=4e-3):
    """Of fourth order."""
    columns = []
    for e in np.eye(p.size):
        f = [solve(p + k * h * e) for k in (-2, -1, 1, 2)]
        columns.append((f[0] - 8.0 * f[1] + 8.0 * f[2] - f[3]) / (12.0 * h))
    return np.stack(columns, axis=-1)


SEARCHES = {
    "basinhopping": lambda p: ds.basinhopping(lambda x: smooth(x, p), [1.0, 1.0], niter=2,
                                              **seeded(ds.basinhopping)).x,
    "dual_annealing": lambda p: ds.dual_annealing(smooth, [(-2.0, 2.0)] * 2, (p,), maxiter=20,
                                                  **seeded(ds.dual_annealing)).x,
    "shgo": lambda p: ds.shgo(smooth, [(-2.0, 2.0)] * 2, (p,)).x,
    "differential_evolution": lambda p: ds.differential_evolution(
        smooth, [(-2.0, 2.0)] * 2, (p,), maxiter=20, **seeded(ds.differential_evolution)).x,
}  # fmt: skip


@pytest.mark.parametrize("solve", SEARCHES.values(), ids=SEARCHES.keys())
def test_searches(solve):
    value, slope = da.value_and_jacobian(solve)(P)
    assert np.array_equal(value, solve(P))
    curvature = 2.0 - 0.9 * np.cos(3.0 * value)
    assert np.allclose(slope, np.diag(2.0 / curvature), rtol=1e-3)


@solvers
@modes
def test_values_and_derivatives(solve, mode):
    value, slope = da.value_and_jacobian(solve, mode=mode)(P)
    assert np.array_equal(value, solve(P))  # the very bits
    assert np.allclose(slope, differences(solve, P), rtol=1e-5, atol=1e-6)


def test_second_derivatives():
    solve = SOLVERS["root"]
    found = da.hessian(lambda p: solve(p)[0])(P)
    want = differences(da.jacobian(lambda p: solve(p)[0]), P)
    assert np.allclose(found, want, rtol=1e-6, atol=1e-7)


@modes
def test_starting_points_and_data_may_be_numbers(mode):
    def fit(y):
        return ds.curve_fit(decay, TIMES, y, TRUE * (1.0 + 0.01 * y[0]))[0]

    slope = da.jacobian(fit, mode=mode)(DATA)
    J = da.jacobian(lambda p: decay(TIMES, *p))(TRUE)
    assert np.allclose(slope, np.linalg.pinv(J), rtol=1e-5, atol=1e-7)  # exact data: no residual


@modes
def test_lifted_code_around_a_solver(mode):
    import math

    def total(p):
        out = np.zeros(2)
        for i in range(2):
            out[i] = math.sqrt(p[i])
        found = ds.root(lambda x: x**3 + x - out, [1.0, 1.0])
        return math.fsum(found.x)

    x = [float(np.roots([1.0, 0.0, 1.0, -np.sqrt(q)])[-1].real) for q in P]
    want = [0.5 / np.sqrt(q) / (3.0 * v * v + 1.0) for q, v in zip(P, x, strict=True)]
    assert np.allclose(da.grad(total, mode=mode)(P), want, rtol=1e-8)


def test_nothing_is_left_behind():
    solve = SOLVERS["root"]
    before = ds.root(lambda x: x**3 - 2.0, [1.0]).x
    da.jacobian(solve)(P)
    assert np.array_equal(ds.root(lambda x: x**3 - 2.0, [1.0]).x, before)
    found = ds.root(lambda x: x**3 - 2.0, [1.0])
    assert type(found.x) is np.ndarray
    assert "shared" in found.derivatives
