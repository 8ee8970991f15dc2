"""Exponentials, logistic functions, entropies, transforms of Box and Cox, angles in degrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import NAN, below, polynomial, select
from ..._rules._row import ZERO, Binary, Constant, Flat, Row, Unary
from ._many import Partials

LN2 = 0.6931471805599453
LN2_SQUARED = 0.4804530139182014
LN10 = 2.302585092994046
LN10_SQUARED = 5.301898110478399
DEGREE = 0.017453292519943295
DEGREE_SQUARED = 0.00030461741978670857

# --- exprel(x) = (exp(x) - 1)/x, whose k-th derivative is the integral of t**k exp(x*t) over [0, 1]

_NEAR = 2.5
_TERMS = 36
_TAYLOR = {
    k: tuple(math.perm(j, k) / math.factorial(j + 1) for j in range(_TERMS, k - 1, -1))
    for k in (1, 2, 3, 4)
}


def _moment(k: int, x: Any) -> Any:
    """The k-th derivative of exprel, k = 1, ..., 4."""
    near = np.abs(x) < _NEAR
    z = select(near, 1.0, x)
    half = np.exp(0.5 * z)  # exp(z) overflows before exp(z)/z does
    top = half * (half / z)
    total, rest = 1.0, top - 1.0 / z
    for j in range(1, k + 1):  # e_j = (exp(z) - j e_(j-1))/z
        total = 1.0 - j * total / z  # beyond 40 the 1/z of e_0 is nothing beside exp(z)
        rest = top - j * rest / z
    far = select(z > 40.0, top * total, rest)
    return select(near, polynomial(select(near, x, 0.0), _TAYLOR[k]), far)


@dispatched
def exprel1(x: Any) -> Any:
    """The derivative of exprel."""
    return _moment(1, x)


@dispatched
def exprel2(x: Any) -> Any:
    """The second derivative of exprel."""
    return _moment(2, x)


# --- log1p(u)/u and its derivative

_LOG_TERMS = 60
_LOG_SLOPES = tuple((-1.0) ** (k + 1) * (k + 1) / (k + 2) for k in range(_LOG_TERMS, -1, -1))


def log1p_ratio(u: Any) -> Any:
    """log1p(u)/u, 1 at 0."""
    zero = np.equal(u, 0.0)
    return select(zero, 1.0 - 0.5 * u, np.log1p(u) / select(zero, 1.0, u))


def log1p_ratio_slope(u: Any) -> Any:
    """The derivative of log1p(u)/u."""
    near = np.abs(u) < 0.5
    z = select(near, 1.0, u)
    far = (1.0 / (1.0 + z) - np.log1p(z) / z) / z
    return select(near, polynomial(select(near, u, 0.0), _LOG_SLOPES), far)


# --- powers


def power_less_one(x: Any, y: Any) -> Any:
    """x**(y - 1), also where y - 1 is rounded."""
    exact = np.equal((y - 1.0) + 1.0, y)
    return select(exact, np.power(x, y - 1.0), np.power(x, y) / x)


def _powm1_x(x: Any, y: Any, _z: Any) -> Any:
    return select(np.equal(y, 0.0), 0.0, y * power_less_one(x, y))


def _powm1_xx(x: Any, y: Any, _z: Any) -> Any:
    k = y * (y - 1.0)
    return select(np.equal(k, 0.0), 0.0, k * power_less_one(x, y) / x)


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


# --- Box and Cox: with L = log(x), boxcox = L exprel(l L), and its derivative in l is L**2 exprel'


def _boxcox_ll(x: Any, y: Any, _z: Any) -> Any:
    log = np.log(x)
    return log * log * log * exprel2(y * log)


def _boxcox1p_x(x: Any, y: Any, _z: Any) -> Any:
    return np.exp((y - 1.0) * np.log1p(x))


def _boxcox1p_l(x: Any, y: Any, _z: Any) -> Any:
    log = np.log1p(x)
    return log * log * exprel1(y * log)


def _boxcox1p_ll(x: Any, y: Any, _z: Any) -> Any:
    log = np.log1p(x)
    return log * log * log * exprel2(y * log)


def _grow(y: Any, lmbda: Any) -> Any:
    """inv_boxcox(y, l) = (1 + l y)**(1/l) = exp(y log1p(l y)/(l y))."""
    return sc.inv_boxcox(y, lmbda)


def _inverse_y(y: Any, lmbda: Any, _z: Any) -> Any:
    return _grow(y, lmbda) / (1.0 + lmbda * y)


def _inverse_l(y: Any, lmbda: Any, _z: Any) -> Any:
    return _grow(y, lmbda) * y * y * log1p_ratio_slope(lmbda * y)


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


_PAIRS = ((0.3, 2.0), (1.5, 1.4999999), (2.0, 1e-3), (40.0, 300.0), (1e-9, 0.5))
_BOX = ((0.3, 2.0), (1.5, -0.7), (2.0, 1e-9), (40.0, 0.0), (1.0000001, 3.0), (1e-9, 0.5))
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
        sc.exprel,
        lambda x, _y: exprel1(x),
        lambda x, _y, _d: exprel2(x),
        at=(*_ANY, 1.4, 1.6, 700.0),
        sympy=lambda sp, x: (sp.exp(x) - 1) / x,
    ),
    Unary(exprel1, lambda x, _y: exprel2(x), lambda x, _y, _d: _moment(3, x), at=_ANY),
    Unary(exprel2, lambda x, _y: _moment(3, x), lambda x, _y, _d: _moment(4, x), at=_ANY),
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
        lambda x, _y: DEGREE / np.square(sc.cosdg(x)),
        lambda x, _y, d: 2.0 * DEGREE * (sc.sindg(x) / sc.cosdg(x) * d),
        at=_ANGLES,
        sympy=lambda sp, x: sp.tan(sp.pi * x / 180),
    ),
    Unary(
        sc.cotdg,
        lambda x, _y: -DEGREE / np.square(sc.sindg(x)),
        lambda x, _y, d: -2.0 * DEGREE * (sc.cosdg(x) / sc.sindg(x) * d),
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
        dy=lambda x, y, _z: select(below(y, 0.0), NAN, x / y),
        dxx=ZERO,
        dxy=lambda _x, y, _z: select(below(y, 0.0), NAN, 1.0 / y),
        dyy=lambda x, y, _z: select(below(y, 0.0), NAN, -(x / y) / y),
        at=(*_PAIRS, (-2.0, 3.0), (0.0, 2.0)),
        kinks={(0.0, 0.0): (-np.inf, np.nan)},
        outside=((1.0, -1.0),),
        sympy=lambda sp, x, y: x * sp.log(y),
    ),
    Binary(
        sc.xlog1py,
        dx=lambda _x, y, _z: np.log1p(y),
        dy=lambda x, y, _z: select(below(y, -1.0), NAN, x / (1.0 + y)),
        dxx=ZERO,
        dxy=lambda _x, y, _z: select(below(y, -1.0), NAN, 1.0 / (1.0 + y)),
        dyy=lambda x, y, _z: select(below(y, -1.0), NAN, -(x / (1.0 + y)) / (1.0 + y)),
        at=(*_PAIRS, (-2.0, 3.0), (0.0, 2.0), (2.0, -0.999)),
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
    Binary(
        sc.boxcox,
        dx=lambda x, y, _z: power_less_one(x, y),
        dy=lambda x, y, _z: np.square(np.log(x)) * exprel1(y * np.log(x)),
        dxx=lambda x, y, _z: (y - 1.0) * (power_less_one(x, y) / x),
        dxy=lambda x, y, _z: power_less_one(x, y) * np.log(x),
        dyy=_boxcox_ll,
        at=_BOX,
        outside=((-1.0, 0.5),),
        sympy=lambda sp, x, y: (x**y - 1) / y,
    ),
    Binary(
        sc.boxcox1p,
        dx=_boxcox1p_x,
        dy=_boxcox1p_l,
        dxx=lambda x, y, z: (y - 1.0) * (_boxcox1p_x(x, y, z) / (1.0 + x)),
        dxy=lambda x, y, z: _boxcox1p_x(x, y, z) * np.log1p(x),
        dyy=_boxcox1p_ll,
        at=(*_BOX, (-0.5, 1.7), (1e-9, 2.5)),
        outside=((-2.0, 0.5),),
        sympy=lambda sp, x, y: ((1 + x) ** y - 1) / y,
    ),
    Binary(
        sc.powm1,
        dx=_powm1_x,
        dy=lambda x, y, _z: np.power(x, y) * np.log(x),
        dxx=_powm1_xx,
        dxy=lambda x, y, _z: power_less_one(x, y) * (1.0 + y * np.log(x)),
        dyy=lambda x, y, _z: np.power(x, y) * np.square(np.log(x)),
        at=_BOX,
        sympy=lambda sp, x, y: x**y - 1,
    ),
    Flat(sc.round, at=(-2.6, 0.3, 1.7)),
    Flat(sc.gammasgn, at=(-2.6, 0.3, 1.7)),
]

PARTIALS: Mapping[Any, Partials] = {
    "inv_boxcox": {0: _inverse_y, 1: _inverse_l},
    "inv_boxcox1p": {0: _inverse_y, 1: _inverse_l},
    "agm": {0: _agm_slope, 1: lambda a, b, m: _agm_slope(b, a, m)},
    "radian": {
        0: Constant(DEGREE),
        1: Constant(DEGREE / 60.0),
        2: Constant(DEGREE / 3600.0),
    },
}
