"""Exponentials, logistic functions, entropies, losses, angles in degrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._helpers import NAN, below, select
from ..._rules._row import ZERO, Binary, Constant, Flat, Row, Unary
from ._many import Partials

LN2 = 0.6931471805599453
LN2_SQUARED = 0.4804530139182014
LN10 = 2.302585092994046
LN10_SQUARED = 5.301898110478399
DEGREE = 0.017453292519943295
DEGREE_SQUARED = 0.00030461741978670857


def _log_ratio(x: Any, y: Any) -> Any:
    """log(x/y): neither cancelled where x is near y, nor out of range where x/y is."""
    q = x / y
    near = np.abs(q - 1.0) < 0.3
    safe = (q > 1e-300) & (q < 1e300)
    far = select(safe, np.log(select(safe, q, 1.0)), np.log(x) - np.log(y))
    return select(near, np.log1p(select(near, (x - y) / y, 0.0)), far)


def _inside(x: Any, y: Any, p: Any) -> Any:
    """p where x >= 0 and y > 0, or both are 0; NaN elsewhere."""
    return select((x < 0.0) | (y < 0.0), NAN, p)


def _over(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are: a function that is 0 for x = 0 does not change with y there."""
    return select((x == 0.0) & (y == 0.0), x, x / y)


# --- losses


def _huber_outer(delta: Any, r: Any) -> Any:
    return np.abs(r) > delta


def _pseudo(delta: Any, r: Any) -> tuple[Any, Any, Any, Any]:
    """h = hypot(delta, r), and h, r*r/(h + delta), 1 - delta/h without cancellation."""
    h = np.hypot(delta, r)
    safe = select(np.equal(h, 0.0), 1.0, h)
    t = r * (r / (safe + delta))
    return safe, t, t / safe, delta / safe


def _pseudo_dd(delta: Any, r: Any, _z: Any) -> Any:
    _, _, o, q = _pseudo(delta, r)
    return -o * o * (2.0 + q)


def _pseudo_dr(delta: Any, r: Any, _z: Any) -> Any:
    h = _pseudo(delta, r)[0]
    return (r / h) * (r / h) * (r / h)


def _pseudo_rr(delta: Any, r: Any, _z: Any) -> Any:
    q = _pseudo(delta, r)[3]
    return q * q * q


def _pseudo_d(delta: Any, r: Any, _z: Any) -> Any:
    _, t, o, _ = _pseudo(delta, r)
    return select(delta < 0.0, NAN, t * o)


def _pseudo_r(delta: Any, r: Any, _z: Any) -> Any:
    return select(delta < 0.0, NAN, delta * (r / _pseudo(delta, r)[0]))


def _unit(x: Any, d: Any) -> Any:
    return select((x < 0.0) | (x > 1.0), NAN, d)


# --- the arithmetic-geometric mean, through Carlson's integral (DLMF 19.8.5, 19.20.18)


def _agm_slope(a: Any, b: Any, m: Any) -> Any:
    size = select(a < 0.0, -a, a)
    edge = np.equal(a, 0.0)
    d = m * m * size * sc.elliprd(0.0, b * b, select(edge, 1.0, a * a)) * (2.0 / (3.0 * math.pi))
    return select(edge, np.inf, select(np.equal(b, 0.0), 0.0, d))


def _turned(x: Any) -> Any:
    """x less half turns: beyond 1e14 degrees SciPy's sine and cosine are 0."""
    return np.fmod(x, 180.0)


_PAIRS = ((0.3, 2.0), (1.5, 1.4999999), (2.0, 1e-3), (40.0, 300.0), (1e-9, 0.5))
_ANY = (-500.0, -30.0, -1.0, -1e-9, 0.0, 1e-300, 0.3, 2.0, 45.0, 300.0)
_ANGLES = (-700.0, -33.0, 0.0, 1e-9, 20.0, 100.0, 359.0)

