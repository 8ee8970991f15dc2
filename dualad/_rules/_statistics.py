"""Means, variances, products and their kin, written in terms of sums and multiplications.

The bodies take NumPy's own steps in NumPy's own order, so that most values need no pin.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import operand
from ._norms import euclidean
from ._numeric import NUMERIC
from ._row import Composed, Row

# NumPy divides by an integer in double precision and rounds once; so do these dtypes here.
_DIVIDED_IN = {
    np.dtype(np.float16): np.float64,
    np.dtype(np.float32): np.float64,
    np.dtype(np.complex64): np.complex128,
}
_EXACT_IN_FLOAT32 = 1 << 24


def _refuse_out(name: str, out: Any) -> None:
    if out is not None:
        raise NoRuleError(f"np.{name} with out= has no derivative rule", "the answer itself")


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis` as a tuple of axes from 0."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    if not ndim and len(axes) == 1 and axes[0] in (0, -1):
        return ()  # NumPy takes these for a 0-d array
    for a in axes:
        if not -ndim <= a < ndim:
            raise np.exceptions.AxisError(a, ndim)
    return tuple(a % ndim for a in axes)


def _count(a: Any, axis: Any, keepdims: bool, where: Any) -> Any:
    """How many elements each sum adds: an int, or an array where there is a mask."""
    if where is True:
        return math.prod([a.shape[d] for d in _axes(axis, a.ndim)])
    mask = np.broadcast_to(where, a.shape)
    return np.sum(mask, axis=axis, dtype=np.intp, keepdims=keepdims)


def _divide(total: Any, count: Any) -> Any:
    dtype = getattr(total, "dtype", None)
    wide = _DIVIDED_IN.get(dtype)
    if wide is None:
        return total / count
    if dtype == np.float32 and isinstance(count, int) and count < _EXACT_IN_FLOAT32:
        return total / count  # both ways round correctly
    return (total.astype(wide) / count).astype(dtype)


def _sum_dtype(a: Any, dtype: Any) -> Any:
    return np.dtype(np.float64) if dtype is None and a.dtype.kind in "biu" else dtype


def _mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Any:
    _refuse_out("mean", out)
    a = operand(a)
    count = _count(a, axis, keepdims, where)
    if np.any(np.equal(count, 0)):
        warnings.warn("Mean of empty slice", RuntimeWarning, stacklevel=2)
    half = dtype is None and a.dtype == np.float16
    dtype = np.dtype(np.float32) if half else _sum_dtype(a, dtype)
    mean = _divide(np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where), count)
    return mean.astype(np.float16) if half else mean


def _deviations(a: Any, axis: Any, dtype: Any, where: Any, mean: Any) -> Any:
    if mean is None:
        total = np.sum(a, axis=axis, dtype=dtype, keepdims=True, where=where)
        mean = _divide(total, _count(a, axis, True, where))
    return a - mean


def _freedom(a: Any, axis: Any, keepdims: bool, where: Any, ddof: Any, correction: Any) -> Any:
    """The count less the degrees of freedom that were used, not below 0."""
    if correction is not None:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    count = _count(a, axis, keepdims, where)
    return max(count - ddof, 0) if isinstance(count, int) else np.maximum(count - ddof, 0)


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    _refuse_out("var", out)
    a = operand(a)
    dtype = _sum_dtype(a, dtype)
    freedom = _freedom(a, axis, keepdims, where, ddof, correction)
    if np.any(np.equal(freedom, 0)):
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
    x = _deviations(a, axis, dtype, where, mean)
    if x.dtype.kind == "c":
        re, im = np.real(x), np.imag(x)
        x = re * re + im * im
    else:
        x = x * x
    total = np.sum(x, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    return _divide(total, freedom)


def _std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    _refuse_out("std", out)
    a = operand(a)
    freedom = _freedom(a, axis, keepdims, where, ddof, correction)
    x = _deviations(a, axis, _sum_dtype(a, dtype), where, mean)
    if where is not True:
        x = np.where(where, x, 0.0)
    # The norm, and not the root of the variance: the standard deviation of a constant is 0 and
    # its derivative is 0, by the same convention.
    return _divide(euclidean(x, _axes(axis, a.ndim), keepdims), freedom**0.5)


def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    a = operand(a)
    if axis is not None:
        axis = _axes(axis, a.ndim)
    if weights is None:
        average = np.mean(a, axis=axis, keepdims=keepdims)
        size = math.prod(np.shape(average))
        scale: Any = np.asarray(a.size / size if size else math.nan, dtype=average.dtype)[()]
    else:
        w = _broadcast_weights(operand(weights), a, axis)
        dtype = np.result_type(a.dtype, w.dtype, *(("f8",) if a.dtype.kind in "biu" else ()))
        scale = np.sum(w, axis=axis, dtype=dtype, keepdims=keepdims)
        if np.any(scale == 0.0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        if a.dtype.kind in "biu":
            a = a.astype(dtype)
        average = np.sum(np.multiply(a, w), axis=axis, keepdims=keepdims) / scale
    if not returned:
        return average
    if np.shape(scale) != np.shape(average):
        scale = np.broadcast_to(scale, np.shape(average)).copy()
    return average, scale


def _broadcast_weights(w: Any, a: Any, axis: tuple[int, ...] | None) -> Any:
    if a.shape == w.shape:
        return w
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if w.shape != tuple(a.shape[d] for d in axis):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis."
        )
    w = w.transpose(sorted(range(len(axis)), key=axis.__getitem__))
    return w.reshape(tuple(n if d in axis else 1 for d, n in enumerate(a.shape)))


def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    _refuse_out("ptp", out)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# --- products ----------------------------------------------------------------------------------


def _prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """By halving: the derivative never divides, so zeros are no exception at any order."""
    _refuse_out("prod", out)
    a = operand(a)
    shape, axes = a.shape, _axes(axis, a.ndim)
    if dtype is not None:
        a = a.astype(dtype)
    if where is not True:
        where = np.broadcast_to(where, shape)
        a = np.where(where, a, 1)
    kept = [d for d in range(a.ndim) if d not in axes]
    x = a.transpose([*axes, *kept])
    n = math.prod([shape[d] for d in axes])
    x = x.reshape((n, *(shape[d] for d in kept)))
    product = _halved(x, n)
    if initial is not None:
        product = product * initial
    if keepdims:
        product = np.reshape(product, tuple(1 if d in axes else m for d, m in enumerate(shape)))
    return product


def _halved(x: Any, n: int) -> Any:
    """The product over axis 0. Neighbours first, as near to NumPy's order as halving comes."""
    if n == 0:
        return np.ones(x.shape[1:], x.dtype)[()]
    rest: Any = None
    while n > 1:
        if n % 2:
            last = x[n - 1]
            rest = last if rest is None else last * rest
            n -= 1
        x = x[0:n:2] * x[1:n:2]
        n //= 2
    return x[0] if rest is None else x[0] * rest


