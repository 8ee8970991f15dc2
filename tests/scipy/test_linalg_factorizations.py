"""`scipy.linalg`: factorizations and eigenvalue problems."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import dualad as da
from dualad import NoRuleError
from tests.rules.linalg_cases import (
    QUICK_FIRST,
    antisymmetric,
    check_first,
    check_undefined,
    matrix,
    symmetric,
)
from tests.scipy.linalg_checks import check, complex_of, s

A, TALL, WIDE = matrix(3, 3), matrix(3, 2, seed=4), matrix(2, 3, seed=4)
SHUFFLED = A[[2, 0, 1]]
P = symmetric(3, 3)
HERMITIAN = (P, antisymmetric(3))
SECOND = symmetric(3, 3, seed=6)
BAND = np.array([[0.3, 0.2, -0.4, 0.1], [3.0, 4.0, 5.5, 7.0]])
REAL = matrix(3, 3, seed=2)


def first_two(out):
    return out[0], out[1]


def scaled(out):
    """Eigenvectors whose first entry is 1: SciPy's signs change from point to point."""
    w, v = out
    return w, v / v[0]


FACTORS = {
    "cholesky": (s("cholesky"), (P + 0.1 * A,)),
    "cholesky, lower": (lambda a: s("cholesky")(a, lower=True), (P + 0.1 * A,)),
    "cholesky, complex": (complex_of(s("cholesky")), HERMITIAN),
    "cho_factor": (lambda a: s("cho_factor")(a)[0], (P + 0.1 * A,)),
    "cho_factor, lower": (lambda a: s("cho_factor")(a, True)[0], (P + 0.1 * A,)),
    "lu": (lambda a: s("lu")(a)[1:], (SHUFFLED,)),
    "lu, tall": (lambda a: s("lu")(a)[1:], (TALL[::-1].copy(),)),
    "lu, wide": (lambda a: s("lu")(a)[1:], (WIDE[::-1].copy(),)),
    "lu, permuted": (lambda a: s("lu")(a, permute_l=True), (SHUFFLED,)),
    "lu, indices": (lambda a: s("lu")(a, p_indices=True)[1:], (SHUFFLED,)),
    "lu, complex": (complex_of(lambda a: s("lu")(a)[1:]), (SHUFFLED, 0.1 * P)),
    "lu_factor": (lambda a: s("lu_factor")(a)[0], (SHUFFLED,)),
    "lu_factor, tall": (lambda a: s("lu_factor")(a)[0], (TALL[::-1].copy(),)),
    "lu_factor, wide": (lambda a: s("lu_factor")(a)[0], (WIDE[::-1].copy(),)),
    "ldl": (lambda a: first_two(s("ldl")(a)), (P + 0.1 * A,)),
    "ldl, upper": (lambda a: first_two(s("ldl")(a, lower=False)), (P + 0.1 * A,)),
    "ldl, complex": (
        complex_of(lambda a: first_two(s("ldl")(a + np.conj(a.T)))),
        (P, antisymmetric(3)),
    ),
    "ldl, symmetric": (
        complex_of(lambda a: first_two(s("ldl")(a, hermitian=False))),
        (P, 0.2 * A),
    ),
    "qr": (s("qr"), (A,)),
    "qr, tall": (s("qr"), (TALL,)),
    "qr, wide": (s("qr"), (WIDE,)),
    "qr, economic": (lambda a: s("qr")(a, mode="economic"), (TALL,)),
    "qr, r": (lambda a: s("qr")(a, mode="r"), (TALL,)),
    "qr, raw": (lambda a: (lambda o: (*o[0], o[1]))(s("qr")(a, mode="raw")), (TALL,)),
    "qr, pivoting": (lambda a: first_two(s("qr")(a, pivoting=True)), (SHUFFLED,)),
    "qr, complex": (complex_of(s("qr")), (TALL, 0.2 * TALL[::-1])),
    "rq": (s("rq"), (A,)),
    "rq, wide": (s("rq"), (WIDE,)),
    "rq, economic": (lambda a: s("rq")(a, mode="economic"), (WIDE,)),
    "rq, r": (lambda a: s("rq")(a, mode="r"), (A,)),
    "rq, complex": (complex_of(s("rq")), (A, 0.2 * SHUFFLED)),
    "qr_multiply": (s("qr_multiply"), (TALL, matrix(2, 3))),
    "qr_multiply, left": (lambda a, c: s("qr_multiply")(a, c, "left"), (TALL, matrix(2, 3))),
    "svd": (s("svd"), (A,)),
    "svd, reduced": (lambda a: s("svd")(a, full_matrices=False), (TALL,)),
    "svd, gesvd": (lambda a: s("svd")(a, lapack_driver="gesvd"), (A,)),
    "svd, complex": (complex_of(s("svd")), (A, 0.2 * SHUFFLED)),
    "svd, values": (lambda a: s("svd")(a, compute_uv=False), (TALL,)),
    "svdvals": (s("svdvals"), (WIDE,)),
    "polar": (s("polar"), (A,)),
    "polar, left": (lambda a: s("polar")(a, side="left"), (A,)),
    "polar, tall": (s("polar"), (TALL,)),
    "polar, wide": (s("polar"), (WIDE,)),
    "polar, complex": (complex_of(s("polar")), (A, 0.2 * SHUFFLED)),
    "orthogonal_procrustes": (s("orthogonal_procrustes"), (A, SHUFFLED + P)),
    "subspace_angles": (s("subspace_angles"), (matrix(4, 2), matrix(4, 2, seed=8))),
    "subspace_angles, other sizes": (s("subspace_angles"), (matrix(4, 1), matrix(4, 2, seed=8))),
}


