"""Stand-ins of the functions of `math` and `cmath` in lifted code.

Values come from `math` itself, bit for bit, exceptions included; derivatives from the rows of
NumPy's functions and of `scipy.special`.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .._numbers import Number, primal, primal_tree
from .._numbers._number import binary, holds_number
from .._numbers._protocol import find
from .._rules._row import ONE, ZERO, Binary
from ._scalars import converted, scalar, with_value

Standin = Callable[..., Any]


# --- one argument --------------------------------------------------------------------------------


def _unary(function: Callable[[Any], Any], ufunc: Any) -> Standin:
    """The stand-in of a function whose derivative is that of `ufunc`."""

    def standin(x: Any, /) -> Any:
        if not isinstance(x, Number):
            return function(x)
        return scalar(x)._unary(find(ufunc), standin)

    return standin


def _special(function: Callable[[Any], Any], name: str) -> Standin:
    def standin(x: Any, /) -> Any:
        if not isinstance(x, Number):
            return function(x)
        import scipy.special

        return scalar(x)._unary(find(getattr(scipy.special, name)), standin)

    return standin


def _step(function: Callable[..., Any]) -> Standin:
    """A function that is locally constant."""

    def standin(*args: Any, **keywords: Any) -> Any:
        for x in args:
            if isinstance(x, Number):
                np.trunc(x)  # seen by whoever watches for steps
        return function(*primal_tree(args), **keywords)

    return standin


_NAMES = {
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "exp": "exp", "expm1": "expm1", "exp2": "exp2",
    "log2": "log2", "log10": "log10", "log1p": "log1p", "sqrt": "sqrt", "cbrt": "cbrt",
    "fabs": "fabs", "degrees": "degrees", "radians": "radians",
}  # fmt: skip
_SPECIAL = {"gamma": "gamma", "lgamma": "gammaln", "erf": "erf", "erfc": "erfc"}
_STEPS = ("floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "isclose", "ulp", "comb", "perm")
_COMPLEX = {
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "exp": "exp", "log10": "log10", "sqrt": "sqrt",
}  # fmt: skip

# --- two arguments -------------------------------------------------------------------------------


def _binary(function: Callable[[Any, Any], Any], row: Any) -> Standin:
    def standin(x: Any, y: Any, /) -> Any:
        if not isinstance(x, Number) and not isinstance(y, Number):
            return function(x, y)
        return binary(row, scalar(x), scalar(y), standin)

    return standin


# x - n y with n the integer nearest to x / y (IEEE 754, section 5.3.1).
_REMAINDER = Binary(
    math.remainder,
    dx=ONE,
    dy=lambda x, y, z: -np.rint((x - z) / y),
    dxx=ZERO,
    dxy=ZERO,
    dyy=ZERO,
    at=[(5.3, 2.0), (-1.2, 0.7)],
)
_ldexp_row = Binary(
    math.ldexp,
    dx=lambda _x, y, _z: 2.0**y,
    dy=ZERO,
    dxx=ZERO,
    dxy=ZERO,
    dyy=ZERO,
    at=[(0.7, 3.0)],
)


def _log(x: Any, /, *base: Any) -> Any:
    """`math.log` with and without a base; CPython divides the two logarithms."""
    if not isinstance(x, Number) and not holds_number(base):
        return math.log(x, *base)
    if not base:
        return scalar(x)._unary(find(np.log), _log)
    return _log(x) / _log(*base)


def _clog(x: Any, /, *base: Any) -> Any:
    if not isinstance(x, Number) and not holds_number(base):
        return cmath.log(x, *base)
    if base:
        return _clog(x) / _clog(*base)
    return _as_complex(x)._unary(find(np.log), _clog)


def _as_complex(x: Any) -> Any:
    x = scalar(x)
    return x if isinstance(primal(x), complex) else converted(x, complex)


def _cunary(function: Callable[[Any], Any], ufunc: Any) -> Standin:
    def standin(x: Any, /) -> Any:
        if not isinstance(x, Number):
            return function(x)
        return _as_complex(x)._unary(find(ufunc), standin)

    return standin


def _phase(x: Any, /) -> Any:
    return with_value(np.angle(scalar(x)), cmath.phase(primal(x)))


def _polar(x: Any, /) -> Any:
    return (abs(scalar(x)), _phase(x)) if isinstance(x, Number) else cmath.polar(x)


def _rect(r: Any, phi: Any, /) -> Any:
    if not isinstance(r, Number) and not isinstance(phi, Number):
        return cmath.rect(r, phi)
    value = cmath.rect(primal(r), primal(phi))
    return with_value(scalar(r) * (np.cos(scalar(phi)) + 1j * np.sin(scalar(phi))), value)


# --- several arguments ---------------------------------------------------------------------------


def _hypot(*coordinates: Any) -> Any:
    if not holds_number(coordinates):
        return math.hypot(*coordinates)
    value = math.hypot(*map(primal, coordinates))
    if len(coordinates) == 1:
        return with_value(abs(scalar(coordinates[0])), value)
    out = scalar(coordinates[0])
    for x in coordinates[1:]:
        out = np.hypot(out, scalar(x))
    return with_value(out, value)


def _dist(p: Any, q: Any, /) -> Any:
    p, q = list(p), list(q)
    if not holds_number(p) and not holds_number(q):
        return math.dist(p, q)
    value = math.dist(list(map(primal, p)), list(map(primal, q)))
    return with_value(_hypot(*(a - b for a, b in zip(p, q, strict=True))), value)


def _fsum(seq: Iterable[Any], /) -> Any:
    items = list(seq)
    value = math.fsum(map(primal, items))
    return with_value(sum(items), value) if holds_number(items) else value


def _prod(iterable: Iterable[Any], /, *, start: Any = 1) -> Any:
    items = list(iterable)
    if not holds_number(items) and not isinstance(start, Number):
        return math.prod(items, start=start)
    out = start
    for x in items:
        out = out * x
    return out


def _sumprod(p: Any, q: Any, /) -> Any:
    p, q = list(p), list(q)
    value = math.sumprod(list(map(primal, p)), list(map(primal, q)))  # type: ignore[attr-defined]  # Python 3.12
    if not holds_number(p) and not holds_number(q):
        return value
    return with_value(sum(a * b for a, b in zip(p, q, strict=True)), value)


def _fma(x: Any, y: Any, z: Any, /) -> Any:
    value = math.fma(primal(x), primal(y), primal(z))  # type: ignore[attr-defined]  # Python 3.13
    return with_value(x * y + z, value) if holds_number((x, y, z)) else value


def _frexp(x: Any, /) -> Any:
    mantissa, exponent = math.frexp(primal(x))
    if not isinstance(x, Number):
        return mantissa, exponent
    return with_value(scalar(x) * math.ldexp(1.0, -exponent), mantissa), exponent


def _modf(x: Any, /) -> Any:
    fraction, whole = math.modf(primal(x))
    if not isinstance(x, Number):
        return fraction, whole
    return with_value(scalar(x) - whole, fraction), whole


def _table() -> dict[Any, Standin]:
    table: dict[Any, Standin] = {}
    for name, ufunc in _NAMES.items():
        if hasattr(math, name):  # cbrt and exp2 came with Python 3.11
            function = getattr(math, name)
            table[function] = _unary(function, getattr(np, ufunc))
    for name, special in _SPECIAL.items():
        table[getattr(math, name)] = _special(getattr(math, name), special)
    for name in _STEPS:
        table[getattr(math, name)] = _step(getattr(math, name))
    for name, ufunc in _COMPLEX.items():
        function = getattr(cmath, name)
        table[function] = _cunary(function, getattr(np, ufunc))
    for name in ("isnan", "isinf", "isfinite", "isclose"):
        table[getattr(cmath, name)] = _step(getattr(cmath, name))
    pairs = {
        math.pow: find(np.power),
        math.atan2: find(np.arctan2),
        math.fmod: find(np.fmod),
        math.copysign: find(np.copysign),
        math.remainder: _REMAINDER,
        math.ldexp: _ldexp_row,
    }
    table.update({function: _binary(function, row) for function, row in pairs.items()})
    several = {
        "log": _log, "hypot": _hypot, "dist": _dist, "fsum": _fsum, "prod": _prod,
        "sumprod": _sumprod, "fma": _fma, "frexp": _frexp, "modf": _modf,
    }  # fmt: skip
    table.update({getattr(math, n): f for n, f in several.items() if hasattr(math, n)})
    table.update({cmath.log: _clog, cmath.phase: _phase, cmath.polar: _polar, cmath.rect: _rect})
    return table


MATH = _table()

__all__ = ["MATH"]
