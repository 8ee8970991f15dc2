"""Integrals of elementary functions and of Bessel functions; Kelvin's functions.

The derivative of an integral is its integrand (DLMF 6.2, 7.2, 9.10, 10.43, 25.12); Kelvin's
functions solve w'' = i w - w'/x (DLMF 10.61).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import NAN, below, is_complex, polynomial, select, sin_cos_pi, square_err
from ..._rules._row import Row, Unary
from ._faddeeva import diagonal
from ._many import INTEGER, Partials

PI = 3.141592653589793
HALF_PI = 1.5707963267948966

# --- sine and cosine integrals: sin(x)/x and its derivative without cancellation below 1

_COUNT = 11
_SPHERE = tuple((-1.0) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(_COUNT, 0, -1))
_SPHERE_H = tuple(2.0 * k / math.factorial(2 * k + 1) for k in range(_COUNT, 0, -1))


def _nonzero(x: Any) -> tuple[Any, Any]:
    zero = np.equal(x, 0.0)
    return zero, select(zero, 1.0 + 0.0 * x, x)


def _sinc1(x: Any) -> Any:
    near = np.abs(x) < 1.0
    z = select(near, 1.0 + 0.0 * x, x)
    series = x * polynomial(x * x, _SPHERE)
    return select(near, series, (np.cos(z) - np.sin(z) / z) / z)


def _sinhc1(x: Any) -> Any:
    near = np.abs(x) < 1.0
    z = select(near, 1.0 + 0.0 * x, x)
    series = x * polynomial(x * x, _SPHERE_H)
    return select(near, series, (np.cosh(z) - np.sinh(z) / z) / z)


@dispatched
def sine_ratio(x: Any) -> Any:
    """sin(x)/x."""
    zero, z = _nonzero(x)
    return select(zero, 1.0, np.sin(z) / z)


@dispatched
def sinh_ratio(x: Any) -> Any:
    """sinh(x)/x."""
    zero, z = _nonzero(x)
    return select(zero, 1.0, np.sinh(z) / z)


def _second_sine(x: Any, y: Any, d: Any) -> Any:
    near = np.abs(x) < 0.5
    z = select(near, 1.0 + 0.0 * x, x)
    c = tuple(
        (-1.0) ** k * 2 * k * (2 * k - 1) / math.factorial(2 * k + 1) for k in range(_COUNT, 0, -1)
    )
    return select(near, polynomial(x * x, c), -y - 2.0 * d / z)


def _second_sinh(x: Any, y: Any, d: Any) -> Any:
    near = np.abs(x) < 0.5
    z = select(near, 1.0 + 0.0 * x, x)
    c = tuple(2.0 * k * (2 * k - 1) / math.factorial(2 * k + 1) for k in range(_COUNT, 0, -1))
    return select(near, polynomial(x * x, c), y - 2.0 * d / z)


# --- Fresnel: x*x is reduced, and its rounding error put back


def _fresnel(x: Any) -> tuple[Any, Any]:
    """sin and cos of pi x*x/2."""
    if is_complex(x):
        return np.sin(HALF_PI * x * x), np.cos(HALF_PI * x * x)
    square, error = square_err(x)
    s, c = sin_cos_pi(0.5 * np.fmod(square, 4.0))
    h = HALF_PI * error
    return s + c * h, c - s * h


def _turn(x: Any, sign: float) -> Any:
    """exp(+-i x*x)."""
    square, error = square_err(x)
    c, s = np.cos(square), np.sin(square)
    return (c - s * error) + sign * 1j * (s + c * error)


def _modfresnel(sign: float) -> Any:
    # F(x) = integral of exp(+-i t*t) from x on; K(x) = w(exp(+-i pi/4) x)/2 with Faddeeva's w.
    def slope(x: Any, _y: Any) -> Any:
        half = 0.5 * diagonal(1, x)
        return -_turn(x, sign), half if sign > 0.0 else np.conjugate(half)

    return slope


# --- Spence: -log(x)/(x - 1), smooth at 1

_SPENCE = tuple(-(k / (k + 1.0)) * (-1.0) ** (k - 1) for k in range(70, 0, -1))


def _spence1(x: Any, _y: Any) -> Any:
    one = np.equal(x, 1.0)
    return select(below(x, 0.0), NAN, select(one, -1.0, -np.log(x) / select(one, 1.0 + x, x - 1.0)))


def _spence2(x: Any, _y: Any, d: Any) -> Any:
    near = np.abs(x - 1.0) < 0.5
    z = select(near, 3.0 + 0.0 * x, x)
    series = -1.0 * polynomial(select(near, x - 1.0, 0.0 * x), _SPENCE)
    return select(near, series, -(1.0 / z + d) / (z - 1.0))


# --- integrals of Bessel functions that are divided by t

_LESS_ONE = tuple(0.25**k / math.factorial(k) ** 2 for k in range(14, 0, -1))
_LESS_ONE_J = tuple((-0.25) ** k / math.factorial(k) ** 2 for k in range(14, 0, -1))


def _i0_less_one(x: Any) -> Any:
    near = np.abs(x) < 2.0
    z = select(near, 1.0, x)
    return select(near, x * polynomial(x * x, _LESS_ONE), (sc.i0(z) - 1.0) / z)


def _one_less_j0(x: Any) -> Any:
    near = np.abs(x) < 2.0
    z = select(near, 1.0, x)
    return select(near, -x * polynomial(x * x, _LESS_ONE_J), (1.0 - sc.j0(z)) / z)


# --- Kelvin functions


def _over(y: Any, x: Any, limit: complex) -> Any:
    """y/x, and its limit at 0."""
    zero = np.equal(x, 0.0)
    return select(zero, limit, y / select(zero, 1.0, x))


_KELVIN_TERMS = 8
_BER = complex(-math.sqrt(0.5), math.sqrt(0.5))
_KER = complex(math.sqrt(0.5), math.sqrt(0.5))


def _kelvin3(x: Any, kind: int) -> Any:
    """The third derivative of ber (kind 0) or bei (2), from their series, for small x."""
    total: Any = 0.0
    for k in range(_KELVIN_TERMS, 0, -1):
        p = 4 * k + kind
        c = (-1.0) ** k * math.perm(p, 3) / (2.0**p * math.factorial(2 * k + kind // 2) ** 2)
        total = total * x * x * x * x + c
    return total * x if kind == 0 else total * x * x * x


# ber + i bei = J_0(x exp(3 i pi/4)), ker + i kei = K_0(x exp(i pi/4)): SciPy's own functions keep
# ten digits beyond 9, which SciPy's Bessel functions of complex arguments do not lose.


def _outside(x: Any) -> tuple[Any, Any]:
    """Where |x| is beyond 8, and |x| there."""
    size = select(x < 0.0, -x, x)
    far = size > 8.0
    return far, select(far, size, 1.0)


def _be(x: Any) -> Any:
    far, z = _outside(x)
    exact = sc.jv(0.0, _BER * z)
    return select(far, exact, sc.ber(x) + 1j * sc.bei(x))


def _bep(x: Any) -> Any:
    far, z = _outside(x)
    exact = select(x < 0.0, _BER, -_BER) * sc.jv(1.0, _BER * z)
    return select(far, exact, sc.berp(x) + 1j * sc.beip(x))


def _ke(x: Any) -> Any:
    return select(x > 1.0, sc.kv(0.0, _KER * _from_one(x)), sc.ker(x) + 1j * sc.kei(x))


def _kep(x: Any) -> Any:
    return select(x > 1.0, -_KER * sc.kv(1.0, _KER * _from_one(x)), sc.kerp(x) + 1j * sc.keip(x))


def _from_one(x: Any) -> Any:
    """x > 1; 2000 where it is more, since K is 0 there, and SciPy's soon NaN."""
    return select(x > 1.0, select(x > 2000.0, 2000.0, x), 1.0)