@pytest.mark.parametrize("name", FACTORS)
def test_factorizations(name):
    check(*FACTORS[name])


EIGEN = {
    "eigh": (lambda a: scaled(s("eigh")(a)), (P + 0.1 * A,)),
    "eigh, upper": (lambda a: scaled(s("eigh")(a, lower=False)), (P + 0.1 * A,)),
    "eigh, values": (lambda a: s("eigh")(a, eigvals_only=True), (P,)),
    "eigh, subset": (lambda a: s("eigh")(a, subset_by_index=(1, 2)), (P,)),
    "eigh, subset by value": (lambda a: s("eigh")(a, subset_by_value=(-1.0, 6.0)), (P,)),
    "eigh, driver": (lambda a: s("eigh")(a, driver="evd"), (P,)),
    "eigh, complex": (complex_of(lambda a: scaled(s("eigh")(a))), HERMITIAN),
    "eigh, complex, driver": (complex_of(lambda a: s("eigh")(a, driver="evd")), HERMITIAN),
    "eigh, generalized": (s("eigh"), (P + 0.1 * A, SECOND + 0.1 * A)),
    "eigh, generalized, upper": (
        lambda a, b: s("eigh")(a, b, lower=False),
        (P + 0.1 * A, SECOND + 0.1 * A),
    ),
    "eigh, generalized, subset": (
        lambda a, b: s("eigh")(a, b, subset_by_index=(0, 0)),
        (P, SECOND),
    ),
    "eigh, one of both": (lambda b: s("eigh")(P, b), (SECOND,)),
    "eigh, generalized, complex": (
        lambda x, y, b: s("eigh")(x + 1j * y, b),
        (*HERMITIAN, SECOND),
    ),
    "eigvalsh": (s("eigvalsh"), (P,)),
    "eigvalsh, generalized": (s("eigvalsh"), (P, SECOND)),
    "eigvalsh, subset": (lambda a: s("eigvalsh")(a, subset_by_index=[0, 1]), (P,)),
    "eigh_tridiagonal": (s("eigh_tridiagonal"), (np.array([1.0, 3.0, 6.0]), np.array([0.4, -0.3]))),
    "eigh_tridiagonal, select": (
        lambda d, e: s("eigh_tridiagonal")(d, e, select="i", select_range=(1, 2)),
        (np.array([1.0, 3.0, 6.0]), np.array([0.4, -0.3])),
    ),
    "eigvalsh_tridiagonal": (
        s("eigvalsh_tridiagonal"),
        (np.array([1.0, 3.0, 6.0]), np.array([0.4, -0.3])),
    ),
    "eig_banded": (s("eig_banded"), (BAND,)),
    "eig_banded, lower": (lambda ab: s("eig_banded")(ab, lower=True), (BAND[::-1].copy(),)),
    "eigvals_banded": (s("eigvals_banded"), (BAND,)),
    "eig": (s("eig"), (REAL,)),
    "eig, pairs": (s("eig"), (np.array([[1.0, -2.0], [1.5, 0.8]]),)),
    "eig, complex": (complex_of(s("eig")), (REAL, 0.2 * A)),
    "eig, without vectors": (lambda a: s("eig")(a, right=False), (REAL,)),
    "eig, generalized": (s("eig"), (P, SECOND)),
    "eigvals": (s("eigvals"), (np.array([[1.0, -2.0], [1.5, 0.8]]),)),
    "eigvals, generalized": (s("eigvals"), (A, SHUFFLED + P)),
    "eigvals, complex": (complex_of(s("eigvals")), (REAL, 0.2 * A)),
    "schur": (s("schur"), (REAL,)),
    "schur, 4": (s("schur"), (matrix(4, 4),)),
    "schur, sorted": (lambda a: first_two(s("schur")(a, sort="rhp")), (REAL - 1.5 * np.eye(3),)),
    "schur, 1x1": (s("schur"), (np.array([[2.0]]),)),
}


