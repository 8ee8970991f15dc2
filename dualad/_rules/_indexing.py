"""The rows of ``x[index]`` and of ``x[index] = v``.

NumPy puts the axes of several advanced indices in front when a slice, None or Ellipsis stands
between them. On a block, ``block[(slice(None), *index)]`` then has them in front of the lanes;
`Index.front` counts them, so that the lanes can be moved back.
"""

from __future__ import annotations

import operator
from types import EllipsisType, NoneType
from typing import Any, NamedTuple

import numpy as np

from ._contract import align, unbroadcast
from ._moving import (
    Shape,
    Shapes,
    is_number,
    lanes_of,
    locked,
    numbered,
    pick,
    shape_of,
    spread,
)
from ._row import Linear, Row

_BASIC = frozenset((int, slice, NoneType, EllipsisType, np.int64, np.int32))
_ALL = slice(None)


class Parsed(NamedTuple):
    """What an index does to the axes.

    Attributes
    ----------
    key : tuple
        The index, lists made arrays.
    front : int
        How many axes of advanced indices NumPy puts in front of everything; 0 if none.
    repeats : bool
        Whether an element may be met twice.
    change : int
        The answer's number of axes minus the array's.
    """

    key: tuple[Any, ...]
    front: int
    repeats: bool
    change: int


def parse(index: Any) -> Parsed:
    """An index as data: a tuple in which lists have become arrays."""
    if not isinstance(index, tuple):
        index = (index,)
    change = 0
    for entry in index:
        kind = type(entry)
        if kind not in _BASIC:
            return _parse_advanced(index)
        if kind is NoneType:
            change += 1
        elif kind is not slice and kind is not EllipsisType:
            change -= 1
    return Parsed(index, 0, False, change)


def _as_entry(entry: Any) -> Any:
    """A basic entry as it is; whatever else NumPy takes as an index as an array."""
    if entry is None or entry is Ellipsis or isinstance(entry, (slice, np.ndarray)):
        return entry
    if isinstance(entry, (int, np.integer)) and not isinstance(entry, bool):
        return entry
    array = np.asarray(entry)
    return array.astype(np.intp) if array.size == 0 and array.dtype.kind == "f" else array


def _parse_advanced(index: tuple[Any, ...]) -> Parsed:
    entries = tuple(map(_as_entry, index))
    ndims = [_advanced_ndim(e) for e in entries]
    advanced = max((n for n in ndims if n is not None), default=-1)
    if not any(_is_advanced(e) for e in entries):
        advanced = -1  # integers only: basic
    change, repeats, groups, inside = 0, False, 0, False
    for entry, ndim in zip(entries, ndims, strict=True):
        if entry is None:
            change += 1
        if ndim is None:
            inside = False
            continue
        groups += not inside
        inside = True
        if _is_advanced(entry) and entry.dtype == bool:
            change -= entry.ndim
        else:
            change -= 1
            repeats = repeats or (np.ndim(entry) > 0 and entry.size > 1)
    if advanced < 0:
        return Parsed(entries, 0, False, change)
    return Parsed(entries, advanced if groups > 1 else 0, repeats, change + advanced)


def _is_advanced(entry: Any) -> bool:
    return isinstance(entry, np.ndarray) and (entry.ndim > 0 or entry.dtype == bool)


def _advanced_ndim(entry: Any) -> int | None:
    """How many axes an integer or an array brings; None for slices, None and Ellipsis."""
    if entry is None or entry is Ellipsis or isinstance(entry, slice):
        return None
    if isinstance(entry, np.ndarray):
        return 1 if entry.dtype == bool else entry.ndim
    return 0


# --- getitem -----------------------------------------------------------------------------------
# params: (index, front, repeats, ndim of x)


def _getitem_prepare(x: Any, index: Any) -> tuple[tuple[Any], Any]:
    if type(index) in _BASIC:  # the short way of loops over elements
        return (x,), ((index,), 0, False, len(x.shape))
    parsed = parse(index)
    return (x,), (parsed.key, parsed.front, parsed.repeats, len(x.shape))


def _getitem_value(params: Any, x: Any) -> Any:
    index, front, _, ndim = params
    if getattr(x, "ndim", 0) == ndim:
        return x[index]
    out = x[(_ALL, *index)]
    return np.moveaxis(out, front, 0) if front else out


def _getitem_scatter(params: Any, ct: Any, buffer: Any) -> None:
    index, front, repeats, _ = params
    if repeats and type(buffer) is np.ndarray:
        # Lane by lane: `np.add.at` is many times faster without a slice in its index.
        for lane, row in zip(buffer, ct, strict=True):
            np.add.at(lane, index, row)
        return
    where = (_ALL, *index)
    if front:
        ct = np.moveaxis(ct, 0, front)
    if repeats:
        np.add.at(buffer, where, ct)
    else:
        buffer[where] += ct


