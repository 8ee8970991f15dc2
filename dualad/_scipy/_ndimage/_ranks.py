"""Stand-ins of filters that pick an element of each window: minimum, maximum, median, any rank.

Elements of a window that are equal to the one that is picked share the derivative, as ties do
everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.ndimage

from .._convolution import extended
from .._plain import array, primal
from .._standins import Function, Standins, no_rule
from ._correlate import chosen_axes, no_output, per_axis

STANDINS = Standins()


def picked(
    x: Any, footprint: np.ndarray, rank: int, mode: Any, cval: Any, origins: list[int]
) -> Any:
    """The element of this rank among those of the footprint around each place."""
    shape = x.shape
    modes = per_axis(mode, x.ndim)
    for axis in range(x.ndim):
        size = footprint.shape[axis]
        before = size // 2 + origins[axis]
        x = extended(x, axis - x.ndim, before, size - 1 - before, modes[axis], cval)
    parts = []
    for place in np.argwhere(footprint):
        window = tuple(slice(p, p + n) for p, n in zip(place.tolist(), shape, strict=True))
        parts.append(x[window])
    windows = np.stack(parts, axis=-1)
    plain = primal(windows)
    answer = np.sort(plain, axis=-1)[..., rank]
    hit = plain == answer[..., None]
    return np.sum(np.where(hit, windows, 0.0), axis=-1) / np.count_nonzero(hit, axis=-1)


def _footprint(x: Any, size: Any, footprint: Any, axes: list[int]) -> np.ndarray:
    """The window as an array of booleans with one axis for each of x's."""
    if footprint is None:
        sizes = dict(zip(axes, per_axis(size, len(axes)), strict=True))
        return np.ones([int(sizes.get(a, 1)) for a in range(-x.ndim, 0)], bool)
    plain = np.asarray(footprint, bool)
    if len(axes) == x.ndim:
        return plain
    order = sorted(range(len(axes)), key=axes.__getitem__)
    lengths = dict(zip(sorted(axes), plain.transpose(order).shape, strict=True))
    return plain.transpose(order).reshape([lengths.get(a, 1) for a in range(-x.ndim, 0)])


def _rank_filter(fn: Function, rank_of: Callable[[int], int]) -> Callable[..., Any]:
    def body(
        input: Any,
        size: Any = None,
        footprint: Any = None,
        output: Any = None,
        mode: Any = "reflect",
        cval: Any = 0.0,
        origin: Any = 0,
        *,
        axes: Any = None,
    ) -> Any:
        x = array(input)
        no_output(fn, output, x)
        chosen = chosen_axes(axes, x.ndim)
        window = _footprint(x, size, footprint, chosen)
        origins = dict(zip(chosen, per_axis(origin, len(chosen)), strict=True))
        modes: Any = mode
        if not isinstance(mode, str):
            given = dict(zip(chosen, per_axis(mode, len(chosen)), strict=True))
            modes = [given.get(a, "reflect") for a in range(-x.ndim, 0)]
        around = [origins.get(a, 0) for a in range(-x.ndim, 0)]
        return picked(x, window, rank_of(int(window.sum())), modes, cval, around)

    return body


def _rank(input: Any, rank: int, *args: Any, **keywords: Any) -> Any:
    of = lambda count: rank + count if rank < 0 else rank
    return _rank_filter(scipy.ndimage.rank_filter, of)(input, *args, **keywords)


def _percentile(input: Any, percentile: float, *args: Any, **keywords: Any) -> Any:
    share = percentile + 100.0 if percentile < 0 else percentile
    of = lambda count: count - 1 if share == 100.0 else int(float(count) * share / 100.0)
    return _rank_filter(scipy.ndimage.percentile_filter, of)(input, *args, **keywords)


