"""`pinv`, `lstsq`, norms by singular values, `cond` and tensor equations in every mode."""

from __future__ import annotations

import numpy as np
import pytest

import dualad as da
from dualad._errors import NoRuleError
from tests.rules.linalg_cases import (
    QUICK_FIRST,
    check_first,
    check_second,
    check_value,
    flat,
    matrix,
    symmetric,
)

la = np.linalg


def complex_of(f):
    return lambda x, y: f(x + 1j * y)


def solution(out):
    """What of the answer of `lstsq` is no rank."""
    x, residuals, _, s = out
    return x, residuals, s


B = matrix(4, 2, seed=3)
CASES = {
    "pinv": (la.pinv, (matrix(3, 3),)),
    "pinv, tall": (la.pinv, (matrix(4, 2),)),
    "pinv, wide": (la.pinv, (matrix(2, 3),)),
    "pinv, stack": (la.pinv, (matrix(2, 3, 2),)),
    "pinv, rtol": (lambda a: la.pinv(a, rtol=1e-10), (matrix(3, 2),)),
    "pinv, hermitian": (lambda a: la.pinv(a, hermitian=True), (symmetric(3, 3),)),
    "pinv, complex": (complex_of(la.pinv), (matrix(3, 2), matrix(3, 2, seed=5))),
    "lstsq": (lambda a, b: solution(la.lstsq(a, b)), (matrix(4, 2), B)),
    "lstsq, vector": (lambda a, b: solution(la.lstsq(a, b, rcond=None)), (matrix(3, 2), B[:3, 0])),
    "lstsq, wide": (lambda a, b: solution(la.lstsq(a, b)), (matrix(2, 3), B[:2])),
    "lstsq, square": (lambda a, b: solution(la.lstsq(a, b)), (matrix(2, 2), B[:2, 0])),
    "lstsq, complex": (
        lambda x, y, b: solution(la.lstsq(x + 1j * y, b)),
        (matrix(3, 2), matrix(3, 2, seed=5), B[:3, 0]),
    ),
    "tensorsolve": (la.tensorsolve, (matrix(4, 4).reshape(2, 2, 4), B[:2])),
    "tensorsolve, axes": (
        lambda a, b: la.tensorsolve(a, b, axes=(0,)),
        (np.moveaxis(matrix(4, 4).reshape(2, 2, 4), 2, 0), B[:2]),
    ),
    "tensorinv": (la.tensorinv, (matrix(4, 4).reshape(2, 2, 4),)),
    "tensorinv, ind": (lambda a: la.tensorinv(a, ind=1), (matrix(4, 4).reshape(4, 2, 2),)),
    "norm 2": (lambda a: la.norm(a, 2), (matrix(3, 2),)),
    "norm -2": (lambda a: la.norm(a, -2), (matrix(3, 2),)),
    "norm nuc": (lambda a: la.norm(a, "nuc"), (matrix(3, 2),)),
    "norm nuc, wide": (lambda a: la.norm(a, "nuc", keepdims=True), (matrix(2, 3),)),
    "norm nuc, axes": (lambda a: la.norm(a, "nuc", axis=(2, 0)), (matrix(2, 2, 3),)),
    "norm 2, axes": (lambda a: la.norm(a, 2, (0, 2), keepdims=True), (matrix(2, 2, 3),)),
    "norm nuc, complex": (
        complex_of(lambda a: la.norm(a, "nuc")),
        (matrix(3, 2), matrix(3, 2, seed=5)),
    ),
    "norm 2, complex": (
        complex_of(lambda a: la.norm(a, 2)),
        (matrix(2, 2), matrix(2, 2, seed=5)),
    ),
    "matrix_norm": (lambda a: la.matrix_norm(a, ord="nuc"), (matrix(2, 2, 2),)),
    **{
        f"cond {p}": (lambda a, p=p: la.cond(a, p), (matrix(3, 3),))
        for p in (None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc")
    },
    "cond, stack": (la.cond, (matrix(2, 2, 2),)),
    "cond, complex": (complex_of(la.cond), (matrix(2, 2), matrix(2, 2, seed=5))),
    "matrix_power, negative": (lambda a: la.matrix_power(a, -2), (matrix(2, 2),)),
}


@pytest.mark.parametrize("name", CASES)
def test_first_derivatives(name):
    check_first(*CASES[name], QUICK_FIRST)


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives(name):
    check_second(*CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_value_is_numpys_own(name):
    check_value(*CASES[name])


def test_lstsq_gives_all_four_answers():
    def f(a):
        x, residuals, rank, s = la.lstsq(a, B)
        assert rank == 2
        assert type(rank) is np.int32
        return flat((x, residuals, s))

    da.jacobian(f)(matrix(4, 2))


# --- not of full rank ----------------------------------------------------------------------------


def low_rank(m, n, rank):
    return matrix(m, rank, seed=1) @ matrix(rank, n, seed=2)


@pytest.mark.parametrize("shape", [(3, 3, 2), (4, 3, 1), (3, 4, 2)])
def test_pinv_of_constant_rank(shape):
    """Along a family of matrices of one rank the derivative is the family's."""
    m, n, rank = shape
    right = matrix(rank, n, seed=2)
    f = lambda x: la.pinv(x @ right)
    check_first(f, (matrix(m, rank, seed=1),), QUICK_FIRST[:3])


def test_pinv_with_a_cutoff_ignores_small_singular_values():
    """The cutoff makes the pseudo-inverse smooth in all directions."""
    a = low_rank(3, 3, 2)
    check_first(lambda x: la.pinv(x, rcond=0.01), (a,), QUICK_FIRST[:3], 0.0005, 1e-6)
    assert np.isfinite(da.grad(lambda x: np.sum(la.lstsq(x, B[:3], rcond=0.01)[0]))(a)).all()


def test_pinv_second_derivative_without_full_rank_is_refused():
    with pytest.raises(NoRuleError, match="first derivative only"):
        da.hessian(lambda x: np.sum(la.pinv(x)))(low_rank(3, 3, 2))


def test_pinv_that_cuts_something_off_is_refused():
    with pytest.raises(NoRuleError, match="cuts off"):
        da.jacobian(lambda x: la.pinv(x, rcond=0.9))(matrix(3, 3))


def test_nuclear_norm_where_singular_values_repeat():
    a = la.qr(matrix(3, 3))[0] * 2.0
    check_first(lambda x: la.norm(x, "nuc"), (a,))
    check_second(lambda x: la.norm(x, "nuc"), (a,))


def test_nuclear_norm_without_full_rank():
    """The subgradient of least norm, as for `abs` at 0; there is no second derivative."""
    u, s, vh = la.svd(low_rank(3, 3, 2))
    for mode in ("forward", "reverse"):
        got = da.grad(lambda x: la.norm(x, "nuc"), mode=mode)(u * s @ vh)
        np.testing.assert_allclose(got, u[:, :2] @ vh[:2], atol=1e-13)
        with pytest.raises(NoRuleError):
            da.hessian(lambda x: la.norm(x, "nuc"), mode=mode)(low_rank(3, 3, 2))


@pytest.mark.parametrize("order", [2, -2])
def test_spectral_norm_where_singular_values_tie(order):
    """Ties share, as those of `max` do."""
    for mode in ("forward", "reverse"):
        got = da.grad(lambda x: la.norm(x, order), mode=mode)(np.eye(4))
        np.testing.assert_allclose(got, np.eye(4) / 4, atol=1e-15)
        np.testing.assert_allclose(
            da.grad(lambda x: la.norm(x, order), mode=mode)(np.zeros((2, 2))), 0.0
        )


def test_matrix_rank_is_a_constant():
    f = lambda a: a[0, 0] * la.matrix_rank(a)
    np.testing.assert_array_equal(da.grad(f)(np.eye(2)), [[2.0, 0.0], [0.0, 0.0]])


def test_bad_arguments_raise_numpys_errors():
    a = np.ones((2, 3))
    for f, error in (
        (la.cholesky, la.LinAlgError),
        (la.eigh, la.LinAlgError),
        (la.eigvals, la.LinAlgError),
        (lambda x: la.cholesky(-x[:, :2]), la.LinAlgError),
        (lambda x: la.eigh(x[:, :2], "X"), ValueError),
        (lambda x: la.svd(x[0]), la.LinAlgError),
        (lambda x: la.qr(x, "nonsense"), ValueError),
        (lambda x: la.pinv(x, 0.1, rtol=0.1), ValueError),
        (lambda x: la.cond(x[:0]), la.LinAlgError),
        (lambda x: la.tensorinv(x, 0), ValueError),
        (lambda x: la.tensorsolve(x, np.ones(2)), la.LinAlgError),
        (lambda x: la.lstsq(x, np.ones(5)), la.LinAlgError),
        (lambda x: la.norm(x, "what"), ValueError),
        (lambda x: la.norm(x, 7), ValueError),
    ):
        with pytest.raises(error):
            f(a)
        for mode in ("forward", "reverse"):
            with pytest.raises(error):
                da.jacobian(lambda x, f=f: flat(f(x)), mode=mode)(a)


def test_empty_matrices():
    for f, shape in (
        (la.eigvalsh, (0, 0)),
        (la.svdvals, (0, 3)),
        (la.pinv, (0, 2)),
        (la.cholesky, (0, 0)),
        (lambda a: la.qr(a)[1], (0, 3)),
        (lambda a: la.qr(a)[0], (3, 0)),
        (la.eigvals, (0, 0)),
        (lambda a: la.eigh(a)[1], (2, 0, 0)),
    ):
        want = np.asarray(f(np.zeros(shape)))
        for mode in ("forward", "reverse"):
            got = da.jacobian(f, mode=mode)(np.zeros(shape))
            assert got.shape == want.shape + shape
