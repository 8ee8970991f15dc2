"""How drivers take results of any shape apart: values, tangents, variables of a tape.

Each piece is a function that Numba types by the kind of its argument: a number, an array, or a
tuple or list of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, errors, types
from numba.extending import intrinsic
from numba.np import arrayobj

from . import _types
from ._overload import overload
from ._sizes import size_of
from ._sweeps import sweep, sweep_rows
from ._tape import I32, LinType, VarType, named
from ._types import DOUBLE, I64, NUMBERS, ADType, DualType, JetType, holds_number


@intrinsic
def variable_of(typingctx: Any, x: Any) -> Any:
    """The number of a variable; 0 for constants."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.extract_value(args[0], 1)

    return types.int64(x), codegen


@intrinsic
def plain_value(typingctx: Any, x: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _types.plain_of(builder, sig.args[0], args[0])

    return x.base(x), codegen


@intrinsic
def store_lanes(typingctx: Any, out: Any, row: Any, start: Any, count: Any, x: Any) -> Any:
    """``out[row, start:start + count] = tangents of x``; answers a number that is 0 if finite."""
    ty: DualType = x

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = arrayobj.make_array(sig.args[0])(context, builder, args[0])
        offset = args[2]
        if sig.args[0].ndim == 2:  # else it is the only row
            columns = cgutils.unpack_tuple(builder, array.shape)[1]
            offset = builder.add(builder.mul(args[1], columns), offset)
        ptr = builder.gep(array.data, [offset])
        vector = builder.extract_value(args[4], 1)
        whole = builder.icmp_signed("==", args[3], ir.Constant(I64, ty.lanes))
        with builder.if_else(whole) as (then, otherwise):
            with then:
                builder.store(vector, builder.bitcast(ptr, vector.type.as_pointer()), align=8)
            with otherwise, cgutils.for_range(builder, args[3]) as loop:
                element = builder.extract_element(vector, builder.trunc(loop.index, I32))
                builder.store(element, builder.gep(ptr, [loop.index]))
        return _some_sign(builder, _marked(builder, vector))

    return types.float64(out, types.int64, types.int64, types.int64, x), codegen


def _marked(builder: Any, vector: Any) -> Any:
    """Words whose sign is set where a number is not finite, as `_sweeps.doubtful` has it."""
    kind = ir.VectorType(I64, vector.type.count)
    bits = builder.bitcast(vector, kind)
    masked = builder.and_(bits, ir.Constant(kind, [0x7FF << 52] * kind.count))
    return builder.add(masked, ir.Constant(kind, [1 << 52] * kind.count))


def _some_sign(builder: Any, words: Any) -> Any:
    """1.0 where a word of some has its sign set, else 0.0."""
    signs = builder.icmp_signed("<", words, ir.Constant(words.type, None))
    bits = ir.IntType(words.type.count)
    some = builder.icmp_unsigned("!=", builder.bitcast(signs, bits), ir.Constant(bits, 0))
    return builder.uitofp(some, DOUBLE)


@intrinsic
def none_marked(typingctx: Any, y: Any) -> Any:
    """Where `marked` begins for an array; carried as a number of its, whose tangents are words."""
    ty = y.dtype

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(context.get_value_type(ty), None)

    return ty(y), codegen


@intrinsic
def marked(typingctx: Any, words: Any, x: Any) -> Any:
    """Words that remember whether tangents of some numbers were not finite; `x` is one more."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        new = _marked(builder, builder.extract_value(args[1], 1))
        old = builder.extract_value(args[0], 1)
        both = builder.or_(builder.bitcast(old, new.type), new)
        return builder.insert_value(args[0], builder.bitcast(both, old.type), 1)

    return words(words, x), codegen


@intrinsic
def some_marked(typingctx: Any, words: Any) -> Any:
    """1.0 where `marked` has met a tangent that was not finite, else 0.0."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = builder.extract_value(args[0], 1)
        return _some_sign(builder, builder.bitcast(vector, ir.VectorType(I64, vector.type.count)))

    return types.float64(words), codegen


def values_of(y: Any) -> Any:
    """A result without its tangents."""
    raise NotImplementedError


@overload(values_of)
def _values_of(y: Any) -> Any:
    if isinstance(y, NUMBERS):
        return lambda y: plain_value(y)
    if isinstance(y, types.Array) and isinstance(y.dtype, NUMBERS):
        base = y.dtype.base

        def of_array(y: Any) -> Any:
            out = np.empty(y.shape, base)
            for index in np.ndindex(y.shape):
                out[index] = plain_value(y[index])
            return out

        if y.layout == "F" and y.ndim > 1:  # BLAS is called another way for it
            return lambda y: values_of(y.T).T
        return of_array
    if isinstance(y, types.BaseNamedTuple):
        make = y.instance_class
        return lambda y: make(*values_of(y[:]))
    if isinstance(y, types.BaseTuple):
        if len(y) == 0:
            return lambda y: ()
        return lambda y: (values_of(y[0]),) + values_of(y[1:])
    if isinstance(y, types.List):

        def of_list(y: Any) -> Any:
            return [values_of(y[i]) for i in range(len(y))]

        return of_list
    return lambda y: y


def put_lanes(y: Any, out: Any, row: Any, start: Any, count: Any) -> Any:
    """Write the tangents of a result into rows of the Jacobian; 0.0 if all are finite."""
    raise NotImplementedError


@overload(put_lanes)
def _put_lanes(y: Any, out: Any, row: Any, start: Any, count: Any) -> Any:
    if isinstance(y, ADType):
        return lambda y, out, row, start, count: store_lanes(out, row, start, count, y)
    if isinstance(y, types.Array) and isinstance(y.dtype, ADType):

        def of_array(y: Any, out: Any, row: Any, start: Any, count: Any) -> Any:
            bad = 0.0
            for item in y.flat:
                bad += store_lanes(out, row, start, count, item)
                row += 1
            return bad

        if y.ndim == 1:

            def of_vector(y: Any, out: Any, row: Any, start: Any, count: Any) -> Any:
                words = none_marked(y)
                for i in range(y.size):
                    store_lanes(out, row + i, start, count, y[i])
                    words = marked(words, y[i])
                return some_marked(words)

            return of_vector
        return of_array
    if isinstance(y, types.BaseTuple):
        if len(y) == 0:
            return lambda y, out, row, start, count: 0.0

        def of_tuple(y: Any, out: Any, row: Any, start: Any, count: Any) -> Any:
            bad = put_lanes(y[0], out, row, start, count)
            return bad + put_lanes(y[1:], out, row + size_of(y[0]), start, count)

        return of_tuple
    if isinstance(y, types.List):

        def of_list(y: Any, out: Any, row: Any, start: Any, count: Any) -> Any:
            bad = 0.0
            for i in range(len(y)):
                bad += put_lanes(y[i], out, row, start, count)
                row += size_of(y[i])
            return bad

        return of_list

    return _constant_only(y, _put_zeros)


def _constant_only(y: Any, body: Any) -> Any:
    """What is done for results that carry no derivative; any other is refused, never dropped."""
    if holds_number(y) or isinstance(y, (types.Generator, types.IteratorType)):
        raise errors.TypingError(f"dualad: a result of type {y} cannot be taken apart")
    return body


def _put_zeros(y: Any, out: Any, row: Any, start: Any, count: Any) -> Any:
    out[row : row + size_of(y), start : start + count] = 0.0
    return 0.0


def put_variables(y: Any, out: Any, row: Any) -> Any:
    """Write the numbers of a result's variables."""
    raise NotImplementedError


@overload(put_variables)
def _put_variables(y: Any, out: Any, row: Any) -> Any:
    def constants(y: Any, out: Any, row: Any) -> Any:
        out[row : row + size_of(y)] = 0

    if isinstance(y, VarType):

        def of_number(y: Any, out: Any, row: Any) -> Any:
            out[row] = variable_of(y)

        return of_number
    if isinstance(y, types.Array) and isinstance(y.dtype, VarType):

        def of_array(y: Any, out: Any, row: Any) -> Any:
            for item in y.flat:
                out[row] = variable_of(item)
                row += 1

        return of_array
    if isinstance(y, types.BaseTuple) and len(y):

        def of_tuple(y: Any, out: Any, row: Any) -> Any:
            put_variables(y[0], out, row)
            put_variables(y[1:], out, row + size_of(y[0]))

        return of_tuple
    if isinstance(y, types.List):

        def of_list(y: Any, out: Any, row: Any) -> Any:
            for i in range(len(y)):
                put_variables(y[i], out, row)
                row += size_of(y[i])

        return of_list
    if isinstance(y, LinType):  # it was never named
        return lambda y, out, row: put_variables(named(y), out, row)
    return _constant_only(y, constants)


def shaped(value: Any, out: Any) -> Any:
    """The gradient of a number, or the Jacobian of all else."""
    raise NotImplementedError


@overload(shaped)
def _shaped(value: Any, out: Any) -> Any:
    if isinstance(value, (types.Number, types.Boolean)):
        return lambda value, out: out[0]
    return lambda value, out: out


def pulled(value: Any, header: Any, where: Any, out: Any) -> Any:
    """Fill the Jacobian from a tape; answers 0.0 if it is finite."""
    raise NotImplementedError


@overload(pulled)
def _pulled(value: Any, header: Any, where: Any, out: Any) -> Any:
    if isinstance(value, (types.Number, types.Boolean)):
        return lambda value, header, where, out: sweep(header, where[0], out[0])
    return lambda value, header, where, out: sweep_rows(header, where, np.eye(where.size), out)


# --- second derivatives ---------------------------------------------------------------------------


@intrinsic
def store_pairs(typingctx: Any, out: Any, at: Any, count: Any, symmetric: Any, x: Any) -> Any:
    """Second derivatives into ``out[at[0], at[1]:, at[2]:]``, `count` rows and columns of them.

    With `symmetric` the transposed entries, too. Answers a number that is 0 if all are finite.
    """
    ty: JetType = x

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = arrayobj.make_array(sig.args[0])(context, builder, args[0])
        shape = [None, None, None, *cgutils.unpack_tuple(builder, array.shape)][-3:]
        vector = builder.extract_value(args[4], 3)
        kept = cgutils.alloca_once_value(builder, vector)
        lanes = builder.bitcast(kept, DOUBLE.as_pointer())
        row, first, second = cgutils.unpack_tuple(builder, args[1])
        rows, columns = cgutils.unpack_tuple(builder, args[2])
        plane = ir.Constant(I64, 0)
        if sig.args[0].ndim == 3:  # else it is the only plane
            plane = builder.mul(row, builder.mul(shape[1], shape[2]))

        def place(i: Any, j: Any) -> Any:
            inner = builder.add(builder.mul(i, shape[2]), j)
            return builder.gep(array.data, [builder.add(plane, inner)])

        with (
            cgutils.for_range(builder, rows) as outer,
            cgutils.for_range(builder, columns) as inner,
        ):
            lane = builder.mul(outer.index, ir.Constant(I64, ty.columns))
            value = builder.load(builder.gep(lanes, [builder.add(lane, inner.index)]))
            i, j = builder.add(first, outer.index), builder.add(second, inner.index)
            builder.store(value, place(i, j))
            with builder.if_then(args[3]):
                builder.store(value, place(j, i))
        return _some_sign(builder, _marked(builder, vector))

    places = types.UniTuple(types.int64, 3), types.UniTuple(types.int64, 2)
    return types.float64(out, *places, types.boolean, x), codegen


def put_pairs(y: Any, out: Any, row: Any, at: Any, count: Any, symmetric: Any) -> Any:
    """Write the second derivatives of a result; 0.0 if all are finite."""
    raise NotImplementedError


@overload(put_pairs)
def _put_pairs(y: Any, out: Any, row: Any, at: Any, count: Any, symmetric: Any) -> Any:
    if isinstance(y, JetType):

        def of_number(y: Any, out: Any, row: Any, at: Any, count: Any, symmetric: Any) -> Any:
            return store_pairs(out, (row, at[0], at[1]), count, symmetric, y)

        return of_number
    if isinstance(y, types.Array) and isinstance(y.dtype, JetType):

        def of_array(y: Any, out: Any, row: Any, at: Any, count: Any, symmetric: Any) -> Any:
            bad = 0.0
            for item in y.flat:
                bad += store_pairs(out, (row, at[0], at[1]), count, symmetric, item)
                row += 1
            return bad

        return of_array
    if isinstance(y, types.BaseTuple) and len(y):

        def of_tuple(y: Any, out: Any, row: Any, at: Any, count: Any, symmetric: Any) -> Any:
            bad = put_pairs(y[0], out, row, at, count, symmetric)
            return bad + put_pairs(y[1:], out, row + size_of(y[0]), at, count, symmetric)

        return of_tuple
    if isinstance(y, types.List):

        def of_list(y: Any, out: Any, row: Any, at: Any, count: Any, symmetric: Any) -> Any:
            bad = 0.0
            for i in range(len(y)):
                bad += put_pairs(y[i], out, row, at, count, symmetric)
                row += size_of(y[i])
            return bad

        return of_list
    # The matrix began as zeros.
    return _constant_only(y, lambda y, out, row, at, count, symmetric: 0.0)
