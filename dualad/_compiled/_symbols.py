"""Formulas of the table on LLVM values: a formula that is run on symbols writes machine code.

The rows of the table are Python functions of numbers; here they get numbers that stand for a
double (or a truth value, or an exponent) in a function under construction, and every operation
appends an instruction. What is known when the formula runs, such as the exponent of ``x**2``, is
computed then. Elementary functions are Numba's own, with NumPy's error model: a formula may
divide by zero where the user's function does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.np import ufunc_db

from .._rules import _comparison, _helpers

DOUBLE = ir.DoubleType()
BIT = ir.IntType(1)
I64 = ir.IntType(64)
# Exponents up to which x**n is written as multiplications: as accurate as pow, and much faster.
_MOST_FACTORS = 4

_COMPARISONS = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}


class Symbol:
    """A value in the function under construction."""

    __slots__ = ("builder", "context", "llvm")
    # Helpers of formulas ask for these: `_dispatch` for the first, `select` for the second.
    _dualad_level = None
    ndim = 1
    dtype: Any = np.dtype(np.float64)
    __hash__ = None  # type: ignore[assignment]  # values are not known

    def __init__(self, context: Any, builder: Any, llvm: Any) -> None:
        self.context, self.builder, self.llvm = context, builder, llvm

    @property
    def is_bit(self) -> bool:
        return self.llvm.type == BIT

    def _new(self, llvm: Any) -> Symbol:
        return Symbol(self.context, self.builder, llvm)

    def double(self, x: Any) -> Any:
        """x, a symbol or a Python number, as an LLVM double."""
        if not isinstance(x, Symbol):
            return ir.Constant(DOUBLE, float(x))
        if x.llvm.type == DOUBLE:
            return x.llvm
        if x.is_bit:
            return self.builder.uitofp(x.llvm, DOUBLE)
        return self.builder.sitofp(x.llvm, DOUBLE)

    def bit(self, x: Any) -> Any:
        return x.llvm if isinstance(x, Symbol) else ir.Constant(BIT, int(bool(x)))

    def _arithmetic(self, name: str, x: Any, y: Any) -> Symbol:
        return self._new(getattr(self.builder, name)(self.double(x), self.double(y)))

    def __add__(self, other: Any) -> Symbol:
        return self._arithmetic("fadd", self, other)

    def __radd__(self, other: Any) -> Symbol:
        return self._arithmetic("fadd", other, self)

    def __sub__(self, other: Any) -> Symbol:
        return self._arithmetic("fsub", self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return self._arithmetic("fsub", other, self)

    def __mul__(self, other: Any) -> Symbol:
        return self._arithmetic("fmul", self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return self._arithmetic("fmul", other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return self._arithmetic("fdiv", self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self._arithmetic("fdiv", other, self)

    def __neg__(self) -> Symbol:
        if self.llvm.type == DOUBLE:
            return self._new(self.builder.fneg(self.llvm))
        return self._new(self.builder.neg(self.llvm))

    def __pow__(self, other: Any) -> Any:
        if not isinstance(other, Symbol) and other < 0:
            return 1.0 / np.power(self, -other)
        return np.power(self, other)

    def _compare(self, op: str, other: Any) -> Symbol:
        # Only != holds for NaN.
        compare = self.builder.fcmp_unordered if op == "!=" else self.builder.fcmp_ordered
        return self._new(compare(op, self.double(self), self.double(other)))

    def __lt__(self, other: Any) -> Symbol:
        return self._compare("<", other)

    def __le__(self, other: Any) -> Symbol:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> Symbol:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> Symbol:
        return self._compare(">=", other)

    def __eq__(self, other: object) -> Any:
        return self._compare("==", other)

    def __ne__(self, other: object) -> Any:
        return self._compare("!=", other)

    def __or__(self, other: Any) -> Any:
        if other is True or other is np.True_:
            return True
        return self._new(self.builder.or_(self.bit(self), self.bit(other)))

    def __invert__(self) -> Symbol:
        return self._new(self.builder.not_(self.bit(self)))

    def __and__(self, other: Any) -> Any:
        if other is False or other is np.False_:
            return False
        return self._new(self.builder.and_(self.bit(self), self.bit(other)))

    __rand__ = __and__
    __ror__ = __or__

    def __bool__(self) -> bool:
        raise TypeError("a formula of the table branches on a value: select() of _helpers")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            return NotImplemented
        own = _OWN.get(ufunc)
        if own is not None:
            return own(self, *args)
        return self.call(ufunc, *args)

    def __array_function__(self, fn: Any, kinds: Any, args: Any, keywords: Any) -> Any:
        own = _OWN.get(fn)
        if own is not None:
            return own(self, *args)
        inner = getattr(fn, "__wrapped__", None)
        if inner is None or not fn.__module__.startswith("dualad"):
            return NotImplemented
        return inner(*args, **keywords)

    def call(self, ufunc: Any, *args: Any) -> Symbol:
        """Numba's own scalar loop of a ufunc, or what `extend` has added."""
        if ufunc not in ufunc_db.get_ufuncs() and _CALLERS:
            return _CALLERS[0](self, ufunc, *args)
        loops = ufunc_db.get_ufunc_info(ufunc)
        count = len(args)
        for result, kind in ((types.float64, "d"), (types.boolean, "?")):
            loop = loops.get("d" * count + "->" + kind)
            if loop is not None:
                sig = result(*[types.float64] * count)
                out = loop(self.context, self.builder, sig, [self.double(x) for x in args])
                return self._new(_as_bit(self.builder, out) if kind == "?" else out)
        raise TypeError(f"{ufunc.__name__} stands in a formula, but cannot be compiled")

    def intrinsic(self, name: str, *args: Any) -> Symbol:
        """An operation that LLVM has for doubles."""
        values = [self.double(x) for x in args]
        fn = self.builder.module.declare_intrinsic(f"llvm.{name}", [DOUBLE])
        return self._new(self.builder.call(fn, values))

    def bits(self) -> Any:
        return self.builder.bitcast(self.llvm, I64)


