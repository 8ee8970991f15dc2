"""Rows of arithmetic: sums, products, quotients, roots, powers and remainders."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import floor_quotient, select
from ._row import MINUS_ONE, ONE, ZERO, Binary, Composed, Constant, Row, Unary

_NONZERO = (-1.7e308, -1e160, -3.0, -1e-9, -1e-300, 1e-310, 1e-160, 0.7, 2.0, 1e5, 1e300)
_ANY = (-1e300, -3.0, -1e-9, 0.0, 1e-300, 0.7, 1e5)
_ROOT = (5e-324, 1e-310, 1e-160, 1e-9, 0.3, 1.0, 7.0, 1e9, 1e300, 1.7e308)
_OPERANDS = ((2.0, 3.0), (-0.5, 7.0), (1e200, -1e100), (0.0, -1e-9), (1e-300, 4e-301))


# Powers. y*x**(y-1) is right to the last bits where y - 1 is exact; elsewhere the rounding of y - 1
# would be multiplied by log(x), and (y*z)/x is better. y comes first: between -1 and 1/2 the
# power alone may leave the range on the way to a result inside it.


def _lowers(x: Any, y: Any) -> Any:
    """Whether x**(y-1) may be formed; at x = 0 it is the limit, and z/x is not."""
    return (((y - 1.0) + 1.0 == y) & ((np.real(y) >= 0.5) | (np.real(y) <= -1.0))) | (x == 0.0)


def _power_x(x: Any, y: Any, z: Any) -> Any:
    slope = select(_lowers(x, y), y * np.power(x, y - 1.0), (y * z) / x)
    # The constant factor 0 of x**0 wins over the pole.
    return select((x == 0.0) & (y == 0.0), 0.0, slope)


def _power_y(x: Any, _y: Any, z: Any) -> Any:
    log = np.log(x)
    # 0**y, y >= 0, and its mirror at infinity: the one-sided limit.
    return select(np.isinf(log) & np.isfinite(z), 0.0, z * log)


def _power_xx(x: Any, y: Any, z: Any) -> Any:
    k = y * (y - 1.0)
    direct = (((np.real(y) >= 1.0) | (y == np.rint(y))) & (k != 0.0)) | (x == 0.0)
    # Not k * power: k overflows for a huge y, where the power is 0.
    bend = select(direct, y * ((y - 1.0) * np.power(x, y - 2.0)), ((k * z) / x) / x)
    return select((k == 0.0) & ((x == 0.0) | np.isinf(x)), 0.0, bend)


def _power_xy(x: Any, y: Any, z: Any) -> Any:
    k = 1.0 + y * np.log(x)
    # A power that fades out is worth few digits, and k is large there: take its root twice.
    root = np.power(x, 0.5 * (y - 1.0))
    bend = select(_lowers(x, y), (root * k) * root, (z * k) / x)
    return select(np.isinf(k) & (root == 0.0), 0.0, bend)


def _power_yy(x: Any, _y: Any, z: Any) -> Any:
    log = np.log(x)
    return select(np.isinf(log) & np.isfinite(z), 0.0, z * log * log)


def _power(fn: Any) -> Binary:
    return Binary(
        fn,
        dx=_power_x,
        dy=_power_y,
        dxx=_power_xx,
        dxy=_power_xy,
        dyy=_power_yy,
        at=(
            (2.0, 3.0),
            (0.3, -2.5),
            (1e-5, 0.1),
            (7.0, 1e-9),
            (1e100, -0.75),
            (1e-200, 1.5),
            (1.0000001, 1e8),
            (0.999, -4000.3),
            (1e-308, 0.3),
            (3.0, 0.0),
            (2.5, 1.0),
            (1e150, 2.0),
        ),
        kinks={
            (0.0, 0.0): (0.0, 0.0),
            (0.0, 0.3): (np.inf, 0.0),
            (0.0, 0.5): (np.inf, 0.0),
            (0.0, 1.0): (1.0, 0.0),
            (0.0, 2.0): (0.0, 0.0),
        },
        sympy=lambda _sp, x, y: x**y,
    )


def _cbrt1(x: Any, y: Any) -> Any:
    # libm's cbrt may be 4 ulp off. An error e of it is -2e in 1/(3*y*y) and e in y/(3*x), and
    # cancels in the weighted mean. At 0 and at infinity y/x is no number.
    first, second = 1.0 / (y * y), y / x
    return select(np.isfinite(second), (first + 2.0 * second) / 9.0, first)


def _divmod(x: Any, y: Any) -> tuple[Any, Any]:
    return np.floor_divide(x, y), np.remainder(x, y)


def _modf(x: Any) -> tuple[Any, Any]:
    whole = np.trunc(x)
    return x - select(np.isfinite(x), whole, 0.0), whole  # inf - inf would warn


# In the quotient nothing is squared: y*y leaves the range at 1e154.
_DIVIDE = Binary(
    np.divide,
    dx=lambda _x, y, _z: 1.0 / y,
    dy=lambda _x, y, z: -z / y,
    dxx=ZERO,
    dxy=lambda _x, y, _z: -(1.0 / y) / y,
    dyy=lambda _x, y, z: 2.0 * ((z / y) / y),
    at=((2.0, 3.0), (-0.5, 7e-9), (1e200, -1e160), (1e-200, 1e-160), (0.0, 5.0), (1e-300, 1e10)),
    sympy=lambda _sp, x, y: x / y,
)

ARITHMETIC: tuple[Row, ...] = (
    Binary(
        np.add,
        ONE,
        ONE,
        ZERO,
        ZERO,
        ZERO,
        at=_OPERANDS,
        sympy=lambda _sp, x, y: x + y,
    ),
    Binary(
        np.subtract,
        ONE,
        MINUS_ONE,
        ZERO,
        ZERO,
        ZERO,
        at=_OPERANDS,
        sympy=lambda _sp, x, y: x - y,
    ),
    Binary(
        np.multiply,
        dx=lambda _x, y, _z: y,
        dy=lambda x, _y, _z: x,
        dxx=ZERO,
        dxy=ONE,
        dyy=ZERO,
        at=_OPERANDS,
        sympy=lambda _sp, x, y: x * y,
    ),
    _DIVIDE,
    _power(np.power),
    _power(np.float_power),
    Unary(np.negative, MINUS_ONE, ZERO, at=_ANY, sympy=lambda _sp, x: -x),
    Unary(np.positive, ONE, ZERO, at=_ANY, sympy=lambda _sp, x: x),
    Unary(
        np.conjugate,
        ONE,
        ZERO,
        at=_ANY,
        real_linear=(lambda _x, _y, t: np.conjugate(t), lambda _x, _y, ct: np.conjugate(ct)),
        sympy=lambda sp, x: sp.conjugate(x),
    ),
    Unary(np.square, lambda x, _y: 2.0 * x, Constant(2.0), at=_ANY, sympy=lambda _sp, x: x**2),
    Unary(
        np.reciprocal,
        lambda x, y: -y / x,
        lambda x, _y, d: -2.0 * d / x,
        at=_NONZERO,
        sympy=lambda _sp, x: 1 / x,
    ),
    # `+ 0` turns -0.0 into +0.0: the limit is +inf at either zero.
    Unary(
        np.sqrt,
        lambda _x, y: 0.5 / (y + 0),
        lambda x, _y, d: -0.5 * d / (x + 0),
        at=_ROOT,
        kinks={0.0: np.inf},
        outside=(-1.0, -1e-300, -np.inf),
    ),
    Unary(
        np.cbrt,
        _cbrt1,
        lambda x, _y, d: -2.0 * d / (3.0 * x),
        at=(-1e300, -2.0, -1e-160, *_ROOT[:-1]),
        kinks={0.0: np.inf},
        # The real root: SymPy's own is complex for x < 0.
        sympy=lambda sp, x: sp.sign(x) * sp.Abs(x) ** sp.Rational(1, 3),
    ),
    Binary(
        np.remainder,
        dx=ONE,
        dy=lambda x, y, _z: -floor_quotient(x, y),
        dxx=ZERO,
        dxy=ZERO,
        dyy=ZERO,
        at=((7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (1e10, 0.37), (1e-9, 3.0), (-1e-9, 3.0)),
        sympy=lambda sp, x, y: x - y * sp.floor(x / y),
    ),
    Binary(
        np.fmod,
        dx=ONE,
        # Not trunc(x/y): the quotient may round up to an integer.
        dy=lambda x, y, z: -np.rint((x - z) / y),
        dxx=ZERO,
        dxy=ZERO,
        dyy=ZERO,
        at=((7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (1e10, 0.37), (1e-9, 3.0), (-1e-9, 3.0)),
        sympy=lambda sp, x, y: x - y * sp.sign(x / y) * sp.floor(sp.Abs(x / y)),
    ),
    Composed(np.divmod, _divmod, pin=False),
    # Pinned: the parts of an infinity and the sign of a zero part are modf's own.
    Composed(np.modf, _modf),
)
