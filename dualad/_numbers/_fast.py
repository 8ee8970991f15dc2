"""The short way of the hottest operations of dual arrays.

Each function here does what the common way in `_stacked` does, for float64 blocks at one level;
whatever else it meets it hands to the common way. This is also the one place where a compiled
kernel of the same row will take over: `unary` and `multiply` see the row, the block and the
number of lanes, and must return the same bits.

One call for value and tangents runs on the alert: where NumPy has something to say, about the
value, which the user must see, or about a tangent, which he must not, the long way takes them
apart.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules import TABLE
from .._rules._row import Constant, Unary
from . import _fast_binary, _kernels
from ._level import alert, hush, unhush
from ._number import Number

_new = object.__new__
_empty = np.empty
_empty_like = np.empty_like
_multiply = np.multiply
_Array = np.ndarray
Array: Any = None  # ArrayDual and ScalarDual, set by `_dual`
Scalar: Any = None


def _wrap(block: np.ndarray, level: Any) -> Any:
    if block.ndim == 1:  # arithmetic of 0-d arrays gives scalars
        return Array._from_block(block, level)
    out = _new(Array)
    out._d = block
    out._level = level
    return out


def _is_shift(a: np.ndarray, other: Any) -> bool:
    """Whether adding `other` to a value leaves its shape, so that the tangents are copied."""
    kind = type(other)
    if kind is float or kind is int:
        return a.ndim > 1
    return kind is _Array and other.shape == a.shape[1:] and other.dtype is a.dtype is _F8


def add(self: Any, other: Any) -> Any:
    """`__add__` and `__radd__` of dual arrays: one call for value and tangents."""
    a = self._d
    if type(a) is _Array:
        if type(other) is Array:
            b = other._d
            if other._level is self._level and type(b) is _Array and a.ndim == b.ndim:
                token = alert()
                try:
                    return _wrap(a + b, self._level)  # elementwise: the value's bits are its own
                except FloatingPointError:
                    pass
                finally:
                    unhush(token)
        elif _is_shift(a, other):
            block = a.copy("K")
            block[0] += other
            return _wrap(block, self._level)
    return _fast_binary.add(self, other)


def subtract(self: Any, other: Any) -> Any:
    """`__sub__` of dual arrays."""
    a = self._d
    if type(a) is _Array:
        if type(other) is Array:
            b = other._d
            if other._level is self._level and type(b) is _Array and a.ndim == b.ndim:
                token = alert()
                try:
                    return _wrap(a - b, self._level)  # elementwise: the value's bits are its own
                except FloatingPointError:
                    pass
                finally:
                    unhush(token)
        elif _is_shift(a, other):
            block = a.copy("K")
            block[0] -= other
            return _wrap(block, self._level)
    return _fast_binary.subtract(self, other)


def reflected_subtract(self: Any, other: Any) -> Any:
    """`__rsub__` of dual arrays."""
    a = self._d
    if type(a) is _Array and _is_shift(a, other):
        block = -a
        block[0] = other - a[0]  # not -a[0] + other: 0 - 0 has another sign
        return _wrap(block, self._level)
    return _fast_binary.subtract(other, self)


def divide(self: Any, other: Any) -> Any:
    """`__truediv__` of dual arrays."""
    a = self._d
    if (type(other) is float or type(other) is int) and type(a) is _Array and a.dtype is _F8:
        token = alert()
        try:
            return _wrap(a / other, self._level)
        except FloatingPointError:
            pass
        finally:
            unhush(token)
    return _fast_binary.divide(self, other)


def reflected_divide(self: Any, other: Any) -> Any:
    """`__rtruediv__` of duals."""
    return _fast_binary.divide(other, self)


def negate(self: Any) -> Any:
    """`__neg__` of dual arrays."""
    a = self._d
    return _wrap(-a, self._level) if type(a) is _Array else self._unary(_NEGATIVE, operator.neg)


def _keeps_order(block: np.ndarray) -> bool:
    """Whether a new block in C order has the memory order that NumPy gives the plain answer."""
    return block.ndim == 2 or (block.ndim > 2 and block.flags.c_contiguous)


def power(self: Any, other: Any, modulo: None = None) -> Any:
    """`__pow__` of dual arrays: the square in short."""
    a = self._d
    if (
        type(other) is int
        and other == 2
        and type(a) is _Array
        and a.dtype is _F8
        and _keeps_order(a)
    ):
        x = a[0]
        block = _empty_like(a)
        block[0] = x**2
        token = hush()
        try:
            _multiply(a[1:], x + x, out=block[1:])
        finally:
            unhush(token)
        return _wrap(block, self._level)
    return Number.__pow__(self, other, modulo)


_F8 = np.dtype(np.float64)
_NEGATIVE: Any = TABLE[np.negative]


def multiply(self: Any, other: Any) -> Any:
    """`__mul__` and `__rmul__` of dual arrays."""
    a = self._d
    kind = type(other)
    if (kind is float or kind is int) and type(a) is _Array:
        token = alert()
        try:
            return _wrap(a * other, self._level)
        except FloatingPointError:
            pass
        finally:
            unhush(token)
    if kind is Array and other._level is self._level:
        b = other._d
        if (
            type(a) is _Array
            and type(b) is _Array
            and a.ndim == b.ndim
            and a.dtype is b.dtype
            and a.shape == b.shape
            and _keeps_order(a)
            and (a is b or _keeps_order(b))
        ):
            block = _empty(a.shape, a.dtype)
            _multiply(a[0], b[0], out=block[0])
            fused = _kernels.product
            if fused is not None and a.ndim == 2 and a.dtype is _F8 and _in_rows(a, b):
                fused(block, a, b)
            else:
                _product(block, a, b)
            out = _new(Array)
            out._level = self._level
            out._d = block
            return out
    return _fast_binary.multiply(self, other)


def _in_rows(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether the elements of each row of two blocks are neighbours in memory."""
    return a.strides[1] == 8 == b.strides[1]


