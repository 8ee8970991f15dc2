"""Derivatives of the formulas of the table, for third derivatives.

The table ends with second derivatives. A formula that is run on a `Slope` (a value and its
derivative in one operand) writes the code of its own derivative, by the same table: the formulas
are made of functions that have rows, and their branches are smooth continuations of each other.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules import _comparison, _helpers
from .._rules._elementwise import ELEMENTWISE
from .._rules._row import Binary, Flat, Unary
from ._symbols import Symbol


@functools.cache
def _rows() -> dict[Any, Any]:
    return {row.fn: row for row in ELEMENTWISE}


LATE: dict[Any, Any] = {}
"""Rows that are loaded when they are wanted: those of `scipy.special`."""


def formulas_of(row: Any) -> dict[int, Any]:
    """The partial derivatives of a row by argument: formulas of the arguments and the answer."""
    if isinstance(row, Unary):
        return {0: row.d1}
    if isinstance(row, Binary):
        return {0: row.dx, 1: row.dy}
    # One formula for each argument, see `_scipy._special._many`.
    rule = getattr(getattr(row, "jvp", None), "__self__", None)
    return dict(getattr(rule, "partials", {}))


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Slope) else x


def _slope(x: Any) -> Any:
    return x.slope if isinstance(x, Slope) else 0.0


def _is_zero(d: Any) -> bool:
    return isinstance(d, (int, float)) and d == 0.0


def _product(a: Any, b: Any) -> Any:
    """a * b, where a factor that is known to be 0 or 1 writes nothing."""
    if _is_zero(a) or _is_zero(b):
        return 0.0
    for one, other in ((a, b), (b, a)):
        if isinstance(one, (int, float)) and one == 1.0:
            return other
    return a * b


def _sum(a: Any, b: Any) -> Any:
    if _is_zero(a):
        return b
    return a if _is_zero(b) else a + b


class Slope(Symbol):
    """A value of a formula, and its derivative in one operand of the function.

    A subclass, so that Python and NumPy ask it before they ask the other operand, a symbol.
    """

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any) -> None:
        self.value, self.slope = value, slope

    @staticmethod
    def of(value: Any, slope: Any) -> Any:
        """The plain value where the derivative is known to be 0."""
        return value if _is_zero(slope) else Slope(value, slope)

    def __add__(self, other: Any) -> Any:
        return Slope.of(self.value + _value(other), _sum(self.slope, _slope(other)))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return Slope.of(self.value - _value(other), _sum(self.slope, _product(-1.0, _slope(other))))

    def __rsub__(self, other: Any) -> Any:
        return Slope.of(other - self.value, _product(-1.0, self.slope))

    def __mul__(self, other: Any) -> Any:
        first = _product(self.slope, _value(other))
        return Slope.of(
            self.value * _value(other), _sum(first, _product(self.value, _slope(other)))
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return _quotient(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _quotient(other, self)

    def __neg__(self) -> Any:
        return Slope.of(-self.value, _product(-1.0, self.slope))

    def __pow__(self, other: Any) -> Any:
        return _by_row(np.power, self, other)

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            return NotImplemented
        return _applied(ufunc, *args)

    def __array_function__(self, fn: Any, kinds: Any, args: Any, keywords: Any) -> Any:
        if fn in _FLAT_HELPERS:
            return fn(*map(_value, args))
        if fn in _OWN:
            return _OWN[fn](*args)
        if formulas_of(LATE.get(fn)):
            return _by_row(fn, *args)
        inner = getattr(fn, "__wrapped__", None)
        if inner is None or not fn.__module__.startswith("dualad"):
            return NotImplemented
        return inner(*args, **keywords)


def _compared(test: Callable[[Any, Any], Any]) -> Callable[[Slope, Any], Any]:
    return lambda self, other: test(self.value, _value(other))


for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Slope, f"__{_name}__", _compared(getattr(operator, _name)))


def _quotient(x: Any, y: Any) -> Any:
    value = _value(x) / _value(y)
    first = _slope(x) if _is_zero(_slope(x)) else _slope(x) / _value(y)
    second = _slope(y) if _is_zero(_slope(y)) else -(value / _value(y)) * _slope(y)
    return Slope.of(value, _sum(first, second))


def _where(cond: Any, a: Any, b: Any) -> Any:
    value = _helpers.select(cond, _value(a), _value(b))
    slopes = [x if isinstance(x, float) and x != x else _slope(x) for x in (a, b)]  # NaN stays
    if _is_zero(slopes[0]) and _is_zero(slopes[1]):
        return value
    # The condition is a symbol: the branch that is not taken is not multiplied by anything.
    return Slope(value, _helpers.select(cond, *slopes))


def _scaled(x: Any, e: Any) -> Any:
    slope = _slope(x) if _is_zero(_slope(x)) else np.ldexp(_slope(x), _value(e))
    return Slope.of(np.ldexp(_value(x), _value(e)), slope)


def _applied(ufunc: Any, *args: Any) -> Any:
    if ufunc in _OWN:
        return _OWN[ufunc](*args)
    if isinstance(_rows().get(ufunc), Flat) or ufunc in _FLAT_UFUNCS:
        return ufunc(*map(_value, args))
    return _by_row(ufunc, *args)


def _by_row(ufunc: Any, *args: Any) -> Any:
    row, values = _rows().get(ufunc) or LATE[ufunc], [_value(x) for x in args]
    value = ufunc(*values)
    formulas = formulas_of(row)
    total: Any = 0.0
    for i, x in enumerate(args):
        if not _is_zero(_slope(x)):
            total = _sum(total, _product(_slope(x), formulas[i](*values, value)))
    return Slope.of(value, total)


_FLAT_UFUNCS = (np.sign, np.bitwise_and, np.bitwise_or, np.invert)
_FLAT_HELPERS = (_helpers.exponent, _helpers.pair_scale, _comparison._real_sign)
_OWN: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.ldexp: _scaled,
    np.add: lambda x, y: x + y,
    np.subtract: lambda x, y: x - y,
    np.multiply: lambda x, y: x * y,
    np.divide: _quotient,
    np.negative: lambda x: -x,
    np.real: lambda x: x,
    np.conjugate: lambda x: x,
    np.square: lambda x: x * x,
}
