"""The shortest way through a public function, for one float64 vector: nothing is taken apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import errors

from .._evaluate import Call
from . import _drivers, _memory
from ._calls import goes_backward, lanes_for, side_for

_F8 = np.dtype(np.float64)
_MOST = 256  # lengths of x that are remembered


def shortest(verb: Any) -> Callable[[tuple[Any, ...]], Any]:
    """What answers as the public function does, or None where the general way must go on.

    How calls with a vector of some length go is learnt from the first of them, see `learn`.
    """
    position, with_value = verb.argnums, verb._with_value
    known: dict[Any, tuple[Any, bool]] = {}
    take, give, vector, number = _memory.take, _memory.give, np.ndarray, np.float64

    def quick(args: tuple[Any, ...]) -> Any:
        try:
            x = args[position]
            driver, tapes = known[x.shape]
        except (LookupError, AttributeError):
            return None
        if x.dtype is not _F8 or type(x) is not vector:
            return None
        try:
            if not tapes:
                out = driver(*args)
            else:
                tape = take()
                out = driver(tape.header, *args)
                give(tape)
        except (errors.NumbaError, TypeError):
            return None  # other arguments than before: the general way says what is wrong
        if out is None:
            return None
        if not with_value:
            return out[1]
        value, derivative = out
        return (number(value) if type(value) is float else value), derivative

    if type(position) is not int or position < 0 or not verb._short:
        return lambda args: None
    verb._known = known
    return quick


def learn(verb: Any, call: Call, values: list[Any]) -> None:
    """Remember how calls like this one go, if they can go the shortest way."""
    known = getattr(verb, "_known", None)
    if known is None or call.keywords or len(call.leaves) != 1 or len(known) > _MOST:
        return
    x = call.leaves[0]
    if x is not call.args[verb.argnums] or len(values) != 1 or type(x) is not np.ndarray:
        return
    value = values[0]
    vector = type(value) is np.ndarray and value.ndim == 1 and value.dtype == _F8
    if type(value) is not float and (not vector or verb._scalar or verb._second):
        return
    if x.ndim != 1 or x.dtype != _F8 or not x.size:
        return
    known[x.shape] = _driver(verb, call, np.size(value))


def _driver(verb: Any, call: Call, outputs: int) -> tuple[Any, bool]:
    f, n, count = call.f, call.size, len(call.args)
    if verb._second:
        return _drivers.second(f, count, (), call.positions, side_for(n)), False
    if goes_backward(verb.mode, n, outputs):
        return _drivers.reverse(f, count, (), call.positions), True
    lanes = lanes_for(n, verb.chunk_size)
    return _drivers.forward(f, count, (), call.positions, lanes), False
