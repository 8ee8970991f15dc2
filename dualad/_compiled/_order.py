"""Quantiles, sets and what skips NaN, for arrays of differentiated numbers.

The places are found in the values; the derivatives are those of the numbers that stand there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types

from ._arrays import is_ad_array
from ._libraries import register_jitable
from ._overload import overload
from ._reductions import _shared, _total, pin, zero_of
from ._results import values_of

# --- quantiles ------------------------------------------------------------------------------------


@register_jitable
def _flat_sorted(a: Any) -> Any:
    flat = a.flatten()
    return flat[np.argsort(values_of(flat), kind="mergesort")]


@register_jitable
def _present(a: Any) -> Any:
    """What is not NaN."""
    flat = a.flatten()
    return flat[~np.isnan(values_of(flat))]


@register_jitable
def _between_ranks(s: Any, q: Any) -> Any:
    """The quantile q of what is sorted."""
    if s.size == 0:
        return zero_of(s) + np.nan
    rank = q * (s.size - 1)
    low = min(int(rank), s.size - 1)
    high = min(low + 1, s.size - 1)
    share = rank - low
    return s[low] * (1.0 - share) + s[high] * share


def _quantile(fn: Any, scale: float, skips: bool) -> None:
    def typed(a: Any, q: Any) -> Any:
        if not is_ad_array(a):
            return None
        if isinstance(q, (types.Float, types.Integer)):

            def at_one(a: Any, q: Any) -> Any:
                s = _flat_sorted(_present(a) if skips else a)
                return pin(_between_ranks(s, q / scale), fn(values_of(a), q))

            return at_one
        if not isinstance(q, types.Array):
            return None

        def at_many(a: Any, q: Any) -> Any:
            s = _flat_sorted(_present(a) if skips else a)
            out = np.empty(q.size, a.dtype)
            for i in range(q.size):
                out[i] = _between_ranks(s, q.flat[i] / scale)
            return pin(out, fn(values_of(a), q))

        return at_many

    overload(fn, target="cpu")(typed)


_quantile(np.quantile, 1.0, False)
_quantile(np.percentile, 100.0, False)
_quantile(np.nanquantile, 1.0, True)
_quantile(np.nanpercentile, 100.0, True)


def _median(fn: Any, skips: bool) -> None:
    def typed(a: Any) -> Any:
        if not is_ad_array(a):
            return None

        def body(a: Any) -> Any:
            s = _flat_sorted(_present(a) if skips else a)
            return pin(_between_ranks(s, 0.5), fn(values_of(a)))

        return body

    overload(fn, target="cpu")(typed)


_median(np.median, False)
_median(np.nanmedian, True)


# --- NaN is left out ------------------------------------------------------------------------------


def _skipping(fn: Any, plain: Any) -> None:
    def typed(a: Any) -> Any:
        if not is_ad_array(a):
            return None

        def body(a: Any) -> Any:
            return pin(plain(_present(a)), fn(values_of(a)))

        return body

    overload(fn, target="cpu")(typed)


@register_jitable
def _product(a: Any) -> Any:
    total = zero_of(a) + 1.0
    for item in a:
        total = total * item
    return total


@register_jitable
def _average(a: Any) -> Any:
    return _total(a) / a.size if a.size else zero_of(a) + np.nan


@register_jitable
def _spread(a: Any) -> Any:
    mean, total = _average(a), zero_of(a)
    for item in a:
        total = total + (item - mean) * (item - mean)
    return total / a.size if a.size else total + np.nan


@register_jitable
def _deviation(a: Any) -> Any:
    square = _spread(a)
    # By convention the derivative is 0 where all elements are equal.
    return np.sqrt(square) if square > 0.0 else zero_of(a)


_skipping(np.nansum, _total)
_skipping(np.nanprod, _product)
_skipping(np.nanmean, _average)
_skipping(np.nanvar, _spread)
_skipping(np.nanstd, _deviation)


def _extreme(fn: Any) -> None:
    def typed(a: Any) -> Any:
        return (lambda a: _shared(a, fn(values_of(a)))) if is_ad_array(a) else None

    overload(fn, target="cpu")(typed)


_extreme(np.nanmin)
_extreme(np.nanmax)


def _running(fn: Any, multiplies: bool) -> None:
    def typed(a: Any) -> Any:
        if not is_ad_array(a):
            return None

        def body(a: Any) -> Any:
            out = np.empty(a.size, a.dtype)
            total = zero_of(a) + (1.0 if multiplies else 0.0)
            i = 0
            for item in a.flat:
                if item == item:
                    total = total * item if multiplies else total + item
                out[i] = total
                i += 1
            return pin(out, fn(values_of(a)))

        return body

    overload(fn, target="cpu")(typed)


_running(np.nancumsum, False)
_running(np.nancumprod, True)


@overload(np.ptp, target="cpu")
def _ptp(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        value = values_of(a)
        return pin(_shared(a, np.max(value)) - _shared(a, np.min(value)), np.ptp(value))

    return body


# --- sets: the first of equals --------------------------------------------------------------------


@register_jitable
def _picked(a: Any, wanted: Any) -> Any:
    """The numbers whose values are `wanted`: of equal ones the first."""
    flat = a.flatten()
    value = values_of(flat)
    order = np.argsort(value, kind="mergesort")
    return flat[order[np.searchsorted(value[order], wanted)]]


@overload(np.unique, target="cpu")
def _unique(ar: Any) -> Any:
    if not is_ad_array(ar):
        return None
    return lambda ar: _picked(ar, np.unique(values_of(ar)))


@register_jitable
def _one_after_another(a: Any, b: Any, like: Any) -> Any:
    out = np.empty(a.size + b.size, like.dtype)
    out[: a.size] = a.flatten()
    out[a.size :] = b.flatten()
    return out


def _set(fn: Any) -> None:
    def typed(ar1: Any, ar2: Any) -> Any:
        if not (is_ad_array(ar1) or is_ad_array(ar2)):
            return None
        first = is_ad_array(ar1)

        def body(ar1: Any, ar2: Any) -> Any:
            both = _one_after_another(ar1, ar2, ar1 if first else ar2)
            return _picked(both, fn(values_of(ar1), values_of(ar2)))

        return body

    overload(fn, target="cpu")(typed)


for _fn in (np.union1d, np.setdiff1d, np.setxor1d, np.intersect1d):
    _set(_fn)


def _parted(fn: Any) -> None:
    def typed(a: Any, kth: Any) -> Any:
        if not is_ad_array(a) or a.ndim != 1:
            return None

        def body(a: Any, kth: Any) -> Any:
            return pin(a[np.argpartition(values_of(a), kth)], fn(values_of(a), kth))

        return body

    overload(fn, target="cpu")(typed)


_parted(np.partition)
