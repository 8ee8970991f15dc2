"""Functions that pick elements by their order: max, sort, partition; medians and quantiles.

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
from ._later import composed_later
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


ORDERING: tuple[Row, ...] = (
    Composed(np.max, _extreme("max")),
    Composed(np.min, _extreme("min")),
    Composed(np.amax, _extreme("max")),
    Composed(np.amin, _extreme("min")),
    Composed(np.sort, _sort),
    Composed(np.partition, _partition, pin=False),
    Flat(_partition_order),
    *composed_later("._quantiles", "median quantile percentile"),
)
