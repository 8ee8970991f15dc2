"""How drivers give arguments of any shape their seeds, and what they do with work arrays.

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
from ._messages import WRITES_AGAIN
from ._overload import overload
from ._results import plain_value
from ._sizes import inputs_of
from ._stand_ins import Marker, number_for
from ._tape import I8P, I32, VarType
from ._types import DOUBLE, I64, NUMBERS, JetType


def _one_hot(builder: Any, width: int, lane: Any) -> Any:
    """A vector that is 1 at `lane`, if it has so many, and 0 elsewhere."""
    vector = ir.VectorType(I64, width)
    wanted = builder.insert_element(ir.Constant(vector, ir.Undefined), lane, ir.Constant(I32, 0))
    order = ir.Constant(ir.VectorType(I32, width), [0] * width)
    wanted = builder.shuffle_vector(wanted, wanted, order)
    hit = builder.icmp_signed("==", wanted, ir.Constant(vector, list(range(width))))
    return builder.uitofp(hit, ir.VectorType(DOUBLE, width))


def _seed_vector(context: Any, builder: Any, ty: Any, seeds: Any, row: Any, at: Any) -> Any:
    """Elements ``seeds[row, at:at + width]`` of a matrix of directions, as a function of width."""
    array = arrayobj.make_array(ty)(context, builder, seeds)
    columns = cgutils.unpack_tuple(builder, array.shape)[1]
    ptr = builder.gep(array.data, [builder.add(builder.mul(row, columns), at)])

    def load(width: int) -> Any:
        kind = ir.VectorType(DOUBLE, width)
        return builder.load(builder.bitcast(ptr, kind.as_pointer()), align=8)

    return load


def _reach(builder: Any, vector: Any) -> Any:
    """1 where a seed is not 0."""
    nonzero = builder.fcmp_unordered("!=", vector, ir.Constant(vector.type, None))
    return builder.uitofp(nonzero, vector.type)


def _number_of(context: Any, builder: Any, ty: Any, x: Any, vectors: list[Any]) -> Any:
    if ty.careful:
        vectors = [*vectors, *(_reach(builder, v) for v in vectors)]
    return _types.make(context, builder, ty, x, *vectors)


@intrinsic
def seed_lane(typingctx: Any, marker: Any, x: Any, lane: Any) -> Any:
    """A dual whose tangent along direction `lane` is 1, if it is one of its lanes."""
    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vectors = [_one_hot(builder, ty.lanes, args[2])]
        return _number_of(context, builder, ty, args[1], vectors)

    return ty(marker, x, types.int64), codegen


@intrinsic
def seed_row(typingctx: Any, marker: Any, x: Any, seeds: Any, row: Any, start: Any) -> Any:
    """A dual whose tangents are ``seeds[row, start:start + lanes]``."""
    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        load = _seed_vector(context, builder, sig.args[2], *args[2:])
        return _number_of(context, builder, ty, args[1], [load(ty.lanes)])

    return ty(marker, x, seeds, types.int64, types.int64), codegen


@intrinsic
def seed_pair(typingctx: Any, marker: Any, x: Any, first: Any, second: Any) -> Any:
    """A jet with these unit directions."""
    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vectors = [
            _one_hot(builder, ty.rows, args[2]),
            _one_hot(builder, ty.columns, args[3]),
            ir.Constant(ir.VectorType(DOUBLE, ty.rows * ty.columns), None),
        ]
        return _number_of(context, builder, ty, args[1], vectors)

    return ty(marker, x, types.int64, types.int64), codegen


@intrinsic
def seed_product(typingctx: Any, marker: Any, x: Any, seeds: Any, row: Any, at: Any) -> Any:
    """A jet with unit directions and, in its columns, ``seeds[row]``."""
    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        load = _seed_vector(context, builder, sig.args[2], args[2], args[3], ir.Constant(I64, 0))
        vectors = [
            _one_hot(builder, ty.rows, args[4]),
            load(ty.columns),
            ir.Constant(ir.VectorType(DOUBLE, ty.rows * ty.columns), None),
        ]
        return _number_of(context, builder, ty, args[1], vectors)

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
def with_tangent(typingctx: Any, x: Any, tangent: Any) -> Any:
    """An input of a tape of order 2 with its tangent."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.insert_value(args[0], args[1], 3)

    return x(x, types.float64), codegen


# --- arguments ------------------------------------------------------------------------------------


