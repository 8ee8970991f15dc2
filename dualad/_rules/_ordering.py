"""Functions that pick elements by their order: max, sort, median, quantile and their kin.

The order is that of the primal values and has no derivative: `argsort` and comparisons of numbers
give plain arrays, and what is picked keeps its own derivative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import operand
from ._dispatch import dispatched
from ._row import Composed, Flat, Row


def _refuse_out(name: str, out: Any) -> None:
    if out is not None:
        raise NoRuleError(f"np.{name} with out= has no derivative rule", "the answer itself")


def _to_last(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """`a` with the axes `axis` joined into one last axis, and those axes counted from 0."""
    ndim = a.ndim
    if axis is None:
        return a.reshape(-1), tuple(range(ndim))
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    if not ndim and len(axes) == 1 and axes[0] in (0, -1):
        axes = ()  # NumPy takes these for a 0-d array
    if not axes:
        return np.reshape(a, (*a.shape, 1)), axes
    for d in axes:
        if not -ndim <= d < ndim:
            raise np.exceptions.AxisError(d, ndim)
    axes = tuple(d % ndim for d in axes)
    if axes == (ndim - 1,):
        return a, axes
    kept = [d for d in range(ndim) if d not in axes]
    a = a.transpose([*kept, *axes])
    if len(axes) > 1:
        a = a.reshape((*a.shape[: len(kept)], -1))
    return a, axes


def _restore(y: Any, shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> Any:
    if not keepdims:
        return y
    return np.reshape(y, tuple(1 if d in axes else n for d, n in enumerate(shape)))


# --- extremes ----------------------------------------------------------------------------------


def _extreme(name: str) -> Any:
    largest = name == "max"
    arg = np.argmax if largest else np.argmin
    merge = np.maximum if largest else np.minimum
    word = "maximum" if largest else "minimum"

    def body(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        _refuse_out(name, out)
        a = operand(a)
        shape = a.shape
        if where is not True:
            if initial is None:
                raise ValueError(
                    f"reduction operation '{word}' does not have an identity, so to use a where "
                    "mask one has to specify 'initial'"
                )
            a = np.where(where, a, initial)
        x, axes = _to_last(a, axis)
        if x.shape[-1] == 0:
            if initial is None:
                raise ValueError(
                    f"zero-size array to reduction operation {word} which has no identity"
                )
            y: Any = np.full(x.shape[:-1], initial, x.dtype)[()]
            return _restore(y, shape, axes, keepdims)
        y = _shared(x, np.take_along_axis(x, arg(x, axis=-1, keepdims=True), axis=-1))
        if initial is not None:
            y = merge(y, initial)
        return _restore(y, shape, axes, keepdims)

    return body


def _shared(x: Any, top: Any) -> Any:
    """The extreme over the last axis; elements that tie have equal shares in its derivative."""
    ties = x == top
    count = np.count_nonzero(ties, axis=-1)
    if np.all(count == 1):
        return top[..., 0]
    # A NaN equals nothing: no ties, and a NaN for value and derivative.
    ties = ties | np.isnan(top)
    share = np.where(count == 0, math.nan, count).astype(x.dtype)
    return np.sum(np.where(ties, x, 0.0), axis=-1) / share


# --- sorting -----------------------------------------------------------------------------------


def _sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    a = operand(a)
    if axis is None:
        a, axis = a.reshape(-1), -1
    return np.take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis=axis)


@dispatched
def _partition_order(a: Any, kth: Any, axis: int, kind: Any) -> Any:
    """The permutation that `np.partition` applies.

    `np.argpartition` need not apply the same one, so the elements are matched by their ranks;
    ties are matched in order.
    """
    done = np.partition(a, kth, axis=axis, kind=kind)
    ranked = np.argsort(a, axis=axis, kind="stable")
    place = np.argsort(np.argsort(done, axis=axis, kind="stable"), axis=axis, kind="stable")
    return np.take_along_axis(ranked, place, axis=axis)


def _partition(
    a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> Any:
    a = operand(a)
    if axis is None:
        a, axis = a.reshape(-1), -1
    return np.take_along_axis(a, _partition_order(a, kth, axis, kind), axis=axis)


# --- median and quantiles ----------------------------------------------------------------------


def _sorted_last(a: Any, axis: Any) -> tuple[Any, Any, tuple[int, ...]]:
    """`a` sorted along the joined axes, a mask of slices with a NaN, and the axes."""
    x, axes = _to_last(a, axis)
    s = np.take_along_axis(x, np.argsort(x, axis=-1, kind="stable"), axis=-1)
    return s, np.isnan(s[..., -1]), axes


def _spread_nan(y: Any, mask: Any) -> Any:
    """y with NaN as value and derivative where `mask` is set."""
    if not np.any(mask):
        return y
    return y * np.where(mask, math.nan, 1.0).astype(y.dtype)


def _median(
    a: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    _refuse_out("median", out)
    a = operand(a)
    s, mask, axes = _sorted_last(a, axis)
    n = s.shape[-1]
    middle = s[..., (n - 1) // 2 : n // 2 + 1]
    return _restore(_spread_nan(np.mean(middle, axis=-1), mask), a.shape, axes, keepdims)


@dispatched
def _quantile_dtype(fn: Any, a: Any, q: Any) -> np.dtype[Any]:
    """The dtype of NumPy's answer: versions differ for a Python number q and low precision."""
    return np.asarray(fn(np.zeros(1, a.dtype), q)).dtype


