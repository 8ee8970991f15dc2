"""Graph variables: numbers that record what happens to them.

`_data` is the value and `_i` the position of its node. A variable that has been written to, or that
is a view of one that may be, has a `Cell` (see `_cell`); all others have None there, so that the
usual path pays one comparison.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import _INTERNAL, user_place
from .._numbers._number import Number, binary, operand
from .._rules import TABLE
from .._rules._scatter import ADD_AT
from .._rules._row import Binary, Differential, Linear, Multilinear, Unary
from . import _cell
from ._graph import Tape, dtype_of

_new = object.__new__
_frame = sys._getframe
_Array = np.ndarray


class Var(Number):
    """A value whose history is being recorded."""

    __slots__ = ("_cell", "_data", "_i", "_level")
    _level: Tape

    @property
    def _value(self) -> Any:  # type: ignore[override]  # a view is brought up to date
        if self._cell is not None:
            _cell.synchronise(self)
        return self._data

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self._data)

    def _unary(self, row: Unary, f: Callable[..., Any]) -> Any:
        x = self._value if self._cell is None else _cell.value_to_keep(self)
        y = f(x)
        saved = (x if row.keeps_x else None, y if row.keeps_y else None)
        return record(self._level, row, (self._i,), saved, None, y)

    @staticmethod
    def _binary(row: Binary, x: Any, y: Any, f: Callable[..., Any], level: Tape) -> Any:
        i, x = _operand_value(x, level)
        j, y = _operand_value(y, level)
        z = f(x, y)
        if z is NotImplemented:
            return z
        keeps = row.keeps[2 if i >= 0 <= j else 0 if i >= 0 else 1]
        saved = (
            (x if i >= 0 else level.capture(x)) if "x" in keeps else _shape_of(x, i),
            (y if j >= 0 else level.capture(y)) if "y" in keeps else _shape_of(y, j),
            z if "z" in keeps else None,
        )
        return record(level, row, (i, j), saved, None, z, (x, y))

    def _array_row(self, row: Any, operands: tuple[Any, ...], params: Any) -> Any:
        level = self._level
        positions, values = [], []
        for x in operands:
            i, v = _operand_value(x, level)
            positions.append(i)
            values.append(v)
        value = row.value(params, *values)
        parents = tuple(positions)
        params = _freeze(params, level)
        kind = type(row)
        if kind is Linear:
            shapes = tuple(np.shape(v) for v in values)
            out = record(level, row, parents, shapes, params, value, values)
            if row.view and type(out._data) is not np.generic and isinstance(operands[0], Var):
                _cell.make_view(out, operands[0], row, params)
            return out
        kept = tuple(
            v if i >= 0 else level.capture(v) for i, v in zip(positions, values, strict=True)
        )
        if kind is Multilinear:
            active = [i for i, p in enumerate(positions) if p >= 0]
            if len(active) == 1:  # its own value is not needed, only its shape
                only = active[0]
                kept = tuple(_ghost(v) if i == only else v for i, v in enumerate(kept))
            return record(level, row, parents, kept, params, value, values)
        if kind is Differential and isinstance(value, tuple):
            return _record_tuple(level, row, parents, (value, kept), params, value, values)
        return record(level, row, parents, (value, kept), params, value, values)

    def _setitem(self, index: Any, v: Any) -> None:
        _cell.write(self, index, v)

    def _add_at(self, index: tuple[Any, ...], v: Any) -> None:
        """`np.add.at`: repeated indices add up."""
        operands, params = ADD_AT.prepare(self, index, v)
        _cell.write(self, Ellipsis, self._array_row(ADD_AT, operands, params))

    def _pin(self, value: Any, index: tuple[int, ...] = ()) -> None:
        data = self._value
        if isinstance(data, Number):
            data._pin(value, index)
        elif not index:
            self._data = value
        else:
            self._data = data.copy()
            self._data[index] = value

    def _plain_zeros(self, plain: np.ndarray) -> Any:
        inner = self._value
        value = inner._plain_zeros(plain) if isinstance(inner, Number) else plain  # type: ignore[attr-defined]
        return leaf(self._level, value)

    def __repr__(self) -> str:
        return f"Var({self._value!r}, node {self._i})"


def leaf(level: Tape, value: Any) -> Var:
    """A variable without history."""
    out: Var = _new(Var)
    out._data = value
    out._i = level.leaf(value)
    out._level = level
    out._cell = None
    return out


def record(
    level: Tape,
    row: Any,
    parents: tuple[int, ...],
    saved: Any,
    params: Any,
    value: Any,
    operands: Any = (),
) -> Var:
    """Append a node; returns its variable."""
    place = user_place(2)
    code, instruction = place if place is not None else (None, 0)
    shape = value.shape if hasattr(value, "shape") else ()
    nodes = level.nodes
    out: Var = _new(Var)
    out._data = value
    out._i = len(nodes)
    out._level = level
    out._cell = None
    nodes.append((row, parents, saved, params, shape, dtype_of(value), code, instruction))
    if level.keep:
        level.values.append(value)
        level.constants.append(
            tuple(
                None if p >= 0 else level.capture(x)
                for p, x in zip(parents, operands, strict=False)
            )
        )
    return out


def _record_tuple(
    level: Tape,
    row: Any,
    parents: tuple[int, ...],
    saved: Any,
    params: Any,
    value: tuple[Any, ...],
    operands: Any,
) -> Any:
    """A node with several answers, and one node for each answer (parents[0] is the tuple)."""
    whole = record(level, row, parents, saved, params, value, operands)
    members = []
    for k, v in enumerate(value):
        members.append(record(level, MEMBER, (whole._i,), None, k, v))
    kind = type(value)
    return kind(*members) if hasattr(kind, "_fields") else tuple(members)


class _Member:
    """The row of one answer of a function that returns several."""

    name = "member"


MEMBER = _Member()


def _operand_value(x: Any, level: Tape) -> tuple[int, Any]:
    """(position, value) of an operand; position -1 for a constant."""
    if type(x) is Var and x._level is level:
        if x._cell is not None:
            value = _cell.value_to_keep(x)
            return x._i, value
        return x._i, x._data
    return -1, x


def _shape_of(x: Any, i: int) -> Any:
    """Nothing is kept of an operand that the pullback does not need."""
    del x, i


def _ghost(x: Any) -> Any:
    """An array of x's shape and dtype that costs no memory."""
    if type(x) is not _Array or x.size < 1024:
        return x
    return np.broadcast_to(np.zeros((), x.dtype), x.shape)


