"""Rows of exponentials and logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import NAN, below, diff_err, select
from ._row import Binary, Row, Unary

LN2 = 0.6931471805599453
LN2_SQUARED = 0.4804530139182014
LOG2E = 1.4426950408889634
LOG10E = 0.4342944819032518

# Every magnitude at which exp is a number, and beyond.
_EXP = (-800.0, -700.0, -40.0, -2.0, -1e-10, 0.0, 1e-300, 0.7, 3.0, 40.0, 700.0)
_POSITIVE = (5e-324, 1e-300, 1e-9, 0.3, 0.9999999, 1.0, 1.0000001, 2.5, 1e6, 1e200, 1.7e308)

# Logarithms: `x + 0` turns -0.0 into +0.0, so that the limit at either zero is +inf, and `below`
# makes the derivative NaN where the logarithm is: 1/x alone would be a number there.


def _share(x: Any, y: Any) -> Any:
    """exp(x) / (exp(x) + exp(y)), with the rounding error of x - y put back to first order."""
    d, e = diff_err(x, y)
    t = np.exp(select(d < 0.0, d, -d))
    small, large = t / (1.0 + t), 1.0 / (1.0 + t)
    return select(d < 0.0, small * (1.0 + e * large), large * (1.0 + e * small))


def _share_slope(x: Any, y: Any) -> Any:
    """The derivative of `_share` in x: the product of the two shares."""
    d, e = diff_err(x, y)
    t = np.exp(select(d < 0.0, d, -d))
    total = 1.0 + t
    return t / (total * total) * (1.0 + select(d < 0.0, e, -e) * ((1.0 - t) / total))


def _share2(x: Any, y: Any) -> Any:
    """2**x / (2**x + 2**y). exp2, since exp(LN2*d) would round the product."""
    d, e = diff_err(x, y)
    t = np.exp2(select(d < 0.0, d, -d))
    small, large = t / (1.0 + t), 1.0 / (1.0 + t)
    e = LN2 * e
    return select(d < 0.0, small * (1.0 + e * large), large * (1.0 + e * small))


def _share2_slope(x: Any, y: Any) -> Any:
    d, e = diff_err(x, y)
    t = np.exp2(select(d < 0.0, d, -d))
    total = 1.0 + t
    correction = 1.0 + LN2 * select(d < 0.0, e, -e) * ((1.0 - t) / total)
    return LN2 * t / (total * total) * correction


_PAIRS = (
    (0.0, 0.0),
    (1.0, -2.0),
    (-3.5, 40.0),
    (700.0, 699.25),
    (-800.0, -801.5),
    (1e-9, 2e-9),
    (0.1, 700.0),
    (30.0, -700.0),
    (1e300, -1e300),
    (-1e-300, 5.0),
)

EXPONENTIAL: tuple[Row, ...] = (
    Unary(np.exp, lambda _x, y: y, lambda _x, y, _d: y, at=_EXP),
    Unary(
        np.exp2,
        lambda _x, y: LN2 * y,
        lambda _x, y, _d: LN2_SQUARED * y,
        at=(-1080.0, -1000.5, -30.0, -0.1, 0.0, 1e-200, 0.6, 10.3, 1020.0),
        sympy=lambda _sp, x: 2**x,
    ),
    # exp(x), not y + 1: that is 0 for x < -37.
    Unary(
        np.expm1,
        lambda x, _y: np.exp(x),
        lambda _x, _y, d: d,
        at=_EXP,
        sympy=lambda sp, x: sp.exp(x) - 1,
    ),
    Unary(
        np.log,
        lambda x, _y: select(below(x, 0.0), NAN, 1.0 / (x + 0)),
        lambda _x, _y, d: -d * d,
        at=_POSITIVE,
        kinks={0.0: np.inf},
        outside=(-1.0, -1e-300, -np.inf),
    ),
    Unary(
        np.log2,
        lambda x, _y: select(below(x, 0.0), NAN, LOG2E / (x + 0)),
        lambda x, _y, d: -d / (x + 0),
        at=_POSITIVE,
        kinks={0.0: np.inf},
        outside=(-1.0, -1e-300, -np.inf),
        sympy=lambda sp, x: sp.log(x) / sp.log(2),
    ),
    Unary(
        np.log10,
        lambda x, _y: select(below(x, 0.0), NAN, LOG10E / (x + 0)),
        lambda x, _y, d: -d / (x + 0),
        at=_POSITIVE,
        kinks={0.0: np.inf},
        outside=(-1.0, -1e-300, -np.inf),
        sympy=lambda sp, x: sp.log(x) / sp.log(10),
    ),
    Unary(
        np.log1p,
        lambda x, _y: select(below(x, -1.0), NAN, 1.0 / (1.0 + x)),
        lambda _x, _y, d: -d * d,
        at=(-0.9999999, -0.5, -1e-9, -1e-300, 0.0, 1e-20, 1e-3, 0.7, 3.0, 1e9, 1e200, 1.7e308),
        kinks={-1.0: np.inf},
        outside=(-1.0000001, -2.0, -np.inf),
        sympy=lambda sp, x: sp.log(1 + x),
    ),
    Binary(
        np.logaddexp,
        dx=lambda x, y, _z: _share(x, y),
        dy=lambda x, y, _z: _share(y, x),
        dxx=lambda x, y, _z: _share_slope(x, y),
        dxy=lambda x, y, _z: -_share_slope(x, y),
        dyy=lambda x, y, _z: _share_slope(x, y),
        at=_PAIRS,
        sympy=lambda sp, x, y: sp.log(sp.exp(x) + sp.exp(y)),
    ),
    Binary(
        np.logaddexp2,
        dx=lambda x, y, _z: _share2(x, y),
        dy=lambda x, y, _z: _share2(y, x),
        dxx=lambda x, y, _z: _share2_slope(x, y),
        dxy=lambda x, y, _z: -_share2_slope(x, y),
        dyy=lambda x, y, _z: _share2_slope(x, y),
        at=_PAIRS,
        sympy=lambda sp, x, y: sp.log(2**x + 2**y) / sp.log(2),
    ),
)
