"""Bessel functions and their kin, in their arguments (DLMF 10.6, 10.29, 10.38, 11.4).

Half sums of neighbours, not J_v' = J_(v-1) - v/z J_v, which cancels at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._helpers import is_complex, select
from ..._rules._row import Row, Unary
from ._many import INTEGER, UNKNOWN, Partials, Refused
from ._scaled import scaled, scaled_low, scaled_slope


def _holomorphic(name: str, z: Any) -> None:
    if is_complex(z):
        raise NoRuleError(
            f"scipy.special.{name} of a complex argument is not holomorphic: it is scaled by a "
            "function of the real or imaginary part alone",
            "the function without scaling, times np.exp",
        )


# --- scaled functions


def _ive_slope(v: Any, x: Any) -> Any:
    """ive(n, -x) = (-1)**n ive(n, x) for integers n; other orders are NaN there."""
    left = x < 0.0
    turn = 2.0 * (v - 2.0 * np.floor(0.5 * v)) - 1.0
    return select(left, turn, 1.0) * scaled_slope("ive", v, select(left, -x, x))


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
    """The first and second derivative of k0e or k1e: near 0 those of -log(x) or 1/x."""

    def derivative(n: int, x: Any) -> Any:
        near = (x > 0.0) & (x < 1e-30)
        z = select(near, x, 1.0)
        term = (-1.0) ** n / z
        for k in range(1, n + int(order)):
            term = k * term / z
        return select(near, term, scaled_low(kind, n, order, select(near, 1.0, x)))

    return lambda x, _y: derivative(1, x), lambda x, _y, _d: derivative(2, x)


def _i2(x: Any) -> Any:
    """I_2, which is 0 where SciPy has NaN for numbers below the normal range."""
    small = np.abs(x) < 1e-160
    return select(small, 0.0, sc.iv(2.0, select(small, 1.0, x)))


def _side(x: Any, order: float) -> tuple[Any, Any]:
    left = x < 0.0
    return select(left, -x, x), select(left, 2.0 * order - 1.0, 1.0)


def _ie(order: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def first(x: Any, _y: Any) -> Any:
        size, turn = _side(x, order)
        d = turn * scaled_low("ive", 1, order, size)
        # exp(-|x|) has a kink at 0
        return select(np.equal(x, 0.0), 0.5 * order, d)

    def second(x: Any, _y: Any, _d: Any) -> Any:
        size, turn = _side(x, order)
        return select(x < 0.0, -turn, turn) * scaled_low("ive", 2, order, size)

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
        lambda x, y, _d: 0.5 * (y + _i2(x)),
        at=_LINE,
        sympy=lambda sp, x: sp.besseli(0, x),
    ),
    Unary(
        sc.i1,
        lambda x, _y: 0.5 * (sc.i0(x) + _i2(x)),
        lambda x, y, _d: 0.25 * (sc.iv(3.0, select(np.abs(x) < 1e-160, 0.0, x)) + 3.0 * y),
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
    "kve": {1: lambda v, z, _y: scaled_slope("kve", v, z)},
    "hankel1e": {1: lambda v, z, _y: scaled_slope("hankel1e", v, z)},
    "hankel2e": {1: lambda v, z, _y: scaled_slope("hankel2e", v, z)},
    scaled_low: {
        0: UNKNOWN,
        1: INTEGER,
        2: UNKNOWN,
        3: lambda kind, n, order, x, _y: scaled_low(kind, int(n) + 1, order, x),
    },
    scaled: {
        0: UNKNOWN,
        1: INTEGER,
        2: Refused("has no rule here", "the function without scaling, times np.exp"),
        3: lambda kind, n, v, z, _y: scaled(kind, int(n) + 1, v, z),
    },
    "yn": {0: INTEGER, 1: _difference(sc.yv)},
    "kn": {0: INTEGER, 1: _total(sc.kv, -0.5)},
    **{fn: table for tables in _SPHERICAL.values() for fn, table in tables.items()},
    **{fn: {1: _ordered_slope(fn), 2: INTEGER} for fn in _ORDERED.values()},
}
INTEGERS: Mapping[Any, tuple[int, ...]] = {
    scaled: (1,),
    scaled_low: (1,),
    **{fn: (0,) for tables in _SPHERICAL.values() for fn in tables},
    **dict.fromkeys(_ORDERED.values(), (2,)),
}
STANDINS: Mapping[Any, Callable[..., Any]] = {
    **{getattr(sc, name): _spherical_standin(name) for name in _SPHERICAL},
    **{getattr(sc, name): _ordered_standin(name) for name in _ORDERED},
}