@dispatched
def bepp(x: Any) -> Any:
    """The second derivative of ber + i bei, which has a row since its slope cancels near 0."""
    return 1j * _be(x) - _over(_bep(x), x, 0.5j)


def _beppp(x: Any) -> Any:
    near = np.abs(x) < 1.0
    z = select(near, 1.0, x)
    plain = 1j * _bep(z) - (bepp(z) - _bep(z) / z) / z
    return select(near, _kelvin3(x, 0) + 1j * _kelvin3(x, 2), plain)


def _kepp(x: Any) -> Any:
    return 1j * _ke(x) - _kep(x) / x


def _keppp(x: Any) -> Any:
    return 1j * _kep(x) - (_kepp(x) - _kep(x) / x) / x


def _kelvin(x: Any, _y: Any) -> Any:
    return _bep(x), _kep(x), bepp(x), _kepp(x)


def _kelvin_row(fn: Any, part: Any, first: Any, second: Any) -> Unary:
    return Unary(
        fn,
        lambda x, y: select(np.isnan(y), NAN, part(first(x))),
        lambda x, y, _d: select(np.isnan(y), NAN, part(second(x))),
        at=(1e-3, 0.4, 1.0, 3.0, 9.0),
    )


def _itairy(x: Any, _y: Any) -> Any:
    a, _, b, _ = sc.airy(x)
    c, _, d, _ = sc.airy(-x)
    return a, b, c, d


