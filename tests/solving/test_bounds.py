"""Derivatives through minimizers with bounds, against closed forms."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import optimize
from scipy.optimize import Bounds

import dualad as da
from dualad._solving import solver
from dualad._solving._user import UserFunction
from tests.solving.solved import P, check

START = np.array([0.3, 0.2])
TIGHT = {"ftol": 1e-13}


def target(p):
    return np.stack([1.0 + p[0] * p[1], 2.0 * p[0] - p[1] ** 2])


def distance(x, p):
    """The squared distance from the target, the second axis stretched."""
    t = target(p)
    return (x[0] - t[0]) ** 2 + 2.0 * (x[1] - t[1]) ** 2


def at_a_bound(p):
    """Of ``distance`` under ``x1 <= 0.9 p0``."""
    return np.stack([target(p)[0], 0.9 * p[0]])


BOUNDED = {
    "L-BFGS-B": lambda p: (
        optimize.minimize(distance, START, (p,), bounds=[(None, None), (-1, 0.9 * p[0])]).x
    ),
    "Bounds": lambda p: (
        optimize.minimize(
            distance, START, (p,), bounds=Bounds([-np.inf, -1], [np.inf, 0.9 * p[0]])
        ).x
    ),
    "TNC": lambda p: (
        optimize.minimize(
            distance, START, (p,), method="TNC", bounds=[(-5, 5), (-p[1], 0.9 * p[0])]
        ).x
    ),
    "SLSQP": lambda p: (
        optimize.minimize(
            distance, START, (p,), method="SLSQP", bounds=[(-5, 5), (-1, 0.9 * p[0])]
        ).x
    ),
    "Nelder-Mead": lambda p: (
        optimize.minimize(
            distance, START, (p,), method="Nelder-Mead", bounds=[(-5, 5), (-1, 0.9 * p[0])]
        ).x
    ),
    "Powell": lambda p: (
        optimize.minimize(
            distance, START, (p,), method="Powell", bounds=[(-5, 5), (-1, 0.9 * p[0])]
        ).x
    ),
    "trust-constr": lambda p: (
        optimize.minimize(
            distance, START, (p,), method="trust-constr", bounds=[(-5, 5), (-1, 0.9 * p[0])]
        ).x
    ),
    "COBYLA": lambda p: (
        optimize.minimize(
            distance, START, (p,), method="COBYLA", bounds=[(-5, 5), (-1, 0.9 * p[0])], tol=1e-6
        ).x
    ),
    "a fixed variable": lambda p: (
        optimize.minimize(distance, START, (p,), bounds=[(-5, 5), (0.9 * p[0], 0.9 * p[0])]).x
    ),
    "fmin_l_bfgs_b": lambda p: optimize.fmin_l_bfgs_b(
        distance, START, args=(p,), approx_grad=True, bounds=[(None, None), (-1, 0.9 * p[0])]
    )[0],
    "fmin_tnc": lambda p: optimize.fmin_tnc(
        distance, START, args=(p,), approx_grad=1, bounds=[(-5, 5), (-1, 0.9 * p[0])], disp=0
    )[0],
    "differential_evolution": lambda p: (
        optimize.differential_evolution(
            distance, [(-5, 5), (-1, 0.9 * p[0])], (p,), popsize=5, tol=0.1, seed=1
        ).x
    ),
    "shgo": lambda p: optimize.shgo(distance, [(-5, 5), (-1, 0.9 * p[0])], (p,)).x,
    "basinhopping": lambda p: (
        optimize.basinhopping(
            distance,
            START,
            niter=1,
            minimizer_kwargs={"args": (p,), "bounds": [(-5, 5), (-1, 0.9 * p[0])]},
            seed=1,
        ).x
    ),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_bounds(name):
    check(BOUNDED[name], at_a_bound, second=name in ("L-BFGS-B", "trust-constr"))


def test_the_value_and_the_gradient_at_a_bound():
    def solve(p):
        return optimize.minimize(distance, START, (p,), bounds=[(None, None), (-1, 0.9 * p[0])])

    check(lambda p: solve(p).fun, lambda p: 2.0 * (0.9 * p[0] - target(p)[1]) ** 2)

    def gradient(p):
        return np.stack([0.0 * p[0], 4.0 * (0.9 * p[0] - target(p)[1])])

    check(lambda p: solve(p).jac, gradient, rtol=1e-7)


direct = solver(optimize.minimize)
bounds = solver(Bounds)


def test_directly():
    def f(p):
        return direct(distance, START, (p,), bounds=bounds([-9.0, -1.0], [9.0, 0.9 * p[0]])).x

    check(f, at_a_bound, second=False)
    made = bounds([0, 1], [2, 3])
    assert type(made) is Bounds
    assert vars(made).keys() == vars(Bounds([0, 1], [2, 3])).keys()


def test_bounds_that_hold_numbers_themselves():
    """Made where no stand-in was asked."""

    def f(p):
        limits = Bounds([-9.0, -1.0], [9.0, 9.0])
        limits.ub = np.stack([9.0, 0.9 * p[0]])
        return optimize.minimize(distance, START, (p,), bounds=limits).x

    check(f, at_a_bound, second=False)


def test_the_users_function_goes_to_other_processes_over_plain_values():
    def f(p):
        user = pickle.loads(pickle.dumps(UserFunction(distance, (p,))))
        assert type(user.plain(START)) is np.float64
        assert not user.met
        return distance(START, p) + user.plain(START)

    np.testing.assert_allclose(da.grad(f)(P), da.grad(lambda p: distance(START, p))(P))
