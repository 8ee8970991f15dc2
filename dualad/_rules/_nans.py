"""The functions of NumPy that leave NaN out: nansum and its kin.

An element that is NaN counts as absent: its derivative is zero, structurally. Warnings come from
the plain call, which gives the value.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._later import array_of, axes_of, given
from ._norms import euclidean

_NO = np._NoValue


def _replaced(a: Any, value: float) -> tuple[Any, Any]:
    """`a` with `value` in place of NaN, and the mask of NaN."""
    mask = np.isnan(a)
    return np.where(mask, value, a), mask


# --- sums and products ---------------------------------------------------------------------------


def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = _NO,
    initial: Any = _NO,
    where: Any = _NO,
) -> Any:
    a, _ = _replaced(array_of(a), 0.0)
    keywords = given(keepdims=keepdims, initial=initial, where=where)
    return np.sum(a, axis=axis, dtype=dtype, **keywords)


def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = _NO,
    initial: Any = _NO,
    where: Any = _NO,
) -> Any:
    a, _ = _replaced(array_of(a), 1.0)
    keywords = given(keepdims=keepdims, initial=initial, where=where)
    return np.prod(a, axis=axis, dtype=dtype, **keywords)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return np.cumsum(_replaced(array_of(a), 0.0)[0], axis=axis, dtype=dtype)


def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return np.cumprod(_replaced(array_of(a), 1.0)[0], axis=axis, dtype=dtype)


# --- extremes ------------------------------------------------------------------------------------


def nanmax(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = _NO,
    initial: Any = _NO,
    where: Any = _NO,
) -> Any:
    return _nan_extreme(np.max, -math.inf, array_of(a), axis, keepdims, initial, where)


def nanmin(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = _NO,
    initial: Any = _NO,
    where: Any = _NO,
) -> Any:
    return _nan_extreme(np.min, math.inf, array_of(a), axis, keepdims, initial, where)


def _nan_extreme(
    extreme: Any, worst: float, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any
) -> Any:
    a, mask = _replaced(a, worst)
    keywords = given(keepdims=keepdims, initial=initial, where=where)
    y = extreme(a, axis=axis, **keywords)
    if initial is not _NO:
        return y
    lost = np.all(mask, axis=axis, **given(keepdims=keepdims))
    return np.where(lost, math.nan, y)[()] if np.any(lost) else y


# --- means and deviations ------------------------------------------------------------------------


def _divided(total: Any, count: Any) -> Any:
    """total / count, NaN where nothing is left, in the dtype of the total."""
    with np.errstate(all="ignore"):
        quotient = total / np.where(np.equal(count, 0), math.nan, count)[()]
    return quotient if quotient.dtype == total.dtype else quotient.astype(total.dtype)


def _counted(mask: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    return np.sum(~mask, axis=axis, dtype=np.intp, **given(keepdims=keepdims, where=where))


def nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = _NO,
    *,
    where: Any = _NO,
) -> Any:
    a, mask = _replaced(array_of(a), 0.0)
    total = np.sum(a, axis=axis, dtype=dtype, **given(keepdims=keepdims, where=where))
    return _divided(total, _counted(mask, axis, keepdims, where))


def _deviations(a: Any, axis: Any, dtype: Any, where: Any, mean: Any) -> tuple[Any, Any]:
    """Distances from the mean, 0 where an element is absent, and the mask of the others."""
    a, mask = _replaced(a, 0.0)
    if mean is _NO:
        total = np.sum(a, axis=axis, dtype=dtype, keepdims=True, **given(where=where))
        mean = _divided(total, _counted(mask, axis, True, where))
    if where is not _NO:
        mask = mask | ~np.broadcast_to(where, mask.shape)
    x = np.where(mask, 0.0, a - mean)
    return (x if x.dtype == a.dtype else x.astype(a.dtype)), mask


def _freedom(mask: Any, axis: Any, keepdims: Any, ddof: Any, correction: Any) -> Any:
    """The count less the degrees of freedom that were used; NaN where nothing is left."""
    free = _counted(mask, axis, keepdims, _NO) - (ddof if correction is _NO else correction)
    return np.where(free <= 0, math.nan, free)[()]


def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = _NO,
    *,
    where: Any = _NO,
    mean: Any = _NO,
    correction: Any = _NO,
) -> Any:
    x, mask = _deviations(array_of(a), axis, dtype, where, mean)
    if x.dtype.kind == "c":
        re, im = np.real(x), np.imag(x)
        square = re * re + im * im
    else:
        square = x * x
    total = np.sum(square, axis=axis, dtype=dtype, **given(keepdims=keepdims))
    return _divided(total, _freedom(mask, axis, keepdims, ddof, correction))


def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = _NO,
    *,
    where: Any = _NO,
    mean: Any = _NO,
    correction: Any = _NO,
) -> Any:
    # The norm, and not the root of the variance: that of a constant is 0, and so is its derivative.
    x, mask = _deviations(array_of(a), axis, dtype, where, mean)
    length = euclidean(x, axes_of(axis, x.ndim), keepdims is not _NO and bool(keepdims))
    return _divided(length, _freedom(mask, axis, keepdims, ddof, correction) ** 0.5)
