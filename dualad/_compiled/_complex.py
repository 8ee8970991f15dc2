"""Complex numbers between real ones: a pair of differentiated numbers under every operation.

A function that is holomorphic takes its partials from the formulas of the table, run on complex
values: the real part of f(x + iy) has the partials Re f' and -Im f', the imaginary part Im f' and
Re f'. Absolute value and angle are those of the plane. Values are Numba's own.
"""

from __future__ import annotations

import builtins
import cmath
import itertools
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from numba.core import errors, types
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
)
from numba.extending import intrinsic, lower_builtin

from .._rules._row import Binary, Flat, Unary
from . import _complex_casts, _rows, _types
from ._chain import Emission, as_double, chain
from ._complex_symbols import ComplexSymbol, parts
from ._overload import overload
from ._results import plain_value
from ._rows import PLAIN, ROWS, primal_value
from ._stand_ins import Marker
from ._structures import packed, taken
from ._symbols import Symbol
from ._types import NUMBERS, ADType, ComplexType

_CMATH: dict[Any, Any] = {
    **{
        getattr(cmath, name): getattr(np, name)
        for name in ("exp", "log", "log10", "sqrt", "cos", "sin", "tan", "cosh", "sinh", "tanh")
    },
    **{getattr(cmath, "a" + name): getattr(np, "arc" + name) for name in ("cos", "sin", "tan")},
    **{getattr(cmath, f"a{n}h"): getattr(np, f"arc{n}h") for n in ("cos", "sin", "tan")},
    **{getattr(cmath, n): getattr(np, n) for n in ("isnan", "isinf", "isfinite")},
}


class _Holomorphic(Emission):
    """An operation on complex values, with complex partials."""

    def _number(self, ty: Any, x: Any) -> Symbol:
        if not isinstance(ty, (ComplexType, types.Complex)):
            real = _types.plain_of(self.builder, ty, x)
            base = ty.base if isinstance(ty, ADType) else ty
            number = Symbol(self.context, self.builder, as_double(self.builder, base, real))
            return ComplexSymbol(self.context, self.builder, number, 0.0)
        plain = _types.plain_of(self.builder, ty, x)
        base = ty.base if isinstance(ty, ComplexType) else ty
        wide = self.context.cast(self.builder, plain, base, types.complex128)
        two = (taken(self.builder, wide, i) for i in range(2))
        return ComplexSymbol(
            self.context, self.builder, *(Symbol(self.context, self.builder, p) for p in two)
        )

    def _symbol(self, ty: Any, x: Any) -> Any:
        return self._number(ty, x) if isinstance(ty, NUMBERS) else super()._symbol(ty, x)

    def _answer(self, ty: Any, x: Any) -> Any:
        return self._number(ty, x)


class _Side:
    """The real (0) or imaginary (1) part of an operation, as a function of real operands."""

    def __init__(self, whole: _Holomorphic, side: int) -> None:
        self.whole, self.side = whole, side
        self.context, self.builder = whole.context, whole.builder
        self.operands: list[tuple[Any, Any]] = []
        self._sources: list[tuple[int, bool]] = []
        for i, (ty, x) in enumerate(whole.operands):
            if isinstance(ty, ADType):
                self._add(i, False, ty, x)
            elif isinstance(ty, ComplexType):
                for j in range(2):
                    self._add(i, j == 1, ty.part, taken(whole.builder, x, j))

    def _add(self, i: int, turned: bool, ty: Any, x: Any) -> None:
        self.operands.append((ty, x))
        self._sources.append((i, turned))

    @property
    def active(self) -> list[int]:
        return list(range(len(self.operands)))

    def _component(self, d: Any, turns: int) -> Any:
        """A part of d times a power of the imaginary unit."""
        re, im = parts(d)
        for _ in range(turns):
            re, im = -im if isinstance(im, Symbol) or im else 0.0, re
        return (re, im)[self.side]

    def first(self, i: int) -> Any:
        source, turned = self._sources[i]
        return self._component(self.whole.first(source), int(turned))

    def second(self, i: int, j: int) -> Any:
        (a, p), (b, q) = self._sources[i], self._sources[j]
        return self._component(self.whole.second(min(a, b), max(a, b)), p + q)

    def third(self, i: int, j: int, k: int) -> Any:
        raise errors.LoweringError("dualad: complex numbers have no third derivatives here")

    def is_given(self, i: int) -> bool:
        return self.whole.is_given(self._sources[i][0])