def _as_bit(builder: Any, value: Any) -> Any:
    return value if value.type == BIT else builder.trunc(value, BIT)


# --- what is written otherwise than by Numba's loops ----------------------------------------------


def _where(s: Symbol, cond: Any, a: Any, b: Any) -> Any:
    if not isinstance(cond, Symbol):
        return a if cond else b
    both = [x.is_bit for x in (a, b) if isinstance(x, Symbol)]
    as_bits = bool(both) and all(both) and not any(isinstance(x, float) for x in (a, b))
    convert = s.bit if as_bits else s.double
    return s._new(s.builder.select(cond.llvm, convert(a), convert(b)))


def _power(s: Symbol, x: Any, y: Any) -> Any:
    if not isinstance(y, Symbol) and float(y).is_integer() and 0 <= y <= _MOST_FACTORS:
        out: Any = 1.0
        for _ in range(int(y)):
            out = x if isinstance(out, float) else out * x
        return out
    return s.intrinsic("pow", x, y)


def _exponent(s: Symbol, x: Any) -> Any:
    """The exponent that frexp gives, 0 for 0 and for what is not finite."""
    if not isinstance(x, Symbol):
        return math.frexp(x)[1]
    b = s.builder
    tiny = s.intrinsic("fabs", x) < 2.2250738585072014e-308
    scaled = s._new(s.double(x * _where(s, tiny, 18014398509481984.0, 1.0)))
    field = b.and_(b.lshr(scaled.bits(), ir.Constant(I64, 52)), ir.Constant(I64, 0x7FF))
    shift = b.select(tiny.llvm, ir.Constant(I64, 1022 + 54), ir.Constant(I64, 1022))
    special = (x == 0.0) | ~_isfinite(s, x)
    return s._new(b.select(special.llvm, ir.Constant(I64, 0), b.sub(field, shift)))


