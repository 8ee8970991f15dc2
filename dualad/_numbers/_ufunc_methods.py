"""Methods of ufuncs (reduce, accumulate, reduceat, outer, at), and ufuncs with `where=`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError
from .._rules import TABLE
from ._assign import fit
from ._level import hush, unhush
from ._number import Number, escape, first_number, highest, primal, primal_tree

_REDUCE: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
_ACCUMULATE: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}
_NO_VALUE = np._NoValue


def ufunc_method(ufunc: Any, method: str) -> Callable[..., Any]:
    """The method of a ufunc that has a row.

    Raises
    ------
    NoRuleError
        If the method makes no sense for derivatives.
    """
    handler = _METHODS.get(method)
    if handler is None or (method != "at" and ufunc.nin != 2):
        raise NoRuleError(
            f"numpy.{ufunc.__name__}.{method} has no derivative rule",
            "write the loop or the reduction out",
        )
    return handler


# --- reductions ----------------------------------------------------------------------------------


def _reduce(
    ufunc: Any,
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = _NO_VALUE,
    where: Any = True,
) -> Any:
    target = _REDUCE.get(ufunc)
    if target is not None:
        given = {"dtype": dtype, "keepdims": keepdims, "initial": initial, "where": where}
        default = {"dtype": None, "keepdims": False, "initial": _NO_VALUE, "where": True}
        keywords = {k: v for k, v in given.items() if v is not default[k] and v is not _NO_VALUE}
        if "dtype" in keywords and target in (np.max, np.min):
            x = _as_dtype(ufunc, x, keywords.pop("dtype"))
        return target(x, axis=axis, **keywords)
    x = _as_dtype(ufunc, x, dtype)
    axis = _one_axis(ufunc, x, axis)
    slices = np.moveaxis(x, axis, 0)
    masks = None if where is True else np.moveaxis(np.broadcast_to(where, x.shape), axis, 0)
    steps = _fold(ufunc, slices, masks, initial)
    result = np.expand_dims(steps[-1], axis) if keepdims else steps[-1]
    keywords = {"keepdims": keepdims, "where": where}
    if initial is not _NO_VALUE:
        keywords["initial"] = primal_tree(initial)
    return _pinned(result, ufunc.reduce(primal(x), axis=axis, **keywords))


def _accumulate(ufunc: Any, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    target = _ACCUMULATE.get(ufunc)
    if target is not None:
        return target(x, axis=axis, dtype=dtype)
    x = _as_dtype(ufunc, x, dtype)
    value = ufunc.accumulate(primal(x), axis=axis)
    slices = np.moveaxis(x, axis, 0)
    if not slices.shape[0]:
        return x.copy()
    steps = _fold(ufunc, slices, None, _NO_VALUE)
    return _pinned(np.moveaxis(np.stack(steps), 0, axis), value)


def _fold(ufunc: Any, slices: Any, masks: Any, initial: Any) -> list[Any]:
    """f(... f(f(x0, x1), x2) ..., xn) along the first axis, every step of it."""
    rest = 0
    if initial is _NO_VALUE:
        start, rest = slices[0], 1
        if masks is not None:
            raise NoRuleError(
                f"numpy.{ufunc.__name__}.reduce with where= needs initial= here",
                "pass the identity of the operation as initial=",
            )
    else:
        start = np.broadcast_to(initial, slices.shape[1:])
    steps = [start]
    for i in range(rest, slices.shape[0]):
        step = ufunc(steps[-1], slices[i])
        steps.append(step if masks is None else np.where(masks[i], step, steps[-1]))
    return steps


def _one_axis(ufunc: Any, x: Any, axis: Any) -> int:
    if axis is None and x.ndim == 1:
        return 0
    if isinstance(axis, tuple) and len(axis) == 1:
        (axis,) = axis
    if not isinstance(axis, (int, np.integer)) or isinstance(axis, bool):
        raise NoRuleError(
            f"numpy.{ufunc.__name__}.reduce over axis={axis} of shape {x.shape} has no derivative "
            "rule",
            "reduce one axis at a time",
        )
    if not -x.ndim <= axis < x.ndim:
        raise np.exceptions.AxisError(int(axis), x.ndim)
    return int(axis)


def _as_dtype(ufunc: Any, x: Any, dtype: Any) -> Any:
    if dtype is None:
        return x
    if np.dtype(dtype).kind not in "fc":
        raise NoRuleError(
            f"numpy.{ufunc.__name__} with dtype={np.dtype(dtype).name} has no derivative rule",
            "a floating dtype",
        )
    return x.astype(dtype)


def _pinned(result: Any, value: Any) -> Any:
    """`result` with the bits of the plain call."""
    result._pin(value)
    return result


def _reduceat(ufunc: Any, x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """NumPy's rule: segment i is x[indices[i]:indices[i+1]], or one element if that is empty."""
    x = _as_dtype(ufunc, x, dtype)
    value = ufunc.reduceat(primal(x), primal_tree(indices), axis=axis)
    slices = np.moveaxis(x, axis, 0)
    bounds = [int(i) for i in np.asarray(primal_tree(indices))]
    pieces = []
    for start, stop in zip(bounds, [*bounds[1:], slices.shape[0]], strict=True):
        piece = slices[start:stop] if stop > start else slices[start : start + 1]
        pieces.append(_reduce(ufunc, piece, 0))
    if not pieces:
        return value
    return _pinned(np.moveaxis(np.stack(pieces), 0, axis), value)