def _cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    _refuse_out("cumprod", out)
    a = operand(a)
    if axis is None or (a.ndim == 0 and axis in (0, -1)):
        a, axis = np.reshape(a, -1), 0
    if dtype is not None:
        a = a.astype(dtype)
    axis = _axes(axis, a.ndim)[0]
    lead = (slice(None),) * axis
    n, step = a.shape[axis], 1
    while step < n:  # after each round, an element is the product of the last 2 * step ones
        head, tail = a[(*lead, slice(None, step))], a[(*lead, slice(step, None))]
        a = np.concatenate((head, tail * a[(*lead, slice(None, n - step))]), axis=axis)
        step *= 2
    return a


def _cumulative_prod(
    x: Any,
    /,
    *,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> Any:
    _refuse_out("cumulative_prod", out)
    x = operand(x)
    if axis is None:
        if x.ndim > 1:
            raise ValueError(
                "For arrays which have more than one dimension ``axis`` argument is required."
            )
        axis = 0
    answer = _cumprod(x, axis, dtype)
    if include_initial:
        shape = [1 if d == axis % x.ndim else n for d, n in enumerate(x.shape)]
        answer = np.concatenate((np.ones(shape, answer.dtype), answer), axis=axis)
    return answer


_NEWER: tuple[Row, ...] = ()
if hasattr(np, "cumulative_prod"):  # NumPy 2.1
    _NEWER = (Composed(np.cumulative_prod, _cumulative_prod),)

STATISTICS: tuple[Row, ...] = (
    Composed(np.mean, _mean, pin=False),
    Composed(np.var, _var, pin=False),
    Composed(np.std, _std),
    Composed(np.average, _average, pin=False),
    Composed(np.ptp, _ptp, pin=False),
    Composed(np.prod, _prod),
    Composed(np.cumprod, _cumprod),
    *_NEWER,
    *NUMERIC,
)
