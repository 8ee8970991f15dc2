"""Stand-ins of transforms of signals along one axis: trends, resampling, analytic signals."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.signal

from .._along import along
from .._convolution import conv
from .._ndimage._correlate import convolve1d
from .._plain import array, find_number
from .._standins import Standins, no_rule, refuse_numbers
from ._filters import _sosfilt, _sosfiltfilt, negative

STANDINS = Standins()


# --- trends --------------------------------------------------------------------------------------


def detrended(
    data: Any, axis: int = -1, type: str = "linear", bp: Any = 0, overwrite_data: bool = False
) -> Any:
    """x minus its mean, or minus straight lines that are fitted between the breakpoints."""
    x = np.moveaxis(array(data), axis, -1)
    n = x.shape[-1]
    if type in ("constant", "c"):
        return np.moveaxis(x - np.mean(x, axis=-1, keepdims=True), -1, axis)
    breaks = np.unique(np.concatenate(([0], np.atleast_1d(bp), [n]))).astype(int)
    parts = []
    for first, last in itertools.pairwise(breaks.tolist()):
        m = last - first
        # An orthonormal basis of the straight lines: removing them is a projection.
        basis = np.linalg.qr(np.stack([np.ones(m), np.arange(m) / m], axis=1))[0][:, : min(m, 2)]
        part = x[..., first:last]
        parts.append(part - np.matmul(np.matmul(part, basis), basis.T))
    return np.moveaxis(np.concatenate(parts, axis=-1), -1, axis)


def _savgol(
    x: Any,
    window_length: int,
    polyorder: int,
    deriv: int = 0,
    delta: Any = 1.0,
    axis: int = -1,
    mode: str = "interp",
    cval: Any = 0.0,
) -> Any:
    x = array(x)
    axis = negative(axis, x.ndim)
    y = _polynomials(x, window_length, polyorder, deriv, axis, mode, cval)
    return y if deriv == 0 else y / _power(delta, deriv)


def _power(delta: Any, n: int) -> Any:
    total: Any = 1.0
    for _ in range(n):
        total = total * delta
    return total


def _savgol_coeffs(
    window_length: int,
    polyorder: int,
    deriv: int = 0,
    delta: Any = 1.0,
    pos: Any = None,
    use: str = "conv",
    **keywords: Any,
) -> Any:
    weights = scipy.signal.savgol_coeffs(window_length, polyorder, deriv, 1.0, pos, use)
    return weights / _power(delta, deriv)


def _polynomials(
    x: Any, window_length: int, polyorder: int, deriv: int, axis: int, mode: str, cval: Any
) -> Any:
    """`savgol_filter` of samples at distance 1."""
    options = {"deriv": deriv, "delta": 1.0}
    weights = scipy.signal.savgol_coeffs(window_length, polyorder, **options)
    if mode != "interp":
        return convolve1d(x, weights, axis, mode=mode, cval=cval)
    # The polynomials at both ends see the window there: its answers to unit vectors.
    edge, units = window_length // 2, np.eye(window_length)
    ends = scipy.signal.savgol_filter(units, window_length, polyorder, axis=0, **options)
    y = np.moveaxis(convolve1d(x, weights, axis, mode="constant"), axis, -1)
    x = np.moveaxis(x, axis, -1)
    n = x.shape[-1]
    left = np.matmul(x[..., :window_length], ends[:edge].T)
    right = np.matmul(x[..., n - window_length :], ends[window_length - edge :].T)
    return np.moveaxis(np.concatenate((left, y[..., edge : n - edge], right), axis=-1), -1, axis)


# --- analytic signals ----------------------------------------------------------------------------


def _hilbert(x: Any, N: Any = None, axis: int = -1) -> Any:
    x = array(x)
    n = x.shape[axis] if N is None else N
    unit = np.zeros(n)
    unit[0] = 1.0
    # SciPy's own factors of the spectrum, 0, 1 or 2, from its answer to an impulse.
    factors = np.rint(np.fft.fft(scipy.signal.hilbert(unit)).real).astype(x.dtype)
    factors = factors.reshape((-1,) + (1,) * (-1 - negative(axis, x.ndim)))
    return np.fft.ifft(np.fft.fft(x, n, axis) * factors, axis=axis)


def _hilbert2(x: Any, N: Any = None, axes: Any = (-2, -1)) -> Any:
    x = array(x)
    if x.ndim != 2 or (axes[0] % 2, axes[1] % 2) != (0, 1):
        no_rule(scipy.signal.hilbert2, "along other axes than the two of a matrix", "np.moveaxis")
    shape = x.shape if N is None else (N, N) if isinstance(N, int) else tuple(N)
    unit = np.zeros(shape)
    unit[0, 0] = 1.0
    factors = np.rint(np.fft.fft2(scipy.signal.hilbert2(unit)).real).astype(x.dtype)
    return np.fft.ifft2(np.fft.fft2(x, shape) * factors)


# --- other rates ---------------------------------------------------------------------------------


def _resample(
    x: Any, num: int, t: Any = None, axis: int = 0, window: Any = None, domain: str = "time"
) -> Any:
    refuse_numbers(scipy.signal.resample, window=window)
    x = array(x)
    n = x.shape[axis]
    lines = np.moveaxis(x, axis, -1)
    weights = _spectral_window(window, n)
    if domain == "time" and x.dtype.kind != "c":
        y = _resampled_real(lines, n, num, weights)
    else:
        y = _resampled(np.fft.fft(lines) if domain == "time" else lines, n, num, weights)
    y = np.moveaxis(y * (num / n), -1, axis)
    if t is None:
        return y
    t = array(t)
    return y, t[0] + (t[1] - t[0]) * n / float(num) * np.arange(0, num)


def _spectral_window(window: Any, n: int) -> Any:
    """The window over the frequencies in the order of the transform; 1 where there is none."""
    if window is None:
        return np.ones(n)
    # SciPy's versions shift windows of odd length differently: from its answer to an impulse.
    unit = np.zeros(n, np.complex128)
    unit[0] = 1.0
    return np.fft.fft(scipy.signal.resample(unit, n, window=window)).real


def _resampled_real(x: Any, n: int, num: int, weights: Any) -> Any:
    """By the half spectrum: each frequency has the mean of its two weights."""
    half = n // 2 + 1
    mirrored = weights[-np.arange(half)]
    spectrum = np.fft.rfft(x) * (0.5 * (weights[:half] + mirrored))
    m = min(n, num)
    factors = np.ones(m // 2 + 1)
    if m % 2 == 0 and n != num:  # the last one has no partner on one of the two sides
        factors[-1] = 2.0 if num < n else 0.5
    return np.fft.irfft(spectrum[..., : m // 2 + 1] * factors, num)


def _resampled(spectrum: Any, n: int, num: int, weights: Any) -> Any:
    """By the whole spectrum: its low frequencies of both signs, and zeros between."""
    spectrum = spectrum * weights
    m = min(n, num)
    low, high = spectrum[..., : m // 2 + 1], spectrum[..., n - (m - m // 2 - 1) :]
    if m % 2 == 0 and num < n:
        united = spectrum[..., m // 2] + spectrum[..., n - m // 2]
        low = np.concatenate((low[..., :-1], united[..., None]), axis=-1)
    elif m % 2 == 0 and num > n:
        split = 0.5 * low[..., -1:]
        low = np.concatenate((low[..., :-1], split), axis=-1)
        high = np.concatenate((split, high), axis=-1)
    zeros = np.zeros((*spectrum.shape[:-1], num - low.shape[-1] - high.shape[-1]))
    return np.fft.ifft(np.concatenate((low, zeros, high), axis=-1))


_BACKGROUNDS: dict[str, Callable[..., Any]] = {
    "mean": np.mean,
    "median": np.median,
    "minimum": np.min,
    "maximum": np.max,
}


def _resample_poly(
    x: Any,
    up: Any,
    down: Any,
    axis: int = 0,
    window: Any = ("kaiser", 5.0),
    padtype: str = "constant",
    cval: Any = None,
) -> Any:
    refuse_numbers(scipy.signal.resample_poly, window=window, cval=cval)
    x = array(x)
    axis = negative(axis, x.ndim)
    kind = "constant" if padtype in _BACKGROUNDS else padtype
    call = lambda v, at: scipy.signal.resample_poly(v, up, down, at, window, kind)
    if padtype not in _BACKGROUNDS:
        return along(x, call, axis)
    background = _BACKGROUNDS[padtype](x, axis=axis, keepdims=True)
    return along(x - background, call, axis) + background


def _decimate(
    x: Any, q: int, n: Any = None, ftype: Any = "iir", axis: int = -1, zero_phase: bool = True
) -> Any:
    x = array(x)
    axis = negative(axis, x.ndim)
    if not (isinstance(ftype, str) and ftype == "iir"):
        call = lambda v, at: scipy.signal.decimate(v, q, n, ftype, at, zero_phase)
        return along(x, call, axis)
    sos = scipy.signal.cheby1(8 if n is None else n, 0.05, 0.8 / q, output="sos")
    y = _sosfiltfilt(sos, x, axis) if zero_phase else _sosfilt(sos, x, axis)
    return y[(Ellipsis, slice(None, None, q), *(slice(None),) * (-1 - axis))]


def _upfirdn(
    h: Any,
    x: Any,
    up: int = 1,
    down: int = 1,
    axis: int = -1,
    mode: str = "constant",
    cval: Any = 0,
) -> Any:
    refuse_numbers(scipy.signal.upfirdn, cval=cval)
    h, x = array(h), array(x)
    axis = negative(axis, x.ndim)
    if find_number(h) is None:
        call = lambda v, at: scipy.signal.upfirdn(h, v, up, down, at, mode)
        return along(x, call, axis)
    if mode not in ("constant", None) or cval != 0:
        case = f"with a differentiated h= and mode={mode!r}, cval={cval!r}"
        no_rule(scipy.signal.upfirdn, case, "mode='constant' and cval=0")
    x = np.moveaxis(x, axis, -1)
    spaced = [x] + [np.zeros(x.shape, x.dtype)] * (up - 1)
    long = np.stack(spaced, axis=-1).reshape((*x.shape[:-1], x.shape[-1] * up))
    long = long[..., : long.shape[-1] - up + 1]
    y = conv(long, h.reshape((1,) * (x.ndim - 1) + (-1,)), 1, False)[..., ::down]
    return np.moveaxis(y, -1, axis)


# --- linear, and nothing better is known ---------------------------------------------------------


def _line(name: str, by_axis: bool) -> None:
    """A function whose first argument is x, all others constants; of vectors, or along `axis`."""
    fn = getattr(scipy.signal, name)

    def body(x: Any, *args: Any, axis: int = -1, **keywords: Any) -> Any:
        if find_number((args, keywords)) is not None:
            no_rule(fn, "with a differentiated parameter", "a constant one: da.primal(parameter)")
        x = array(x)
        if by_axis:
            call = lambda v, at: fn(v, *args, axis=at, **keywords)
        else:
            call = lambda v, at: np.apply_along_axis(fn, at, v, *args, **keywords)
        return along(x, call, negative(axis, x.ndim))

    STANDINS.composed(fn, body)


for _name in ("czt", "zoom_fft"):
    _line(_name, True)
for _name in ("cspline1d", "qspline1d", "symiirorder1", "symiirorder2"):
    _line(_name, False)

STANDINS.composed(scipy.signal.detrend, detrended)
STANDINS.composed(scipy.signal.savgol_filter, _savgol)
STANDINS.composed(scipy.signal.savgol_coeffs, _savgol_coeffs)
STANDINS.composed(scipy.signal.hilbert, _hilbert)
STANDINS.composed(scipy.signal.hilbert2, _hilbert2)
STANDINS.composed(scipy.signal.resample, _resample)
STANDINS.composed(scipy.signal.resample_poly, _resample_poly)
STANDINS.composed(scipy.signal.decimate, _decimate)
STANDINS.composed(scipy.signal.upfirdn, _upfirdn)
