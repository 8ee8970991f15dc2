"""Stand-ins of the filters of `scipy.signal`, in their coefficients, signals and states."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal

from .._along import along
from .._plain import array, primal
from .._standins import Standins, refuse_numbers
from ._recursive import allpole, fir

STANDINS = Standins()


def negative(axis: int, ndim: int) -> int:
    return axis - ndim if axis >= 0 else axis


def vector(x: Any) -> Any:
    return np.atleast_1d(array(x))


def fitted(x: Any, n: int) -> Any:
    """The first n elements along the last axis, zeros where there are none."""
    have = x.shape[-1]
    if have >= n:
        return x[..., :n]
    return np.concatenate((x, np.zeros((*x.shape[:-1], n - have), x.dtype)), axis=-1)


def run(b: Any, a: Any, x: Any, zi: Any) -> tuple[Any, Any]:
    """(answer, final state) of a filter along the last axis; the states stand there too."""
    b, t = b / a[0], a[1:] / a[0]
    n, order = x.shape[-1], max(b.shape[0], a.shape[0]) - 1
    w = fir(b, x)
    if zi is not None:
        w = w + fitted(zi, n)
    y = allpole(t, w) if t.shape[0] else w
    if zi is None:
        return y, None
    # What the past still adds to the next elements.
    zf = fir(b, fitted(x, n + order))[..., n:]
    if t.shape[0]:
        feedback = np.concatenate((np.zeros(1, t.dtype), t))
        zf = zf - fir(feedback, fitted(y, n + order))[..., n:]
    if order > n:
        zf = zf + fitted(zi[..., n:], order)
    return y, zf


def _lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    x = np.moveaxis(array(x), axis, -1)
    state = None if zi is None else np.moveaxis(array(zi), axis, -1)
    y, zf = run(vector(b), vector(a), x, state)
    y = np.moveaxis(y, -1, axis)
    return y if zi is None else (y, np.moveaxis(zf, -1, axis))


def lfilter_zi(b: Any, a: Any) -> Any:
    b, a = vector(b), vector(a)
    while a.shape[0] > 1 and primal(a)[0] == 0.0:
        a = a[1:]
    b, a = b / a[0], a / a[0]
    n = max(a.shape[0], b.shape[0])
    b, a = fitted(b, n), fitted(a, n)
    # The state that keeps the answer to a constant at H(1), the sum of b over the sum of a:
    # zi[k] = sum over j > k of b[j] - a[j] H(1).
    left = b[1:] - a[1:] * (np.sum(b) / np.sum(a))
    return np.flip(np.cumsum(np.flip(left)))


def _lfiltic(b: Any, a: Any, y: Any, x: Any = None) -> Any:
    b, a = vector(b), vector(a)
    if scipy.signal.lfiltic([1.0, 1.0], [2.0, 1.0], [1.0])[0] == -0.5:
        b, a = b / a[0], a / a[0]
    last_b, last_a = b.shape[0] - 1, a.shape[0] - 1
    y = fitted(vector(y), last_a)
    x = np.zeros(last_b) if x is None else fitted(vector(x), last_b)
    order = max(last_a, last_b)
    b, a = fitted(b, 2 * order + 1), fitted(a, 2 * order + 1)
    states = [
        np.sum(b[m + 1 : m + 1 + last_b] * x) - np.sum(a[m + 1 : m + 1 + last_a] * y)
        for m in range(order)
    ]
    return np.stack(states) if states else np.zeros(0)


def _cascade(sos: Any, x: Any, zi: Any) -> tuple[Any, list[Any]]:
    """Second-order sections, one after the other along the last axis."""
    finals = []
    for i in range(sos.shape[0]):
        x, zf = run(sos[i, :3], sos[i, 3:], x, None if zi is None else zi[i])
        finals.append(zf)
    return x, finals


def _sosfilt(sos: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    sos, x = array(sos), array(x)
    axis = negative(axis, x.ndim)
    state = None if zi is None else np.moveaxis(array(zi), axis, -1)
    y, finals = _cascade(sos, np.moveaxis(x, axis, -1), state)
    y = np.moveaxis(y, -1, axis)
    if zi is None:
        return y
    return y, np.moveaxis(np.stack(finals), -1, axis)


def sosfilt_zi(sos: Any) -> Any:
    sos = array(sos)
    scale: Any = 1.0
    states = []
    for i in range(sos.shape[0]):
        b, a = sos[i, :3], sos[i, 3:]
        states.append(scale * lfilter_zi(b, a))
        scale = scale * (np.sum(b) / np.sum(a))
    return np.stack(states)


# --- forward and backward ------------------------------------------------------------------------


def _ends(x: Any, edge: int, padtype: Any) -> Any:
    """x with `edge` more elements at both ends of the last axis."""
    if edge == 0 or padtype is None:
        return x
    first, last = x[..., :1], x[..., -1:]
    before, after = np.flip(x[..., 1 : edge + 1], -1), np.flip(x[..., -edge - 1 : -1], -1)
    if padtype == "odd":
        before, after = 2 * first - before, 2 * last - after
    elif padtype == "constant":
        shape = (*x.shape[:-1], edge)
        before, after = np.broadcast_to(first, shape), np.broadcast_to(last, shape)
    return np.concatenate((before, x, after), axis=-1)


def _edge(padtype: Any, padlen: Any, taps: int) -> int:
    if padtype is None:
        return 0
    return taps * 3 if padlen is None else int(padlen)


def _filtfilt(
    b: Any,
    a: Any,
    x: Any,
    axis: int = -1,
    padtype: Any = "odd",
    padlen: Any = None,
    method: str = "pad",
    irlen: Any = None,
) -> Any:
    x = array(x)
    if method == "gust":
        refuse_numbers(scipy.signal.filtfilt, b=b, a=a)
        gust = lambda v, at: scipy.signal.filtfilt(b, a, v, at, method="gust", irlen=irlen)
        return along(x, gust, negative(axis, x.ndim))
    b, a = vector(b), vector(a)
    edge = _edge(padtype, padlen, max(a.shape[0], b.shape[0]))
    zi = lfilter_zi(b, a)
    ext = _ends(np.moveaxis(x, axis, -1), edge, padtype)
    y, _ = run(b, a, ext, zi * ext[..., :1])
    y, _ = run(b, a, np.flip(y, -1), zi * y[..., -1:])
    return np.moveaxis(_inner(np.flip(y, -1), edge), -1, axis)


def _inner(y: Any, edge: int) -> Any:
    return y[..., edge : y.shape[-1] - edge]


def _sosfiltfilt(sos: Any, x: Any, axis: int = -1, padtype: Any = "odd", padlen: Any = None) -> Any:
    sos, x = array(sos), array(x)
    plain = primal(sos)
    taps = 2 * sos.shape[0] + 1 - min((plain[:, 2] == 0).sum(), (plain[:, 5] == 0).sum())
    edge = _edge(padtype, padlen, int(taps))
    ext = _ends(np.moveaxis(x, axis, -1), edge, padtype)
    zi = sosfilt_zi(sos)
    zi = zi.reshape((zi.shape[0], *(1,) * (x.ndim - 1), 2))
    y, _ = _cascade(sos, ext, zi * ext[..., :1])
    y, _ = _cascade(sos, np.flip(y, -1), zi * y[..., -1:])
    return np.moveaxis(_inner(np.flip(y, -1), edge), -1, axis)


def _deconvolve(signal: Any, divisor: Any) -> tuple[Any, Any]:
    num, den = vector(signal), vector(divisor)
    n, d = num.shape[0], den.shape[0]
    if d > n:
        return np.zeros(0), num * 1.0
    unit = np.zeros(n - d + 1)
    unit[0] = 1.0
    quotient, _ = run(num, den, unit, None)
    return quotient, num - np.convolve(den, quotient)


STANDINS.composed(scipy.signal.lfilter, _lfilter)
STANDINS.composed(scipy.signal.lfilter_zi, lfilter_zi)
STANDINS.composed(scipy.signal.lfiltic, _lfiltic)
STANDINS.composed(scipy.signal.sosfilt, _sosfilt)
STANDINS.composed(scipy.signal.sosfilt_zi, sosfilt_zi)
STANDINS.composed(scipy.signal.filtfilt, _filtfilt)
STANDINS.composed(scipy.signal.sosfiltfilt, _sosfiltfilt)
STANDINS.composed(scipy.signal.deconvolve, _deconvolve)
