"""Airy's functions, which solve w'' = z w (DLMF 9.2), and those scaled by exponentials.

Of the scaled ones the slope of the scale nearly cancels that of the function: far out the
asymptotic series is differentiated term by term, and before that integrals.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._errors import NoRuleError
from ..._rules._helpers import is_complex, select
from ._many import INTEGER
from ._scaled import airy_growth, airy_moment

ROOT_PI = 1.7724538509055159


def _airy(z: Any, y: Any) -> Any:
    return y[1], z * y[0], y[3], z * y[2]


_AIRY_TERMS = 34
_AIRY_BORDER = 12.0


def _airy_terms() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """u_k and v_k of DLMF 9.7.2, times (3/2)**k: the series are in 1/z**(3/2)."""
    u = [1.0]
    for k in range(1, _AIRY_TERMS):
        rising = (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216.0 * k * (2 * k - 1))
        u.append(u[-1] * rising * 1.5)
    v = [c * (6 * k + 1) / (1 - 6 * k) for k, c in enumerate(u)]
    return tuple(u), tuple(v)


_U, _V = _airy_terms()


def _airy_far(z: Any, sign: float, derivative: bool) -> Any:
    """The slope of z**(-+1/4) * sum of c_k (+-1/z**(3/2))**k, term by term."""
    power = 0.25 if derivative else -0.25
    q = sign / (z * np.sqrt(z))
    total: Any = 0.0
    coefficients = _V if derivative else _U
    for k in range(_AIRY_TERMS - 1, -1, -1):
        total = total * q + coefficients[k] * (power - 1.5 * k)
    return total * np.power(z, power - 1.0) / ROOT_PI


def _airy_between(z: Any, moment: Any, sign: float) -> tuple[Any, Any]:
    """The slopes of F(p) = Ai exp(s) or Bi exp(-s), p = sqrt(z), and of F'/(2p) + sign p F."""
    p = np.sqrt(z)
    value, first, second = (moment(k, p) for k in range(3))
    slope = 0.5 * (second - first / p) / p + sign * (value + p * first)
    return 0.5 * first / p, 0.5 * slope / p


def _airye(z: Any, y: Any) -> Any:
    """Slopes of Ai exp(s), Ai' exp(s), Bi exp(-|Re s|), Bi' exp(-|Re s|), s = 2/3 z**(3/2)."""
    if is_complex(z):
        raise NoRuleError(
            "scipy.special.airye of a complex argument is not holomorphic",
            "scipy.special.airy, times np.exp",
        )
    a, da, b, db = y
    left, far = z < 0.0, z > _AIRY_BORDER
    root = np.sqrt(select(left, 0.0, z))
    w = select(far, z, _AIRY_BORDER)
    middle = (z > 0.5) & (z <= _AIRY_BORDER)
    inner = select(middle, z, 1.0)
    first, second = _airy_between(inner, airy_moment, -1.0)
    third, fourth = _airy_between(inner, airy_growth, 1.0)
    first = select(middle, first, da + root * a)
    second = select(middle, second, z * a + root * da)
    late = middle & (z > 1.0)  # below, little cancels in those of Bi
    third = select(late, third, db - root * b)
    fourth = select(late, fourth, z * b - root * db)
    return (
        select(far, 0.5 * _airy_far(w, -1.0, False), first),
        select(far, -0.5 * _airy_far(w, -1.0, True), second),
        select(far, _airy_far(w, 1.0, False), third),
        select(far, _airy_far(w, 1.0, True), fourth),
    )


PARTIALS: dict[Any, dict[int, Any]] = {
    "airy": {0: _airy},
    "airye": {0: _airye},
    airy_moment: {0: INTEGER, 1: lambda k, p, _y: airy_moment(int(k) + 1, p)},
    airy_growth: {0: INTEGER, 1: lambda k, p, _y: airy_growth(int(k) + 1, p)},
}
INTEGERS: dict[Any, tuple[int, ...]] = {airy_moment: (0,), airy_growth: (0,)}