def lowering(fn: Any, row: Any) -> Any:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value, primal = primal_value(context, builder, fn, sig, args)
        ty = sig.return_type
        if not isinstance(ty, NUMBERS):
            return context.cast(builder, value, primal, ty)
        operands = list(zip(sig.args, args, strict=True))
        if isinstance(ty, ADType):
            return _length(context, builder, ty, operands[0], value)
        if row.fn is np.conjugate:
            return _mirrored(context, builder, ty, operands[0], value)
        whole = _Holomorphic(context, builder, row, operands, value, primal)
        sides: list[Any] = [_Side(whole, side) for side in range(2)]
        both = [chain(side, ty.part, taken(builder, value, i)) for i, side in enumerate(sides)]
        return packed(builder, context.get_value_type(ty), both)

    return lower


def _pair(builder: Any, operand: tuple[Any, Any]) -> list[tuple[Any, Any]]:
    ty, x = operand
    return [(ty.part, taken(builder, x, i)) for i in range(2)]


def _length(context: Any, builder: Any, ty: ADType, operand: Any, value: Any) -> Any:
    row: Any = ROWS[np.hypot]
    pair = _pair(builder, operand)
    return chain(Emission(context, builder, row, pair, value, ty.base), ty, value)


def _mirrored(context: Any, builder: Any, ty: Any, operand: Any, value: Any) -> Any:
    (_, re), (part, im) = _pair(builder, operand)
    down = taken(builder, value, 1)
    row: Any = ROWS[np.negative]
    low = chain(Emission(context, builder, row, [(part, im)], down, part.base), part, down)
    return packed(builder, context.get_value_type(ty), (re, low))


def _signatures(arity: int, with_reals: bool) -> Iterator[tuple[Any, ...]]:
    for kinds in itertools.product((ComplexType, ADType, types.Complex, *PLAIN), repeat=arity):
        has_real = ADType in kinds
        if ComplexType in kinds or (has_real and (types.Complex in kinds or with_reals)):
            yield kinds


def register() -> None:
    """Type and write every elementwise function for complex numbers."""
    for fn, row in _rows.known_functions():
        if not _rows.takes_complex(fn):
            continue
        binary = isinstance(row, Binary) or fn in (operator.eq, operator.ne, np.equal, np.not_equal)
        for kinds in _signatures(2 if binary else 1, False):
            lower_builtin(fn, *kinds)(lowering(fn, row))
    for fn, same in _CMATH.items():
        row = ROWS.get(same) or Flat(same)
        infer_global(fn, types.Function(_rows.template(fn, row)))
        for kinds in _signatures(1, True):
            lower_builtin(fn, *kinds)(lowering(fn, row))


# --- parts ----------------------------------------------------------------------------------------


@intrinsic
def _joined(typingctx: Any, re: Any, im: Any) -> Any:
    kind: Any = _rows.differentiated((re, im))
    single = {_rows.primal_type(re), _rows.primal_type(im)} == {types.float32}
    base = types.float32 if single else types.float64
    ty = ComplexType(kind.with_base(base))

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        both = [context.cast(builder, x, t, ty.part) for t, x in zip(sig.args, args, strict=True)]
        return packed(builder, context.get_value_type(ty), both)

    return ty(re, im), codegen


@intrinsic
def _as_complex(typingctx: Any, x: Any) -> Any:
    kind: Any = _rows.differentiated((x,))
    base = x.base if isinstance(x, ADType) else x.base.underlying_float
    ty = ComplexType(kind.with_base(base))

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.cast(builder, args[0], sig.args[0], ty)

    return ty(x), codegen


def complex_of(re: Any, im: Any = 0.0) -> Any:
    """``complex(re, im)``."""
    raise NotImplementedError


@overload(complex_of)
def _complex_of(re: Any, im: Any = 0.0) -> Any:
    if isinstance(re, NUMBERS) and (im == 0.0 or isinstance(im, types.Omitted)):
        return lambda re, im=0.0: _as_complex(re)
    if isinstance(re, ComplexType) or isinstance(im, ComplexType):
        return None
    if isinstance(re, ADType) or isinstance(im, ADType):
        return lambda re, im=0.0: _joined(re, im)
    return lambda re, im=0.0: complex(re, im)


