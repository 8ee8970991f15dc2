"""`eigh`, `eig`, `svd`, `cholesky` and `qr` in every mode, as NumPy executes them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.machines import FIRST
from tests.rules.linalg_cases import (
    FEW_SECOND,
    QUICK_FIRST,
    QUICK_SECOND,
    antisymmetric,
    check_first,
    check_second,
    check_value,
    matrix,
    symmetric,
)

la = np.linalg


def complex_of(f):
    return lambda x, y: f(x + 1j * y)


def hermitian_point(n):
    return symmetric(n, n), antisymmetric(n)


CASES = {
    "eigh": (la.eigh, (symmetric(3, 3),)),
    "eigh, upper": (lambda a: la.eigh(a, "U"), (symmetric(3, 3, seed=3),)),
    "eigh, only the triangle counts": (la.eigh, (matrix(3, 3),)),
    "eigh, stack": (la.eigh, (symmetric(2, 2, 2),)),
    "eigh, 1x1": (la.eigh, (np.array([[2.0]]),)),
    "eigh, complex": (complex_of(la.eigh), hermitian_point(3)),
    "eigh, complex, upper": (complex_of(lambda a: la.eigh(a, "U")), hermitian_point(3)),
    "eigh, vectors alone": (lambda a: la.eigh(a)[1], (symmetric(3, 3),)),
    "eigh, values alone": (lambda a: la.eigh(a).eigenvalues, (symmetric(3, 3),)),
    "eigvalsh": (la.eigvalsh, (symmetric(3, 3),)),
    "eigvalsh, upper": (lambda a: la.eigvalsh(a, UPLO="U"), (matrix(3, 3),)),
    "eigvalsh, stack": (la.eigvalsh, (symmetric(2, 3, 3),)),
    "eigvalsh, complex": (complex_of(la.eigvalsh), hermitian_point(3)),
    "eig": (la.eig, (matrix(3, 3),)),
    "eig, stack": (la.eig, (matrix(2, 2, 2),)),
    "eig, pairs": (la.eig, (np.array([[1.0, -2.0, 0.3], [1.5, 0.8, 0.1], [0.2, 0.4, 3.0]]),)),
    "eig, complex": (complex_of(la.eig), (matrix(3, 3), matrix(3, 3, seed=5))),
    "eigvals": (la.eigvals, (matrix(3, 3),)),
    "eigvals, pairs": (la.eigvals, (np.array([[1.0, -2.0], [1.5, 0.8]]),)),
    "eigvals, complex": (complex_of(la.eigvals), (matrix(3, 3), matrix(3, 3, seed=5))),
    "svd": (la.svd, (matrix(3, 3),)),
    "svd, reduced, tall": (lambda a: la.svd(a, full_matrices=False), (matrix(4, 2),)),
    "svd, reduced, wide": (lambda a: la.svd(a, full_matrices=False), (matrix(2, 4),)),
    "svd, full, tall": (la.svd, (matrix(3, 2),)),
    "svd, full, wide": (la.svd, (matrix(2, 3),)),
    "svd, stack": (la.svd, (matrix(2, 2, 2),)),
    "svd, 1x1": (la.svd, (np.array([[-2.0]]),)),
    "svd, complex": (complex_of(la.svd), (matrix(3, 3), matrix(3, 3, seed=5))),
    "svd, complex, tall": (
        complex_of(lambda a: la.svd(a, full_matrices=False)),
        (matrix(3, 2), matrix(3, 2, seed=5)),
    ),
    "svd, complex, wide": (
        complex_of(lambda a: la.svd(a, full_matrices=False)),
        (matrix(2, 3), matrix(2, 3, seed=5)),
    ),
    "svd, complex, very wide": (
        complex_of(lambda a: la.svd(a, full_matrices=False)),
        (matrix(1, 12), matrix(1, 12, seed=5)),
    ),
    "svd, full, basis of the complement": (
        lambda a: (lambda u: u[:, 2:] @ u[:, 2:].T)(la.svd(a)[0]),
        (matrix(3, 2),),
    ),
    "svd without vectors": (lambda a: la.svd(a, compute_uv=False), (matrix(3, 2),)),
    "svd, hermitian": (lambda a: la.svd(a, hermitian=True), (symmetric(3, 3) - np.eye(3),)),
    "svd, hermitian, values": (
        lambda a: la.svd(a, compute_uv=False, hermitian=True),
        (symmetric(3, 3) - np.eye(3),),
    ),
    "svdvals": (la.svdvals, (matrix(2, 2, 3),)),
    "cholesky": (la.cholesky, (symmetric(3, 3),)),
    "cholesky, upper": (lambda a: la.cholesky(a, upper=True), (symmetric(3, 3),)),
    "cholesky, stack": (la.cholesky, (symmetric(2, 2, 2),)),
    "cholesky, complex": (complex_of(la.cholesky), hermitian_point(3)),
    "cholesky, complex, upper": (
        complex_of(lambda a: la.cholesky(a, upper=True)),
        hermitian_point(3),
    ),
    "qr": (la.qr, (matrix(3, 3),)),
    "qr, tall": (la.qr, (matrix(4, 2),)),
    "qr, wide": (la.qr, (matrix(2, 4),)),
    "qr, stack": (la.qr, (matrix(2, 3, 2),)),
    "qr, r": (lambda a: la.qr(a, "r"), (matrix(3, 2),)),
    "qr, complete": (lambda a: la.qr(a, mode="complete"), (matrix(4, 2),)),
    "qr, complete, stack": (lambda a: la.qr(a, mode="complete"), (matrix(2, 3, 1),)),
    "qr, raw": (lambda a: la.qr(a, mode="raw"), (matrix(3, 2),)),
    "qr, raw, square": (lambda a: la.qr(a, mode="raw"), (matrix(3, 3),)),
    "qr, raw, wide": (lambda a: la.qr(a, mode="raw"), (matrix(2, 3),)),
    "qr, complex": (complex_of(la.qr), (matrix(3, 3), matrix(3, 3, seed=5))),
    "qr, complex, wide": (complex_of(la.qr), (matrix(2, 3), matrix(2, 3, seed=5))),
    "qr, complex, complete": (
        complex_of(lambda a: la.qr(a, mode="complete")),
        (matrix(3, 2), matrix(3, 2, seed=5)),
    ),
    "qr, complex, raw": (
        complex_of(lambda a: la.qr(a, mode="raw")),
        (matrix(3, 2), matrix(3, 2, seed=5)),
    ),
}
THOROUGH = ("eigh", "svd", "svd, complex", "qr, complete", "eig", "cholesky")


@pytest.mark.parametrize("name", CASES)
def test_first_derivatives(name):
    f, point = CASES[name]
    machines = tuple(FIRST) if name in THOROUGH else QUICK_FIRST
    check_first(f, point, machines)


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives(name):
    check_second(*CASES[name], QUICK_SECOND if name in THOROUGH else FEW_SECOND)


@pytest.mark.parametrize("name", CASES)
def test_value_is_numpys_own(name):
    check_value(*CASES[name])
