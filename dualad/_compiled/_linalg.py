"""Linear algebra, choices and interpolation of arrays of differentiated numbers.

Solutions are refined in differentiated arithmetic: a step of Newton's method from the plain
solution has the right first derivatives, a second step the right second ones.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
from numba.core import types

from ._arrays import is_ad_array, stored_type
from ._libraries import register_jitable
from ._overload import overload
from ._reductions import _kind, any_ad, pin, zero_of
from ._results import values_of
from ._stand_ins import Marker, as_float, promote_number
from ._tape import named
from ._types import ADType, CubeType


@overload(np.linalg.inv, target="cpu")
def _inv(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        plain = np.linalg.inv(values_of(a))
        eye = np.eye(a.shape[0])
        first = plain + np.dot(plain, eye - np.dot(a, plain))
        return pin(first + np.dot(first, eye - np.dot(a, first)), plain)

    return body


@overload(np.linalg.solve, target="cpu")
def _solve(a: Any, b: Any) -> Any:
    if not any_ad(a, b):
        return None
    # Each step has the derivatives of one order more right.
    more = 2 if CubeType in (type(a.dtype), type(b.dtype)) else 1

    def body(a: Any, b: Any) -> Any:
        plain = np.linalg.solve(values_of(a), values_of(b))
        inverse = np.linalg.inv(values_of(a))
        found = plain + np.dot(inverse, b - np.dot(a, plain))
        for _ in range(more):
            found = found + np.dot(inverse, b - np.dot(a, found))
        return pin(found, plain)

    return body


@register_jitable
def _eliminated(a: Any) -> Any:
    """The determinant, by elimination with the pivots of the values."""
    m = a.copy()
    n = m.shape[0]
    total = zero_of(a) + 1.0
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(m[i, k]) > abs(m[p, k]):
                p = i
        if p != k:
            for j in range(n):
                kept = m[k, j]
                m[k, j] = m[p, j]
                m[p, j] = kept
            total = -total
        total = total * m[k, k]
        for i in range(k + 1, n):
            factor = m[i, k] / m[k, k]
            for j in range(k + 1, n):
                m[i, j] = m[i, j] - factor * m[k, j]
    return total


@overload(np.linalg.det, target="cpu")
def _det(a: Any) -> Any:
    if not is_ad_array(a):
        return None
    return lambda a: pin(_eliminated(a), np.linalg.det(values_of(a)))


@overload(np.linalg.cholesky, target="cpu")
def _cholesky(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        n = a.shape[0]
        plain = np.linalg.cholesky(values_of(a))
        out = np.zeros((n, n), a.dtype)
        for i in range(n):
            for j in range(i + 1):
                total = a[i, j]
                for k in range(j):
                    total = total - out[i, k] * out[j, k]
                out[i, j] = np.sqrt(total) if i == j else total / out[j, j]
        return pin(out, plain)

    return body


# --- choices --------------------------------------------------------------------------------------


def zero_like(x: Any) -> Any:
    """0 of the kind of x."""
    raise NotImplementedError


@overload(zero_like)
def _zero_like(x: Any) -> Any:
    if isinstance(x, ADType):
        return lambda x: zero_of(x)
    return lambda x: 0.0


def _spread(a: Any, shape: Any) -> Any:
    raise NotImplementedError


@overload(_spread)
def _typed_spread(a: Any, shape: Any) -> Any:
    if isinstance(a, types.Array):
        return lambda a, shape: np.broadcast_to(a, shape)
    return lambda a, shape: a


def _item(a: Any, index: Any) -> Any:
    raise NotImplementedError


@overload(_item)
def _typed_item(a: Any, index: Any) -> Any:
    if isinstance(a, types.Array):
        return lambda a, index: a[index]
    return lambda a, index: a


@overload(np.where, target="cpu")
def _where(condition: Any, x: Any, y: Any) -> Any:
    if not any_ad(x, y):
        return None
    arrays = [t for t in (condition, x, y) if isinstance(t, types.Array)]
    if not arrays:
        return lambda condition, x, y: x if condition else y
    from_x = any_ad(x)

    def body(condition: Any, x: Any, y: Any) -> Any:
        shape = np.broadcast_shapes(_shape(condition), _shape(x), _shape(y))
        c, p, q = _spread(condition, shape), _spread(x, shape), _spread(y, shape)
        out = np.empty(shape, _dtype(x if from_x else y))
        for index in np.ndindex(shape):
            out[index] = _item(p, index) if _item(c, index) else _item(q, index)
        return out

    return body


@overload(np.clip, target="cpu")
def _clip(a: Any, a_min: Any, a_max: Any) -> Any:
    if not any_ad(a, a_min, a_max):
        return None
    arrays = [isinstance(t, types.Array) for t in (a, a_min, a_max)]
    if not any(arrays):
        return lambda a, a_min, a_max: _clipped(a, a_min, a_max)
    if not any(arrays[1:]):

        def of_array(a: Any, a_min: Any, a_max: Any) -> Any:
            out = np.empty(a.shape, _kind(_clipped(a.flat[0], a_min, a_max)))
            for index in np.ndindex(a.shape):
                out[index] = _clipped(a[index], a_min, a_max)
            return out

        return of_array

    def between(a: Any, a_min: Any, a_max: Any) -> Any:
        shape = np.broadcast_shapes(_shape(a), _shape(a_min), _shape(a_max))
        x, low, high = _spread(a, shape), _spread(a_min, shape), _spread(a_max, shape)
        first = next(iter(np.ndindex(shape)))
        like = _clipped(_item(x, first), _item(low, first), _item(high, first))
        out = np.empty(shape, _kind(like))
        for index in np.ndindex(shape):
            out[index] = _clipped(_item(x, index), _item(low, index), _item(high, index))
        return out

    return between


def _shape(a: Any) -> Any:
    raise NotImplementedError


@overload(_shape)
def _typed_shape(a: Any) -> Any:
    if isinstance(a, types.Array):
        return lambda a: a.shape
    return lambda a: ()


def _clipped(x: Any, low: Any, high: Any) -> Any:
    """The derivative is 1 on the closed interval."""
    raise NotImplementedError


@overload(_clipped)
def _typed_clipped(x: Any, low: Any, high: Any) -> Any:
    given = [t for t in (x, low, high) if isinstance(t, ADType)]
    marker = Marker(stored_type(given[0]))
    below = not isinstance(low, types.NoneType)
    above = not isinstance(high, types.NoneType)

    def body(x: Any, low: Any, high: Any) -> Any:
        out = promote_number(marker, as_float(x))
        if below and out < low:
            out = promote_number(marker, as_float(low))
        if above and out > high:
            out = promote_number(marker, as_float(high))
        return named(out)

    return body


def _dtype(a: Any) -> Any:
    raise NotImplementedError


@overload(_dtype)
def _typed_dtype(a: Any) -> Any:
    marker = Marker(stored_type(a.dtype if isinstance(a, types.Array) else a))
    return lambda a: marker


@overload(np.interp, target="cpu")
def _interp(x: Any, xp: Any, fp: Any) -> Any:
    if not any_ad(x, xp, fp) or not all(isinstance(t, types.Array) for t in (xp, fp)):
        return None
    if isinstance(x, types.Array):

        def of_array(x: Any, xp: Any, fp: Any) -> Any:
            grid = values_of(xp)
            first = _between(x.flat[0], grid, xp, fp)
            out = np.empty(x.shape, _dtype(first))
            for index in np.ndindex(x.shape):
                out[index] = _between(x[index], grid, xp, fp)
            return pin(out, np.interp(values_of(x), grid, values_of(fp)))

        return of_array

    def of_number(x: Any, xp: Any, fp: Any) -> Any:
        grid = values_of(xp)
        return pin(_between(x, grid, xp, fp), np.interp(values_of(x), grid, values_of(fp)))

    return of_number


@register_jitable
def _between(x: Any, grid: Any, xp: Any, fp: Any) -> Any:
    """Linear interpolation, constant outside."""
    n = grid.size
    if x == grid[n - 1] and n > 1:
        slope = (fp[n - 1] - fp[n - 2]) / (xp[n - 1] - xp[n - 2])
        return slope * (x - xp[n - 1]) + fp[n - 1]
    if not x < grid[n - 1]:  # NaN, too
        return fp[n - 1] + zero_like(x)
    if x < grid[0]:
        return fp[0] + zero_like(x)
    j = np.searchsorted(grid, values_of(x), side="right") - 1
    slope = (fp[j + 1] - fp[j]) / (xp[j + 1] - xp[j])
    found = slope * (x - xp[j]) + fp[j]
    if j > 0 and x == grid[j]:  # a kink: the mean of both sides
        before = (fp[j] - fp[j - 1]) / (xp[j] - xp[j - 1])
        return 0.5 * (found + (before * (x - xp[j]) + fp[j]))
    return found


def quotient_and_rest(a: Any, b: Any) -> Any:
    """``divmod(a, b)``."""
    raise NotImplementedError


@overload(quotient_and_rest)
def _divmod(a: Any, b: Any) -> Any:
    if not any_ad(a, b):
        return lambda a, b: divmod(a, b)

    def body(a: Any, b: Any) -> Any:
        quotient, rest = divmod(values_of(a), values_of(b))
        return quotient, pin(a % b, rest)

    return body


SWAPS = {builtins.divmod: quotient_and_rest}
