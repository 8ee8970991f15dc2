"""Further functions of whole arrays: convolution, statistics of several, grids, and selections."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.core import types

from ._arrays import is_ad_array
from ._libraries import register_jitable
from ._overload import overload
from ._reductions import _is_none, _kind, any_ad, pin, zero_of
from ._results import values_of
from ._types import ADType


def _vectors(*args: Any) -> bool:
    """Whether all are vectors, and one is differentiated."""
    return any_ad(*args) and all(isinstance(a, types.Array) and a.ndim == 1 for a in args)


@register_jitable
def _slid(a: Any, v: Any, zero: Any) -> Any:
    """The full convolution."""
    out = np.empty(a.size + v.size - 1, _kind(zero))
    for k in range(out.size):
        total = zero
        for i in range(max(0, k - v.size + 1), min(a.size, k + 1)):
            total = total + a[i] * v[k - i]
        out[k] = total
    return out


@overload(np.convolve, target="cpu")
def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    if not _vectors(a, v):
        return None
    first = is_ad_array(a)

    def body(a: Any, v: Any, mode: Any = "full") -> Any:
        plain = np.convolve(values_of(a), values_of(v), mode)
        whole = _slid(a, v, zero_of(a) if first else zero_of(v))
        start = (whole.size - plain.size) // 2
        return pin(whole[start : start + plain.size].copy(), plain)

    return body


@overload(np.correlate, target="cpu")
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    if not _vectors(a, v):
        return None
    first = is_ad_array(a)

    def body(a: Any, v: Any, mode: Any = "valid") -> Any:
        plain = np.correlate(values_of(a), values_of(v), mode)
        whole = _slid(a, v[::-1], zero_of(a) if first else zero_of(v))
        start = (whole.size - plain.size) // 2
        return pin(whole[start : start + plain.size].copy(), plain)

    return body


def given_or(x: Any, default: Any) -> Any:
    """x, or a default where it is None."""
    raise NotImplementedError


@overload(given_or)
def _given_or(x: Any, default: Any) -> Any:
    if _is_none(x):
        return lambda x, default: default
    return lambda x, default: x


# --- statistics -----------------------------------------------------------------------------------


@register_jitable
def _rows(m: Any, rowvar: Any) -> Any:
    if rowvar or m.shape[0] == 1:
        return m
    return m.T


def observations(m: Any, y: Any, rowvar: Any) -> Any:
    """One variable a row."""
    raise NotImplementedError


@overload(observations)
def _observations(m: Any, y: Any, rowvar: Any) -> Any:
    if not _is_none(y):

        def both(m: Any, y: Any, rowvar: Any) -> Any:
            one, two = observations(m, None, rowvar), observations(y, None, rowvar)
            shape = one.shape[0] + two.shape[0], one.shape[1]
            out = np.empty(shape, _kind(one[0, 0] + two[0, 0]))
            out[: one.shape[0]] = one
            out[one.shape[0] :] = two
            return out

        return both
    if m.ndim == 1:
        return lambda m, y, rowvar: np.ascontiguousarray(m).reshape((1, m.size))
    return lambda m, y, rowvar: _rows(m, rowvar)


@register_jitable
def _covariances(x: Any, factor: Any) -> Any:
    n, count = x.shape
    zero = zero_of(x)
    centred = np.empty((n, count), x.dtype)
    for i in range(n):
        total = zero
        for j in range(count):
            total = total + x[i, j]
        mean = total / count
        for j in range(count):
            centred[i, j] = x[i, j] - mean
    out = np.dot(centred, centred.T)
    for index in np.ndindex(out.shape):
        out[index] = out[index] / factor
    return out


def _shaped_like(out: Any, plain: Any) -> Any:
    raise NotImplementedError


@overload(_shaped_like)
def _typed_shaped_like(out: Any, plain: Any) -> Any:
    if isinstance(plain, types.Array) and plain.ndim == 0:

        def without_dimensions(out: Any, plain: Any) -> Any:
            one = np.empty((), out.dtype)
            one[()] = out[0, 0]
            return pin(one, plain)

        return without_dimensions
    if isinstance(plain, types.Array):
        return lambda out, plain: pin(out, plain)
    return lambda out, plain: pin(out[0, 0], plain)


@overload(np.cov, target="cpu")
def _cov(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None) -> Any:
    if not any_ad(m, y):
        return None

    def body(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None) -> Any:
        plain = np.cov(values_of(m), values_of(y), rowvar, bias, ddof)
        x = observations(m, y, rowvar)
        less = given_or(ddof, 0 if bias else 1)
        return _shaped_like(_covariances(x, max(x.shape[1] - less, 0)), plain)

    return body


@overload(np.corrcoef, target="cpu")
def _corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Any:
    if not any_ad(x, y):
        return None

    def body(x: Any, y: Any = None, rowvar: Any = True) -> Any:
        plain = np.corrcoef(values_of(x), values_of(y), rowvar)
        c = _covariances(observations(x, y, rowvar), 1.0)
        out = c.copy()
        for i in range(c.shape[0]):
            for j in range(c.shape[0]):
                # Of a variable with itself it is 1.
                scale = np.sqrt(c[i, i] * c[j, j])
                out[i, j] = c[i, j] / scale if i != j else zero_of(c)
        return _shaped_like(out, plain)

    return body


# --- products in space ----------------------------------------------------------------------------


@overload(np.cross, target="cpu")
def _cross(a: Any, b: Any) -> Any:
    if not any_ad(a, b) or not all(isinstance(t, types.Array) for t in (a, b)):
        return None
    if not a.ndim == b.ndim == 1:
        return _cross_of_many

    def body(a: Any, b: Any) -> Any:
        plain = np.cross(values_of(a), values_of(b))
        out = np.empty(3, _kind(a[0] * b[0]))
        last_a, last_b = a[2:], b[2:]
        zero = 0.0 * (a[0] * b[0])
        z = last_a[0] + zero if a.size == 3 else zero
        w = last_b[0] + zero if b.size == 3 else zero
        out[0] = a[1] * w - z * b[1]
        out[1] = z * b[0] - a[0] * w
        out[2] = a[0] * b[1] - a[1] * b[0]
        return pin(out, plain)

    return body


def _cross_of_many(a: Any, b: Any) -> Any:
    plain = np.cross(values_of(a), values_of(b))
    x, y = np.broadcast_to(a, plain.shape), np.broadcast_to(b, plain.shape)
    x0, x1, x2 = x[..., 0], x[..., 1], x[..., 2]
    y0, y1, y2 = y[..., 0], y[..., 1], y[..., 2]
    first = x1 * y2 - x2 * y1
    out = np.empty(first.shape + (3,), first.dtype)
    out[..., 0] = first
    out[..., 1] = x2 * y0 - x0 * y2
    out[..., 2] = x0 * y1 - x1 * y0
    return pin(out, plain)


@overload(np.kron, target="cpu")
def _kron(a: Any, b: Any) -> Any:
    both = any_ad(a, b) and all(isinstance(t, types.Array) for t in (a, b))
    if not both or a.ndim != b.ndim or a.ndim not in (1, 2):
        return None
    if a.ndim == 1:
        return lambda a, b: pin(_pairs(a, b), np.kron(values_of(a), values_of(b)))

    def body(a: Any, b: Any) -> Any:
        m, n = b.shape
        out = np.empty((a.shape[0] * m, a.shape[1] * n), _kind(a[0, 0] * b[0, 0]))
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                for k in range(m):
                    for l in range(n):
                        out[i * m + k, j * n + l] = a[i, j] * b[k, l]
        return pin(out, np.kron(values_of(a), values_of(b)))

    return body


@register_jitable
def _pairs(a: Any, b: Any) -> Any:
    out = np.empty(a.size * b.size, _kind(a[0] * b[0]))
    for i in range(a.size):
        for j in range(b.size):
            out[i * b.size + j] = a[i] * b[j]
    return out


# --- grids and polynomials ------------------------------------------------------------------------


@overload(np.linspace, target="cpu")
def _linspace(start: Any, stop: Any, num: Any = 50) -> Any:
    if not (isinstance(start, ADType) or isinstance(stop, ADType)):
        return None

    def body(start: Any, stop: Any, num: Any = 50) -> Any:
        plain = np.linspace(values_of(start), values_of(stop), num)
        step = (stop - start) / max(num - 1, 1)
        out = np.empty(num, _kind(step + 0.0))
        for i in range(num):
            out[i] = start + i * step
        return pin(out, plain)

    return body


@overload(np.vander, target="cpu")
def _vander(x: Any, N: Any = None) -> Any:
    if not is_ad_array(x):
        return None

    def body(x: Any, N: Any = None) -> Any:
        columns = given_or(N, x.size)
        out = np.empty((x.size, columns), x.dtype)
        for i in range(x.size):
            power = zero_of(x) + 1.0
            for j in range(columns):
                out[i, columns - 1 - j] = power
                power = power * x[i]
        return pin(out, np.vander(values_of(x), columns))

    return body


# --- selections -----------------------------------------------------------------------------------


@overload(np.extract, target="cpu")
def _extract(condition: Any, arr: Any) -> Any:
    if not is_ad_array(arr) or not isinstance(condition, types.Array):
        return None
    return lambda condition, arr: arr.flatten()[np.nonzero(values_of(condition).flatten())[0]]


@overload(np.insert, target="cpu")
def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    scalar = isinstance(values, (ADType, types.Number))
    if not any_ad(arr, values) or not isinstance(obj, types.Integer) or not _is_none(axis):
        return None
    if not scalar or not isinstance(arr, types.Array):
        return None

    def body(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
        flat = arr.flatten()
        place = obj + flat.size if obj < 0 else obj
        out = np.empty(flat.size + 1, _kind(flat[0] + values))
        out[:place] = flat[:place]
        out[place] = values
        out[place + 1 :] = flat[place:]
        return out

    return body


@overload(np.ediff1d, target="cpu")
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    if not is_ad_array(ary) or not (_is_none(to_end) and _is_none(to_begin)):
        return None
    return lambda ary, to_end=None, to_begin=None: ary.flatten()[1:] - ary.flatten()[:-1]


@overload(np.nan_to_num, target="cpu")
def _nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0) -> Any:
    if isinstance(x, ADType):
        return lambda x, copy=True, nan=0.0: x if math.isfinite(values_of(x)) else _replaced(x, nan)
    if not is_ad_array(x):
        return None

    def body(x: Any, copy: Any = True, nan: Any = 0.0) -> Any:
        out = x.copy() if copy else x
        for index in np.ndindex(x.shape):
            if not math.isfinite(values_of(x[index])):
                out[index] = _replaced(x[index], nan)
        return out

    return body


@register_jitable
def _replaced(x: Any, nan: Any) -> Any:
    return pin(zero_of(x), np.nan_to_num(values_of(x), True, nan))


@overload(np.unwrap, target="cpu")
def _unwrap(p: Any, discont: Any = None, axis: Any = -1, period: Any = 2 * math.pi) -> Any:
    """Steps by whole periods are locally constant."""
    if not is_ad_array(p) or p.ndim != 1:
        return None

    def body(p: Any, discont: Any = None, axis: Any = -1, period: Any = 2 * math.pi) -> Any:
        return pin(p.copy(), np.unwrap(values_of(p), discont, axis, period))

    return body


@overload(np.bincount, target="cpu")
def _bincount(a: Any, weights: Any = None, minlength: Any = 0) -> Any:
    if not is_ad_array(weights):
        return None

    def body(a: Any, weights: Any = None, minlength: Any = 0) -> Any:
        plain = np.bincount(a, values_of(weights), minlength)
        out = np.zeros(plain.size, weights.dtype)
        for i in range(a.size):
            out[a[i]] = out[a[i]] + weights[i]
        return pin(out, plain)

    return body
