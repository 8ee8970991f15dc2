"""Code that uses SciPy, as its author wrote it for floats."""

import numpy as np
import pytest
import scipy.fft
import scipy.integrate
import scipy.ndimage
import scipy.signal
import scipy.sparse as sp
import scipy.sparse.linalg as sl
from scipy.signal import lfilter, welch

import dualad as da

RNG = np.random.default_rng(21)
N = 12
X = RNG.uniform(0.5, 1.5, N)
A = sp.csr_array(np.eye(N) * 3.0 + np.diag(np.ones(N - 1), 1))
DENSE = A.toarray()
MATRIX = sp.csc_matrix(A)
OPERATOR = sl.aslinearoperator(A)
FACTOR = sl.splu(MATRIX)
SOLVES = sl.spsolve
SOLVE = sl.factorized(MATRIX)
B, ALPHA = scipy.signal.butter(2, 0.3)
ENDS = np.arange(N)


def heat(v):
    """A work buffer, a sparse operator in a loop, and a solve for each step."""
    u = np.zeros(N)
    u[:] = v
    for _ in range(3):
        u[:] = FACTOR.solve(A @ u + 0.1)
    return np.sum(u**2)


def assembled(v):
    laplacian = sp.diags([v, -np.ones(N - 1)], [0, 1], format="csc") + A
    return np.sum(sl.spsolve(laplacian.tocsc(), np.ones(N)) ** 2)


CASES = {
    "A @ v": lambda v: np.sum((A @ v) ** 2),
    "v @ A": lambda v: np.sum((v @ A) ** 2),
    "A.T @ v": lambda v: np.sum((A.T @ v) ** 2),
    "A.dot(v)": lambda v: np.sum(A.dot(v) ** 2),
    "matrix * v": lambda v: np.sum((MATRIX * v) ** 2),
    "scalar * A": lambda v: np.sum(((v[0] * A) @ v) ** 2),
    "A * scalar": lambda v: np.sum(((A * v[0] + A / v[1]) @ ENDS) ** 2),
    "operator @ v": lambda v: np.sum((OPERATOR @ v) ** 2 + OPERATOR.rmatvec(v)),
    "factor.solve": lambda v: np.sum(FACTOR.solve(v) ** 2),
    "factorized": lambda v: np.sum(SOLVE(v) ** 2),
    "spsolve": lambda v: np.sum(sl.spsolve(MATRIX, v) ** 2),
    "diags": lambda v: np.sum((sp.diags(v) @ ENDS) ** 2),
    "csr_matrix": lambda v: np.sum(sp.csr_matrix((v, (ENDS, ENDS[::-1])), shape=(N, N)) @ v),
    "gmres": lambda v: np.sum(sl.gmres(A, v, rtol=1e-13, atol=0.0)[0] ** 2),
    "expm_multiply": lambda v: np.sum(sl.expm_multiply(A * 0.1, v) ** 2),
    "heat": heat,
    "assembled": assembled,
    "smoothing": lambda v: np.sum(lfilter([1 - v[0]], [1.0, -v[0] / 2], v) ** 2),
    "identity": lambda v: np.sum(SOLVES((sp.identity(N) * 3 - v[0] * sp.eye(N, k=1)).tocsc(), v)),
    "lfilter": lambda v: np.sum(lfilter(B, ALPHA, v) ** 2),
    "welch": lambda v: np.sum(welch(v, nperseg=4)[1]),
    "find_peaks": lambda v: np.sum(v[scipy.signal.find_peaks(v)[0]]),
    "rfft": lambda v: np.sum(np.abs(scipy.fft.rfft(v)) ** 2),
    "dct": lambda v: np.sum(scipy.fft.dct(v, norm="ortho")[:3] ** 2),
    "gaussian_filter": lambda v: np.sum(scipy.ndimage.gaussian_filter(v, 1.5) ** 2),
    "map_coordinates": lambda v: np.sum(scipy.ndimage.map_coordinates(v, [v * 2.3]) ** 2),
    "simpson": lambda v: scipy.integrate.simpson(v**2, x=np.cumsum(v)),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", CASES)
def test_gradients(name, mode):
    f = CASES[name]
    value, slope = da.value_and_grad(f, mode=mode)(X)
    assert value == f(X)
    for _ in range(2):
        d = RNG.standard_normal(N)
        h = 2e-4
        steps = [f(X + k * h * d) for k in (1, -1, 2, -2)]
        want = (8 * (steps[0] - steps[1]) - (steps[2] - steps[3])) / (12 * h)
        np.testing.assert_allclose(slope @ d, want, rtol=1e-7, atol=1e-8)


def test_a_hessian_through_a_sparse_solve():
    got = da.hessian(assembled)(X)

    def dense(v):
        matrix = np.diag(v) - np.eye(N, k=1) + DENSE
        return np.sum(np.linalg.solve(matrix, np.ones(N)) ** 2)

    np.testing.assert_allclose(got, da.hessian(dense)(X), rtol=1e-9, atol=1e-12)
