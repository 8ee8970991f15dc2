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
from ._memory import LEAST, empty, room
from ._number import Number

_new = object.__new__
_empty = np.empty
_empty_like = np.empty_like
_multiply = np.multiply
_ufunc = np.ufunc
_np_add = np.add
_np_subtract = np.subtract
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


def _for_two(a: np.ndarray, b: np.ndarray) -> Any:
    """Memory for a sum, as NumPy lays it out; None where NumPy is to find it."""
    return room(a) if a.shape == b.shape and b.dtype is _F8 and b.flags.c_contiguous else None


def _copy(a: np.ndarray) -> np.ndarray:
    block = room(a)
    if block is None:
        return a.copy("K")
    block[...] = a
    return block


def add(self: Any, other: Any) -> Any:
    """`__add__` and `__radd__` of dual arrays: one call for value and tangents."""
    a = self._d
    if type(a) is _Array:
        if type(other) is Array:
            b = other._d
            if other._level is self._level and type(b) is _Array and a.ndim == b.ndim:
                token = alert()
                try:
                    out = a + b if a.size < LEAST else _np_add(a, b, _for_two(a, b))
                    return _wrap(out, self._level)  # elementwise: the value's bits are its own
                except FloatingPointError:
                    pass
                finally:
                    unhush(token)
        elif _is_shift(a, other):
            block = _copy(a)
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
                    out = a - b if a.size < LEAST else _np_subtract(a, b, _for_two(a, b))
                    return _wrap(out, self._level)  # elementwise: the value's bits are its own
                except FloatingPointError:
                    pass
                finally:
                    unhush(token)
        elif _is_shift(a, other):
            block = _copy(a)
            block[0] -= other
            return _wrap(block, self._level)
    return _fast_binary.subtract(self, other)


def reflected_subtract(self: Any, other: Any) -> Any:
    """`__rsub__` of dual arrays."""
    a = self._d
    if type(a) is _Array and _is_shift(a, other):
        block = -a if a.size < LEAST else np.negative(a, room(a))
        block[0] = other - a[0]  # not -a[0] + other: 0 - 0 has another sign
        return _wrap(block, self._level)
    return _fast_binary.subtract(other, self)


def divide(self: Any, other: Any) -> Any:
    """`__truediv__` of dual arrays."""
    a = self._d
    if (type(other) is float or type(other) is int) and type(a) is _Array and a.dtype is _F8:
        token = alert()
        try:
            out = a / other if a.size < LEAST else np.divide(a, other, room(a))
            return _wrap(out, self._level)
        except FloatingPointError:
            pass
        finally:
            unhush(token)
    elif type(other) is Array and _kernels.binary is not None and other._level is self._level:
        block = _quotient(a, other._d)
        if block is not None:
            return _wrap(block, self._level)
    return _fast_binary.divide(self, other)


def _quotient(a: Any, b: Any) -> Any:
    """The block of a quotient of two of one shape, by a kernel; None where none fits."""
    fused, op = _kernels.binary, _kernels.binary_rows.get(_DIVIDE)
    if type(a) is not _Array or type(b) is not _Array or op is None or fused is None:
        return None
    if a.shape != b.shape or a.ndim < 2 or not (_keeps_order(a) and _keeps_order(b)):
        return None
    u, v = _kernels.in_rows(a), _kernels.in_rows(b)
    if u is None or v is None:
        return None
    block = empty(a.shape)
    np.divide(a[0], b[0], block[0])
    fused(op, block if block.ndim == 2 else block.reshape(u.shape), u, v)
    return block


def reflected_divide(self: Any, other: Any) -> Any:
    """`__rtruediv__` of duals."""
    return _fast_binary.divide(other, self)


def negate(self: Any) -> Any:
    """`__neg__` of dual arrays."""
    a = self._d
    if type(a) is not _Array:
        return self._unary(_NEGATIVE, operator.neg)
    return _wrap(-a if a.size < LEAST else np.negative(a, room(a)), self._level)


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
        block = room(a)
        if block is None:
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
_DIVIDE: Any = TABLE[np.divide]


def multiply(self: Any, other: Any) -> Any:
    """`__mul__` and `__rmul__` of dual arrays."""
    a = self._d
    kind = type(other)
    if (kind is float or kind is int) and type(a) is _Array:
        token = alert()
        try:
            out = a * other if a.size < LEAST else _multiply(a, other, room(a))
            return _wrap(out, self._level)
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
            block = _product(a, b)
            out = _new(Array)
            out._level = self._level
            out._d = block
            return out
    return _fast_binary.multiply(self, other)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The block of a product of two of one shape and dtype, in C order."""
    if a.dtype is not _F8:
        block: np.ndarray = _empty(a.shape, a.dtype)
    else:
        block = empty(a.shape)
        fused = _kernels.product
        if fused is not None:
            u, v = _kernels.in_rows(a), _kernels.in_rows(b)
            if u is not None and v is not None:
                if not fused(block if block.ndim == 2 else block.reshape(u.shape), u, v):
                    _multiply(a[0], b[0], block[0])  # with what NumPy has to say about it
                return block
        _kernels.missed(block.size)
    _multiply(a[0], b[0], block[0])
    tail = block[1:]
    token = hush()
    try:
        _multiply(b[1:], a[0], out=tail)
        tail += tail if a is b else a[1:] * b[0]
    finally:
        unhush(token)
    return block


def unary(self: Any, row: Unary, f: Callable[..., Any]) -> Any:
    """A unary row on a float64 block whose answer is laid out plainly."""
    d = self._d
    if d.ndim == 1:
        return _unary_without_axes(self, row, f)
    x = d[0]
    block = empty(d.shape)
    y = block[0]
    if type(f) is _ufunc:
        f(x, y)
    else:
        y[...] = f(x)
    token = hush()
    try:
        _fill(block, d, row, x, y)
    finally:
        unhush(token)
    out = _new(Array)
    out._d = block
    out._level = self._level
    return out


def _fill(block: np.ndarray, d: np.ndarray, row: Unary, x: Any, y: Any) -> None:
    """Tangents of a unary row; its value is there."""
    d1 = row.d1
    if type(d1) is Constant:
        _multiply(d[1:], d1.number, block[1:])
        return
    fused = _kernels.unary
    op = None if fused is None else _kernels.unary_rows.get(row)
    if op is not None:
        rows = _kernels.in_rows(d)
        if rows is not None:
            fused(op, block if block.ndim == 2 else block.reshape(rows.shape), rows)
            return
    p = d1(x, y)
    if not _kernels.scaled(block[1:], d[1:], p):
        _multiply(d[1:], p, block[1:])


def _unary_without_axes(self: Any, row: Unary, f: Callable[..., Any]) -> Any:
    d = self._d
    x = d[0, ...]
    y = f(x)
    token = hush()
    try:
        return self._make(y, self._chain(row, x, y, d[1:], self._level), self._level)
    finally:
        unhush(token)


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
