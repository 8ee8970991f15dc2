"""Scalar numbers with a value of the caller's choice, for stand-ins of functions of one float."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers import Number, primal
from .._rules import TABLE

_SAME: Any = TABLE[np.positive]


def scalar(x: Any) -> Any:
    """The scalar number that a number of one element holds; anything else as it is.

    Raises
    ------
    TypeError
        Of more elements, as ``float(array)`` does.
    """
    if not isinstance(x, Number):
        return x
    plain = primal(x)
    if not isinstance(plain, np.ndarray):
        return x
    if math.prod(plain.shape) != 1:
        float(plain)  # raises
    return np.reshape(x, ())[()]


def with_value(x: Any, value: Any) -> Any:
    """A scalar number of x's derivatives whose value is `value`."""
    if not isinstance(x, Number):
        return value
    return x._unary(_SAME, lambda inner: with_value(inner, value))


def converted(x: Any, make: Callable[[Any], Any]) -> Any:
    """A scalar number whose value is of another type: ``make(value)``."""
    if not isinstance(x, Number):
        return make(x)
    return x._unary(_SAME, lambda inner: converted(inner, make))


__all__ = ["converted", "scalar", "with_value"]
