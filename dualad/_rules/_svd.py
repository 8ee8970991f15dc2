"""The rows of `svd` and `svdvals`, of the nuclear norm, and of the unitary factor behind it.

Rules after M. Giles (2008), section 3.3, and Z. Wan, S. Zhang, "Automatic differentiation for
complex valued SVD", arXiv:1909.02659 (2019), with the phases that LAPACK gives. A singular value 0
has derivative 0, as `abs` and `norm` do. The nuclear norm is differentiated through the polar
decomposition, which needs no singular vectors (N. Higham, "Functions of Matrices", SIAM 2008,
chapter 8), so repeated singular values do no harm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import adjoint, align, column, conj, operand, unbroadcast
from ._dispatch import dispatched
from ._row import Composed, Differential, Flat, Row
from ._spectral import (
    averaged,
    clusters,
    diagonal,
    diagonal_matrix,
    reached,
    real_row,
    refuse_cluster,
    turned,
    unless_split,
)

Operands = tuple[Any, ...]
_VECTORS = "singular vectors"


@dispatched
def decomposition(a: Any, full: bool) -> Any:
    """`np.linalg.svd` with vectors."""
    return np.linalg.svd(a, full_matrices=full)


@dispatched
def singular_values(a: Any) -> Any:
    """The singular values of a, in descending order."""
    return np.linalg.svd(a, compute_uv=False)


def _one(a: Any) -> tuple[tuple[Any], tuple[()]]:
    return (operand(a),), ()


def _svd_prepare(a: Any, full: bool) -> tuple[tuple[Any], Any]:
    return (operand(a),), (bool(full),)


# --- singular values ---------------------------------------------------------------------------


@dispatched
def _vanishing(s: Any, ratio: float = 1.0) -> Any:
    """Which singular values are 0 but for rounding; None where none is."""
    s = np.asarray(s)
    if s.size == 0:
        return None
    zero = s <= ratio * 16.0 * s.shape[-1] * np.finfo(s.dtype).eps * s[..., :1]
    return zero if zero.any() else None


def _shared(ds: Any, s: Any) -> Any:
    """Tangents or cotangents of singular values: the mean over clusters, 0 at zeros."""
    ds = averaged(ds, clusters(s, True))
    zero = _vanishing(s)
    return ds if zero is None else np.where(zero, 0.0, ds)


def _values_jvp(_params: Any, s: Any, operands: Operands, blocks: Operands) -> Any:
    u, _, vh = decomposition(operands[0], False)
    moved = np.matmul(blocks[0], adjoint(vh))
    return _shared(np.real(np.sum(conj(u) * moved, axis=-2)), s)


def _values_vjp(_params: Any, s: Any, operands: Operands, ct: Any, _i: int) -> Any:
    u, _, vh = decomposition(operands[0], False)
    return np.matmul(u * column(_shared(np.real(ct), s), -2), vh)


# --- singular vectors --------------------------------------------------------------------------


def _thin(y: Any) -> tuple[Any, Any, Any, Any, Any]:
    """(u, s, v, rest of u, rest of v): the parts of a full or of a reduced decomposition."""
    u, s, vh = y
    v, k = adjoint(vh), s.shape[-1]
    rest_u = u[..., k:] if u.shape[-1] > k else None
    rest_v = v[..., k:] if v.shape[-1] > k else None
    return u[..., :k], s, v[..., :k], rest_u, rest_v


def _factors(s: Any, same: Any) -> tuple[Any, Any]:
    """1 / (s_j^2 - s_i^2) at [i, j] (0 in clusters), and 1 / s (0 where s is 0)."""
    near = np.eye(s.shape[-1], dtype=bool) if same is None else same
    gap = (column(s, -2) - column(s, -1)) * (column(s, -2) + column(s, -1))
    zero = _vanishing(s)
    if zero is None:
        inverse = 1.0 / s
    else:
        inverse = np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, s))
    return np.where(near, 0.0, 1.0 / np.where(near, 1.0, gap)), inverse


def _turns(u: Any, v: Any) -> Any:
    """Which of u and v has a real row, and that row: LAPACK's choice of the phases; or None."""
    row = real_row(v)
    if row is not None:
        return 1, row
    row = real_row(u)
    return None if row is None else (0, row)


