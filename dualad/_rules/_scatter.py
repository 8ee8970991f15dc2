"""`np.add.at` as a function: an array with values added at an index, repeated indices too."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._row import Linear


def add_at(x: Any, index: tuple[Any, ...], v: Any) -> Any:
    """A copy of x after ``np.add.at(copy, index, v)``."""
    out = x.copy(order="K")
    np.add.at(out, index, v)
    return out


def _prepare(x: Any, index: tuple[Any, ...], v: Any) -> tuple[tuple[Any, ...], Any]:
    return (x, v), (index,)


def _value(params: Any, x: Any, v: Any) -> Any:
    return add_at(x, params[0], v)


def _lanes(params: Any, x: Any, v: Any) -> Any:
    if v is None:
        return x
    raise AssertionError("stacked numbers add in place and never come here")


def _sum_to(block: Any, shape: tuple[int, ...]) -> Any:
    """Sum a block of lanes over the axes along which an operand of this shape was broadcast."""
    extra = block.ndim - 1 - len(shape)
    if extra > 0:
        block = np.sum(block, axis=tuple(range(1, 1 + extra)))
    axes = tuple(i + 1 for i, n in enumerate(shape) if n == 1 and block.shape[i + 1] != 1)
    return np.sum(block, axis=axes, keepdims=True) if axes else block


def _transpose(params: Any, ct: Any, shapes: Any) -> tuple[Any, ...]:
    numbers = np.arange(int(np.prod(shapes[0], dtype=np.intp))).reshape(shapes[0])[params[0]]
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
