"""`numpy.emath`: functions that answer with complex numbers outside of their real domain.

There the real line is the edge of a branch, on which complex derivatives depend on the sign of a
zero. So each part is written with real functions; the plain call gives the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._later import array_of

_QUARTER = 0.5 * math.pi


def _below_zero(x: Any) -> Any:
    return x < 0


def _beyond_one(x: Any) -> Any:
    return np.abs(x) > 1


def _extended(
    fn: Any, outside: Callable[[Any], Any], real: Callable[[Any], Any], imag: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """fn, and ``real(x) + 1j * imag(x)`` where `outside` holds for a real x."""

    def body(x: Any) -> Any:
        x = array_of(x)
        mask = outside(x) if x.dtype.kind != "c" else np.False_
        if not np.any(mask):
            return fn(x)
        inside, beyond = np.where(mask, 0.5, x), np.where(mask, x, -2.0)
        y = np.where(mask, real(beyond), fn(inside)) + 1j * np.where(mask, imag(beyond), 0.0)
        low = x.dtype.itemsize <= np.dtype(np.float32).itemsize
        return y.astype(np.complex64 if low else np.complex128)

    return body


def _logarithm(fn: Any) -> Callable[[Any], Any]:
    turn = math.pi / math.log(2.0 if fn is np.log2 else 10.0 if fn is np.log10 else math.e)
    return _extended(fn, _below_zero, lambda x: fn(-x), lambda _: turn)


def _to_arccosh(x: Any) -> Any:
    return np.arccosh(np.where(x > 0, x, -x))


sqrt = _extended(np.sqrt, _below_zero, lambda _: 0.0, lambda x: np.sqrt(-x))
log, log2, log10 = map(_logarithm, (np.log, np.log2, np.log10))
arcsin = _extended(np.arcsin, _beyond_one, lambda x: np.copysign(_QUARTER, x), _to_arccosh)
arccos = _extended(
    np.arccos, _beyond_one, lambda x: _QUARTER - np.copysign(_QUARTER, x), lambda x: -_to_arccosh(x)
)
arctanh = _extended(
    np.arctanh, _beyond_one, lambda x: np.arctanh(np.reciprocal(x)), lambda _: _QUARTER
)


def logn(n: Any, x: Any) -> Any:
    return log(x) / log(n)


def power(x: Any, p: Any) -> Any:
    """x**p is exp(i pi p) (-x)**p for a negative x."""
    x, p = np.reshape(array_of(x), np.shape(x)), array_of(p)
    mask = x < 0 if x.dtype.kind != "c" else np.False_
    if not np.any(mask):
        return np.power(x, p)
    size = np.power(np.where(mask, -x, x), p)
    turn = np.where(mask, math.pi, 0.0) * p
    return size * (np.cos(turn) + 1j * np.sin(turn))
