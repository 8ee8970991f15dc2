"""The rows of `cholesky` and `qr`.

`cholesky` reads one triangle; the other has derivative zero. The rules are those of I. Murray,
"Differentiation of the Cholesky decomposition", arXiv:1602.07527 (2016), and of S. Walter,
L. Lehmann, "Algorithmic differentiation of linear algebra functions", arXiv:1001.1654 (2010), for
complex matrices with the real diagonal of R that LAPACK gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import adjoint, column, conj, operand
from ._dispatch import dispatched
from ._norms import euclidean
from ._row import Composed, Differential, Flat, Row
from ._spectral import diagonal, diagonal_matrix, hermitian, triangle

Operands = tuple[Any, ...]


# --- cholesky ----------------------------------------------------------------------------------


def _cholesky_prepare(a: Any, /, *, upper: bool = False) -> tuple[tuple[Any], Any]:
    return (operand(a),), (bool(upper),)


def _cholesky_value(params: Any, a: Any) -> Any:
    return np.linalg.cholesky(a, upper=True) if params[0] else np.linalg.cholesky(a)


def _half(x: Any) -> Any:
    """The lower triangle with half of the diagonal."""
    return np.tril(x, -1) + diagonal_matrix(0.5 * np.real(diagonal(x)))


def _cholesky_jvp(params: Any, y: Any, _operands: Operands, blocks: Operands) -> Any:
    upper = params[0]
    lower = adjoint(y) if upper else y
    inverse = np.linalg.inv(lower)
    da = hermitian(blocks[0], not upper)
    middle = np.matmul(np.matmul(inverse, da), adjoint(inverse))
    dl = np.matmul(lower, _half(middle))
    return adjoint(dl) if upper else dl


def _cholesky_vjp(params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    upper = params[0]
    lower = adjoint(y) if upper else y
    inverse = np.linalg.inv(lower)
    middle = _half(np.matmul(adjoint(lower), adjoint(ct) if upper else ct))
    return triangle(np.matmul(np.matmul(adjoint(inverse), middle), inverse), not upper)


# --- qr of matrices with independent columns ---------------------------------------------------


@dispatched
def qr_thin(a: Any) -> Any:
    """The reduced factors of a matrix with at least as many rows as columns."""
    return np.linalg.qr(a)


@dispatched
def _refuse_dependent(r: Any) -> None:
    size = np.abs(diagonal(np.asarray(r)))
    if size.size == 0:
        return
    bound = 4.0 * size.shape[-1] * np.finfo(size.dtype).eps
    if np.any(np.min(size, axis=-1) <= bound * np.max(size, axis=-1)):
        raise NoRuleError(
            "qr of a matrix with linearly dependent columns has no derivative",
            "np.linalg.svd or np.linalg.pinv",
        )


def _symmetrized(x: Any) -> Any:
    """The upper triangle, the lower one reflected on it, and the real diagonal."""
    return np.triu(x, 1) + adjoint(np.tril(x, -1)) + diagonal_matrix(np.real(diagonal(x)))


def _qr_jvp(_params: Any, y: Any, _operands: Operands, blocks: Operands) -> tuple[Any, Any]:
    q, r = y
    _refuse_dependent(r)
    scaled = np.matmul(blocks[0], np.linalg.inv(r))
    inner = np.matmul(adjoint(q), scaled)
    upper = _symmetrized(inner)
    return scaled - np.matmul(q, upper), np.matmul(upper, r)


def _qr_vjp(_params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    q, r = y
    _refuse_dependent(r)
    ct_q, ct_r = (ct[k] if k < len(ct) else None for k in range(2))
    inner: Any = None
    if ct_r is not None:
        inner = np.matmul(ct_r, adjoint(r))
    if ct_q is not None:
        term = np.matmul(adjoint(q), ct_q)
        inner = -term if inner is None else inner - term
    upper = np.triu(inner, 1)
    total = np.matmul(q, upper + adjoint(upper) + diagonal_matrix(np.real(diagonal(inner))))
    if ct_q is not None:
        total = total + ct_q
    return np.matmul(total, adjoint(np.linalg.inv(r)))


# --- every mode of qr --------------------------------------------------------------------------


def _qr(a: Any, mode: str = "reduced") -> Any:
    a = operand(a)
    if mode not in ("reduced", "complete", "r", "raw"):
        if mode in ("f", "full", "e", "economic"):
            raise NoRuleError(
                f"np.linalg.qr with mode={mode!r} has no derivative rule", "'reduced'"
            )
        raise ValueError(f"Unrecognized mode '{mode}'")
    if a.size == 0:
        qr: Any = np.linalg.qr
        return qr(np.zeros(a.shape, a.dtype), mode)
    m, n = a.shape[-2:]
    if mode == "raw":
        h, tau, _ = _householder(a)
        return np.swapaxes(h, -1, -2), tau
    if mode == "complete" and m > n:
        h, tau, vectors = _householder(a)
        q, r = _accumulated(tau, vectors, m), np.triu(h)
    elif m >= n:
        q, r = qr_thin(a)
    else:
        q, r = qr_thin(a[..., :m])
        r = np.concatenate((r, np.matmul(adjoint(q), a[..., m:])), axis=-1)
    if mode == "r":
        return r
    result: Any = type(np.linalg.qr(np.ones((1, 1))))
    return result(q, r)


@dispatched
def _sign(alpha: Any, rest: Any) -> Any:
    """The sign of the real part (+ for 0), and whether there is anything to eliminate."""
    alpha, rest = np.asarray(alpha), np.asarray(rest)
    busy = np.any(rest != 0, axis=-1) | (np.imag(alpha) != 0)
    if rest.shape[-1] and not np.all(busy):
        raise NoRuleError(
            "the Householder vectors of a column that is zero below the diagonal jump there; "
            "qr with mode='raw' or 'complete' has no derivative",
            "mode='reduced' or 'r'",
        )
    return np.copysign(1.0, alpha.real).astype(alpha.real.dtype), bool(np.all(busy))


def _householder(a: Any) -> tuple[Any, Any, list[Any]]:
    """LAPACK's `geqrf`, one column after the other: the packed factors, tau, and the vectors."""
    m, n = a.shape[-2:]
    packed, taus, vectors = [], [], []
    done: list[Any] = []  # the finished rows of R, from the diagonal on
    rest = a
    for _ in range(min(m, n)):
        first = rest[..., :, 0]
        alpha, below = first[..., 0], first[..., 1:]
        sign, busy = _sign(alpha, below)
        if busy:
            beta = -sign * euclidean(first, (-1,))
            tau = (beta - alpha) / beta
            ones = np.ones((*below.shape[:-1], 1), a.dtype)
            v = np.concatenate((ones, below / column(alpha - beta, -1)), axis=-1)
            inner = np.matmul(column(conj(v), -2), rest)
            rest = rest - column(column(conj(tau), -1), -1) * (column(v, -1) * inner)
        else:  # the last row of a real square matrix
            tau, v = np.zeros(alpha.shape, a.dtype), np.ones((*alpha.shape, 1), a.dtype)
        packed.append(v[..., 1:])
        taus.append(tau)
        vectors.append(v)
        done.append(rest[..., 0, :])
        rest = rest[..., 1:, 1:]
    return _pack(a, done, packed), np.stack(taus, axis=-1), vectors


