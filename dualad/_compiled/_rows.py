"""Elementwise functions of differentiated numbers: typed and written for every row of the table.

The value is always what Numba computes for plain numbers of the same types, by the same function
that the user called. Only signatures with a differentiated number are taken; all else is
left to Numba, so that ordinary code compiles as if this module did not exist.
"""

from __future__ import annotations

import builtins
import itertools
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numba.core import errors, types
from numba.core.registry import cpu_target
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin
from numba.np import ufunc_db

from .._rules._elementwise import ELEMENTWISE
from .._rules._row import Binary, Flat, Row, Unary
from . import _types
from ._chain import Emission, chain
from ._labels import labels_for
from ._tape import LinType, VarType
from ._types import NUMBERS, ADType, ComplexType

ROWS: dict[Any, Row] = {row.fn: row for row in ELEMENTWISE}

# The names of the same functions outside NumPy.
_BINARY_OPERATORS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
}
_OF_ONE_NAME = (
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "exp",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "exp2",
    "cbrt",
    "sqrt",
    "hypot",
    "fmod",
    "copysign",
    "ldexp",
    "floor",
    "ceil",
    "trunc",
    "isnan",
    "isinf",
    "isfinite",
)
_SYNONYMS: dict[Any, Any] = {
    operator.neg: np.negative,
    operator.pos: np.positive,
    builtins.abs: np.absolute,
    builtins.pow: np.power,
    math.fabs: np.fabs,
    math.pow: np.power,
    math.asin: np.arcsin,
    math.acos: np.arccos,
    math.atan: np.arctan,
    math.atan2: np.arctan2,
    math.asinh: np.arcsinh,
    math.acosh: np.arccosh,
    math.atanh: np.arctanh,
    math.degrees: np.degrees,
    math.radians: np.radians,
    **{getattr(operator, n): f for n, f in _BINARY_OPERATORS.items()},
    **{getattr(operator, "i" + n): f for n, f in _BINARY_OPERATORS.items()},
    **{getattr(math, name): getattr(np, name) for name in _OF_ONE_NAME if hasattr(math, name)},
}
# Comparisons, and what they call the primal.
_COMPARISONS = tuple(getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne"))
_FLAT_BUILTINS = (builtins.int, builtins.round, builtins.bool, operator.not_, *_COMPARISONS)
# Functions of NumPy that Numba knows, though they are no ufuncs in its list.
_NOT_UFUNCS = (np.sinc, np.round, np.around, np.real, np.imag)

PLAIN = (types.Integer, types.Boolean, types.Float)
# Functions of the table whose formulas hold for complex numbers, and that Numba has for them.
_COMPLEX = (
    frozenset(
        fn
        for fn in (*ufunc_db.get_ufuncs(), operator.not_)
        if fn is operator.not_ or any("D" in loop for loop in ufunc_db.get_ufunc_info(fn))
    )
    - {np.sign, np.maximum, np.minimum, np.fmax, np.fmin, np.less, np.less_equal, np.greater}
    - {np.greater_equal}
)


def takes_complex(fn: Any) -> bool:
    """Whether a function has a derivative at complex arguments."""
    if getattr(fn, "__module__", None) == "cmath":
        return True
    return fn in (operator.eq, operator.ne) or _SYNONYMS.get(fn, fn) in _COMPLEX


def known_functions() -> Iterator[tuple[Any, Row]]:
    """Every function of scalars that Numba compiles and the table has a row for."""
    for fn in (*ufunc_db.get_ufuncs(), *_NOT_UFUNCS):
        row = ROWS.get(fn)
        if isinstance(row, Unary | Binary | Flat):
            yield fn, row
    for fn, name in _SYNONYMS.items():
        if _is_known(fn):
            yield fn, ROWS[name]
    for fn in (*_FLAT_BUILTINS, np.sign):
        yield fn, Flat(fn)


def _is_known(fn: Any) -> bool:
    """Whether Numba has the function at all: no error of plain code is to change."""
    context = cpu_target.typing_context
    context.refresh()
    return isinstance(context._lookup_global(fn), types.Callable)


def is_flat(row: Row) -> bool:
    return isinstance(row, Flat)


def primal_type(ty: Any) -> Any:
    """The type that the plain function sees in place of this one."""
    if isinstance(ty, NUMBERS):
        return ty.base
    if isinstance(ty, types.Array) and isinstance(ty.dtype, NUMBERS):
        return ty.copy(dtype=ty.dtype.base)
    return ty


def differentiated(args: Any) -> ADType | None:
    """The kind of differentiated number among scalars; None where there is none, or two."""
    reals = [a.part if isinstance(a, ComplexType) else a for a in args]
    found = {
        VarType(types.float64, a.order)
        if isinstance(a, (LinType, VarType))
        else a.with_base(types.float64)
        for a in reals
        if isinstance(a, ADType)
    }
    return found.pop() if len(found) == 1 else None


def result_type(kind: ADType, base: Any, args: Any) -> Any:
    """The type of an operation's result: in reverse it is no variable yet."""
    if isinstance(base, types.Complex):
        return ComplexType(kind).with_base(base)
    if isinstance(kind, VarType):
        operands = [a for a in args if isinstance(a, ADType)]
        pairs = [a.part for a in args if isinstance(a, ComplexType)]
        return LinType(base, labels_for([*operands, *pairs, *pairs]), kind.order)
    return kind.with_base(base)


def primal_call(context: Any, fn: Any, args: Any) -> Any:
    """(function type, signature) of the plain call; None where Numba has none.

    Numba asks all templates of a function anew each time, which for operators is a large part of
    what compiling costs: so its answers for scalars are kept.
    """
    plain = tuple(map(primal_type, args))
    known = _PRIMAL_CALLS.get((fn, plain))
    if known is not None and known[0] is context:
        return known[1:]
    function = context.resolve_value_type(fn)
    try:
        found = function, function.get_call_type(context, plain, {})
    except errors.NumbaError:
        return None
    if all(isinstance(a, PLAIN) for a in plain):
        _PRIMAL_CALLS[fn, plain] = (context, *found)
    return found


_PRIMAL_CALLS: dict[Any, Any] = {}
_RESULTS: dict[Any, Any] = {}


def result_of(fn: Any, args: Any, context: Any) -> Any:
    """The type of a scalar operation's result, a flat one's too; None where it is not ours."""
    key = (fn, *args)
    known = _RESULTS.get(key)
    if known is None:
        known = _result_of(fn, args, context)
        if known is not None:
            _RESULTS[key] = known
    return known


def _result_of(fn: Any, args: Any, context: Any) -> Any:
    kind = differentiated(args)
    if kind is None or not all(isinstance(a, (*NUMBERS, types.Complex, *PLAIN)) for a in args):
        return None
    if any(isinstance(a, (ComplexType, types.Complex)) for a in args) and not takes_complex(fn):
        return None
    call = primal_call(context, fn, args)
    if call is None:
        return None
    result = call[1].return_type
    plain = isinstance(result, (types.Float, types.Complex))
    return result_type(kind, result, args) if plain else result


def template(fn: Any, row: Any) -> type[AbstractTemplate]:
    class Differentiated(AbstractTemplate):
        key = fn
        metadata = {"target": "cpu"}  # noqa: RUF012  # asked before Numba's own, which may crash
        prefer_literal = True

        def generic(self, args: Any, kws: Any) -> Any:
            if kws:
                return None
            keep = args if ROWS.get(np.power) is row else tuple(map(types.unliteral, args))
            result = result_of(fn, keep, self.context)
            if result is None:
                return None
            if is_flat(row) and isinstance(result, NUMBERS):
                result = result.base
            return signature(result, *keep)

    return Differentiated


def primal_value(context: Any, builder: Any, fn: Any, sig: Any, args: Any) -> tuple[Any, Any]:
    """(value, its type) of the plain call."""
    call = primal_call(context.typing_context, fn, sig.args)
    assert call is not None
    function, plain = call
    values = []
    for ty, want, x in zip(sig.args, plain.args, args, strict=True):
        own = primal_type(ty)
        x = _types.plain_of(builder, ty, x)
        values.append(x if own == want else context.cast(builder, x, own, want))
    implementation = context.get_function(function, plain)
    return implementation(builder, values), plain.return_type


def lowering(fn: Any, row: Any) -> Callable[..., Any]:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value, primal = primal_value(context, builder, fn, sig, args)
        if not isinstance(sig.return_type, ADType):
            return context.cast(builder, value, primal, sig.return_type)
        found = row() if callable(row) else row  # some are loaded late
        assert isinstance(found, Unary | Binary)
        pairs = list(zip(sig.args, args, strict=True))
        emission = Emission(context, builder, found, pairs, value, primal)
        return chain(emission, sig.return_type, value)

    return lower


def _signatures(arity: int) -> Iterator[tuple[Any, ...]]:
    for kinds in itertools.product((ADType, *PLAIN), repeat=arity):
        if ADType in kinds:
            yield kinds


def _arity(fn: Any, row: Row) -> tuple[int, ...]:
    if isinstance(row, Unary):
        return (1,)
    if isinstance(row, Binary):
        return (2,)
    if fn in (builtins.round, np.round, np.around):
        return (1, 2)
    return (2,) if fn in _COMPARISONS or getattr(row.fn, "nin", 1) == 2 else (1,)


def register() -> None:
    """Type and write every elementwise function for differentiated numbers."""
    for fn, row in known_functions():
        infer_global(fn, types.Function(template(fn, row)))
        for arity in _arity(fn, row):
            for kinds in _signatures(arity):
                lower_builtin(fn, *kinds)(lowering(fn, row))


register()
