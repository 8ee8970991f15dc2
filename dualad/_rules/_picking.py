"""The rows of functions that pick elements: take, where, diagonal, insert, select and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from .._errors import NoRuleError
from ._contract import align, unbroadcast
from ._indexing import GETITEM
from ._moving import (
    Shape,
    Shapes,
    is_number,
    lanes_of,
    leading,
    locked,
    moving,
    numbered,
    pick,
    shape_of,
    spread,
)
from ._row import Linear, Row


def _plain_indices(indices: Any) -> Any:
    return indices if isinstance(indices, (np.ndarray, int, np.integer)) else np.asarray(indices)


# --- take --------------------------------------------------------------------------------------
# params: (indices, axis or None, mode, shape of the array)


def _take_prepare(
    a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise"
) -> tuple[tuple[Any], Any]:
    del out
    shape = shape_of(a)
    if axis is not None:
        axis = normalize_axis_index(axis, len(shape)) - len(shape) if shape else None
    return (a,), (_plain_indices(indices), axis, mode, shape)


def _take_value(params: Any, a: Any) -> Any:
    indices, axis, mode, shape = params
    outer = leading(a, len(shape))
    if outer and axis is None:
        a, axis = a.reshape((*outer, int(np.prod(shape, dtype=np.intp)))), -1
    return np.take(a, indices, axis=axis, mode=mode)


def _as_getitem(params: Any) -> Any:
    """The parameters of the same function written as an index."""
    indices, axis, mode, shape = params
    n = int(np.prod(shape, dtype=np.intp)) if axis is None else shape[axis]
    if mode == "clip":
        indices = np.clip(indices, 0, n - 1)
    elif n:
        indices = np.mod(indices, n)  # negative ones, and all of them in mode "wrap"
    if axis is None:
        index: Any = np.unravel_index(indices, shape) if shape else (np.zeros_like(indices),)
    else:
        index = (Ellipsis, indices, *(slice(None),) * (-1 - axis))
    return GETITEM.prepare(np.broadcast_to(0, shape or (1,)), index)[1]


def _take_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    shape = shapes[0] or (1,)
    (total,) = GETITEM.transpose(_as_getitem(params), ct, (shape,))
    return (total.reshape((ct.shape[0], *shapes[0])),)


TAKE = Linear(np.take, _take_prepare, _take_value, _take_transpose, one_call=True)


# --- diagonal and trace: params are (offset, axis1, axis2, dtype) ------------------------------


def _diagonal_prepare(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> tuple[tuple[Any], Any]:
    del out
    ndim = len(shape_of(a))
    if ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise NoRuleError(f"numpy.trace with dtype={dtype!r} has no derivative rule")
    first, second = (normalize_axis_index(axis, ndim) - ndim for axis in (axis1, axis2))
    return (a,), (int(offset), first, second, dtype)


def _linalg_diagonal_prepare(x: Any, /, *, offset: int = 0) -> tuple[tuple[Any], Any]:
    return _diagonal_prepare(x, offset, -2, -1)


def _linalg_trace_prepare(
    x: Any, /, *, offset: int = 0, dtype: Any = None
) -> tuple[tuple[Any], Any]:
    return _diagonal_prepare(x, offset, -2, -1, dtype)


def _diagonal_value(params: Any, a: Any) -> Any:
    offset, axis1, axis2, _ = params
    return np.diagonal(a, offset, axis1, axis2)


def _trace_value(params: Any, a: Any) -> Any:
    offset, axis1, axis2, dtype = params
    return np.trace(a, offset, axis1, axis2, dtype)


def _steps(params: Any, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Index arrays of the diagonal along its two axes."""
    offset, axis1, axis2, _ = params
    rows, columns = shape[axis1], shape[axis2]
    first, second = max(-offset, 0), max(offset, 0)
    steps = np.arange(max(min(rows - first, columns - second), 0))
    return first + steps, second + steps