def seeded(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
    """x with tangents. `seed` is None for unit directions, a matrix of them, or a tape's header.

    `first` is the number of x's first element among all inputs, `start` that of the chunk's first
    direction.
    """
    raise NotImplementedError


@overload(seeded)
def _seeded(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
    unit = isinstance(seed, types.NoneType)
    if isinstance(x, types.Float) and isinstance(marker.dtype, VarType) and marker.dtype.order == 2:
        return lambda x, marker, seed, first, start: with_tangent(
            seed_variable(marker, x, seed[0], first + 1), seed[1][first]
        )
    if isinstance(x, types.Float) and isinstance(marker.dtype, VarType):
        return lambda x, marker, seed, first, start: seed_variable(marker, x, seed, first + 1)
    if isinstance(x, types.Float) and isinstance(marker.dtype, JetType):
        if unit:
            return lambda x, marker, seed, first, start: seed_pair(
                marker, x, first - start[0], first - start[1]
            )
        return lambda x, marker, seed, first, start: seed_product(
            marker, x, seed, first, first - start[0]
        )
    if isinstance(x, types.Float):
        if unit:
            return lambda x, marker, seed, first, start: seed_lane(marker, x, first - start)
        return lambda x, marker, seed, first, start: seed_row(marker, x, seed, first, start)
    if isinstance(x, types.Array) and isinstance(x.dtype, types.Float):
        return _seeded_array(x, marker, unit)
    if isinstance(x, types.BaseNamedTuple):
        make = x.instance_class
        return lambda x, marker, seed, first, start: make(*seeded(x[:], marker, seed, first, start))
    if isinstance(x, types.BaseTuple):
        if len(x) == 0:
            return lambda x, marker, seed, first, start: ()

        def of_tuple(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
            head = (seeded(x[0], marker, seed, first, start),)
            return head + seeded(x[1:], marker, seed, first + inputs_of(x[0]), start)

        return of_tuple
    if isinstance(x, types.List):

        def of_list(x: Any, marker: Any, seed: Any, first: Any, start: Any) -> Any:
            out = []
            for i in range(len(x)):
                out.append(seeded(x[i], marker, seed, first, start))
                first += inputs_of(x[i])
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


def move_seeds(d: Any, x: Any, marker: Any, start: Any, lanes: Any) -> Any:
    """Turn a vector with unit directions into that of the next chunk, which begins at `start`."""
    raise NotImplementedError


@overload(move_seeds)
def _move_seeds(d: Any, x: Any, marker: Any, start: Any, lanes: Any) -> Any:
    def moved(d: Any, x: Any, marker: Any, start: Any, lanes: Any) -> None:
        for i in range(start - lanes, min(start + lanes, x.size)):
            d[i] = seed_lane(marker, x[i], i - start)

    return moved


def promoted_copy(x: Any, marker: Any) -> Any:
    """A work array as one of differentiated numbers; anything else as it is."""
    raise NotImplementedError


@overload(promoted_copy)
def _promoted_copy(x: Any, marker: Any) -> Any:
    if isinstance(x, types.Array) and isinstance(x.dtype, (types.Float, types.Complex)):
        new = Marker(number_for(marker.dtype, x.dtype))

        def copied(x: Any, marker: Any) -> Any:
            out = np.empty(x.shape, new)
            out[...] = x
            return out

        return copied
    if isinstance(x, types.BaseNamedTuple):
        make = x.instance_class
        return lambda x, marker: make(*promoted_copy(x[:], marker))
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
    if isinstance(x, types.Array) and isinstance(numbers.dtype, NUMBERS):

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
    if isinstance(x, types.BaseNamedTuple):
        make = x.instance_class
        return lambda x: make(*snapshot(x[:]))
    if isinstance(x, types.BaseTuple) and len(x):
        return lambda x: (snapshot(x[0]),) + snapshot(x[1:])
    if isinstance(x, _CONTAINERS):
        return lambda x: x.copy()
    return lambda x: x


_CONTAINERS = (types.List, types.ListType, types.DictType, types.Set)


def once_only(x: Any) -> Any:
    """Raise where an argument that f may write cannot be made what it was, for another run."""
    raise NotImplementedError


@overload(once_only)
def _once_only(x: Any) -> Any:
    if not isinstance(x, types.ClassInstanceType):
        return lambda x: None

    def refuse(x: Any) -> Any:
        raise RuntimeError(WRITES_AGAIN)

    return refuse


def restore(x: Any, saved: Any) -> Any:
    """Make an argument what it was before the run."""
    raise NotImplementedError


@overload(restore)
def _restore(x: Any, saved: Any) -> Any:
    if isinstance(x, types.Array):

        def copied(x: Any, saved: Any) -> Any:
            x[...] = saved

        return copied
    if isinstance(x, types.BaseTuple) and len(x):

        def members(x: Any, saved: Any) -> Any:
            restore(x[0], saved[0])
            restore(x[1:], saved[1:])

        return members
    if isinstance(x, (types.List, types.ListType)):

        def listed(x: Any, saved: Any) -> Any:
            x.clear()
            x.extend(saved)

        return listed
    if isinstance(x, (types.DictType, types.Set)):

        def keyed(x: Any, saved: Any) -> Any:
            x.clear()
            x.update(saved)

        return keyed
    return lambda x, saved: once_only(x)
