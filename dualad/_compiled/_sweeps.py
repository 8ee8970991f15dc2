"""Walking the edges of a tape backward."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from ._addresses import REALLOC
from ._chain import CONTRACT, splat
from ._memory import ADJOINT_CAPACITY, ADJOINTS, COUNT, EDGES, FAILED, LANES, LIMIT, VARIABLES
from ._tape import EDGE, EDGE_2, I8P, I32
from ._types import DOUBLE, I64

# Of the bits of a float64.
EXPONENT, LAST_OF_EXPONENT, SIGN = (np.uint64(b << 52) for b in (0x7FF, 1, 0x800))


@intrinsic
def _pointer(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], I8P)

    return types.voidptr(types.int64), codegen


@intrinsic
def _realloc(typingctx: Any, address: Any, size: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(I8P, [I8P, I64])
        function = cgutils.get_or_insert_function(builder.module, kind, REALLOC)
        new = builder.call(function, [builder.inttoptr(args[0], I8P), args[1]])
        return builder.ptrtoint(new, I64)

    return types.int64(types.int64, types.int64), codegen


def _walk(lanes: int) -> Any:
    """A function of compiled code that pulls `lanes` adjoints back through all edges.

    Written by hand: an index into an array of Numba's may be negative, which costs a comparison.
    """
    kind = DOUBLE if lanes == 1 else ir.VectorType(DOUBLE, lanes)

    @intrinsic
    def walk(typingctx: Any, edges: Any, count: Any, adjoints: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            first = builder.inttoptr(args[0], EDGE.as_pointer())
            adjoint = builder.inttoptr(args[2], DOUBLE.as_pointer())

            def place(number: Any) -> Any:
                offset = builder.zext(number, I64)
                if lanes > 1:
                    offset = builder.mul(offset, ir.Constant(I64, lanes))
                return builder.bitcast(builder.gep(adjoint, [offset]), kind.as_pointer())

            if lanes == 1:
                _walk_single(builder, first, args[1], place)
                return context.get_dummy_value()
            with cgutils.for_range(builder, args[1]) as loop:
                back = builder.sub(builder.sub(args[1], loop.index), ir.Constant(I64, 1))
                edge = builder.load(builder.gep(first, [back]))
                partial, source, to = (builder.extract_value(edge, i) for i in range(3))
                a = builder.load(place(to), align=8)
                zero = ir.Constant(kind, None)
                here = place(source)
                wide = splat(builder, partial, lanes)
                term = builder.fmul(a, wide, flags=CONTRACT)
                term = builder.select(builder.fcmp_unordered("!=", a, zero), term, zero)
                total = builder.fadd(builder.load(here, align=8), term, flags=CONTRACT)
                builder.store(total, here, align=8)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), codegen

    return walk


def _walk_single(builder: Any, first: Any, count: Any, place: Any) -> None:
    """The loop of one adjoint.

    A chain of sums would wait for memory at each link: what was just written is read at once. It
    stays in a register, behind a branch that processors predict.
    """
    last_to, last_source = (cgutils.alloca_once_value(builder, ir.Constant(I32, 0)) for _ in "ts")
    held, written = (cgutils.alloca_once_value(builder, ir.Constant(DOUBLE, 0.0)) for _ in "hw")
    for slot in (last_to, last_source):
        builder.store(ir.Constant(I32, -1), slot)
    with cgutils.for_range(builder, count) as loop:
        back = builder.sub(builder.sub(count, loop.index), ir.Constant(I64, 1))
        edge = builder.load(builder.gep(first, [back]))
        partial, source, to = (builder.extract_value(edge, i) for i in range(3))
        with builder.if_then(builder.icmp_signed("!=", to, builder.load(last_to))):
            builder.store(to, last_to)
            again = builder.icmp_signed("==", to, builder.load(last_source))
            with builder.if_else(again) as (then, otherwise):
                with then:
                    builder.store(builder.load(written), held)
                with otherwise:
                    builder.store(builder.load(place(to), align=8), held)
        a = builder.load(held)
        with builder.if_then(builder.fcmp_unordered("!=", a, ir.Constant(DOUBLE, 0.0))):
            here = place(source)
            term = builder.fmul(a, partial, flags=CONTRACT)
            total = builder.fadd(builder.load(here, align=8), term, flags=CONTRACT)
            builder.store(total, here, align=8)
            builder.store(source, last_source)
            builder.store(total, written)


@intrinsic
def _walk_second(typingctx: Any, edges: Any, count: Any, adjoints: Any) -> Any:
    """Pull adjoints and their tangents, in pairs, back through all edges of order 2."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        first = builder.inttoptr(args[0], EDGE_2.as_pointer())
        adjoint = builder.inttoptr(args[2], DOUBLE.as_pointer())
        zero = ir.Constant(DOUBLE, 0.0)

        def places(number: Any) -> Any:
            offset = builder.mul(builder.zext(number, I64), ir.Constant(I64, 2))
            place = builder.gep(adjoint, [offset])
            return place, builder.gep(place, [ir.Constant(I64, 1)])

        def add(place: Any, term: Any) -> None:
            builder.store(builder.fadd(builder.load(place), term, flags=CONTRACT), place)

        with cgutils.for_range(builder, args[1]) as loop:
            back = builder.sub(builder.sub(args[1], loop.index), ir.Constant(I64, 1))
            edge = builder.load(builder.gep(first, [back]))
            p, source, to, pdot = (builder.extract_value(edge, i) for i in range(4))
            a, b = (builder.load(place) for place in places(to))
            some = builder.or_(
                builder.fcmp_unordered("!=", a, zero), builder.fcmp_unordered("!=", b, zero)
            )
            with builder.if_then(some):
                here, there = places(source)
                add(here, builder.fmul(a, p, flags=CONTRACT))
                add(there, builder.fmul(b, p, flags=CONTRACT))
                add(there, builder.fmul(a, pdot, flags=CONTRACT))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), codegen


