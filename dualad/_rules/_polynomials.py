"""NumPy's functions of polynomials as arrays of coefficients, the highest power first.

A `numpy.poly1d` may stand for its coefficients, and then the answer is one, as with NumPy.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._dispatch import dispatched
from ._later import array_of
from ._registry import register
from ._row import Differential, Flat


def _coefficients(p: Any) -> Any:
    return np.atleast_1d(p.coeffs if isinstance(p, np.poly1d) else array_of(p))


def _sequence(p: Any) -> Any:
    """Coefficients, which a number without axes is not."""
    p = p.coeffs if isinstance(p, np.poly1d) else array_of(p)
    if not p.ndim:
        raise TypeError("len() of unsized object")
    return p


def _like(answer: Any, *operands: Any) -> Any:
    """`answer`, as a poly1d where an operand is one."""
    return np.poly1d(answer) if any(isinstance(p, np.poly1d) for p in operands) else answer


# --- values --------------------------------------------------------------------------------------


def polyval(p: Any, x: Any) -> Any:
    y: Any
    if isinstance(x, np.poly1d):
        y = np.poly1d([0.0])
        times: Any = operator.mul
    else:
        x = array_of(x)
        y = np.zeros(x.shape, x.dtype)
        times = np.multiply  # NumPy's x has become an array; operators of scalars round otherwise
    p = _sequence(p)
    for i in range(p.shape[0]):
        y = times(y, x) + p[i]
    return y


def _series(x: Any, c: Any, tensor: bool) -> Any:
    """The power series with coefficients along the first axis of c, the lowest power first."""
    if tensor:
        c = np.reshape(c, (*c.shape, *(1,) * x.ndim))
    y = c[-1] + 0.0 * x
    for i in range(c.shape[0] - 2, -1, -1):
        y = c[i] + y * x
    return y


def polyval2d(x: Any, y: Any, c: Any) -> Any:
    """`numpy.polynomial.polynomial.polyval2d`."""
    x, y = array_of(x), array_of(y)
    return _series(y, _series(x, array_of(c), True), False)


def polygrid2d(x: Any, y: Any, c: Any) -> Any:
    """`numpy.polynomial.polynomial.polygrid2d`."""
    x, y = array_of(x), array_of(y)
    return _series(y, _series(x, array_of(c), True), True)


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    x = array_of(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = x.shape[0] if N is None else int(N)
    dtype = np.promote_types(x.dtype, int)
    x = x if x.dtype == dtype else x.astype(dtype)
    columns = [np.ones(x.shape, x.dtype)]
    while len(columns) < n:
        columns.append(columns[-1] * x if len(columns) > 1 else x)
    chosen = columns[:n] if increasing else columns[:n][::-1]
    return np.stack(chosen, axis=1) if chosen else np.zeros((*x.shape, 0), x.dtype)


# --- arithmetic ----------------------------------------------------------------------------------


def _padded(a1: Any, a2: Any) -> tuple[Any, Any]:
    """Both with leading zeros to one length."""
    a1, a2 = _coefficients(a1), _coefficients(a2)
    n = max(a1.shape[0], a2.shape[0])
    return tuple(  # type: ignore[return-value]  # two
        a if a.shape[0] == n else np.concatenate((np.zeros(n - a.shape[0], a.dtype), a))
        for a in (a1, a2)
    )


def polyadd(a1: Any, a2: Any) -> Any:
    x, y = _padded(a1, a2)
    return _like(x + y, a1, a2)


def polysub(a1: Any, a2: Any) -> Any:
    x, y = _padded(a1, a2)
    return _like(x - y, a1, a2)


def polymul(a1: Any, a2: Any) -> Any:
    x, y = map(_coefficients, (a1, a2))
    if x.ndim > 1 or y.ndim > 1:
        raise ValueError("Polynomial must be 1d only.")
    x, y = (np.trim_zeros(a, "f") for a in (x, y))
    x, y = (a if a.shape[0] else np.zeros(1) for a in (x, y))
    return _like(np.convolve(x, y), a1, a2)


def polydiv(u: Any, v: Any) -> Any:
    a, b = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    if a.ndim > 1 or b.ndim > 1:
        raise ValueError("setting an array element with a sequence.")
    n, steps = b.shape[0], a.shape[0] - b.shape[0] + 1
    scale = 1.0 / b[0]
    rest = a + 0.0 * b[0]
    quotient = []
    for k in range(steps):
        d = scale * rest[k]
        quotient.append(d)
        rest = np.concatenate((rest[:k], rest[k : k + n] - d * b, rest[k + n :]))
    while np.allclose(rest[0], 0, rtol=1e-14) and rest.shape[0] > 1:
        rest = rest[1:]
    q = np.stack(quotient) if quotient else np.zeros(1, rest.dtype)
    return _like(q, u, v), _like(rest, u, v)


def polyder(p: Any, m: int = 1) -> Any:
    if int(m) < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    y = _sequence(p)
    for _ in range(int(m)):
        y = y[:-1] * np.arange(y.shape[0] - 1, 0, -1)
    if y.ndim > 1:  # NumPy goes one step further than it must, and raises
        np.broadcast_shapes(y[:-1].shape, y[:-1].shape[:1])
    return _like(y, p)


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    y = _sequence(p)
    constants = np.zeros(m) if k is None else np.atleast_1d(array_of(k))
    if constants.shape[0] == 1 and m > 1:
        constants = constants[0] * np.ones(m)
    if constants.shape[0] < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(m):
        y = np.concatenate((y / np.arange(y.shape[0], 0, -1), constants[i : i + 1]))
    return _like(y, p)


# --- roots ---------------------------------------------------------------------------------------


def poly(seq_of_zeros: Any) -> Any:
    zeros = np.atleast_1d(array_of(seq_of_zeros))
    if zeros.ndim == 2:
        zeros = np.linalg.eigvals(zeros)
    if zeros.shape[0] == 0:
        return 1.0
    a: Any = np.ones(1, zeros.dtype)
    nothing = np.zeros(1, zeros.dtype)
    for i in range(zeros.shape[0]):
        a = np.concatenate((a, nothing)) - np.concatenate((nothing, a * zeros[i]))
    conjugate = zeros.dtype.kind == "c" and np.all(np.sort(zeros) == np.sort(np.conj(zeros)))
    return np.real(a).copy() if conjugate else a


@dispatched
def _roots(p: Any) -> Any:
    return np.roots(p)


@dispatched
def _check_simple(p: Any, r: Any) -> None:
    """Raise where two roots are nearer to each other than rounding lets them be known.

    The error of a root is about eps sum |p_i r^i| / |p'(r)|.
    """
    if r.size < 2:
        return
    powers = np.arange(p.size - 1, -1, -1)
    with np.errstate(all="ignore"):
        size = np.sum(np.abs(p) * np.abs(r[:, None]) ** powers, axis=1)
        slope = np.abs(np.polyval(np.polyder(p), r))
        error = 4 * p.size * np.finfo(r.dtype).eps * size / slope
    apart = np.abs(r[:, None] - r[None, :])
    apart[np.diag_indices(r.size)] = np.inf
    if not np.all(error < apart.min(axis=1)):
        raise NoRuleError(
            "numpy.roots has no derivative at a multiple root",
            "the roots' symmetric functions, which are the coefficients, or da.primal(p)",
        )


def _powers(p: Any, r: Any) -> tuple[Any, Any]:
    """The powers of the roots, (roots, coefficients), and the slopes p'(r)."""
    _check_simple(p, r)
    slope = np.polyval(np.polyder(p), r)
    return vander(r, p.shape[0]), slope