def _getitem_scatter_one(params: Any, ct: Any, buffer: Any) -> bool:
    index, front, repeats, _ = params
    if front or repeats:
        return False
    buffer[index] += ct
    return True


def _getitem_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    shape = shapes[0]
    if type(ct) is np.ndarray:
        buffer = np.zeros((ct.shape[0], *shape), ct.dtype)
        _getitem_scatter(params, ct, buffer)
        return (buffer,)
    (source,) = numbered(shape)
    return spread(np.asarray(source[params[0]]), ct, shapes)


def gather_block(parsed: Parsed, block: Any, ndim: int) -> Any:
    """`getitem` on a block of arrays of `ndim` axes."""
    return _getitem_value((parsed.key, parsed.front, parsed.repeats, ndim), block)


GETITEM = Linear(
    operator.getitem,
    _getitem_prepare,
    _getitem_value,
    _getitem_transpose,
    one_call=True,
    scatter=_getitem_scatter,
    scatter_one=_getitem_scatter_one,
    view=True,
)


# --- setitem -----------------------------------------------------------------------------------
# params: (index, front, ndim of the hole, shapes of x and v, source or None). The source is there
# where an element may be met twice: it knows which write was the last.


def _setitem_prepare(x: Any, index: Any, v: Any) -> tuple[tuple[Any, Any], Any]:
    parsed = parse(index)
    shapes = shape_of(x), shape_of(v)
    source = locked(_last_writes(parsed.key, shapes, v)) if parsed.repeats else None
    return (x, v), (parsed.key, parsed.front, len(shapes[0]) + parsed.change, shapes, source)


def _last_writes(index: tuple[Any, ...], shapes: Shapes, v: Any) -> np.ndarray:
    """The source of ``x[index] = v``, written by NumPy itself.

    NumPy may walk through v in the order of memory, so its numbers are laid out like v.
    """
    source, values = numbered(*shapes)
    strides = getattr(v, "strides", None)
    if strides is not None:
        layout = sorted(range(len(strides)), key=lambda axis: -abs(strides[axis]))
        values = values.transpose(layout).copy().transpose(np.argsort(layout))
    source[index] = values
    return source


def _source(params: Any) -> np.ndarray:
    index, _, _, shapes, source = params
    return _last_writes(index, shapes, None) if source is None else source


def _setitem_value(params: Any, x: Any, v: Any) -> Any:
    if not is_number(x) and not is_number(v):
        out = np.array(x, order="K")
        out[params[0]] = v
        return out
    columns = [np.reshape(x, -1), np.reshape(v, -1)]
    flat = np.concatenate([c if c.dtype == x.dtype else c.astype(x.dtype) for c in columns])
    return flat[_source(params) - 1]


def _fit(block: Any, ndim: int) -> Any:
    """A block of v with the hole's number of axes (NumPy lets (1, 3) be stored in (3,))."""
    extra = block.ndim - 1 - ndim
    if extra > 0:
        return block.reshape(block.shape[:1] + block.shape[1 + extra :])
    return align(block, -extra)


def _setitem_lanes(params: Any, x: Any, v: Any) -> Any:
    index, front, ndim, shapes, source = params
    if source is not None or is_number(x) or is_number(v):
        return pick(_source(params), (x, v), shapes)
    k, _ = lanes_of((x, v))
    out = np.zeros((k, *shapes[0]), v.dtype) if x is None else x.copy(order="K")
    hole: Any = 0.0
    if v is not None:
        hole = _fit(v, ndim)
        hole = np.moveaxis(hole, 0, front) if front else hole
    out[(_ALL, *index)] = hole
    return out


def _setitem_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, Any]:
    index, front, ndim, _, source = params
    if source is not None or is_number(ct):
        return spread(_source(params), ct, shapes)
    where = (_ALL, *index)
    hole = ct[where]
    hole = np.moveaxis(hole, front, 0) if front else hole
    ct_v = _narrow(hole, shapes[1], ndim)
    if np.may_share_memory(ct_v, ct):
        ct_v = ct_v.copy()
    ct_x = ct.copy()
    ct_x[where] = 0.0
    return ct_x, ct_v


def _narrow(hole: Any, shape: Shape, ndim: int) -> Any:
    """The cotangents of v from those of the hole: summed over the axes that repeat v."""
    extra = max(len(shape) - ndim, 0)
    return unbroadcast(hole, shape[extra:]).reshape((hole.shape[0], *shape))


SETITEM = Linear(
    operator.setitem, _setitem_prepare, _setitem_value, _setitem_transpose, lanes=_setitem_lanes
)

INDEXING: tuple[Row, ...] = (GETITEM, SETITEM)
