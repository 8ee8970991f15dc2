"""Stand-ins of medians, of the Wiener filter and of peaks, in the signal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.signal

from .._ndimage._ranks import picked
from .._plain import array, primal, primal_call
from .._standins import Standins, no_rule
from ._products import _correlate

STANDINS = Standins()


def _medfilt(input: Any, kernel_size: Any = None) -> Any:
    x = np.atleast_1d(array(input))
    sizes = np.ravel(3 if kernel_size is None else kernel_size).astype(int).tolist()
    sizes = sizes * x.ndim if len(sizes) == 1 else sizes
    window = np.ones(sizes, bool)
    return picked(x, window, window.size // 2, "constant", 0.0, [0] * x.ndim)


def _order_filter(a: Any, domain: Any, rank: int) -> Any:
    x = array(a)
    return picked(x, np.asarray(domain, bool), rank, "constant", 0.0, [0] * x.ndim)


def _wiener(im: Any, mysize: Any = None, noise: Any = None) -> Any:
    x = array(im)
    sizes = [3] * x.ndim if mysize is None else np.ravel(mysize).astype(int).tolist()
    sizes = sizes * x.ndim if len(sizes) == 1 else sizes
    ones, count = np.ones(sizes), float(math.prod(sizes))
    mean = _correlate(x, ones, "same") / count
    variance = _correlate(x * x, ones, "same") / count - mean * mean
    if noise is None:
        noise = np.mean(variance)
    quiet = primal(variance) < primal(noise)
    share = noise / np.where(quiet, 1.0, variance)
    return np.where(quiet, mean, (x - mean) * (1.0 - share) + mean)


# --- peaks: their places are constant, their heights are not -------------------------------------


def _find_peaks(x: Any, *args: Any, **keywords: Any) -> Any:
    x = array(x)
    peaks, properties = primal_call(scipy.signal.find_peaks, x, *args, **keywords)
    answers: dict[str, Any] = {}
    for name, value in properties.items():
        if name == "peak_heights":
            answers[name] = x[peaks]
        elif name == "left_thresholds":
            answers[name] = x[peaks] - x[peaks - 1]
        elif name == "right_thresholds":
            answers[name] = x[peaks] - x[peaks + 1]
        elif name == "prominences":
            answers[name] = _above(x, peaks, properties["left_bases"], properties["right_bases"])
        elif value.dtype.kind == "f":
            no_rule(scipy.signal.find_peaks, f"with {name}", "leave width= out")
    return None, answers


def _above(x: Any, peaks: Any, left: Any, right: Any) -> Any:
    return x[peaks] - np.maximum(x[left], x[right])


def _prominences(x: Any, peaks: Any, wlen: Any = None) -> Any:
    x = array(x)
    _, left, right = primal_call(scipy.signal.peak_prominences, x, peaks, wlen)
    return _above(x, np.asarray(peaks), left, right), None, None


STANDINS.composed(
    scipy.signal.medfilt, lambda volume, kernel_size=None: _medfilt(volume, kernel_size)
)
STANDINS.composed(scipy.signal.medfilt2d, _medfilt)
STANDINS.composed(scipy.signal.order_filter, _order_filter)
STANDINS.composed(scipy.signal.wiener, _wiener)
STANDINS.composed(scipy.signal.find_peaks, _find_peaks)
STANDINS.composed(scipy.signal.peak_prominences, _prominences)
STANDINS.flat(
    scipy.signal.argrelextrema,
    scipy.signal.argrelmax,
    scipy.signal.argrelmin,
    scipy.signal.find_peaks_cwt,
)
STANDINS.refused("of numbers", "their heights by x[peaks]", scipy.signal.peak_widths)
