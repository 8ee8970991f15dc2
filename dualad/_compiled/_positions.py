"""Positions of elements: found on the values, as the plain function finds them.

Numba's loops for numbers that are no floats would pass NaN over, and would be compiled for each
kind of number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types

from ._overload import overload
from ._results import values_of


def _extreme(fn: Any) -> Callable[..., Any]:
    """What is called in place of np.argmax or np.argmin."""

    def position(a: Any, axis: Any = None) -> Any:
        raise NotImplementedError

    def typed(a: Any, axis: Any = None) -> Any:
        if axis is None or isinstance(axis, (types.NoneType, types.Omitted)):
            return lambda a, axis=None: fn(values_of(a))
        return lambda a, axis=None: fn(values_of(a), axis)

    position.__name__ = position.__qualname__ = f"{fn.__name__}_of_values"
    overload(position)(typed)
    return position


def order(a: Any, kind: Any = "quicksort") -> Any:
    """``np.argsort(a, kind)``."""
    raise NotImplementedError


@overload(order)
def _order(a: Any, kind: Any = "quicksort") -> Any:
    chosen = getattr(kind, "literal_value", "quicksort")
    return lambda a, kind="quicksort": np.argsort(values_of(a), kind=chosen)


SWAPS = {np.argmax: _extreme(np.argmax), np.argmin: _extreme(np.argmin), np.argsort: order}
METHODS = {fn.__name__: instead for fn, instead in SWAPS.items()}
