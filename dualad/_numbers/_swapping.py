"""Rows that compiled code swaps in place, as NumPy's shuffles do.

``rng.shuffle(x)`` runs ``x[i], x[j] = x[j], x[i]`` for all but plain arrays, for which it has a
buffer. With rows that are views, as those of a number are, the first assignment would overwrite
what the second one reads. Such a swap is known by its two assignments: both come from one
instruction of Python code, which is a call, and the second stores the very row that the first one
has overwritten.
"""

from __future__ import annotations

import functools
import sys
from _thread import _local as local  # threading.local, without its module's 1 ms
from typing import Any, NamedTuple

import numpy as np

from ._number import Number, primal


class _Swap(NamedTuple):
    """The first half of what may be a swap."""

    target: Any
    row: int
    old: Any  # the row that has been overwritten
    place: tuple[int, int]


class _Pending(local):
    swap: _Swap | None = None


_pending = _Pending()


def row_to_store(target: Any, index: int, v: Any, depth: int = 2) -> Any:
    """What ``target[index] = v`` stores, where v is an array of the shape of a row.

    Parameters
    ----------
    target : Number
    index : int
    v : Number
    depth : int
        How many frames above the caller the assignment stands.
    """
    frame = sys._getframe(depth)
    if frame.f_code.co_code[frame.f_lasti] == _store():  # a statement, and no call
        return v
    pending, _pending.swap = _pending.swap, None
    place = id(frame), frame.f_lasti
    if pending is not None and pending.target is target and pending.place == place:
        if pending.row != index and _is_row(v, target, pending.row):
            return pending.old
    elif np.may_share_memory(primal(v), primal(target)):
        _pending.swap = _Swap(target, index, target[index].copy(), place)
    return v


@functools.cache
def _store() -> int:
    """The instruction of ``x[i] = v``."""
    from opcode import opmap  # takes milliseconds

    return opmap["STORE_SUBSCR"]


def _is_row(v: Number, target: Number, index: int) -> bool:
    """Whether v is the view ``target[index]``."""
    one, other = primal(v), primal(target)[index]
    return bool(one.strides == other.strides and _address(one) == _address(other))


def _address(x: np.ndarray) -> int:
    return int(x.__array_interface__["data"][0])
