"""Factorisations of matrices of differentiated numbers.

The plain factorisation is the point about which the differentiated one is expanded: in its own
basis a matrix is nearly diagonal, or nearly the identity, and two terms of the perturbation series
have the right first and second derivatives (T. Kato, "Perturbation Theory for Linear Operators",
chapter II). All of it is products of matrices; the values are pinned to the plain ones.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.core import errors, types

from ._arrays import is_ad_array
from ._libraries import register_jitable
from ._overload import overload
from ._reductions import any_ad, pin, zero_of
from ._results import values_of
from ._types import CubeType

# As `_rules._spectral` has it: how many roundings of the largest eigenvalue count as equal.
_EQUAL = 32.0 * 2.220446049250313e-16


def at_most_second(a: Any) -> Any:
    """a, where two terms of a series are enough."""
    raise NotImplementedError


@overload(at_most_second)
def _at_most_second(a: Any) -> Any:
    if isinstance(a.dtype, CubeType):
        raise errors.TypingError("dualad: factorisations of matrices have no third derivatives")
    return lambda a: a


@register_jitable
def _equal(w: Any) -> Any:
    """Which eigenvalues are the same."""
    largest = 0.0
    for x in w:
        largest = max(largest, abs(x))
    bound = _EQUAL * largest * math.sqrt(w.size)
    return np.abs(w.reshape((w.size, 1)) - w) <= bound


@register_jitable
def _levels(b: Any, w: Any, same: Any) -> Any:
    """Eigenvalues of b, which is diagonal in value; those that are equal share their mean."""
    n = w.size
    moved = np.empty(n, at_most_second(b).dtype)
    for i in range(n):
        total = b[i, i]
        for j in range(n):
            if not same[i, j]:
                total = total + b[i, j] * b[j, i] / (w[i] - w[j])
        moved[i] = total
    out = np.empty(n, b.dtype)
    for i in range(n):
        total, count = zero_of(b), 0
        for j in range(n):
            if same[i, j]:
                total = total + moved[j]
                count += 1
        out[i] = total / count
    return out


@register_jitable
def _turns(b: Any, w: Any, same: Any) -> Any:
    """Eigenvectors of b, which is diagonal in value, less the identity.

    Vectors of equal eigenvalues have no derivative: NaN.
    """
    n = w.size
    first = np.zeros((n, n), b.dtype)
    for j in range(n):
        for i in range(n):
            if i != j and same[i, j]:
                first[j, i] = b[j, i] * np.nan
            elif i != j:
                first[j, i] = b[j, i] / (b[i, i] - b[j, j])
    out = first.copy()
    for i in range(n):
        length = zero_of(b)
        for j in range(n):
            length = length + first[j, i] * first[j, i]
            if same[i, j]:
                continue
            total = zero_of(b)
            for k in range(n):
                if k not in (i, j):
                    total = total + b[j, k] * first[k, i]
            out[j, i] = out[j, i] + total / (w[i] - w[j])
        out[i, i] = -0.5 * length
    return out


@register_jitable
def _lower(a: Any) -> Any:
    """The symmetric matrix that has a's lower triangle, as LAPACK reads it."""
    out = a.copy()
    for i in range(a.shape[0]):
        for j in range(i):
            out[j, i] = a[i, j]
    return out


@overload(np.linalg.eigvalsh, target="cpu")
def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any, UPLO: Any = "L") -> Any:
        w, v = np.linalg.eigh(values_of(a))
        b = np.dot(v.T, np.dot(_lower(a), v))
        return pin(_levels(b, w, _equal(w)), np.linalg.eigvalsh(values_of(a)))

    return body


@overload(np.linalg.eigh, target="cpu")
def _eigh(a: Any, UPLO: Any = "L") -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any, UPLO: Any = "L") -> Any:
        w, v = np.linalg.eigh(values_of(a))
        b = np.dot(v.T, np.dot(_lower(a), v))
        same = _equal(w)
        vectors = v + np.dot(v, _turns(b, w, same))
        return pin(_levels(b, w, same), w), pin(vectors, v)

    return body


