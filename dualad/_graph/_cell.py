"""Writing to graph variables, and views of variables that are written to.

Nothing that a node has saved is ever changed: the first write to a variable copies its value, later
ones happen in place until some node saves the value again. A view remembers its root variable and
how it was taken; when the root has been written to since, the view is taken anew, value and node,
so that aliasing is NumPy's. A write through a view is a write to the root at the view's element
numbers.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._errors import LevelError, NoRuleError
from .._numbers._number import Number, primal
from .._rules import TABLE

_SETITEM: Any = TABLE[operator.setitem]
_GETITEM: Any = TABLE[operator.getitem]
_Var: Any = None
_record: Any = None
_leaf: Any = None


def bind(var: Any, record: Any, leaf: Any) -> None:
    """`_var` hands over its class and its recording function (it imports this module)."""
    global _Var, _record, _leaf
    _Var, _record, _leaf = var, record, leaf


class Cell:
    """What a variable needs to know about writes.

    Attributes
    ----------
    root : Var or None
        For a view: the variable that owns the memory.
    path : tuple of (row, params)
        For a view: how it is taken from the root.
    version : int
        For a root: the number of writes so far. For a view: the root's when it was last taken.
    own : bool
        For a root: whether its value is referred to by nobody else and may be written in place.
    """

    __slots__ = ("numbers", "own", "path", "root", "version")

    def __init__(self, root: Any = None, path: tuple[Any, ...] = ()) -> None:
        self.root = root
        self.path = path
        self.version = 0
        self.own = False
        self.numbers: Any = None


def make_view(out: Any, source: Any, row: Any, params: Any) -> None:
    """Mark `out`, just recorded, as a view of `source`, if NumPy made it one."""
    if not np.ndim(primal(out._held)) and not isinstance(primal(out._held), np.ndarray):
        return
    if not np.may_share_memory(primal(out._held), primal(source._held)):
        return
    cell = source._cell
    if cell is not None and cell.root is not None:
        out._cell = Cell(cell.root, (*cell.path, (row, params)))
    else:
        out._cell = Cell(source, ((row, params),))
    out._cell.version = _version(out._cell.root)


def view_of(source: Any, cell: Any, row: Any, params: Any) -> Cell:
    """The cell of a view of `source`, whose own cell is `cell` (None, or that of a view)."""
    if cell is None:
        return Cell(source, ((row, params),))
    out = Cell(cell.root, (*cell.path, (row, params)))
    out.version = cell.version
    return out


def _version(root: Any) -> int:
    return 0 if root._cell is None else root._cell.version


def synchronise(var: Any) -> None:
    """Take a view anew where its root has been written to since."""
    cell = var._cell
    root = cell.root
    if root is None or cell.version == _version(root):
        return
    data, i = root._held, root._i
    for row, params in cell.path:
        shapes = (np.shape(data),)
        data = row.value(params, data)
        i = _record(root._level, row, (i,), shapes, params, data)._i
    var._held, var._i = data, i
    cell.version = _version(root)


def value_to_keep(var: Any) -> Any:
    """The value of a variable with a cell, which a node is about to save."""
    cell = var._cell
    if cell.root is not None:
        if cell.root._cell is None:
            return var._held  # a view of a variable that has never been written to
        synchronise(var)
    owner = cell if cell.root is None else cell.root._cell
    if owner is not None:
        owner.own = False
    return var._held


def write(var: Any, index: Any, v: Any) -> None:
    """``var[index] = v``."""
    level = var._level
    if isinstance(v, Number) and v._level is not level and v._level.n >= level.n:
        raise LevelError(
            "a number of an inner derivative was stored in an array of an outer one",
            "return it from the function, or make the array inside (np.zeros_like of the inner "
            "variable)",
        )
    plain = primal(var._held)
    if not isinstance(plain, np.ndarray):
        raise TypeError(f"{type(plain).__name__!r} object does not support item assignment")
    if not plain.flags.writeable:
        raise ValueError("assignment destination is read-only")
    index = index if type(index) is tuple else (index,)
    active = type(v) is _Var and v._level is level
    if active and _is_itself(var, index, v):
        return
    value, i = (value_to_keep(v) if v._cell is not None else v._held, v._i) if active else (v, -1)
    cell = var._cell
    if cell is not None and cell.root is not None:
        if any(_is_part(row, root_dtype(cell)) for row, _ in cell.path):
            _write_part(var, index, v)
            return
        index = _through(var, index)
        var = cell.root
    if var._cell is None:
        var._cell = Cell()
    if active and _is_all(index) and _like(var._held, value):
        var._held, var._i, var._cell.own = value, i, False
    else:
        _store(var, index, value, i)
    var._cell.version += 1


def _is_itself(var: Any, index: tuple[Any, ...], v: Any) -> bool:
    """Whether v is the view ``var[index]``: Python ends ``var[index] += w`` with such a write."""
    cell = v._cell
    if cell is None or cell.root is not var or len(cell.path) != 1:
        return False
    if any(isinstance(i, np.ndarray) for i in index):
        return False  # no view
    row, params = cell.path[0]
    return row is _GETITEM and params[0] == index


def _is_all(index: tuple[Any, ...]) -> bool:
    first = index[0] if len(index) == 1 else None
    return first is Ellipsis or (isinstance(first, slice) and first == slice(None))


def _like(data: Any, value: Any) -> bool:
    """Whether a value of the same shape, dtype and order of memory may take the data's place."""
    old, new = primal(data), primal(value)
    return (
        isinstance(new, np.ndarray)
        and old.shape == new.shape
        and old.dtype == new.dtype
        and old.strides == new.strides
        and new.flags.writeable
    )


