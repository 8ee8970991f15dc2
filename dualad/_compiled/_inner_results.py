"""Results of derivatives inside compiled code: their shapes, and how a tape records them."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, errors, types
from numba.extending import intrinsic

from . import _tape
from ._levels import put_parts, raised
from ._overload import overload
from ._results import put_variables, values_of
from ._sizes import size_of
from ._structures import packed
from ._tape import I8P, I32, VarType
from ._types import I64, ADType

NUMBERS = (types.Float, types.Integer, types.Boolean, ADType)


def _plural(ty: Any) -> bool:
    """Whether a type is a tuple or list of numbers: one vector."""
    if isinstance(ty, types.List):
        return isinstance(ty.dtype, NUMBERS)
    return isinstance(ty, types.BaseTuple) and all(isinstance(t, NUMBERS) for t in ty)


def shape_of(x: Any) -> Any:
    """The shape that a value has among derivatives."""
    raise NotImplementedError


@overload(shape_of)
def _shape_of(x: Any) -> Any:
    if isinstance(x, NUMBERS):
        return lambda x: ()
    if isinstance(x, types.Array):
        return lambda x: x.shape
    if _plural(x):
        return lambda x: (len(x),)
    raise errors.TypingError(
        f"dualad: derivatives inside compiled code take and return numbers, arrays, and tuples or "
        f"lists of numbers, not {x}"
    )


def entry(value: Any, out: Any, x: Any, first: Any) -> Any:
    """The Jacobian of one argument x, from the columns that it has."""
    raise NotImplementedError


@overload(entry)
def _entry(value: Any, out: Any, x: Any, first: Any) -> Any:
    _shape_of(value)
    if isinstance(value, NUMBERS) and isinstance(x, NUMBERS):
        return lambda value, out, x, first: out[0, first]
    if isinstance(value, NUMBERS):
        return lambda value, out, x, first: (
            out[0, first : first + size_of(x)].copy().reshape(shape_of(x))
        )
    if isinstance(x, NUMBERS):
        return lambda value, out, x, first: out[:, first].copy().reshape(shape_of(value))
    return lambda value, out, x, first: (
        out[:, first : first + size_of(x)].copy().reshape(shape_of(value) + shape_of(x))
    )


def entry2(value: Any, out: Any, x: Any, y: Any, first: Any, second: Any) -> Any:
    """The block of second derivatives in two arguments."""
    raise NotImplementedError


@overload(entry2)
def _entry2(value: Any, out: Any, x: Any, y: Any, first: Any, second: Any) -> Any:
    def body(value: Any, out: Any, x: Any, y: Any, first: Any, second: Any) -> Any:
        part = out[:, first : first + size_of(x), second : second + size_of(y)].copy()
        return part.reshape(shape_of(value) + shape_of(x) + shape_of(y))

    if all(isinstance(t, NUMBERS) for t in (value, x, y)):
        return lambda value, out, x, y, first, second: out[0, first, second]
    return body


def as_number(y: Any) -> Any:
    """The one number that a function whose gradient is taken has returned."""
    raise NotImplementedError


@overload(as_number)
def _as_number(y: Any) -> Any:
    if isinstance(y, NUMBERS):
        return lambda y: y
    if isinstance(y, types.Array):

        def only(y: Any) -> Any:
            if y.size != 1:
                raise ValueError("da.grad needs a function of one number; write da.jacobian")
            return y.flat[0]

        return only
    raise errors.TypingError(
        "dualad: da.grad needs a function that returns one number; write da.jacobian"
    )


# --- on a tape ------------------------------------------------------------------------------------


@intrinsic
def tape_of_number(typingctx: Any, x: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.extract_value(args[0], 2)

    return types.voidptr(x), codegen


@intrinsic
def either(typingctx: Any, a: Any, b: Any) -> Any:
    """The tape that is one: constants have none."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _tape.either_tape(builder, *args)

    return types.voidptr(types.voidptr, types.voidptr), codegen


