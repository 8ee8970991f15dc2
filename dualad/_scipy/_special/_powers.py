"""exprel, powers, and the transforms of Box and Cox."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import NAN, polynomial, select
from ..._rules._row import Binary, Row, Unary
from ._many import Partials

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


# --- Box and Cox: with L = log(x), boxcox = L exprel(l L), and its derivative in l is L**2 exprel'


def _boxcox_ll(x: Any, y: Any, _z: Any) -> Any:
    log = np.log(x)
    return log * log * log * exprel2(y * log)


def _boxcox1p_x(x: Any, y: Any, _z: Any) -> Any:
    # (1 + x)**(y - 1), with the rounding of the sum put back: exp and log1p would multiply it.
    s = select(x < -1.0, NAN, 1.0 + x)
    lost = select(np.abs(x) < 1.0, x - (s - 1.0), 1.0 - (s - x))
    inside = np.isfinite(s) & (s != 0.0)
    part = select(inside, lost, 0.0) / select(inside, s, 1.0)
    return np.power(s, y - 1.0) * (1.0 + (y - 1.0) * part)


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


_ANY = (-500.0, -30.0, -1.0, -1e-9, 0.0, 1e-300, 0.3, 2.0, 45.0, 300.0)
_BOX = ((0.3, 2.0), (1.5, -0.7), (2.0, 1e-9), (40.0, 0.0), (1.0000001, 3.0), (1e-9, 0.5))

ROWS: list[Row] = [
    Unary(
        sc.exprel,
        lambda x, _y: exprel1(x),
        lambda x, _y, _d: exprel2(x),
        at=(*_ANY, 1.4, 1.6, 700.0),
        sympy=lambda sp, x: (sp.exp(x) - 1) / x,
    ),
    Unary(exprel1, lambda x, _y: exprel2(x), lambda x, _y, _d: _moment(3, x), at=_ANY),
    Unary(exprel2, lambda x, _y: _moment(3, x), lambda x, _y, _d: _moment(4, x), at=_ANY),
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
]

PARTIALS: Mapping[Any, Partials] = {
    "inv_boxcox": {0: _inverse_y, 1: _inverse_l},
    "inv_boxcox1p": {0: _inverse_y, 1: _inverse_l},
}
