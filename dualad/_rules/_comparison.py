"""Rows of functions that choose, round or compare: piecewise linear, or locally constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._dispatch import dispatched
from ._helpers import exponent, indicator, is_complex, pair_scale, scale, select
from ._row import ZERO, Binary, Composed, Flat, Row, Unary

_SIGNED = (-1e300, -2.0, -1e-300, 1e-300, 0.5, 3.0, 1e300)
_STEPS = (-2.5, -0.3, 0.4, 1.5, 1e6 + 0.25)
_QUOTIENTS = ((7.3, 2.0), (-7.3, 2.0), (0.5, -0.3))
_PAIRS = ((-2.0, 3.0), (0.5, -0.25), (1e300, 2.0), (-1e-300, -1e-299))


@dispatched
def _real_sign(x: Any) -> Any:
    return np.sign(x)


def _sign(x: Any) -> Any:
    """Locally constant for real x; for complex x it is x / abs(x), which is not."""
    if not is_complex(x):
        return _real_sign(x)
    return _direction(x, np.abs(x))


def _direction(x: Any, y: Any) -> Any:
    """x / abs(x) for complex x; 0 at 0, the subgradient of least norm."""
    return np.divide(x, select(np.equal(y, 0.0), 1.0, y))


def _abs_jvp(x: Any, y: Any, t: Any) -> Any:
    return np.real(np.conjugate(_direction(x, y)) * t)


def _abs_vjp(x: Any, y: Any, ct: Any) -> Any:
    return _direction(x, y) * ct


def _chosen(x: Any, y: Any, z: Any) -> Any:
    """1 where the answer z is x, 1/2 in a tie, 0 where it is y, NaN where it is neither (NaN).

    It reads maximum, minimum, fmax and fmin alike, since it asks which operand was taken.
    """
    is_x, is_y = indicator(np.equal(z, x)), indicator(np.equal(z, y))
    return is_x / (is_x + is_y)


def _choice(fn: Any, sympy: Any) -> Binary:
    return Binary(
        fn,
        dx=_chosen,
        dy=lambda x, y, z: _chosen(y, x, z),
        dxx=ZERO,
        dxy=ZERO,
        dyy=ZERO,
        at=_PAIRS,
        kinks={(1.0, 1.0): (0.5, 0.5), (0.0, -0.0): (0.5, 0.5), (np.inf, np.inf): (0.5, 0.5)},
        sympy=sympy,
    )


def _frexp(x: Any) -> tuple[Any, Any]:
    """The mantissa is x times a power of two, which is locally constant, as the exponent is."""
    e = exponent(x)
    return scale(x, -e), e


# The same operations under several names are one object each, and stand here once.
_STEP_FUNCTIONS = (np.floor, np.ceil, np.rint, np.trunc, np.round, np.around, np.fix)
_TESTS = (np.signbit, np.isnan, np.isinf, np.isfinite, np.logical_not)
_COMPARISONS = (
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.logical_and,
    np.logical_or,
    np.logical_xor,
)
# Integers, booleans and times: no derivative reaches them, but numbers may meet them as operands.
_DISCRETE = (
    np.bitwise_and,
    np.bitwise_or,
    np.bitwise_xor,
    np.bitwise_count,
    np.invert,
    np.left_shift,
    np.right_shift,
    np.gcd,
    np.lcm,
    np.isnat,
)

COMPARISON: tuple[Row, ...] = (
    Unary(
        np.absolute,
        lambda x, _y: np.sign(x),
        ZERO,
        at=_SIGNED,
        kinks={0.0: 0.0},
        real_linear=(_abs_jvp, _abs_vjp),
        sympy=lambda sp, x: sp.Abs(x),
    ),
    Unary(
        np.fabs,
        lambda x, _y: np.sign(x),
        ZERO,
        at=_SIGNED,
        kinks={0.0: 0.0},
        sympy=lambda sp, x: sp.Abs(x),
    ),
    _choice(np.maximum, lambda sp, x, y: sp.Max(x, y)),
    _choice(np.fmax, lambda sp, x, y: sp.Max(x, y)),
    _choice(np.minimum, lambda sp, x, y: sp.Min(x, y)),
    _choice(np.fmin, lambda sp, x, y: sp.Min(x, y)),
    Binary(
        np.copysign,
        # copysign(1, y), not sign(y): -0.0 has a sign too.
        dx=lambda x, y, _z: np.sign(x) * np.copysign(1.0, y),
        dy=ZERO,
        dxx=ZERO,
        dxy=ZERO,
        dyy=ZERO,
        at=(*_PAIRS, (3.0, -0.0), (-2.0, -5.0)),
        kinks={(0.0, 1.0): (0.0, 0.0), (-0.0, -2.0): (0.0, 0.0)},
        sympy=lambda sp, x, y: sp.Abs(x) * sp.sign(y),
    ),
    Binary(
        np.ldexp,
        # The exponent is an integer: a constant.
        dx=lambda _x, y, _z: scale(1.0, y),
        dy=ZERO,
        dxx=ZERO,
        dxy=ZERO,
        dyy=ZERO,
        at=((0.75, 3), (-2.0, -4), (1e-300, 1000), (0.0, 2)),
        sympy=lambda _sp, x, y: x * 2**y,
    ),
    Binary(
        np.heaviside,
        # At 0 the value is the second operand.
        dx=ZERO,
        dy=lambda x, _y, _z: select(np.equal(x, 0.0), 1.0, 0.0),
        dxx=ZERO,
        dxy=ZERO,
        dyy=ZERO,
        at=((-2.0, 0.5), (0.0, 0.25), (3.0, -1.0), (-0.0, 2.0)),
        sympy=lambda sp, x, y: sp.Heaviside(x, y),
    ),
    *(Flat(fn, at=_STEPS) for fn in dict.fromkeys(_STEP_FUNCTIONS)),
    *(Flat(fn, at=_STEPS) for fn in _TESTS),
    *(Flat(fn, at=_PAIRS) for fn in _COMPARISONS),
    *(Flat(fn, at=_QUOTIENTS) for fn in (np.floor_divide,)),
    *(Flat(fn) for fn in _DISCRETE),
    Composed(np.frexp, _frexp),
    # What formulas ask of primal values.
    Flat(exponent, at=_STEPS),
    Flat(pair_scale, at=_PAIRS),
    Flat(_real_sign, at=_STEPS),
    Composed(np.sign, _sign),
)
