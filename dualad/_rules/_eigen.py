"""The rows of `eigh`, `eigvalsh`, `eig` and `eigvals`.

Rules after M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), sections 3.1 and 3.2, for complex matrices with the phases that LAPACK
gives. `eigh` and `eigvalsh` read one triangle; the other has derivative zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import adjoint, column, conj, operand
from ._dispatch import dispatched
from ._row import Differential, Flat, Row
from ._spectral import (
    SPECTRAL,
    averaged,
    clusters,
    diagonal,
    diagonal_matrix,
    hermitian,
    inverse_differences,
    reached,
    real_row,
    refuse_cluster,
    scalar_blocks,
    triangle,
    turned,
    unless_split,
)

Operands = tuple[Any, ...]
_VECTORS = "eigenvectors"


def _hermitian_prepare(a: Any, UPLO: str = "L") -> tuple[tuple[Any], Any]:
    return (operand(a),), (UPLO,)


def _is_lower(params: Any) -> bool:
    return bool(params[0].upper() == "L")


# --- eigh --------------------------------------------------------------------------------------


def _eigh_jvp(params: Any, y: Any, _operands: Operands, blocks: Operands) -> tuple[Any, Any]:
    w, v = y
    same = clusters(w, True)
    p = np.matmul(adjoint(v), np.matmul(hermitian(blocks[0], _is_lower(params)), v))
    dw = averaged(np.real(diagonal(p)), same)
    dv = np.matmul(v, inverse_differences(w, same) * p)
    dv = unless_split(dv, p, same)
    row = real_row(v)
    if row is not None:
        dv = dv + v * column(1j * turned(dv, v, row), -2)
    return dw, dv


def _eigh_vjp(params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    w, v = y
    same = clusters(w, True)
    ct_w, ct_v = reached(ct, 0), reached(ct, 1)
    middle: Any = None
    if ct_w is not None:
        middle = diagonal_matrix(averaged(np.real(ct_w), same))
    if ct_v is not None:
        ct_v = phase_adjoint(ct_v, v)
        turn = np.matmul(adjoint(v), ct_v)
        if same is not None and not scalar_blocks(turn, same):
            raise refuse_cluster(_VECTORS)
        term = inverse_differences(w, same) * turn
        middle = term if middle is None else middle + term
    if middle is None:
        return np.zeros((_lanes(ct), *v.shape), v.dtype)
    return triangle(np.matmul(np.matmul(v, middle), adjoint(v)), _is_lower(params))


def _lanes(ct: Any) -> int:
    """How many lanes the cotangents of several answers have."""
    return int(next(np.shape(c)[0] for c in ct if c is not None))


def phase_adjoint(ct_v: Any, v: Any) -> Any:
    """The cotangent before the vectors were turned."""
    row = real_row(v)
    if row is None:
        return ct_v
    r, inverse = row
    unit = np.zeros((v.shape[-2], 1), bool)
    unit[r] = True
    push = np.sum(np.imag(conj(v) * ct_v), axis=-2) * inverse
    return ct_v - unit * column(1j * push, -2)


def _eigvalsh_jvp(params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    v = np.linalg.eigh(operands[0], *params)[1]
    moved = np.matmul(hermitian(blocks[0], _is_lower(params)), v)
    return averaged(np.real(np.sum(conj(v) * moved, axis=-2)), clusters(y, True))


def _eigvalsh_vjp(params: Any, y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    v = np.linalg.eigh(operands[0], *params)[1]
    weights = averaged(np.real(ct), clusters(y, True))
    return triangle(np.matmul(v * column(weights, -2), adjoint(v)), _is_lower(params))


# --- eig ---------------------------------------------------------------------------------------


@dispatched
def _refuse_defective(v: Any) -> None:
    """Raise where the eigenvectors are (nearly) dependent."""
    v = np.asarray(v)
    if v.size == 0 or not np.isfinite(v).all():
        return
    s = np.linalg.svd(v, compute_uv=False)
    if np.any(s[..., -1] < 10.0 * np.sqrt(np.finfo(v.dtype).eps) * s[..., 0]):
        raise NoRuleError(
            "eigenvalues and eigenvectors of a matrix without a full set of eigenvectors have no "
            "derivative",
            "np.trace(a), np.linalg.det(a) or scipy.linalg.funm for what does not need them",
        )


@dispatched
def _largest(v: Any) -> Any:
    """Where each vector is largest in magnitude, as a mask ``(..., n, n)``."""
    v = np.asarray(v)
    rows = np.arange(v.shape[-2])[:, None]
    return rows == np.argmax(np.abs(v), axis=-2, keepdims=True)


def eig_jvp(_params: Any, y: Any, _operands: Operands, blocks: Operands) -> tuple[Any, Any]:
    w, v = y
    _refuse_defective(v)
    same = clusters(w, False)
    p = np.linalg.solve(v, np.matmul(blocks[0], v))
    dv = np.matmul(v, inverse_differences(w, same) * p)
    # LAPACK makes each vector of length 1 and its largest entry real.
    scale = -np.real(np.sum(conj(v) * dv, axis=-2))
    if v.dtype.kind == "c":
        top = _largest(v)
        scale = scale - 1j * np.sum(top * np.imag(dv), axis=-2) / np.sum(top * np.real(v), axis=-2)
    dv = unless_split(dv + v * column(scale, -2), p, same)
    return averaged(diagonal(p), same), dv


def eig_vjp(_params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    w, v = y
    _refuse_defective(v)
    same = clusters(w, False)
    ct_w, ct_v = reached(ct, 0), reached(ct, 1)
    middle: Any = None
    if ct_w is not None:
        middle = diagonal_matrix(averaged(ct_w, same))
    if ct_v is not None:
        if same is not None:
            raise refuse_cluster(_VECTORS)
        inner = np.sum(conj(v) * ct_v, axis=-2)
        ct_v = ct_v - v * column(np.real(inner), -2)
        if v.dtype.kind == "c":
            top = _largest(v)
            push = np.imag(inner) / np.sum(top * np.real(v), axis=-2)
            ct_v = ct_v - top * column(1j * push, -2)
        term = conj(inverse_differences(w, same)) * np.matmul(adjoint(v), ct_v)
        middle = term if middle is None else middle + term
    if middle is None:
        return np.zeros((_lanes(ct), *v.shape), v.dtype)
    return np.linalg.solve(adjoint(v), np.matmul(middle, adjoint(v)))


@dispatched
def matching(y: Any, w: Any) -> Any:
    """The order in which w are the eigenvalues y; None where they are in order.

    Without vectors LAPACK may find the same eigenvalues in another order.
    """
    y, w = np.asarray(y), np.asarray(w)
    size = np.max(np.abs(y), initial=0.0)
    if np.all(np.abs(y - w) <= 1e-6 * size):
        return None
    n = y.shape[-1]
    order = np.empty(y.shape, np.intp)
    for index in np.ndindex(y.shape[:-1]):
        free = list(range(n))
        for i in range(n):
            nearest = min(free, key=lambda j: abs(y[index][i] - w[index][j]))
            order[(*index, i)] = nearest
            free.remove(nearest)
    return order


def _frame(y: Any, a: Any) -> tuple[Any, Any]:
    """Eigenvectors in the order of the eigenvalues y, and the inverse of their matrix."""
    w, v = np.linalg.eig(a)
    order = matching(y, w)
    if order is not None:
        v = np.take_along_axis(v, order[..., None, :], axis=-1)
    _refuse_defective(v)
    return v, np.linalg.inv(v)


def _eigvals_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    v, inverse = _frame(y, operands[0])
    dw = np.sum(np.swapaxes(inverse, -1, -2) * np.matmul(blocks[0], v), axis=-2)
    dw = dw if y.dtype.kind == "c" else np.real(dw)
    return averaged(dw, clusters(y, False))


def _eigvals_vjp(_params: Any, y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    v, inverse = _frame(y, operands[0])
    weights = averaged(ct, clusters(y, False))
    return np.matmul(adjoint(inverse) * column(weights, -2), adjoint(v))


def _one(a: Any) -> tuple[tuple[Any], tuple[()]]:
    return (operand(a),), ()


EIGEN: tuple[Row, ...] = (
    *SPECTRAL,
    Flat(_refuse_defective),
    Flat(_largest),
    Flat(matching),
    Differential(
        np.linalg.eigh,
        _hermitian_prepare,
        lambda params, a: np.linalg.eigh(a, *params),
        _eigh_jvp,
        _eigh_vjp,
    ),
    Differential(
        np.linalg.eigvalsh,
        _hermitian_prepare,
        lambda params, a: np.linalg.eigvalsh(a, *params),
        _eigvalsh_jvp,
        _eigvalsh_vjp,
    ),
    Differential(np.linalg.eig, _one, lambda _, a: np.linalg.eig(a), eig_jvp, eig_vjp),
    Differential(
        np.linalg.eigvals, _one, lambda _, a: np.linalg.eigvals(a), _eigvals_jvp, _eigvals_vjp
    ),
)
