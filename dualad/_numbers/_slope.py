"""First partial derivatives at numbers: f' is a function whose own derivative the table knows.

Under nesting a formula for f' meets numbers. Run on them as it stands, ``1 / ((1 - x)*(1 + x))``
is differentiated by the product rule, which cancels near 0, and ``(1/cosh(x))**2`` overflows far
out. So a formula that calls functions becomes a row of its own here, with the table's f'' for its
derivative: as accurate as the table at second order, and one operation instead of many. Plain
arithmetic (``1/y``, ``y``, ``2*x``) runs as it stands. Derivatives of f'' are taken of its formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules._row import Binary, Constant, Unary
from ._blocks import is_low, upcast
from ._level import Level
from ._number import Number, binary, partial

Dual: Any = None  # the class, set by `_dual`, which imports this module
_DERIVED: dict[
    Any, Any
] = {}  # row, or (row, 0 or 1) -> the row of f', or None for plain arithmetic


def slope(row: Unary, x: Any, y: Any) -> Any:
    """f'(x), for x a number too; y is f(x)."""
    if isinstance(x, Number):
        derived = _DERIVED[row] if row in _DERIVED else _derive(row)
        if derived is not None:
            return x._unary(derived, derived.fn)
    return partial(row.d1, x, y)


def slope_of(row: Binary, which: int, x: Any, y: Any, z: Any) -> Any:
    """The partial derivative in operand `which`; an operand that was not kept is None."""
    if isinstance(x, Number) or isinstance(y, Number):
        key = (row, which)
        derived = _DERIVED[key] if key in _DERIVED else _derive_partial(row, which)
        if derived is not None and x is not None and y is not None:
            return binary(derived, x, y, derived.fn)
    return partial(row.dy if which else row.dx, x, y, z)


def widen(row: Unary, x: Any, y: Any) -> tuple[Any, Any]:
    """x and f(x) in double precision where they are in a lower one; None stays None."""
    if not (is_low(x) or is_low(y)):
        return x, y
    if x is None:
        return None, upcast(y)
    x = upcast(x)
    return x, None if y is None else row.fn(x)


def widen_of(row: Binary, x: Any, y: Any, z: Any) -> tuple[Any, Any, Any]:
    """Operands and answer in double precision where they are in a lower one; None stays None."""
    if not (is_low(x) or is_low(y) or is_low(z)):
        return x, y, z
    x, y = upcast(x), upcast(y)
    if x is None or y is None or z is None:
        return x, y, upcast(z)
    return x, y, row.fn(x, y)


def _calls(formula: Any) -> bool:
    """Whether a formula calls functions, other than in arithmetic operators."""
    return not isinstance(formula, Constant) and bool(formula.__code__.co_names)


def _derive(row: Unary) -> Unary | None:
    derived = None
    if _calls(row.d1) and not isinstance(row.d2, Constant) and row.real_linear is None:

        def d1(x: Any) -> Any:
            return slope(row, x, row.fn(x) if row.keeps_y else None)

        def d2(x: Any, d: Any) -> Any:
            return row.d2(x, row.fn(x), d)

        d1.__name__ = f"{row.name}'"
        third = lambda x, _y, _d: _along(lambda u: d2(u, d1(u)), x)
        derived = Unary(d1, d2, third, at=row.at)
        _DERIVED[derived] = None
    _DERIVED[row] = derived
    return derived


def _derive_partial(row: Binary, which: int) -> Binary | None:
    derived = None
    formula = row.dy if which else row.dx
    seconds = (row.dxy, row.dyy) if which else (row.dxx, row.dxy)
    if _calls(formula) and not all(isinstance(s, Constant) for s in seconds):
        fn: Any = row.fn

        def first(x: Any, y: Any) -> Any:
            return slope_of(row, which, x, y, fn(x, y))

        first.__name__ = f"d{row.name}/d{'xy'[which]}"
        in_x, in_y = (_second(s, fn) for s in seconds)
        derived = Binary(
            first,
            in_x,
            in_y,
            lambda x, y, _z: _along(lambda u: in_x(u, y, None), x),
            lambda x, y, _z: _along(lambda u: in_x(x, u, None), y),
            lambda x, y, _z: _along(lambda u: in_y(x, u, None), y),
            at=row.at,
        )
        _DERIVED[derived, 0] = _DERIVED[derived, 1] = None
    _DERIVED[row, which] = derived
    return derived


def _second(formula: Any, fn: Callable[..., Any]) -> Any:
    """A second derivative as the first one of a partial; its own answer is of no use to it."""
    if isinstance(formula, Constant):
        return formula
    return lambda x, y, _z: formula(x, y, fn(x, y))


def _along(f: Callable[[Any], Any], x: Any) -> Any:
    """The derivative of an elementwise f at x."""
    level = Level((1,))
    out = f(Dual._make(x, np.ones((1,) + (1,) * np.ndim(x)), level))
    if isinstance(out, Number) and out._level is level:
        return out._parts()[0]
    return np.zeros(np.shape(out))


__all__ = ["slope", "slope_of", "widen", "widen_of"]