def _freeze(params: Any, level: Tape) -> Any:
    """Parameters whose arrays (masks, index arrays) are safe from later changes."""
    kind = type(params)
    if kind is _Array:
        return level.capture(params)
    if kind is tuple or kind is list:
        return kind([_freeze(p, level) for p in params])
    return params


# --- the hottest operators ---------------------------------------------------------------------


def _operator(apply: Callable[..., Any], ufunc: Any) -> Callable[[Any, Any], Any]:
    """An operator of variables: records in place where both operands are simple."""
    row: Any = TABLE[ufunc]
    both, first = row.keeps[2], row.keeps[0]
    keep_x, keep_y, keep_z = "x" in both, "y" in both, "z" in both
    keep_y1 = "y" in first
    simple_first = not ("x" in first or "z" in first)

    def method(self: Any, other: Any) -> Any:
        level = self._level
        kind = type(other)
        if self._cell is None and not level.keep:
            if kind is Var and other._level is level and other._cell is None:
                x, y = self._data, other._data
                z = apply(x, y)
                parents = (self._i, other._i)
                saved = (x if keep_x else None, y if keep_y else None, z if keep_z else None)
            elif kind is float and simple_first:
                z = apply(self._data, other)
                parents = (self._i, -1)
                saved = (None, other if keep_y1 else None, None)
            else:
                return slow(self, other)
            frame: Any = _frame(1)
            code = frame.f_code
            if _INTERNAL.get(code.co_filename, True):
                return slow_record(level, row, parents, saved, z)
            nodes = level.nodes
            out = _new(Var)
            out._data = z
            out._i = len(nodes)
            out._level = level
            out._cell = None
            if type(z) is float:
                nodes.append((row, parents, saved, None, (), _FLOAT, code, frame.f_lasti))
            else:
                nodes.append((row, parents, saved, None, z.shape, z.dtype, code, frame.f_lasti))
            return out
        return slow(self, other)

    def slow(self: Any, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else binary(row, self, other, apply)

    def slow_record(level: Tape, row: Any, parents: Any, saved: Any, z: Any) -> Any:
        return record(level, row, parents, saved, None, z)

    return method


_FLOAT = np.dtype(float)
Var.__add__ = _operator(operator.add, np.add)  # type: ignore[attr-defined]
Var.__sub__ = _operator(operator.sub, np.subtract)  # type: ignore[attr-defined]
Var.__mul__ = _operator(operator.mul, np.multiply)  # type: ignore[attr-defined]
Var.__truediv__ = _operator(operator.truediv, np.divide)  # type: ignore[attr-defined]
_cell.bind(Var, record, leaf)
