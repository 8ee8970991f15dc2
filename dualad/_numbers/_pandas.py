"""pandas' Series and DataFrames as operands of numbers, without importing pandas.

``series * x`` and ``x * series`` give a Series of numbers, cell by cell, with its labels. pandas
leaves the operation to the type of higher ``__pandas_priority__``; `operand` wraps its object in a
`Frame`, which stands above every level, so that `binary` leaves the operation to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _number
from ._level import Level
from ._number import Number, as_array

_ABOVE = Level(n=2**62)


def is_frame(x: Any) -> bool:
    """Whether x is a Series or a DataFrame."""
    return type(x).__module__.partition(".")[0] == "pandas" and hasattr(x, "index")


class Frame(Number):
    """A Series or a DataFrame as an operand."""

    __slots__ = ("_level", "_value")

    def __init__(self, frame: Any) -> None:
        self._value = frame
        self._level = _ABOVE

    @staticmethod
    def _binary(row: Any, x: Any, y: Any, f: Callable[..., Any], level: Any) -> Any:
        del row, level
        frame = (x if type(x) is Frame else y)._value
        left, right = (_cells(operand, frame) for operand in (x, y))
        out = np.empty(frame.shape, dtype=object)
        for index in np.ndindex(frame.shape):
            out[index] = f(left[index], right[index])
        labels = {"columns": frame.columns} if frame.ndim == 2 else {"name": frame.name}
        return frame._constructor(out, index=frame.index, dtype=object, **labels)


def _framed(x: Any) -> Any:
    return Frame(x) if is_frame(x) else np.asarray(x)


_number.framed = _framed


def _priority(_self: Any) -> int:
    """A Series has 3000, a DataFrame 4000: the operation is ours.

    But ``series += x`` stays with pandas, which has no other object to put in place: it will ask
    for plain floats, and our error says so.
    """
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("pandas."):
        if frame.f_code.co_name == "_inplace_method":
            return 0
        frame = frame.f_back
    return 10_000


Number.__pandas_priority__ = property(_priority)  # type: ignore[attr-defined]  # attached as methods are


def _cells(x: Any, frame: Any) -> Any:
    """x in the shape of the frame, to be read cell by cell."""
    if type(x) is Frame:
        return x._value.to_numpy()
    return np.broadcast_to(x, frame.shape)


def unframed(x: Any) -> Any:
    """The array of a Series or a DataFrame; anything else as it is."""
    if type(x) is Frame:
        x = x._value
    return as_array(x.to_numpy()) if is_frame(x) else x


def unframed_tree(x: Any) -> Any:
    """`unframed` of the members of a tuple, a list or a dict, and of lists and tuples in it."""
    kind = type(x)
    if kind is tuple or kind is list:
        members = [unframed_tree(m) for m in x]
        return x if all(a is b for a, b in zip(members, x, strict=True)) else kind(members)
    if kind is dict:
        return {key: unframed_tree(m) for key, m in x.items()}
    return x if kind is np.ndarray or isinstance(x, Number) else unframed(x)
