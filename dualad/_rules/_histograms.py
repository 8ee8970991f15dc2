"""Histograms: counts are locally constant; weights, edges and densities have derivatives.

The bin of each sample is found on primal values. Edges that NumPy makes from the data move with
its least and its largest element, and with the ends of the range.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._dispatch import dispatched
from ._later import array_of
from ._registry import register
from ._row import Flat

Edges = tuple[Any, ...]


@dispatched
def _plain_edges(a: Any, bins: Any, range: Any, weights: Any) -> Any:
    return np.histogram_bin_edges(a, bins, range, weights)


@dispatched
def _places(sample: Any, edges: Any, even: bool = False) -> Any:
    """The bin of each element, -1 outside; the last bin includes its right edge.

    Among `even` bins an element is found by arithmetic, up to rounding, and then put right.
    """
    n = edges.shape[0] - 1
    if not even:
        place = np.searchsorted(edges, sample, "right") - 1
        place = np.where(np.equal(sample, edges[-1]), n - 1, place)
        return np.where((place >= 0) & (place < n), place, -1)
    inside = (sample >= edges[0]) & (sample <= edges[-1])
    part = (np.where(inside, sample, edges[0]) - edges[0]) / (edges[-1] - edges[0])
    place = np.clip((part * n).astype(np.intp), 0, n - 1)
    place = place - (sample < edges[place])
    place = place + ((sample >= edges[place + 1]) & (place != n - 1))
    return np.where(inside, place, -1)


def _made_edges(a: Any, count: int, range: Any, dtype: Any) -> Any:
    """`count` bins between the ends of the data or of the range."""
    if range is not None:
        first, last = range
    elif a.size == 0:
        first, last = 0.0, 1.0
    else:
        first, last = np.min(a), np.max(a)
    if first == last:
        first, last = first - 0.5, last + 0.5
    return np.linspace(first, last, count + 1, dtype=dtype)


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    a = np.reshape(array_of(a), -1)
    if not isinstance(bins, str) and np.ndim(bins) == 1:
        return array_of(bins)
    plain = _plain_edges(a, bins, range, weights)
    return _made_edges(a, plain.shape[0] - 1, range, plain.dtype)


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    a = np.reshape(array_of(a), -1)
    w = None if weights is None else np.reshape(array_of(weights), -1)
    edges = histogram_bin_edges(a, bins, range, w)
    place = _places(a, edges, isinstance(bins, str) or np.ndim(bins) == 0)
    n = edges.shape[0] - 1
    counts: Any = _summed(place, w, n)
    if not density:
        return counts, edges
    widths = np.diff(edges)
    widths = widths if widths.dtype == np.float64 else widths.astype(float)
    return counts / widths / np.sum(counts), edges


def _summed(place: Any, weights: Any, n: int) -> Any:
    """The weights that fall into each of n bins, or how many there are."""
    inside = np.flatnonzero(place >= 0)
    if weights is None:
        return np.bincount(place[inside], minlength=n)
    if weights.dtype.kind != "c":
        total = np.bincount(place[inside], weights[inside], n)
        return total if total.dtype == weights.dtype else total.astype(weights.dtype)
    re, im = np.real(weights)[inside], np.imag(weights)[inside]
    return np.bincount(place[inside], re, n) + 1j * np.bincount(place[inside], im, n)


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Edges]:
    sample = array_of(sample) if hasattr(sample, "shape") else np.atleast_2d(array_of(sample)).T
    if sample.ndim != 2:
        sample = np.atleast_2d(sample).T
    dims = sample.shape[1]
    each = list(bins) if hasattr(bins, "__len__") else [bins] * dims
    ranges = [None] * dims if range is None else list(range)
    edges = [
        array_of(b) if np.ndim(b) else _made_edges(sample[:, i], int(b), r, None)
        for i, (b, r) in enumerate(zip(each, ranges, strict=True))
    ]
    shape = tuple(e.shape[0] - 1 for e in edges)
    places = [_places(sample[:, i], e) for i, e in enumerate(edges)]
    outside = np.any(np.stack(places) < 0, axis=0)
    joint = np.ravel_multi_index([np.where(outside, 0, p) for p in places], shape)
    weights = None if weights is None else np.reshape(array_of(weights), -1)
    counts = _summed(np.where(outside, -1, joint), weights, int(np.prod(shape)))
    result: Any = np.reshape(counts, shape)
    result = result if result.dtype == np.float64 else result.astype(float)
    if density:
        total = np.sum(result)
        for i, e in enumerate(edges):
            steps = np.diff(e)
            result = result / np.reshape(steps, [-1 if d == i else 1 for d in np.arange(dims)])
        result = result / total
    return result, _as_numpy(edges)


def _as_numpy(edges: list[Any]) -> Any:
    """A list, or a tuple in the versions of NumPy that answer so."""
    kind = type(np.histogramdd(np.zeros((1, 1)), 1)[1])
    return kind(edges)


def histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = None,
    weights: Any = None,
) -> tuple[Any, Any, Any]:
    count = len(bins) if hasattr(bins, "__len__") else 1
    if count not in (1, 2):
        bins = [array_of(bins)] * 2
    counts, edges = histogramdd([array_of(x), array_of(y)], bins, range, density, weights)
    return counts, edges[0], edges[1]


register((Flat(_plain_edges), Flat(_places)))
