"""The chain rule of each kind of number, written as machine code.

An `Emission` is one elementary operation: its value, its operands, and its partial derivatives,
each of which is written only when a chain rule asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types

from .._rules._row import Binary, Constant, Unary
from . import _tape, _types
from ._symbols import Symbol
from ._tape import MOST_PARTS, LinType, VarType
from ._types import DOUBLE, ADType, DualType

I32 = ir.IntType(32)
# A product and a sum may be one instruction, in derivatives only: values keep their bits.
CONTRACT = ("contract",)


class Emission:
    """One elementary operation under construction.

    Attributes
    ----------
    operands : list of (type, LLVM value)
    value : LLVM value
        Of type `primal`.
    """

    def __init__(
        self,
        context: Any,
        builder: Any,
        row: Unary | Binary,
        operands: list[tuple[Any, Any]],
        value: Any,
        primal: Any,
    ) -> None:
        self.context, self.builder, self.row = context, builder, row
        self.operands, self.value = operands, value
        self._symbols = [self._symbol(ty, x) for ty, x in operands]
        self._symbols.append(Symbol(context, builder, as_double(builder, primal, value)))
        self._first: dict[int, Any] = {}

    @property
    def active(self) -> list[int]:
        return [i for i, (ty, _) in enumerate(self.operands) if isinstance(ty, ADType)]

    def _symbol(self, ty: Any, x: Any) -> Any:
        if isinstance(ty, ADType):
            return self._number(ty.base, _types.value_of(self.builder, x))
        if isinstance(ty, types.IntegerLiteral):
            return float(ty.literal_value)
        known = getattr(x, "constant", None) if isinstance(x, ir.Constant) else None
        if isinstance(known, (int, float)) and not isinstance(known, bool):
            return float(known)
        return self._number(ty, x)

    def _number(self, ty: Any, x: Any) -> Symbol:
        return Symbol(self.context, self.builder, as_double(self.builder, ty, x))

    def first(self, i: int) -> Any:
        """The first partial derivative in operand i: a symbol or a Python float."""
        if i not in self._first:
            row = self.row
            formula = row.d1 if isinstance(row, Unary) else (row.dx, row.dy)[i]
            self._first[i] = _run(formula, *self._symbols)
        return self._first[i]

    def second(self, i: int, j: int) -> Any:
        """The second partial derivative in operands i <= j."""
        row = self.row
        if isinstance(row, Unary):
            if isinstance(row.d2, Constant):
                return row.d2.number
            return _run(row.d2, *self._symbols, self.first(0))
        formula = {(0, 0): row.dxx, (0, 1): row.dxy, (1, 1): row.dyy}[i, j]
        return _run(formula, *self._symbols)

    def is_given(self, i: int) -> bool:
        """Whether the partial in operand i depends on nothing differentiated: its zeros count."""
        if isinstance(self.row, Unary):
            return isinstance(self.row.d1, Constant)
        passive = {"xy"[j] for j in range(2) if j not in self.active}
        return set(self.row.keeps[i]) <= passive


def _run(formula: Callable[..., Any], *symbols: Any) -> Any:
    if isinstance(formula, Constant):
        return formula.number
    return formula(*symbols)


def as_double(builder: Any, ty: Any, x: Any) -> Any:
    """A number of a plain type as a double."""
    if isinstance(ty, types.Float):
        return x if x.type == DOUBLE else builder.fpext(x, DOUBLE)
    if isinstance(ty, types.Boolean) or not ty.signed:
        return builder.uitofp(x, DOUBLE)
    return builder.sitofp(x, DOUBLE)


def splat(builder: Any, x: Any, width: int) -> Any:
    """A vector whose elements are all x."""
    vector = ir.Constant(ir.VectorType(DOUBLE, width), ir.Undefined)
    vector = builder.insert_element(vector, x, ir.Constant(I32, 0))
    order = ir.Constant(ir.VectorType(I32, width), [0] * width)
    return builder.shuffle_vector(vector, vector, order)


def scaled(builder: Any, d: Any, vector: Any) -> Any:
    """d times a vector; d is a Python float or a symbol."""
    if isinstance(d, (int, float)):
        if d == 1.0:
            return vector
        if d == -1.0:
            return builder.fneg(vector)
        d = ir.Constant(DOUBLE, float(d))
    else:
        d = d.double(d)
    return builder.fmul(splat(builder, d, vector.type.count), vector, flags=CONTRACT)


def is_zero(d: Any) -> bool:
    return isinstance(d, (int, float)) and d == 0.0


def combine(builder: Any, terms: list[Any], empty: Any) -> Any:
    """The sum of vectors; `empty` where there are none."""
    if not terms:
        return empty
    total = terms[0]
    for term in terms[1:]:
        total = builder.fadd(total, term, flags=CONTRACT)
    return total


def chain(e: Emission, ty: ADType, value: Any) -> Any:
    """The result of an operation as a number of type `ty`."""
    if isinstance(ty, DualType):
        vector = _careful(e, ty) if ty.careful else _tangents(e, ty)
        return _types.make(e.context, e.builder, ty, value, vector)
    if isinstance(ty, VarType):
        parts = parts_for([e.operands[i][0] for i in e.active])
        lin = LinType(ty.base, parts)
        return _tape.flushed(e.context, e.builder, lin, _composed(e, lin, value))
    assert isinstance(ty, LinType)
    return _composed(e, ty, value)


def parts_for(kinds: list[Any]) -> int:
    """The parts of a result of operands of these types."""
    total = sum(k.parts if isinstance(k, LinType) else 1 for k in kinds)
    return total if total <= MOST_PARTS else len(kinds)


def _composed(e: Emission, ty: LinType, value: Any) -> Any:
    b = e.builder
    operands = [e.operands[i] for i in e.active]
    if ty.parts < sum(k.parts if isinstance(k, LinType) else 1 for k, _ in operands):
        operands = [_as_variable(e, k, x) for k, x in operands]
    parts, tape = [], None
    for i, (kind, x) in zip(e.active, operands, strict=True):
        d = e.first(i)
        slope = d.double(d) if isinstance(d, Symbol) else ir.Constant(DOUBLE, float(d))
        partials, variables, own = _tape.parts_of(b, kind, x)
        tape = own if tape is None else _tape.either_tape(b, tape, own)
        for p, v in zip(partials, variables, strict=True):
            parts.append((slope if p is None else b.fmul(slope, p), v))
    return _tape.make_lin(e.context, b, ty, value, parts, tape)


def _as_variable(e: Emission, kind: Any, x: Any) -> tuple[Any, Any]:
    if not isinstance(kind, LinType):
        return kind, x
    return VarType(kind.base), _tape.flushed(e.context, e.builder, kind, x)


def _tangents(e: Emission, ty: DualType) -> Any:
    terms = []
    for i in e.active:
        d = e.first(i)
        if not is_zero(d):
            terms.append(scaled(e.builder, d, e.builder.extract_value(e.operands[i][1], 1)))
    return combine(e.builder, terms, ir.Constant(ir.VectorType(DOUBLE, ty.width), None))


def _careful(e: Emission, ty: DualType) -> Any:
    """Tangents whose lanes that are not reached stay 0, whatever the partial derivative."""
    b, n = e.builder, ty.lanes
    half = ir.VectorType(DOUBLE, n)
    zero = ir.Constant(half, None)
    tangents, reaches = [], []
    for i in e.active:
        d = e.first(i)
        if is_zero(d):
            continue
        tangent, reach = split(b, e.operands[i][1], n)
        if isinstance(d, Symbol) and e.is_given(i):
            nonzero = splat(b, b.uitofp((d != 0.0).llvm, DOUBLE), n)
            reach = b.fmul(reach, nonzero)
        reached = b.fcmp_unordered("!=", reach, zero)
        tangents.append(b.select(reached, scaled(b, d, tangent), zero))
        reaches.append(reach)
    both = combine(b, tangents, zero), combine(b, reaches, zero)
    order = ir.Constant(ir.VectorType(I32, 2 * n), list(range(2 * n)))
    return b.shuffle_vector(*both, order)


def split(builder: Any, number: Any, lanes: int) -> tuple[Any, Any]:
    """(tangents, reaches) of a careful number."""
    vector = builder.extract_value(number, 1)
    kind = ir.VectorType(I32, lanes)
    first = builder.shuffle_vector(vector, vector, ir.Constant(kind, list(range(lanes))))
    rest = ir.Constant(kind, list(range(lanes, 2 * lanes)))
    return first, builder.shuffle_vector(vector, vector, rest)
