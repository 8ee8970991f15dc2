"""Stand-ins of `scipy.ndimage`'s filters of spectra: products with known factors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.ndimage

from .._plain import array, find_number
from .._standins import Standins, no_rule
from ._correlate import no_output, per_axis

STANDINS = Standins()


def _frequencies(length: int, n: int, along: bool) -> np.ndarray:
    """Cycles per element along an axis; of a real transform of n elements on the axis `along`."""
    if along and n >= 0:
        return np.arange(length) / n
    return np.fft.fftfreq(length)


def _gaussian(f: np.ndarray, sigma: Any) -> Any:
    return np.exp(-0.5 * (2.0 * np.pi * f) ** 2 * sigma * sigma)


def _shift(f: np.ndarray, shift: Any) -> Any:
    return np.exp(-2j * np.pi * f * shift)


def _filter(fn: Any, factor: Callable[[np.ndarray, Any], Any] | None) -> None:
    def body(input: Any, parameter: Any, n: int = -1, axis: int = -1, output: Any = None) -> Any:
        x = array(input)
        no_output(fn, output, x)
        if find_number(parameter) is None:
            return x * fn(np.ones(x.shape, np.complex128), parameter, n, axis)
        if factor is None:
            no_rule(fn, "with a differentiated size=", "a constant size")
        parameters = per_axis(parameter if np.ndim(parameter) == 0 else array(parameter), x.ndim)
        for a in range(x.ndim):
            f = _frequencies(x.shape[a], n, a == axis % x.ndim)
            f = f.reshape((-1,) + (1,) * (x.ndim - 1 - a))
            x = x * factor(f, parameters[a])
        return x

    names = {"fourier_gaussian": "sigma", "fourier_shift": "shift"}
    name = names.get(fn.__name__, "size")

    def named(input: Any, *args: Any, **keywords: Any) -> Any:
        if name in keywords:
            keywords["parameter"] = keywords.pop(name)
        return body(input, *args, **keywords)

    STANDINS.composed(fn, named)


_filter(scipy.ndimage.fourier_gaussian, _gaussian)
_filter(scipy.ndimage.fourier_shift, _shift)
_filter(scipy.ndimage.fourier_uniform, None)
_filter(scipy.ndimage.fourier_ellipsoid, None)
