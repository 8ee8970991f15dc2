"""Bessel functions and their kin, in their arguments (DLMF 10.6, 10.29, 10.38, 11.4).

Half sums of neighbours, not J_v' = J_(v-1) - v/z J_v, which cancels at 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._helpers import is_complex, select
from ..._rules._row import Row, Unary
from ._many import INTEGER, UNKNOWN, Partials, Refused

ROOT_PI = 1.7724538509055159


def _holomorphic(name: str, z: Any) -> None:
    if is_complex(z):
        raise NoRuleError(
            f"scipy.special.{name} of a complex argument is not holomorphic: it is scaled by a "
            "function of the real or imaginary part alone",
            "the function without scaling, times np.exp",
        )


# --- scaled functions: far out F' + s F cancels, and the asymptotic series is differentiated
# term by term (DLMF 10.17, 10.40): F = c z**(-1/2) * sum of (u/z)**k a_k(v)

_TERMS = 30


class _Scaled:
    """What distinguishes ive, kve, hankel1e and hankel2e."""

    def __init__(
        self, fn: Any, unit: complex, sides: tuple[float, float], rate: complex, front: Any
    ) -> None:
        self.fn = fn  # the scaled function, which is exp(rate z) times the plain one
        self.unit, self.sides, self.rate, self.front = unit, sides, rate, front

    def near(self, n: int, v: Any, z: Any) -> Any:
        """The n-th derivative through neighbours."""
        low, high = self.sides
        total: Any = 0.0
        for j in range(n + 1):  # Leibniz
            plain: Any = 0.0
            for i in range(j + 1):
                weight = math.comb(j, i) * low ** (j - i) * high**i
                plain = plain + weight * self.fn(v - (j - 2.0 * i), z)
            total = total + math.comb(n, j) * self.rate ** (n - j) * plain
        return total

    def far(self, n: int, v: Any, z: Any) -> Any:
        term: Any = self.front(v) * z**-0.5 / z**n * (-1.0) ** n
        total: Any = 0.0
        for k in range(_TERMS):
            rising = math.prod(k + 0.5 + i for i in range(n))
            total = total + term * rising
            term = term * (self.unit * (4.0 * v * v - (2 * k + 1) ** 2) / (8.0 * (k + 1))) / z
        return total


_KINDS = {
    "ive": _Scaled(sc.ive, -1.0, (0.5, 0.5), -1.0, lambda _v: 1.0 / math.sqrt(2.0 * math.pi)),
    "kve": _Scaled(sc.kve, 1.0, (-0.5, -0.5), 1.0, lambda _v: math.sqrt(0.5 * math.pi)),
    "hankel1e": _Scaled(
        sc.hankel1e,
        1j,
        (0.5, -0.5),
        -1j,
        lambda v: math.sqrt(2.0 / math.pi) * np.exp(-0.25j * math.pi * (2.0 * v + 1.0)),
    ),
    "hankel2e": _Scaled(
        sc.hankel2e,
        -1j,
        (0.5, -0.5),
        1j,
        lambda v: math.sqrt(2.0 / math.pi) * np.exp(0.25j * math.pi * (2.0 * v + 1.0)),
    ),
}


@dispatched
def scaled(kind: str, n: int, v: Any, z: Any) -> Any:
    """The n-th derivative of a scaled Bessel function of order v at z > 0, or at complex z."""
    rule = _KINDS[kind]
    v, z = np.broadcast_arrays(v * 1.0, z * 1.0)
    with np.errstate(all="ignore"):
        far = np.real(z) > 30.0 + v * v
        out = np.where(far, 0.0, rule.near(n, v, np.where(far, 1.0, z)))
        if np.any(far):
            out = np.where(far, rule.far(n, np.where(far, v, 0.0), np.where(far, z, 99.0)), out)
    return out[()]


def _scaled_slope(kind: str, v: Any, z: Any) -> Any:
    # A differentiated order has rows only through neighbours.
    if hasattr(type(v), "_dualad_level"):
        return _KINDS[kind].near(1, v, z)
    return scaled(kind, 1, v, z)


def _ive_slope(v: Any, x: Any) -> Any:
    """ive(n, -x) = (-1)**n ive(n, x) for integers n; other orders are NaN there."""
    left = x < 0.0
    turn = 2.0 * (v - 2.0 * np.floor(0.5 * v)) - 1.0
    return select(left, turn, 1.0) * _scaled_slope("ive", v, select(left, -x, x))


def _ive(v: Any, x: Any, _y: Any) -> Any:
    _holomorphic("ive", x)
    return _ive_slope(v, x)


def _jve(v: Any, x: Any, _y: Any) -> Any:
    _holomorphic("jve", x)
    return 0.5 * (sc.jve(v - 1.0, x) - sc.jve(v + 1.0, x))


def _yve(v: Any, x: Any, _y: Any) -> Any:
    _holomorphic("yve", x)
    return 0.5 * (sc.yve(v - 1.0, x) - sc.yve(v + 1.0, x))


# --- unscaled functions


def _difference(fn: Any) -> Callable[..., Any]:
    return lambda v, z, _y: 0.5 * (fn(v - 1.0, z) - fn(v + 1.0, z))


def _total(fn: Any, half: float) -> Callable[..., Any]:
    return lambda v, z, _y: half * (fn(v - 1.0, z) + fn(v + 1.0, z))


def _step(v: Any, x: Any) -> Any:
    """(x/2)**v / (sqrt(pi) Gamma(v + 3/2)), in the recurrences of Struve's functions."""
    return np.power(0.5 * x, v) * sc.rgamma(v + 1.5) / ROOT_PI


