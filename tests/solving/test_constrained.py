"""Derivatives through minimizers with bounds and constraints, against closed forms."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import optimize
from scipy.optimize import LinearConstraint, NonlinearConstraint

import dualad as da
from tests.solving.solved import P, check

START = np.array([0.3, 0.2])
TIGHT = {"ftol": 1e-13}


def target(p):
    return np.stack([1.0 + p[0] * p[1], 2.0 * p[0] - p[1] ** 2])


def distance(x, p):
    """The squared distance from the target, the second axis stretched."""
    t = target(p)
    return (x[0] - t[0]) ** 2 + 2.0 * (x[1] - t[1]) ** 2


# --- equations and inequalities -------------------------------------------------------------------


def on_a_line(p):
    """Of ``distance`` on ``x0 + x1 = p1``."""
    t = target(p)
    force = (t[0] + t[1] - p[1]) / 1.5
    return np.stack([t[0] - force, t[1] - force / 2.0])


def line(x, p):
    return x[0] + x[1] - p[1]


LINES = {
    "SLSQP": lambda p: (
        optimize.minimize(
            distance, START, (p,), constraints={"type": "eq", "fun": line, "args": (p,)}
        ).x
    ),
    "a closure": lambda p: (
        optimize.minimize(
            distance, START, (p,), constraints=[{"type": "eq", "fun": lambda x: line(x, p)}]
        ).x
    ),
    "jac": lambda p: (
        optimize.minimize(
            distance,
            START,
            (p,),
            constraints=[{"type": "eq", "fun": line, "jac": lambda x, p: [1.0, 1.0], "args": (p,)}],
        ).x
    ),
    "LinearConstraint": lambda p: (
        optimize.minimize(
            distance, START, (p,), constraints=LinearConstraint([[1.0, 1.0]], p[1], p[1])
        ).x
    ),
    "a matrix that depends": lambda p: (
        optimize.minimize(
            distance,
            START,
            (p,),
            constraints=LinearConstraint([[p[0], p[0]]], p[0] * p[1], p[0] * p[1]),
        ).x
    ),
    "NonlinearConstraint": lambda p: (
        optimize.minimize(
            distance,
            START,
            (p,),
            constraints=NonlinearConstraint(lambda x: x[0] + x[1], p[1], p[1]),
        ).x
    ),
    "trust-constr": lambda p: (
        optimize.minimize(
            distance,
            START,
            (p,),
            method="trust-constr",
            constraints=[LinearConstraint([[1.0, 1.0]], p[1], p[1])],
        ).x
    ),
    "an inequality": lambda p: (
        optimize.minimize(
            distance, START, (p,), constraints={"type": "ineq", "fun": lambda x: -line(x, p)}
        ).x
    ),
    "COBYLA": lambda p: (
        optimize.minimize(
            distance,
            START,
            (p,),
            method="COBYLA",
            tol=1e-7,
            constraints={"type": "ineq", "fun": lambda x: -line(x, p)},
        ).x
    ),
    "two sides": lambda p: (
        optimize.minimize(
            distance, START, (p,), constraints=LinearConstraint([[1.0, 1.0]], -9.0, p[1])
        ).x
    ),
    "fmin_slsqp": lambda p: optimize.fmin_slsqp(
        distance, START, eqcons=[line], args=(p,), iprint=0
    ),
    "fmin_slsqp, vectors": lambda p: optimize.fmin_slsqp(
        distance,
        START,
        f_eqcons=lambda x, p: np.array([line(x, p)]),
        f_ieqcons=lambda x, p: np.stack([x[0] + 50.0, x[1] + 50.0]),
        args=(p,),
        iprint=0,
    ),
    "fmin_cobyla": lambda p: optimize.fmin_cobyla(
        distance, START, lambda x: -line(x, p), args=(p,), consargs=(), rhoend=1e-7
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_lines(name):
    check(LINES[name], on_a_line, second=name in ("SLSQP", "LinearConstraint"))


def disc(p):
    """The projection of the target on a disc."""
    t = target(p)
    return p[0] * t / np.sqrt(np.sum(t * t))


def squared(x, p):
    t = target(p)
    return (x[0] - t[0]) ** 2 + (x[1] - t[1]) ** 2


DISCS = {
    "SLSQP": lambda p: (
        optimize.minimize(
            squared,
            START,
            (p,),
            constraints={"type": "ineq", "fun": lambda x: p[0] ** 2 - x[0] ** 2 - x[1] ** 2},
        ).x
    ),
    "trust-constr": lambda p: (
        optimize.minimize(
            squared,
            START,
            (p,),
            method="trust-constr",
            constraints=NonlinearConstraint(
                lambda x: x[0] ** 2 + x[1] ** 2,
                -np.inf,
                p[0] ** 2,
                jac=lambda x: 2 * x,
                hess=lambda x, v: 2 * v[0] * np.eye(2),
            ),
        ).x
    ),
    "COBYQA": lambda p: (
        optimize.minimize(
            squared,
            START,
            (p,),
            method="COBYQA",
            constraints=NonlinearConstraint(lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2), 0, p[0]),
        ).x
    ),
    "differential_evolution": lambda p: (
        optimize.differential_evolution(
            squared,
            [(0.1, 3), (0.1, 3)],
            (p,),
            constraints=NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, -np.inf, p[0] ** 2),
            seed=2,
            popsize=8,
        ).x
    ),
}


if "COBYQA" not in (optimize.minimize.__doc__ or ""):  # an older SciPy
    del DISCS["COBYQA"]


@pytest.mark.parametrize("name", DISCS)
def test_discs(name):
    check(DISCS[name], disc, second=name == "SLSQP", rtol=1e-8)


def test_a_corner():
    """Two active constraints in two unknowns: the vertex moves with them alone."""

    def f(p):
        limits = [
            {"type": "ineq", "fun": lambda x: p[1] - x[0] ** 2},
            {"type": "ineq", "fun": lambda x: p[0] * 0.5 + x[0] - x[1]},
        ]
        return optimize.minimize(distance, START, (p,), constraints=limits).x

    check(f, lambda p: np.stack([np.sqrt(p[1]), 0.5 * p[0] + np.sqrt(p[1])]))


def test_bounds_and_constraints_together():
    def f(p):
        return optimize.minimize(
            lambda x: np.sum((x - p[0]) ** 2) + x[2],
            [0.1, 0.2, 0.3],
            bounds=[(0, 0.5 * p[1]), (0, None), (0, None)],
            constraints=LinearConstraint([[1, 1, 1]], 0, 1.5 * p[0]),
        ).x

    # x0 at its upper limit; the rest of the sum is shared, the third with half a unit less.
    def exact(p):
        rest = 1.5 * p[0] - 0.5 * p[1]
        return np.stack([0.5 * p[1], rest / 2 + 0.25, rest / 2 - 0.25])

    check(f, exact)


def test_many_variables_in_reverse():
    """More variables than travel forward at once: gradients are recorded."""
    n = 30

    def f(p):
        weight = np.linspace(1, 2, n)
        return optimize.minimize(
            lambda x: np.sum(weight * (x - p[0]) ** 2),
            np.zeros(n),
            jac=lambda x: 2 * weight * (x - p[0]),
            constraints=LinearConstraint(np.ones((1, n)), p[1], p[1]),
        ).x[:2]

    def exact(p):
        inverse = 1 / np.linspace(1, 2, n)
        return (p[0] - inverse * (n * p[0] - p[1]) / np.sum(inverse))[:2]

    check(f, exact)


# --- what has no derivative -----------------------------------------------------------------------


def twice(p):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # SciPy sees that its matrix is singular
        return optimize.minimize(
            lambda x: (x[0] - p[0]) ** 2 + x[1] ** 2,
            [0.1, 0.1],
            method="trust-constr",
            constraints=[
                {"type": "eq", "fun": lambda x: x[0] - 1},
                {"type": "eq", "fun": lambda x: 2 * x[0] - 2},
            ],
        )


WRONG = {
    "a bound without force": (
        lambda p: optimize.minimize(lambda x: (x[0] - p[0] + P[0]) ** 2, [3.0], bounds=[(0, 9)]).x,
        "the active set is degenerate: lower limit of the bound, component 0 is active with a zero",
    ),
    "a constraint without force": (
        lambda p: (
            optimize.minimize(
                lambda x: (x[0] - p[0]) ** 2 + x[1] ** 2,
                [0.1, 0.1],
                constraints={"type": "ineq", "fun": lambda x: P[0] - x[0]},
            ).x
        ),
        "the active set is degenerate: lower limit of constraint 0",
    ),
    "one constraint twice": (
        lambda p: twice(p).x,
        "gradients of the 2 active constraints depend on each other .* constraint .* is one",
    ),
    "a bound and the same constraint": (
        lambda p: (
            optimize.minimize(
                lambda x: (x[0] - p[0]) ** 2 + x[1] ** 2,
                [2.0, 0.1],
                bounds=[(1.5, 9), (None, None)],
                constraints={"type": "ineq", "fun": lambda x: x[0] - 1.5},
            ).x
        ),
        "the active set is degenerate",
    ),
    "infeasible": (
        lambda p: (
            optimize.minimize(
                lambda x: (x[0] - p[0]) ** 2,
                [0.0],
                constraints=[
                    {"type": "ineq", "fun": lambda x: x[0] - 1},
                    {"type": "ineq", "fun": lambda x: -x[0]},
                ],
            ).x
        ),
        "minimize did not converge",
    ),
    "no strict minimum": (
        lambda p: (
            optimize.minimize(
                lambda x: p[0] * x[0], [0.5, 0.5], bounds=[(p[1], 2), (0, 1)], method="SLSQP"
            ).x
        ),
        "singular, the minimum is not strict",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_has_no_derivative(name):
    f, message = WRONG[name]
    for mode in ("forward", "reverse"):
        with pytest.raises(da.InputError, match=message):
            da.jacobian(f, mode=mode)(P)
