"""What keeps the time of compiling long functions in proportion to their length."""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import njit

import dualad as da
from dualad._compiled import _structures, _tape

DOUBLE = ir.DoubleType()
PAIR = ir.LiteralStructType([DOUBLE, DOUBLE])


def an_empty_function():
    kind = ir.FunctionType(PAIR, [DOUBLE, DOUBLE, PAIR])
    function = ir.Function(ir.Module(), kind, "f")
    return function, ir.IRBuilder(function.append_basic_block())


def test_members_of_structures_are_not_taken_apart_again():
    function, builder = an_empty_function()
    a, b, unknown = function.args
    first = _structures.packed(builder, PAIR, [a, b])
    assert _structures.taken(builder, first, 1) is b
    assert len(builder.block.instructions) == 2
    second = _structures.packed(builder, PAIR, [b, b], like=[unknown, first])
    assert len(builder.block.instructions) == 3
    assert second.operands == [first, b]
    assert _structures.taken(builder, second, 0) is b
    assert _structures.taken(builder, unknown, 0).opname == "extractvalue"


def test_a_long_block_is_not_split_where_it_writes_edges(monkeypatch):
    called, outlined = [], _tape._outlined

    def noted(*args):
        called.append(args)
        return outlined(*args)

    monkeypatch.setattr(_tape, "_outlined", noted)
    monkeypatch.setattr(_tape, "MOST_BEFORE", 20)

    @njit
    def f(x):
        return math.sin(x[0] * x[1]) + x[0] * math.exp(x[2]) - x[3] * x[0]

    x = np.array([0.7, 1.3, 0.4, 1.1])
    value, slope = da.value_and_grad(f, mode="reverse")(x)
    assert called
    assert value == f(x)
    near = math.cos(x[0] * x[1])
    exp = math.exp(x[2])
    right = [x[1] * near + exp - x[3], x[0] * near, x[0] * exp, -x[0]]
    np.testing.assert_allclose(slope, right, rtol=1e-14)
