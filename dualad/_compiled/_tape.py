"""Reverse mode in compiled code: numbers that write a list of edges, and the list.

A number is a value, the index of a variable, and a pointer to the tape: it travels in the value, so
there are no globals, threads do not meet, and compiled code can be cached. An edge is a partial
derivative and two variables. The result of an operation is not a variable yet: a `LinType` holds
its partials and the variables that they belong to, in registers; what is built upon it composes
them. Only where the program names a value, stores it or passes it on does it become a variable,
with one edge for each of its parts. So a statement of the source is one node of the tape, however
many operations it has.

The header of a tape is described in `_memory`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, register_model

from . import _types
from ._addresses import REALLOC
from ._memory import CAPACITY, COUNT, EDGES, FAILED, FIRST_ROOM, LIMIT, VARIABLES
from ._structures import packed, taken
from ._types import DOUBLE, I64, ADType, base_llvm, narrow, widen

MOST_PARTS = 8
"""Partials that a number composes before its operands become variables."""

MOST_INLINE = 32
"""Places of one function that write edges by code of their own; beyond them it is called."""

MOST_BEFORE = 4000
"""Instructions of a block that is split to write edges: LLVM moves what only edges need behind the
branch, one by one, and looks at the whole block for each."""

I8P = ir.IntType(8).as_pointer()
I32 = ir.IntType(32)
EDGE = ir.LiteralStructType([DOUBLE, I32, I32])
EDGE_2 = ir.LiteralStructType([DOUBLE, I32, I32, DOUBLE, DOUBLE])  # 32 bytes: two of the others


class VarType(ADType):
    """A variable of a tape; index 0 and no tape where it is a constant.

    Of order 2 it carries its tangent along one direction, and edges the tangents of partials. Two
    with the same label are the same variable where they meet in an operation, see `_naming`.
    """

    def __init__(self, base: types.Float, order: int = 1, label: int | None = None) -> None:
        self.order, self.label = order, label
        super().__init__(base, f"Var{order}_{base}{'' if label is None else f'_{label}'}")

    @property
    def key(self) -> Any:
        return self.base, self.order, self.label

    @property
    def labels(self) -> tuple[int | None, ...]:
        return (self.label,)

    def with_base(self, base: types.Float) -> VarType:
        return VarType(base, self.order, self.label)

    def variable(self) -> VarType:
        """The type without a label."""
        return VarType(self.base, self.order)

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        if isinstance(other, LinType) and other.order == self.order:
            return Conversion.safe
        if isinstance(other, VarType) and other != self:
            return super(VarType, self.variable()).can_convert_from(typingctx, other.variable())
        return super().can_convert_from(typingctx, other)

    def unify(self, typingctx: Any, other: Any) -> Any:
        if isinstance(other, (LinType, VarType)):
            return super(VarType, self.variable()).unify(typingctx, other.variable())
        return super().unify(typingctx, other)


class LinType(ADType):
    """A value with partial derivatives, each in a variable; `labels` has an entry for each."""

    def __init__(self, base: types.Float, labels: tuple[int | None, ...], order: int = 1) -> None:
        self.labels, self.order = labels, order
        names = ".".join("" if label is None else str(label) for label in labels)
        super().__init__(base, f"Lin{order}x{len(labels)}_{base}_{names}")

    @property
    def key(self) -> Any:
        return self.base, self.labels, self.order

    @property
    def parts(self) -> int:
        """How many partials it has."""
        return len(self.labels)

    def with_base(self, base: types.Float) -> LinType:
        return LinType(base, self.labels, self.order)

    def variable(self) -> VarType:
        """The type that it has once it is named."""
        return VarType(self.base, self.order)

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        return None

    def unify(self, typingctx: Any, other: Any) -> Any:
        # Two types of one result come from Numba's finding types in rounds: operands of the first
        # round were constants yet, or had fewer partials.
        if isinstance(other, (types.Integer, types.Boolean)):
            return self
        if isinstance(other, types.Float):
            return self.with_base(max(self.base, other, key=lambda t: t.bitwidth))
        if isinstance(other, LinType) and other.order == self.order:
            base = max(self.base, other.base, key=lambda t: t.bitwidth)
            for small, large in ((self, other), (other, self)):
                if not Counter(small.labels) - Counter(large.labels):
                    return large.with_base(base)
        return self.variable().unify(typingctx, other)


@register_model(VarType)
class _VarModel(models.DataModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type)
        rest = [I64, I8P] + [DOUBLE] * (fe_type.order - 1)
        self._value = ir.LiteralStructType([base_llvm(fe_type), *rest])
        self._data = ir.LiteralStructType([DOUBLE, *rest])

    def get_value_type(self) -> Any:
        return self._value

    def get_data_type(self) -> Any:
        return self._data

    def get_argument_type(self) -> Any:
        return tuple(self._value.elements)

    def get_return_type(self) -> Any:
        return self._data

    def _members(self, builder: Any, value: Any) -> list[Any]:
        return [taken(builder, value, i) for i in range(len(self._value.elements))]

    def as_argument(self, builder: Any, value: Any) -> Any:
        return tuple(self._members(builder, value))

    def from_argument(self, builder: Any, value: Any) -> Any:
        return packed(builder, self._value, value)

    def as_data(self, builder: Any, value: Any) -> Any:
        parts = self._members(builder, value)
        parts[0] = widen(builder, self.fe_type, parts[0])
        return packed(builder, self._data, parts)

    def from_data(self, builder: Any, value: Any) -> Any:
        parts = self._members(builder, value)
        parts[0] = narrow(builder, self.fe_type, parts[0])
        return packed(builder, self._value, parts)

    def load_from_data_pointer(self, builder: Any, ptr: Any, align: Any = None) -> Any:
        return self.from_data(builder, builder.load(ptr, align=8))

    as_return = as_data
    from_return = from_data


@register_model(LinType)
class _LinModel(models.PrimitiveModel):
    """Value, partials (of order 2: their tangents, and that of the value), variables, tape."""

    def __init__(self, dmm: Any, fe_type: Any) -> None:
        k, second = fe_type.parts, fe_type.order - 1
        doubles = [DOUBLE] * (k + second * (k + 1))
        whole = ir.LiteralStructType([base_llvm(fe_type), *doubles, *[I64] * k, I8P])
        super().__init__(dmm, fe_type, whole)


# --- the parts of a number ------------------------------------------------------------------------


def parts_of(builder: Any, ty: Any, x: Any) -> tuple[list[Any], list[Any], Any]:
    """(partials, variables, tape); a variable's own partial is None, which means 1."""
    if isinstance(ty, VarType):
        return [None], [taken(builder, x, 1)], taken(builder, x, 2)
    k = ty.parts
    members = [taken(builder, x, i) for i in range(len(x.type.elements))]
    return members[1 : 1 + k], members[-1 - k : -1], members[-1]


