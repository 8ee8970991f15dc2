"""Stand-ins of spectra and short-time Fourier transforms, in the signals and the sampling rate.

P. D. Welch, "The use of the fast Fourier transform for the estimation of power spectra", IEEE
Trans. Audio Electroacoust. 15, 1967.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.signal

from ..._rules._contract import conj
from .._plain import array
from .._standins import Standins, refuse_numbers
from ._filters import _ends
from ._lines import detrended

STANDINS = Standins()
Options = dict[str, Any]


def _window(o: Options, n: int) -> np.ndarray:
    """The window as an array; the length of the segments is its length."""
    refuse_numbers(o["fn"], window=o["window"])
    window, length = o["window"], o["nperseg"]
    if isinstance(window, (str, tuple)):
        length = 256 if length is None else int(length)
        return np.asarray(scipy.signal.get_window(window, min(length, n)))
    return np.asarray(window)


def _framed(x: Any, length: int, step: int) -> Any:
    """Segments along a new axis before the last."""
    starts = np.arange(0, x.shape[-1] - length + 1, step)
    return x[..., starts[:, None] + np.arange(length)]


def _transforms(x: Any, window: np.ndarray, step: int, nfft: int, o: Options) -> Any:
    """The spectra of the segments of x: (..., segment, frequency)."""
    frames = _framed(x, len(window), step)
    detrend = o["detrend"]
    if callable(detrend):
        frames = detrend(frames)
    elif detrend:
        frames = detrended(frames, -1, detrend)
    fft = np.fft.rfft if o["one sided"] else np.fft.fft
    return fft(frames * window.astype(_real(x)), nfft)


def _real(x: Any) -> Any:
    return np.zeros(0, x.dtype).real.dtype


def _plan(o: Options, x: Any) -> tuple[np.ndarray, int, int]:
    """(window, step, length of the transforms), and whether they are one-sided, into o."""
    window = _window(o, x.shape[-1])
    length = len(window)
    overlap = length // 2 if o["noverlap"] is None else int(o["noverlap"])
    nfft = length if o["nfft"] is None else int(o["nfft"])
    o["one sided"] = bool(o["return_onesided"]) and x.dtype.kind != "c"
    return window, length - overlap, nfft


def _scale(window: np.ndarray, o: Options) -> Any:
    if o["scaling"] == "density":
        return 1.0 / (o["fs"] * np.sum(window * window))
    return 1.0 / np.sum(window) ** 2


def _frequencies(nfft: int, o: Options) -> Any:
    make = np.fft.rfftfreq if o["one sided"] else np.fft.fftfreq
    return make(nfft, 1 / o["fs"])


def _times(n: int, length: int, step: int, o: Options) -> Any:
    return np.arange(length / 2, n - length / 2 + 1, step) / o["fs"]


def _doubled(power: Any, nfft: int, o: Options) -> Any:
    """One-sided powers count twice, but for those without a partner."""
    if not o["one sided"]:
        return power
    factors = np.full(power.shape[-1], 2.0)
    factors[0] = 1.0
    if nfft % 2 == 0:
        factors[-1] = 1.0
    return power * factors


def _powers(x: Any, y: Any, o: Options) -> tuple[Any, Any, Any]:
    """(frequencies, times, conj(X) Y of each segment: (..., segment, frequency))."""
    same = y is x
    axis = o["axis"]
    x = np.moveaxis(array(x), axis, -1)
    y = x if same else np.moveaxis(array(y), axis, -1)
    if not same and x.shape[-1] != y.shape[-1]:
        n = max(x.shape[-1], y.shape[-1])
        x, y = _zeros_behind(x, n), _zeros_behind(y, n)
    window, step, nfft = _plan(o, x if x.dtype.kind == "c" else y)
    first = _transforms(x, window, step, nfft, o)
    second = first if same else _transforms(y, window, step, nfft, o)
    power = np.real(first) ** 2 + np.imag(first) ** 2 if same else conj(first) * second
    power = _doubled(power * _scale(window, o), nfft, o)
    return _frequencies(nfft, o), _times(x.shape[-1], len(window), step, o), power


def _zeros_behind(x: Any, n: int) -> Any:
    missing = n - x.shape[-1]
    if not missing:
        return x
    return np.concatenate((x, np.zeros((*x.shape[:-1], missing))), axis=-1)


def _averaged(power: Any, o: Options) -> Any:
    """The mean of the segments, or their median over its bias."""
    count = power.shape[-2]
    if count > 1 and o["average"] == "median":
        even = 2 * np.arange(1.0, (count - 1) // 2 + 1)
        bias = 1 + np.sum(1.0 / (even + 1) - 1.0 / even)
        if power.dtype.kind == "c":
            middle = np.median(np.real(power), axis=-2) + 1j * np.median(np.imag(power), axis=-2)
        else:
            middle = np.median(power, axis=-2)
        power = middle / bias
    else:
        power = np.mean(power, axis=-2)
    return np.moveaxis(power, -1, o["axis"])


def _csd(o: Options) -> Any:
    frequencies, _, power = _powers(o["x"], o["y"], o)
    return frequencies, _averaged(power, o)


def _welch(o: Options) -> Any:
    frequencies, _, power = _powers(o["x"], o["x"], o)
    return frequencies, _averaged(power, o)


def _coherence(o: Options) -> Any:
    o = {**o, "return_onesided": True, "scaling": "density", "average": "mean"}
    frequencies, pxx = _welch({**o})
    _, pyy = _welch({**o, "x": o["y"]})
    _, pxy = _csd({**o})
    return frequencies, (np.real(pxy) ** 2 + np.imag(pxy) ** 2) / pxx / pyy


def _periodogram(o: Options) -> Any:
    x = array(o["x"])
    n, nfft = x.shape[o["axis"]], o["nfft"]
    if nfft is not None and nfft < n:
        x = np.moveaxis(np.moveaxis(x, o["axis"], -1)[..., :nfft], -1, o["axis"])
        n, nfft = nfft, None
    window = "boxcar" if o["window"] is None else o["window"]
    more = {"x": x, "window": window, "nperseg": n, "nfft": nfft, "noverlap": 0}
    return _welch({**o, **more, "average": "mean"})


def _behind(answer: Any, axis: int) -> Any:
    """(..., segment, frequency) with the frequencies at `axis` and the segments last."""
    return np.moveaxis(np.swapaxes(answer, -1, -2), -2, axis - 1 if axis < 0 else axis)


def _spectrogram(o: Options) -> Any:
    mode, axis = o["mode"], o["axis"]
    length = len(_window(o, array(o["x"]).shape[axis]))
    if o["noverlap"] is None:
        o["noverlap"] = length // 8
    if mode == "psd":
        frequencies, times, power = _powers(o["x"], o["x"], o)
        return frequencies, times, _behind(power, axis)
    x = np.moveaxis(array(o["x"]), axis, -1)
    frequencies, times, answer = _short_time(x, o)
    answer = _behind(answer, axis)
    if mode == "magnitude":
        answer = np.abs(answer)
    elif mode in ("angle", "phase"):
        answer = np.angle(answer)
        if mode == "phase":
            answer = np.unwrap(answer, axis=axis - 1 if axis < 0 else axis)
    return frequencies, times, answer


def _short_time(x: Any, o: Options) -> tuple[Any, Any, Any]:
    window, step, nfft = _plan(o, x)
    answer = _transforms(x, window, step, nfft, o) * np.sqrt(_scale(window, o))
    return _frequencies(nfft, o), _times(x.shape[-1], len(window), step, o), answer


def _stft(o: Options) -> Any:
    x = np.moveaxis(array(o["x"]), o["axis"], -1)
    o["scaling"] = "density" if o["scaling"] == "psd" else o["scaling"]
    window = _window(o, x.shape[-1])
    length, boundary = len(window), o["boundary"]
    o = {**o, "window": window}
    if boundary == "zeros":
        zeros = np.zeros((*x.shape[:-1], length // 2))
        x = np.concatenate((zeros, x, zeros), axis=-1)
    elif boundary is not None:
        x = _ends(x, length // 2, boundary)
    if o["padded"]:
        step = _plan(o, x)[1]
        x = _zeros_behind(x, x.shape[-1] + (-(x.shape[-1] - length) % step) % length)
    frequencies, times, answer = _short_time(x, o)
    if boundary is not None:
        times = times - (length / 2) / o["fs"]
    return frequencies, times, _behind(answer, o["axis"])


# --- back ----------------------------------------------------------------------------------------


def _istft(o: Options) -> Any:
    z = array(o["Zxx"])
    z = np.moveaxis(z, (o["time_axis"], o["freq_axis"]), (-2, -1))
    one_sided = bool(o["input_onesided"])
    default = 2 * (z.shape[-1] - 1) if one_sided else z.shape[-1]
    length = default if o["nperseg"] is None else int(o["nperseg"])
    nfft = o["nfft"]
    if nfft is None:
        nfft = length if one_sided and length == default + 1 else default
    overlap = length // 2 if o["noverlap"] is None else int(o["noverlap"])
    step = length - overlap
    window = _window({**o, "nperseg": length}, length)
    frames = (np.fft.irfft if one_sided else np.fft.ifft)(z, nfft)[..., :length]
    if o.get("scaling", "spectrum") == "spectrum":
        frames = frames * np.sum(window)
    else:
        frames = frames * np.sqrt(o["fs"] * np.sum(window * window))
    x = _overlapped(frames * window, step)
    norm = _overlapped(np.broadcast_to(window * window, (z.shape[-2], length)), step)
    if o["boundary"]:
        inside = slice(length // 2, x.shape[-1] - length // 2)
        x, norm = x[..., inside], norm[inside]
    x = x / np.where(norm > 1e-10, norm, 1.0)
    times = np.arange(x.shape[0]) / o["fs"]
    ndim = z.ndim
    time, freq = o["time_axis"] % ndim, o["freq_axis"] % ndim
    return times, np.moveaxis(x, -1, time - (freq < time))


def _overlapped(frames: Any, step: int) -> Any:
    """Segments laid one behind the other, `step` apart, and added: (..., segment, place)."""
    count, length = frames.shape[-2:]
    pieces = -(-length // step)
    frames = _zeros_behind(frames, pieces * step)
    blocks = frames.reshape((*frames.shape[:-1], pieces, step))
    total: Any = 0.0
    for j in range(pieces):
        before = np.zeros((*blocks.shape[:-3], j, step))
        after = np.zeros((*blocks.shape[:-3], pieces - 1 - j, step))
        total = total + np.concatenate((before, blocks[..., j, :], after), axis=-2)
    flat = total.reshape((*total.shape[:-2], (count + pieces - 1) * step))
    return flat[..., : length + (count - 1) * step]


def _bound(fn: Any, body: Callable[[Options], Any]) -> None:
    signature = inspect.signature(fn)

    def standin(*args: Any, **keywords: Any) -> Any:
        bound = signature.bind(*args, **keywords)
        bound.apply_defaults()
        return body({**bound.arguments, "fn": fn})

    STANDINS.composed(fn, standin)


_bound(scipy.signal.periodogram, _periodogram)
_bound(scipy.signal.welch, _welch)
_bound(scipy.signal.csd, _csd)
_bound(scipy.signal.coherence, _coherence)
_bound(scipy.signal.spectrogram, _spectrogram)
_bound(scipy.signal.stft, _stft)
_bound(scipy.signal.istft, _istft)
