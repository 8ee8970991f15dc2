"""Convolution over several axes at once, and the extension of signals beyond their ends.

`conv` is the one bilinear function behind the convolutions and correlations of `scipy.signal` and
the filters of `scipy.ndimage`. Its lanes and its transposes are convolutions again: axes in front
of the convolved ones broadcast.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.signal

from .._rules._contract import conj, unbroadcast
from .._rules._dispatch import dispatched
from .._rules._registry import register
from .._rules._row import Multilinear
from ._plain import find_number

Pair = tuple[Any, Any]


@dispatched
def conv(a: Any, v: Any, d: int, fft: bool) -> Any:
    """The full convolution of a and v (of the same ndim) over their last d axes.

    `fft` chooses between fast Fourier transforms and sums.
    """
    if fft:
        return scipy.signal.fftconvolve(a, v, axes=tuple(range(-d, 0)))
    batch_a, batch_v = a.shape[: a.ndim - d], v.shape[: v.ndim - d]
    if d == 1 and math.prod(batch_v) == 1:
        return _rows(a, v.reshape(-1), np.broadcast_shapes(batch_a, batch_v))
    if d == 1 and math.prod(batch_a) == 1:
        return _rows(v, a.reshape(-1), np.broadcast_shapes(batch_a, batch_v))
    batch = np.broadcast_shapes(batch_a, batch_v)
    ends_a, ends_v = a.shape[a.ndim - d :], v.shape[v.ndim - d :]
    a, v = np.broadcast_to(a, batch + ends_a), np.broadcast_to(v, batch + ends_v)
    ends = tuple(n + m - 1 for n, m in zip(ends_a, ends_v, strict=True))
    out = np.empty(batch + ends, np.result_type(a, v))
    for i in np.ndindex(batch):
        out[i] = scipy.signal.convolve(a[i], v[i], method="direct")
    return out


def _rows(x: Any, v: Any, batch: tuple[int, ...]) -> Any:
    """All rows of x convolved with the vector v, laid end to end with zeros between."""
    n, m = x.shape[-1], v.size
    rows = x.reshape(-1, n)
    padded = np.concatenate((rows, np.zeros((len(rows), m - 1), x.dtype)), axis=1)
    out = np.convolve(padded.reshape(-1), v)[: padded.size]
    return out.reshape((*batch, n + m - 1))


def _prepare(a: Any, v: Any, d: int, fft: bool) -> tuple[Pair, Any]:
    return (a, v), (d, fft)


def _lanes(params: Any, i: int, block: Any, operands: Pair) -> Any:
    other = operands[1 - i][None]
    return conv(block, other, *params) if i == 0 else conv(other, block, *params)


def _transpose(params: Any, i: int, ct: Any, operands: Pair) -> Any:
    d, fft = params
    x, other = operands[i], operands[1 - i]
    mirrored = conj(np.flip(other, tuple(range(-d, 0))))[None]
    full = conv(ct, mirrored, d, fft)
    window = tuple(
        slice(m - 1, m - 1 + n) for n, m in zip(x.shape[-d:], other.shape[-d:], strict=True)
    )
    return unbroadcast(full[(Ellipsis, *window)], x.shape)


def correlated(x: Any, weights: Any, axis: int) -> Any:
    """sum_j weights[j] x[i + j] along a negative axis, wherever all of it lies inside x."""
    x = np.moveaxis(x, axis, -1)
    lead = (1,) * (x.ndim - 1)
    m = weights.shape[0]
    full = conv(x, np.reshape(np.flip(weights), (*lead, m)), 1, False)
    return np.moveaxis(full[..., m - 1 : x.shape[-1]], -1, axis)


# --- beyond the ends -----------------------------------------------------------------------------

# scipy.ndimage's and scipy.signal's names for what np.pad calls otherwise.
PADS: dict[str, Any] = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "symm": "symmetric",
    "symmetric": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "circular": "wrap",
    "grid-wrap": "wrap",
}
CONSTANT = ("constant", "grid-constant", "fill")


def extended(x: Any, axis: int, before: int, after: int, mode: str, cval: Any = 0.0) -> Any:
    """x with `before` and `after` more elements along a negative axis."""
    if before == after == 0:
        return x
    if mode in CONSTANT:
        parts, plain = [], find_number(cval) is None
        for n in (before, after):
            shape = list(x.shape)
            shape[axis] = n
            parts.append(np.full(shape, cval, x.dtype) if plain else np.broadcast_to(cval, shape))
        return np.concatenate((parts[0], x, parts[1]), axis=axis)
    source = np.pad(np.arange(x.shape[axis]), (before, after), mode=PADS[mode])
    return np.take(x, source, axis=axis)


register(
    [Multilinear(conv, _prepare, lambda params, a, v: conv(a, v, *params), _lanes, _transpose)]
)
