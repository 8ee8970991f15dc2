"""Reductions of any ufunc: reduce, accumulate and reduceat of numbers.

NumPy's own call comes first: it gives the value, and the error where there is one. Operations
whose order does not matter are halved, so that n elements take log n steps and several axes are
one; all others go from element to element along their one axis.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._level import hush, unhush
from ._number import Number, as_array, primal, primal_tree

_REDUCE: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
_ACCUMULATE: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}
# What leaves the other operand as it is. The order of these operations does not matter.
_NEUTRAL: dict[Any, float] = {
    np.logaddexp: -math.inf,
    np.logaddexp2: -math.inf,
    np.hypot: 0.0,
    np.fmax: math.nan,
    np.fmin: math.nan,
}
_IN_ANY_ORDER = (*_NEUTRAL, np.maximum, np.minimum)
_NO_VALUE = np._NoValue


def as_dtype(ufunc: Any, x: Any, dtype: Any) -> Any:
    """The operand in the dtype that a reduction computes in."""
    if dtype is None:
        return x
    if np.dtype(dtype).kind not in "fc":
        raise NoRuleError(
            f"numpy.{ufunc.__name__} with dtype={np.dtype(dtype).name} has no derivative rule",
            "a floating dtype",
        )
    return x.astype(dtype)


def pinned(result: Any, value: Any) -> Any:
    """`result` with the bits of the plain call."""
    if not isinstance(result, Number):
        return value
    if not result.shape:
        result = of_kind(result, value)
    result._pin(value)
    return result


def of_kind(result: Number, value: Any) -> Any:
    """A scalar where NumPy answers with a scalar, an array without axes where with one."""
    if isinstance(value, np.ndarray) is isinstance(primal(result), np.ndarray):
        return result
    return result[...] if isinstance(value, np.ndarray) else result[()]


# --- reduce --------------------------------------------------------------------------------------


def reduce(
    ufunc: Any,
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: Any = False,
    initial: Any = _NO_VALUE,
    where: Any = True,
) -> Any:
    """``ufunc.reduce(x, ...)``."""
    x = as_array(x)
    target = _REDUCE.get(ufunc)
    if target is not None:
        given = {"dtype": dtype, "keepdims": keepdims, "initial": initial, "where": where}
        default = {"dtype": None, "keepdims": False, "initial": _NO_VALUE, "where": True}
        keywords = {k: v for k, v in given.items() if v is not default[k] and v is not _NO_VALUE}
        if "dtype" in keywords and target in (np.max, np.min):
            x = as_dtype(ufunc, x, keywords.pop("dtype"))
        return target(x, axis=axis, **keywords)
    x = as_dtype(ufunc, x, dtype)
    keywords = {"keepdims": keepdims, "where": where}
    if initial is not _NO_VALUE:
        keywords["initial"] = initial
    value = ufunc.reduce(primal(x), axis=axis, **primal_tree(keywords))
    if initial is None:
        initial = _NO_VALUE
    token = hush()  # the plain call has warned already
    try:
        y = _reduced(ufunc, x, axis, initial, where)
    finally:
        unhush(token)
    y = np.reshape(y, np.shape(value))
    # One element is its own reduction: what is pinned must not be the operand itself.
    return pinned(y.copy() if y.size == x.size else y, value)


def _reduced(ufunc: Any, x: Any, axis: Any, initial: Any, where: Any) -> Any:
    """The reduction without the axes of length 1 that keepdims asks for."""
    axes = _axes(axis, x.ndim)
    mask = None if where is True else np.broadcast_to(primal(where), x.shape)
    if ufunc in _NEUTRAL:
        x = x if mask is None else np.where(mask, x, _NEUTRAL[ufunc])
        y = _in_any_order(ufunc, _first(x, axes))
        return y if initial is _NO_VALUE else ufunc(initial, y)
    if not axes:
        y = x if initial is _NO_VALUE else ufunc(initial, x)
        return y if mask is None else np.where(mask, y, initial)
    if len(axes) > 1:
        raise NoRuleError(
            f"numpy.{ufunc.__name__}.reduce over several axes has no derivative rule",
            "reduce one axis at a time",
        )
    masks = None if mask is None else _first(mask, axes)
    if ufunc is np.subtract and masks is None:
        x = _first(x, axes)
        first, rest = (x[0], x[1:]) if initial is _NO_VALUE else (initial, x)
        return first - np.sum(rest, axis=0)
    return _fold(ufunc, _first(x, axes), masks, initial)[-1]


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None or not ndim:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(int(a) % ndim for a in axes)


def _first(x: Any, axes: tuple[int, ...]) -> Any:
    """x with `axes` joined into one first axis."""
    if axes == (0,):
        return x
    kept = [d for d in range(x.ndim) if d not in axes]
    moved = np.transpose(x, [*axes, *kept])
    return np.reshape(moved, (math.prod([x.shape[d] for d in axes]), *(x.shape[d] for d in kept)))


def _in_any_order(ufunc: Any, x: Any) -> Any:
    """The reduction over the first axis; ties of fmax and fmin have equal shares."""
    n = x.shape[0]
    if n == 0:
        return np.full(x.shape[1:], _NEUTRAL[ufunc])
    if ufunc in (np.fmax, np.fmin):
        extreme, worst = (np.max, -math.inf) if ufunc is np.fmax else (np.min, math.inf)
        missing = np.isnan(x)
        y = extreme(np.where(missing, worst, x), axis=0)
        lost = np.all(missing, axis=0)
        return np.where(lost, math.nan, y) if np.any(lost) else y
    while n > 1:
        pairs = ufunc(x[0 : n - 1 : 2], x[1:n:2])
        x = np.concatenate((pairs, x[n - 1 :])) if n % 2 else pairs
        n = x.shape[0]
    return x[0]


def _fold(ufunc: Any, slices: Any, masks: Any, initial: Any) -> list[Any]:
    """f(... f(f(x0, x1), x2) ..., xn) along the first axis, every step of it."""
    rest = 0
    if initial is _NO_VALUE:
        start, rest = slices[0], 1
    else:
        start = np.broadcast_to(initial, slices.shape[1:])
    steps = [start]
    for i in range(rest, slices.shape[0]):
        step = ufunc(steps[-1], slices[i])
        steps.append(step if masks is None else np.where(masks[i], step, steps[-1]))
    return steps


# --- accumulate and reduceat ---------------------------------------------------------------------


def accumulate(ufunc: Any, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    """``ufunc.accumulate(x, ...)``."""
    x = as_array(x)
    target = _ACCUMULATE.get(ufunc)
    if target is not None and np.ndim(x):
        return target(x, axis=axis, dtype=dtype)
    x = as_dtype(ufunc, x, dtype)
    value = ufunc.accumulate(primal(x), axis=axis)
    slices = np.moveaxis(x, axis, 0)
    if not slices.shape[0]:
        return x.copy()
    token = hush()
    try:
        steps = _steps(ufunc, slices)
    finally:
        unhush(token)
    return pinned(np.moveaxis(steps, 0, axis), value)


def _steps(ufunc: Any, slices: Any) -> Any:
    if ufunc is np.subtract:
        return np.concatenate((slices[:1], slices[:1] - np.cumsum(slices[1:], axis=0)))
    if ufunc in _IN_ANY_ORDER:
        return _scan(ufunc, slices)
    return np.stack(_fold(ufunc, slices, None, _NO_VALUE))


def _scan(ufunc: Any, x: Any) -> Any:
    """All partial results in log n steps: after each, one of 2 * step elements."""
    step = 1
    while step < x.shape[0]:
        x = np.concatenate((x[:step], ufunc(x[:-step], x[step:])))
        step *= 2
    return x


def reduceat(ufunc: Any, x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """NumPy's rule: segment i is x[indices[i]:indices[i+1]], or one element if that is empty."""
    x = as_dtype(ufunc, as_array(x), dtype)
    value = ufunc.reduceat(primal(x), primal_tree(indices), axis=axis)
    slices = np.moveaxis(x, axis, 0)
    bounds = [int(i) for i in np.asarray(primal_tree(indices))]
    pieces = []
    for start, stop in zip(bounds, [*bounds[1:], slices.shape[0]], strict=True):
        piece = slices[start:stop] if stop > start else slices[start : start + 1]
        pieces.append(reduce(ufunc, piece, 0))
    if not pieces:
        return value
    return pinned(np.moveaxis(np.stack(pieces), 0, axis), value)


__all__ = ["accumulate", "of_kind", "pinned", "reduce", "reduceat"]