def _outside(x: Any, q: Any) -> Any:
    """The part of x that is orthogonal to the columns of q."""
    return x - np.matmul(q, np.matmul(adjoint(q), x))


def _is_square(u: Any) -> bool:
    return bool(u.shape[-2] == u.shape[-1])


def svd_jvp(_params: Any, y: Any, _operands: Operands, blocks: Operands) -> Any:
    u, s, v, rest_u, rest_v = _thin(y)
    da, same = blocks[0], clusters(s, True)
    f, inverse = _factors(s, same)
    e = np.matmul(adjoint(u), np.matmul(da, v))
    eh = adjoint(e)
    row_s, column_s = column(s, -2), column(s, -1)
    ds = _shared(np.real(diagonal(e)), s)
    du = np.matmul(u, f * (e * row_s + column_s * eh))
    dv = np.matmul(v, f * (column_s * e + eh * row_s))
    if not _is_square(u):
        du = du + _outside(np.matmul(da, v), u) * column(inverse, -2)
    if not _is_square(v):
        dv = dv + _outside(np.matmul(adjoint(da), u), v) * column(inverse, -2)
    if e.dtype.kind == "c":
        du = du + u * column(1j * np.imag(diagonal(e)) * inverse, -2)
        turns = _turns(u, v)
        if turns is not None:
            angle = column(1j * turned((du, dv)[turns[0]], (u, v)[turns[0]], turns[1]), -2)
            du, dv = du + u * angle, dv + v * angle
    du = unless_split(du, e, same)
    dv = unless_split(dv, e, same)
    du, dv = _where_defined(du, u, s), _where_defined(dv, v, s)
    if rest_u is not None:
        du = np.concatenate((du, _rest_tangent(du, u, rest_u)), axis=-1)
    if rest_v is not None:
        dv = np.concatenate((dv, _rest_tangent(dv, v, rest_v)), axis=-1)
    return du, ds, adjoint(dv)


def _where_defined(du: Any, u: Any, s: Any) -> Any:
    """NaN for vectors of the singular value 0 that are free to turn."""
    zero = _vanishing(s)
    if zero is None or (_is_square(u) and u.dtype.kind != "c"):
        return du
    return du * column(np.where(zero, np.nan, 1.0).astype(s.dtype), -2)


def _rest_tangent(du: Any, u: Any, rest: Any) -> Any:
    """Tangents of the vectors that complete u: one real vector is determined, others are not."""
    moved = -np.matmul(u, np.matmul(adjoint(du), rest))
    if rest.shape[-1] > 1 or rest.dtype.kind == "c":
        moved = moved * np.nan
    return moved


def _rest_adjoint(ct: Any, u: Any, rest: Any) -> Any:
    """What the cotangent of the completing vectors adds to that of u."""
    turn = np.matmul(adjoint(rest), ct)
    _refuse_turning(turn, ct)
    return -np.matmul(rest, np.matmul(adjoint(ct), u))


@dispatched
def _refuse_turning(turn: Any, ct: Any) -> None:
    """Raise where a function depends on the choice of the basis of an orthogonal complement."""
    turn, ct = np.asarray(turn), np.asarray(ct)
    odd = turn - np.swapaxes(np.conj(turn), -1, -2)
    if np.max(np.abs(odd), initial=0.0) > 1e-10 * np.max(np.abs(ct), initial=0.0):
        raise NoRuleError(
            "the vectors by which svd(full_matrices=True) completes a basis have no derivative",
            "full_matrices=False",
        )