ROWS: list[Row] = [
    Unary(
        sc.exp2,
        lambda _x, y: LN2 * y,
        lambda _x, y, _d: LN2_SQUARED * y,
        at=_ANY,
        sympy=lambda _sp, x: 2**x,
    ),
    Unary(
        sc.exp10,
        lambda _x, y: LN10 * y,
        lambda _x, y, _d: LN10_SQUARED * y,
        at=(-300.0, -1.0, 0.0, 1e-9, 0.7, 300.0),
        sympy=lambda _sp, x: 10**x,
    ),
    Unary(
        sc.expm1,
        lambda x, _y: np.exp(x),
        lambda _x, _y, d: d,
        at=_ANY,
        sympy=lambda sp, x: sp.exp(x) - 1,
    ),
    Unary(
        sc.cosm1,
        lambda x, _y: -np.sin(x),
        lambda x, _y, _d: -np.cos(x),
        at=(-40.0, -1.0, 0.0, 1e-9, 2.0),
        sympy=lambda sp, x: sp.cos(x) - 1,
    ),
    Unary(
        sc.log1p,
        lambda x, _y: select(below(x, -1.0), NAN, 1.0 / (1.0 + x)),
        lambda _x, _y, d: -d * d,
        at=(-0.9999, -0.5, 0.0, 1e-9, 3.0, 1e9),
        kinks={-1.0: np.inf},
        outside=(-2.0,),
        sympy=lambda sp, x: sp.log(1 + x),
    ),
    Unary(
        sc.cbrt,
        lambda _x, y: 1.0 / (3.0 * y * y),
        lambda x, _y, d: -2.0 * d / (3.0 * x),
        at=(-1e300, -8.0, -1e-9, 1e-300, 0.3, 2.0, 1e200),
        kinks={0.0: np.inf},
    ),
    Unary(
        sc.sindg,
        lambda x, _y: DEGREE * sc.cosdg(x),
        lambda _x, y, _d: -DEGREE_SQUARED * y,
        at=_ANGLES,
        sympy=lambda sp, x: sp.sin(sp.pi * x / 180),
    ),
    Unary(
        sc.cosdg,
        lambda x, _y: -DEGREE * sc.sindg(x),
        lambda _x, y, _d: -DEGREE_SQUARED * y,
        at=_ANGLES,
        sympy=lambda sp, x: sp.cos(sp.pi * x / 180),
    ),
    # Through sine and cosine: SciPy's cotdg keeps but five digits near 0.
    Unary(
        sc.tandg,
        lambda x, _y: DEGREE / np.square(sc.cosdg(_turned(x))),
        lambda x, _y, d: 2.0 * DEGREE * (sc.sindg(_turned(x)) / sc.cosdg(_turned(x)) * d),
        at=_ANGLES,
        sympy=lambda sp, x: sp.tan(sp.pi * x / 180),
    ),
    Unary(
        sc.cotdg,
        lambda x, _y: -DEGREE / np.square(sc.sindg(_turned(x))),
        lambda x, _y, d: -2.0 * DEGREE * (sc.cosdg(_turned(x)) / sc.sindg(_turned(x)) * d),
        at=(-33.0, 1e-9, 20.0, 100.0),
        sympy=lambda sp, x: sp.cot(sp.pi * x / 180),
    ),
    Unary(
        sc.expit,
        lambda x, y: y * sc.expit(-x),
        lambda x, _y, d: -np.tanh(0.5 * x) * d,
        at=_ANY,
        sympy=lambda sp, x: 1 / (1 + sp.exp(-x)),
    ),
    Unary(
        sc.log_expit,
        lambda x, _y: sc.expit(-x),
        lambda x, _y, d: -sc.expit(x) * d,
        at=_ANY,
        sympy=lambda sp, x: -sp.log(1 + sp.exp(-x)),
    ),
    Unary(
        sc.logit,
        lambda x, _y: _unit(x, 1.0 / x / (1.0 - x)),
        lambda x, _y, d: ((2.0 * x - 1.0) * d) * d,
        at=(1e-300, 1e-9, 0.2, 0.5, 0.9, 0.99999999),
        kinks={0.0: np.inf, 1.0: np.inf},
        outside=(-0.5, 1.5),
        sympy=lambda sp, x: sp.log(x / (1 - x)),
    ),
    Unary(
        sc.entr,
        lambda x, _y: -np.log(x) - 1.0,
        lambda x, _y, _d: select(below(x, 0.0), NAN, -1.0 / x),
        at=(1e-300, 1e-9, 0.2, 1.0, 7.0, 1e200),
        kinks={0.0: np.inf},
        outside=(-1.0,),
        sympy=lambda sp, x: -x * sp.log(x),
    ),
    Binary(
        sc.xlogy,
        dx=lambda _x, y, _z: np.log(y),
        dy=lambda x, y, _z: select(below(y, 0.0), NAN, _over(x, y)),
        dxx=ZERO,
        dxy=lambda _x, y, _z: select(below(y, 0.0), NAN, 1.0 / y),
        dyy=lambda x, y, _z: select(below(y, 0.0), NAN, _over(-_over(x, y), y)),
        at=(*_PAIRS, (-2.0, 3.0), (0.0, 2.0)),
        kinks={(0.0, 0.0): (-np.inf, 0.0)},
        outside=((1.0, -1.0),),
        sympy=lambda sp, x, y: x * sp.log(y),
    ),
    Binary(
        sc.xlog1py,
        dx=lambda _x, y, _z: np.log1p(y),
        dy=lambda x, y, _z: select(below(y, -1.0), NAN, _over(x, 1.0 + y)),
        dxx=ZERO,
        dxy=lambda _x, y, _z: select(below(y, -1.0), NAN, 1.0 / (1.0 + y)),
        dyy=lambda x, y, _z: select(below(y, -1.0), NAN, _over(-_over(x, 1.0 + y), 1.0 + y)),
        at=(*_PAIRS, (-2.0, 3.0), (0.0, 2.0), (2.0, -0.999)),
        kinks={(0.0, -1.0): (-np.inf, 0.0)},
        outside=((1.0, -2.0),),
        sympy=lambda sp, x, y: x * sp.log(1 + y),
    ),
    Binary(
        sc.rel_entr,
        dx=lambda x, y, _z: _inside(x, y, _log_ratio(x, y) + 1.0),
        dy=lambda x, y, _z: _inside(x, y, -x / y),
        dxx=lambda x, y, _z: _inside(x, y, 1.0 / x),
        dxy=lambda x, y, _z: _inside(x, y, -1.0 / y),
        dyy=lambda x, y, _z: _inside(x, y, x / y / y),
        at=_PAIRS,
        outside=((-1.0, 1.0), (1.0, -1.0)),
        sympy=lambda sp, x, y: x * sp.log(x / y),
    ),
    Binary(
        sc.kl_div,
        dx=lambda x, y, _z: _inside(x, y, _log_ratio(x, y)),
        dy=lambda x, y, _z: _inside(
            x, y, select(np.abs(x - y) < 0.5 * y, (y - x) / y, 1.0 - x / y)
        ),
        dxx=lambda x, y, _z: _inside(x, y, 1.0 / x),
        dxy=lambda x, y, _z: _inside(x, y, -1.0 / y),
        dyy=lambda x, y, _z: _inside(x, y, x / y / y),
        at=_PAIRS,
        outside=((-1.0, 1.0), (1.0, -1.0)),
        sympy=lambda sp, x, y: x * sp.log(x / y) - x + y,
    ),
    Binary(
        sc.huber,
        dx=lambda d, r, _z: select(d < 0.0, NAN, select(_huber_outer(d, r), np.abs(r) - d, 0.0)),
        dy=lambda d, r, _z: select(d < 0.0, NAN, select(_huber_outer(d, r), d * np.sign(r), r)),
        dxx=lambda d, r, _z: select(_huber_outer(d, r), -1.0, 0.0),
        dxy=lambda d, r, _z: select(_huber_outer(d, r), np.sign(r), 0.0),
        dyy=lambda d, r, _z: select(_huber_outer(d, r), 0.0, 1.0),
        at=((1.0, 0.5), (1.0, -3.0), (0.2, 1e5), (2.0, 0.0)),
        outside=((-1.0, 1.0),),
    ),
    Binary(
        sc.pseudo_huber,
        dx=_pseudo_d,
        dy=_pseudo_r,
        dxx=_pseudo_dd,
        dxy=_pseudo_dr,
        dyy=_pseudo_rr,
        at=((1.0, 0.5), (1.0, -3.0), (0.2, 1e5), (2.0, 1e-9), (1e-5, 3.0)),
        kinks={(0.0, 0.0): (0.0, 0.0)},
        outside=((-1.0, 1.0),),
        sympy=lambda sp, d, r: d * d * (sp.sqrt(1 + (r / d) ** 2) - 1),
    ),
    Flat(sc.round, at=(-2.6, 0.3, 1.7)),
    Flat(sc.gammasgn, at=(-2.6, 0.3, 1.7)),
]

PARTIALS: Mapping[Any, Partials] = {
    "agm": {0: _agm_slope, 1: lambda a, b, m: _agm_slope(b, a, m)},
    "radian": {
        0: Constant(DEGREE),
        1: Constant(DEGREE / 60.0),
        2: Constant(DEGREE / 3600.0),
    },
}
