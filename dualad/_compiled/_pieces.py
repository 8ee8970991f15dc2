"""What drivers are made of: seeds, values and tangents of arguments and results of any shape.

Each piece is a function that Numba types by the kind of its argument: a number, an array, or a
tuple or list of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import arrayobj

from . import _types
from ._overload import overload
from ._chain import I32
from ._stand_ins import Marker
from ._sweeps import sweep, sweep_rows
from ._tape import I8P, VarType
from ._types import DOUBLE, I64, ADType, DualType


# --- intrinsics -----------------------------------------------------------------------------------


@intrinsic
def seed_lane(typingctx: Any, marker: Any, x: Any, lane: Any) -> Any:
    """A dual whose tangent along direction `lane` is 1, if it is one of its lanes."""
    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        n = ty.lanes
        vector = ir.VectorType(I64, ty.width)
        lanes = ir.Constant(vector, [i % n for i in range(ty.width)])
        wanted = ir.Constant(vector, ir.Undefined)
        wanted = builder.insert_element(wanted, args[2], ir.Constant(I32, 0))
        order = ir.Constant(ir.VectorType(I32, ty.width), [0] * ty.width)
        wanted = builder.shuffle_vector(wanted, wanted, order)
        hit = builder.icmp_signed("==", wanted, lanes)
        parts = builder.uitofp(hit, ir.VectorType(DOUBLE, ty.width))
        return _types.make(context, builder, ty, args[1], parts)

    return ty(marker, x, types.int64), codegen


@intrinsic
def seed_row(typingctx: Any, marker: Any, x: Any, seeds: Any, row: Any, start: Any) -> Any:
    """A dual whose tangents are ``seeds[row, start:start + lanes]``."""
    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = arrayobj.make_array(sig.args[2])(context, builder, args[2])
        columns = cgutils.unpack_tuple(builder, array.shape)[1]
        offset = builder.add(builder.mul(args[3], columns), args[4])
        ptr = builder.gep(array.data, [offset])
        half = ir.VectorType(DOUBLE, ty.lanes)
        parts = builder.load(builder.bitcast(ptr, half.as_pointer()), align=8)
        if ty.careful:
            nonzero = builder.fcmp_unordered("!=", parts, ir.Constant(half, None))
            reach = builder.uitofp(nonzero, half)
            order = ir.Constant(ir.VectorType(I32, ty.width), list(range(ty.width)))
            parts = builder.shuffle_vector(parts, reach, order)
        return _types.make(context, builder, ty, args[1], parts)

    return ty(marker, x, seeds, types.int64, types.int64), codegen


@intrinsic
def seed_variable(typingctx: Any, marker: Any, x: Any, header: Any, index: Any) -> Any:
    """An input of a tape."""
    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = arrayobj.make_array(sig.args[2])(context, builder, args[2])
        out = ir.Constant(context.get_value_type(ty), ir.Undefined)
        tape = builder.bitcast(array.data, I8P)
        for i, part in enumerate((args[1], args[3], tape)):
            out = builder.insert_value(out, part, i)
        return out

    return ty(marker, x, header, types.int64), codegen


@intrinsic
def variable_of(typingctx: Any, x: Any) -> Any:
    """The number of a variable; 0 for constants."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.extract_value(args[0], 1)

    return types.int64(x), codegen