def tangents_of(builder: Any, ty: Any, x: Any) -> tuple[list[Any], Any]:
    """(tangents of the partials, tangent of the value); None for a variable's own partial."""
    if isinstance(ty, VarType):
        return [None], taken(builder, x, 3)
    k = ty.parts
    found = [taken(builder, x, 1 + k + i) for i in range(k + 1)]
    return found[:k], found[k]


def make_lin(
    context: Any,
    builder: Any,
    ty: LinType,
    value: Any,
    parts: Any,
    tangents: Any,
    tape: Any,
    like: Any = (),
) -> Any:
    """A number from its value, its (partial, variable) pairs, and tangents of order 2.

    `like`: numbers that may have variables and the tape in common with it.
    """
    whole = context.get_value_type(ty)
    members = [value, *(p for p, _ in parts), *tangents, *(v for _, v in parts), tape]
    return packed(builder, whole, members, like)


def either_tape(builder: Any, a: Any, b: Any) -> Any:
    """The tape of an operation's result: a constant has none."""
    if a is b:
        return a
    none = builder.icmp_unsigned("==", a, ir.Constant(I8P, None))
    return builder.select(none, b, a)


# --- writing edges --------------------------------------------------------------------------------


def word(builder: Any, tape: Any, i: int) -> Any:
    """A pointer to a word of the header."""
    words = builder.bitcast(tape, I64.as_pointer())
    return builder.gep(words, [ir.Constant(I64, i)])