def _scale(s: Symbol, x: Any, e: Any) -> Any:
    """x * 2**e in three exact steps, of which the last alone may leave the range."""
    b = s.builder
    whole = e.llvm if isinstance(e, Symbol) else ir.Constant(I64, int(e))
    if whole.type == DOUBLE:
        whole = b.fptosi(whole, I64)
    elif whole.type != I64:
        whole = b.sext(whole, I64)
    limit = ir.Constant(I64, 2200)
    low = ir.Constant(I64, -2200)
    whole = b.select(b.icmp_signed(">", whole, limit), limit, whole)
    whole = b.select(b.icmp_signed("<", whole, low), low, whole)
    third = b.sdiv(whole, ir.Constant(I64, 3))
    rest = b.sub(whole, b.add(third, third))
    out = s._new(s.double(x))
    for part in (third, third, rest):
        out = out * _power_of_two(s, part)
    return out


def _power_of_two(s: Symbol, e: Any) -> Symbol:
    field = s.builder.shl(s.builder.add(e, ir.Constant(I64, 1023)), ir.Constant(I64, 52))
    return s._new(s.builder.bitcast(field, DOUBLE))


def _floor_divide(s: Symbol, x: Any, y: Any) -> Any:
    """The quotient that belongs to the remainder; Numba's own is off by one where x/y rounds up."""
    at_infinity = (x == 0.0) | ((x < 0.0) == (y < 0.0))
    far = _where(s, at_infinity, np.floor(x / y), -1.0)
    far = _where(s, _isfinite(s, x), far, math.nan)
    near = np.rint((x - np.remainder(x, y)) / y)
    near = _where(s, y == 0.0, x / y, near)
    return _where(s, s.intrinsic("fabs", y) == math.inf, far, near)


def _sign(s: Symbol, x: Any) -> Any:
    """-1, 0 or 1; NaN stays NaN."""
    return _where(s, x > 0.0, 1.0, _where(s, x < 0.0, -1.0, _where(s, x == 0.0, 0.0, x)))


def _isfinite(s: Symbol, x: Any) -> Any:
    return s.intrinsic("fabs", x) < math.inf


def _isinf(s: Symbol, x: Any) -> Any:
    return s.intrinsic("fabs", x) == math.inf


def _maximum(s: Symbol, x: Any, y: Any) -> Any:
    one = x if isinstance(x, Symbol) else y
    return one.call(np.maximum, x, y)


_CALLERS: list[Callable[..., Any]] = []


def extend(own: dict[Any, Callable[..., Any]], caller: Callable[..., Any]) -> None:
    """Let formulas use more: these functions, and ufuncs that Numba does not know by `caller`."""
    _OWN.update(own)
    _CALLERS[:] = [caller]


_OWN: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.power: _power,
    np.float_power: _power,
    np.sign: _sign,
    np.isfinite: _isfinite,
    np.isinf: _isinf,
    np.isnan: lambda s, x: x != x,  # what NaN is
    np.absolute: lambda s, x: s.intrinsic("fabs", x),
    np.fabs: lambda s, x: s.intrinsic("fabs", x),
    np.floor: lambda s, x: s.intrinsic("floor", x),
    np.rint: lambda s, x: s.intrinsic("rint", x),
    np.sqrt: lambda s, x: s.intrinsic("sqrt", x),
    np.copysign: lambda s, x, y: s.intrinsic("copysign", x, y),
    np.square: lambda s, x: x * x,
    np.real: lambda s, x: x,
    np.conjugate: lambda s, x: x,
    np.negative: lambda s, x: -x,
    np.add: lambda s, x, y: s._arithmetic("fadd", x, y),
    np.subtract: lambda s, x, y: s._arithmetic("fsub", x, y),
    np.multiply: lambda s, x, y: s._arithmetic("fmul", x, y),
    np.divide: lambda s, x, y: s._arithmetic("fdiv", x, y),
    np.equal: lambda s, x, y: (
        (x if isinstance(x, Symbol) else y) == (y if isinstance(x, Symbol) else x)
    ),
    np.bitwise_and: lambda s, x, y: s & (y if x is s else x),
    np.bitwise_or: lambda s, x, y: s | (y if x is s else x),
    np.invert: lambda s, x: ~x,
    np.logical_not: lambda s, x: ~x,
    np.less: lambda s, x, y: s._new(s.builder.fcmp_ordered("<", s.double(x), s.double(y))),
    np.floor_divide: _floor_divide,
    np.ldexp: _scale,
    np.maximum: _maximum,
    _helpers.exponent: _exponent,
    _comparison._real_sign: _sign,
}
