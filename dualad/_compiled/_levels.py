"""Numbers of one derivative inside another: raised to more sets of directions, and taken apart.

The inner derivative's sets of directions come first, those of the numbers that it is called with
(of an outer derivative) after them. So the tangents of the inner derivative's result are vectors
that the inner number has already, and nothing can be confused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from . import _types
from ._overload import overload
from ._seeding import _one_hot, _reach
from ._sizes import size_of
from ._stand_ins import Marker
from ._types import DOUBLE, I64, ADType, number_type, width_of


def inner_type(outer: ADType | None, own: tuple[int, ...], careful: bool = False) -> Any:
    """The type of numbers with sets of directions of their own beside those of `outer`."""
    if outer is None:
        return number_type(types.float64, own, careful)
    return number_type(types.float64, (*own, *outer.groups), outer.careful)


def _zero(width: int) -> Any:
    return ir.Constant(ir.VectorType(DOUBLE, width), None)


@intrinsic
def raise_number(typingctx: Any, marker: Any, x: Any, places: Any) -> Any:
    """A number with a unit direction in each of its own sets, at these places (-1: none)."""
    ty = marker.dtype.with_base(x.base if isinstance(x, ADType) else x)
    own = len(places)
    inner = (1 << own) - 1

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        held = isinstance(sig.args[1], ADType)
        value = _types.value_of(builder, args[1]) if held else args[1]
        lanes = cgutils.unpack_tuple(builder, args[2])
        vectors, reaches = [], []
        count = (1 << len(ty.groups)) - 1
        outer_count = (1 << (len(ty.groups) - own)) - 1
        for mask in range(1, count + 1):
            width = width_of(ty.groups, mask)
            vector = reach = _zero(width)
            if mask & inner == 0 and held:
                vector = builder.extract_value(args[1], mask >> own)
                if ty.careful:
                    reach = builder.extract_value(args[1], outer_count + (mask >> own))
            elif mask & inner == mask and mask & (mask - 1) == 0:
                vector = _one_hot(builder, width, lanes[mask.bit_length() - 1])
                reach = _reach(builder, vector) if ty.careful else None
            vectors.append(vector)
            reaches.append(reach)
        return _types.make(context, builder, ty, value, *vectors, *(reaches if ty.careful else ()))

    return ty(marker, x, types.UniTuple(types.int64, own)), codegen


def _slice(builder: Any, vector: Any, start: Any, width: int) -> Any:
    """Elements ``start ... start + width - 1``, through the stack."""
    kept = cgutils.alloca_once_value(builder, vector)
    first = builder.gep(builder.bitcast(kept, DOUBLE.as_pointer()), [start])
    if width == 0:
        return builder.load(first)
    kind = ir.VectorType(DOUBLE, width)
    return builder.load(builder.bitcast(first, kind.as_pointer()), align=8)


@intrinsic
def part_of(typingctx: Any, outer: Any, y: Any, places: Any) -> Any:
    """The derivative of y along directions of its own sets, a number of the outer derivative."""
    own = len(places)
    inner = (1 << own) - 1
    groups = y.groups
    ty = outer.dtype if isinstance(outer, types.DType) else types.float64
    if isinstance(ty, ADType):
        ty = ty.with_base(types.float64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at: Any = ir.Constant(I64, 0)
        for i, lane in enumerate(cgutils.unpack_tuple(builder, args[2])):
            at = builder.add(builder.mul(at, ir.Constant(I64, groups[i])), lane)
        value = _slice(builder, builder.extract_value(args[1], inner), at, 0)
        if not isinstance(ty, ADType):
            return value
        count = (1 << len(groups)) - 1
        parts = [[], []] if ty.careful else [[]]  # type: list[list[Any]]
        for mask in range(1, 1 << len(ty.groups)):
            width = width_of(ty.groups, mask)
            start = builder.mul(at, ir.Constant(I64, width))
            for kind, found in enumerate(parts):
                place = kind * count + (inner | mask << own)
                vector = builder.extract_value(args[1], place)
                found.append(_slice(builder, vector, start, width))
        return _types.make(context, builder, ty, value, *(v for found in parts for v in found))

    return ty(outer, y, types.UniTuple(types.int64, own)), codegen


@intrinsic
def without_own(typingctx: Any, outer: Any, y: Any) -> Any:
    """y as a number of the outer derivative: its own directions are left off."""
    kept = len(outer.dtype.groups) if isinstance(outer, types.DType) else 0
    shift = len(y.groups) - kept
    ty = outer.dtype.with_base(y.base) if isinstance(outer, types.DType) else y.base

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = _types.value_of(builder, args[1])
        if not isinstance(ty, ADType):
            return value
        count = (1 << len(y.groups)) - 1
        vectors = [
            builder.extract_value(args[1], kind * count + (mask << shift))
            for kind in range(2 if ty.careful else 1)
            for mask in range(1, 1 << len(ty.groups))
        ]
        return _types.make(context, builder, ty, value, *vectors)

    return ty(outer, y), codegen


# --- arguments ------------------------------------------------------------------------------------


def raised(x: Any, marker: Any, first: Any, starts: Any) -> Any:
    """x with unit directions of its own: `first` is the number of its first element, or -1."""
    raise NotImplementedError


def lanes_at(first: Any, starts: Any) -> Any:
    """The places of one element's directions in the lanes; outside of them where it has none."""
    raise NotImplementedError


