"""Graph variables: numbers that record what happens to them.

`_held` is the value and `_i` the position of its node. A variable that has been written to, or that
is a view of one that may be, has a `Cell` (see `_cell`); all others have None there, so that the
usual path pays one comparison.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import _INTERNAL, _is_internal
from .._numbers._blocks import is_low
from .._numbers._methods import take_item
from .._numbers._number import Number, binary, numpy_scalar, operand
from .._numbers._watch import divided_by_zero
from .._rules import TABLE
from .._rules._row import Binary, Differential, Linear, Multilinear, Unary
from .._rules._scatter import ADD_AT
from . import _cell
from ._graph import Tape, dtype_of

_new = object.__new__
_frame = sys._getframe
_Array = np.ndarray
_PYTHON = (float, complex)


class Var(Number):
    """A value whose history is being recorded."""

    __slots__ = ("_cell", "_held", "_i", "_level")
    _level: Tape
    _cell: Any
    _held: Any
    _i: int

    @property
    def _value(self) -> Any:
        if self._cell is not None:
            _cell.synchronise(self)
        return self._held

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self._held)

    def _unary(self, row: Unary, f: Callable[..., Any]) -> Any:
        x = self._held if self._cell is None else _cell.value_to_keep(self)
        y = f(x)
        level = self._level
        # Low precision starts from x, so that the derivative is rounded once.
        low = type(y) not in _PYTHON and y.dtype is not _FLOAT and is_low(y)
        if level.second:
            keeps = row.keeps_second
            saved = (x if "x" in keeps else None, y if "y" in keeps else None)
        else:
            saved = (x if row.keeps_x or low else None, y if row.keeps_y else None)
        return record(level, row, (self._i,), saved, None, y)

    @staticmethod
    def _binary(row: Binary, x: Any, y: Any, f: Callable[..., Any], level: Tape) -> Any:
        i, x = _operand_value(x, level)
        divisor = y
        j, y = _operand_value(y, level)
        try:
            z = f(x, y)
        except ZeroDivisionError:  # user code may catch it
            divided_by_zero(divisor)
            raise
        if z is NotImplemented:
            return z
        if type(z) is complex and type(x) is float:
            x += 0j  # a negative float to a power: its logarithm is complex
        if isinstance(x, Number) or isinstance(y, Number) or is_low(z):
            keeps = "xyz"  # `slope_of` needs all of them, and so does rounding once
        elif level.second:
            keeps = row.keeps_second
        else:
            keeps = row.keeps[2 if i >= 0 <= j else 0 if i >= 0 else 1]
        saved = (
            (x if i >= 0 else level.capture(x)) if "x" in keeps else None,
            (y if j >= 0 else level.capture(y)) if "y" in keeps else None,
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
            if row.view and type(out._held) is not np.generic and isinstance(operands[0], Var):
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
            self._held = value
        else:
            self._held = data.copy(order="K")
            self._held[index] = value

    def _with_numpy_scalar(self) -> Any:
        out: Var = _new(Var)
        out._held, out._i = numpy_scalar(self._value), self._i
        out._level, out._cell = self._level, None
        return out

    def _plain_zeros(self, plain: np.ndarray) -> Any:
        inner = self._value
        value = inner._plain_zeros(plain) if isinstance(inner, Number) else plain
        return leaf(self._level, value)

    def __repr__(self) -> str:
        return f"Var({self._value!r}, node {self._i})"


def leaf(level: Tape, value: Any) -> Var:
    """A variable without history."""
    out: Var = _new(Var)
    out._held = value
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
    frame: Any = _frame(1)
    while True:  # as `user_frame`, without the call
        code = frame.f_code
        internal = _INTERNAL.get(code.co_filename)
        if internal is None:
            internal = _is_internal(code.co_filename)
        if not internal or frame.f_back is None:
            break
        frame = frame.f_back
    nodes = level.nodes
    out: Var = _new(Var)
    out._held = value
    out._i = len(nodes)
    out._level = level
    out._cell = None
    kind = type(value)
    if kind is float:
        shape, dtype = (), _FLOAT
    elif kind is _Array or kind is np.float64:
        shape, dtype = value.shape, value.dtype
    elif isinstance(value, tuple):  # several answers; each gets a node of its own
        shape, dtype = (), _FLOAT
    else:
        shape, dtype = np.shape(value), dtype_of(value)
    nodes.append((row, parents, saved, params, shape, dtype, code, frame.f_lasti))
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
        return x._i, x._held
    return -1, x


def _ghost(x: Any) -> Any:
    """An array of x's shape and dtype that costs no memory."""
    if type(x) is not _Array or x.size < 1024:
        return x
    return np.broadcast_to(np.zeros((), x.dtype), x.shape)


