"""The short way of operators on dual scalars: see `_fast`, of which this is the other half.

A dual scalar with float parts meets another of its level, or a Python number. Whatever else is met
goes the common way.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules import TABLE
from .._rules._row import Constant, Unary
from . import _fast_binary
from ._level import hush, unhush
from ._number import partial

_new = object.__new__
_Array = np.ndarray
_F8 = np.dtype(np.float64)
_REAL = frozenset((float, np.float64))
Scalar: Any = None  # ScalarDual, set by `_dual`


def _wrap(value: Any, tangent: Any, level: Any) -> Any:
    out = _new(Scalar)
    out._value = value
    out._t = tangent
    out._level = level
    return out


def _is_plain(x: Any) -> bool:
    return type(x._t) is _Array and type(x._value) in _REAL


def _is_constant(x: Any) -> bool:
    kind = type(x)
    return kind is float or kind is int


def _quietly(apply: Any, t: np.ndarray, other: Any) -> Any:
    """Arithmetic of tangents, of which the user sees no warnings."""
    token = hush()
    try:
        return apply(t, other)
    finally:
        unhush(token)


def add(self: Any, other: Any) -> Any:
    """`__add__` and `__radd__` of dual scalars (Python's sum commutes, bit for bit)."""
    if _is_plain(self):
        if type(other) is Scalar:
            if other._level is self._level and _is_plain(other):
                value = self._value + other._value
                return _wrap(value, _quietly(operator.add, self._t, other._t), self._level)
        elif type(other) is float or type(other) is int:
            return _wrap(self._value + other, self._t, self._level)
    return _fast_binary.add(self, other)


def subtract(self: Any, other: Any) -> Any:
    """`__sub__` of dual scalars."""
    if _is_plain(self):
        if type(other) is Scalar:
            if other._level is self._level and _is_plain(other):
                value = self._value - other._value
                return _wrap(value, _quietly(operator.sub, self._t, other._t), self._level)
        elif type(other) is float or type(other) is int:
            return _wrap(self._value - other, self._t, self._level)
    return _fast_binary.subtract(self, other)


def reflected_subtract(self: Any, other: Any) -> Any:
    """`__rsub__` of dual scalars."""
    if _is_plain(self) and (type(other) is float or type(other) is int):
        return _wrap(other - self._value, -self._t, self._level)
    return _fast_binary.subtract(other, self)


def multiply(self: Any, other: Any) -> Any:
    """`__mul__` and `__rmul__` of dual scalars."""
    if _is_plain(self):
        x = self._value
        if type(other) is Scalar:
            if other._level is self._level and _is_plain(other):
                y = other._value
                value = x * y
                token = hush()
                try:
                    tangent = self._t * y
                    tangent += other._t * x
                finally:
                    unhush(token)
                return _wrap(value, tangent, self._level)
        elif _is_constant(other):
            return _wrap(x * other, _quietly(operator.mul, self._t, other), self._level)
    return _fast_binary.multiply(self, other)


def divide(self: Any, other: Any) -> Any:
    """`__truediv__` of dual scalars."""
    if _is_constant(other) and _is_plain(self):
        value = self._value / other
        return _wrap(value, _quietly(operator.truediv, self._t, other), self._level)
    return _fast_binary.divide(self, other)


def negate(self: Any) -> Any:
    """`__neg__` of dual scalars."""
    if _is_plain(self):
        return _wrap(-self._value, -self._t, self._level)
    return self._unary(_NEGATIVE, operator.neg)


_NEGATIVE: Any = TABLE[np.negative]


def unary(self: Any, row: Unary, f: Callable[..., Any]) -> Any:
    """A unary row on a plain dual scalar; None where the common way must be taken."""
    x = self._value
    y = f(x)
    if type(y) not in _REAL:
        return None
    d1 = row.d1
    token = hush()
    try:
        tangent = self._t * (d1.number if type(d1) is Constant else partial(d1, x, y))
    finally:
        unhush(token)
    return _wrap(y, tangent, self._level)
