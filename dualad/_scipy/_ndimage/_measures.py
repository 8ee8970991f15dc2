"""Stand-ins of the measurements of `scipy.ndimage` in regions of an image, in its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.ndimage

from .._plain import array
from .._sparse._numbers import gathered
from .._standins import Standins

STANDINS = Standins()


class _Regions:
    """Which elements of an image belong to which of the regions that are asked for.

    Regions that are asked for twice answer twice; without labels all is one region.
    """

    def __init__(self, x: Any, labels: Any, index: Any) -> None:
        self.alone = index is None or np.ndim(index) == 0
        self.shape = np.shape(index) if index is not None else ()
        self.flat = x.reshape(-1)
        if labels is None:
            self.members = [np.arange(x.size)]
            return
        plain = np.broadcast_to(np.asarray(labels), x.shape).reshape(-1)
        if index is None:
            self.members = [np.flatnonzero(plain > 0)]
            return
        self.members = [np.flatnonzero(plain == i) for i in np.ravel(index)]

    def sums(self, values: Any) -> Any:
        """The sum of flat values over each region."""
        members = np.concatenate(self.members)
        owners = np.repeat(np.arange(len(self.members)), self.counts.astype(int))
        return gathered(owners, len(self.members), values[members])

    @property
    def counts(self) -> np.ndarray:
        return np.array([float(len(m)) for m in self.members])

    def means(self) -> Any:
        return self.sums(self.flat) / self.counts

    def each(self, pick: Callable[[Any], Any]) -> Any:
        """A function of the elements of each region; 0 where there are none."""
        answers = [pick(self.flat[m]) if len(m) else 0.0 * self.flat[0] for m in self.members]
        return np.stack(answers)

    def shaped(self, answers: Any) -> Any:
        return answers[0] if self.alone else answers.reshape(self.shape)


def _sum(input: Any, labels: Any = None, index: Any = None) -> Any:
    regions = _Regions(array(input), labels, index)
    return regions.shaped(regions.sums(regions.flat))


def _mean(input: Any, labels: Any = None, index: Any = None) -> Any:
    regions = _Regions(array(input), labels, index)
    return regions.shaped(regions.means())


def _variances(regions: _Regions) -> Any:
    # A region's mean does not move the sum of the squares: its elements' distances add up to 0.
    parts = [np.mean((regions.flat[m] - np.mean(regions.flat[m])) ** 2) for m in regions.members]
    return np.stack(parts)


def _variance(input: Any, labels: Any = None, index: Any = None) -> Any:
    regions = _Regions(array(input), labels, index)
    return regions.shaped(_variances(regions))


def _standard_deviation(input: Any, labels: Any = None, index: Any = None) -> Any:
    regions = _Regions(array(input), labels, index)
    parts = [np.std(regions.flat[m]) for m in regions.members]
    return regions.shaped(np.stack(parts))


def _extreme(pick: Callable[[Any], Any]) -> Callable[..., Any]:
    def body(input: Any, labels: Any = None, index: Any = None) -> Any:
        regions = _Regions(array(input), labels, index)
        return regions.shaped(regions.each(pick))

    return body


_minimum, _maximum = _extreme(np.min), _extreme(np.max)


def _extrema(input: Any, labels: Any = None, index: Any = None) -> Any:
    return _minimum(input, labels, index), _maximum(input, labels, index), None, None


def _center_of_mass(input: Any, labels: Any = None, index: Any = None) -> Any:
    x = array(input)
    regions = _Regions(x, labels, index)
    total = regions.sums(regions.flat)
    centers = [
        regions.sums(regions.flat * place.reshape(-1)) / total
        for place in np.indices(x.shape).astype(float)
    ]
    if regions.alone:
        return tuple(c[0] for c in centers)
    return [tuple(c[i] for c in centers) for i in range(len(regions.members))]


_nd = scipy.ndimage
STANDINS.composed(_nd.sum_labels, _sum)
STANDINS.composed(_nd.sum, _sum)
STANDINS.composed(_nd.mean, _mean)
STANDINS.composed(_nd.variance, _variance)
STANDINS.composed(_nd.standard_deviation, _standard_deviation)
STANDINS.composed(_nd.minimum, _minimum)
STANDINS.composed(_nd.maximum, _maximum)
STANDINS.composed(_nd.median, _extreme(np.median))
STANDINS.composed(_nd.extrema, _extrema)
STANDINS.composed(_nd.center_of_mass, _center_of_mass)
STANDINS.flat(
    _nd.minimum_position,
    _nd.maximum_position,
    _nd.label,
    _nd.find_objects,
    _nd.histogram,
    _nd.binary_dilation,
    _nd.binary_erosion,
    _nd.binary_opening,
    _nd.binary_closing,
    _nd.binary_fill_holes,
    _nd.binary_propagation,
    _nd.binary_hit_or_miss,
)
STANDINS.refused(
    "of numbers",
    "np.stack of the function of each region's elements",
    _nd.labeled_comprehension,
    _nd.watershed_ift,
    _nd.distance_transform_edt,
    _nd.distance_transform_cdt,
    _nd.distance_transform_bf,
)
