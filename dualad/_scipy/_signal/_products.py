"""Stand-ins of the convolutions and correlations of `scipy.signal`, in both operands."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal

from ..._rules._contract import conj
from .._convolution import conv, extended
from .._plain import array, primal
from .._standins import Standins

STANDINS = Standins()
_BOUNDARIES = {0: "fill", 1: "symm", 2: "wrap"}
_MODES = {0: "valid", 1: "same", 2: "full"}


def _window(mode: str, n: tuple[int, ...], m: tuple[int, ...], axes: list[int]) -> tuple[Any, ...]:
    """The part of the full convolution that `mode` keeps; the axes are not negative."""
    window = [slice(None)] * len(n)
    for i in axes:
        full = n[i] + m[i] - 1
        if mode == "same":
            size = n[i]
        elif mode == "valid":
            size = max(n[i], m[i]) - min(n[i], m[i]) + 1
        else:
            size = full
        start = (full - size) // 2
        window[i] = slice(start, start + size)
    return tuple(window)


def _product(a: Any, v: Any, mode: str, fft: bool, axes: Any = None) -> Any:
    if a.ndim == 0:
        return a * v
    ndim = a.ndim
    if axes is None:
        chosen = list(range(ndim))
    else:
        chosen = [int(i) % ndim for i in np.atleast_1d(axes)]
    rest = [i for i in range(ndim) if i not in chosen]
    # An axis along which one operand has length 1 broadcasts, as SciPy lets it.
    order = rest + chosen
    out = conv(a.transpose(order), v.transpose(order), len(chosen), fft)
    out = out.transpose([order.index(i) for i in range(ndim)])
    window = _window(mode, a.shape, v.shape, chosen)
    return out[window]


def _is_fft(a: Any, v: Any, mode: str, method: str) -> bool:
    if method == "auto":
        method = scipy.signal.choose_conv_method(primal(a), primal(v), mode=mode)
    return method == "fft"


def _mirrored(v: Any) -> Any:
    return conj(np.flip(v))


def _convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    a, v = array(in1), array(in2)
    return _product(a, v, mode, a.ndim > 0 and _is_fft(a, v, mode, method))


def _correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    a, v = array(in1), array(in2)
    if a.ndim == 0:
        return a * conj(v)
    return _product(a, _mirrored(v), mode, _is_fft(a, v, mode, method))


def _fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    return _product(array(in1), array(in2), mode, True, axes)


# --- two dimensions, with boundaries -------------------------------------------------------------


def _convolve2d(
    in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0
) -> Any:
    return _plane(array(in1), array(in2), mode, boundary, fillvalue)


def _correlate2d(
    in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0
) -> Any:
    return _plane(array(in1), _mirrored(array(in2)), mode, boundary, fillvalue, late=1)


def _plane(a: Any, v: Any, mode: Any, boundary: Any, fill: Any, late: int = 0) -> Any:
    """`late`: of an even kernel, SciPy's correlation keeps the later of the two middles."""
    mode, boundary = _MODES.get(mode, mode), _BOUNDARIES.get(boundary, boundary)
    swapped = mode == "valid" and any(n < m for n, m in zip(a.shape, v.shape, strict=True))
    if swapped:
        a, v = v, a
    if mode == "valid":
        return _product(a, v, "valid", False)
    n, m = a.shape, v.shape
    for axis in (0, 1):
        a = extended(a, axis - 2, m[axis] - 1, m[axis] - 1, boundary, fill)
    out = conv(a, v, 2, False)
    # Without the ends that lack a part of the extension, this is the full answer.
    out = out[m[0] - 1 : n[0] + 2 * m[0] - 2, m[1] - 1 : n[1] + 2 * m[1] - 2]
    if mode == "full":
        return out
    starts = [(size - 1 + late) // 2 for size in m]
    return out[starts[0] : starts[0] + n[0], starts[1] : starts[1] + n[1]]


STANDINS.composed(scipy.signal.convolve, _convolve)
STANDINS.composed(scipy.signal.correlate, _correlate)
STANDINS.composed(scipy.signal.fftconvolve, _fftconvolve)
STANDINS.composed(scipy.signal.oaconvolve, _fftconvolve)
STANDINS.composed(scipy.signal.convolve2d, _convolve2d)
STANDINS.composed(scipy.signal.correlate2d, _correlate2d)
STANDINS.flat(scipy.signal.choose_conv_method)
