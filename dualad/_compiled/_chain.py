"""The chain rule of each kind of number, written as machine code.

An `Emission` is one elementary operation: its value, its operands, and its partial derivatives,
each of which is written only when a chain rule asks for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types

from .._rules._row import Binary, Constant, Unary
from . import _tape, _types
from ._labels import joined, labels_for
from ._slopes import Slope
from ._structures import taken
from ._symbols import Symbol
from ._tape import LinType, VarType
from ._types import DOUBLE, ADType, CubeType, DualType, JetType, members

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
        self._symbols.append(self._answer(primal, value))
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

    def _answer(self, ty: Any, x: Any) -> Any:
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

    def third(self, i: int, j: int, k: int) -> Any:
        """The third partial derivative in operands i <= j <= k: a formula's own derivative."""
        row = self.row
        if isinstance(row, Unary):
            return _slope(
                row.d2, [*self._with_slopes(0), Slope.of(self.first(0), self.second(0, 0))]
            )
        formula = {(0, 0): row.dxx, (0, 1): row.dxy, (1, 1): row.dyy}[i, j]
        return _slope(formula, self._with_slopes(k))

    def _with_slopes(self, k: int) -> list[Any]:
        """The arguments of formulas, with their derivatives in operand k."""
        own = [Slope.of(s, 1.0) if i == k else s for i, s in enumerate(self._symbols[:-1])]
        return [*own, Slope.of(self._symbols[-1], self.first(k))]

    def is_given(self, i: int) -> bool:
        """Whether the partial in operand i depends on nothing differentiated: its zeros count."""
        if isinstance(self.row, Unary):
            return isinstance(self.row.d1, Constant)
        passive = {"xy"[j] for j in range(2) if j not in self.active}
        return set(self.row.keeps[i]) <= passive


def _slope(formula: Callable[..., Any], arguments: list[Any]) -> Any:
    """The derivative of a formula whose arguments have derivatives."""
    if isinstance(formula, Constant):
        return 0.0
    found = formula(*arguments)
    return found.slope if isinstance(found, Slope) else 0.0


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
        vectors = _careful(e, ty) if ty.careful else [_tangents(e, ty)]
        return _types.make(e.context, e.builder, ty, value, *vectors)
    if isinstance(ty, (JetType, CubeType)):
        return _types.make(e.context, e.builder, ty, value, *_jet(e, ty))
    if isinstance(ty, VarType):
        labels = labels_for([e.operands[i][0] for i in e.active])
        lin = LinType(ty.base, labels, ty.order)
        return _tape.flushed(e.context, e.builder, lin, _composed(e, lin, value))
    assert isinstance(ty, LinType)
    return _composed(e, ty, value)