def _outer(ufunc: Any, x: Any, y: Any, **keywords: Any) -> Any:
    shape = np.shape(x) + (1,) * np.ndim(y)
    return ufunc(np.reshape(x, shape), y, **keywords)


# --- in place ------------------------------------------------------------------------------------


def _at(ufunc: Any, x: Any, index: Any, *values: Any) -> None:
    """In-place `ufunc.at`, with repeated indices acting one after the other."""
    if not isinstance(x, Number):
        escape(
            first_number((values, index)),
            f"numpy.{ufunc.__name__}.at cannot store a derivative in a plain array",
            "start from np.zeros_like(x) of a differentiated x",
        )
    index = primal_tree(index)
    index = index if isinstance(index, tuple) else (index,)
    operands: list[Any] = [v if isinstance(v, Number) else np.asarray(v) for v in values]
    if ufunc is np.subtract:
        operands = [-operands[0]]
    if ufunc in (np.add, np.subtract):
        x._add_at(index, operands[0])
        return
    numbers = np.asarray(np.arange(x.size).reshape(x.shape)[index])
    # Copies: x itself may stand on the right.
    flat = [np.broadcast_to(v, numbers.shape).reshape(-1).copy() for v in operands]
    value = np.array(primal(x))
    ufunc.at(value, index, *map(primal, operands))
    result = x.copy(order="K")
    token = hush()  # the plain call has warned already
    try:
        for position, number in enumerate(numbers.reshape(-1)):
            where = tuple(int(i) for i in np.unravel_index(int(number), x.shape))
            result[where] = ufunc(result[where], *[v[position] for v in flat])
    finally:
        unhush(token)
    x[...] = _pinned(result, value)


_METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
    "at": _at,
}


# --- where= --------------------------------------------------------------------------------------


def masked(ufunc: Any, inputs: tuple[Any, ...], where: Any, out: Any) -> Any:
    """``ufunc(*inputs, where=where, out=out)`` as a new array.

    Only the selected elements are computed, as NumPy does: the others must not warn.
    """
    if isinstance(where, Number):
        escape(where, "the mask where= carries a derivative", "where=da.primal(mask)")
    if out is None:
        raise InputError(
            f"numpy.{ufunc.__name__}(..., where=mask) without out= leaves elements undefined",
            "pass out=np.zeros_like(x), or use np.where",
        )
    where = np.asarray(where)
    shape = np.broadcast_shapes(*(np.shape(x) for x in inputs), where.shape)
    mask = np.broadcast_to(where, np.broadcast_shapes(shape, np.shape(out)))
    fit(np.broadcast_to(0.0, mask.shape), out, f"numpy.{ufunc.__name__}(..., where=mask)")
    chosen = [np.broadcast_to(x, mask.shape)[mask] if np.ndim(x) else x for x in inputs]
    value = np.array(primal(out))
    ufunc(*primal_tree(inputs), where=mask, out=value)
    token = hush()  # the line above has warned already
    try:
        answer = ufunc(*chosen)
    finally:
        unhush(token)
    row: Any = TABLE[operator.setitem]
    operands, params = row.prepare(out, mask, answer)
    top = highest(operands)
    if top is None:
        return value
    return _pinned(top._array_row(row, operands, params), value)
