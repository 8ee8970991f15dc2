"""`scipy.linalg`: systems, inverses, norms, structured matrices."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import dualad as da
from dualad import NoRuleError
from tests.rules.linalg_cases import antisymmetric, matrix, symmetric
from tests.scipy.linalg_checks import check, complex_of, s

A, B, V = matrix(3, 3), matrix(3, 2, seed=4), np.array([1.0, -0.5, 2.0])
HERMITIAN = (symmetric(3, 3), antisymmetric(3))
BANDS = np.array([[0.3, 0.2, -0.4, 0.1], [3.0, 4.0, 3.5, 5.0], [0.5, -0.2, 0.3, 0.4]])
W = np.array([1.0, 2.0, -0.5, 0.3])
C, R = np.array([3.0, 0.4, -0.2]), np.array([9.0, 0.5, 0.3])


CASES = {
    "solve": (s("solve"), (A, B)),
    "solve, vector": (s("solve"), (A, V)),
    "solve, transposed": (lambda a, b: s("solve")(a, b, transposed=True), (A, V)),
    **{
        f"solve, {kind}, lower={lower}": (
            lambda a, b, kind=kind, lower=lower: s("solve")(a, b, assume_a=kind, lower=lower),
            (symmetric(3, 3) + 0.1 * matrix(3, 3), V),
        )
        for kind in ("gen", "sym", "her", "pos")
        for lower in (False, True)
    },
    "solve, complex": (complex_of(s("solve")), (*HERMITIAN, V)),
    "solve, complex, her": (
        complex_of(lambda a, b: s("solve")(a, b, assume_a="her")),
        (*HERMITIAN, V),
    ),
    "solve, complex, sym": (
        complex_of(lambda a, b: s("solve")(a, b, assume_a="sym")),
        (*HERMITIAN, V),
    ),
    "inv": (s("inv"), (A,)),
    "det": (s("det"), (A,)),
    "det, complex": (complex_of(s("det")), (A, B @ B.T)),
    "norm": (s("norm"), (A,)),
    "norm 2": (lambda a: s("norm")(a, 2), (A,)),
    "norm nuc": (lambda a: s("norm")(a, "nuc"), (B,)),
    "norm, axis": (lambda a: s("norm")(a, 3, axis=1, keepdims=True), (A,)),
    **{
        f"solve_triangular, {trans}, lower={lower}, unit={unit}": (
            lambda a, b, t=trans, low=lower, u=unit: s("solve_triangular")(
                a, b, trans=t, lower=low, unit_diagonal=u
            ),
            (A, B if trans == 0 else V),
        )
        for trans in (0, "T", 2)
        for lower in (False, True)
        for unit in (False, True)
    },
    "solve_triangular, complex": (
        complex_of(lambda a, b: s("solve_triangular")(a, b, 2, True)),
        (A, B @ B.T, V),
    ),
    "cho_solve": (lambda a, b: s("cho_solve")(s("cho_factor")(a), b), (symmetric(3, 3), B)),
    "cho_solve, lower": (
        lambda a, b: s("cho_solve")(s("cho_factor")(a, lower=True), b),
        (symmetric(3, 3), V),
    ),
    "cho_solve, complex": (
        complex_of(lambda a, b: s("cho_solve")(s("cho_factor")(a), b)),
        (*HERMITIAN, V),
    ),
    **{
        f"lu_solve, {trans}": (
            lambda a, b, t=trans: s("lu_solve")(s("lu_factor")(a), b, t),
            (A[::-1].copy(), B),
        )
        for trans in (0, 1, 2)
    },
    "lu_solve, complex": (
        complex_of(lambda a, b: s("lu_solve")(s("lu_factor")(a), b, 2)),
        (A[::-1].copy(), B @ B.T, V),
    ),
    "lstsq": (lambda a, b: (lambda o: (o[0], o[1], o[3]))(s("lstsq")(a, b)), (B, V)),
    "lstsq, wide": (lambda a, b: s("lstsq")(a, b)[0], (B.T.copy(), V[:2])),
    "lstsq, gelsy": (lambda a, b: s("lstsq")(a, b, lapack_driver="gelsy")[0], (B, V)),
    "pinv": (s("pinv"), (B,)),
    "pinv, rank": (lambda a: s("pinv")(a, return_rank=True)[0], (B,)),
    "pinv, atol": (lambda a: s("pinv")(a, atol=1e-8, rtol=0.0), (B,)),
    "pinvh": (s("pinvh"), (symmetric(3, 3),)),
    "pinvh, upper": (lambda a: s("pinvh")(a, lower=False), (symmetric(3, 3) + 0.1 * A,)),
    "pinvh, complex": (complex_of(s("pinvh")), HERMITIAN),
    "solve_banded": (lambda ab, b: s("solve_banded")((1, 1), ab, b), (BANDS, W)),
    "solve_banded, wide": (
        lambda ab, b: s("solve_banded")((0, 2), ab[::-1], np.stack((b, b * b), axis=1)),
        (BANDS[[2, 0, 1]][[1, 2, 0]][[2, 1, 0]] + 1.0, W),
    ),
    "solve_banded, complex": (
        complex_of(lambda ab, b: s("solve_banded")((1, 1), ab, b)),
        (BANDS, 0.3 * BANDS[::-1], W),
    ),
    "solveh_banded": (lambda ab, b: s("solveh_banded")(ab, b), (BANDS[:2], W)),
    "solveh_banded, lower": (
        lambda ab, b: s("solveh_banded")(ab, b, lower=True),
        (BANDS[1:], np.stack((W, W[::-1]), axis=1)),
    ),
    "solveh_banded, complex": (
        complex_of(lambda ab, b: s("solveh_banded")(ab, b, lower=True)),
        (np.vstack((BANDS[1:], 0.1 * BANDS[:1])), 0.1 * np.abs(BANDS), W),
    ),
    "cholesky_banded": (s("cholesky_banded"), (BANDS[:2],)),
    "cholesky_banded, lower": (
        lambda ab: s("cholesky_banded")(ab, lower=True),
        (np.vstack((BANDS[1:], 0.1 * BANDS[:1])),),
    ),
    "cho_solve_banded": (
        lambda ab, b: s("cho_solve_banded")((s("cholesky_banded")(ab), False), b),
        (BANDS[:2], W),
    ),
    "cho_solve_banded, lower": (
        lambda ab, b: s("cho_solve_banded")((s("cholesky_banded")(ab, lower=True), True), b),
        (np.vstack((BANDS[1:], 0.1 * BANDS[:1])), W),
    ),
    "solve_toeplitz": (lambda c, r, b: s("solve_toeplitz")((c, r), b), (C, R, B)),
    "solve_toeplitz, symmetric": (s("solve_toeplitz"), (C, V)),
    "matmul_toeplitz": (lambda c, r, x: s("matmul_toeplitz")((c, r), x), (C, R, B)),
    "solve_circulant": (s("solve_circulant"), (C, V)),
    "solve_circulant, columns": (lambda c, b: s("solve_circulant")(c, b, baxis=0), (C, B)),
    "solve_circulant, complex": (complex_of(s("solve_circulant")), (C, 0.3 * V, V)),
}


@pytest.mark.parametrize("name", CASES)
def test_systems(name):
    check(*CASES[name])


STRUCTURED = {
    "toeplitz": (s("toeplitz"), (C,)),
    "toeplitz, two": (s("toeplitz"), (C, W)),
    "toeplitz, complex": (complex_of(s("toeplitz")), (C, R)),
    "circulant": (s("circulant"), (W,)),
    "hankel": (s("hankel"), (W,)),
    "hankel, two": (s("hankel"), (C, W)),
    "block_diag": (s("block_diag"), (A, B, V)),
    "leslie": (s("leslie"), (W, V)),
    "fiedler": (s("fiedler"), (W,)),
    "companion": (s("companion"), (W,)),
    "fiedler_companion": (s("fiedler_companion"), (np.array([1.5, -2.0, 0.3, 4.0, 1.0]),)),
    "khatri_rao": (s("khatri_rao"), (B, matrix(4, 2))),
    "convolution_matrix": (lambda a: s("convolution_matrix")(a, 4, "same"), (V,)),
    "diagsvd": (lambda v: s("diagsvd")(v, 3, 4), (V,)),
}
if hasattr(scipy.linalg, "kron"):
    STRUCTURED["kron"] = (s("kron"), (A, B))


@pytest.mark.parametrize("name", STRUCTURED)
def test_structured_matrices(name):
    check(*STRUCTURED[name])


def test_answers_that_are_no_derivatives():
    def f(a):
        order = s("bandwidth")(a)
        assert order == scipy.linalg.bandwidth(da.primal(a))
        assert s("issymmetric")(a) is False
        assert s("ishermitian")(a) is False
        assert s("lstsq")(a, V)[2] == 3
        assert s("pinv")(a, return_rank=True)[1] == 3
        return a[0, 0] * 1.0

    for mode in ("forward", "reverse"):
        da.grad(f, mode=mode)(A)


def test_overwriting_is_not_done():
    a = symmetric(3, 3)
    for f in (
        lambda x: s("inv")(x, True),
        lambda x: s("inv")(x, overwrite_a=True),
        lambda x: s("cholesky")(x, False, True),
        lambda x: s("eigh")(x, overwrite_a=True)[0],
        lambda x: s("svd")(x, overwrite_a=True)[1],
        lambda x: s("solve")(x, V, overwrite_a=True, overwrite_b=True),
    ):
        plain = a.copy()
        got = da.jacobian(lambda x, f=f: f(x) + 0.0 * np.sum(x), mode="forward")(plain)
        np.testing.assert_array_equal(plain, a)
        assert np.isfinite(got).all()


REFUSED = {
    "null_space": lambda a: s("null_space")(a[:1]),
    "orth": lambda a: s("orth")(a),
    "hessenberg": lambda a: s("hessenberg")(a),
    "qz": lambda a: s("qz")(a, a),
    "matrix_balance": lambda a: s("matrix_balance")(a),
    "cossin": lambda a: s("cossin")(a[:2, :2]),
    "expm_cond": lambda a: s("expm_cond")(a),
    "qr_delete": lambda a: s("qr_delete")(a, a, 0),
    "singular circulant": lambda a: s("solve_circulant")(a[0] * 0.0, V, singular="lstsq"),
    "complex schur": lambda a: s("schur")(a, output="complex"),
    "left eigenvectors": lambda a: s("eig")(a, left=True),
    "eigh of type 2": lambda a: s("eigh")(symmetric(3, 3), a @ a.T, type=2),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_refused(name, mode):
    with pytest.raises(NoRuleError, match=r"scipy\.linalg|has no derivative"):
        da.jacobian(REFUSED[name], mode=mode)(A)


def test_errors_are_scipys():
    for f, error in (
        (lambda a: s("solve")(a, np.ones(5)), ValueError),
        (lambda a: s("inv")(a * 0.0), np.linalg.LinAlgError),
        (lambda a: s("expm")(a[:2]), (ValueError, np.linalg.LinAlgError)),
        (lambda a: s("cholesky")(-a), np.linalg.LinAlgError),
        (lambda a: s("solve_sylvester")(a, a, a[:2]), ValueError),
        (lambda a: s("eigh")(a, nonsense=3), TypeError),
        (lambda a: s("inv")(a * np.nan), ValueError),
    ):
        with pytest.raises(error):
            f(A)
        for mode in ("forward", "reverse"):
            with pytest.raises(error):
                da.jacobian(f, mode=mode)(A)
