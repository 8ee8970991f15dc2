"""The matrix of cofactors, the gradient of the determinant: right for singular matrices as well.

A well-conditioned matrix has det(A) inv(A)^T; the errors of the two cancel, since both come from
one factorization (G. W. Stewart, "On the adjugate matrix", 1998). Otherwise A is turned by its
singular vectors, which count as constants, to B = [[P, Q], [R, S]] with S, the block of small
singular values, of few rows. With the Schur complement T = S - R P^-1 Q,

    det(B) = det(P) det(T),    adj(B) = det(P) [[det(T) P^-1 + W adj(T) V, -W adj(T)],
                                                [-adj(T) V,                 adj(T)   ]]

where W = P^-1 Q and V = R P^-1. det(T) and adj(T) are polynomials in the entries, so derivatives
of every order come out right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._contract import operand
from ._dispatch import dispatched
from ._row import Flat, Row

# Second derivatives by det * inv lose as many digits as the condition number has.
_CONDITION = 1e5
# Up to this size the adjugate is written out; products of entries keep their relative accuracy.
_WRITTEN_OUT = 3


@dispatched
def _frame(a: Any) -> Any:
    """``(inverse, None)`` for well-conditioned matrices; else ``(None, (u, vh, d))``.

    d is the size of the block S. The cofactors do not depend on the frame that they are computed
    in, so it is locally constant.
    """
    singular, inverse = False, None
    flat = (-1, a.shape[-1] ** 2)
    with np.errstate(all="ignore"):
        try:
            inverse = np.linalg.inv(a)
            size = abs(a).reshape(flat).max(axis=1) * abs(inverse).reshape(flat).max(axis=1)
            if size.max() * a.shape[-1] < _CONDITION:
                return inverse, None
        except np.linalg.LinAlgError:
            singular = True
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan) if inverse is None else inverse, None
    u, s, vh = np.linalg.svd(a)
    top = s[..., :1]
    small = int(np.count_nonzero(s <= top / _CONDITION, axis=-1).max())
    if small > _WRITTEN_OUT:
        zero = s <= a.shape[-1] * np.finfo(s.dtype).eps * top
        small = int(np.count_nonzero(zero, axis=-1).max())
    small = max(small, int(singular))
    return (None, (u, vh, small)) if small else (inverse, None)


def cofactor(a: Any, det: Any) -> Any:
    """The cofactors of the matrix, or of each matrix of the stack, a; `det` is its determinant."""
    a = operand(a)
    if a.size == 0:
        return np.zeros(a.shape, a.dtype)
    inverse, frame = _frame(a)
    if frame is None:
        if type(a) is not np.ndarray:
            inverse = np.linalg.inv(a)
        return np.reshape(det, (*a.shape[:-2], 1, 1)) * np.swapaxes(inverse, -1, -2)
    u, vh, small = frame
    left, right = np.swapaxes(u.conj(), -1, -2), np.swapaxes(vh.conj(), -1, -2)
    turned = np.matmul(np.matmul(left, a), right)
    phase = (np.linalg.det(u) * np.linalg.det(vh)).reshape((*a.shape[:-2], 1, 1))
    adjugate = np.matmul(np.matmul(phase * right, _block_adjugate(turned, small)), left)
    return np.swapaxes(adjugate, -1, -2)


def _block_adjugate(b: Any, small: int) -> Any:
    large = b.shape[-1] - small
    s = b[..., large:, large:]
    if large == 0:
        return _adjugate(s, small)[0]
    p, q, r = b[..., :large, :large], b[..., :large, large:], b[..., large:, :large]
    inverse = np.linalg.inv(p)
    det = np.linalg.det(p)
    det = np.reshape(det, (*np.shape(det), 1, 1))
    w, v = np.matmul(inverse, q), np.matmul(r, inverse)
    adj, det_t = _adjugate(s - np.matmul(v, q), small)
    adj = det * adj
    corner = (det * det_t) * inverse + np.matmul(np.matmul(w, adj), v)
    upper = np.concatenate((corner, -np.matmul(w, adj)), axis=-1)
    lower = np.concatenate((-np.matmul(adj, v), adj), axis=-1)
    return np.concatenate((upper, lower), axis=-2)


def _adjugate(t: Any, n: int) -> tuple[Any, Any]:
    """Adjugate and determinant (as a matrix of one entry) of small matrices, by polynomials."""
    if n == 1:
        return np.ones(t.shape, t.dtype), t
    if n == 2:
        flipped = t[..., ::-1, ::-1]
        signs = np.array([[1.0, -1.0], [-1.0, 1.0]])
        adj = np.swapaxes(flipped, -1, -2) * signs.astype(t.dtype)
    elif n == _WRITTEN_OUT:
        one, two = np.array([1, 2, 0]), np.array([2, 0, 1])
        t1, t2 = t[..., one, :], t[..., two, :]
        cofactors = t1[..., one] * t2[..., two] - t1[..., two] * t2[..., one]
        adj = np.swapaxes(cofactors, -1, -2)
    else:
        return _leverrier(t, n)
    return adj, np.matmul(t[..., :1, :], adj[..., :, :1])


def _leverrier(t: Any, n: int) -> tuple[Any, Any]:
    """Faddeev and LeVerrier's recurrence. Here t is zero but for rounding and for tangents."""
    eye = np.eye(n, dtype=t.dtype)
    m: Any = eye
    for k in range(1, n):
        product = np.matmul(t, m)
        trace = np.trace(product, axis1=-2, axis2=-1)
        m = product - np.reshape(trace, (*t.shape[:-2], 1, 1)) / k * eye
    trace = np.trace(np.matmul(t, m), axis1=-2, axis2=-1)
    sign = 1.0 if n % 2 else -1.0
    return sign * m, np.reshape(trace, (*t.shape[:-2], 1, 1)) / n * sign


COFACTOR: tuple[Row, ...] = (Flat(_frame),)