@register_jitable
def _in_own_basis(a: Any) -> Any:
    """(b, eigenvalues, eigenvectors) of a matrix with real eigenvalues; b is diagonal in value."""
    w, v = np.linalg.eig(values_of(a))
    return np.dot(np.linalg.inv(v), np.dot(a, v)), w, v


@overload(np.linalg.eigvals, target="cpu")
def _eigvals(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        b, w, _ = _in_own_basis(a)
        return pin(_levels(b, w, _equal(w)), np.linalg.eigvals(values_of(a)))

    return body


@overload(np.linalg.eig, target="cpu")
def _eig(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        b, w, v = _in_own_basis(a)
        same = _equal(w)
        vectors = v + np.dot(v, _turns(b, w, same))
        for j in range(w.size):  # of length 1
            square = zero_of(a)
            for i in range(w.size):
                square = square + vectors[i, j] * vectors[i, j]
            length = np.sqrt(square)
            for i in range(w.size):
                vectors[i, j] = vectors[i, j] / length
        return pin(_levels(b, w, same), w), pin(vectors, v)

    return body


# --- singular values: the eigenvalues of [[0, a], [a.T, 0]] are plus and minus them ---------------


@register_jitable
def _doubled(a: Any) -> Any:
    """That matrix in the basis of a's singular vectors: (b, eigenvalues, basis)."""
    m, n = a.shape
    u, s, vt = np.linalg.svd(values_of(a))
    small = s.size
    h = np.zeros((m + n, m + n), a.dtype)
    h[:m, m:] = a
    h[m:, :m] = a.T
    q = np.zeros((m + n, m + n))
    w = np.zeros(m + n)
    root = math.sqrt(0.5)
    for k in range(small):
        w[k], w[small + k] = s[k], -s[k]
        q[:m, k] = root * u[:, k]
        q[m:, k] = root * vt[k]
        q[:m, small + k] = root * u[:, k]
        q[m:, small + k] = -root * vt[k]
    for k in range(small, m):
        q[:m, small + k] = u[:, k]
    for k in range(small, n):
        q[m:, small + k] = vt[k]
    return np.dot(q.T, np.dot(h, q)), w, q


@register_jitable
def singular_values(a: Any) -> Any:
    b, w, _ = _doubled(a)
    return _levels(b, w, _equal(w))[: min(a.shape)]


@overload(np.linalg.svd, target="cpu")
def _svd(a: Any, full_matrices: Any = 1) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any, full_matrices: Any = 1) -> Any:
        m = a.shape[0]
        b, w, q = _doubled(a)
        same = _equal(w)
        vectors = (q + np.dot(q, _turns(b, w, same))) * math.sqrt(2.0)
        u, s, vt = np.linalg.svd(values_of(a), full_matrices)
        small = s.size
        left, right = np.empty(u.shape, a.dtype), np.empty(vt.shape, a.dtype)
        left[:, :small] = vectors[:m, :small]
        right[:small] = vectors[m:, :small].T
        # What is left over has no direction of its own: NaN, see `_turns`.
        left[:, small:] = vectors[:m, 2 * small : small + u.shape[1]]
        right[small:] = vectors[m:, 2 * small : small + vt.shape[0]].T
        values = _levels(b, w, same)[:small]
        return pin(left, u), pin(values, s), pin(right, vt)

    return body


# --- QR, and what is made of it -------------------------------------------------------------------


@register_jitable
def _upper(d: Any) -> Any:
    """The upper triangle of a symmetric matrix, with half its diagonal."""
    out = np.zeros(d.shape, d.dtype)
    for i in range(d.shape[0]):
        out[i, i] = 0.5 * d[i, i]
        for j in range(i + 1, d.shape[0]):
            out[i, j] = d[i, j]
    return out


@register_jitable
def _tall_qr(a: Any, q0: Any, r0: Any) -> Any:
    """Q and R of a matrix of full rank that is not wide, about plain ones."""
    n = a.shape[1]
    c = np.dot(at_most_second(a), np.linalg.inv(r0))
    one = np.eye(n)
    # c.T @ c is one + d, and its upper Cholesky factor one + first + second.
    first = _upper(np.dot(c.T, c) - one)
    second = _upper(np.dot(first.T, first))
    step = first - second
    back = one - step + np.dot(first, first)
    return np.dot(c, back), np.dot(step + one, r0)


@register_jitable
def _factors(a: Any) -> Any:
    m, n = a.shape
    q0, r0 = np.linalg.qr(values_of(a))
    if m >= n:
        return _tall_qr(a, q0, r0)
    q, _ = _tall_qr(np.ascontiguousarray(a[:, :m]), q0, np.ascontiguousarray(r0[:, :m]))
    return q, np.dot(q.T, a)


@overload(np.linalg.qr, target="cpu")
def _qr(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        q, r = _factors(a)
        q0, r0 = np.linalg.qr(values_of(a))
        upper = np.zeros(r.shape, a.dtype)
        for i in range(r.shape[0]):
            upper[i, i:] = r[i, i:]
        return pin(q, q0), pin(upper, r0)

    return body


@register_jitable
def pseudo_inverse(a: Any) -> Any:
    """The pseudo-inverse of a matrix of full rank."""
    wide = a.shape[0] < a.shape[1]
    tall = np.ascontiguousarray(a.T) if wide else np.ascontiguousarray(a)
    q, r = _factors(tall)
    back = np.linalg.inv(np.ascontiguousarray(r))
    return np.dot(q, back.T) if wide else np.ascontiguousarray(np.dot(back, q.T))


@overload(np.linalg.pinv, target="cpu")
def _pinv(a: Any, rcond: Any = 1e-15) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any, rcond: Any = 1e-15) -> Any:
        return pin(pseudo_inverse(a), np.linalg.pinv(values_of(a), rcond))

    return body


@overload(np.linalg.lstsq, target="cpu")
def _lstsq(a: Any, b: Any, rcond: Any = -1.0) -> Any:
    if not any_ad(a, b):
        return None
    vector = isinstance(b, types.Array) and b.ndim == 1
    active_a = is_ad_array(a)

    def body(a: Any, b: Any, rcond: Any = -1.0) -> Any:
        x, rest, rank, s = np.linalg.lstsq(values_of(a), values_of(b), rcond)
        own = pseudo_inverse(a) if active_a else np.linalg.pinv(a)
        solution = np.dot(own, b)
        gap = b - np.dot(a, solution)
        out = np.zeros(rest.shape, gap.dtype)
        if rest.size:
            if vector:
                for item in gap:
                    out[0] = out[0] + item * item
            else:
                for index in np.ndindex(gap.shape):
                    item = gap[index]
                    out[index[-1]] = out[index[-1]] + item * item
        levels = pin(singular_values(a), s) if active_a else s
        return pin(solution, x), pin(out, rest), rank, levels

    return body


# --- determinants and powers ----------------------------------------------------------------------


@overload(np.linalg.slogdet, target="cpu")
def _slogdet(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        sign, log = np.linalg.slogdet(values_of(at_most_second(a)))
        step = np.dot(np.linalg.inv(values_of(a)), a) - np.eye(a.shape[0])
        total = zero_of(a)
        for i in range(a.shape[0]):
            total = total + step[i, i]
            for j in range(a.shape[0]):
                total = total - 0.5 * (step[i, j] * step[j, i])
        return sign, pin(total, log)

    return body


@overload(np.linalg.matrix_power, target="cpu")
def _matrix_power(a: Any, n: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any, n: Any) -> Any:
        base = np.ascontiguousarray(a if n >= 0 else np.linalg.inv(a))
        out = base.copy()
        out[...] = np.eye(a.shape[0])
        for _ in range(abs(n)):
            out = np.dot(out, base)
        return pin(out, np.linalg.matrix_power(values_of(a), n))

    return body