_walk_one, _walk_many = _walk(1), _walk(LANES)


@njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)
def doubtful(out: Any) -> Any:
    """0.0 if all of a contiguous array of float64 is finite, else 1.0.

    By bits: LLVM makes vectors of a loop of integers, and of a sum of doubles it does not. One more
    in the place of the exponent's last bit sets the sign where the exponent is full. Unsigned,
    because signed sums are taken to be in range.
    """
    bits = out.reshape(out.size).view(np.uint64)
    seen = np.uint64(0)
    for i in range(bits.size):
        seen |= (bits[i] & EXPONENT) + LAST_OF_EXPONENT
    return 1.0 if seen & SIGN else 0.0


@njit(nogil=True, no_cfunc_wrapper=True)
def begin(header: Any, inputs: Any) -> None:
    """An empty tape with so many variables."""
    header[COUNT] = 0
    header[VARIABLES] = inputs
    header[FAILED] = 0


@njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)
def _adjoints(header: Any, lanes: Any) -> Any:
    """Zeros for every variable."""
    if header[FAILED] != 0:
        raise MemoryError("the tape of reverse mode does not fit into memory")
    size = 8 * lanes * (header[VARIABLES] + 1)
    if header[ADJOINT_CAPACITY] < size:
        if size // 16 > header[LIMIT]:
            raise MemoryError("the adjoints of reverse mode do not fit into memory")
        new = _realloc(header[ADJOINTS], size)
        if new == 0:
            raise MemoryError("the adjoints of reverse mode do not fit into memory")
        header[ADJOINTS] = new
        header[ADJOINT_CAPACITY] = size
    found = carray(_pointer(header[ADJOINTS]), size // 8, np.float64)
    found[:] = 0.0
    return found


@njit(nogil=True, no_cfunc_wrapper=True)
def sweep(header: Any, index: Any, out: Any) -> Any:
    """The gradient of one variable in the inputs; answers a number that is 0 if it is finite."""
    adjoint = _adjoints(header, 1)
    adjoint[index] = 1.0
    adjoint[0] = 0.0
    _walk_one(header[EDGES], header[COUNT], header[ADJOINTS])
    for i in range(out.size):
        out[i] = adjoint[i + 1]
    return doubtful(out)


@njit(nogil=True, no_cfunc_wrapper=True)
def sweep_second(header: Any, index: Any, out: Any) -> Any:
    """The tangent of the gradient of one variable; as `sweep`."""
    adjoint = _adjoints(header, 2)
    if index != 0:
        adjoint[2 * index] = 1.0
        _walk_second(header[EDGES], header[COUNT], header[ADJOINTS])
    for i in range(out.size):
        out[i] = adjoint[2 * i + 3]
    return doubtful(out)


@njit(nogil=True, no_cfunc_wrapper=True)
def sweep_rows(header: Any, indices: Any, weights: Any, out: Any) -> Any:
    """Rows ``weights @ J``, one for each row of weights (k, m); as `sweep`."""
    for first in range(0, weights.shape[0], LANES):
        lanes = min(LANES, weights.shape[0] - first)
        adjoint = _adjoints(header, LANES)
        for row in range(indices.size):
            if indices[row] != 0:
                for k in range(lanes):
                    adjoint[LANES * indices[row] + k] += weights[first + k, row]
        _walk_many(header[EDGES], header[COUNT], header[ADJOINTS])
        for k in range(lanes):
            for i in range(out.shape[1]):
                out[first + k, i] = adjoint[LANES * (i + 1) + k]
    return doubtful(out)
