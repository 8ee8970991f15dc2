"""Medians and quantiles, by every method and with weights, and their kin that leave NaN out.

The order of the elements is locally constant; a quantile is a weighted mean of two neighbours in
it. By the continuous methods the place between them depends on q, and has a derivative in it
(Hyndman and Fan, Sample quantiles in statistical packages, 1996); by the others, and with weights,
one element or the middle of two is chosen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._dispatch import dispatched
from ._later import array_of
from ._ordering import _restore, _to_last
from ._registry import register
from ._row import Flat

_NO = np._NoValue
# By their parameters (alpha, beta): the place of q among n is n q + alpha + q (1 - alpha - beta).
_CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3.0, 1 / 3.0),
    "normal_unbiased": (3 / 8.0, 3 / 8.0),
}


def _sorted(x: Any) -> Any:
    """x in order along its last axis, NaN behind all others."""
    return np.take_along_axis(x, np.argsort(x, axis=-1, kind="stable"), axis=-1)


def _at(s: Any, index: Any) -> Any:
    """Elements of s along its last axis; `index` is the same for all slices, or has their axes."""
    return s[..., index] if index.ndim < 2 else np.take_along_axis(s, index, axis=-1)


# --- median --------------------------------------------------------------------------------------


def median(
    a: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    a = array_of(a)
    x, axes = _to_last(a, axis)
    s = _sorted(x)
    n = s.shape[-1]
    y = np.mean(s[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    return _restore(_with_nan(y, np.isnan(s[..., -1])), a.shape, axes, keepdims)


def _with_nan(y: Any, mask: Any) -> Any:
    """y with NaN as value and derivative where `mask` is set."""
    if not np.any(mask):
        return y
    return y * np.where(mask, math.nan, 1.0).astype(y.dtype)


def nanmedian(
    a: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    keepdims: Any = _NO,
) -> Any:
    a = array_of(a)
    x, axes = _to_last(a, axis)
    s, n = _sorted(x), _present(x)
    low, high = (np.take_along_axis(s, i[..., None], -1)[..., 0] for i in ((n - 1) // 2, n // 2))
    y = np.where(np.equal(low, high), low, 0.5 * low + 0.5 * high)[()]
    return _restore(y, a.shape, axes, keepdims is not _NO and bool(keepdims))


def _present(x: Any) -> Any:
    """How many elements along the last axis are no NaN; all of them where every one is."""
    n = np.sum(~np.isnan(x), axis=-1, dtype=np.intp)
    return np.where(n == 0, x.shape[-1], n)


# --- places --------------------------------------------------------------------------------------


@dispatched
def _ranks(q: Any, n: Any, method: str) -> Any:
    """Where NumPy's quantile of n ordered elements falls: an array n.shape + q.shape.

    Found by its own function on the numbers 0, 1, ..., n - 1.
    """
    plain: Any = np.quantile
    kinds = {int(m): plain(np.arange(float(m)), q, method=method) for m in np.unique(n)}
    if np.ndim(n) == 0:
        return np.asarray(kinds[int(n)])
    return np.stack([kinds[int(m)] for m in np.ravel(n)]).reshape(np.shape(n) + np.shape(q))


@dispatched
def _weighted_places(fn: Any, a: Any, x: Any, q: Any, axis: Any, weights: Any) -> Any:
    """Which elements along the last axis of x NumPy's weighted quantiles are, (..., q.size)."""
    y = np.asarray(fn(a, q, axis=axis, weights=weights, method="inverted_cdf"))
    y = np.moveaxis(y.reshape((np.size(q), *x.shape[:-1])), 0, -1)
    return np.argmax(x[..., None, :] == y[..., None], axis=-1)


def _interpolated(s: Any, q: Any, n: Any, method: str) -> Any:
    """Quantiles of slices with n elements; those of q are the last axis."""
    per_slice = np.ndim(n) > 0
    if method in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[method]
        m = n[..., None] if per_slice else n
        linear = method == "linear"
        place = (m - 1) * q if linear else m * q + (alpha + q * (1 - alpha - beta)) - 1
    else:
        place, m = _ranks(q, n, method), (n[..., None] if per_slice else n)
    floor = np.floor(place)
    below = np.clip(floor, 0, m - 1).astype(np.intp)
    above = np.clip(floor + 1, 0, m - 1).astype(np.intp)
    low, high, part = _at(s, below), _at(s, above), place - floor
    if method not in _CONTINUOUS and not np.any(part):
        return low
    slope = high - low
    return np.where(part >= 0.5, high - slope * (1 - part), low + slope * part)


# --- quantiles -----------------------------------------------------------------------------------


@dispatched
def _quantile_dtype(fn: Any, a: Any, q: Any, method: str) -> np.dtype[Any]:
    """The dtype of NumPy's answer: versions differ for a Python number q and low precision."""
    return np.asarray(fn(np.zeros(1, a.dtype), q, method=method)).dtype


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Any:
    method = interpolation or method
    return _quantiles(np.quantile, a, q, axis, method, keepdims, weights)


def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Any:
    method = interpolation or method
    return _quantiles(np.percentile, a, q, axis, method, keepdims, weights)


def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = _NO,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Any:
    method = interpolation or method
    return _quantiles(np.nanquantile, a, q, axis, method, keepdims, weights)


def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = _NO,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Any:
    method = interpolation or method
    return _quantiles(np.nanpercentile, a, q, axis, method, keepdims, weights)


def _quantiles(
    fn: Any, a: Any, given: Any, axis: Any, method: str, keepdims: Any, weights: Any
) -> Any:
    a, q = array_of(a), array_of(given)
    if a.dtype.kind == "c":
        raise NoRuleError(f"np.{fn.__name__} of complex numbers has no derivative rule", "np.real")
    if fn in (np.percentile, np.nanpercentile):
        q = q / (a.dtype.type(100) if a.dtype.kind == "f" else 100)
    shape_q, q = np.shape(q), np.reshape(q, -1)
    x, axes = _to_last(a, axis)
    skip_nan = fn in (np.nanquantile, np.nanpercentile)
    s = _sorted(x)
    if weights is None:
        y = _interpolated(s, q, _present(x) if skip_nan else s.shape[-1], method)
    else:
        places = _weighted_places(fn, a, x, given, axis, weights)
        y = np.take_along_axis(x, places, axis=-1)
    if not skip_nan:
        y = _with_nan(y, np.isnan(s[..., -1:]))
    y = np.moveaxis(y, -1, 0)  # NumPy puts the axes of q first
    if a.dtype != np.float64 and weights is None:
        y = y.astype(_quantile_dtype(fn, a, given, method))
    keep = keepdims is not _NO and bool(keepdims)
    kept = tuple(1 if d in axes else m for d, m in enumerate(a.shape) if keep or d not in axes)
    return np.reshape(y, shape_q + kept)


register((Flat(_ranks), Flat(_weighted_places), Flat(_quantile_dtype)))