class _Parts:
    """Partials in variables, those in the same variable added up."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.found: list[list[Any]] = []  # [partial, variable, tangent of the partial]
        self._places: dict[int, int] = {}

    def add(self, label: int | None, partial: Any, variable: Any, tangent: Any) -> None:
        place = None if label is None else self._places.get(label)
        if place is None:
            if label is not None:
                self._places[label] = len(self.found)
            self.found.append([partial, variable, tangent])
            return
        b, part = self.builder, self.found[place]
        part[0] = b.fadd(part[0], partial, flags=CONTRACT)
        if tangent is not None:
            part[2] = b.fadd(part[2], tangent, flags=CONTRACT)


def _composed(e: Emission, ty: LinType, value: Any) -> Any:
    b = e.builder
    operands = [e.operands[i] for i in e.active]
    if len(joined([kind for kind, _ in operands])) > ty.parts:
        operands = [_as_variable(e, k, x) for k, x in operands]
    parts, tape = _Parts(b), None
    slopes = [_llvm(e, e.first(i)) for i in e.active]
    second = ty.order == 2
    dots = [_tape.tangents_of(b, k, x)[1] if second else None for k, x in operands]
    for place, (kind, x) in enumerate(operands):
        slope = slopes[place]
        partials, variables, own = _tape.parts_of(b, kind, x)
        tape = own if tape is None else _tape.either_tape(b, tape, own)
        pdots = _tape.tangents_of(b, kind, x)[0] if second else [None] * len(partials)
        bend = _bend(e, place, dots) if second else None
        for label, p, v, pdot in zip(kind.labels, partials, variables, pdots, strict=True):
            partial = _times(b, slope, p)
            tangent = bend
            if second and p is not None:
                tangent = b.fadd(b.fmul(bend, p), b.fmul(slope, pdot))
            parts.add(label, partial, v, tangent)
    tangents = [t for _, _, t in parts.found] if second else []
    if second:
        total: Any = ir.Constant(DOUBLE, 0.0)
        for slope, dot in zip(slopes, dots, strict=True):
            total = b.fadd(total, b.fmul(slope, dot))
        tangents.append(total)
    pairs = [(p, v) for p, v, _ in parts.found]
    numbers = [x for _, x in operands]
    return _tape.make_lin(e.context, b, ty, value, pairs, tangents, tape, numbers)


def _times(builder: Any, slope: Any, partial: Any) -> Any:
    """A product of partials; None and the constant 1 are left out."""
    if partial is None:
        return slope
    if isinstance(slope, ir.Constant) and slope.constant == 1.0:
        return partial
    return builder.fmul(slope, partial, flags=CONTRACT)


def _llvm(e: Emission, d: Any) -> Any:
    return d.double(d) if isinstance(d, Symbol) else ir.Constant(DOUBLE, float(d))


def _bend(e: Emission, place: int, dots: list[Any]) -> Any:
    """The tangent of a first partial derivative."""
    b, i = e.builder, e.active[place]
    total: Any = ir.Constant(DOUBLE, 0.0)
    for j, dot in zip(e.active, dots, strict=True):
        d2 = e.second(min(i, j), max(i, j))
        if not is_zero(d2):
            total = b.fadd(total, b.fmul(_llvm(e, d2), dot))
    return total


def _as_variable(e: Emission, kind: Any, x: Any) -> tuple[Any, Any]:
    if not isinstance(kind, LinType):
        return kind, x
    return kind.variable(), _tape.flushed(e.context, e.builder, kind, x)


def _tangents(e: Emission, ty: DualType) -> Any:
    terms = []
    for i in e.active:
        d = e.first(i)
        if not is_zero(d):
            terms.append(scaled(e.builder, d, taken(e.builder, e.operands[i][1], 1)))
    return combine(e.builder, terms, ir.Constant(ir.VectorType(DOUBLE, ty.lanes), None))


# --- careful numbers: lanes that are not reached stay 0, whatever the partial derivative ----------


class Reached:
    """Sums of terms and, beside each, a sum that is nonzero where a term is reached."""

    def __init__(self, builder: Any, width: int, careful: bool) -> None:
        self.builder, self.careful = builder, careful
        self.zero = ir.Constant(ir.VectorType(DOUBLE, width), None)
        self.terms: list[Any] = []
        self.reaches: list[Any] = []

    def add(self, term: Any, reach: Any) -> None:
        """One term; `reach` is not looked at where nothing is careful."""
        if self.careful:
            reached = self.builder.fcmp_unordered("!=", reach, self.zero)
            term = self.builder.select(reached, term, self.zero)
            self.reaches.append(reach)
        self.terms.append(term)

    def total(self) -> Any:
        return combine(self.builder, self.terms, self.zero)

    def reach(self) -> Any:
        return combine(self.builder, self.reaches, self.zero)


def given_reach(e: Emission, i: int, d: Any, reach: Any) -> Any:
    """The reach of a term: none where its partial is a constant factor 0."""
    if not isinstance(d, Symbol) or not e.is_given(i):
        return reach
    nonzero = e.builder.uitofp((d != 0.0).llvm, DOUBLE)
    return e.builder.fmul(reach, splat(e.builder, nonzero, reach.type.count))


def _careful(e: Emission, ty: DualType) -> list[Any]:
    sums = Reached(e.builder, ty.lanes, True)
    for i in e.active:
        d = e.first(i)
        if not is_zero(d):
            x = e.operands[i][1]
            tangent, reach = (taken(e.builder, x, j) for j in (1, 2))
            sums.add(scaled(e.builder, d, tangent), given_reach(e, i, d, reach))
    return [sums.total(), sums.reach()]


# --- second order ---------------------------------------------------------------------------------


def _jet(e: Emission, ty: JetType | CubeType) -> list[Any]:
    """All vectors of a result, and their reaches."""
    b, careful, groups = e.builder, ty.careful, ty.groups
    count = (1 << len(groups)) - 1
    sums = [Reached(b, width, careful) for width in ty.widths[:count]]
    vectors = {
        i: [taken(b, e.operands[i][1], 1 + j) for j in range(len(ty.widths))] for i in e.active
    }
    for i in e.active:
        d = e.first(i)
        if is_zero(d):
            continue
        for j in range(count):
            reach = given_reach(e, i, d, vectors[i][count + j]) if careful else None
            sums[j].add(scaled(b, d, vectors[i][j]), reach)

    def add(mask: int, d: Any, parts: tuple[tuple[int, int], ...]) -> None:
        """d times a product; parts are operands and the sets whose vectors are taken."""
        if is_zero(d):
            return
        product = _outer(b, groups, [(part, vectors[i][part - 1]) for i, part in parts])
        reach = None
        if careful:
            chosen = [(part, vectors[i][count + part - 1]) for i, part in parts]
            reach = _outer(b, groups, chosen)
        sums[mask - 1].add(scaled(b, d, product), reach)

    for mask in range(1, count + 1):
        for left, right in _halves(mask):
            for i, j in itertools.product(e.active, repeat=2):
                add(mask, e.second(min(i, j), max(i, j)), ((i, left), (j, right)))
    if count == 7:
        for i, j, k in itertools.product(e.active, repeat=3):
            add(7, e.third(*sorted((i, j, k))), ((i, 1), (j, 2), (k, 4)))
    return [s.total() for s in sums] + ([s.reach() for s in sums] if careful else [])


def _halves(mask: int) -> list[tuple[int, int]]:
    """The ways to part a set of sets of directions in two; the first one is on the left."""
    lowest = mask & -mask
    lefts = [left for left in range(1, mask) if left & mask == left and left & lowest]
    return [(left, mask ^ left) for left in lefts]


def _outer(builder: Any, groups: tuple[int, ...], parts: list[tuple[int, Any]]) -> Any:
    """The products of all entries of vectors that belong to different sets of directions."""
    mask = sum(part for part, _ in parts)
    entries = list(itertools.product(*(range(groups[g]) for g in members(mask))))
    place = {g: n for n, g in enumerate(members(mask))}
    kind = ir.VectorType(I32, len(entries))
    total: Any = None
    for part, vector in parts:
        order = []
        for entry in entries:
            at = 0
            for g in members(part):
                at = at * groups[g] + entry[place[g]]
            order.append(at)
        spread = builder.shuffle_vector(vector, vector, ir.Constant(kind, order))
        total = spread if total is None else builder.fmul(total, spread, flags=CONTRACT)
    return total