_PLAIN = frozenset((int, bool, str, float, slice, type(None), type(Ellipsis)))


def _freeze(params: Any, level: Tape) -> Any:
    """Parameters whose arrays (masks, index arrays) are safe from later changes."""
    kind = type(params)
    if kind is tuple or kind is list:
        for p in params:
            if type(p) not in _PLAIN:
                return kind([_freeze(p, level) for p in params])
        return params
    if kind is _Array:
        return level.capture(params)
    return params


# --- the hottest operators ---------------------------------------------------------------------


def _settled(cell: Any) -> bool:
    """Whether a variable with this cell is a view of one that has never been written to."""
    return cell.root is not None and cell.root._cell is None


def _operator(apply: Callable[..., Any], ufunc: Any) -> tuple[Any, Any]:
    """An operator of variables and its reflection, with a short way for simple operands."""
    row: Any = TABLE[ufunc]
    one, two, both = row.keeps
    keep_x, keep_y, keep_z = "x" in both, "y" in both, "z" in both

    def method(self: Any, other: Any) -> Any:
        level, cell = self._level, self._cell
        if level.full or not (cell is None or _settled(cell)):
            return common(self, other)
        kind = type(other)
        if kind is Var:
            cell = other._cell
            if other._level is level and (cell is None or _settled(cell)):
                x, y = self._held, other._held
                try:
                    z = apply(x, y)
                except ZeroDivisionError:  # user code may catch it
                    divided_by_zero(other)
                    raise
                saved = (x if keep_x else None, y if keep_y else None, z if keep_z else None)
                return record(level, row, (self._i, other._i), saved, None, z)
        elif kind is float or kind is int:
            x = self._held
            z = apply(x, other)
            saved = (x if "x" in one else None, other, z if "z" in one else None)
            return record(level, row, (self._i, -1), saved, None, z)
        return common(self, other)

    def reflected(self: Any, other: Any) -> Any:
        level, cell = self._level, self._cell
        if type(other) in _NUMBERS and not level.full and (cell is None or _settled(cell)):
            y = self._held
            try:
                z = apply(other, y)
            except ZeroDivisionError:
                divided_by_zero(self)
                raise
            saved = (other, y if "y" in two else None, z if "z" in two else None)
            return record(level, row, (-1, self._i), saved, None, z)
        other = operand(other)
        return other if other is NotImplemented else binary(row, other, self, apply)

    def common(self: Any, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else binary(row, self, other, apply)

    return method, reflected


_GETITEM: Any = TABLE[operator.getitem]


def _getitem(self: Any, index: Any) -> Any:
    """``self[index]``, with a short way for integers and slices."""
    kind = type(index)
    data, level, cell = self._held, self._level, self._cell
    if kind is int or kind is slice:
        index = (index,)
    elif kind is not tuple or not all(type(i) is int or type(i) is slice for i in index):
        return take_item(self, index)
    if type(data) is not _Array or level.full or not (cell is None or _settled(cell)):
        return take_item(self, index)
    params = (index, 0, False, data.ndim)  # what the row's `prepare` gives for such an index
    value = data[index]
    out = record(level, _GETITEM, (self._i,), (data.shape,), params, value)
    if type(value) is _Array:
        out._cell = _cell.view_of(self, cell, _GETITEM, params)
    return out


_NUMBERS = (float, int)
_SQUARE: Any = TABLE[np.square]


def _power(self: Any, other: Any, modulo: None = None) -> Any:
    """``self ** other``, with a short way for the square of an array."""
    if type(other) is int and other == 2 and type(self._held) is _Array:
        return self._unary(_SQUARE, lambda x: x**2)
    return Number.__pow__(self, other, modulo)


_FLOAT = np.dtype(float)
for _name, _apply, _ufunc in (
    ("add", operator.add, np.add),
    ("sub", operator.sub, np.subtract),
    ("mul", operator.mul, np.multiply),
    ("truediv", operator.truediv, np.divide),
):
    _method, _reflection = _operator(_apply, _ufunc)
    setattr(Var, f"__{_name}__", _method)
    setattr(Var, f"__r{_name}__", _reflection)
setattr(Var, "__pow__", _power)  # noqa: B010  # as those above
setattr(Var, "__getitem__", _getitem)  # noqa: B010
_cell.bind(Var, record, leaf)