def flushed(context: Any, builder: Any, ty: LinType, x: Any) -> Any:
    """A variable for this number: its edges are written."""
    partials, variables, tape = parts_of(builder, ty, x)
    target = ty.variable()
    pdots, dot = ([], None) if ty.order == 1 else tangents_of(builder, ty, x)
    written = [*partials, *variables, *pdots]
    function = builder.function
    sites = function.dualad_sites = getattr(function, "dualad_sites", 0) + 1
    if sites > MOST_INLINE or len(builder.block.instructions) > MOST_BEFORE:
        index = builder.call(_outlined(builder.module, ty), [tape, *written])
    else:
        index = _pushed(builder, ty, tape, written)
    members = [taken(builder, x, 0), index, tape]
    members += [] if dot is None else [dot]
    return packed(builder, context.get_value_type(target), members)


def _pushed(builder: Any, ty: LinType, tape: Any, written: list[Any]) -> Any:
    """Write edges, of `parts` partials, variables, and of order 2 tangents; a new variable."""
    k = ty.parts
    partials, variables, pdots = written[:k], written[k : 2 * k], written[2 * k :]
    unit = ty.order  # of room: an edge of order 2 is twice as long
    kind = EDGE if ty.order == 1 else EDGE_2
    index = cgutils.alloca_once_value(builder, ir.Constant(I64, 0))
    builder.store(ir.Constant(I64, 0), index)
    has_tape = builder.icmp_unsigned("!=", tape, ir.Constant(I8P, None))
    with builder.if_then(has_tape, likely=True):
        count = builder.load(word(builder, tape, COUNT))
        after = builder.add(count, ir.Constant(I64, k))
        room = builder.load(word(builder, tape, CAPACITY))
        wanted = builder.mul(after, ir.Constant(I64, unit))
        with builder.if_then(builder.icmp_signed(">", wanted, room), likely=False):
            builder.call(_grow(builder.module), [tape])
        # Where memory ran out the list begins anew; the driver will say so.
        count = builder.load(word(builder, tape, COUNT))
        after = builder.add(count, ir.Constant(I64, k))
        builder.store(after, word(builder, tape, COUNT))
        number = builder.add(builder.load(word(builder, tape, VARIABLES)), ir.Constant(I64, 1))
        builder.store(number, word(builder, tape, VARIABLES))
        builder.store(number, index)
        edges = builder.inttoptr(builder.load(word(builder, tape, EDGES)), kind.as_pointer())
        to = builder.trunc(number, I32)
        for i, (p, v) in enumerate(zip(partials, variables, strict=True)):
            edge = builder.gep(edges, [builder.add(count, ir.Constant(I64, i))])
            fields = [p, builder.trunc(v, I32), to, *pdots[i : i + 1]]
            for field, part in enumerate(fields):
                where = [ir.Constant(I32, 0), ir.Constant(I32, field)]
                builder.store(part, builder.gep(edge, where))
    return builder.load(index)


def _outlined(module: Any, ty: LinType) -> Any:
    """A function of the module that writes so many edges: LLVM's time grows with the branches."""
    name = f"dualad_push_{ty.order}_{ty.parts}"
    known = module.globals.get(name)
    if known is not None:
        return known
    k = ty.parts
    kinds = [I8P, *[DOUBLE] * k, *[I64] * k, *[DOUBLE] * (k * (ty.order - 1))]
    function = ir.Function(module, ir.FunctionType(I64, kinds), name)
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    tape, *written = function.args
    builder.ret(_pushed(builder, ty, tape, written))
    return function