@overload(lanes_at)
def _lanes_at(first: Any, starts: Any) -> Any:
    if len(starts) == 1:
        return lambda first, starts: (first - starts[0],)
    if len(starts) == 2:
        return lambda first, starts: (first - starts[0], first - starts[1])
    return lambda first, starts: (first - starts[0], first - starts[1], first - starts[2])


def _is_number(ty: Any) -> bool:
    return isinstance(ty, (types.Float, ADType))


@overload(raised)
def _raised(x: Any, marker: Any, first: Any, starts: Any) -> Any:
    if _is_number(x):
        return lambda x, marker, first, starts: raise_number(marker, x, lanes_at(first, starts))
    if isinstance(x, types.Array) and _is_number(x.dtype):
        base = x.dtype.base if isinstance(x.dtype, ADType) else x.dtype
        new = Marker(marker.dtype.with_base(base))

        def of_array(x: Any, marker: Any, first: Any, starts: Any) -> Any:
            out = np.empty(x.shape, new)
            i = first
            for index in np.ndindex(x.shape):
                out[index] = raise_number(marker, x[index], lanes_at(i, starts))
                i += 1 if first >= 0 else 0
            return out

        return of_array
    if isinstance(x, types.BaseTuple):
        if len(x) == 0:
            return lambda x, marker, first, starts: ()
        if isinstance(x, types.BaseNamedTuple):
            make = x.instance_class
            return lambda x, marker, first, starts: make(*raised(x[:], marker, first, starts))

        def of_tuple(x: Any, marker: Any, first: Any, starts: Any) -> Any:
            after = first + size_of(x[0]) if first >= 0 else first
            return (raised(x[0], marker, first, starts),) + raised(x[1:], marker, after, starts)

        return of_tuple
    if isinstance(x, types.List) and _is_number(x.dtype):

        def of_list(x: Any, marker: Any, first: Any, starts: Any) -> Any:
            out = []
            for i in range(len(x)):
                at = first + i if first >= 0 else first
                out.append(raise_number(marker, x[i], lanes_at(at, starts)))
            return out

        return of_list
    return lambda x, marker, first, starts: x


# --- results --------------------------------------------------------------------------------------


def lowered(y: Any, outer: Any) -> Any:
    """A result without its own directions; `outer` is a marker of the outer numbers, or None."""
    raise NotImplementedError


@overload(lowered)
def _lowered(y: Any, outer: Any) -> Any:
    if isinstance(y, ADType):
        return lambda y, outer: without_own(outer, y)
    if isinstance(y, types.Array) and isinstance(y.dtype, ADType):
        plain = y.dtype.base
        new: Any = Marker(outer.dtype.with_base(plain)) if isinstance(outer, types.DType) else plain

        def of_array(y: Any, outer: Any) -> Any:
            out = np.empty(y.shape, new)
            for index in np.ndindex(y.shape):
                out[index] = without_own(outer, y[index])
            return out

        return of_array
    if isinstance(y, types.BaseNamedTuple):
        make = y.instance_class
        return lambda y, outer: make(*lowered(y[:], outer))
    if isinstance(y, types.BaseTuple) and len(y):
        return lambda y, outer: (lowered(y[0], outer),) + lowered(y[1:], outer)
    if isinstance(y, types.List):

        def of_list(y: Any, outer: Any) -> Any:
            return [lowered(y[i], outer) for i in range(len(y))]

        return of_list
    return lambda y, outer: y


