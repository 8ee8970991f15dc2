"""Derivatives through linear programs and assignments, and through linear systems of SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg
from scipy import optimize

import dualad as da
from dualad._solving import solver
from tests.solving.solved import P, check


def program(p, **options):
    """Two crops: land and labour run out, the third limit does not hold."""
    return optimize.linprog(
        [-3.0 * p[0], -2.0 - p[1]],
        A_ub=[[1.0, p[0]], [2.0 + p[1], 1.0], [1.0, 0.0]],
        b_ub=[4.0 * p[0], 5.0 + p[1] ** 2, 50.0],
        **options,
    )


def vertex(p):
    a = np.stack([np.stack([1.0, p[0]]), np.stack([2.0 + p[1], 1.0])])
    return np.linalg.solve(a, np.stack([4.0 * p[0], 5.0 + p[1] ** 2]))


def cost(p):
    return -3.0 * p[0] * vertex(p)[0] - (2.0 + p[1]) * vertex(p)[1]


def prices(p):
    """What a little more land or labour is worth: A^T y = c."""
    a = np.stack([np.stack([1.0, p[0]]), np.stack([2.0 + p[1], 1.0])])
    y = np.linalg.solve(np.transpose(a), np.stack([-3.0 * p[0], -2.0 - p[1]]))
    return np.append(y, 0.0)


FIELDS = {
    "x": (lambda p: program(p).x, vertex),
    "fun": (lambda p: program(p).fun, cost),
    "slack": (
        lambda p: program(p).slack,
        lambda p: np.append(0.0 * p, 50.0 - vertex(p)[0]),
    ),
    "marginals": (lambda p: program(p).ineqlin.marginals, prices),
    "residual": (
        lambda p: program(p).ineqlin["residual"],
        lambda p: np.append(0.0 * p, 50.0 - vertex(p)[0]),
    ),
    "simplex": (lambda p: program(p, method="highs-ds").x, vertex),
    "interior": (lambda p: program(p, method="highs-ipm").x, vertex),
}


@pytest.mark.parametrize("name", FIELDS)
def test_programs(name):
    check(*FIELDS[name])


def test_bounds_hold():
    """The cheaper good up to its limit, the rest of an equation by the other."""

    def solve(p):
        return optimize.linprog(
            [p[0], 3.0], A_eq=[[1.0, 2.0]], b_eq=[6.0], bounds=[(0, p[1]), (0, None)]
        )

    check(lambda p: solve(p).x, lambda p: np.stack([p[1], 3.0 - p[1] / 2]))
    check(lambda p: solve(p).upper.marginals[0], lambda p: p[0] - 1.5)
    check(lambda p: solve(p).lower.residual, lambda p: np.stack([p[1], 3.0 - p[1] / 2]))
    check(lambda p: solve(p).eqlin.marginals[0], lambda p: 1.5 + 0.0 * p[0])


PAIRS = {
    "one for all": lambda p: (0, p[1]),
    "one in a list": lambda p: [(0, p[1])],
    "pairs": lambda p: [(0, p[1]), (0, p[1])],
    "an array": lambda p: np.stack([0.0 * p, np.stack([p[1], p[1]])], axis=1),
}


@pytest.mark.parametrize("name", PAIRS)
def test_forms_of_bounds(name):
    def f(p):
        return optimize.linprog([-1.0, -2.0], bounds=PAIRS[name](p)).x

    check(f, lambda p: np.stack([p[1], p[1]]), second=False)


def test_sparse_matrices():
    def f(p):
        a = scipy.sparse.csr_array(np.array([[1.0, 1.0], [2.0, 0.5]]))
        return optimize.linprog([-1.0, -1.3], A_ub=a, b_ub=[p[0], p[0] + p[1]]).x

    check(f, lambda p: np.stack([0.0 * p[0], p[0]]), second=False)


direct = solver(optimize.linprog)


def test_directly():
    check(lambda p: direct([-1.0, -2.0], bounds=[(0, p[0]), (0, p[1])]).x, lambda p: p)
    assert direct([1.0], bounds=[(2, 3)]).keys() == optimize.linprog([1.0], bounds=[(2, 3)]).keys()


WRONG = {
    "not unique": (
        lambda p: optimize.linprog([p[0], p[0]], A_ub=[[-1, -1]], b_ub=[-1]).x,
        "degenerate|not strict",
    ),
    "three lines through a vertex": (
        lambda p: optimize.linprog([-p[0], -p[0]], A_ub=[[1, 0], [0, 1], [1, 2]], b_ub=[1, 1, 3]).x,
        "degenerate",
    ),
    "unbounded": (lambda p: optimize.linprog([-p[0]]).x, "did not converge.* unbounded"),
    "infeasible": (
        lambda p: optimize.linprog([1.0], A_ub=[[1.0]], b_ub=[-p[0]]).x,
        "did not converge.* infeasible",
    ),
    "integers": (
        lambda p: optimize.linprog([-p[0]], bounds=(0, 1.5), integrality=1).x,
        "integrality= has no derivative rule",
    ),
    "milp": (
        lambda p: optimize.milp([-p[0]], integrality=[1], bounds=optimize.Bounds(0, 1.5)).x,
        "milp has no derivative rule",
    ),
    "milp, bounds": (
        lambda p: optimize.milp([-1.0], bounds=optimize.Bounds(0, p[0])).x,
        "milp has no derivative rule",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_has_no_derivative(name):
    f, message = WRONG[name]
    for mode in ("forward", "reverse"):
        with pytest.raises(da.DualadError, match=message):
            da.jacobian(f, mode=mode)(P)


# --- assignments ---------------------------------------------------------------------------------

COSTS = np.array([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])


def test_an_assignment_is_a_choice():
    def f(p):
        costs = COSTS * p[0] + p[1] ** 2 * np.eye(3)
        rows, columns = optimize.linear_sum_assignment(costs)
        assert type(columns) is np.ndarray
        return costs[rows, columns].sum()

    check(f, lambda p: 5.0 * p[0] + p[1] ** 2)


def test_a_quadratic_assignment():
    options = {
        "rng": np.random.default_rng(0)
    }  # another test may have seeded NumPy's own, of which SciPy warns

    def f(p):
        return optimize.quadratic_assignment(COSTS * p[0], COSTS.T + p[1], options=options).fun

    chosen = optimize.quadratic_assignment(COSTS * P[0], COSTS.T + P[1], options=options).col_ind

    def closed(p):
        return np.sum(COSTS * p[0] * (COSTS.T + p[1])[chosen][:, chosen])

    check(f, closed)


# --- linear systems ------------------------------------------------------------------------------

TALL = np.array([[1.0, 2.0], [0.5, -1.0], [1.0, 1.0]])


def tall(p):
    return TALL * p[0] + p[1] ** 2 * np.eye(3, 2)


def solution(p):
    a = tall(p)
    return np.linalg.solve(np.transpose(a) @ a, np.transpose(a) @ np.stack([p[0], 1.0, p[1]]))


def rest(p):
    return np.sum((tall(p) @ solution(p) - np.stack([p[0], 1.0, p[1]])) ** 2)


LEAST = {
    "numpy": lambda p: np.linalg.lstsq(tall(p), np.stack([p[0], 1.0, p[1]]), rcond=None),
    "scipy": lambda p: scipy.linalg.lstsq(tall(p), [p[0], 1.0, p[1]]),
    "scipy, gelsy": lambda p: scipy.linalg.lstsq(tall(p), [p[0], 1.0, p[1]], lapack_driver="gelsy"),
}


@pytest.mark.parametrize("name", LEAST)
def test_lstsq(name):
    def check_close(f, exact):  # LAPACK's own residuals have other last digits
        for mode in ("forward", "reverse"):
            np.testing.assert_allclose(da.jacobian(f, mode=mode)(P), da.jacobian(exact)(P), 1e-11)
            np.testing.assert_allclose(
                da.hessian(f, mode=mode)(P), da.hessian(exact)(P), rtol=1e-10, atol=1e-12
            )

    check(lambda p: LEAST[name](p)[0], solution)
    if name != "scipy, gelsy":  # which answers no residuals
        check_close(lambda p: LEAST[name](p)[1] + np.zeros(1), lambda p: rest(p) + np.zeros(1))


def test_spsolve():
    """A matrix of numbers, and a right-hand side of numbers."""
    rows, columns = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 0, 2])

    def entries(p):
        return np.stack([2.0 + p[0], p[1], 3.0, p[0] * p[1], 1.0 + p[1] ** 2])

    def f(p):
        a = scipy.sparse.csc_array((entries(p), (rows, columns)), shape=(3, 3))
        return scipy.sparse.linalg.spsolve(a, np.stack([p[0], 1.0, p[1]]))

    def dense(p):
        a = np.zeros((3, 3))
        a[rows, columns] = entries(p)
        return np.linalg.solve(a, np.stack([p[0], 1.0, p[1]]))

    check(f, dense)