def _product(block: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Tangents of a product; its value is there."""
    tail = block[1:]
    token = hush()
    try:
        if (
            _kernels.product is not None
            and a.dtype is _F8
            and a.size
            and a.flags.c_contiguous
            and b.flags.c_contiguous
        ):
            n = len(a)
            _kernels.product(block.reshape(n, -1), a.reshape(n, -1), b.reshape(n, -1))
            return
        _multiply(b[1:], a[0], out=tail)
        tail += tail if a is b else a[1:] * b[0]
        _kernels.missed(tail.size)
    finally:
        unhush(token)


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


_ALL = slice(None)
_BASIC = (slice, type(None), type(Ellipsis))
_GETITEM = TABLE[operator.getitem]


def getitem(self: Any, index: Any) -> Any:
    """`__getitem__` of dual arrays; a slice is a view of value and tangents."""
    d = self._d
    kind = type(index)
    if type(d) is _Array:
        if kind is tuple:
            for i in index:
                if type(i) is not int and type(i) is not slice:
                    return _general_getitem(self, index)
        elif kind is not int and kind is not slice:
            return _general_getitem(self, index)
        try:
            block = d[:, index] if kind is not tuple else d[(_ALL, *index)]
        except IndexError:
            d[0, ...][index]  # the message of the plain call, which counts other axes
            raise
        if block.ndim > 1:
            out = _new(Array)
            out._d = block
        else:
            out = _new(Scalar)
            out._value = block[0]
            out._t = block[1:].copy()  # a scalar does not change with the array
        out._level = self._level
        return out
    return _general_getitem(self, index)


def _general_getitem(self: Any, index: Any) -> Any:
    from ._methods import take_item  # the common way, which imports this module's classes

    return take_item(self, index)


__all__ = [
    "Number",
    "add",
    "divide",
    "getitem",
    "multiply",
    "negate",
    "power",
    "reflected_divide",
    "reflected_subtract",
    "subtract",
    "unary",
]
