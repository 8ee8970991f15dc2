"""The rows of concatenate, stack and their kin.

All of them give each operand a fitting shape and then concatenate along one axis, so one transpose
serves all: cut the cotangent along that axis, and give each piece the operand's shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from .._errors import NoRuleError
from ._moving import Shape, Shapes, lanes_of, shape_of, zeros
from ._row import Composed, Linear, Row

# params: (shapes as they are concatenated, axis, positional arguments, keywords)
Fit = Callable[[Sequence[Shape]], tuple[list[Shape], int]]


def _row(fn: Any, split: Callable[..., tuple[Any, tuple[Any, ...], dict[str, Any], Fit]]) -> Linear:
    """The row of `fn`; `split` takes fn's arguments apart and says how the shapes are fitted."""

    def prepare(*args: Any, **keywords: Any) -> tuple[tuple[Any, ...], Any]:
        keywords.pop("out", None)
        members, rest, keywords, fit = split(*args, **keywords)
        operands = tuple(members)
        if not operands:
            raise ValueError("need at least one array to concatenate")
        _check_dtype(fn, keywords.get("dtype"))
        fitted, axis = fit([shape_of(x) for x in operands])
        return operands, (tuple(fitted), axis, rest, tuple(keywords.items()))

    def value(params: Any, *operands: Any) -> Any:
        return fn(operands, *params[2], **dict(params[3]))

    def lanes(params: Any, *blocks: Any) -> Any:
        shapes, axis, _, keywords = params
        k, _ = lanes_of(blocks)
        known = next(b for b in blocks if b is not None)
        parts = [
            zeros(k, s, known) if b is None else b.reshape((k, *s))
            for b, s in zip(blocks, shapes, strict=True)
        ]
        return np.concatenate(parts, axis=axis, **dict(keywords))

    def transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
        fitted, axis, _, _ = params
        k = ct.shape[0]
        # stack has one axis more than its operands: `fitted` has it already.
        behind = (slice(None),) * (-1 - axis)
        pieces, start = [], 0
        for full, shape in zip(fitted, shapes, strict=True):
            stop = start + full[axis]
            piece = ct[(Ellipsis, slice(start, stop), *behind)]
            pieces.append(piece.reshape((k, *shape)))
            start = stop
        return tuple(pieces)

    return Linear(fn, prepare, value, transpose, lanes=lanes)


def _check_dtype(fn: Any, dtype: Any) -> None:
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise NoRuleError(f"numpy.{fn.__name__} with dtype={dtype!r} has no derivative rule")


def _concatenate(
    arrays: Any, axis: int | None = 0, **keywords: Any
) -> tuple[Any, tuple[Any, ...], dict[str, Any], Fit]:
    def fit(shapes: Sequence[Shape]) -> tuple[list[Shape], int]:
        if axis is None:
            return [(int(np.prod(s, dtype=np.intp)),) for s in shapes], -1
        ndim = len(shapes[0])
        if ndim == 0:
            raise ValueError("zero-dimensional arrays cannot be concatenated")
        return list(shapes), normalize_axis_index(axis, ndim) - ndim

    return arrays, (axis,), keywords, fit


def _stack(
    arrays: Any, axis: int = 0, **keywords: Any
) -> tuple[Any, tuple[Any, ...], dict[str, Any], Fit]:
    def fit(shapes: Sequence[Shape]) -> tuple[list[Shape], int]:
        ndim = len(shapes[0]) + 1
        at = normalize_axis_index(axis, ndim)
        return [(*s[:at], 1, *s[at:]) for s in shapes], at - ndim

    return arrays, (axis,), keywords, fit


def _fitted(fit: Fit) -> Callable[..., tuple[Any, tuple[Any, ...], dict[str, Any], Fit]]:
    def split(tup: Any, **keywords: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any], Fit]:
        return tup, (), keywords, fit

    return split


def _hstack(shapes: Sequence[Shape]) -> tuple[list[Shape], int]:
    fitted = [s or (1,) for s in shapes]
    return fitted, -1 if len(fitted[0]) == 1 else 1 - len(fitted[0])


def _vstack(shapes: Sequence[Shape]) -> tuple[list[Shape], int]:
    fitted = [s if len(s) > 1 else (1, *(s or (1,))) for s in shapes]
    return fitted, -len(fitted[0])


def three(shape: Shape) -> Shape:
    """The shape that `atleast_3d` gives."""
    return ((1, 1, 1), (1, *shape, 1), (*shape, 1), shape)[min(len(shape), 3)]


def _dstack(shapes: Sequence[Shape]) -> tuple[list[Shape], int]:
    fitted = [three(s) for s in shapes]
    return fitted, 2 - len(fitted[0])


def _column_stack(shapes: Sequence[Shape]) -> tuple[list[Shape], int]:
    fitted = [s if len(s) > 1 else (*(s or (1,)), 1) for s in shapes]
    return fitted, 1 - len(fitted[0])


# --- composed ----------------------------------------------------------------------------------


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


def _depth(arrays: Any) -> int:
    """How deep the lists are nested; NumPy wants them all equally deep and none empty."""
    if type(arrays) is not list:
        return 0
    depths = set(map(_depth, arrays))
    if len(depths) != 1:
        raise ValueError("List depths are mismatched, or a list is empty")
    return 1 + depths.pop()


def _leaves(arrays: Any) -> list[Any]:
    return [x for a in arrays for x in _leaves(a)] if type(arrays) is list else [arrays]


def _block(arrays: Any) -> Any:
    """Lists of the innermost level are joined along the last axis, those around them before it."""
    depth = _depth(arrays)
    ndim = max(depth, *(len(shape_of(x)) for x in _leaves(arrays)))

    def join(part: Any, level: int) -> Any:
        if type(part) is not list:
            shape = shape_of(part)
            return np.reshape(part, (1,) * (ndim - len(shape)) + shape)
        return np.concatenate([join(p, level - 1) for p in part], axis=-level)

    whole = join(arrays, depth)
    return whole.copy() if depth == 0 else whole


JOINING: tuple[Row, ...] = (
    _row(np.concatenate, _concatenate),
    _row(np.stack, _stack),
    _row(np.hstack, _fitted(_hstack)),
    _row(np.vstack, _fitted(_vstack)),
    _row(np.dstack, _fitted(_dstack)),
    _row(np.column_stack, _fitted(_column_stack)),
    Composed(np.append, _append, pin=False),
    Composed(np.block, _block, pin=False),
)
