"""Slopes of Struve's functions in their argument, where SciPy's values or recurrences lose digits.

The power series (DLMF 11.2.1, 11.2.2) is differentiated term by term: that of L has positive terms.
From 20 to 36, where SciPy's H has lost up to ten bits, H is Y and an integral (DLMF 11.5.2).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import select
from ._many import INTEGER, UNKNOWN
from ._quadrature import DROP, LEFT, integral, on_arrays

ROOT_PI = 1.7724538509055159
_ENDS = {-1.0: 2.0, 1.0: 20.0}  # of the series for H, whose terms alternate, and for L
_TERMS = 60
_LOWEST = -1.4  # of orders; the first terms are singular at -3/2


def _step(v: Any, x: Any) -> Any:
    """(x/2)**v / (sqrt(pi) Gamma(v + 3/2)), in the recurrences of Struve's functions."""
    return np.power(0.5 * x, v) * sc.rgamma(v + 1.5) / ROOT_PI


@dispatched
def series(sign: float, n: int, v: Any, x: Any) -> Any:
    """The n-th derivative of H (sign -1) or L (sign 1) by their power series, for x != 0."""
    z = 0.25 * sign * x * x
    with np.errstate(all="ignore"):
        total: Any = 0.0
        for m in range(_TERMS - 1, -1, -1):
            power = 2 * m + v + 1.0
            # This term, of which the ones behind are multiples, differentiated
            factor = math.prod((power - i for i in range(n)), start=1.0)
            total = factor + total * (z / ((m + 1.5) * (m + v + 1.5)))
        front = np.power(0.5 * x, v + 1.0 - n) * 0.5**n
        return front * sc.rgamma(v + 1.5) / (0.5 * ROOT_PI) * total


def _integral_above_y(v: Any, x: Any) -> Any:
    s = DROP * LEFT
    terms = np.exp(-s + (v - 0.5) * np.log1p((s / x) * (s / x)))
    front = np.power(0.5 * x, v - 1.0) * sc.rgamma(v + 0.5) / ROOT_PI
    return front * (DROP * integral(terms))


_above_y = on_arrays(
    "struve_above_y",
    _integral_above_y,
    lambda v, x: (x > 20.0) & (x < 36.0) & (np.abs(v) < 8.0),
    "H - Y by its integral (DLMF 11.5.2), where SciPy's H is off.",
)


@dispatched
def struve_value(v: Any, x: Any) -> Any:
    """`struve`, by Y and an integral where SciPy's is off."""
    more = _above_y(v, x)
    return np.where(np.isnan(more), sc.struve(v, x), sc.yv(v, x) + more)[()]


def _inner(sign: float, v: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """Where the series serves, order and argument there, and the argument elsewhere."""
    end = _ENDS[sign]
    there = (np.abs(x) < end) & np.not_equal(x, 0.0) & (v > _LOWEST)
    return there, select(there, v, 0.0), select(there, x, 1.0), select(there, end, x)


def _plain(v: Any, x: Any, low: Any, y: Any) -> Any:
    near = np.abs(x) < 1e-3
    z = select(near, 1.0, x)
    return select(near, 0.5 * (low - sc.struve(v + 1.0, x) + _step(v, x)), low - v * (y / z))


def struve_slope(v: Any, x: Any, y: Any) -> Any:
    if hasattr(type(v), "_dualad_level"):  # of orders there are recurrences alone
        return _plain(v, x, sc.struve(v - 1.0, x), y)
    there, order, z, w = _inner(-1.0, v, x)
    outer = _plain(v, w, struve_value(v - 1.0, w), struve_value(v, w))
    return select(there, series(-1.0, 1, order, z), outer)


def modstruve_slope(v: Any, x: Any, _y: Any) -> Any:
    def plain(w: Any) -> Any:
        return 0.5 * (sc.modstruve(v - 1.0, w) + sc.modstruve(v + 1.0, w) + _step(v, w))

    if hasattr(type(v), "_dualad_level"):
        return plain(x)
    there, order, z, w = _inner(1.0, v, x)
    return select(there, series(1.0, 1, order, z), plain(w))


PARTIALS: dict[Any, dict[int, Any]] = {
    "struve": {1: struve_slope},
    "modstruve": {1: modstruve_slope},
    struve_value: {0: UNKNOWN, 1: struve_slope},
    series: {
        0: UNKNOWN,
        1: INTEGER,
        2: UNKNOWN,
        3: lambda sign, n, v, x, _y: series(float(sign), int(n) + 1, v, x),
    },
}
INTEGERS: dict[Any, tuple[int, ...]] = {series: (1,)}
