"""Linear systems, inverses, determinants and norms; systems with bands, Toeplitz and circulant.

Where SciPy reads one triangle or some diagonals of a matrix, so does the derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from ..._rules._contract import adjoint, conj
from ..._rules._inverses import pseudo_inverse
from ..._rules._spectral import diagonal, diagonal_matrix, hermitian
from ..._rules._svd import singular_values
from .._banded import banded_solve, shifted, transposed
from .._plain import array, primal
from .._standins import Standins, no_rule
from ._structured import toeplitz_of

ALL = Standins()


# --- general and structured matrices -----------------------------------------------------------


def _symmetric(a: Any, lower: bool) -> Any:
    half = np.tril(a, -1) if lower else np.triu(a, 1)
    return half + np.swapaxes(half, -1, -2) + diagonal_matrix(diagonal(a))


def _read(a: Any, assume_a: Any, lower: bool) -> Any:
    """The matrix that SciPy sees under an assumption."""
    a = array(a)
    if assume_a in (None, "gen", "general", "banded"):
        return a
    if assume_a in ("pos", "positive definite", "her", "hermitian"):
        return hermitian(a, lower)
    if assume_a in ("sym", "symmetric"):
        return _symmetric(a, lower)
    if assume_a == "diagonal":
        return diagonal_matrix(diagonal(a))
    if assume_a == "upper triangular":
        return np.triu(a)
    if assume_a == "lower triangular":
        return np.tril(a)
    if assume_a != "tridiagonal":
        no_rule(scipy.linalg.solve, f"with assume_a={assume_a!r}", "assume_a='gen'")
    return np.triu(np.tril(a, 1), -1)


def _solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: Any = None,
    transposed: bool = False,
) -> Any:
    a = _read(a, assume_a, lower)
    return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, array(b))


def _inv(
    a: Any,
    overwrite_a: bool = False,
    check_finite: bool = True,
    *,
    assume_a: Any = None,
    lower: bool = False,
) -> Any:
    return np.linalg.inv(_read(a, assume_a, lower))


def _det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    return np.linalg.det(array(a))


def _norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    return np.linalg.norm(array(a), ord, axis, keepdims)


def _triangular(a: Any, b: Any, lower: bool, unit: bool, trans: Any) -> Any:
    part = np.tril(a) if lower else np.triu(a)
    if unit:
        eye = np.eye(a.shape[-1], dtype=bool)
        part = np.where(eye, 1.0, part)
    if trans in (1, "T"):
        part = np.swapaxes(part, -1, -2)
    elif trans in (2, "C"):
        part = adjoint(part)
    return np.linalg.solve(part, b)


def _solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    return _triangular(array(a), array(b), lower, unit_diagonal, trans)


def _cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    c, lower = c_and_lower
    c, b = array(c), array(b)
    if lower:
        return _triangular(c, _triangular(c, b, True, False, 0), True, False, 2)
    return _triangular(c, _triangular(c, b, False, False, 2), False, False, 0)


def _lu_solve(
    lu_and_piv: Any, b: Any, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    lu, b = array(lu_and_piv[0]), array(b)
    if lu.ndim > 2:
        no_rule(scipy.linalg.lu_solve, "of stacks", "one matrix after the other")
    order = np.arange(lu.shape[0])
    for i, p in enumerate(np.asarray(lu_and_piv[1])):
        order[[i, p]] = order[[p, i]]
    if trans == 0:
        return _triangular(lu, _triangular(lu, b[order], True, True, 0), False, False, 0)
    x = _triangular(lu, _triangular(lu, b, False, False, trans), True, True, trans)
    return x[np.argsort(order)]


ALL.bodies(
    {
        scipy.linalg.solve: _solve,
        scipy.linalg.inv: _inv,
        scipy.linalg.det: _det,
        scipy.linalg.norm: _norm,
        scipy.linalg.solve_triangular: _solve_triangular,
        scipy.linalg.cho_solve: _cho_solve,
        scipy.linalg.lu_solve: _lu_solve,
    }
)


# --- least squares and pseudo-inverses ---------------------------------------------------------


def _lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    lapack_driver: Any = None,
) -> Any:
    a, b = array(a), array(b)
    if a.ndim > 2:
        no_rule(scipy.linalg.lstsq, "of stacks", "one system after the other")
    m, n = a.shape
    cut = np.finfo(np.result_type(a.dtype, np.float32)).eps if cond is None else cond
    s = singular_values(a)
    rank = int(np.count_nonzero(primal(s) > cut * primal(s)[:1]))
    x = np.matmul(pseudo_inverse(a, np.asarray(cut)), b)
    residues: Any = np.zeros(0)
    if rank == n < m:
        rest = b - np.matmul(a, x)
        residues = np.sum(np.real(conj(rest) * rest), axis=0)
    return x, residues, rank, None if lapack_driver == "gelsy" else s


def _pinv(
    a: Any,
    *,
    atol: Any = None,
    rtol: Any = None,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    a = array(a)
    s = primal(singular_values(a))
    top = np.max(s, axis=-1, initial=0.0)
    relative = max(a.shape[-2:]) * np.finfo(s.dtype).eps if rtol is None else rtol
    cut = relative + (0.0 if atol is None else atol / np.where(top == 0, 1.0, top))
    y = pseudo_inverse(a, np.asarray(cut))
    return (y, None) if return_rank else y


def _pinvh(
    a: Any,
    atol: Any = None,
    rtol: Any = None,
    lower: bool = True,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    return _pinv(hermitian(array(a), lower), atol=atol, rtol=rtol, return_rank=return_rank)


ALL.bodies(
    {
        scipy.linalg.lstsq: _lstsq,
        scipy.linalg.pinv: _pinv,
        scipy.linalg.pinvh: _pinvh,
    }
)


# --- bands -------------------------------------------------------------------------------------


def _of_matrix(fn: Any, *operands: Any) -> None:
    if operands[0].ndim > 2:
        no_rule(fn, "of stacks", "one system after the other")


def both_triangles(ab: Any, lower: bool) -> Any:
    """All bands of a Hermitian matrix of which one triangle is given."""
    u = ab.shape[0] - 1
    below, above = [], []
    for d in range(1, u + 1):
        row = ab[d] if lower else ab[u - d]
        below.append(row if lower else conj(shifted(row, d)))
        above.append(conj(shifted(row, -d)) if lower else row)
    middle = ab[0] if lower else ab[u]
    middle = np.real(middle) + 0.0 * middle if ab.dtype.kind == "c" else middle
    return np.stack([*above[::-1], middle, *below])


def _solve_banded(
    l_and_u: Any,
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    ab, b = array(ab), array(b)
    _of_matrix(scipy.linalg.solve_banded, ab)
    return banded_solve((int(l_and_u[0]), int(l_and_u[1])), ab, b)


def _solveh_banded(
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    lower: bool = False,
    check_finite: bool = True,
) -> Any:
    ab, b = array(ab), array(b)
    _of_matrix(scipy.linalg.solveh_banded, ab)
    u = ab.shape[0] - 1
    return banded_solve((u, u), both_triangles(ab, lower), b)


def _cho_solve_banded(
    cb_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    cb, lower = cb_and_lower
    cb, b = array(cb), array(b)
    _of_matrix(scipy.linalg.cho_solve_banded, cb)
    u = cb.shape[0] - 1
    bands = (u, 0) if lower else (0, u)
    other = conj(transposed(bands, cb))
    first, second = (cb, other) if lower else (other, cb)
    return banded_solve((0, u), second, banded_solve((u, 0), first, b))


ALL.bodies(
    {
        scipy.linalg.solve_banded: _solve_banded,
        scipy.linalg.solveh_banded: _solveh_banded,
        scipy.linalg.cho_solve_banded: _cho_solve_banded,
    }
)


# --- Toeplitz and circulant --------------------------------------------------------------------


def _from_pair(c_or_cr: Any) -> Any:
    if isinstance(c_or_cr, tuple):
        return toeplitz_of(*c_or_cr)
    return toeplitz_of(c_or_cr)


def _solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    b = array(b)
    t = _from_pair(c_or_cr)
    x = np.linalg.solve(t, np.reshape(b, (t.shape[0], -1)))
    return np.reshape(x, b.shape)


def _matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: bool = False, workers: Any = None) -> Any:
    x, t = array(x), _from_pair(c_or_cr)
    y = np.matmul(t, np.reshape(x, (x.shape[0], -1)))
    return np.reshape(y, (t.shape[0], *x.shape[1:]))


def _solve_circulant(
    c: Any,
    b: Any,
    singular: str = "raise",
    tol: Any = None,
    caxis: int = -1,
    baxis: int = 0,
    outaxis: int = 0,
) -> Any:
    c, b = array(c), array(b)
    fc = np.fft.fft(np.moveaxis(c, caxis, -1), axis=-1)
    size = np.abs(primal(fc))
    bound = size.max() * size.shape[-1] * np.finfo(np.float64).eps if tol is None else tol
    if singular != "raise" and np.any(size <= bound):
        no_rule(scipy.linalg.solve_circulant, "of a singular matrix", "np.linalg.pinv")
    x = np.fft.ifft(np.fft.fft(np.moveaxis(b, baxis, -1), axis=-1) / fc, axis=-1)
    if c.dtype.kind != "c" and b.dtype.kind != "c":
        x = np.real(x)
    return np.moveaxis(x, -1, outaxis)


ALL.bodies(
    {
        scipy.linalg.solve_toeplitz: _solve_toeplitz,
        scipy.linalg.matmul_toeplitz: _matmul_toeplitz,
        scipy.linalg.solve_circulant: _solve_circulant,
    }
)

__all__ = ["ALL", "both_triangles"]