@pytest.mark.parametrize("name", EIGEN)
def test_eigenvalue_problems(name):
    check(*EIGEN[name])


def test_repeated_eigenvalues():
    """As with NumPy: symmetric functions of the values are right, vectors are refused."""
    for name in ("eigvalsh", "svdvals"):
        check_first(lambda a, name=name: np.sum(np.exp(s(name)(a))), (np.eye(3),), QUICK_FIRST[:3])
    f = lambda a: s("eigh")(a, eigvals_only=True, subset_by_index=(1, 1))[0]
    np.testing.assert_allclose(da.grad(f, mode="reverse")(np.eye(3)), np.eye(3) / 3)
    f = lambda a: np.sum(s("eigh")(a)[1][:, 0])
    check_undefined(lambda: da.grad(f, mode="forward")(np.eye(3)))
    with pytest.raises(NoRuleError, match="repeated"):
        da.grad(f, mode="reverse")(np.eye(3))


def test_what_is_not_well_defined_is_refused():
    rotation = np.array([[0.3, -1.0], [0.8, 0.4]])
    indefinite = np.array([[0.0, 1.0], [1.0, 0.0]])
    for f, a in (
        (s("schur"), rotation),
        (s("schur"), np.eye(2)),
        (s("ldl"), indefinite),
        (lambda x: s("eig")(x, rotation), np.eye(2)),
        (s("polar"), np.zeros((2, 2))),
    ):
        for mode in ("forward", "reverse"):
            with pytest.raises(NoRuleError):
                da.jacobian(lambda x, f=f: f(x)[0] + f(x)[1], mode=mode)(a)


def test_constants_of_factorizations():
    def f(a):
        p, lower, _ = s("lu")(a)
        assert type(p) is np.ndarray
        np.testing.assert_array_equal(p, scipy.linalg.lu(SHUFFLED)[0])
        assert s("cho_factor")(a @ a.T)[1] is False
        assert s("lu_factor")(a)[1].dtype == scipy.linalg.lu_factor(SHUFFLED)[1].dtype
        np.testing.assert_array_equal(
            s("qr")(a, pivoting=True)[2], scipy.linalg.qr(SHUFFLED, pivoting=True)[2]
        )
        return lower

    for mode in ("forward", "reverse"):
        da.jacobian(f, mode=mode)(SHUFFLED)
