"""Partial derivatives of the table's rows, filled in by machine code.

A formula that only adds, multiplies, divides, takes roots, compares and selects rounds alike
everywhere, and is compiled here from the row itself. Formulas that call other functions are left to
NumPy: its loops of exp or cos are other code than a compiler's, with other last bits.

Which formula is meant is a number, so that one compiled function serves all rows.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, cpu, types, typing
from numba.extending import intrinsic

from .._rules._elementwise import ELEMENTWISE
from .._rules._row import Binary, Constant, Unary
from ._symbols import DOUBLE, Symbol

_SAFE = {"fabs", "sqrt", "floor", "rint", "copysign"}
_SAFE_LOOPS = {np.maximum, np.minimum, np.trunc, np.ceil}


class _Rounds(Exception):  # noqa: N818  # it is no error
    """A formula calls a function whose last bits differ between libraries."""


class _Exact(Symbol):
    """A symbol that refuses what rounds otherwise than NumPy."""

    __slots__ = ()

    def _new(self, llvm: Any) -> Symbol:
        return _Exact(self.context, self.builder, llvm)

    def call(self, ufunc: Any, *args: Any) -> Symbol:
        if ufunc not in _SAFE_LOOPS:
            raise _Rounds(ufunc.__name__)
        return _Exact(self.context, self.builder, super().call(ufunc, *args).llvm)

    def intrinsic(self, name: str, *args: Any) -> Symbol:
        if name not in _SAFE:
            raise _Rounds(name)
        return super().intrinsic(name, *args)


def _is_exact(formula: Any, count: int) -> bool:
    """Whether a formula of so many arguments rounds alike everywhere; found by running it."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [DOUBLE] * count), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    try:
        formula(*(_Exact(_CONTEXT, builder, a) for a in function.args))
    except _Rounds:
        return False
    return True


_CONTEXT: Any = cpu.CPUContext(typing.Context())


def _all_exact(*formulas: tuple[Any, int]) -> bool:
    return all(type(f) is Constant or _is_exact(f, n) for f, n in formulas)


def _unary(second: bool) -> list[Unary]:
    found = []
    for row in ELEMENTWISE:
        if not isinstance(row, Unary) or type(row.d1) is Constant:
            continue
        formulas = [(row.d1, 2), (row.d2, 3)] if second else [(row.d1, 2)]
        if _all_exact(*formulas):
            found.append(row)
    return found


def _binary(second: bool) -> list[Binary]:
    found = []
    for row in ELEMENTWISE:
        if not isinstance(row, Binary) or row.fn is np.multiply:
            continue
        formulas = [row.dx, row.dy, *((row.dxx, row.dxy, row.dyy) if second else ())]
        if any(type(f) is Constant for f in formulas[:2]):
            continue
        if _all_exact(*((f, 3) for f in formulas)):
            found.append(row)
    return found


UNARY, BINARY = _unary(False), _binary(False)
SECOND_UNARY, SECOND_BINARY = _unary(True), _binary(True)


@functools.cache
def numbering() -> str:
    """A name for the lists of this process, by whose numbers compiled code goes.

    What is in the source files is another matter: the table of a process may have other rows.
    """
    single = [(r.name, _said(r.d1), _said(r.d2)) for r in (*UNARY, *SECOND_UNARY)]
    double = [
        (r.name, *map(_said, (r.dx, r.dy, r.dxx, r.dxy, r.dyy))) for r in (*BINARY, *SECOND_BINARY)
    ]
    found = (len(UNARY), len(BINARY), single, double)
    return hashlib.sha256(repr(found).encode()).hexdigest()[:8]


def _said(formula: Any) -> str:
    """What a formula computes, in the same words in every process."""
    code = getattr(formula, "__code__", None)
    if code is None:
        return repr(formula)
    constants = [c for c in code.co_consts if not hasattr(c, "co_code")]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


Formulas = Callable[..., Sequence[Any]]


def _filler(rows: Sequence[Any], inputs: int, outputs: int, formulas: Formulas) -> Any:
    """A function ``fill(op, n, in..., out...)`` of addresses: all formulas of row number op.

    ``formulas(row, symbols)`` gives one value for each output, None where it is not wanted.
    """

    def typed(_context: Any, _op: Any, _n: Any, places: Any) -> Any:
        kind = types.UniTuple(types.intp, inputs + outputs)

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            op, n, addresses = arguments
            pointers = [
                builder.inttoptr(a, DOUBLE.as_pointer())
                for a in cgutils.unpack_tuple(builder, addresses, inputs + outputs)
            ]
            end = builder.append_basic_block("filled")
            switch = builder.switch(op, end)
            for number, row in enumerate(rows):
                block = builder.append_basic_block(f"row{number}")
                switch.add_case(ir.Constant(op.type, number), block)
                builder.position_at_end(block)
                with cgutils.for_range(builder, n) as loop:
                    values = [
                        Symbol(context, builder, builder.load(builder.gep(p, [loop.index])))
                        for p in pointers[:inputs]
                    ]
                    found = formulas(row, values)
                    for p, value in zip(pointers[inputs:], found, strict=True):
                        if value is not None:
                            place = builder.gep(p, [loop.index])
                            builder.store(values[0].double(value), place)
                builder.branch(end)
            builder.position_at_end(end)
            return context.get_dummy_value()

        return types.void(_op, _n, kind), generate

    return intrinsic(typed)


def _first(row: Unary, s: Any) -> Any:
    return (row.d1(*s),)


def _second(row: Unary, s: Any) -> Any:
    d = row.d1(*s)
    return d, row.d2(*s, d)


def _partials(row: Binary, s: Any) -> Any:
    return row.dx(*s), row.dy(*s)


def _second_partials(row: Binary, s: Any) -> Any:
    return tuple(f(*s) for f in (row.dx, row.dy, row.dxx, row.dxy, row.dyy))


fill_unary: Any = _filler(UNARY, 2, 1, _first)
fill_binary: Any = _filler(BINARY, 3, 2, _partials)
fill_second_unary: Any = _filler(SECOND_UNARY, 2, 2, _second)
fill_second_binary: Any = _filler(SECOND_BINARY, 3, 5, _second_partials)

__all__ = [
    "BINARY",
    "SECOND_BINARY",
    "SECOND_UNARY",
    "UNARY",
    "fill_binary",
    "fill_second_binary",
    "fill_second_unary",
    "fill_unary",
    "numbering",
]
