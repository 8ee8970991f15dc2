"""Grids between differentiated ends, counts over bins, diagonals, roots, and what is appended."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types

from ._arrays import is_ad_array, is_number_array
from ._libraries import register_jitable
from ._overload import overload
from ._reductions import _is_none, _kind, _shared, pin, zero_of
from ._results import values_of
from ._stand_ins import as_array
from ._types import ADType, holds_number


def _differentiated_ends(start: Any, stop: Any) -> bool:
    return isinstance(start, ADType) or isinstance(stop, ADType)


@overload(np.logspace, target="cpu")
def _logspace(start: Any, stop: Any, num: Any = 50) -> Any:
    if not _differentiated_ends(start, stop):
        return None

    def body(start: Any, stop: Any, num: Any = 50) -> Any:
        plain = np.logspace(values_of(start), values_of(stop), num)
        exponents = np.linspace(start, stop, num)
        out = np.empty_like(exponents)
        for i in range(exponents.size):
            out[i] = 10.0 ** exponents[i]
        return pin(out, plain)

    return body


@overload(np.geomspace, target="cpu")
def _geomspace(start: Any, stop: Any, num: Any = 50) -> Any:
    if not _differentiated_ends(start, stop):
        return None

    def body(start: Any, stop: Any, num: Any = 50) -> Any:
        plain = np.geomspace(values_of(start), values_of(stop), num)
        logarithm = np.log(stop / start)  # the ends have one sign
        out = np.empty(plain.size, _kind(start * logarithm))
        for i in range(plain.size):
            out[i] = start * np.exp(logarithm * (i / max(num - 1, 1)))
        return pin(out, plain)

    return body


@overload(np.histogram, target="cpu")
def _histogram(a: Any, bins: Any = 10, range: Any = None) -> Any:
    """Counts are locally constant; edges between the extremes move with these."""
    if not is_ad_array(a) or not isinstance(bins, (int, types.Integer)) or not _is_none(range):
        return None

    def body(a: Any, bins: Any = 10, range: Any = None) -> Any:
        value = values_of(a)
        counts, edges = np.histogram(value, bins)
        low, high = _shared(a, np.min(value)), _shared(a, np.max(value))
        return counts, pin(np.linspace(low, high, bins + 1), edges)

    return body


@overload(np.append, target="cpu")
def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Of numbers, tuples and lists; Numba's own takes arrays."""
    sides = arr, values
    arrays = all(isinstance(x, types.Array) for x in sides)
    if arrays or not any(map(holds_number, sides)) or not _is_none(axis):
        return None

    def body(arr: Any, values: Any, axis: Any = None) -> Any:
        return np.concatenate((as_array(arr).ravel(), as_array(values).ravel()))

    return body


@overload(np.asarray_chkfinite, target="cpu")
def _asarray_chkfinite(a: Any, dtype: Any = None) -> Any:
    if not is_ad_array(a) or not _is_none(dtype):
        return None

    def body(a: Any, dtype: Any = None) -> Any:
        np.asarray_chkfinite(values_of(a))
        return a

    return body


@overload(np.fill_diagonal, target="cpu")
def _fill_diagonal(a: Any, val: Any, wrap: Any = False) -> Any:
    if not is_number_array(a) or a.ndim != 2:
        return None
    if isinstance(val, types.Array):

        def of_many(a: Any, val: Any, wrap: Any = False) -> Any:
            columns, count = a.shape[1], 0
            for k in range(0, _diagonal_end(a, wrap), columns + 1):
                a[k // columns, k % columns] = val.flat[count % val.size]
                count += 1

        return of_many

    def of_one(a: Any, val: Any, wrap: Any = False) -> Any:
        columns = a.shape[1]
        for k in range(0, _diagonal_end(a, wrap), columns + 1):
            a[k // columns, k % columns] = val

    return of_one


@overload(np.trim_zeros, target="cpu")
def _trim_zeros(filt: Any, trim: Any = "fb") -> Any:
    if not is_ad_array(filt) or filt.ndim != 1:
        return None

    def body(filt: Any, trim: Any = "fb") -> Any:
        places = np.nonzero(values_of(filt))[0]
        ends = trim.lower()
        first, last = 0, filt.size
        if places.size == 0:
            return filt[last:] if "f" in ends else filt[: 0 if "b" in ends else last]
        if "f" in ends:
            first = places[0]
        if "b" in ends:
            last = places[-1] + 1
        return filt[first:last]

    return body


@register_jitable
def _diagonal_end(a: Any, wrap: Any) -> Any:
    return a.size if wrap else min(a.shape[1] * a.shape[1], a.size)


# --- roots ----------------------------------------------------------------------------------------


@register_jitable
def _newton_step(p: Any, x: Any) -> Any:
    """A step from x towards a root: each doubles the orders of derivatives that are right."""
    value, slope = zero_of(p), zero_of(p)
    for i in range(p.size):
        slope = slope * x + value
        value = value * x + p[i]
    return x - value / slope


@overload(np.roots, target="cpu")
def _roots(p: Any) -> Any:
    if not is_ad_array(p) or p.ndim != 1:
        return None

    def body(p: Any) -> Any:
        plain = np.roots(values_of(p))
        out = np.empty(plain.size, p.dtype)
        for i in range(plain.size):
            out[i] = _newton_step(p, _newton_step(p, plain[i]))
        return pin(out, plain)

    return body
