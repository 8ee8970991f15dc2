"""Formulas of the table on complex LLVM values; see `_symbols`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.np import ufunc_db

from ._structures import packed
from ._symbols import DOUBLE, Symbol

# Up to here a whole power is multiplications.
_MOST_FACTORS = 4


def _plus(a: Any, b: Any) -> Any:
    """a + b where either may be the number 0."""
    if not isinstance(a, Symbol) and a == 0.0:
        return b
    return a if not isinstance(b, Symbol) and b == 0.0 else a + b


def _times(a: Any, b: Any) -> Any:
    """a * b where a factor may be known: 0 is 0, whatever it meets."""
    for x, y in ((a, b), (b, a)):
        if not isinstance(x, Symbol) and x in (0.0, 1.0, -1.0):
            return 0.0 if x == 0.0 else y if x == 1.0 else -y
    return a * b


def parts(z: Any) -> tuple[Any, Any]:
    """Real and imaginary part, each a symbol of a double or a Python float."""
    if isinstance(z, ComplexSymbol):
        return z.re, z.im
    if isinstance(z, Symbol):
        return z, 0.0
    return complex(z).real, complex(z).imag


class ComplexSymbol(Symbol):
    """A complex value under construction: two parts, either of which may be a known number."""

    __slots__ = ("im", "re")
    dtype: Any = np.dtype(np.complex128)
    __hash__ = None  # type: ignore[assignment]  # values are not known

    def __init__(self, context: Any, builder: Any, re: Any, im: Any) -> None:
        super().__init__(context, builder, None)
        self.re, self.im = re, im

    @property
    def is_bit(self) -> bool:
        return False

    def pair(self, re: Any, im: Any) -> ComplexSymbol:
        return ComplexSymbol(self.context, self.builder, re, im)

    def double(self, x: Any) -> Any:
        if isinstance(x, ComplexSymbol):
            raise TypeError("a formula takes a complex number for a real one")
        return super().double(x)

    def packed(self, z: Any) -> Any:
        """z as a complex number of LLVM."""
        from llvmlite import ir

        whole = ir.LiteralStructType([DOUBLE, DOUBLE])
        return packed(self.builder, whole, [self.double(p) for p in parts(z)])

    def unpacked(self, number: Any) -> ComplexSymbol:
        b = self.builder
        re, im = (Symbol(self.context, b, b.extract_value(number, i)) for i in range(2))
        return self.pair(re, im)

    def __add__(self, other: Any) -> Symbol:
        (a, b), (c, d) = parts(self), parts(other)
        return self.pair(_plus(a, c), _plus(b, d))

    __radd__ = __add__

    def __neg__(self) -> Symbol:
        return self.pair(-self.re, -self.im)

    def __sub__(self, other: Any) -> Symbol:
        (a, b), (c, d) = parts(self), parts(other)
        return self.pair(_plus(a, -c), _plus(b, -d))

    def __rsub__(self, other: Any) -> Symbol:
        return -(self - other)

    def __mul__(self, other: Any) -> Symbol:
        (a, b), (c, d) = parts(self), parts(other)
        re = _plus(_times(a, c), _times(-1.0, _times(b, d)))
        return self.pair(re, _plus(_times(a, d), _times(b, c)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Symbol:
        real, imag = parts(other)
        if not isinstance(imag, Symbol) and imag == 0.0:
            return self.pair(self.re / real, self.im / real)
        return self.call(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self.call(np.divide, other, self)

    def __pow__(self, other: Any) -> Any:
        return np.power(self, other)

    def _compare(self, op: str, other: Any) -> Symbol:
        if op not in ("==", "!="):
            raise TypeError("a formula orders complex numbers")
        pairs = zip(parts(self), parts(other), strict=True)
        same = [_symbol(self, p)._compare("==", q) for p, q in pairs]
        both = same[0] & same[1]
        return both if op == "==" else ~both

    def call(self, ufunc: Any, *args: Any) -> Symbol:
        """Numba's own loop of a ufunc."""
        info = ufunc_db.get_ufunc_info(ufunc) if ufunc in ufunc_db.get_ufuncs() else {}
        loop = info.get("D" * len(args) + "->D")
        if loop is None:
            raise TypeError(f"{ufunc.__name__} stands in a formula, but not for complex numbers")
        sig = types.complex128(*[types.complex128] * len(args))
        return self.unpacked(loop(self.context, self.builder, sig, [self.packed(x) for x in args]))

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            return NotImplemented
        own = _OWN.get(ufunc)
        return own(self, *args) if own is not None else self.call(ufunc, *args)

    def __array_function__(self, fn: Any, kinds: Any, args: Any, keywords: Any) -> Any:
        own = _OWN.get(fn)
        if own is not None:
            return own(self, *args)
        inner = getattr(fn, "__wrapped__", None)
        if inner is None or not fn.__module__.startswith("dualad"):
            return NotImplemented
        return inner(*args, **keywords)


def _symbol(s: Any, x: Any) -> Symbol:
    """A part as a symbol."""
    return x if isinstance(x, Symbol) else Symbol(s.context, s.builder, s.double(x))


def _both(test: Any, joined: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def tested(s: Any, z: Any) -> Any:
        return joined(*(test(_symbol(s, p)) for p in parts(z)))

    return tested


def _where(s: Any, cond: Any, a: Any, b: Any) -> Any:
    if not isinstance(cond, Symbol):
        return a if cond else b
    pairs = zip(parts(a), parts(b), strict=True)
    return s.pair(*(np.where(cond, _symbol(s, x), _symbol(s, y)) for x, y in pairs))


def _power(s: Any, x: Any, y: Any) -> Any:
    if not isinstance(y, Symbol) and float(y).is_integer() and abs(y) <= _MOST_FACTORS:
        out: Any = 1.0
        for _ in range(abs(int(y))):
            out = x if isinstance(out, float) else out * x
        return 1.0 / out if y < 0 else out
    return s.call(np.power, x, y)


def _absolute(s: Any, z: Any) -> Any:
    return np.hypot(*(_symbol(s, p) for p in parts(z)))


_OWN: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.power: _power,
    np.real: lambda s, z: parts(z)[0],
    np.imag: lambda s, z: parts(z)[1],
    np.conjugate: lambda s, z: s.pair(parts(z)[0], -parts(z)[1]),
    np.absolute: _absolute,
    np.square: lambda s, z: z * z,
    np.negative: lambda s, z: -z,
    np.add: lambda s, x, y: x + y,
    np.subtract: lambda s, x, y: x - y,
    np.multiply: lambda s, x, y: x * y,
    np.divide: lambda s, x, y: x / y,
    np.equal: lambda s, x, y: x == y,
    np.isfinite: _both(np.isfinite, lambda p, q: p & q),
    np.isinf: _both(np.isinf, lambda p, q: p | q),
    np.isnan: _both(np.isnan, lambda p, q: p | q),
    np.rint: lambda s, z: s.pair(*(np.rint(_symbol(s, p)) for p in parts(z))),
}
