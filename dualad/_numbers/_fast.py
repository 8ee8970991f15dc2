"""The short way of the hottest operations of dual arrays.

Each function here does what the common way in `_stacked` does, for float64 blocks at one level;
whatever else it meets it hands to the common way. This is also the one place where a compiled
kernel of the same row will take over: `unary` and `multiply` see the row, the block and the
number of lanes, and must return the same bits.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules import TABLE
from .._rules._row import Constant, Unary
from ._level import hush, unhush
from ._number import Number, binary, operand

_new = object.__new__
_empty = np.empty
_multiply = np.multiply
_Array = np.ndarray
Array: Any = None  # ArrayDual and ScalarDual, set by `_dual`
Scalar: Any = None

_OPERATORS = {np.add: operator.add, np.subtract: operator.sub}
_MULTIPLY = TABLE[np.multiply]


def make_add(ufunc: Any, _make: Any) -> Callable[[Any, Any], Any]:
    """`__add__` or `__sub__` of dual arrays."""
    apply, row = _OPERATORS[ufunc], TABLE[ufunc]

    def add(self: Any, other: Any) -> Any:
        a = self._d
        if type(other) is Array and other._level is self._level:
            b = other._d
            if type(a) is _Array and type(b) is _Array and a.ndim == b.ndim:
                # One call for value and tangents: elementwise, so the value's bits are the same.
                out = _new(Array)
                out._d = apply(a, b)
                out._level = self._level
                return out
        other = operand(other)
        if other is NotImplemented:
            return other
        return binary(row, self, other, apply)  # type: ignore[arg-type]  # add is a Binary row

    return add


def multiply(self: Any, other: Any) -> Any:
    """`__mul__` of dual arrays."""
    a = self._d
    kind = type(other)
    if kind is float and type(a) is _Array:
        out = _new(Array)
        out._d = a * other
        out._level = self._level
        return out
    if kind is Array and other._level is self._level:
        b = other._d
        if (
            type(a) is _Array
            and type(b) is _Array
            and a.ndim == b.ndim > 1
            and a.dtype is b.dtype
            and a.shape == b.shape
        ):
            x, y = a[0], b[0]
            block = _empty(a.shape, a.dtype)
            _multiply(x, y, out=block[0])
            tail = block[1:]
            token = hush()
            try:
                _multiply(b[1:], x, out=tail)
                tail += tail if a is b else a[1:] * y
            finally:
                unhush(token)
            out = _new(Array)
            out._level = self._level
            out._d = block
            return out
    other = operand(other)
    if other is NotImplemented:
        return other
    return binary(_MULTIPLY, self, other, operator.mul)  # type: ignore[arg-type]


def unary(self: Any, row: Unary, f: Callable[..., Any]) -> Any:
    """A unary row on a C-contiguous float64 block."""
    d = self._d
    d1 = row.d1
    x = d[0] if d.ndim > 1 else d[0, ...]
    y = f(x)
    if type(y) is not _Array:  # 0-d
        token = hush()
        try:
            return self._make(y, self._chain(row, x, y, d[1:], self._level), self._level)
        finally:
            unhush(token)
    block = _empty(d.shape, d.dtype)
    block[0] = y
    token = hush()
    try:
        _multiply(d[1:], d1.number if type(d1) is Constant else d1(x, y), out=block[1:])
    finally:
        unhush(token)
    out = _new(Array)
    out._d = block
    out._level = self._level
    return out


_BASIC = (slice, type(None), type(Ellipsis))
_GETITEM = TABLE[operator.getitem]


def getitem(self: Any, index: Any) -> Any:
    """`__getitem__` of dual arrays; a slice is a view of value and tangents."""
    d = self._d
    kind = type(index)
    if type(d) is _Array:
        if kind is int or kind is slice:
            block = d[:, index]
        elif kind is tuple:
            for i in index:
                if type(i) is not int and type(i) is not slice:
                    return _general_getitem(self, index)
            block = d[(slice(None), *index)]
        else:
            return _general_getitem(self, index)
        if block.ndim > 1:
            out = _new(Array)
            out._d = block
        else:
            out = _new(Scalar)
            out._value = block[0]
            out._t = block[1:]
        out._level = self._level
        return out
    return _general_getitem(self, index)


def _general_getitem(self: Any, index: Any) -> Any:
    from ._methods import take_item  # the common way, which imports this module's classes

    return take_item(self, index)


__all__ = ["Number", "getitem", "make_add", "multiply", "unary"]