def svd_vjp(_params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    u, s, v, rest_u, rest_v = _thin(y)
    ct_u, ct_s, ct_v = (reached(ct, i) for i in range(3))
    if ct_v is not None:
        ct_v = adjoint(ct_v)
    ct_u, ct_v = _without_rest(ct_u, u, rest_u), _without_rest(ct_v, v, rest_v)
    total: Any = None
    if ct_s is not None:
        total = np.matmul(u * column(_shared(np.real(ct_s), s), -2), adjoint(v))
    if ct_u is not None or ct_v is not None:
        term = _vectors_adjoint(u, s, v, ct_u, ct_v)
        total = term if total is None else total + term
    if total is None:
        lanes = next(np.shape(c)[0] for c in ct if c is not None)
        total = np.zeros((lanes, *u.shape[:-1], v.shape[-2]), u.dtype)
    return total


def _without_rest(ct: Any, u: Any, rest: Any) -> Any:
    if ct is None or rest is None:
        return ct
    k = u.shape[-1]
    return ct[..., :k] + _rest_adjoint(ct[..., k:], u, rest)


def _vectors_adjoint(u: Any, s: Any, v: Any, ct_u: Any, ct_v: Any) -> Any:
    same = clusters(s, True)
    if same is not None:
        raise refuse_cluster(_VECTORS)
    if _vanishing(s) is not None and not (_is_square(u) and _is_square(v) and u.dtype.kind != "c"):
        raise refuse_cluster("singular vectors for the singular value 0, which stands for all")
    f, inverse = _factors(s, same)
    zeros = np.zeros((1,) * (u.ndim + 1), u.dtype)
    ct_u = zeros * u if ct_u is None else ct_u
    ct_v = zeros * v if ct_v is None else ct_v
    phase: Any = None
    if u.dtype.kind == "c":
        ct_u, ct_v, phase = _phases_adjoint(u, v, ct_u, ct_v)
    a, b = f * np.matmul(adjoint(u), ct_u), f * np.matmul(adjoint(v), ct_v)
    middle = (a + adjoint(a)) * column(s, -2) + column(s, -1) * (b + adjoint(b))
    if phase is not None:
        middle = middle + diagonal_matrix(1j * phase * inverse)
    total = np.matmul(np.matmul(u, middle), adjoint(v))
    if not _is_square(u):
        total = total + np.matmul(_outside(ct_u, u) * column(inverse, -2), adjoint(v))
    if not _is_square(v):
        total = total + np.matmul(u, adjoint(_outside(ct_v, v) * column(inverse, -2)))
    return total


def _phases_adjoint(u: Any, v: Any, ct_u: Any, ct_v: Any) -> tuple[Any, Any, Any]:
    """Cotangents before the phases were chosen, and of the phase between u and v."""
    turns = _turns(u, v)
    push_u = np.sum(np.imag(conj(u) * ct_u), axis=-2)
    if turns is not None:
        which, (r, inverse) = turns
        push = (push_u + np.sum(np.imag(conj(v) * ct_v), axis=-2)) * inverse
        unit = np.zeros(((u, v)[which].shape[-2], 1), bool)
        unit[r] = True
        change = unit * column(1j * push, -2)
        ct_u, ct_v = (ct_u, ct_v - change) if which else (ct_u - change, ct_v)
        push_u = np.sum(np.imag(conj(u) * ct_u), axis=-2)
    return ct_u, ct_v, push_u


def _svd_body(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    a = operand(a)
    if hermitian:
        return _svd_hermitian(a, compute_uv)
    return decomposition(a, bool(full_matrices)) if compute_uv else singular_values(a)


def _svd_hermitian(a: Any, compute_uv: bool) -> Any:
    """As NumPy does it, through the eigenvalues."""
    if not compute_uv:
        return np.flip(np.sort(np.abs(np.linalg.eigvalsh(a)), axis=-1), axis=-1)
    w, u = np.linalg.eigh(a)
    sign, s = np.sign(w), np.abs(w)
    order = np.argsort(s, axis=-1)[..., ::-1]
    sign, s = np.take_along_axis(sign, order, axis=-1), np.take_along_axis(s, order, axis=-1)
    u = np.take_along_axis(u, order[..., None, :], axis=-1)
    result: Any = type(np.linalg.svd(np.ones((1, 1))))
    return result(u, s, adjoint(u * column(sign, -2)))


# --- the unitary factor and the nuclear norm ---------------------------------------------------


@dispatched
def lyapunov(h: Any, c: Any) -> Any:
    """The solution Y of H Y + Y H = C for positive definite Hermitian H."""
    w, q = np.linalg.eigh(h)
    inner = np.matmul(np.matmul(adjoint(q), c), q) / (column(w, -1) + column(w, -2))
    return np.matmul(np.matmul(q, inner), adjoint(q))


def _lyapunov_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    h, c = operands
    rhs: Any = None
    if blocks[1] is not None:
        rhs = align(blocks[1], y.ndim - c.ndim)
    if blocks[0] is not None:
        dh = align(blocks[0], y.ndim - h.ndim)
        term = np.matmul(dh, y) + np.matmul(y, dh)
        rhs = -term if rhs is None else rhs - term
    return lyapunov(h, rhs)


def _lyapunov_vjp(_params: Any, y: Any, operands: Operands, ct: Any, i: int) -> Any:
    z = lyapunov(operands[0], ct)
    if i == 1:
        return unbroadcast(z, operands[1].shape)
    yh = adjoint(y)
    return -unbroadcast(np.matmul(z, yh) + np.matmul(yh, z), operands[0].shape)


@dispatched
def unitary_factor(a: Any) -> Any:
    """The isometry of the polar decomposition: ``u @ vh`` over nonzero singular values."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    zero = _vanishing(s)
    return np.matmul(u if zero is None else u * ~zero[..., None, :], vh)


@dispatched
def _refuse_singular(a: Any) -> None:
    if _vanishing(singular_values(a)) is not None:
        raise NoRuleError(
            "the polar decomposition of a matrix that has not full rank, and with it the second "
            "derivative of the nuclear norm, has no derivative",
        )


def _unitary_jvp(_params: Any, w: Any, operands: Operands, blocks: Operands) -> Any:
    a, da = operands[0], blocks[0]
    _refuse_singular(a)
    if a.shape[-2] < a.shape[-1]:
        return adjoint(_unitary_jvp((), adjoint(w), (adjoint(a),), (adjoint(da),)))
    wh, h = adjoint(w), np.matmul(adjoint(w), a)
    inner = np.matmul(wh, da)
    dw = np.matmul(w, lyapunov(h, inner - adjoint(inner)))
    if not _is_square(w):
        dw = dw + np.matmul(_outside(da, w), np.linalg.inv(h))
    return dw


def _unitary_vjp(_params: Any, w: Any, operands: Operands, ct: Any, _i: int) -> Any:
    a = operands[0]
    _refuse_singular(a)
    if a.shape[-2] < a.shape[-1]:
        return adjoint(_unitary_vjp((), adjoint(w), (adjoint(a),), adjoint(ct), 0))
    wh, h = adjoint(w), np.matmul(adjoint(w), a)
    z = lyapunov(h, np.matmul(wh, ct))
    total = np.matmul(w, z - adjoint(z))
    if not _is_square(w):
        total = total + np.matmul(_outside(ct, w), np.linalg.inv(h))
    return total


@dispatched
def nuclear(a: Any) -> Any:
    """The sum of the singular values."""
    return np.sum(np.linalg.svd(a, compute_uv=False), axis=-1)


def _nuclear_jvp(_params: Any, _y: Any, operands: Operands, blocks: Operands) -> Any:
    w = unitary_factor(operands[0])
    return np.sum(np.real(conj(w) * blocks[0]), axis=(-2, -1))


def _nuclear_vjp(_params: Any, _y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    w = unitary_factor(operands[0])
    return column(column(np.real(ct), -1), -1) * w


SVD: tuple[Row, ...] = (
    Flat(_vanishing),
    Flat(_refuse_turning),
    Flat(_refuse_singular),
    Differential(
        decomposition,
        _svd_prepare,
        lambda params, a: decomposition(a, *params),
        svd_jvp,
        svd_vjp,
    ),
    Differential(singular_values, _one, lambda _, a: singular_values(a), _values_jvp, _values_vjp),
    Differential(
        lyapunov,
        lambda h, c: ((operand(h), operand(c)), ()),
        lambda _, h, c: lyapunov(h, c),
        _lyapunov_jvp,
        _lyapunov_vjp,
    ),
    Differential(unitary_factor, _one, lambda _, a: unitary_factor(a), _unitary_jvp, _unitary_vjp),
    Differential(nuclear, _one, lambda _, a: nuclear(a), _nuclear_jvp, _nuclear_vjp),
    Composed(np.linalg.svd, _svd_body, pin=False),
    Composed(np.linalg.svdvals, lambda x, /: singular_values(operand(x)), pin=False),
)