def _roots_jvp(_params: Any, y: Any, operands: Any, blocks: Any) -> Any:
    powers, slope = _powers(operands[0], y)
    return -np.matmul(blocks[0], powers.T) / slope


def _roots_vjp(_params: Any, y: Any, operands: Any, ct: Any, _i: int) -> Any:
    powers, slope = _powers(operands[0], y)
    pulled = -np.matmul(ct / np.conj(slope), np.conj(powers))
    return pulled if operands[0].dtype.kind == "c" else np.real(pulled)


def roots(p: Any) -> Any:
    """dr/dp_i = -r^(n-i) / p'(r) for a simple root r; a multiple one raises."""
    p = np.atleast_1d(array_of(p))
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    return _roots(p)


# --- least squares -------------------------------------------------------------------------------


def polyfit(
    x: Any,
    y: Any,
    deg: Any,
    rcond: Any = None,
    full: bool = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    order = int(deg) + 1
    x, y = array_of(x) + 0.0, array_of(y) + 0.0
    if rcond is None:
        rcond = x.shape[0] * np.finfo(x.dtype).eps
    left, right = vander(x, order), y
    if w is not None:
        w = array_of(w) + 0.0
        left = left * w[:, None]
        right = right * (w[:, None] if right.ndim == 2 else w)
    # NumPy scales the columns. Only the singular values depend on it: else it is a constant.
    scale = np.sqrt(np.sum(left * left, axis=0)) if full else _column_lengths(left)
    scaled = left / scale
    c, residuals, rank, s = np.linalg.lstsq(scaled, right, rcond)
    c = (c.T / scale).T
    if full:
        return c, residuals, rank, s, rcond
    if not cov:
        return c
    base = np.linalg.inv(np.dot(scaled.T, scaled)) / np.outer(scale, scale)
    factor: Any = 1 if isinstance(cov, str) else residuals / (x.shape[0] - order)
    return c, (base if y.ndim == 1 else base[:, :, None]) * factor


@dispatched
def _column_lengths(left: Any) -> Any:
    return np.sqrt((left * left).sum(axis=0))


register(
    (
        Differential(
            _roots,
            lambda p: ((p,), None),
            lambda _params, p: np.roots(p),
            _roots_jvp,
            _roots_vjp,
        ),
        Flat(_check_simple),
        Flat(_column_lengths),
    )
)
