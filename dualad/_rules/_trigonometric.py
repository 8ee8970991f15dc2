"""Rows of trigonometric and hyperbolic functions, their inverses, and lengths and angles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._helpers import NAN, below, polynomial, scaled_pair, select, sin_cos_pi
from ._row import ZERO, Binary, Constant, Row, Unary

PI = 3.141592653589793
PI_SQUARED = 9.869604401089358
DEGREE = 0.017453292519943295
RADIAN = 57.29577951308232

# From here on 1 + x*x is x*x to the last bit, and x*x may overflow.
_FAR = 1e8

_ANGLES = (-1e15, -40.0, -3.0, -0.5, -1e-9, -1e-300, 0.0, 1e-20, 0.1, 1.5707, 2.0, 1e5, 1e300)
_REAL = (-1.7e308, -1e160, -1e9, -30.0, -1.0, -1e-9, -1e-300, 0.0, 1e-20, 0.3, 2.5, 1e5, 1e155)
_STEEP = (-800.0, -300.0, -30.0, -1.0, -1e-9, -1e-300, 0.0, 1e-20, 0.3, 2.5, 20.0, 700.0)
_UNIT = (-0.99999999999, -0.9, -0.4, -1e-9, -1e-300, 0.0, 1e-20, 0.1, 0.7, 0.999, 0.9999999999999)

# Inverse functions: the factor 1 - x*x is never formed; in (1-x)*(1+x) the factor that is small is
# exact. Outside [-1, 1] the square root is NaN by itself.


def _arcsinh1(x: Any) -> Any:
    large = np.abs(x) > _FAR
    side = select(np.real(x) < 0.0, -x, x)
    return select(large, 1.0 / side, 1.0 / np.sqrt(1.0 + x * x))


def _arcsinh2(x: Any, _y: Any, d: Any) -> Any:
    return select(np.abs(x) > _FAR, -d / x, -(x * d) / (1.0 + x * x))


_SINC_TERMS = 14
# sinc(x) = sum of (-1)**k z**(2k) / (2k+1)!, z = pi*x, differentiated once and twice in z; the
# highest power first.
_SINC1 = tuple((-1.0) ** k * (2 * k) / math.factorial(2 * k + 1) for k in range(_SINC_TERMS, 0, -1))
_SINC2 = tuple(
    (-1.0) ** k * (2 * k) * (2 * k - 1) / math.factorial(2 * k + 1)
    for k in range(_SINC_TERMS, 0, -1)
)


def _sinc_far(x: Any) -> Any:
    """sinc and its first derivative, away from 0; sin(pi*x)/(pi*x) with pi*x rounded is not it."""
    s, c = sin_cos_pi(x)
    y = s / (PI * x)
    return y, (c - y) / x


def _sinc1(x: Any, _y: Any) -> Any:
    z = PI * x
    _, d = _sinc_far(x)
    return select(np.abs(x) < 0.5, PI_SQUARED * (x * polynomial(z * z, _SINC1)), d)


def _sinc2(x: Any, _y: Any, _d: Any) -> Any:
    z = PI * x
    y, d = _sinc_far(x)
    near = PI_SQUARED * polynomial(z * z, _SINC2)
    return select(np.abs(x) < 0.75, near, -PI_SQUARED * y - 2.0 * d / x)


def _arctan1(x: Any, _y: Any) -> Any:
    return select(np.abs(x) > _FAR, 1.0 / x / x, 1.0 / (1.0 + x * x))


def _arctan2(x: Any, _y: Any, d: Any) -> Any:
    return select(np.abs(x) > _FAR, -2.0 * d / x, -2.0 * (x * d) * d)


# Lengths and angles. Both operands are first scaled by one power of two, exactly, so that no
# square leaves the range. A product of both is taken with the larger one first, which keeps the
# partial product from vanishing; either order is the same function.


def _slope(x: Any, y: Any) -> Any:
    """x / hypot(x, y); 0 at the origin."""
    a, c, _ = scaled_pair(x, y)
    square = a * a + c * c
    return a / np.sqrt(select(np.equal(square, 0.0), 1.0, square))


def _bend(x: Any, y: Any, m: Any, n: Any) -> Any:
    """m * n / hypot(x, y)**3, for m and n out of x and y."""
    a, c, s = scaled_pair(x, y)
    square = a * a + c * c
    square = select(np.equal(square, 0.0), 1.0, square)
    m, n = select(np.isinf(m), np.sign(m), m * s), select(np.isinf(n), np.sign(n), n * s)
    return (m / square) * ((n / np.sqrt(square)) * s)


def _twist(x: Any, y: Any) -> Any:
    """x*y / hypot(x, y)**3."""
    swap = np.abs(x) < np.abs(y)
    return _bend(x, y, select(swap, y, x), select(swap, x, y))


def _turn(y: Any, x: Any) -> Any:
    """x / (x*x + y*y), the derivative of the angle in y; NaN at the origin."""
    c, a, s = scaled_pair(y, x)
    return (a / (a * a + c * c)) * s


def _turn_twice(y: Any, x: Any) -> Any:
    """2*x*y / (x*x + y*y)**2."""
    c, a, s = scaled_pair(y, x)
    square = a * a + c * c
    swap = np.abs(a) < np.abs(c)
    big, small = select(swap, c, a), select(swap, a, c)
    return 2.0 * (big / square) * (small / square * s) * s


def _turn_across(y: Any, x: Any) -> Any:
    """(y*y - x*x) / (x*x + y*y)**2."""
    c, a, s = scaled_pair(y, x)
    square = a * a + c * c
    return ((c - a) / square * s) * ((c + a) / square) * s


def _to_radians(sp: Any, x: Any) -> Any:
    return sp.pi * x / 180


def _to_degrees(sp: Any, x: Any) -> Any:
    return 180 * x / sp.pi


_PLANE = (
    (3.0, 4.0),
    (-1.0, 1e-9),
    (1e-9, -2.0),
    (1e200, -3e199),
    (-2e-200, 1e-200),
    (1e308, 1.5e308),
    (5e-324, 1e-323),
    (1e-160, 1e160),
    (-0.5, -0.49999999),
)

TRIGONOMETRIC: tuple[Row, ...] = (
    Unary(np.sin, lambda x, _y: np.cos(x), lambda _x, y, _d: -y, at=_ANGLES),
    Unary(np.cos, lambda x, _y: -np.sin(x), lambda _x, y, _d: -y, at=_ANGLES),
    Unary(np.tan, lambda _x, y: 1.0 + y * y, lambda _x, y, d: 2.0 * y * d, at=_ANGLES),
    Unary(
        np.arcsin,
        lambda x, _y: 1.0 / np.sqrt((1.0 - x) * (1.0 + x)),
        lambda x, _y, d: x * d / ((1.0 - x) * (1.0 + x)),
        at=_UNIT,
        kinks={-1.0: np.inf, 1.0: np.inf},
        outside=(-2.0, 1.0000001, np.inf),
        sympy=lambda sp, x: sp.asin(x),
    ),
    Unary(
        np.arccos,
        lambda x, _y: -1.0 / np.sqrt((1.0 - x) * (1.0 + x)),
        lambda x, _y, d: x * d / ((1.0 - x) * (1.0 + x)),
        at=_UNIT,
        kinks={-1.0: -np.inf, 1.0: -np.inf},
        outside=(-2.0, 1.0000001, np.inf),
        sympy=lambda sp, x: sp.acos(x),
    ),
    Unary(np.arctan, _arctan1, _arctan2, at=_REAL, sympy=lambda sp, x: sp.atan(x)),
    Unary(np.sinh, lambda x, _y: np.cosh(x), lambda _x, y, _d: y, at=_STEEP),
    Unary(np.cosh, lambda x, _y: np.sinh(x), lambda _x, y, _d: y, at=_STEEP),
    # sech, not 1 - y*y: that is 0 for |x| > 19.
    Unary(
        np.tanh,
        lambda x, _y: np.square(1.0 / np.cosh(x)),
        lambda _x, y, d: -2.0 * y * d,
        at=_STEEP,
    ),
    Unary(
        np.arcsinh,
        lambda x, _y: _arcsinh1(x),
        _arcsinh2,
        at=_REAL,
        sympy=lambda sp, x: sp.asinh(x),
    ),
    Unary(
        np.arccosh,
        lambda x, _y: 1.0 / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)),
        # x/(x*x - 1) in partial fractions: both have one sign, and neither overflows.
        lambda x, _y, d: -0.5 * d * (1.0 / (x - 1.0) + 1.0 / (x + 1.0)),
        at=(1.0000000000001, 1.001, 1.5, 3.0, 1e5, 1e9, 1e155, 1e200, 1.7e308),
        kinks={1.0: np.inf},
        outside=(0.9999, 0.0, -1.0, -2.0, -np.inf),
        sympy=lambda sp, x: sp.acosh(x),
    ),
    Unary(
        np.arctanh,
        lambda x, _y: select(below((1.0 - x) * (1.0 + x), 0.0), NAN, 1.0 / ((1.0 - x) * (1.0 + x))),
        lambda x, _y, d: 2.0 * (x * d) / ((1.0 - x) * (1.0 + x)),
        at=_UNIT,
        kinks={-1.0: np.inf, 1.0: np.inf},
        outside=(-2.0, 1.0000001, np.inf),
        sympy=lambda sp, x: sp.atanh(x),
    ),
    Unary(
        np.sinc,
        _sinc1,
        _sinc2,
        at=(-1e6 - 0.3, -20.25, -3.0, -0.8, -0.6, -1e-9, 0.0, 1e-300, 0.01, 0.49, 0.51, 1.5, 7.1),
        sympy=lambda sp, x: sp.sinc(sp.pi * x),
    ),
    *(
        Unary(fn, Constant(DEGREE), ZERO, at=(-720.0, 0.0, 1e-300, 33.0), sympy=_to_radians)
        for fn in (np.deg2rad, np.radians)
    ),
    *(
        Unary(fn, Constant(RADIAN), ZERO, at=(-9.0, 0.0, 1e-300, 0.7), sympy=_to_degrees)
        for fn in (np.rad2deg, np.degrees)
    ),
    Binary(
        np.hypot,
        dx=lambda x, y, _z: _slope(x, y),
        dy=lambda x, y, _z: _slope(y, x),
        dxx=lambda x, y, _z: _bend(x, y, y, y),
        dxy=lambda x, y, _z: -_twist(x, y),
        dyy=lambda x, y, _z: _bend(x, y, x, x),
        at=_PLANE,
        kinks={(0.0, 0.0): (0.0, 0.0)},
        sympy=lambda sp, x, y: sp.sqrt(x**2 + y**2),
    ),
    # The first operand is the ordinate.
    Binary(
        np.arctan2,
        dx=lambda x, y, _z: _turn(x, y),
        dy=lambda x, y, _z: -_turn(y, x),
        dxx=lambda x, y, _z: -_turn_twice(x, y),
        dxy=lambda x, y, _z: _turn_across(x, y),
        dyy=lambda x, y, _z: _turn_twice(x, y),
        at=_PLANE,
        kinks={(0.0, 0.0): (np.nan, np.nan)},
        sympy=lambda sp, x, y: sp.atan2(x, y),
    ),
)
