"""The two halves of a digital filter, along the last axis: sums of the past, and feedback.

    fir:      y[n] = b[0] x[n] + b[1] x[n-1] + ...
    allpole:  y[n] = w[n] - t[0] y[n-1] - t[1] y[n-2] - ...

A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", chapter 6. The transpose of a
filter is the filter run backward in time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal

from ..._rules._contract import conj
from ..._rules._dispatch import dispatched
from ..._rules._registry import register
from ..._rules._row import Differential, Multilinear

Operands = tuple[Any, ...]


def _shifted(y: Any, count: int) -> Any:
    """y with `count` zeros in front."""
    return np.concatenate((np.zeros((*y.shape[:-1], count), y.dtype), y), axis=-1)


def _past(block: Any, y: Any, first: int) -> Any:
    """sum_j block[:, j] y[n - first - j]: lanes of coefficients, one y."""
    n, m = y.shape[-1], block.shape[1]
    late = _shifted(y, first + m)
    total: Any = None
    for j in range(m):
        start = m - j
        factor = block[:, j].reshape((-1,) + (1,) * y.ndim)
        term = factor * late[..., start : start + n]
        total = term if total is None else total + term
    return total


def _lags(u: Any, y: Any, first: int, count: int) -> Any:
    """sum over n of u[n] conj(y[n - first - j]) for each j below count: the adjoint of `_past`."""
    n = y.shape[-1]
    late = _shifted(conj(y), first + count)
    axes = tuple(range(1, u.ndim))
    sums = []
    for j in range(count):
        start = count - j
        sums.append(np.sum(u * late[..., start : start + n], axis=axes))
    return np.stack(sums, axis=-1)


def _backward(x: Any) -> Any:
    return np.flip(x, -1)


@dispatched
def fir(b: Any, x: Any) -> Any:
    """Weighted sums of the last ``len(b)`` elements of x."""
    if b.size == 0 or x.size == 0:
        return np.zeros(x.shape, np.result_type(b, x))
    return scipy.signal.lfilter(b, np.ones(1, b.dtype), x)


@dispatched
def allpole(t: Any, w: Any) -> Any:
    """The filter with feedback t alone."""
    if t.size == 0 or w.size == 0:
        return w.astype(np.result_type(t, w))
    one = np.ones(1, t.dtype)
    return scipy.signal.lfilter(one, np.concatenate((one, t)), w)


def _fir_lanes(_params: Any, i: int, block: Any, operands: Operands) -> Any:
    b, x = operands
    return _past(block, x, 0) if i == 0 else fir(b, block)


def _fir_transpose(_params: Any, i: int, ct: Any, operands: Operands) -> Any:
    b, x = operands
    if i == 0:
        return _lags(ct, x, 0, b.shape[0])
    return _backward(fir(conj(b), _backward(ct)))


def _allpole_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    source = blocks[1]
    if blocks[0] is not None:
        past = _past(blocks[0], y, 1)
        source = -past if source is None else source - past
    return allpole(operands[0], source)


def _allpole_vjp(_params: Any, y: Any, operands: Operands, ct: Any, i: int) -> Any:
    t = operands[0]
    u = _backward(allpole(conj(t), _backward(ct)))
    return -_lags(u, y, 1, t.shape[0]) if i == 0 else u


def _pair(t: Any, x: Any) -> tuple[Operands, tuple[()]]:
    return (t, x), ()


register(
    [
        Multilinear(fir, _pair, lambda _, b, x: fir(b, x), _fir_lanes, _fir_transpose),
        Differential(allpole, _pair, lambda _, t, w: allpole(t, w), _allpole_jvp, _allpole_vjp),
    ]
)
