"""The rows of sums and differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from .._errors import NoRuleError
from ._contract import align
from ._moving import Shapes, add_up, lanes_of, leading, shape_of, zeros
from ._row import Composed, Linear, Row

_NO = np._NoValue  # NumPy's own default of keepdims, initial, where
Axes = tuple[int, ...]


def negative_axes(axis: Any, ndim: int) -> Axes:
    """The axes of a reduction, counted from the end; NumPy lets axis 0 of a scalar pass."""
    if axis is None:
        return tuple(range(-ndim, 0))
    if ndim == 0 and axis in (0, -1):
        return ()
    return tuple(a - ndim for a in normalize_axis_tuple(axis, ndim))


def _float_dtype(name: str, dtype: Any) -> None:
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise NoRuleError(
            f"numpy.{name} with dtype={dtype!r} has no derivative rule",
            "leave dtype= out, or round the primal value",
        )


# --- sum: params are (axes, keepdims, dtype, mask or True) -------------------------------------


def _sum_prepare(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = _NO,
    initial: Any = _NO,
    where: Any = _NO,
) -> tuple[tuple[Any, ...], Any]:
    del out
    if dtype is not None:
        _float_dtype("sum", dtype)
    axes = negative_axes(axis, len(shape_of(a)))
    mask = True if where is _NO or where is True else np.asarray(where)
    params = axes, keepdims is not _NO and bool(keepdims), dtype, mask
    return ((a,) if initial is _NO or initial is None else (a, initial)), params


def _sum_value(params: Any, a: Any, initial: Any = 0) -> Any:
    axes, keep, dtype, mask = params
    if mask is True and type(initial) is int and initial == 0:
        return np.add.reduce(a, axis=axes, dtype=dtype, keepdims=keep)
    return np.sum(a, axis=axes, dtype=dtype, keepdims=keep, initial=initial, where=mask)


def _sum_lanes(params: Any, a: Any, initial: Any = None) -> Any:
    if a is None:
        raise NoRuleError(
            "numpy.sum of a constant with a differentiated initial= has no derivative rule",
            "np.sum(x) + initial",
        )
    out = _sum_value(params, a)
    return out if initial is None else out + align(initial, out.ndim - 1)


def _sum_transpose_one(params: Any, ct: Any, shape: tuple[int, ...]) -> Any:
    """Of a sum over everything to one number, without a mask; None where it is another sum."""
    axes, keep, _, mask = params
    if len(axes) != len(shape) or keep or mask is not True:
        return None
    out = np.empty(shape)
    out.fill(ct)
    return out


def _sum_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
    axes, keep, _, mask = params
    shape = shapes[0]
    k, ndim = ct.shape[0], len(shape)
    block = ct
    if not keep:
        block = ct.reshape((k, *(1 if i - ndim in axes else n for i, n in enumerate(shape))))
    block = np.broadcast_to(block, (k, *shape))
    if mask is not True:
        block = np.where(mask, block, 0.0)
    if len(shapes) == 1:
        return (block,)
    return block, ct.sum(axis=tuple(range(1, ct.ndim)))


# --- cumsum: params are (axis, dtype, shape, first): axis None runs over the flattened array;
# first: the answer begins with a zero (cumulative_sum) -----------------------------------------


def _cumsum_prepare(
    a: Any, axis: int | None = None, dtype: Any = None, out: Any = None
) -> tuple[tuple[Any], Any]:
    del out
    _float_dtype("cumsum", dtype)
    shape = shape_of(a)
    if len(shape) == 1 and axis is None:
        axis = -1
    elif axis is not None:
        n = len(shape)
        axis = normalize_axis_index(axis, n) - n if n else None
    return (a,), (axis, dtype, shape, False)


def _cumulative_sum_prepare(
    x: Any,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> tuple[tuple[Any], Any]:
    shape = shape_of(x)
    if len(shape) == 0:
        raise ValueError("Input arrays must be at least one dimensional, but got a scalar.")
    if axis is None and len(shape) > 1:
        raise ValueError(
            "For arrays which have more than one dimension ``axis`` argument is required."
        )
    operands, (axis, dtype, _, _) = _cumsum_prepare(x, axis, dtype, out)
    return operands, (axis, dtype, shape, bool(include_initial))


def _cumsum_value(params: Any, a: Any) -> Any:
    axis, dtype, shape, first = params
    if axis is None:
        outer = leading(a, len(shape))
        if not outer:
            return np.cumsum(a, dtype=dtype)
        a, axis = a.reshape((*outer, math.prod(shape))), -1
    out = np.cumsum(a, axis=axis, dtype=dtype)
    if not first:
        return out
    at = list(out.shape)
    at[axis] = 1
    return np.concatenate((np.zeros(at, out.dtype), out), axis=axis)


def _cumsum_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    axis, _, _, first = params
    if axis is None:
        axis = -1
    if first:
        ct = ct[(Ellipsis, slice(1, None), *(slice(None),) * (-1 - axis))]
    back = np.flip(np.cumsum(np.flip(ct, axis), axis=axis), axis)
    return (back.reshape((ct.shape[0], *shapes[0])),)


# --- diff: params are (n, axis, lengths of the joined parts along it, shapes) ------------------


def _diff_prepare(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = _NO, append: Any = _NO
) -> tuple[tuple[Any, ...], Any]:
    shape = shape_of(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if not shape:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normalize_axis_index(axis, len(shape)) - len(shape)
    given = (prepend is not _NO, append is not _NO) if n else (False, False)
    operands = (a,)
    operands += (prepend,) if given[0] else ()
    operands += (append,) if given[1] else ()
    return operands, (n, axis, given, tuple(map(shape_of, operands)))


def _diff_value(params: Any, *operands: Any) -> Any:
    n, axis, (before, _), _ = params
    a, ends = operands[0], list(operands[1:])
    keywords = {}
    if before:
        keywords["prepend"] = ends.pop(0)
    if ends:
        keywords["append"] = ends.pop(0)
    return np.diff(a, n, axis, **keywords)


def _end_shape(shape: tuple[int, ...], end: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """The shape in which `prepend` or `append` is joined: a scalar is repeated over the others."""
    if end:
        return end
    joined = list(shape)
    joined[axis] = 1
    return tuple(joined)


def _in_order(params: Any, parts: Any) -> list[Any]:
    """(a, prepend, append), those that are given, in the order in which they are joined."""
    a, *ends = parts
    return [ends[0], a, *ends[1:]] if params[2][0] else [a, *ends]


def _diff_lanes(params: Any, *blocks: Any) -> Any:
    n, axis, _, shapes = params
    if len(blocks) > 1:
        k, _ = lanes_of(blocks)
        known = next(b for b in blocks if b is not None)
        parts = []
        for block, shape in zip(blocks, shapes, strict=True):
            full = (k, *_end_shape(shapes[0], shape, axis))
            if block is None:
                parts.append(zeros(k, full[1:], known))
            else:
                parts.append(np.broadcast_to(align(block, len(full) - block.ndim), full))
        blocks = (np.concatenate(_in_order(params, parts), axis=axis),)
    return np.diff(blocks[0], n, axis)


def _diff_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
    n, axis, _, _ = params
    ends = [_end_shape(shapes[0], s, axis) for s in shapes[1:]]
    lengths = [s[axis] for s in _in_order(params, [shapes[0], *ends])]
    total = sum(lengths)
    for i in reversed(range(n)):
        if total - i > 0:  # an empty array stays empty
            edge = list(ct.shape)
            edge[axis] = 1
            zero = np.zeros(edge, ct.dtype)
            ct = np.diff(np.concatenate((zero, -ct, zero), axis=axis), axis=axis)
    if len(shapes) == 1:
        return (ct,)
    parts, start = [], 0
    for length in lengths:
        where = (Ellipsis, slice(start, start + length), *(slice(None),) * (-1 - axis))
        parts.append(ct[where])
        start += length
    order = [1, 0, 2] if params[2][0] else [0, 1]
    out = [parts[i] for i in order[: len(parts)]]
    return tuple(
        p if s else p.sum(axis=tuple(range(1, p.ndim))) for p, s in zip(out, shapes, strict=True)
    )


# --- bincount: params are (bins, minlength) ----------------------------------------------------


def _bincount_prepare(
    x: Any, /, weights: Any = None, minlength: int = 0
) -> tuple[tuple[Any, ...], Any]:
    if weights is None:
        return (), (np.asarray(x), minlength)
    return (weights,), (np.asarray(x), minlength)


def _bincount_value(params: Any, *weights: Any) -> Any:
    bins, minlength = params
    return np.bincount(bins, weights[0] if weights else None, minlength)


def _bincount_lanes(params: Any, block: Any) -> Any:
    bins, minlength = params
    size = max(int(bins.max(initial=-1)) + 1, minlength)
    return add_up(block, bins + 1, size + 1)[:, 1:]


def _bincount_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (ct[:, params[0]],)


# --- composed ----------------------------------------------------------------------------------


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = [] if to_begin is None else [np.ravel(to_begin)]
    parts.append(np.diff(np.ravel(ary)))
    if to_end is not None:
        parts.append(np.ravel(to_end))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


SUMS: tuple[Row, ...] = (
    Linear(
        np.sum,
        _sum_prepare,
        _sum_value,
        _sum_transpose,
        lanes=_sum_lanes,
        one_call=True,
        transpose_one=_sum_transpose_one,
    ),
    Linear(np.cumsum, _cumsum_prepare, _cumsum_value, _cumsum_transpose, one_call=True),
    Linear(np.diff, _diff_prepare, _diff_value, _diff_transpose, lanes=_diff_lanes, one_call=True),
    Linear(np.bincount, _bincount_prepare, _bincount_value, _bincount_transpose, _bincount_lanes),
    Composed(np.ediff1d, _ediff1d, pin=False),
)
if hasattr(np, "cumulative_sum"):
    SUMS += (
        Linear(
            np.cumulative_sum,
            _cumulative_sum_prepare,
            _cumsum_value,
            _cumsum_transpose,
            one_call=True,
        ),
    )