@intrinsic
def no_tape(typingctx: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(I8P, None)

    return types.voidptr(), codegen


@intrinsic
def new_variable(typingctx: Any, tape: Any) -> Any:
    """The number of a new variable; 0 where there is no tape."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number = cgutils.alloca_once_value(builder, ir.Constant(I64, 0))
        builder.store(ir.Constant(I64, 0), number)
        exists = builder.icmp_unsigned("!=", args[0], ir.Constant(I8P, None))
        with builder.if_then(exists):
            place = _tape.word(builder, args[0], _tape.VARIABLES)
            after = builder.add(builder.load(place), ir.Constant(I64, 1))
            builder.store(after, place)
            builder.store(after, number)
        return builder.load(number)

    return types.int64(types.voidptr), codegen


@intrinsic
def push_edge(typingctx: Any, tape: Any, partial: Any, source: Any, to: Any) -> Any:
    """Append one edge; the tape exists."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        tape, partial, source, to = args
        one = ir.Constant(I64, 1)
        count = builder.load(_tape.word(builder, tape, _tape.COUNT))
        room = builder.load(_tape.word(builder, tape, _tape.CAPACITY))
        full = builder.icmp_signed(">", builder.add(count, one), room)
        with builder.if_then(full, likely=False):
            builder.call(_tape._grow(builder.module), [tape])
        count = builder.load(_tape.word(builder, tape, _tape.COUNT))
        builder.store(builder.add(count, one), _tape.word(builder, tape, _tape.COUNT))
        first = builder.load(_tape.word(builder, tape, _tape.EDGES))
        edge = builder.gep(builder.inttoptr(first, _tape.EDGE.as_pointer()), [count])
        fields = [partial, builder.trunc(source, I32), builder.trunc(to, I32)]
        for i, part in enumerate(fields):
            builder.store(part, builder.gep(edge, [ir.Constant(I32, 0), ir.Constant(I32, i)]))
        return context.get_dummy_value()

    kinds = types.voidptr, types.float64, types.int64, types.int64
    return types.void(*kinds), codegen


@intrinsic
def variable(typingctx: Any, value: Any, number: Any, tape: Any) -> Any:
    ty = VarType(value)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return packed(builder, context.get_value_type(ty), args)

    return ty(value, types.int64, types.voidptr), codegen


def tape_of(x: Any) -> Any:
    """The tape of a number, or of one of the numbers in an array or tuple."""
    raise NotImplementedError


@overload(tape_of)
def _tape_of(x: Any) -> Any:
    if isinstance(x, VarType):
        return lambda x: tape_of_number(x)
    if isinstance(x, (types.Array, types.List)) and isinstance(x.dtype, VarType):

        def of_items(x: Any) -> Any:
            found = no_tape()
            for item in x.flat:
                found = either(found, tape_of_number(item))
            return found

        def of_list(x: Any) -> Any:
            found = no_tape()
            for item in x:
                found = either(found, tape_of_number(item))
            return found

        return of_items if isinstance(x, types.Array) else of_list
    if isinstance(x, types.BaseTuple) and len(x):
        return lambda x: either(tape_of(x[0]), tape_of(x[1:]))
    return lambda x: no_tape()


def recorded(value: Any, slopes: Any, row: Any, where: Any, tape: Any) -> Any:
    """A result as variables of a tape: ``slopes[row]`` are its partials in variables `where`."""
    raise NotImplementedError


@overload(recorded)
def _recorded(value: Any, slopes: Any, row: Any, where: Any, tape: Any) -> Any:
    if isinstance(value, types.Float):

        def of_number(value: Any, slopes: Any, row: Any, where: Any, tape: Any) -> Any:
            number = new_variable(tape)
            for j in range(where.size):
                if where[j] != 0 and slopes[row, j] != 0.0:
                    push_edge(tape, slopes[row, j], where[j], number)
            return variable(value, number, tape)

        return of_number
    if isinstance(value, types.Array) and isinstance(value.dtype, types.Float):
        new = _types_marker(value.dtype)

        def of_array(value: Any, slopes: Any, row: Any, where: Any, tape: Any) -> Any:
            out = np.empty(value.shape, new)
            for index in np.ndindex(value.shape):
                out[index] = recorded(value[index], slopes, row, where, tape)
                row += 1
            return out

        return of_array
    if isinstance(value, types.BaseNamedTuple):
        make = value.instance_class
        return lambda value, slopes, row, where, tape: make(
            *recorded(value[:], slopes, row, where, tape)
        )
    if isinstance(value, types.BaseTuple) and len(value):

        def of_tuple(value: Any, slopes: Any, row: Any, where: Any, tape: Any) -> Any:
            head = (recorded(value[0], slopes, row, where, tape),)
            return head + recorded(value[1:], slopes, row + size_of(value[0]), where, tape)

        return of_tuple
    return lambda value, slopes, row, where, tape: value


def _types_marker(base: Any) -> Any:
    from ._stand_ins import Marker

    return Marker(VarType(base))


__all__ = ["entry", "entry2", "put_parts", "put_variables", "raised", "recorded", "values_of"]
