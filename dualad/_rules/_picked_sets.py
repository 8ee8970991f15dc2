"""Functions of arrays as sets: unique, union1d and their kin; sort_complex, trim_zeros.

They pick elements; which ones is locally constant as long as no two elements meet or part. Of
equal elements the first is picked, as NumPy picks it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ._dispatch import dispatched
from ._later import array_of
from ._moving import is_number
from ._registry import register
from ._row import Flat


@dispatched
def _first_places(ar: Any, axis: Any, equal_nan: bool) -> Any:
    return np.unique(ar, return_index=True, axis=axis, equal_nan=equal_nan)[1]


@dispatched
def _plain_unique(ar: Any, keywords: dict[str, Any]) -> Any:
    return np.unique(ar, **keywords)


@dispatched
def _order_of(values: Any, wanted: Any) -> Any:
    """The permutation that brings `values` (distinct) into the order of `wanted`."""
    return np.argsort(values)[np.argsort(np.argsort(wanted))]


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    ar = array_of(ar)
    places = _first_places(ar, axis, equal_nan)
    values = np.reshape(ar, -1)[places] if axis is None else np.take(ar, places, axis=axis)
    keywords = {
        "return_index": return_index,
        "return_inverse": return_inverse,
        "return_counts": return_counts,
        "axis": axis,
        "equal_nan": equal_nan,
    }
    if not sorted:
        keywords["sorted"] = False
    plain = _plain_unique(ar, keywords)
    several = isinstance(plain, tuple)
    if not sorted:
        values = values[_order_of(values, plain[0] if several else plain)]
    return (values, *plain[1:]) if several else values


def _array_api(name: str) -> Any:
    @dispatched
    def plain(x: Any) -> Any:
        return getattr(np, name)(x)

    register((Flat(plain),))

    def body(x: Any) -> Any:
        x = array_of(x)
        answer = plain(x)
        values = unique(x, equal_nan=False)
        wanted = answer if name == "unique_values" else answer[0]
        if np.any(np.isnan(wanted)):  # in order, and NumPy keeps every NaN
            picked = values
        else:
            picked = values[_order_of(values, wanted)]
        return picked if name == "unique_values" else answer._replace(values=picked)

    return body


unique_values = _array_api("unique_values")
unique_all = _array_api("unique_all")
unique_counts = _array_api("unique_counts")
unique_inverse = _array_api("unique_inverse")


# --- two sets ------------------------------------------------------------------------------------


def union1d(ar1: Any, ar2: Any) -> Any:
    return unique(np.concatenate((array_of(ar1), array_of(ar2)), axis=None))


@dispatched
def _common(ar1: Any, ar2: Any, assume_unique: bool) -> Any:
    return np.intersect1d(ar1, ar2, assume_unique, return_indices=True)


def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """Equal elements of two numbers share, as ties do; a constant does not move."""
    ar1, ar2 = array_of(ar1), array_of(ar2)
    _, first, second = _common(ar1, ar2, assume_unique)
    a, b = np.reshape(ar1, -1)[first], np.reshape(ar2, -1)[second]
    values = 0.5 * a + 0.5 * b if is_number(a) and is_number(b) else a if is_number(a) else b
    return (values, first, second) if return_indices else values


@dispatched
def _only_first(ar1: Any, ar2: Any, assume_unique: bool) -> Any:
    """Places of the elements of ar1 that are not in ar2, in the order of NumPy's answer."""
    places = np.arange(ar1.size) if assume_unique else np.unique(ar1, return_index=True)[1]
    return places[np.isin(ar1.reshape(-1)[places], ar2, assume_unique=True, invert=True)]


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    ar1 = array_of(ar1)
    return np.reshape(ar1, -1)[_only_first(ar1, array_of(ar2), assume_unique)]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    ar1, ar2 = array_of(ar1), array_of(ar2)
    if not assume_unique:
        ar1, ar2 = unique(ar1), unique(ar2)
    both = np.concatenate((ar1, ar2), axis=None)
    return both[_lonely(both)]


@dispatched
def _lonely(x: Any) -> Any:
    """Places, by rank, of the elements that have no equal."""
    order = np.argsort(x, kind="stable")
    if not x.size:
        return order
    differs = np.concatenate(([True], x[order][1:] != x[order][:-1], [True]))
    return order[differs[1:] & differs[:-1]]


# --- order and ends ------------------------------------------------------------------------------


def sort_complex(a: Any) -> Any:
    s = np.sort(array_of(a))
    if s.dtype.kind == "c":
        return s
    return s.astype(np.result_type(s.dtype, complex))


@dispatched
def _extent(filt: Any, trim: str, axes: tuple[int, ...]) -> tuple[slice, ...]:
    """Where the elements lie that `trim_zeros` keeps."""
    places = np.argwhere(filt)
    kept = [slice(None)] * filt.ndim
    for d in axes:
        if not len(places):
            kept[d] = slice(0, 0)
            continue
        low = places[:, d].min() if "f" in trim else 0
        kept[d] = slice(int(low), int(places[:, d].max()) + 1 if "b" in trim else None)
    return tuple(kept)


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    filt = array_of(filt)
    axes = tuple(range(filt.ndim)) if axis is None else normalize_axis_tuple(axis, filt.ndim)
    return filt[_extent(filt, trim.lower(), axes)]


register(
    Flat(helper)
    for helper in (
        _first_places,
        _plain_unique,
        _order_of,
        _common,
        _only_first,
        _lonely,
        _extent,
    )
)