@intrinsic
def plain_value(typingctx: Any, x: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _types.value_of(builder, args[0])

    return x.base(x), codegen


@intrinsic
def store_lanes(typingctx: Any, out: Any, row: Any, start: Any, count: Any, x: Any) -> Any:
    """``out[row, start:start + count] = tangents of x``; answers a number that is 0 if finite."""
    ty: DualType = x

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = arrayobj.make_array(sig.args[0])(context, builder, args[0])
        columns = cgutils.unpack_tuple(builder, array.shape)[1]
        offset = builder.add(builder.mul(args[1], columns), args[2])
        ptr = builder.gep(array.data, [offset])
        vector = builder.extract_value(args[4], 1)
        if ty.careful:
            order = ir.Constant(ir.VectorType(I32, ty.lanes), list(range(ty.lanes)))
            vector = builder.shuffle_vector(vector, vector, order)
        whole = builder.icmp_signed("==", args[3], ir.Constant(I64, ty.lanes))
        with builder.if_else(whole) as (then, otherwise):
            with then:
                builder.store(vector, builder.bitcast(ptr, vector.type.as_pointer()), align=8)
            with otherwise, cgutils.for_range(builder, args[3]) as loop:
                element = builder.extract_element(vector, builder.trunc(loop.index, I32))
                builder.store(element, builder.gep(ptr, [loop.index]))
        return _sum(builder, builder.fsub(vector, vector))

    return types.float64(out, types.int64, types.int64, types.int64, x), codegen


def _sum(builder: Any, vector: Any) -> Any:
    """The sum of a vector's elements."""
    while vector.type.count > 1:
        half = vector.type.count // 2
        kind = ir.VectorType(I32, half)
        low = builder.shuffle_vector(vector, vector, ir.Constant(kind, list(range(half))))
        high = ir.Constant(kind, list(range(half, 2 * half)))
        vector = builder.fadd(low, builder.shuffle_vector(vector, vector, high))
    return builder.extract_element(vector, ir.Constant(I32, 0))


# --- arguments ------------------------------------------------------------------------------------


def size_of(x: Any) -> Any:
    """How many numbers an argument or a result holds."""
    raise NotImplementedError


@overload(size_of)
def _size_of(x: Any) -> Any:
    if isinstance(x, types.Array):
        return lambda x: x.size
    if isinstance(x, types.BaseTuple):
        if len(x) == 0:
            return lambda x: 0
        return lambda x: size_of(x[0]) + size_of(x[1:])
    if isinstance(x, types.List):

        def of_list(x: Any) -> Any:
            total = 0
            for i in range(len(x)):
                total += size_of(x[i])
            return total

        return of_list
    if isinstance(x, (types.NoneType, types.UnicodeType)):
        return lambda x: 0
    return lambda x: 1


def seeded(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
    """x with tangents. `seed` is None for unit directions, a matrix of them, or a tape's header.

    `first` is the number of x's first element among all inputs, `start` that of the chunk's first
    direction.
    """
    raise NotImplementedError


@overload(seeded)
def _seeded(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
    unit = isinstance(seed, types.NoneType)
    if isinstance(x, types.Float) and isinstance(marker.dtype, VarType):
        return lambda x, marker, seed, first, start: seed_variable(marker, x, seed, first + 1)
    if isinstance(x, types.Float):
        if unit:
            return lambda x, marker, seed, first, start: seed_lane(marker, x, first - start)
        return lambda x, marker, seed, first, start: seed_row(marker, x, seed, first, start)
    if isinstance(x, types.Array):
        return _seeded_array(x, marker, unit)
    if isinstance(x, types.NamedTuple):
        return _seeded_namedtuple(x)
    if isinstance(x, types.BaseTuple):
        if len(x) == 0:
            return lambda x, marker, seed, first, start: ()

        def of_tuple(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
            head = (seeded(x[0], marker, seed, first, start),)
            return head + seeded(x[1:], marker, seed, first + size_of(x[0]), start)

        return of_tuple
    if isinstance(x, types.List):

        def of_list(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
            out = []
            for i in range(len(x)):
                out.append(seeded(x[i], marker, seed, first, start))
                first += size_of(x[i])
            return out

        return of_list
    return lambda x, marker, seed, first, start: x


def _seeded_array(x: Any, marker: Any, unit: bool) -> Any:
    new = Marker(marker.dtype.with_base(x.dtype))
    if x.layout == "F" and x.ndim > 1:

        def transposed(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
            out = np.empty(x.T.shape, new).T
            i = first
            for index in np.ndindex(x.shape):
                out[index] = seeded(x[index], marker, seed, i, start)
                i += 1
            return out

        return transposed

    def contiguous(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
        out = np.empty(x.shape, new)
        i = first
        for index in np.ndindex(x.shape):
            out[index] = seeded(x[index], marker, seed, i, start)
            i += 1
        return out

    if x.ndim == 1:

        def vector(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
            out = np.empty(x.size, new)
            for i in range(x.size):
                out[i] = seeded(x[i], marker, seed, first + i, start)
            return out

        return vector
    return contiguous


def _seeded_namedtuple(x: Any) -> Any:
    make = x.instance_class

    def of_named(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
        return make(*seeded(tuple(x), marker, seed, first, start))

    return of_named


def promoted_copy(x: Any, marker: Any) -> Any:
    """A work array as one of differentiated numbers; anything else as it is."""
    raise NotImplementedError


@overload(promoted_copy)
def _promoted_copy(x: Any, marker: Any) -> Any:
    if isinstance(x, types.Array) and isinstance(x.dtype, types.Float):
        new = Marker(marker.dtype.with_base(x.dtype))

        def copied(x: Any, marker: Any) -> Any:
            out = np.empty(x.shape, new)
            out[...] = x
            return out

        return copied
    if isinstance(x, types.BaseTuple):
        if len(x) == 0:
            return lambda x, marker: ()
        return lambda x, marker: (promoted_copy(x[0], marker),) + promoted_copy(x[1:], marker)
    return lambda x, marker: x


def write_back(x: Any, numbers: Any) -> Any:
    """Leave in a work array what the plain call leaves there."""
    raise NotImplementedError


@overload(write_back)
def _write_back(x: Any, numbers: Any) -> Any:
    if isinstance(x, types.Array) and isinstance(numbers.dtype, ADType):

        def values(x: Any, numbers: Any) -> Any:
            for index in np.ndindex(x.shape):
                x[index] = plain_value(numbers[index])

        return values
    if isinstance(x, types.BaseTuple) and len(x):

        def members(x: Any, numbers: Any) -> Any:
            write_back(x[0], numbers[0])
            write_back(x[1:], numbers[1:])

        return members
    return lambda x, numbers: None


def snapshot(x: Any) -> Any:
    """A copy of an argument that the function writes, for the chunks after the first."""
    raise NotImplementedError


@overload(snapshot)
def _snapshot(x: Any) -> Any:
    if isinstance(x, types.Array):
        return lambda x: x.copy()
    if isinstance(x, types.BaseTuple) and len(x):
        return lambda x: (snapshot(x[0]),) + snapshot(x[1:])
    return lambda x: x


# --- results --------------------------------------------------------------------------------------


def values_of(y: Any) -> Any:
    """A result without its tangents."""
    raise NotImplementedError


@overload(values_of)
def _values_of(y: Any) -> Any:
    if isinstance(y, ADType):
        return lambda y: plain_value(y)
    if isinstance(y, types.Array) and isinstance(y.dtype, ADType):
        base = y.dtype.base

        def of_array(y: Any) -> Any:
            out = np.empty(y.shape, base)
            for index in np.ndindex(y.shape):
                out[index] = plain_value(y[index])
            return out

        if y.layout == "F" and y.ndim > 1:  # BLAS is called another way for it
            return lambda y: values_of(y.T).T
        return of_array
    if isinstance(y, types.NamedTuple):
        make = y.instance_class
        return lambda y: make(*values_of(tuple(y)))
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
                bad = 0.0
                for i in range(y.size):
                    bad += store_lanes(out, row + i, start, count, y[i])
                return bad

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

    return _put_zeros


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
    return constants


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