def _quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    _refuse_out("quantile", out)
    return _linear_quantile(np.quantile, operand(a), q, q, axis, method, keepdims, weights)


def _percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Any:
    _refuse_out("percentile", out)
    a = operand(a)
    q = operand(q) if isinstance(q, (list, tuple)) else q
    part = q / (a.dtype.type(100) if a.dtype.kind == "f" else 100)
    return _linear_quantile(np.percentile, a, q, part, axis, method, keepdims, weights)


def _linear_quantile(
    fn: Any, a: Any, given: Any, q: Any, axis: Any, method: str, keepdims: bool, weights: Any
) -> Any:
    if method != "linear" or weights is not None:
        what = f"method={method!r}" if weights is None else "weights="
        raise NoRuleError(f"np.{fn.__name__} with {what} has no derivative rule", "method='linear'")
    q = operand(q)
    if not (np.all(q >= 0) and np.all(q <= 1)):
        top = 1 if fn is np.quantile else 100
        raise ValueError(f"{fn.__name__.capitalize()}s must be in the range [0, {top}]")
    s, mask, axes = _sorted_last(a, axis)
    n, shape_q = s.shape[-1], np.shape(q)
    place = np.reshape(q, -1) * (n - 1)
    floor = np.floor(place)
    below = floor.astype(np.intp)
    above = np.minimum(below + 1, n - 1)
    low, high = s[..., below], s[..., above]
    part = place - floor
    slope = high - low
    y = np.where(part >= 0.5, high - slope * (1 - part), low + slope * part)
    y = np.moveaxis(_spread_nan(y, mask[..., None]), -1, 0)  # NumPy puts the axes of q first
    if a.dtype != np.float64:
        y = y.astype(_quantile_dtype(fn, a, given))
    shape = a.shape
    kept = tuple(1 if d in axes else m for d, m in enumerate(shape) if keepdims or d not in axes)
    return np.reshape(y, shape_q + kept)


ORDERING: tuple[Row, ...] = (
    Composed(np.max, _extreme("max")),
    Composed(np.min, _extreme("min")),
    Composed(np.amax, _extreme("max")),
    Composed(np.amin, _extreme("min")),
    Composed(np.sort, _sort),
    Composed(np.partition, _partition, pin=False),
    Flat(_partition_order),
    Flat(_quantile_dtype),
    Composed(np.median, _median),
    Composed(np.quantile, _quantile),
    Composed(np.percentile, _percentile),
)
