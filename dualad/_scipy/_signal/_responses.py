"""Stand-ins of frequency responses, in the filter's coefficients and in the frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal

from .._plain import array, find_number, primal
from .._standins import Standins, no_rule
from ._filters import vector

STANDINS = Standins()
Function = Any


def _frequencies(worN: Any, fs: Any, whole: bool, include_nyquist: bool = False) -> tuple[Any, Any]:
    """(angles, frequencies in the units of fs)."""
    if worN is None:
        worN = 512
    if find_number(worN) is None and isinstance(worN, (int, np.integer)):
        last = 2 * np.pi if whole else np.pi
        w: Any = np.linspace(0.0, last, int(worN), endpoint=include_nyquist and not whole)
    else:
        w = vector(worN) * (2 * np.pi) / fs
    return w, w * (fs / (2 * np.pi))


def _ascending(c: Any, z: Any) -> Any:
    """c[0] + c[1] z + ..., at each z; c may have axes behind the first, before the answer's."""
    total = c[-1] + 0.0 * z
    for k in range(c.shape[0] - 2, -1, -1):
        total = total * z + c[k]
    return total


def _freqz(
    b: Any,
    a: Any = 1,
    worN: Any = 512,
    whole: bool = False,
    plot: Any = None,
    fs: Any = 2 * np.pi,
    include_nyquist: bool = False,
) -> Any:
    b, a = vector(b), vector(a)
    if b.ndim > 1 or a.ndim > 1:
        no_rule(scipy.signal.freqz, "of several filters at once", "a loop over the filters")
    w, frequencies = _frequencies(worN, fs, whole, include_nyquist)
    z = np.exp(-1j * w)
    return frequencies, _ascending(b, z) / _ascending(a, z)


def _freqz_sos(sos: Any, worN: Any = 512, whole: bool = False, fs: Any = 2 * np.pi) -> Any:
    sos = array(sos)
    w, frequencies = _frequencies(worN, fs, whole)
    z = np.exp(-1j * w)
    total: Any = 1.0
    for i in range(sos.shape[0]):
        total = total * (_ascending(sos[i, :3], z) / _ascending(sos[i, 3:], z))
    return frequencies, total


def _from_roots(z: Any, roots: Any) -> Any:
    total: Any = 1.0 + 0.0 * z
    for k in range(roots.shape[0]):
        total = total * (z - roots[k])
    return total


def _freqz_zpk(
    z: Any, p: Any, k: Any, worN: Any = 512, whole: bool = False, fs: Any = 2 * np.pi
) -> Any:
    w, frequencies = _frequencies(worN, fs, whole)
    at = np.exp(1j * w)
    return frequencies, k * _from_roots(at, vector(z)) / _from_roots(at, vector(p))


def _analog_frequencies(fn: Function, worN: Any, *arguments: Any) -> Any:
    if find_number(worN) is None and (worN is None or np.ndim(worN) == 0):
        plain = [primal(vector(x)) for x in arguments]
        return fn(*plain, 200 if worN is None else worN)[0]
    return vector(worN)


def _freqs(b: Any, a: Any, worN: Any = 200, plot: Any = None) -> Any:
    b, a = vector(b), vector(a)
    w = _analog_frequencies(scipy.signal.freqs, worN, b, a)
    s = 1j * w
    return w, _ascending(np.flip(b), s) / _ascending(np.flip(a), s)


def _freqs_zpk(z: Any, p: Any, k: Any, worN: Any = 200) -> Any:
    w = _analog_frequencies(scipy.signal.freqs_zpk, worN, z, p, k)
    s = 1j * w
    return w, k * _from_roots(s, vector(z)) / _from_roots(s, vector(p))


def _group_delay(system: Any, w: Any = 512, whole: bool = False, fs: Any = 2 * np.pi) -> Any:
    b, a = (vector(x) for x in system)
    angles, frequencies = _frequencies(w, fs, whole)
    c = np.convolve(b, np.conjugate(np.flip(a)))
    z = np.exp(-1j * angles)
    delay = np.real(_ascending(c * np.arange(c.shape[0]), z) / _ascending(c, z))
    singular = ~np.isfinite(primal(delay))
    return frequencies, np.where(singular, 0.0, delay - (a.shape[0] - 1))


def _poly(roots: Any) -> Any:
    """The coefficients of the polynomial with these roots, the highest power first."""
    c: Any = np.ones(1)
    for k in range(roots.shape[0]):
        c = np.concatenate((c, np.zeros(1))) - np.concatenate((np.zeros(1), c * roots[k]))
    return c


def _zpk2tf(z: Any, p: Any, k: Any) -> Any:
    z = array(z)
    if z.ndim > 1:
        no_rule(scipy.signal.zpk2tf, "of several filters at once", "a loop over the filters")
    return vector(k) * _poly(vector(z)), _poly(vector(p))


def _sos2tf(sos: Any) -> Any:
    sos = array(sos)
    b: Any = np.ones(1)
    a: Any = np.ones(1)
    for i in range(sos.shape[0]):
        b, a = np.convolve(b, sos[i, :3]), np.convolve(a, sos[i, 3:])
    return b, a


def _bilinear_zpk(z: Any, p: Any, k: Any, fs: Any) -> Any:
    z, p = vector(z), vector(p)
    twice = 2.0 * fs
    gain = k * np.real(np.prod(twice - z) / np.prod(twice - p))
    infinite = -np.ones(p.shape[0] - z.shape[0])
    moved = np.concatenate(((twice + z) / (twice - z), infinite))
    return moved, (twice + p) / (twice - p), gain


STANDINS.composed(scipy.signal.freqz, _freqz)
STANDINS.composed(scipy.signal.sosfreqz, _freqz_sos)
if hasattr(scipy.signal, "freqz_sos"):
    STANDINS.composed(scipy.signal.freqz_sos, _freqz_sos)
STANDINS.composed(scipy.signal.freqz_zpk, _freqz_zpk)
STANDINS.composed(scipy.signal.freqs, _freqs)
STANDINS.composed(scipy.signal.freqs_zpk, _freqs_zpk)
STANDINS.composed(scipy.signal.group_delay, _group_delay)
STANDINS.composed(scipy.signal.zpk2tf, _zpk2tf)
STANDINS.composed(scipy.signal.sos2tf, _sos2tf)
STANDINS.composed(scipy.signal.bilinear_zpk, _bilinear_zpk)
