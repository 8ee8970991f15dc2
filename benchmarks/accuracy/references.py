"""Exact derivatives of NumPy's functions, for mpmath.

Textbook forms at 60 digits and more, where their cancellation does no harm; they share nothing
with the formulas of the table of rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np


def _always(number: int) -> Callable[..., Any]:
    return lambda *_: number


_NONE, _ONE, _MINUS_ONE = _always(0), _always(1), _always(-1)


def sinc1(x: Any) -> Any:
    return (mp.cospi(x) - mp.sincpi(x)) / x if x else mp.mpf(0)


def sinc2(x: Any) -> Any:
    if not x:
        return -(mp.pi**2) / 3
    return -(mp.pi**2) * mp.sincpi(x) - 2 * sinc1(x) / x


def _real_root(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


Reference = tuple[Callable[..., Any], ...]

UNARY: dict[str, Reference] = {
    "negative": (_MINUS_ONE, _NONE),
    "positive": (_ONE, _NONE),
    "conjugate": (_ONE, _NONE),
    "absolute": (mp.sign, _NONE),
    "fabs": (mp.sign, _NONE),
    "square": (lambda x: 2 * x, _always(2)),
    "reciprocal": (lambda x: -1 / x**2, lambda x: 2 / x**3),
    "sqrt": (lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * mp.sqrt(x) ** 3)),
    "cbrt": (lambda x: 1 / (3 * _real_root(x) ** 2), lambda x: -2 / (9 * _real_root(x) ** 5)),
    "exp": (mp.exp, mp.exp),
    "expm1": (mp.exp, mp.exp),
    "exp2": (lambda x: mp.ln2 * 2**x, lambda x: mp.ln2**2 * 2**x),
    "log": (lambda x: 1 / x, lambda x: -1 / x**2),
    "log2": (lambda x: 1 / (x * mp.ln2), lambda x: -1 / (x**2 * mp.ln2)),
    "log10": (lambda x: 1 / (x * mp.ln10), lambda x: -1 / (x**2 * mp.ln10)),
    "log1p": (lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "sin": (mp.cos, lambda x: -mp.sin(x)),
    "cos": (lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": (lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.sin(x) / mp.cos(x) ** 3),
    "arcsin": (lambda x: (1 - x**2) ** -0.5, lambda x: x * (1 - x**2) ** -1.5),
    "arccos": (lambda x: -((1 - x**2) ** -0.5), lambda x: -x * (1 - x**2) ** -1.5),
    "arctan": (lambda x: 1 / (1 + x**2), lambda x: -2 * x / (1 + x**2) ** 2),
    "sinh": (mp.cosh, mp.sinh),
    "cosh": (mp.sinh, mp.cosh),
    "tanh": (lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.sinh(x) / mp.cosh(x) ** 3),
    "arcsinh": (lambda x: (1 + x**2) ** -0.5, lambda x: -x * (1 + x**2) ** -1.5),
    "arccosh": (lambda x: (x**2 - 1) ** -0.5, lambda x: -x * (x**2 - 1) ** -1.5),
    "arctanh": (lambda x: 1 / (1 - x**2), lambda x: 2 * x / (1 - x**2) ** 2),
    "sinc": (sinc1, sinc2),
    "i0": (
        lambda x: mp.besseli(1, x),
        lambda x: (mp.besseli(0, x) + mp.besseli(2, x)) / 2,
    ),
    "deg2rad": (lambda _x: mp.pi / 180, _NONE),
    "radians": (lambda _x: mp.pi / 180, _NONE),
    "rad2deg": (lambda _x: 180 / mp.pi, _NONE),
    "degrees": (lambda _x: 180 / mp.pi, _NONE),
}


def _share(x: Any, y: Any) -> Any:
    return 1 / (1 + mp.exp(y - x))


def _share2(x: Any, y: Any) -> Any:
    return 1 / (1 + mp.mpf(2) ** (y - x))


def _slope_of_share2(x: Any, y: Any) -> Any:
    return mp.ln2 * _share2(x, y) * _share2(y, x)


_POWER: Reference = (
    lambda x, y: y * x ** (y - 1),
    lambda x, y: x**y * mp.log(x),
    lambda x, y: y * (y - 1) * x ** (y - 2),
    lambda x, y: x ** (y - 1) * (1 + y * mp.log(x)),
    lambda x, y: x**y * mp.log(x) ** 2,
)
_LARGER: Reference = (lambda x, y: int(x > y), lambda x, y: int(y > x), _NONE, _NONE, _NONE)
_SMALLER: Reference = (lambda x, y: int(x < y), lambda x, y: int(y < x), _NONE, _NONE, _NONE)

BINARY: dict[str, Reference] = {
    "add": (_ONE, _ONE, _NONE, _NONE, _NONE),
    "subtract": (_ONE, _MINUS_ONE, _NONE, _NONE, _NONE),
    "multiply": (lambda _x, y: y, lambda x, _y: x, _NONE, _ONE, _NONE),
    "divide": (
        lambda _x, y: 1 / y,
        lambda x, y: -x / y**2,
        _NONE,
        lambda _x, y: -1 / y**2,
        lambda x, y: 2 * x / y**3,
    ),
    "power": _POWER,
    "float_power": _POWER,
    "remainder": (_ONE, lambda x, y: -mp.floor(x / y), _NONE, _NONE, _NONE),
    "fmod": (
        _ONE,
        lambda x, y: -mp.sign(x / y) * mp.floor(abs(x / y)),
        _NONE,
        _NONE,
        _NONE,
    ),
    "logaddexp": (
        _share,
        lambda x, y: _share(y, x),
        lambda x, y: _share(x, y) * _share(y, x),
        lambda x, y: -_share(x, y) * _share(y, x),
        lambda x, y: _share(x, y) * _share(y, x),
    ),
    "logaddexp2": (
        _share2,
        lambda x, y: _share2(y, x),
        _slope_of_share2,
        lambda x, y: -_slope_of_share2(x, y),
        _slope_of_share2,
    ),
    "hypot": (
        lambda x, y: x / mp.hypot(x, y),
        lambda x, y: y / mp.hypot(x, y),
        lambda x, y: y**2 / mp.hypot(x, y) ** 3,
        lambda x, y: -x * y / mp.hypot(x, y) ** 3,
        lambda x, y: x**2 / mp.hypot(x, y) ** 3,
    ),
    "arctan2": (
        lambda x, y: y / (x**2 + y**2),
        lambda x, y: -x / (x**2 + y**2),
        lambda x, y: -2 * x * y / (x**2 + y**2) ** 2,
        lambda x, y: (x - y) * (x + y) / (x**2 + y**2) ** 2,
        lambda x, y: 2 * x * y / (x**2 + y**2) ** 2,
    ),
    "maximum": _LARGER,
    "fmax": _LARGER,
    "minimum": _SMALLER,
    "fmin": _SMALLER,
    "copysign": (
        lambda x, y: mp.sign(x) * (-1 if np.signbit(float(y)) else 1),
        _NONE,
        _NONE,
        _NONE,
        _NONE,
    ),
    "ldexp": (lambda _x, y: mp.mpf(2) ** int(y), _NONE, _NONE, _NONE, _NONE),
    "heaviside": (_NONE, lambda x, _y: mp.mpf(x == 0), _NONE, _NONE, _NONE),
}

# Functions of the table that are not rows of their own, or locally constant.


def _power_of(c: float) -> Reference:
    k = mp.mpf(c)
    return (lambda x: k * x ** (k - 1), lambda x: k * (k - 1) * x ** (k - 2))


FIXED_POWERS: dict[str, float] = {
    "x**2": 2,
    "x**3": 3,
    "x**-2": -2.0,
    "x**20": 20,
    "x**0.5": 0.5,
    "x**2.5": 2.5,
    "x**-0.75": -0.75,
}
BASE = 2.5
OTHERS: dict[str, Reference] = {
    **dict.fromkeys(("sign", "floor", "ceil", "rint", "trunc"), (_NONE, _NONE)),
    "clip": (lambda x: int(-1 <= x <= 2), _NONE),
    **{name: _power_of(c) for name, c in FIXED_POWERS.items()},
    "2.5**x": (
        lambda x: mp.mpf(BASE) ** x * mp.log(BASE),
        lambda x: mp.mpf(BASE) ** x * mp.log(BASE) ** 2,
    ),
    "floor_divide": (_NONE,) * 5,
    "norm": BINARY["hypot"],
    # sin(x) where x > y, else exp(-y)
    "where": (
        lambda x, y: mp.cos(x) if x > y else 0,
        lambda x, y: 0 if x > y else -mp.exp(-y),
        lambda x, y: -mp.sin(x) if x > y else 0,
        _NONE,
        lambda x, y: 0 if x > y else mp.exp(-y),
    ),
}