def put_parts(y: Any, out: Any, row: Any, outer: Any, starts: Any, counts: Any) -> Any:
    """Write derivatives along own directions into ``out[row, ...]``, one row for each number."""
    raise NotImplementedError


@overload(put_parts)
def _put_parts(y: Any, out: Any, row: Any, outer: Any, starts: Any, counts: Any) -> Any:
    if isinstance(y, ADType):
        return _put_first if len(starts) == 1 else _put_second
    if isinstance(y, types.Array) and isinstance(y.dtype, ADType):

        def of_array(y: Any, out: Any, row: Any, outer: Any, starts: Any, counts: Any) -> Any:
            for item in y.flat:
                put_parts(item, out, row, outer, starts, counts)
                row += 1

        return of_array
    if isinstance(y, types.BaseTuple) and len(y):

        def of_tuple(y: Any, out: Any, row: Any, outer: Any, starts: Any, counts: Any) -> Any:
            put_parts(y[0], out, row, outer, starts, counts)
            put_parts(y[1:], out, row + size_of(y[0]), outer, starts, counts)

        return of_tuple
    if isinstance(y, types.List):

        def of_list(y: Any, out: Any, row: Any, outer: Any, starts: Any, counts: Any) -> Any:
            for i in range(len(y)):
                put_parts(y[i], out, row, outer, starts, counts)
                row += size_of(y[i])

        return of_list
    return lambda y, out, row, outer, starts, counts: None  # the matrix began as zeros


def _put_first(y: Any, out: Any, row: Any, outer: Any, starts: Any, counts: Any) -> Any:
    for i in range(counts[0]):
        out[row, starts[0] + i] = part_of(outer, y, (i,))


def _put_second(y: Any, out: Any, row: Any, outer: Any, starts: Any, counts: Any) -> Any:
    for i in range(counts[0]):
        for j in range(counts[1]):
            part = part_of(outer, y, (i, j))
            out[row, starts[0] + i, starts[1] + j] = part
            out[row, starts[1] + j, starts[0] + i] = part


def along(y: Any, outer: Any, places: Any) -> Any:
    """A result's derivative along one direction of each own set, in the result's container."""
    raise NotImplementedError


@overload(along)
def _along(y: Any, outer: Any, places: Any) -> Any:
    if isinstance(y, ADType):
        return lambda y, outer, places: part_of(outer, y, places)
    if isinstance(y, types.Array) and isinstance(y.dtype, ADType):
        wide: Any = types.float64
        if isinstance(outer, types.DType):
            wide = Marker(outer.dtype.with_base(types.float64))

        def of_array(y: Any, outer: Any, places: Any) -> Any:
            out = np.empty(y.shape, wide)
            for index in np.ndindex(y.shape):
                out[index] = part_of(outer, y[index], places)
            return out

        return of_array
    if isinstance(y, types.BaseNamedTuple):
        make = y.instance_class
        return lambda y, outer, places: make(*along(y[:], outer, places))
    if isinstance(y, types.BaseTuple) and len(y):
        return lambda y, outer, places: (along(y[0], outer, places),) + along(y[1:], outer, places)
    if isinstance(y, (types.Float, types.Integer, types.Boolean)):
        return lambda y, outer, places: 0.0
    if isinstance(y, types.Array):
        return lambda y, outer, places: np.zeros(y.shape)
    return lambda y, outer, places: y


def not_finite(x: Any) -> Any:
    """Whether a plain derivative is not finite somewhere; never of outer numbers."""
    raise NotImplementedError


@overload(not_finite)
def _not_finite(x: Any) -> Any:
    if isinstance(x, types.Float):
        return lambda x: x - x != 0.0
    if isinstance(x, types.Array) and isinstance(x.dtype, types.Float):

        def of_array(x: Any) -> Any:
            bad = 0.0
            for item in x.flat:
                bad += item - item
            return bad != 0.0

        return of_array
    if isinstance(x, types.BaseTuple) and len(x):
        return lambda x: not_finite(x[0]) or not_finite(x[1:])
    return lambda x: False