def _struve(v: Any, x: Any, y: Any) -> Any:
    near = np.abs(x) < 1e-3
    z = select(near, 1.0, x)
    low = sc.struve(v - 1.0, x)
    return select(near, 0.5 * (low - sc.struve(v + 1.0, x) + _step(v, x)), low - v * (y / z))


def _modstruve(v: Any, x: Any, _y: Any) -> Any:
    return 0.5 * (sc.modstruve(v - 1.0, x) + sc.modstruve(v + 1.0, x) + _step(v, x))


# --- spherical functions, and functions for derivatives of a given order


def _spherical(name: str, low: float, high: float) -> dict[Any, Any]:
    """Partials of a spherical function and of its derivative; both obey the same recurrence."""
    table: dict[Any, Any] = {}
    for derivative in (False, True):

        def value(n: Any, z: Any, derivative: bool = derivative) -> Any:
            return getattr(sc, name)(n, z, derivative)

        value.__name__ = name
        fn = dispatched(value)

        def slope(n: Any, z: Any, _y: Any, fn: Any = fn) -> Any:
            first = low * n * fn(np.maximum(n - 1, 0), z)
            return (first + high * (n + 1) * fn(n + 1, z)) / (2.0 * n + 1.0)

        table[fn] = {0: INTEGER, 1: slope}
    return table


_SPHERICAL = {
    "spherical_jn": _spherical("spherical_jn", 1.0, -1.0),
    "spherical_yn": _spherical("spherical_yn", 1.0, -1.0),
    "spherical_in": _spherical("spherical_in", 1.0, 1.0),
    "spherical_kn": _spherical("spherical_kn", -1.0, -1.0),
}


def _spherical_standin(name: str) -> Callable[..., Any]:
    plain, slope = _SPHERICAL[name]

    def standin(n: Any, z: Any, derivative: bool = False) -> Any:
        return (slope if derivative else plain)(n, z)

    standin.__name__ = name
    return standin


def _of_order(name: str) -> Any:
    """jvp and its kin, whose third argument is the order of the derivative."""

    def value(v: Any, z: Any, n: int = 1) -> Any:
        return getattr(sc, name)(v, z, n)

    value.__name__ = name
    return dispatched(value)


_ORDERED = {name: _of_order(name) for name in ("jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp")}


def _ordered_standin(name: str) -> Callable[..., Any]:
    fn = _ORDERED[name]

    def standin(v: Any, z: Any, n: int = 1) -> Any:
        return fn(v, z, n)

    standin.__name__ = name
    return standin


def _ordered_slope(fn: Any) -> Callable[..., Any]:
    return lambda v, z, n, _y: fn(v, z, int(n) + 1)


_LINE = (-30.0, -3.0, -0.5, 0.0, 1e-9, 0.7, 2.0, 8.5, 25.0, 300.0)
_HALF = (1e-9, 0.1, 0.7, 2.0, 8.5, 25.0, 300.0)
_NOT_NEAR = (1e-3, 0.1, 0.7, 2.0, 8.5, 25.0, 35.0, 300.0, 1e6)