def _store(var: Any, index: tuple[Any, ...], value: Any, i: int) -> None:
    """Write some elements: the value in place where nobody else refers to it, a node for it."""
    cell, level = var._cell, var._level
    shapes = (np.shape(var._held), np.shape(value))
    (_, _), params = _SETITEM.prepare(var._held, _frozen(index), value)
    constant = isinstance(value, Number) and not _holds(var._held, value)
    if constant:
        data = _SETITEM.value(params, var._held, value)
    else:
        if not cell.own:
            var._held = var._held.copy(order="K")
        data = var._held
        data[index if len(index) != 1 else index[0]] = value
    cell.own = not level.keep
    operands = (var._held, value)
    node = _record(level, _SETITEM, (var._i, i), shapes, params, data, operands)
    var._held, var._i = data, node._i


def _holds(data: Any, value: Number) -> bool:
    """Whether a number of value's level can be stored in `data` in place."""
    return isinstance(data, Number) and data._level.n >= value._level.n


def _frozen(index: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(i.copy() if type(i) is np.ndarray else i for i in index)


def _through(view: Any, index: tuple[Any, ...]) -> tuple[Any, ...]:
    """The root's index for the elements ``view[index]``."""
    cell = view._cell
    if len(cell.path) == 1 and cell.path[0][0] is _GETITEM and _is_all(index):
        return cell.path[0][1][0]
    shape = np.shape(cell.root._held)
    if cell.numbers is None:
        numbers = np.arange(int(np.prod(shape, dtype=np.intp))).reshape(shape)
        for row, params in cell.path:
            numbers = row.value(params, numbers)
        cell.numbers = np.asarray(numbers).astype(np.intp)
    chosen = cell.numbers[index if len(index) != 1 else index[0]]
    return tuple(np.unravel_index(chosen, shape))


# --- real and imaginary parts are views of complex variables -------------------------------------


def root_dtype(cell: Cell) -> Any:
    """The dtype of the variable that a view was taken from."""
    return np.result_type(primal(cell.root._held))


def _is_part(row: Any, dtype: Any) -> bool:
    return dtype.kind == "c" and row.fn in (np.real, np.imag)


def _write_part(view: Any, index: tuple[Any, ...], v: Any) -> None:
    """Write to ``z.real`` or ``z.imag`` of a complex z."""
    root, path = view._cell.root, view._cell.path
    if len(path) != 1:
        raise NoRuleError(
            "a view of the real or imaginary part of a complex array was written to",
            "z[index] = a + 1j*b, or z.real[index] = a",
        )
    is_real = path[0][0].fn is np.real
    old = root[index]
    write(root, index, v + 1j * np.imag(old) if is_real else np.real(old) + 1j * v)


__all__ = ["Cell", "bind", "make_view", "synchronise", "value_to_keep", "write"]
