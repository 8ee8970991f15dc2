"""Formulas and functions of the table on SymPy expressions: for proofs, and for `to_sympy`.

SymPy is imported when it is first needed.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import _helpers
from ._elementwise import ELEMENTWISE
from ._row import Binary, Constant, Formula, Unary

if TYPE_CHECKING:
    import sympy

# The locally constant functions, which have no symbolic form in their rows.
_STEPS: Mapping[str, Callable[..., Any]] = {
    "floor": lambda sp, x: sp.floor(x),
    "ceil": lambda sp, x: sp.ceiling(x),
    "rint": lambda sp, x: sp.floor(x + sp.Rational(1, 2)),
    "trunc": lambda sp, x: sp.sign(x) * sp.floor(sp.Abs(x)),
    "sign": lambda sp, x: sp.sign(x),
    "floor_divide": lambda sp, x, y: sp.floor(x / y),
    "equal": lambda sp, x, y: sp.Eq(x, y),
    "isinf": lambda sp, _x: sp.false,
    "isnan": lambda sp, _x: sp.false,
    "isfinite": lambda sp, _x: sp.true,
    "real": lambda sp, x: sp.re(x),
}


def sympy_call(row: Unary | Binary, *symbols: sympy.Expr) -> sympy.Expr:
    """The function of a row, applied to SymPy expressions.

    Examples
    --------
    >>> import numpy as np, sympy
    >>> from dualad._rules import TABLE
    >>> sympy_call(TABLE[np.expm1], sympy.Symbol("x"))
    exp(x) - 1
    """
    import sympy

    if row.sympy is not None:
        return row.sympy(sympy, *symbols)
    return getattr(sympy, row.name)(*symbols)


@functools.lru_cache(maxsize=1)
def _namespace() -> types.SimpleNamespace:
    """What `np` means in a formula on symbols."""
    import sympy

    names: dict[str, Any] = {
        row.name: functools.partial(sympy_call, row)
        for row in ELEMENTWISE
        if isinstance(row, Unary | Binary)
    }
    names.update({name: functools.partial(step, sympy) for name, step in _STEPS.items()})
    names["abs"] = names["absolute"]
    return types.SimpleNamespace(**names)


def _select(cond: Any, a: Any, b: Any) -> Any:
    import sympy

    if cond is True or cond is sympy.true:
        return a
    if cond is False or cond is sympy.false:
        return b
    return sympy.Piecewise((a, cond), (b, True))


def _sin_cos_pi(x: Any) -> tuple[Any, Any]:
    import sympy

    return sympy.sin(sympy.pi * x), sympy.cos(sympy.pi * x)


@functools.lru_cache(maxsize=1)
def _bindings() -> dict[str, Any]:
    """What the other global names of a formula mean: helpers, and constants with all digits.

    Symbols stand for points inside the domain, and arithmetic on them is exact: tests for the
    outside are false, rounding errors are zero, and scaling is by 2**0.
    """
    import sympy as sp

    return {
        "np": _namespace(),
        "select": _select,
        "indicator": lambda cond: _select(cond, sp.Integer(1), sp.Integer(0)),
        "below": lambda _x, _bound: False,
        "above": lambda _x, _bound: False,
        "exponent": lambda _x: sp.Integer(0),
        "scale": lambda x, e: x * sp.Integer(2) ** e,
        "floor_quotient": lambda x, y: sp.floor(x / y),
        "two_sum": lambda x, y: (x + y, sp.Integer(0)),
        "diff_err": lambda x, y: (x - y, sp.Integer(0)),
        "split": lambda x: (x, sp.Integer(0)),
        "square_err": lambda x: (x * x, sp.Integer(0)),
        "pair_scale": lambda _x, _y: sp.Integer(1),
        "sin_cos_pi": _sin_cos_pi,
        "PI": sp.pi,
        "PI_SQUARED": sp.pi**2,
        "LN2": sp.log(2),
        "LN2_SQUARED": sp.log(2) ** 2,
        "LOG2E": 1 / sp.log(2),
        "LOG10E": 1 / sp.log(10),
    }


def symbolic(formula: Formula) -> Callable[..., Any]:
    """The same formula for SymPy expressions: its code, with other meanings of its global names.

    Examples
    --------
    >>> import numpy as np, sympy
    >>> from dualad._rules import TABLE
    >>> x = sympy.Symbol("x")
    >>> symbolic(TABLE[np.sin].d1)(x, sympy.sin(x))
    cos(x)
    """
    if isinstance(formula, Constant):
        return formula
    return _rebind(formula, {})


def _rebind(function: Any, done: dict[str, Any]) -> Any:
    bindings = _bindings()
    names = dict(function.__globals__)
    again = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    done[function.__name__] = again
    for name in function.__code__.co_names:
        if name in bindings:
            names[name] = bindings[name]
        elif _is_formula(names.get(name)):
            names[name] = done.get(name) or _rebind(names[name], done)
    return again


def _is_formula(value: Any) -> bool:
    """Whether a global name of a formula is a function of these tables."""
    package = _helpers.__name__.rpartition(".")[0]
    return isinstance(value, types.FunctionType) and value.__module__.startswith(package)