def _pack(a: Any, rows: list[Any], below: list[Any]) -> Any:
    """R on and above the diagonal, the Householder vectors below it."""
    m, n = a.shape[-2:]
    batch = a.shape[:-2]
    upper = [
        np.concatenate((np.zeros((*batch, j), a.dtype), row), axis=-1) for j, row in enumerate(rows)
    ]
    upper += [np.zeros((*batch, n), a.dtype)] * (m - len(upper))
    lower = [
        np.concatenate((np.zeros((*batch, j + 1), a.dtype), v), axis=-1)
        for j, v in enumerate(below)
    ]
    lower += [np.zeros((*batch, m), a.dtype)] * (n - len(lower))
    return np.stack(upper, axis=-2) + np.stack(lower, axis=-1)


def _accumulated(tau: Any, vectors: list[Any], m: int) -> Any:
    """The product of the reflections."""
    q: Any = np.eye(m, dtype=tau.dtype)
    for j in range(len(vectors) - 1, -1, -1):
        v = vectors[j]
        zeros = np.zeros((*v.shape[:-1], j), v.dtype)
        v = column(np.concatenate((zeros, v), axis=-1), -1)
        weight = column(column(tau[..., j], -1), -1)
        q = q - weight * np.matmul(v, np.matmul(adjoint(v), q))
    return q


FACTOR: tuple[Row, ...] = (
    Flat(_refuse_dependent),
    Flat(_sign),
    Differential(
        np.linalg.cholesky, _cholesky_prepare, _cholesky_value, _cholesky_jvp, _cholesky_vjp
    ),
    Differential(qr_thin, lambda a: ((operand(a),), ()), lambda _, a: qr_thin(a), _qr_jvp, _qr_vjp),
    Composed(np.linalg.qr, _qr),
)
