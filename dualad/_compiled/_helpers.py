"""The compiled forms of the helpers of formulas; imports Numba, and so is imported when needed.

After `register()` every formula of the elementwise table compiles with ``numba.njit`` for real
scalars. Compile with ``error_model="numpy"``: a formula may divide by zero.
"""

from __future__ import annotations

import functools
import inspect
import math
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numba import types as numba_types
from numba.extending import overload

from .._rules import _helpers
from .._rules._elementwise import ELEMENTWISE
from .._rules._row import Binary, Constant, Unary


def _compiled_select(cond: Any, a: Any, b: Any) -> Callable[..., Any]:
    def select(cond: Any, a: Any, b: Any) -> Any:
        return a if cond else b

    return select


def _never(x: Any, bound: Any) -> bool:
    return False


def _compiled_below(x: Any, bound: Any) -> Callable[..., Any]:
    if isinstance(x, numba_types.Complex):
        return _never
    return lambda x, bound: x < bound


def _compiled_above(x: Any, bound: Any) -> Callable[..., Any]:
    if isinstance(x, numba_types.Complex):
        return _never
    return lambda x, bound: x > bound


def _compiled_exponent(x: Any) -> Callable[..., Any]:
    return lambda x: math.frexp(x)[1]


def _compiled_scale(x: Any, e: Any) -> Callable[..., Any]:
    return lambda x, e: math.ldexp(x, e)


def _compiled_floor_quotient(x: Any, y: Any) -> Callable[..., Any]:
    # Numba's floor_divide is floor(x/y), which is off by one where the quotient rounds up.
    def floor_quotient(x: Any, y: Any) -> Any:
        if np.isinf(y):
            return np.floor(x / y) if x == 0.0 or (x < 0.0) == (y < 0.0) else -1.0
        return np.rint((x - np.remainder(x, y)) / y)

    return floor_quotient


_PRIMITIVES: dict[Any, Any] = {
    _helpers.select: _compiled_select,
    _helpers.below: _compiled_below,
    _helpers.above: _compiled_above,
    _helpers.exponent: _compiled_exponent,
    _helpers.scale: _compiled_scale,
    _helpers.floor_quotient: _compiled_floor_quotient,
}


def _formulas() -> Iterable[Any]:
    for row in ELEMENTWISE:
        if isinstance(row, Unary):
            yield from (row.d1, row.d2)
        elif isinstance(row, Binary):
            yield from (row.dx, row.dy, row.dxx, row.dxy, row.dyy)


def _callees(function: Any, found: dict[Any, None]) -> None:
    """The functions of these tables that a formula calls, through any number of calls."""
    plain = inspect.unwrap(function)
    package = _helpers.__name__.rpartition(".")[0]
    for name in plain.__code__.co_names:
        callee = plain.__globals__.get(name)
        is_ours = isinstance(callee, types.FunctionType) and callee.__module__.startswith(package)
        if is_ours and callee not in found and callee not in _PRIMITIVES:
            found[callee] = None
            _callees(callee, found)


def _as_it_stands(function: Any) -> Callable[..., Any]:
    plain = inspect.unwrap(function)
    return lambda *_types: plain


@functools.lru_cache(maxsize=1)
def register() -> None:
    """Teach Numba the helpers, and the private functions that formulas share. Idempotent."""
    # Not strict: the check of signatures compares annotations too.
    for function, typed in _PRIMITIVES.items():
        overload(function, strict=False)(typed)
    helpers = (
        h for h in vars(_helpers).values() if getattr(h, "__module__", "") == _helpers.__name__
    )
    shared: dict[Any, None] = {h: None for h in helpers if h not in _PRIMITIVES}
    for formula in _formulas():
        if not isinstance(formula, Constant):
            _callees(formula, shared)
    for function in shared:
        overload(function, strict=False)(_as_it_stands(function))
