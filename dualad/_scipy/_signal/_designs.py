"""Stand-ins of filter design by windows, in the cutoff frequencies; and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal

from .._standins import Standins, refuse_numbers
from ._filters import vector

STANDINS = Standins()
_ZERO_PASSES = ("lowpass", "bandstop")


def _firwin(
    numtaps: int,
    cutoff: Any,
    *,
    width: Any = None,
    window: Any = "hamming",
    pass_zero: Any = True,
    scale: bool = True,
    fs: Any = None,
) -> Any:
    """Sums of windowed sinc functions, one for each edge of a band."""
    refuse_numbers(scipy.signal.firwin, width=width, window=window)
    nyquist = 1.0 if fs is None else 0.5 * fs
    edges = vector(cutoff) / nyquist
    starts = pass_zero in _ZERO_PASSES if isinstance(pass_zero, str) else bool(pass_zero)
    ends = bool(edges.shape[0] & 1) ^ starts
    edges = np.concatenate((np.zeros(int(starts)), edges, np.ones(int(ends))))
    if width is not None:
        attenuation = scipy.signal.kaiser_atten(numtaps, float(width) / nyquist)
        window = ("kaiser", scipy.signal.kaiser_beta(attenuation))
    m = np.arange(numtaps) - 0.5 * (numtaps - 1)
    h: Any = 0.0
    for i in range(0, edges.shape[0], 2):
        left, right = edges[i], edges[i + 1]
        h = h + (right * np.sinc(right * m) - left * np.sinc(left * m))
    h = h * scipy.signal.get_window(window, numtaps, fftbins=False)
    if scale:
        if starts:
            center: Any = 0.0
        elif ends and edges.shape[0] == 2:
            center = 1.0
        else:
            center = 0.5 * (edges[0] + edges[1])
        h = h / np.sum(h * np.cos(np.pi * m * center))
    return h


STANDINS.composed(scipy.signal.firwin, _firwin)
STANDINS.refused(
    "of numbers",
    "scipy.signal.lfilter, or scipy.integrate.solve_ivp of the system's equations",
    scipy.signal.lsim,
    scipy.signal.dlsim,
    scipy.signal.step,
    scipy.signal.impulse,
    scipy.signal.dstep,
    scipy.signal.dimpulse,
)
STANDINS.refused(
    "of numbers",
    "scipy.ndimage.map_coordinates or scipy.ndimage.spline_filter",
    scipy.signal.cspline1d_eval,
    scipy.signal.qspline1d_eval,
    scipy.signal.cspline2d,
    scipy.signal.qspline2d,
)
STANDINS.refused("of numbers", "scipy.signal.convolve2d", scipy.signal.sepfir2d)