def _member(index: int) -> Any:
    @intrinsic
    def member(typingctx: Any, z: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return taken(builder, args[0], index)

        return z.part(z), codegen

    return member


_real, _imag = _member(0), _member(1)


def is_complex_array(ty: Any) -> bool:
    return isinstance(ty, types.Array) and isinstance(ty.dtype, ComplexType)


def real_of(x: Any) -> Any:
    """``x.real``; of an array of complex numbers a copy."""
    raise NotImplementedError


@overload(real_of)
def _real_of(x: Any) -> Any:
    if isinstance(x, ComplexType):
        return lambda x: _real(x)
    if is_complex_array(x):
        return _each(_real, x)
    if isinstance(x, ADType) or (isinstance(x, types.Array) and isinstance(x.dtype, ADType)):
        return lambda x: x
    return lambda x: x.real


def _each(member: Any, x: Any) -> Any:
    marker = Marker(x.dtype.part)

    def body(x: Any) -> Any:
        out = np.empty(x.shape, marker)
        for index in np.ndindex(x.shape):
            out[index] = member(x[index])
        return out

    return body


def imag_of(x: Any) -> Any:
    """``x.imag``; of an array of complex numbers a copy."""
    raise NotImplementedError


@overload(imag_of)
def _imag_of(x: Any) -> Any:
    if isinstance(x, ComplexType):
        return lambda x: _imag(x)
    if is_complex_array(x):
        return _each(_imag, x)
    if isinstance(x, ADType):
        return lambda x: 0.0
    if isinstance(x, types.Array) and isinstance(x.dtype, ADType):
        base = x.dtype.base
        return lambda x: np.zeros(x.shape, base)
    return lambda x: x.imag


@intrinsic
def _turned(typingctx: Any, z: Any, value: Any) -> Any:
    """The angle of z, with this value."""
    ty = z.part.with_base(value)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        row: Any = ROWS[np.arctan2]
        pair = _pair(builder, (z, args[0]))[::-1]
        return chain(Emission(context, builder, row, pair, args[1], value), ty, args[1])

    return ty(z, value), codegen


@overload(np.angle, target="cpu")
def _angle(z: Any, deg: Any = False) -> Any:
    if isinstance(z, ComplexType):

        def body(z: Any, deg: Any = False) -> Any:
            turn = _turned(z, np.angle(plain_value(z)))
            return np.degrees(turn) if deg else turn

        return body
    return None


@overload(cmath.phase, target="cpu")
def _phase(z: Any) -> Any:
    if isinstance(z, ComplexType):
        return lambda z: _turned(z, cmath.phase(plain_value(z)))
    return None


@overload(cmath.polar, target="cpu")
def _polar(z: Any) -> Any:
    if isinstance(z, ComplexType):
        return lambda z: (abs(z), cmath.phase(z))
    return None


@overload(cmath.rect, target="cpu")
def _rect(r: Any, phi: Any) -> Any:
    if isinstance(r, ADType) or isinstance(phi, ADType):
        return lambda r, phi: complex_of(r * np.cos(phi), r * np.sin(phi))
    return None


class _Bound(AbstractTemplate):
    """A method whose calls the pass has replaced; the method is still looked up."""

    key = "dualad.conjugate"

    def generic(self, args: Any, kws: Any) -> Any:
        return None


@infer_getattr
class _Attributes(AttributeTemplate):
    key = ComplexType

    def resolve_conjugate(self, z: Any) -> Any:
        return types.BoundFunction(_Bound, z)

    resolve_conj = resolve_conjugate


@infer_getattr
class _RealAttributes(AttributeTemplate):
    key = ADType
    resolve_conjugate = _Attributes.resolve_conjugate


SWAPS: dict[Any, Any] = {
    builtins.complex: complex_of,
    np.complex128: complex_of,
    np.real: real_of,
    np.imag: imag_of,
}
ATTRIBUTES = {"real": real_of, "imag": imag_of}
METHODS = {"conjugate": np.conjugate, "conj": np.conjugate}

register()

__all__ = ["Unary", "_complex_casts"]