def _one(kind: str, order: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The first and second derivative of k0e or k1e."""
    return (
        lambda x, _y: scaled(kind, 1, order, x),
        lambda x, _y, _d: scaled(kind, 2, order, x),
    )


def _side(x: Any, order: float) -> tuple[Any, Any]:
    left = x < 0.0
    return select(left, -x, x), select(left, 2.0 * order - 1.0, 1.0)


def _ie(order: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def first(x: Any, _y: Any) -> Any:
        size, turn = _side(x, order)
        d = turn * scaled("ive", 1, order, size)
        # exp(-|x|) has a kink at 0
        return select(np.equal(x, 0.0), 0.5 * order, d)

    def second(x: Any, _y: Any, _d: Any) -> Any:
        size, turn = _side(x, order)
        return select(x < 0.0, -turn, turn) * scaled("ive", 2, order, size)

    return first, second


ROWS: list[Row] = [
    Unary(
        sc.j0,
        lambda x, _y: -sc.j1(x),
        lambda x, y, _d: 0.5 * (sc.jv(2.0, x) - y),
        at=_LINE,
        sympy=lambda sp, x: sp.besselj(0, x),
    ),
    Unary(
        sc.j1,
        lambda x, _y: 0.5 * (sc.j0(x) - sc.jv(2.0, x)),
        lambda x, y, _d: 0.25 * (sc.jv(3.0, x) - 3.0 * y),
        at=_LINE,
        sympy=lambda sp, x: sp.besselj(1, x),
    ),
    Unary(
        sc.y0,
        lambda x, _y: -sc.y1(x),
        lambda x, y, _d: sc.y1(x) / x - y,
        at=_HALF,
        sympy=lambda sp, x: sp.bessely(0, x),
    ),
    Unary(
        sc.y1,
        lambda x, y: sc.y0(x) - y / x,
        lambda x, y, _d: (2.0 / x / x - 1.0) * y - sc.y0(x) / x,
        at=_HALF,
        sympy=lambda sp, x: sp.bessely(1, x),
    ),
    Unary(
        sc.i0,
        lambda x, _y: sc.i1(x),
        lambda x, y, _d: 0.5 * (y + sc.iv(2.0, x)),
        at=_LINE,
        sympy=lambda sp, x: sp.besseli(0, x),
    ),
    Unary(
        sc.i1,
        lambda x, _y: 0.5 * (sc.i0(x) + sc.iv(2.0, x)),
        lambda x, y, _d: 0.25 * (sc.iv(3.0, x) + 3.0 * y),
        at=_LINE,
        sympy=lambda sp, x: sp.besseli(1, x),
    ),
    Unary(
        sc.k0,
        lambda x, _y: -sc.k1(x),
        lambda x, y, _d: y + sc.k1(x) / x,
        at=_HALF,
        sympy=lambda sp, x: sp.besselk(0, x),
    ),
    Unary(
        sc.k1,
        lambda x, y: -sc.k0(x) - y / x,
        lambda x, y, _d: y + sc.k0(x) / x + 2.0 * (y / x / x),
        at=_HALF,
        sympy=lambda sp, x: sp.besselk(1, x),
    ),
    Unary(sc.i0e, *_ie(0.0), at=_LINE, kinks={0.0: 0.0}),
    Unary(sc.i1e, *_ie(1.0), at=_LINE),
    Unary(sc.k0e, *_one("kve", 0.0), at=_NOT_NEAR),
    Unary(sc.k1e, *_one("kve", 1.0), at=_NOT_NEAR),
]

# Derivatives in the order v have their own module.
PARTIALS: Mapping[Any, Partials] = {
    "jv": {1: _difference(sc.jv)},
    "yv": {1: _difference(sc.yv)},
    "iv": {1: _total(sc.iv, 0.5)},
    "kv": {1: _total(sc.kv, -0.5)},
    "hankel1": {1: _difference(sc.hankel1)},
    "hankel2": {1: _difference(sc.hankel2)},
    "jve": {1: _jve},
    "yve": {1: _yve},
    "ive": {1: _ive},
    "kve": {1: lambda v, z, _y: _scaled_slope("kve", v, z)},
    "hankel1e": {1: lambda v, z, _y: _scaled_slope("hankel1e", v, z)},
    "hankel2e": {1: lambda v, z, _y: _scaled_slope("hankel2e", v, z)},
    scaled: {
        0: UNKNOWN,
        1: INTEGER,
        2: Refused("has no rule here", "the function without scaling, times np.exp"),
        3: lambda kind, n, v, z, _y: scaled(kind, int(n) + 1, v, z),
    },
    "yn": {0: INTEGER, 1: _difference(sc.yv)},
    "kn": {0: INTEGER, 1: _total(sc.kv, -0.5)},
    "struve": {1: _struve},
    "modstruve": {1: _modstruve},
    **{fn: table for tables in _SPHERICAL.values() for fn, table in tables.items()},
    **{fn: {1: _ordered_slope(fn), 2: INTEGER} for fn in _ORDERED.values()},
}
INTEGERS: Mapping[Any, tuple[int, ...]] = {
    scaled: (1,),
    **{fn: (0,) for tables in _SPHERICAL.values() for fn in tables},
    **dict.fromkeys(_ORDERED.values(), (2,)),
}
STANDINS: Mapping[Any, Callable[..., Any]] = {
    **{getattr(sc, name): _spherical_standin(name) for name in _SPHERICAL},
    **{getattr(sc, name): _ordered_standin(name) for name in _ORDERED},
}
