"""Sparse solvers, in the matrix's entries and the right-hand sides."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg as sl

import dualad as da
from dualad._scipy import bound_standin, standin
from tests.every_machine import check

RNG = np.random.default_rng(17)
SQUARE = np.array([[4.0, 1.0, 0.0], [0.5, 3.0, -1.0], [0.0, 2.0, 5.0]])
A = scipy.sparse.csc_array(SQUARE)
SYMMETRIC = scipy.sparse.csr_array(SQUARE @ SQUARE.T)
ROWS, COLUMNS = SQUARE.nonzero()
DATA = SQUARE[ROWS, COLUMNS]
B, B2 = RNG.standard_normal(3), RNG.standard_normal((3, 2))
FEW = ("forward", "reverse")


def built(data):
    return standin(scipy.sparse.csc_array)((data, (ROWS, COLUMNS)), shape=(3, 3))


def test_spsolve():
    f = standin(sl.spsolve)
    check(lambda b: f(A, b), B, linear=True, second=False)
    check(lambda b: f(A, b), B2, linear=True, second=False)
    check(lambda b: f(A, b), B[:, None], linear=True, second=False)
    check(lambda d, b: f(built(d), b), DATA, B)
    check(lambda d, b: f(built(d), b), DATA, B2, second=False)
    check(lambda d: f(built(d), B), DATA, second=False)
    check(lambda d: f(built(d).T, B), DATA, second=False)
    check(lambda d: f(built(d) @ A + A, B), DATA, second=False)


def test_complex_systems():
    f = standin(sl.spsolve)
    a = scipy.sparse.csc_array(SQUARE + 0.3j * SQUARE.T)
    check(lambda b: f(a, b), B, linear=True, second=False)
    check(lambda b: f(A, b[0] + 1j * b[1]), RNG.standard_normal((2, 3)), linear=True, second=False)
    check(lambda d: f(built(d * (1.0 + 0.2j)), B), DATA, second=False)


def test_factorizations():
    lu = sl.splu(A)
    solve = standin(sl.SuperLU.solve)
    for trans in "NTH":
        check(lambda b, t=trans: solve(lu, b, t), B, linear=True, second=False)
    check(lambda b: solve(lu, b * b), B)
    check(lambda b: solve(lu, b), B2, linear=True, second=False)
    check(bound_standin(lu.solve), B, linear=True, second=False)
    check(bound_standin(sl.factorized(A)), B, linear=True, second=False)
    turned = sl.splu(scipy.sparse.csc_array(SQUARE + 0.3j * SQUARE.T))
    for trans in "NTH":
        z = RNG.standard_normal((2, 3))
        check(lambda b, t=trans: solve(turned, b[0] + 1j * b[1], t), z, linear=True, second=False)
    for name in ("splu", "factorized"):
        make = standin(getattr(sl, name))
        run = (lambda s, b: s.solve(b)) if name == "splu" else (lambda s, b: s(b))
        f = lambda d, b, m=make, r=run: r(m(built(d)), b)
        check_numbers(f)


def check_numbers(f):
    """Of functions that take matrices of numbers only: against spsolve."""
    plain = lambda d, b: np.linalg.solve(square_of(d), b)
    for mode in FEW:
        got = da.jacobian(f, (0, 1), mode=mode)(DATA, B)
        want = da.jacobian(plain, (0, 1), mode="forward")(DATA, B)
        for g, w in zip(got, want, strict=True):
            np.testing.assert_allclose(g, w, rtol=1e-12, atol=1e-14)


def square_of(data):
    places = np.zeros((9, DATA.size))
    places[ROWS * 3 + COLUMNS, np.arange(DATA.size)] = 1.0
    return (places @ data).reshape(3, 3)


SOLVERS = [
    n
    for n in (
        "cg",
        "cgs",
        "bicg",
        "bicgstab",
        "gmres",
        "lgmres",
        "minres",
        "qmr",
        "gcrotmk",
        "tfqmr",
    )
    if hasattr(sl, n)
]


@pytest.mark.parametrize("name", SOLVERS)
def test_iterations(name):
    f = standin(getattr(sl, name))
    tight = {"rtol": 1e-10} if name == "minres" else {"rtol": 1e-10, "atol": 0.0}
    inverse = np.linalg.inv(SYMMETRIC.toarray())
    operator = sl.aslinearoperator(SYMMETRIC)
    for a in (SYMMETRIC, operator):
        for mode in FEW:
            got = da.jacobian(lambda b, a=a: f(a, b, **tight)[0], mode=mode)(B)
            np.testing.assert_allclose(got, inverse, rtol=1e-9, atol=1e-11)
        value, _ = da.jvp(lambda b, a=a: f(a, b, **tight)[0], (B,), (B,))
        np.testing.assert_array_equal(value, getattr(sl, name)(a, B, **tight)[0])
    for mode in FEW:
        got = da.jacobian(lambda d: f(built(d) @ built(d).T, B, **tight)[0], mode=mode)(DATA)
        want = da.jacobian(
            lambda d: np.linalg.solve(square_of(d) @ square_of(d).T, B), mode="forward"
        )(DATA)
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-10)


def test_the_exponential():
    f = standin(sl.expm_multiply)
    check(lambda b: f(A, b), B, linear=True, second=False, rtol=1e-7)
    check(lambda b: f(A, b), B2, linear=True, second=False, rtol=1e-7)
    with pytest.raises(da.NoRuleError, match="grid of times"):
        da.jacobian(lambda b: f(A, b, start=0.0, stop=1.0, num=3))(B)
    with pytest.raises(da.NoRuleError, match="matrix of numbers"):
        da.jacobian(lambda d: f(built(d), d[:3]))(DATA)


@pytest.mark.parametrize("mode", FEW)
def test_errors(mode):
    f = standin(sl.spsolve)
    with pytest.raises(ValueError, match="dimension"):
        da.jacobian(lambda b: f(A, b[:2]), mode=mode)(B)
    with pytest.raises(da.NoRuleError, match="sparse right-hand side"):
        da.jacobian(lambda d: f(built(d), A), mode=mode)(DATA)


@pytest.mark.filterwarnings("ignore::scipy.sparse.linalg.MatrixRankWarning")
def test_singular_matrices():
    singular = scipy.sparse.csc_array(np.array([[1.0, 2.0], [2.0, 4.0]]))
    f = standin(sl.spsolve)
    for mode in FEW:
        assert np.isnan(da.jacobian(lambda b: f(singular, b), mode=mode)(B[:2])).all()


@pytest.mark.parametrize("mode", FEW)
def test_norms(mode):
    f = standin(sl.norm)
    got = da.grad(lambda d: f(built(d)), mode=mode)(DATA)
    np.testing.assert_allclose(got, DATA / np.linalg.norm(DATA), rtol=1e-14)
    with pytest.raises(da.NoRuleError, match="ord="):
        da.grad(lambda d: f(built(d), 1), mode=mode)(DATA)
