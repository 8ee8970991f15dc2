"""Derivatives of a function of one argument by Taylor's series about the points of a grid.

Where each derivative is a costly integral, those at some fifty points are computed once; a few
multiplications lead from the nearest of them to any argument.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_BLOCK = 8192  # elements at a time: all that is between stays in the cache


class Uniform:
    """Points 0, s, 2 s, ... for arguments from 0 to `end`."""

    def __init__(self, step: float, end: float) -> None:
        self.step = step
        self.points = step * np.arange(round(end / step) + 1)

    def nearest(self, x: Any) -> Any:
        return np.rint(x / self.step).astype(np.intp)


class Octaves:
    """Eight points in each octave of x + shift, which lies in [low, high), powers of two."""

    def __init__(self, low: int, high: int, shift: float) -> None:
        self.first, self.shift = low, shift
        inner = np.arange(8.5, 16.0) / 16.0
        octaves = np.arange(low + 1, high + 1)[:, None]
        self.points = np.ldexp(inner, octaves).ravel() - shift

    def nearest(self, x: Any) -> Any:
        mantissa, exponent = np.frexp(x + self.shift)
        return (16.0 * mantissa).astype(np.intp) + 8 * (exponent - self.first - 2)


class Table:
    """A function's derivatives of any order.

    Parameters
    ----------
    derivative : callable ``(n, x)``
        The n-th derivative at an array of points, right to the last digits.
    grid : Uniform or Octaves
    terms : int
        How many of the series: by the distance of the points, for 17 digits.
    """

    def __init__(
        self, derivative: Callable[[int, Any], Any], grid: Uniform | Octaves, terms: int
    ) -> None:
        self.derivative, self.grid, self.terms = derivative, grid, terms
        self.series = functools.cache(self._series)

    def _series(self, n: int) -> list[Any]:
        """Coefficients of the n-th derivative, one array for each power, the highest first."""
        points = self.grid.points
        with np.errstate(all="ignore"):
            return [
                self.derivative(n + k, points) / math.factorial(k)
                for k in range(self.terms - 1, -1, -1)
            ]

    def __call__(self, n: int, x: Any) -> Any:
        """The n-th derivative at x, a vector of numbers that the grid reaches."""
        at = self.grid.nearest(x)
        h = x - self.grid.points[at]
        series = self.series(n)
        total = series[0][at]
        for column in series[1:]:
            total *= h
            total += column[at]
        return total


def by_regions(x: Any, regions: Sequence[tuple[Any, Callable[[Any], Any]]]) -> Any:
    """A vector from formulas that hold where their masks do; NaN elsewhere."""
    out = np.full(x.shape, np.nan)
    for there, formula in regions:
        if np.all(there):
            for i in range(0, len(x), _BLOCK):
                out[i : i + _BLOCK] = formula(x[i : i + _BLOCK])
            return out
        (inside,) = np.nonzero(there)
        for i in range(0, len(inside), _BLOCK):
            block = inside[i : i + _BLOCK]
            out[block] = formula(x[block])
    return out
