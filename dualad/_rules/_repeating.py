"""The rows of functions that repeat or shift elements: repeat, tile, resize, pad, roll."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ._dispatch import dispatched
from ._indexing import GETITEM
from ._later import composed_later
from ._moving import Shapes, is_number, leading, locked, moving, numbered, pick, shape_of, spread
from ._row import Linear, Row

# --- repeat: params are (repeats, axis or None, shape) -----------------------------------------


def _repeat_prepare(a: Any, repeats: Any, axis: int | None = None) -> tuple[tuple[Any], Any]:
    shape = shape_of(a)
    if axis is not None and shape:
        axis = normalize_axis_index(axis, len(shape)) - len(shape)
    else:
        axis = None
    counts = np.array(repeats)
    return (a,), (int(counts.reshape(-1)[0]) if counts.size == 1 else counts, axis, shape)


def _repeat_value(params: Any, a: Any) -> Any:
    repeats, axis, shape = params
    outer = leading(a, len(shape))
    if outer and axis is None:
        a, axis = a.reshape((*outer, math.prod(shape))), -1
    return np.repeat(a, repeats, axis=axis)


def _repeat_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    repeats, axis, shape = params
    k = ct.shape[0]
    if axis is None:
        shape, axis = (math.prod(shape),), -1
    at = len(shape) + axis
    if type(repeats) is int:
        apart = ct.reshape((k, *shape[: at + 1], repeats, *shape[at + 1 :]))
        return (apart.sum(axis=at + 2).reshape((k, *shapes[0])),)
    index = np.repeat(np.arange(shape[at]), repeats)
    behind = (slice(None),) * (-1 - axis)
    (_,), inner = GETITEM.prepare(np.broadcast_to(0, shape), (Ellipsis, index, *behind))
    (total,) = GETITEM.transpose(inner, ct, (shape,))
    return (total.reshape((k, *shapes[0])),)


# --- tile: params are (repetitions, shape with as many axes, ndim) -----------------------------


def _tile_prepare(A: Any, reps: Any) -> tuple[tuple[Any], Any]:
    shape = shape_of(A)
    reps = (int(reps),) if np.ndim(reps) == 0 else tuple(int(r) for r in reps)
    ndim = max(len(reps), len(shape))
    reps = (1,) * (ndim - len(reps)) + reps
    return (A,), (reps, (1,) * (ndim - len(shape)) + tuple(shape), len(shape))


def _tile_value(params: Any, a: Any) -> Any:
    reps, fitted, ndim = params
    outer = leading(a, ndim)
    if outer:
        a = a.reshape(outer + fitted)
    return np.tile(a, (1,) * len(outer) + reps)


def _tile_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    reps, fitted, _ = params
    k = ct.shape[0]
    pairs = [n for pair in zip(reps, fitted, strict=True) for n in pair]
    total = ct.reshape((k, *pairs)).sum(axis=tuple(range(1, 1 + len(pairs), 2)))
    return (total.reshape((k, *shapes[0])),)


# --- roll: params are (shift, axis or None, shape) ---------------------------------------------


def _roll_prepare(a: Any, shift: Any, axis: Any = None) -> tuple[tuple[Any], Any]:
    shape = shape_of(a)
    if np.ndim(shift):
        shift = tuple(int(s) for s in shift)
    if axis is not None:
        ndim = len(shape)
        axis = tuple(i - ndim for i in normalize_axis_tuple(axis, ndim, allow_duplicate=True))
    return (a,), (shift, axis, shape)


def _rolled(params: Any, a: Any, sign: int) -> Any:
    shift, axis, shape = params
    shift = tuple(sign * s for s in shift) if type(shift) is tuple else sign * shift
    outer = leading(a, len(shape))
    if axis is None and outer:
        flat = a.reshape((*outer, math.prod(shape)))
        return np.roll(flat, sum(shift) if type(shift) is tuple else shift, -1).reshape(a.shape)
    return np.roll(a, shift, axis)


def _roll_value(params: Any, a: Any) -> Any:
    return _rolled(params, a, 1)


def _roll_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (_rolled(params, ct, -1),)


@dispatched
def moved_pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """`np.pad` in the modes that move elements: constant, edge, wrap, reflect, symmetric."""
    return np.pad(array, pad_width, mode, **keywords)


# --- pad: params are (widths, mode, keywords, shapes, source or None) --------------------------
# The source is there where an element appears more than once, or where the constant is not zero.


def widths_of(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = (width, width) if np.ndim(width) == 0 else tuple(width)
        return tuple(pairs)
    pairs = np.broadcast_to(np.asarray(pad_width), (ndim, 2)).tolist()
    return tuple((int(before), int(after)) for before, after in pairs)


def _pad_prepare(
    array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any
) -> tuple[tuple[Any, ...], Any]:
    shape = shape_of(array)
    widths = widths_of(pad_width, len(shape))
    constant = keywords.get("constant_values", 0)
    plain_zero = not is_number(constant) and not np.any(constant)
    if mode == "empty" or (mode == "constant" and plain_zero):
        return (array,), (widths, mode, (), (shape,), None)
    if mode == "constant":
        shapes = shape, shape_of(constant)
        x, c = numbered(*shapes)
        source = np.pad(x, widths, constant_values=np.broadcast_to(c, (len(shape), 2)))
        return (array, constant), (widths, mode, (), shapes, locked(source))
    (x,) = numbered(shape)
    source = np.pad(x, widths, mode, **keywords)
    return (array,), (widths, mode, tuple(keywords.items()), (shape,), locked(source))


def _pad_value(params: Any, x: Any, constant: Any = None) -> Any:
    widths, mode, keywords, shapes, source = params
    if constant is not None:
        if is_number(constant):
            flat = np.concatenate((np.reshape(x, -1), np.reshape(constant, -1)))
            return flat[source - 1]
        return np.pad(x, widths, mode, constant_values=constant)
    outer = leading(x, len(shapes[0]))
    if outer and mode == "empty":
        mode = "constant"  # tangents of undefined elements: zero
    if not outer and not widths:
        return np.copy(x)  # np.pad takes no empty tuple of widths
    return np.pad(x, ((0, 0),) * len(outer) + widths, mode, **dict(keywords))


def _pad_lanes(params: Any, *blocks: Any) -> Any:
    if len(blocks) == 1:
        return _pad_value(params, blocks[0])
    return pick(params[4], blocks, params[3])


def _pad_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
    widths, _, _, _, source = params
    if source is not None:
        return spread(source, ct, shapes)
    inside = tuple(slice(b, b + n) for (b, _), n in zip(widths, shapes[0], strict=True))
    return (ct[(slice(None), *inside)],)


REPEATING: tuple[Row, ...] = (
    Linear(np.repeat, _repeat_prepare, _repeat_value, _repeat_transpose, one_call=True),
    Linear(np.tile, _tile_prepare, _tile_value, _tile_transpose, one_call=True),
    Linear(np.roll, _roll_prepare, _roll_value, _roll_transpose, one_call=True),
    Linear(moved_pad, _pad_prepare, _pad_value, _pad_transpose, lanes=_pad_lanes, one_call=True),
    *composed_later("._padding", "pad", pin=False),
    moving(np.resize, "a"),
)
