"""The two forms that a number with tangents takes: `Stacked` arrays and `Scalar`s.

A stacked array holds value and parts in one block ``d`` of shape ``(1 + K,) + S``, so that a
linear function is one NumPy call. A scalar holds its value as it is (a Python float keeps Python's
arithmetic) and its parts as an array of shape ``(K,)``. What the K parts mean, and so the chain
rule, is the business of the classes in `_dual` and `_hyperdual`:

``_chain(row, x, y, t, level)``             parts of f(x)
``_chain2(row, x, y, z, tx, ty, level)``    parts of f(x, y); ``tx`` or ``ty`` is None if constant
``_count(level)``                           K

Under nesting ``d`` is itself a number of a lower level; the code below does not notice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .._rules._row import Binary, Linear, Unary
from ._blocks import is_low, join, lift, upcast
from ._level import Level, alert, hush, unhush
from ._number import Number, numpy_scalar, primal
from ._storing import assign, split

_new = object.__new__
_F8 = np.dtype(np.float64)
_LOW_SCALARS = frozenset((np.float16, np.float32, np.complex64))


def _keeps_order(block: Any, source: Any) -> bool:
    """Whether the value in a block has the order in memory that the plain call gives it.

    It decides what later is a view of it and what a copy. NumPy lays out the answer of advanced
    indexing by the index, so that the lanes may come to lie between the value's axes.
    """
    plain = primal(block)
    return bool(plain.flags.c_contiguous) or np.may_share_memory(plain, primal(source))


def _is_scalar(row: Linear, params: Any, x: Any) -> bool:
    """Whether the answer without axes is a scalar, or an array as views and copies of 0-d are."""
    if not row.view and x.shape:
        return True
    return not isinstance(row.value(params, primal(x)), np.ndarray)


class Parted(Number):
    """What stacked arrays and scalars share. Subclasses of it are chosen by `_make`."""

    __slots__ = ()
    _array_form: ClassVar[type[Stacked]]
    _scalar_form: ClassVar[type[Scalar]]

    _chain: ClassVar[Callable[..., Any]]
    _chain2: ClassVar[Callable[..., Any]]

    @staticmethod
    def _count(level: Level) -> int:
        """The number K of parts."""
        raise NotImplementedError

    def _parts(self) -> Any:
        raise NotImplementedError

    @classmethod
    def _make(cls, value: Any, parts: Any, level: Level) -> Any:
        """A number of this make from value and parts (lanes first; they may broadcast)."""
        out: Any
        if np.ndim(value) == 0 and not isinstance(primal(value), np.ndarray):
            out = _new(cls._scalar_form)
            out._value = value
            if type(value) in _LOW_SCALARS and parts.dtype.kind == value.dtype.kind:
                parts = parts.astype(value.dtype)
            out._t = parts
            if parts.shape != (count := cls._count(level),):
                out._t = np.broadcast_to(parts, (count,))
        else:
            out = _new(cls._array_form)
            out._d = join(value, parts, cls._count(level))
        out._level = level
        return out

    @classmethod
    def _from_block(cls, block: Any, level: Level, scalar: bool = True) -> Any:
        """A number from a block ``(1 + K,) + S``; one without axes becomes a scalar if asked to."""
        out: Any
        if block.ndim == 1 and scalar:
            out = _new(cls._scalar_form)
            out._value = block[0]
            out._t = block[1:].copy()  # a scalar does not change with the array
        else:
            out = _new(cls._array_form)
            out._d = block
        out._level = level
        return out

    def _unary(self, row: Unary, f: Callable[..., Any]) -> Any:
        x = self._value
        y = f(x)
        t = self._parts()
        token = hush()
        try:
            if is_low(x):
                x = upcast(x)
                parts = self._chain(row, x, row.fn(x), t, self._level)
            else:
                try:
                    parts = self._chain(row, x, y, t, self._level)
                except ZeroDivisionError:  # a Python float in a formula
                    both = numpy_scalar(x), numpy_scalar(y)
                    parts = self._chain(row, *both, t, self._level)
            return self._make(y, parts, self._level)
        finally:
            unhush(token)

    @classmethod
    def _binary(cls, row: Binary, x: Any, y: Any, f: Callable[..., Any], level: Level) -> Any:
        return cls._long_binary(row, x, y, f, level)

    @classmethod
    def _long_binary(cls, row: Binary, x: Any, y: Any, f: Callable[..., Any], level: Level) -> Any:
        tx = ty = None
        if isinstance(x, Number) and x._level is level:
            x, tx = x._value, x._parts()
        if isinstance(y, Number) and y._level is level:
            y, ty = y._value, y._parts()
        z = f(x, y)
        if z is NotImplemented:
            return z
        token = hush()
        try:
            ndim = np.ndim(z)
            if tx is not None:
                tx = lift(tx, n := np.ndim(x), ndim - n)
            if ty is not None:
                ty = lift(ty, n := np.ndim(y), ndim - n)
            if is_low(z):
                x, y = upcast(x), upcast(y)
                parts = cls._chain2(row, x, y, row.fn(x, y), tx, ty, level)
            else:
                if getattr(z, "dtype", type(z)) in (complex, np.complex128):
                    x = x + 0j if type(x) is float else x  # a negative float to a power
                try:
                    parts = cls._chain2(row, x, y, z, tx, ty, level)
                except ZeroDivisionError:  # Python floats in a formula
                    scalars = (numpy_scalar(v) for v in (x, y, z))
                    parts = cls._chain2(row, *scalars, tx, ty, level)
            if parts is None:
                parts = np.zeros((cls._count(level),) + (1,) * ndim)
            return cls._make(z, parts, level)
        finally:
            unhush(token)

    def _array_row(self, row: Any, operands: tuple[Any, ...], params: Any) -> Any:
        level = self._level
        active = [isinstance(x, Number) and x._level is level for x in operands]
        values = [x._value if a else x for x, a in zip(operands, active, strict=True)]
        if type(row) is Linear:
            if row.one_call and len(operands) == 1 and self._one_call_ok(row):
                block = self._at_once(row, params)
                if block is not None and _keeps_order(block, self._d):
                    scalar = block.ndim == 1 and _is_scalar(row, params, self)
                    return self._from_block(block, level, scalar)
            value = row.value(params, *values)
            token = hush()
            try:
                blocks = [x._parts() if a else None for x, a in zip(operands, active, strict=True)]
                return self._make(value, row.apply_lanes(params, *blocks), level)
            finally:
                unhush(token)
        value = row.value(params, *values)
        token = hush()
        try:
            return self._smooth_row(row, params, value, operands, active, values)
        finally:
            unhush(token)

    def _at_once(self, row: Linear, params: Any) -> Any:
        """A linear row on value and parts in one call; None where NumPy has something to say."""
        if row.view:
            return row.value(params, self._d)
        token = alert()
        try:
            return row.value(params, self._d)
        except FloatingPointError:
            return None
        finally:
            unhush(token)

    def _smooth_row(
        self,
        row: Any,
        params: Any,
        value: Any,
        operands: tuple[Any, ...],
        active: list[bool],
        values: list[Any],
    ) -> Any:
        raise NotImplementedError

    def _one_call_ok(self, row: Linear) -> bool:
        return False

    def _plain_zeros(self, plain: np.ndarray) -> Any:
        """A number of this make whose value is `plain` and whose parts are zero."""
        inner = self._value
        value = inner._plain_zeros(plain) if isinstance(inner, Number) else plain
        parts = np.zeros((self._count(self._level),) + (1,) * plain.ndim)
        return self._make(value, parts, self._level)


class Scalar(Parted):
    """The scalar form: `_value` is a float (Python's or NumPy's), `_t` the K parts."""

    __slots__ = ()
    _value: Any
    _t: Any

    def _parts(self) -> Any:
        return self._t

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    def _setitem(self, index: Any, v: Any) -> None:
        raise TypeError("a scalar does not support item assignment")

    def _with_numpy_scalar(self) -> Any:
        out: Any = _new(type(self))
        out._value, out._t, out._level = numpy_scalar(self._value), self._t, self._level
        return out

    def _pin(self, value: Any, index: tuple[int, ...] = ()) -> None:
        if isinstance(self._value, Number):
            self._value._pin(value, index)
        else:
            self._value = value


class Stacked(Parted):
    """The array form: `_d` holds value and parts, ``(1 + K,) + S``."""

    __slots__ = ()
    _d: Any

    @property
    def _value(self) -> Any:
        d = self._d
        return d[0] if d.ndim > 1 else d[0, ...]

    def _parts(self) -> Any:
        return self._d[1:]

    @property
    def shape(self) -> tuple[int, ...]:
        return self._d.shape[1:]

    def _one_call_ok(self, row: Linear) -> bool:
        """Whether value and parts may go through the row together, bits unchanged."""
        d = self._d
        if row.view:
            return True  # nothing is computed, and the answer must be a view
        if isinstance(d, Number):
            return isinstance(d, Stacked) and d._one_call_ok(row)
        return bool(d.flags.c_contiguous)

    def _pin(self, value: Any, index: tuple[int, ...] = ()) -> None:
        if isinstance(self._d, Number):
            self._d._pin(value, (0, *index))
        else:
            self._d[(0, *index)] = value

    def _setitem(self, index: Any, v: Any) -> None:
        assign(self, index if type(index) is tuple else (index,), v)

    def _add_at(self, index: tuple[Any, ...], v: Any) -> None:
        """`np.add.at`: repeated indices add up."""
        value, parts = split(self, v)
        np.add.at(self._d[0, ...], index, value)
        if parts is not None:
            for lane in range(1, self._d.shape[0]):
                np.add.at(self._d[lane, ...], index, parts[lane - 1])
