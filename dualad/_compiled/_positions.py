"""Positions of elements, and sorting: found on the values, as the plain function finds them.

Numba's loops for numbers that are no floats would pass NaN over, and would be compiled for each
kind of number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types

from ._arrays import is_ad_array
from ._libraries import register_jitable
from ._overload import overload
from ._reductions import _kind, pin, zero_of
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
    chosen: Any = getattr(kind, "literal_value", "quicksort")
    return lambda a, kind="quicksort": np.argsort(values_of(a), kind=chosen)


# --- sorting --------------------------------------------------------------------------------------


@register_jitable
def _put_in_order(a: Any, out: Any) -> None:
    """The elements of a vector in the order of their values; equal ones keep theirs."""
    plain = values_of(a)
    places = np.argsort(plain, kind="mergesort")
    for i in range(a.size):
        out[i] = a[places[i]]
    pin(out, np.sort(plain))


def in_order(a: Any) -> Any:
    """``np.sort(a)``."""
    raise NotImplementedError


@overload(in_order)
def _in_order(a: Any) -> Any:
    if not is_ad_array(a) or a.ndim != 1:
        return lambda a: np.sort(a)

    def body(a: Any) -> Any:
        out = np.empty(a.size, _kind(zero_of(a)))
        _put_in_order(a, out)
        return out

    return body


def put_in_order(a: Any) -> Any:
    """``a.sort()``."""
    raise NotImplementedError


@overload(put_in_order)
def _sort_in_place(a: Any) -> Any:
    if not is_ad_array(a) or a.ndim != 1:
        return lambda a: a.sort()
    return lambda a: _put_in_order(a.copy(), a)


SWAPS = {
    np.argmax: _extreme(np.argmax),
    np.argmin: _extreme(np.argmin),
    np.argsort: order,
    np.sort: in_order,
}
METHODS = {
    "argmax": SWAPS[np.argmax],
    "argmin": SWAPS[np.argmin],
    "argsort": order,
    "sort": put_in_order,
}
