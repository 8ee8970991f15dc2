"""Storing into stacked arrays, in place: ``target[index] = v`` on value and parts."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .._errors import LevelError
from ._blocks import join, lift
from ._number import Number


def _moves_axes(index: tuple[Any, ...]) -> bool:
    """Whether several advanced indices may make NumPy move axes away from behind the lanes."""
    arrays = sum(isinstance(i, (list, np.ndarray)) for i in index)
    return arrays > 1 or (arrays == 1 and any(isinstance(i, (int, np.integer)) for i in index))


def split(target: Any, v: Any) -> tuple[Any, Any]:
    """The value of v and its parts (None: a constant), which `target` can now hold.

    Raises
    ------
    LevelError
        If v belongs to a derivative that `target` knows nothing of.
    """
    level = target._level
    if not isinstance(v, Number):
        return v, None
    if v._level is level:
        value, parts = v._value, v._parts()
    elif v._level.n < level.n:
        value, parts = v, None
    else:
        raise LevelError(
            "a number of an inner derivative was stored in an array of an outer one",
            "return it from the function, or make the array inside (np.zeros_like of the "
            "inner variable)",
        )
    for number in (value, parts):
        if isinstance(number, Number) and type(target._d) is np.ndarray:
            _deepen(target, number)
    return value, parts


def _deepen(target: Any, number: Any) -> None:
    """Let the block of `target`, plain until now, hold numbers of a lower level.

    The block is replaced, which views of it would not see.
    """
    if target._d.base is not None or _references(target) != _ALONE:
        raise LevelError(
            "a number of an outer derivative was stored in a view, or an array with views, of an "
            "inner derivative that had not met the outer one before",
            "y = y + 0.0 * a[0] with a number a of the outer one, before the views are made",
        )
    target._d = number._plain_zeros(target._d)


def _references(target: Any) -> int:
    return sys.getrefcount(target._d)


class _Probe:
    """Something with a block that nothing else refers to, to learn what the count is then."""

    __slots__ = ("_d",)

    def __init__(self) -> None:
        self._d = np.zeros(1)


_ALONE = _references(_Probe())


def _put(d: Any, place: Any, index: tuple[Any, ...], v: Any) -> None:
    """``d[place][index] = v``, also where a part of a careful number is a copy of it."""
    part = d[place]
    part[index] = v
    if type(part) is not np.ndarray:
        d[place] = part


def assign(target: Any, index: tuple[Any, ...], v: Any) -> None:
    """``target[index] = v`` on value and parts, in place."""
    value, parts = split(target, v)
    d = target._d
    if _moves_axes(index):
        _put(d, 0, index, value)
        for lane in range(1, d.shape[0]):
            _put(d, lane, index, 0.0 if parts is None else parts[lane - 1])
        return
    whole, behind = (slice(None), *index), (slice(1, None), *index)
    if parts is None:
        # Not d[(0, *index)]: beside an array in the index 0 would count as one, and move axes.
        _put(d, (0, ...), index, value)
        d[behind] = 0.0
        return
    hole = d[whole]
    block = join(value, parts, d.shape[0] - 1) if v.ndim else None
    if block is None:
        d[(0, *index)] = value
        d[behind] = lift(parts, 0, hole.ndim - 1)
        return
    extra = block.ndim - hole.ndim
    if extra > 0:  # NumPy lets (1, 3) be stored in (3,)
        block = block.reshape(block.shape[:1] + block.shape[1 + extra :])
    d[whole] = lift(block, block.ndim - 1, hole.ndim - block.ndim)