def _on_diagonal(params: Any, ct: Any, shape: Shape) -> Any:
    """The block whose diagonals hold ct (its last axis runs along them), zero elsewhere."""
    _, axis1, axis2, _ = params
    i, j = _steps(params, shape)
    rest = tuple(n for axis, n in enumerate(shape) if axis - len(shape) not in (axis1, axis2))
    square = (ct.shape[0], *rest, shape[axis1], shape[axis2])
    (_,), inner = GETITEM.prepare(np.broadcast_to(0, square[1:]), (Ellipsis, i, j))
    # The index meets no element twice: the plain assignment is enough.
    inner = (inner[0], inner[1], False, inner[3])
    (out,) = GETITEM.transpose(inner, ct, (square[1:],))
    return np.moveaxis(out, (-2, -1), (axis1, axis2))


def _diagonal_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (_on_diagonal(params, ct, shapes[0]),)


def _trace_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    n = _steps(params, shapes[0])[0].size
    repeated = np.broadcast_to(ct.reshape((*ct.shape, 1)), (*ct.shape, n))
    return (_on_diagonal(params, repeated, shapes[0]),)


def _diagonals() -> tuple[Linear, ...]:
    rows = []
    for fn, prepare in (
        (np.diagonal, _diagonal_prepare),
        (np.linalg.diagonal, _linalg_diagonal_prepare),
    ):
        rows.append(
            Linear(fn, prepare, _diagonal_value, _diagonal_transpose, one_call=True, view=True)
        )
    for fn, prepare in ((np.trace, _diagonal_prepare), (np.linalg.trace, _linalg_trace_prepare)):
        rows.append(Linear(fn, prepare, _trace_value, _trace_transpose))
    return tuple(rows)


# --- triangles: params are (mask, k, shape) ----------------------------------------------------


def _triangle(fn: Any) -> Linear:
    def prepare(m: Any, k: int = 0) -> tuple[tuple[Any], Any]:
        shape = shape_of(m)
        # NumPy makes a matrix of a vector here: every row of it is the vector.
        mask = fn(np.ones((*shape[-2:-1], shape[-1]) if len(shape) > 1 else shape, bool), k)
        return (m,), (locked(mask), k, shape)

    def value(params: Any, m: Any) -> Any:
        mask, k, shape = params
        outer = leading(m, len(shape))
        if not outer:
            return fn(m, k)
        if len(shape) == 1:
            m = m.reshape((*outer, 1, *shape))
        return np.where(mask, m, 0.0)

    def transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
        return (unbroadcast(np.where(params[0], ct, 0.0), shapes[0]),)

    return Linear(fn, prepare, value, transpose, one_call=True)


# --- where: params are (mask, shape of the answer) ---------------------------------------------


def _where_prepare(condition: Any, *choices: Any) -> tuple[tuple[Any, ...], Any]:
    if choices and len(choices) != 2:
        raise ValueError("either both or neither of x and y should be given")
    # Truth is locally constant: of a number only its value counts.
    mask = condition != 0 if is_number(condition) else np.asarray(condition)
    if not choices:
        return (), (mask, None)
    shape = np.broadcast_shapes(mask.shape, *(shape_of(c) for c in choices))
    return choices, (mask, shape)


def _where_value(params: Any, *choices: Any) -> Any:
    return np.where(params[0], *choices)


def _where_lanes(params: Any, x: Any, y: Any) -> Any:
    mask, shape = params
    k, _ = lanes_of((x, y))
    sides = [0.0 if b is None else align(b, len(shape) + 1 - b.ndim) for b in (x, y)]
    out = np.where(mask, *sides)
    return out if out.shape[1:] == shape else np.broadcast_to(out, (k, *shape))


def _where_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, Any]:
    mask = params[0]
    return (
        unbroadcast(np.where(mask, ct, 0.0), shapes[0]),
        unbroadcast(np.where(mask, 0.0, ct), shapes[1]),
    )


WHERE = Linear(np.where, _where_prepare, _where_value, _where_transpose, lanes=_where_lanes)


