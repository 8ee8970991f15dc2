"""The modes of `np.pad` that do more than move elements: statistics, ramps, odd reflections.

NumPy pads one axis after the other, and each reads what the axes before it have added.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._dispatch import dispatched
from ._later import array_of
from ._registry import register
from ._repeating import moved_pad, widths_of
from ._row import Composed, Flat

_STATISTICS = {"maximum": np.max, "mean": np.mean, "median": np.median, "minimum": np.min}


def pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    array = array_of(array)
    if not array.ndim:
        _check(array, pad_width, mode, keywords)
        return np.reshape(array, ()).copy()
    if callable(mode):
        return _by_function(array, widths_of(pad_width, array.ndim), mode, keywords)
    odd = keywords.get("reflect_type", "even") != "even"
    if mode not in _STATISTICS and mode != "linear_ramp" and not odd:
        return moved_pad(array, pad_width, mode, **keywords)
    _check(array, pad_width, mode, keywords)
    for axis, widths in enumerate(widths_of(pad_width, array.ndim)):
        if not any(widths):
            continue
        if mode == "linear_ramp":
            ends = _pairs(keywords.get("end_values", 0), array.ndim, axis)
            array = _with_ramps(array, axis, widths, ends)
        elif mode in _STATISTICS:
            lengths = _pairs(keywords.get("stat_length"), array.ndim, axis)
            array = _with_statistics(array, axis, widths, lengths, _STATISTICS[mode])
        else:
            array = odd_pad(array, axis, widths, mode, **keywords)
    return array


@dispatched
def _check(array: Any, pad_width: Any, mode: Any, keywords: dict[str, Any]) -> None:
    """Let NumPy raise what it has to say about the arguments."""
    np.pad(array, pad_width, mode, **keywords)


def _pairs(x: Any, ndim: int, axis: int) -> tuple[Any, Any]:
    """The two members of a keyword for one axis; it may be one for all."""
    if x is None:
        return None, None
    both = np.broadcast_to(array_of(x), (ndim, 2))
    return both[axis, 0], both[axis, 1]


def _joined(left: Any, x: Any, right: Any, axis: int, widths: tuple[int, int]) -> Any:
    """x between two parts, each repeated or cut to its width."""
    shape = list(x.shape)
    parts = []
    for part, width in zip((left, None, right), (widths[0], None, widths[1]), strict=True):
        if width is None:
            parts.append(x)
            continue
        shape[axis] = width
        parts.append(np.broadcast_to(part, tuple(shape)))
    return np.concatenate(parts, axis=axis)


def _with_statistics(
    x: Any, axis: int, widths: tuple[int, int], lengths: tuple[Any, Any], statistic: Any
) -> Any:
    n = x.shape[axis]
    counts = [n if length is None else min(int(length), n) for length in lengths]
    lead = (slice(None),) * axis
    left = statistic(x[(*lead, slice(None, counts[0]))], axis=axis, keepdims=True)
    right = statistic(x[(*lead, slice(n - counts[1], None))], axis=axis, keepdims=True)
    return _joined(left, x, right, axis, widths)


def _with_ramps(x: Any, axis: int, widths: tuple[int, int], ends: tuple[Any, Any]) -> Any:
    lead = (slice(None),) * axis
    edges = x[(*lead, 0)], x[(*lead, -1)]
    ramps = [
        np.linspace(end, edge, num=width, endpoint=False, dtype=x.dtype, axis=axis)
        for end, edge, width in zip(ends, edges, widths, strict=True)
    ]
    return _joined(ramps[0], x, np.flip(ramps[1], axis), axis, widths)


@dispatched
def odd_pad(x: Any, axis: int, widths: tuple[int, int], mode: str, **keywords: Any) -> Any:
    pairs = [(0, 0)] * x.ndim
    pairs[axis] = widths
    plain: Any = np.pad
    return plain(x, pairs, mode, **keywords)


def _odd_pad(x: Any, axis: int, widths: tuple[int, int], mode: str, **keywords: Any) -> Any:
    """By the matrix of the map, which is what NumPy makes of the unit vectors."""
    plain: Any = np.pad
    matrix = plain(np.eye(x.shape[axis]), ((0, 0), widths), mode, **keywords)
    return np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), matrix.astype(x.dtype)), -1, axis)


def _by_function(
    x: Any, widths: tuple[tuple[int, int], ...], function: Any, keywords: dict[str, Any]
) -> Any:
    """The user's function fills the margins of each row in place."""
    padded = moved_pad(x, widths)
    for axis, pair in enumerate(widths):
        view = np.moveaxis(padded, axis, -1)
        for place in np.ndindex(view.shape[:-1]):
            function(view[place], pair, axis, keywords)
    return padded


register((Composed(odd_pad, _odd_pad), Flat(_check)))