_AWAY = (-30.0, -2.0, -0.3, 1e-9, 0.5, 1.5, 4.0, 30.0)
_HALF = (1e-9, 0.1, 0.9, 1.1, 4.0, 30.0)
_SMALL = (1e-3, 0.4, 1.0, 3.0, 9.0)

ROWS: list[Row] = [
    Unary(sine_ratio, lambda x, _y: _sinc1(x), _second_sine, at=_AWAY),
    Unary(sinh_ratio, lambda x, _y: _sinhc1(x), _second_sinh, at=_AWAY),
    Unary(
        sc.exp1,
        lambda x, _y: select(below(x, 0.0), NAN, -np.exp(-x) / x),
        lambda x, _y, _d: select(below(x, 0.0), NAN, np.exp(-x) * (1.0 + 1.0 / x) / x),
        at=_HALF,
        kinks={0.0: -np.inf},
        outside=(-1.0,),
        sympy=lambda sp, x: sp.expint(1, x),
    ),
    Unary(
        sc.expi,
        lambda x, _y: np.exp(x) / x,
        lambda x, _y, d: d * ((x - 1.0) / x),
        at=_AWAY,
        sympy=lambda sp, x: sp.Ei(x),
    ),
    Unary(
        sc.spence,
        _spence1,
        _spence2,
        at=(1e-9, 0.1, 0.6, 0.999, 1.0, 1.0001, 1.4, 7.0, 1e5),
        outside=(-1.0,),
    ),
    *(
        _kelvin_row(fn, part, first, second)
        for real, imag, first, second in (
            (sc.ber, sc.bei, _bep, bepp),
            (sc.ker, sc.kei, _kep, _kepp),
            (sc.berp, sc.beip, bepp, _beppp),
            (sc.kerp, sc.keip, _kepp, _keppp),
        )
        for fn, part in ((real, np.real), (imag, np.imag))
    ),
    Unary(
        sc.itstruve0,
        lambda x, _y: sc.struve(0.0, x),
        lambda x, _y, _d: 2.0 / PI - sc.struve(1.0, x),
        at=_SMALL,
    ),
    Unary(
        sc.itmodstruve0,
        lambda x, _y: sc.modstruve(0.0, x),
        lambda x, _y, _d: 2.0 / PI + sc.modstruve(1.0, x),
        at=_SMALL,
    ),
    Unary(
        sc.it2struve0,
        lambda x, _y: -sc.struve(0.0, x) / x,
        lambda x, _y, d: -(2.0 / PI - sc.struve(1.0, x) + d) / x,
        at=_SMALL,
    ),
]


def _expn(n: Any, x: Any, _y: Any) -> Any:
    zero = np.equal(n, 0.0)
    at_zero = -np.exp(-x) * (1.0 + 1.0 / x) / x
    return select(zero, at_zero, -sc.expn(select(zero, 1.0, n - 1.0), x))


PARTIALS: Mapping[Any, Partials] = {
    "expn": {0: INTEGER, 1: _expn},
    "sici": {0: lambda x, _y: (sine_ratio(x), np.cos(x) / x)},
    "shichi": {0: lambda x, _y: (sinh_ratio(x), np.cosh(x) / x)},
    "fresnel": {0: lambda x, _y: _fresnel(x)},
    "modfresnelp": {0: _modfresnel(1.0)},
    "modfresnelm": {0: _modfresnel(-1.0)},
    "itairy": {0: _itairy},
    "iti0k0": {0: lambda x, _y: (sc.i0(x), sc.k0(x))},
    "itj0y0": {0: lambda x, _y: (sc.j0(x), sc.y0(x))},
    "it2i0k0": {0: lambda x, _y: (_i0_less_one(x), -sc.k0(x) / x)},
    "it2j0y0": {0: lambda x, _y: (_one_less_j0(x), -sc.y0(x) / x)},
    "kelvin": {0: _kelvin},
    bepp: {0: lambda x, _y: _beppp(x)},
}