def _grow(module: Any) -> Any:
    """A function of the module that doubles the room for edges; cold, and so never inlined."""
    name = "dualad_grow"
    known = module.globals.get(name)
    if known is not None:
        return known
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [I8P]), name)
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    function.attributes.add("cold")
    builder = ir.IRBuilder(function.append_basic_block())
    tape = function.args[0]
    realloc = cgutils.get_or_insert_function(module, ir.FunctionType(I8P, [I8P, I64]), REALLOC)
    room = builder.load(word(builder, tape, CAPACITY))
    first = builder.icmp_signed("<", room, ir.Constant(I64, FIRST_ROOM))
    doubled = builder.shl(room, ir.Constant(I64, 1))
    wanted = builder.select(first, ir.Constant(I64, FIRST_ROOM), doubled)
    limit = builder.load(word(builder, tape, LIMIT))
    with builder.if_else(builder.icmp_signed(">", wanted, limit)) as (then, otherwise):
        with then:
            builder.store(ir.Constant(I64, 1), word(builder, tape, FAILED))
            builder.store(ir.Constant(I64, 0), word(builder, tape, COUNT))
        with otherwise:
            old = builder.inttoptr(builder.load(word(builder, tape, EDGES)), I8P)
            new = builder.call(realloc, [old, builder.shl(wanted, ir.Constant(I64, 4))])
            failed = builder.icmp_unsigned("==", new, ir.Constant(I8P, None))
            with builder.if_else(failed) as (bad, good):
                with bad:
                    builder.store(ir.Constant(I64, 1), word(builder, tape, FAILED))
                    builder.store(ir.Constant(I64, 0), word(builder, tape, COUNT))
                with good:
                    builder.store(builder.ptrtoint(new, I64), word(builder, tape, EDGES))
                    builder.store(wanted, word(builder, tape, CAPACITY))
    builder.ret_void()
    return function


@lower_cast(LinType, VarType)
def _lin_to_var(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    out = flushed(context, builder, fromty, val)
    return context.cast(builder, out, fromty.variable(), toty)


@lower_cast(LinType, LinType)
def _lin_to_lin(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    """A number with more partials: the others are zero, in no variable."""
    zero = ir.Constant(DOUBLE, 0.0)
    value = context.cast(builder, taken(builder, val, 0), fromty.base, toty.base)
    partials, variables, tape = parts_of(builder, fromty, val)
    pdots, dot = ([], None) if fromty.order == 1 else tangents_of(builder, fromty, val)
    pairs: list[Any] = [(zero, ir.Constant(I64, 0)) for _ in toty.labels]
    tangents = [zero for _ in toty.labels] if fromty.order == 2 else []
    free = list(enumerate(toty.labels))
    for i, label in enumerate(fromty.labels):
        place = next(p for p in free if p[1] == label)
        free.remove(place)
        pairs[place[0]] = partials[i], variables[i]
        if tangents:
            tangents[place[0]] = pdots[i]
    tangents += [] if dot is None else [dot]
    return make_lin(context, builder, toty, value, pairs, tangents, tape)


# --- where the program names a value --------------------------------------------------------------


def named(x: Any) -> Any:
    """x as the program names, stores or passes it on: a variable of the tape."""
    raise NotImplementedError


@infer_global(named)
class _Named(AbstractTemplate):
    key = named

    def generic(self, args: Any, kws: Any) -> Any:
        (x,) = args
        return signature(x.variable() if isinstance(x, (LinType, VarType)) else x, x)


@lower_builtin(named, types.Any)
def _lower_named(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    from numba.core.imputils import impl_ret_borrowed

    if isinstance(sig.args[0], LinType):
        return flushed(context, builder, sig.args[0], args[0])
    return impl_ret_borrowed(context, builder, sig.return_type, args[0])


__all__ = ["_types"]
