"""Factorizations: Cholesky, LU, LDL, QR and RQ, the polar and the singular value decomposition.

LU after S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions",
arXiv:1001.1654 (2010). Permutations are constants.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from ..._errors import NoRuleError
from ..._rules._contract import adjoint, conj
from ..._rules._dispatch import dispatched
from ..._rules._row import Differential
from ..._rules._spectral import diagonal, diagonal_matrix, hermitian
from ..._rules._svd import nuclear, singular_values, svd_jvp, svd_vjp, unitary_factor
from .._plain import array, primal, primal_call
from .._standins import Standins, no_rule

Operands = tuple[Any, ...]
ALL = Standins()


# --- Cholesky ----------------------------------------------------------------------------------


def _cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    # SciPy reads the triangle that it answers with.
    full = hermitian(array(a), lower)
    factor = np.linalg.cholesky(full)
    return factor if lower else adjoint(factor)


def _cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    a = array(a)
    factor = _cholesky(a, lower)
    # The other triangle holds the entries of a, as it was.
    return factor + (np.triu(a, 1) if lower else np.tril(a, -1)), lower


def dense(ab: Any, lower: bool) -> Any:
    """The matrix with these bands in one triangle, zeros elsewhere."""
    u, n = ab.shape[0] - 1, ab.shape[1]
    row, column = np.arange(n)[:, None], np.arange(n)
    offset = row - column if lower else column - row
    inside = (offset >= 0) & (offset <= u)
    offset = np.where(inside, offset, 0)
    return np.where(inside, ab[offset if lower else u - offset, column], 0.0)


def bands(a: Any, u: int, lower: bool) -> tuple[Any, Any]:
    """Bands of one triangle of a matrix, and a mask of what lies inside the matrix."""
    n = a.shape[-1]
    column, offset = np.arange(n), np.arange(u + 1)[:, None]
    row = column + offset if lower else column - (u - offset)
    inside = (row >= 0) & (row < n)
    return a[np.where(inside, row, 0), column], inside


def _cholesky_banded(
    ab: Any, overwrite_ab: bool = False, lower: bool = False, check_finite: bool = True
) -> Any:
    ab = array(ab)
    if ab.ndim > 2:
        no_rule(scipy.linalg.cholesky_banded, "of stacks", "one matrix after the other")
    found, inside = bands(_cholesky(dense(ab, lower), lower), ab.shape[0] - 1, lower)
    return np.where(inside, found, ab)


ALL.bodies(
    {
        scipy.linalg.cholesky: _cholesky,
        scipy.linalg.cho_factor: _cho_factor,
        scipy.linalg.cholesky_banded: _cholesky_banded,
    }
)


# --- LU ----------------------------------------------------------------------------------------


@dispatched
def lu_square(a: Any) -> tuple[Any, Any]:
    """L and U of square matrices without pivoting."""
    n = a.shape[-1]
    u = np.array(a, np.result_type(a.dtype, np.float32))
    lower = np.zeros(u.shape, u.dtype)
    for j in range(n):
        lower[..., j, j] = 1.0
        factors = u[..., j + 1 :, j] / u[..., j : j + 1, j]
        lower[..., j + 1 :, j] = factors
        u[..., j + 1 :, j:] -= factors[..., None] * u[..., j : j + 1, j:]
        u[..., j + 1 :, j] = 0.0
    return lower, u


def _lu_jvp(_params: Any, y: Any, _operands: Operands, blocks: Operands) -> tuple[Any, Any]:
    lower, upper = y
    middle = np.matmul(np.matmul(np.linalg.inv(lower), blocks[0]), np.linalg.inv(upper))
    return np.matmul(lower, np.tril(middle, -1)), np.matmul(np.triu(middle), upper)


def _lu_vjp(_params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    lower, upper = y
    middle: Any = 0.0
    if ct[0] is not None:
        middle = np.tril(np.matmul(adjoint(lower), ct[0]), -1)
    if len(ct) > 1 and ct[1] is not None:
        middle = middle + np.triu(np.matmul(ct[1], adjoint(upper)))
    left, right = adjoint(np.linalg.inv(lower)), adjoint(np.linalg.inv(upper))
    return np.matmul(np.matmul(left, middle), right)


def _pivoted(a: Any, order: Any) -> tuple[Any, Any]:
    """L and U of the rows of a in this order; they may be rectangular."""
    a = np.take_along_axis(a, order[..., None], axis=-2)
    m, n = a.shape[-2:]
    k = min(m, n)
    lower, upper = lu_square(a[..., :k, :k])
    if m > k:
        rest = np.matmul(a[..., k:, :], np.linalg.inv(upper))
        lower = np.concatenate((lower, rest), axis=-2)
    if n > k:
        rest = np.matmul(np.linalg.inv(lower), a[..., k:])
        upper = np.concatenate((upper, rest), axis=-1)
    return lower, upper


@dispatched
def _row_order(a: Any) -> Any:
    """The rows of a in the order in which partial pivoting takes them."""
    batch = [scipy.linalg.lu_factor(m)[1] for m in a.reshape((-1, *a.shape[-2:]))]
    orders = []
    for piv in batch:
        order = np.arange(a.shape[-2])
        for i, p in enumerate(piv):
            order[[i, p]] = order[[p, i]]
        orders.append(order)
    return np.array(orders).reshape(a.shape[:-1])


def _lu(
    a: Any,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> Any:
    a = array(a)
    order = _row_order(primal(a))
    lower, upper = _pivoted(a, order)
    if permute_l:
        back = np.argsort(order, axis=-1)
        return np.take_along_axis(lower, back[..., None], axis=-2), upper
    return None, lower, upper


def _lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    a = array(a)
    lower, upper = _pivoted(a, _row_order(primal(a)))
    m, n = a.shape[-2:]
    k = min(m, n)
    lower = np.tril(lower, -1)
    if n > k:
        lower = np.concatenate((lower, np.zeros((*a.shape[:-1], n - k), a.dtype)), axis=-1)
    if m > k:
        rest = np.zeros((*a.shape[:-2], m - k, n), a.dtype)
        upper = np.concatenate((upper, rest), axis=-2)
    return lower + upper, None


def _ldl(
    A: Any,
    lower: bool = True,
    hermitian: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
) -> Any:
    a = array(A)
    factor, d, order = primal_call(scipy.linalg.ldl, a, lower=lower, hermitian=hermitian)
    if np.any(np.asarray(d) != np.diag(np.diag(d))):
        no_rule(scipy.linalg.ldl, "with 2x2 blocks in d", "np.linalg.eigh, or solve")
    half = np.tril(a, -1) if lower else np.triu(a, 1)
    both = half + (adjoint(half) if hermitian else np.swapaxes(half, -1, -2))
    middle = diagonal(a)
    both = both + diagonal_matrix(np.real(middle) if hermitian else middle)
    a = both[np.ix_(order, order)]
    if not lower:  # from the last row to the first
        a = a[::-1, ::-1]
    found, upper = lu_square(a)
    values = diagonal(upper)
    if not lower:
        found, values = found[::-1, ::-1], values[::-1]
    back = np.argsort(order)
    if np.shape(factor) != np.shape(primal(found)):
        raise ValueError("ldl of a square matrix")
    return found[back], diagonal_matrix(values), None


ALL.rows.append(
    Differential(lu_square, lambda a: ((a,), ()), lambda _, a: lu_square(a), _lu_jvp, _lu_vjp)
)
ALL.composed(scipy.linalg.lu, _lu)
ALL.composed(scipy.linalg.lu_factor, _lu_factor)
ALL.composed(scipy.linalg.ldl, _ldl)


# --- QR ----------------------------------------------------------------------------------------


def _qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    a = array(a)
    if pivoting:
        if a.ndim > 2:
            no_rule(scipy.linalg.qr, "with pivoting of stacks", "one matrix after the other")
        order = np.asarray(primal_call(scipy.linalg.qr, a, mode="r", pivoting=True)[-1])
        a = a[:, order]
    found = _qr_of(a, mode)
    return (*found, None) if pivoting else found


def _qr_of(a: Any, mode: str) -> tuple[Any, ...]:
    m, n = a.shape[-2:]
    if mode == "economic":
        return tuple(np.linalg.qr(a))
    if mode == "raw":
        h, tau = np.linalg.qr(a, mode="raw")
        return (np.swapaxes(h, -1, -2), tau), np.triu(np.swapaxes(h, -1, -2))[..., : min(m, n), :]
    if mode == "r":
        r: Any = np.linalg.qr(a, mode="r")
        if m > n:
            r = np.concatenate((r, np.zeros((*a.shape[:-2], m - n, n), a.dtype)), axis=-2)
        return (r,)
    return tuple(np.linalg.qr(a, mode="complete"))


def _rq(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    check_finite: bool = True,
) -> Any:
    """RQ of a is QR of its adjoint, with rows and columns in reverse order."""
    a = array(a)
    turned = adjoint(a[..., ::-1, :])
    found = np.linalg.qr(turned, mode="complete" if mode == "full" else "reduced")
    if mode == "r":
        found = np.linalg.qr(turned, mode="complete")
    q, r = found
    r = adjoint(r)[..., ::-1, ::-1]
    q = adjoint(q)[..., ::-1, :]
    # LAPACK's signs of single rows differ; they do not change.
    wanted = primal_call(scipy.linalg.rq, a, mode="full" if mode == "r" else mode)[1]
    sign = np.sign(np.sum(np.real(np.conj(wanted) * primal(q)), axis=-1))
    r, q = r * sign[..., None, :], q * sign[..., :, None]
    return r if mode == "r" else (r, q)


def _qr_multiply(
    a: Any,
    c: Any,
    mode: str = "right",
    pivoting: bool = False,
    conjugate: bool = False,
    overwrite_a: bool = False,
    overwrite_c: bool = False,
) -> Any:
    a, c = array(a), array(c)
    if pivoting or a.ndim > 2 or a.shape[0] < a.shape[1]:
        no_rule(
            scipy.linalg.qr_multiply,
            "with pivoting, of wide matrices or of stacks",
            "q, r = scipy.linalg.qr(a, mode='economic')",
        )
    q, r = np.linalg.qr(a)
    q = conj(q) if conjugate else q
    return (np.matmul(q, c) if mode == "left" else np.matmul(c, q)), r


ALL.composed(scipy.linalg.qr, _qr)
ALL.composed(scipy.linalg.rq, _rq)
ALL.composed(scipy.linalg.qr_multiply, _qr_multiply)


# --- singular values ---------------------------------------------------------------------------


@dispatched
def _svd_of(a: Any, full: bool, driver: str) -> Any:
    """SciPy's decomposition, whose vectors may differ from NumPy's in sign."""
    return scipy.linalg.svd(a, full_matrices=full, lapack_driver=driver)


vars(_svd_of)["vectors_of"] = "general"  # for repeated singular values


def _svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    a = array(a)
    return _svd_of(a, full_matrices, lapack_driver) if compute_uv else singular_values(a)


def _svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    return singular_values(array(a))


def _polar(a: Any, side: str = "right") -> Any:
    a = array(a)
    u = unitary_factor(a)
    p = np.matmul(adjoint(u), a) if side == "right" else np.matmul(a, adjoint(u))
    return u, p


def _orthogonal_procrustes(A: Any, B: Any, check_finite: bool = True) -> Any:
    product = np.matmul(adjoint(array(A)), array(B))
    return unitary_factor(product), nuclear(product)


def _subspace_angles(A: Any, B: Any) -> Any:
    """After A. Knyazev, M. Argentati, SIAM J. Sci. Comput. 23 (2002), as SciPy does it."""
    a, b = (np.linalg.qr(array(x))[0] for x in (A, B))
    for q in (a, b):
        if q.shape[-2] < q.shape[-1]:
            raise NoRuleError(
                "scipy.linalg.subspace_angles of more columns than rows has no derivative rule"
            )
    if a.shape[-1] < b.shape[-1]:
        a, b = b, a
    inner = np.matmul(adjoint(a), b)
    cosines = singular_values(inner)
    sines = np.clip(singular_values(b - np.matmul(a, inner)), -1.0, 1.0)
    small = primal(cosines * cosines) >= 0.5
    tangents = np.arcsin(np.where(small, sines[..., ::-1], 0.5))
    return np.where(small, tangents, np.arccos(np.clip(np.where(small, 0.5, cosines), -1.0, 1.0)))[
        ..., ::-1
    ]


ALL.rows.append(
    Differential(
        _svd_of,
        lambda a, full, driver: ((a,), (bool(full), driver)),
        lambda params, a: _svd_of(a, *params),
        svd_jvp,
        svd_vjp,
    )
)
ALL.bodies(
    {
        scipy.linalg.svd: _svd,
        scipy.linalg.svdvals: _svdvals,
        scipy.linalg.polar: _polar,
        scipy.linalg.orthogonal_procrustes: _orthogonal_procrustes,
        scipy.linalg.subspace_angles: _subspace_angles,
    }
)
