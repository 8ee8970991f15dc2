"""The types of differentiated numbers in compiled code, and how they lie in memory.

A number travels as ``{value, <N x double>}``: LLVM's own vectors, N a power of two, because LLVM
does not find them in scalars and splits other lengths badly. The vector is never a type in
memory: LLVM would expect it on a boundary of its own size, where Numba's arrays are not. In arrays
a number is N + 1 doubles, the value first.

Every type is a module-level class with a key of all that changes the code generated for it, since
Numba's caches hold types by key.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.typeconv import Conversion
from numba.extending import lower_cast, register_model

from ._structures import packed, taken

DOUBLE = ir.DoubleType()
I64 = ir.IntType(64)


class ADType(types.Type):
    """A differentiated real number.

    Attributes
    ----------
    base : numba.types.Float
        The type of the value; derivatives are always kept in double precision.
    """

    mutable = False

    def __init__(self, base: types.Float, name: str) -> None:
        self.base = base
        super().__init__(name=name)

    def with_base(self, base: types.Float) -> ADType:
        raise NotImplementedError

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        if isinstance(other, (types.Integer, types.Boolean, types.Float)):
            return Conversion.safe
        if isinstance(other, ADType) and other.with_base(self.base) == self:
            wider = self.base.bitwidth >= other.base.bitwidth
            return Conversion.promote if wider else Conversion.unsafe
        return None

    def unify(self, typingctx: Any, other: Any) -> Any:
        if isinstance(other, (types.Integer, types.Boolean)):
            return self
        if isinstance(other, types.Float):
            return self.with_base(max(self.base, other, key=lambda t: t.bitwidth))
        if isinstance(other, ADType) and other.with_base(self.base) == self:
            return self.with_base(max(self.base, other.base, key=lambda t: t.bitwidth))
        if isinstance(other, types.Complex):
            return ComplexType(self).unify(typingctx, other)
        return None

    def cast_python_value(self, value: Any) -> Any:
        # Numba's own reductions begin with ``array.dtype(0)``.
        return self.base.cast_python_value(value)


class DualType(ADType):
    """A value and `lanes` tangents.

    With `careful` each tangent has a second lane that says, by being nonzero, that it is reached
    from its seed: a structural zero then wins over an infinite partial derivative.
    """

    def __init__(self, base: types.Float, lanes: int, careful: bool = False) -> None:
        self.lanes, self.careful = lanes, careful
        kind = "CarefulDual" if careful else "Dual"
        super().__init__(base, f"{kind}{lanes}_{base}")

    @property
    def key(self) -> Any:
        return self.base, self.lanes, self.careful

    @property
    def groups(self) -> tuple[int, ...]:
        """How many directions of each set it has."""
        return (self.lanes,)

    @property
    def widths(self) -> tuple[int, ...]:
        """Elements of its vectors: tangents, and whether they are reached."""
        return (self.lanes,) * (2 if self.careful else 1)

    def with_base(self, base: types.Float) -> DualType:
        return DualType(base, self.lanes, self.careful)


class JetType(ADType):
    """A value, its tangents along two sets of directions, and all second derivatives of pairs.

    Its vectors are ``e1`` (`rows` of them), ``e2`` (`columns`) and ``e12`` (``rows * columns``,
    row by row); with `careful` three more follow that say which entries are reached.
    """

    def __init__(self, base: types.Float, rows: int, columns: int, careful: bool = False) -> None:
        self.rows, self.columns, self.careful = rows, columns, careful
        kind = "CarefulJet" if careful else "Jet"
        super().__init__(base, f"{kind}{rows}x{columns}_{base}")

    @property
    def key(self) -> Any:
        return self.base, self.rows, self.columns, self.careful

    @property
    def groups(self) -> tuple[int, ...]:
        """How many directions of each set it has."""
        return (self.rows, self.columns)

    @property
    def widths(self) -> tuple[int, ...]:
        return widths_of(self.groups) * (2 if self.careful else 1)

    def with_base(self, base: types.Float) -> JetType:
        return JetType(base, self.rows, self.columns, self.careful)


class CubeType(ADType):
    """A value, its tangents along three sets of directions, and all products up to third order.

    Its vectors stand in the order of the sets that they belong to, read as binary numbers: 1, 2,
    12, 3, 13, 23, 123. Entries of a product lie with its last set running fastest.
    """

    def __init__(
        self, base: types.Float, groups: tuple[int, int, int], careful: bool = False
    ) -> None:
        self.groups, self.careful = groups, careful
        kind = "CarefulCube" if careful else "Cube"
        super().__init__(base, f"{kind}{'x'.join(map(str, groups))}_{base}")

    @property
    def key(self) -> Any:
        return self.base, self.groups, self.careful

    @property
    def widths(self) -> tuple[int, ...]:
        return widths_of(self.groups) * (2 if self.careful else 1)

    def with_base(self, base: types.Float) -> CubeType:
        return CubeType(base, self.groups, self.careful)


def members(mask: int) -> list[int]:
    """The sets of directions that a product belongs to, from its binary number."""
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def width_of(groups: tuple[int, ...], mask: int) -> int:
    """Elements of the vector of a product of sets of directions."""
    out = 1
    for i in members(mask):
        out *= groups[i]
    return out


def widths_of(groups: tuple[int, ...]) -> tuple[int, ...]:
    """Elements of all vectors of a number with these sets of directions."""
    return tuple(width_of(groups, mask) for mask in range(1, 1 << len(groups)))


def number_type(base: types.Float, groups: tuple[int, ...], careful: bool = False) -> Any:
    """The type with so many directions in each of its sets; the plain one without any."""
    if len(groups) == 1:
        return DualType(base, groups[0], careful)
    if len(groups) == 2:
        return JetType(base, *groups, careful)
    return CubeType(base, groups, careful) if len(groups) == 3 else base  # type: ignore[arg-type]  # mypy does not count a tuple's members


class ComplexType(types.Type):
    """A complex number whose real and imaginary parts are differentiated numbers.

    Attributes
    ----------
    part : ADType
        The type of both parts; in reverse mode variables of the tape.
    base : numba.types.Complex
        The type of the value.
    """

    mutable = False

    def __init__(self, part: Any) -> None:
        self.part: ADType = part.variable() if hasattr(part, "variable") else part
        self.base = types.complex128 if part.base == types.float64 else types.complex64
        super().__init__(name=f"Complex_{part}")

    @property
    def key(self) -> Any:
        return self.part

    def with_base(self, base: types.Complex) -> ComplexType:
        return ComplexType(self.part.with_base(base.underlying_float))

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        if isinstance(other, (types.Integer, types.Boolean, types.Float, types.Complex)):
            return Conversion.safe
        own = self.part.with_base(types.float64)
        if isinstance(other, ADType) and own.unify(typingctx, other) == own:
            return Conversion.safe
        if isinstance(other, ComplexType) and other.part.with_base(types.float64) == own:
            wider = self.base.bitwidth >= other.base.bitwidth
            return Conversion.promote if wider else Conversion.unsafe
        return None

    def unify(self, typingctx: Any, other: Any) -> Any:
        if isinstance(other, types.Complex):
            other = other.underlying_float
        elif isinstance(other, ComplexType):
            other = other.part
        part = self.part.unify(typingctx, other)
        return ComplexType(part) if isinstance(part, ADType) else None

    def cast_python_value(self, value: Any) -> Any:
        return self.base.cast_python_value(value)


NUMBERS = (ADType, ComplexType)


@register_model(ComplexType)
class _ComplexModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, [("real", fe_type.part), ("imag", fe_type.part)])


def base_llvm(ty: ADType) -> ir.Type:
    return DOUBLE if ty.base == types.float64 else ir.FloatType()


def widen(builder: Any, ty: ADType, value: Any) -> Any:
    """A value as a double."""
    return value if ty.base == types.float64 else builder.fpext(value, DOUBLE)


def narrow(builder: Any, ty: ADType, value: Any) -> Any:
    """A double as a value of this type."""
    return value if ty.base == types.float64 else builder.fptrunc(value, base_llvm(ty))


class _FlatModel(models.DataModel):
    """A number whose parts are a value and vectors; in memory an array of doubles."""

    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type)
        self._vectors = [ir.VectorType(DOUBLE, n) for n in fe_type.widths]
        self._value = ir.LiteralStructType([base_llvm(fe_type), *self._vectors])
        self._data = ir.ArrayType(DOUBLE, sum(fe_type.widths) + 1)

    def get_value_type(self) -> Any:
        return self._value

    def get_data_type(self) -> Any:
        return self._data

    def get_argument_type(self) -> Any:
        return tuple(self._value.elements)

    def get_return_type(self) -> Any:
        return self._data

    def as_argument(self, builder: Any, value: Any) -> Any:
        return tuple(taken(builder, value, i) for i in range(1 + len(self._vectors)))

    def from_argument(self, builder: Any, value: Any) -> Any:
        return packed(builder, self._value, value)

    def as_data(self, builder: Any, value: Any) -> Any:
        # Through the stack, which LLVM removes: vectors do not become arrays otherwise.
        slot = cgutils.alloca_once(builder, self._data)
        number, *vectors = self.as_argument(builder, value)
        first = builder.bitcast(slot, DOUBLE.as_pointer())
        builder.store(widen(builder, self.fe_type, number), first, align=8)
        for vector, place in zip(vectors, self._places(builder, first), strict=True):
            builder.store(vector, place, align=8)
        return builder.load(slot, align=8)

    def _places(self, builder: Any, first: Any) -> list[Any]:
        """Pointers to the vectors behind a value."""
        out, offset = [], 1
        for vector in self._vectors:
            place = builder.gep(first, [ir.Constant(I64, offset)])
            out.append(builder.bitcast(place, vector.as_pointer()))
            offset += vector.count
        return out

    def from_data(self, builder: Any, value: Any) -> Any:
        slot = cgutils.alloca_once(builder, self._data)
        builder.store(value, slot, align=8)
        return self.load_from_data_pointer(builder, slot)

    def load_from_data_pointer(self, builder: Any, ptr: Any, align: Any = None) -> Any:
        first = builder.bitcast(ptr, DOUBLE.as_pointer())
        number = narrow(builder, self.fe_type, builder.load(first, align=8))
        places = self._places(builder, first)
        vectors = [builder.load(place, align=8) for place in places]
        return packed(builder, self._value, [number, *vectors])

    as_return = as_data
    from_return = from_data


@register_model(DualType)
@register_model(JetType)
@register_model(CubeType)
class _NumberModel(_FlatModel):
    pass


def make(context: Any, builder: Any, ty: ADType, value: Any, *vectors: Any) -> Any:
    """A number from its value and its vectors."""
    return packed(builder, context.get_value_type(ty), (value, *vectors))


def constant(context: Any, builder: Any, ty: ADType, value: Any) -> Any:
    """A number that does not depend on anything differentiated."""
    whole = context.get_value_type(ty)
    out = ir.Constant(whole, None)  # all zero
    return builder.insert_value(out, value, 0)


def value_of(builder: Any, number: Any) -> Any:
    return taken(builder, number, 0)


@lower_cast(types.Float, ADType)
@lower_cast(types.Integer, ADType)
@lower_cast(types.Boolean, ADType)
def _from_plain(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    if isinstance(fromty, types.Literal):
        fromty = types.unliteral(fromty)
    return constant(context, builder, toty, context.cast(builder, val, fromty, toty.base))


@lower_cast(ADType, ADType)
def _between(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    if fromty == toty:
        return val
    value = context.cast(builder, value_of(builder, val), fromty.base, toty.base)
    out = ir.Constant(context.get_value_type(toty), ir.Undefined)
    out = builder.insert_value(out, value, 0)
    for i in range(1, len(val.type.elements)):
        out = builder.insert_value(out, builder.extract_value(val, i), i)
    return out


@lower_cast(ADType, types.Boolean)
def _to_bool(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    return context.is_true(builder, fromty.base, value_of(builder, val))


def plain_of(builder: Any, ty: Any, x: Any) -> Any:
    """The value of a number of any kind; anything else as it is."""
    if isinstance(ty, ADType):
        return value_of(builder, x)
    if isinstance(ty, ComplexType):
        parts = [value_of(builder, taken(builder, x, i)) for i in range(2)]
        return packed(builder, ir.LiteralStructType([p.type for p in parts]), parts)
    return x


def holds_number(ty: Any) -> bool:
    """Whether a type is, or contains, a differentiated number."""
    if isinstance(ty, NUMBERS):
        return True
    if isinstance(ty, (types.Array, types.List, types.ListType, types.Set)):
        return holds_number(ty.dtype)
    if isinstance(ty, types.BaseTuple):
        return any(holds_number(t) for t in ty)
    if isinstance(ty, types.DictType):
        return holds_number(ty.value_type)
    return isinstance(ty, types.Optional) and holds_number(ty.type)