# --- several operands, by the source: params are (shapes, source, constants, keywords) ---------


def _pick_lanes(params: Any, *blocks: Any) -> Any:
    return pick(params[1], blocks, params[0])


def _pick_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
    return spread(params[1], ct, shapes)


def _joint(fn: Any, prepare: Any, value: Any) -> Linear:
    return Linear(fn, prepare, value, _pick_transpose, lanes=_pick_lanes)


def _insert_prepare(
    arr: Any, obj: Any, values: Any, axis: int | None = None
) -> tuple[tuple[Any, Any], Any]:
    shapes = shape_of(arr), shape_of(values)
    a, v = numbered(*shapes)
    return (arr, values), (shapes, locked(np.insert(a, obj, v, axis)), obj, axis)


def _insert_value(params: Any, arr: Any, values: Any) -> Any:
    _, source, obj, axis = params
    if is_number(values):
        flat = np.concatenate((np.reshape(arr, -1), np.reshape(values, -1).astype(arr.dtype)))
        return flat[source - 1]
    return np.insert(arr, obj, values, axis)


def _choose_prepare(
    a: Any, choices: Any, out: Any = None, mode: str = "raise"
) -> tuple[tuple[Any, ...], Any]:
    del out
    choices = tuple(choices)
    shapes = tuple(map(shape_of, choices))
    source = np.choose(a, numbered(*shapes), mode=mode)  # type: ignore[call-overload]
    return choices, (shapes, locked(source), np.array(a), mode)


def _choose_value(params: Any, *choices: Any) -> Any:
    _, _, a, mode = params
    return np.choose(a, choices, mode=mode)


def _select_prepare(
    condlist: Any, choicelist: Any, default: Any = 0
) -> tuple[tuple[Any, ...], Any]:
    operands = (*choicelist, default)
    shapes = tuple(map(shape_of, operands))
    conditions = tuple(np.array(c) for c in condlist)
    *choices, otherwise = numbered(*shapes)
    source = np.select(conditions, choices, otherwise)
    return operands, (shapes, locked(source), conditions)


def _select_value(params: Any, *operands: Any) -> Any:
    _, source, conditions = params
    if is_number(operands[-1]):
        flat = np.concatenate([np.reshape(x, -1) for x in operands])
        return flat[source - 1]
    return np.select(conditions, operands[:-1], operands[-1])


# --- take_along_axis: params are (indices, axis or None, shape) --------------------------------


def _take_along_prepare(arr: Any, indices: Any, axis: int | None = -1) -> tuple[tuple[Any], Any]:
    shape = shape_of(arr)
    if axis is not None:
        axis = normalize_axis_index(axis, len(shape)) - len(shape)
    return (arr,), (np.asarray(indices), axis, shape)


def _take_along_value(params: Any, arr: Any) -> Any:
    indices, axis, shape = params
    outer = leading(arr, len(shape))
    if not outer:
        return np.take_along_axis(arr, indices, axis)
    if axis is None:
        arr, axis = arr.reshape((*outer, int(np.prod(shape, dtype=np.intp)))), -1
    return np.take_along_axis(arr, indices[None], axis)


def _take_along_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
    indices, axis, shape = params
    (numbers,) = numbered(shape)
    return spread(np.take_along_axis(numbers, indices, axis), ct, shapes)


PICKING: tuple[Row, ...] = (
    TAKE,
    WHERE,
    *_diagonals(),
    _triangle(np.tril),
    _triangle(np.triu),
    Linear(
        np.take_along_axis,
        _take_along_prepare,
        _take_along_value,
        _take_along_transpose,
        one_call=True,
    ),
    moving(np.compress, "condition", "a"),
    moving(np.extract, "condition", "arr"),
    moving(np.diag, "v"),
    moving(np.diagflat, "v"),
    moving(np.delete, "arr"),
    _joint(np.insert, _insert_prepare, _insert_value),
    _joint(np.choose, _choose_prepare, _choose_value),
    _joint(np.select, _select_prepare, _select_value),
)
