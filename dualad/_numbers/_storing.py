"""Storing into stacked arrays, in place: ``target[index] = v`` on value and parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import LevelError
from ._blocks import join, lift
from ._number import Number


def _moves_axes(index: tuple[Any, ...]) -> bool:
    """Whether several advanced indices may make NumPy move axes away from behind the lanes."""
    arrays = sum(isinstance(i, (list, np.ndarray)) for i in index)
    return arrays > 1 or (arrays == 1 and any(isinstance(i, (int, np.integer)) for i in index))


def assign(target: Any, index: tuple[Any, ...], v: Any) -> None:
    """``target[index] = v`` on value and parts, in place."""
    d, level = target._d, target._level
    if isinstance(v, Number) and v._level is not level and v._level.n >= level.n:
        raise LevelError(
            "a number of an inner derivative was stored in an array of an outer one",
            "return it from the function, or make the array inside (np.zeros_like of the "
            "inner variable)",
        )
    same = isinstance(v, Number) and v._level is level
    value, parts = (v._value, v._parts()) if same else (v, None)
    if _moves_axes(index):
        d[0][index] = value
        for lane in range(1, d.shape[0]):
            d[lane][index] = 0.0 if parts is None else parts[lane - 1]
        return
    whole = (slice(None), *index)
    if parts is None:
        # Not d[(0, *index)]: beside an array in the index 0 would count as one, and move axes.
        d[0, ...][index] = value
        d[1:][whole] = 0.0
        return
    hole = d[whole]
    block = join(value, parts, d.shape[0] - 1) if v.ndim else None
    if block is None:
        d[(0, *index)] = value
        d[1:][whole] = lift(parts, 0, hole.ndim - 1)
        return
    extra = block.ndim - hole.ndim
    if extra > 0:  # NumPy lets (1, 3) be stored in (3,)
        block = block.reshape(block.shape[:1] + block.shape[1 + extra :])
    d[whole] = lift(block, block.ndim - 1, hole.ndim - block.ndim)