def _line(fn: Function, rank_of: Callable[[int], int]) -> Callable[..., Any]:
    def body(
        input: Any,
        size: int,
        axis: int = -1,
        output: Any = None,
        mode: str = "reflect",
        cval: Any = 0.0,
        origin: int = 0,
    ) -> Any:
        x = array(input)
        no_output(fn, output, x)
        sizes, origins = [1] * x.ndim, [0] * x.ndim
        sizes[axis], origins[axis] = size, origin
        return picked(x, np.ones(sizes, bool), rank_of(size), mode, cval, origins)

    return body


_first, _last, _middle = (lambda _: 0), (lambda n: n - 1), (lambda n: n // 2)
minimum_filter = _rank_filter(scipy.ndimage.minimum_filter, _first)
maximum_filter = _rank_filter(scipy.ndimage.maximum_filter, _last)


# --- grey morphology -----------------------------------------------------------------------------


def _erosion(
    input: Any,
    size: Any = None,
    footprint: Any = None,
    structure: Any = None,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    **keywords: Any,
) -> Any:
    _flat_structure(scipy.ndimage.grey_erosion, structure)
    return minimum_filter(input, size, footprint, output, mode, cval, origin, **keywords)


def _dilation(
    input: Any,
    size: Any = None,
    footprint: Any = None,
    structure: Any = None,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    **keywords: Any,
) -> Any:
    _flat_structure(scipy.ndimage.grey_dilation, structure)
    x = array(input)
    count = len(chosen_axes(keywords.get("axes"), x.ndim))
    if footprint is None:
        sizes = per_axis(size, count)
    else:
        footprint = np.flip(np.asarray(footprint, bool))
        sizes = list(footprint.shape)
    origins = [-o - (int(n) % 2 == 0) for o, n in zip(per_axis(origin, count), sizes, strict=True)]
    return maximum_filter(x, size, footprint, output, mode, cval, origins, **keywords)


def _flat_structure(fn: Function, structure: Any) -> None:
    if structure is not None:
        no_rule(fn, "with structure=", "a flat one: size= or footprint=")


def _opening(input: Any, *args: Any, **keywords: Any) -> Any:
    return _dilation(_erosion(input, *args, **keywords), *args, **keywords)


def _closing(input: Any, *args: Any, **keywords: Any) -> Any:
    return _erosion(_dilation(input, *args, **keywords), *args, **keywords)


def _gradient(input: Any, *args: Any, **keywords: Any) -> Any:
    return _dilation(input, *args, **keywords) - _erosion(input, *args, **keywords)


def _white(input: Any, *args: Any, **keywords: Any) -> Any:
    return array(input) - _opening(input, *args, **keywords)


def _black(input: Any, *args: Any, **keywords: Any) -> Any:
    return _closing(input, *args, **keywords) - array(input)


_nd = scipy.ndimage
STANDINS.composed(_nd.minimum_filter, minimum_filter)
STANDINS.composed(_nd.maximum_filter, maximum_filter)
STANDINS.composed(_nd.median_filter, _rank_filter(_nd.median_filter, _middle))
STANDINS.composed(_nd.rank_filter, _rank)
STANDINS.composed(_nd.percentile_filter, _percentile)
STANDINS.composed(_nd.minimum_filter1d, _line(_nd.minimum_filter1d, _first))
STANDINS.composed(_nd.maximum_filter1d, _line(_nd.maximum_filter1d, _last))
STANDINS.composed(_nd.grey_erosion, _erosion)
STANDINS.composed(_nd.grey_dilation, _dilation)
STANDINS.composed(_nd.grey_opening, _opening)
STANDINS.composed(_nd.grey_closing, _closing)
STANDINS.composed(_nd.morphological_gradient, _gradient)
STANDINS.composed(_nd.white_tophat, _white)
STANDINS.composed(_nd.black_tophat, _black)
STANDINS.refused(
    "of numbers",
    "np.stack of shifted arrays, and the function of them",
    _nd.generic_filter,
    _nd.generic_filter1d,
    _nd.generic_laplace,
    _nd.generic_gradient_magnitude,
    _nd.morphological_laplace,
)
