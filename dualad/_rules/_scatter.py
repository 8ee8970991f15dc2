"""`np.add.at` as a function: an array with values added at an index, repeated indices too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._moving import is_number
from ._row import Linear


def add_at(x: Any, index: tuple[Any, ...], v: Any) -> Any:
    """A copy of x after ``np.add.at(copy, index, v)``."""
    out = x.copy(order="K")
    if is_number(v) and not is_number(x):
        out = np.zeros_like(v, shape=out.shape, dtype=out.dtype) + out
    np.add.at(out, index, v)
    return out


def _prepare(x: Any, index: tuple[Any, ...], v: Any) -> tuple[tuple[Any, ...], Any]:
    return (x, v), (index, np.shape(x))


def _value(params: Any, x: Any, v: Any) -> Any:
    return add_at(x, params[0], v)


def _numbers(params: Any) -> Any:
    """Positions, in C order, of the elements that are added to."""
    index, shape = params
    return np.arange(math.prod(shape)).reshape(shape)[index]


def _lanes(params: Any, x: Any, v: Any) -> Any:
    if v is None:
        return x
    numbers, shape = _numbers(params), params[1]
    k, missing = v.shape[0], numbers.ndim - (v.ndim - 1)
    if missing > 0:
        v = v.reshape((k, *(1,) * missing, *v.shape[1:]))
    values = np.broadcast_to(v, (k, *numbers.shape)).reshape((k, numbers.size))
    out = np.zeros_like(values, shape=(k, math.prod(shape)))
    index: Any = (slice(None), numbers.reshape(-1))
    np.add.at(out, index, values)
    out = out.reshape((k, *shape))
    return out if x is None else x + out


def _sum_to(block: Any, shape: tuple[int, ...]) -> Any:
    """Sum a block of lanes over the axes along which an operand of this shape was broadcast."""
    extra = block.ndim - 1 - len(shape)
    if extra > 0:
        block = np.sum(block, axis=tuple(range(1, 1 + extra)))
    axes = tuple(i + 1 for i, n in enumerate(shape) if n == 1 and block.shape[i + 1] != 1)
    return np.sum(block, axis=axes, keepdims=True) if axes else block


def _transpose(params: Any, ct: Any, shapes: Any) -> tuple[Any, ...]:
    numbers = _numbers(params)
    flat = ct.reshape((ct.shape[0], -1))[:, numbers.reshape(-1)]
    gathered = flat.reshape((ct.shape[0], *numbers.shape))
    return ct, _sum_to(gathered, shapes[1])


ADD_AT = Linear(
    add_at,
    prepare=_prepare,
    value=_value,
    transpose=_transpose,
    lanes=_lanes,
)
