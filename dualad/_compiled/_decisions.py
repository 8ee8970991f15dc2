"""Tests for equality in differentiated code: noted where they hold, answered otherwise on demand.

A branch that is taken only because differentiated numbers are equal has a derivative of its own.
Such a test is followed by a call of `judged`, which costs a branch that is not taken. Where the two
are equal and their derivatives differ, it notes the place of the test (`_notes`); Python then has
the function run with the test answered the other way round, and compares (`_judging`).
"""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core import ir as numba_ir
from numba.core.imputils import impl_ret_borrowed, lower_constant
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.core.typing.typeof import typeof_impl
from numba.extending import intrinsic, lower_builtin, models, register_model

from . import _notes
from ._overload import overload
from ._structures import taken
from ._tape import I8P, LinType, VarType, parts_of
from ._types import DOUBLE, I64, ADType, DualType, JetType

I1 = ir.IntType(1)

# Tests, and whether the answer means that the two are equal.
_OPERATORS = {operator.eq: True, operator.ne: False}
_CALLS: dict[Any, bool] = {
    np.equal: True,
    np.not_equal: False,
    np.isclose: True,
    builtins.bool: False,
    **({math.isclose: True} if hasattr(math, "isclose") else {}),
}


class Place:
    """A constant of compiled code: the line of a test, and what answer means equality."""

    def __init__(self, text: str, equal: bool) -> None:
        self.text, self.equal = text, equal


class _PlaceType(types.Type):
    def __init__(self, text: str, equal: bool) -> None:
        self.text, self.equal = text, equal
        super().__init__(f"Place({text!r}, {equal})")


register_model(_PlaceType)(models.OpaqueModel)


@lower_constant(_PlaceType)
def _constant_place(context: Any, builder: Any, ty: Any, value: Any) -> Any:
    return context.get_dummy_value()


@typeof_impl.register(Place)
def _typeof_place(value: Place, context: Any) -> Any:
    return _PlaceType(value.text, value.equal)


def tested(expr: Any, resolve: Any) -> tuple[list[Any], bool] | None:
    """(operands, whether True means equal) of an expression that tests for equality."""
    if expr.op == "binop" and expr.fn in _OPERATORS:
        return [expr.lhs, expr.rhs], _OPERATORS[expr.fn]
    if expr.op == "unary" and expr.fn is operator.not_:
        return [expr.value], True
    if expr.op != "call" or expr.vararg is not None:
        return None
    callee = resolve(expr.func)
    try:
        equal = _CALLS.get(callee)
    except TypeError:  # not hashable
        return None
    return None if equal is None or not expr.args else (list(expr.args[:2]), equal)


def judged(test: Any, x: Any, y: Any, place: Any) -> Any:
    """The answer of a test for equality of x and y, noted."""
    raise NotImplementedError


@infer_global(judged)
class _Judged(AbstractTemplate):
    key = judged

    def generic(self, args: Any, kws: Any) -> Any:
        kinds = [a.variable() if _by_elements(args) and isinstance(a, LinType) else a for a in args]
        return signature(args[0], *kinds)


def _by_elements(args: Any) -> bool:
    """Whether each element of an array is a test of its own, of numbers in the same place."""
    test, x, y, _ = args
    if not isinstance(test, types.Array) or test.dtype != types.boolean:
        return False
    arrays = [a for a in (x, y) if isinstance(a, types.Array)]
    numbers = [a for a in (x, y) if isinstance(a, (ADType, types.Number, types.Boolean))]
    alike = all(a.ndim == test.ndim for a in arrays)
    held = any(isinstance(getattr(a, "dtype", a), ADType) for a in (x, y))
    return alike and held and bool(arrays) and len(arrays) + len(numbers) == 2


@lower_builtin(judged, types.Any, types.Any, types.Any, types.Any)
def _lower_judged(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    test, x, y, place = sig.args
    pairs = [(t, a) for t, a in ((x, args[1]), (y, args[2])) if isinstance(t, ADType)]
    plain = (ADType, types.Number, types.Boolean)
    if not isinstance(test, types.Boolean) or not pairs or not isinstance(x, plain):
        return impl_ret_borrowed(context, builder, sig.return_type, args[0])
    if not isinstance(y, plain):
        return args[0]
    answer = context.cast(builder, args[0], types.unliteral(test), types.boolean)
    equal = answer if place.equal else builder.not_(answer)
    result = cgutils.alloca_once_value(builder, answer)
    with (
        builder.if_then(equal, likely=False),
        builder.if_then(_differ(context, builder, pairs), likely=False),
    ):
        text = context.insert_const_string(builder.module, place.text)
        turned = builder.call(_note(builder.module), [text])
        builder.store(builder.xor(answer, turned), result)
    return builder.load(result)


def _judged_elements(test: Any, x: Any, y: Any, place: Any) -> Any:
    """`judged` of arrays; the answers are fresh, and are written into."""
    raise NotImplementedError


@overload(_judged_elements)
def _overload_elements(test: Any, x: Any, y: Any, place: Any) -> Any:
    def both(test: Any, x: Any, y: Any, place: Any) -> Any:
        if x.shape == test.shape and y.shape == test.shape:
            for i in np.ndindex(test.shape):
                test[i] = judged(test[i], x[i], y[i], place)
        return test

    def left(test: Any, x: Any, y: Any, place: Any) -> Any:
        for i in np.ndindex(test.shape):
            test[i] = judged(test[i], x[i], y, place)
        return test

    def right(test: Any, x: Any, y: Any, place: Any) -> Any:
        for i in np.ndindex(test.shape):
            test[i] = judged(test[i], x, y[i], place)
        return test

    if isinstance(x, types.Array):
        return both if isinstance(y, types.Array) else left
    return right


@lower_builtin(judged, types.Array, types.Any, types.Any, types.Any)
def _lower_elements(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    if not _by_elements(sig.args):
        return impl_ret_borrowed(context, builder, sig.return_type, args[0])
    function = context.typing_context.resolve_value_type(_judged_elements)
    found = function.get_call_type(context.typing_context, sig.args, {})
    return context.get_function(function, found)(builder, args)


# --- whether a step parts two numbers -------------------------------------------------------------


def _differ(context: Any, builder: Any, pairs: list[Any]) -> Any:
    """Whether the derivatives of numbers differ; those of a plain one are zero."""
    tapes = [p for p in pairs if not hasattr(p[0], "widths")]
    if tapes:
        return _on_tape(builder, tapes)
    first = [_tangents(builder, *p) for p in pairs]
    found: Any = ir.Constant(I1, 0)
    groups = list(zip(*first, strict=True)) if _alike(first) else [(v,) for f in first for v in f]
    for vectors in groups:
        found = builder.or_(found, _any_differs(builder, *vectors))
    return found


def _alike(groups: list[Any]) -> bool:
    return len({tuple(v.type.count for v in vectors) for vectors in groups}) == 1


def _tangents(builder: Any, ty: Any, x: Any) -> list[Any]:
    """The first derivatives: of vectors the first, second and fourth."""
    sets = 1 if isinstance(ty, DualType) else 2 if isinstance(ty, JetType) else 3
    return [taken(builder, x, 1 << i) for i in range(sets)]


def _any_differs(builder: Any, a: Any, b: Any = None) -> Any:
    """Whether vectors differ by more than rounding in some lane."""
    count = a.type.count
    zero = ir.Constant(a.type, None)
    if b is None:
        test = builder.fcmp_unordered("!=", a, zero)
    else:
        size = builder.fadd(_magnitude(builder, a), _magnitude(builder, b))
        least = builder.fmul(size, ir.Constant(a.type, [1e-12] * count))
        test = builder.fcmp_ordered(">", _magnitude(builder, builder.fsub(a, b)), least)
    bits = ir.IntType(count)
    return builder.icmp_unsigned("!=", builder.bitcast(test, bits), ir.Constant(bits, 0))


def _magnitude(builder: Any, v: Any) -> Any:
    kind = ir.FunctionType(v.type, [v.type])
    name = f"llvm.fabs.v{v.type.count}f64"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [v])


def _on_tape(builder: Any, pairs: list[Any]) -> Any:
    """Whether one of them is no constant, and they are not the same variable."""
    found: Any = ir.Constant(I1, 0)
    for ty, x in pairs:
        partials, _, tape = parts_of(builder, ty, x)
        moves = builder.icmp_unsigned("!=", tape, ir.Constant(I8P, None))
        reached: Any = ir.Constant(I1, 0)
        for p in partials:
            some = p is None
            here = (
                ir.Constant(I1, 1)
                if some
                else builder.fcmp_unordered("!=", p, ir.Constant(DOUBLE, 0.0))
            )
            reached = builder.or_(reached, here)
        found = builder.or_(found, builder.and_(moves, reached))
    if len(pairs) == 2 and all(isinstance(t, VarType) for t, _ in pairs):
        a, b = (taken(builder, x, 1) for _, x in pairs)
        found = builder.and_(found, builder.icmp_unsigned("!=", a, b))
    return found


# --- the notes ------------------------------------------------------------------------------------


def _words(builder: Any) -> Any:
    """The words of this thread, see `_notes`; null where it has none."""
    module = builder.module
    key = module.globals.get(_notes.KEY)
    if key is None:
        key = ir.GlobalVariable(module, ir.IntType(8), _notes.KEY)
    get = cgutils.get_or_insert_function(module, ir.FunctionType(I8P, [I8P]), _notes.GET)
    return builder.bitcast(builder.call(get, [key]), I64.as_pointer())


def _word(builder: Any, words: Any, i: Any) -> Any:
    return builder.gep(words, [ir.Constant(I64, i) if isinstance(i, int) else i])


def _note(module: Any) -> Any:
    """A function of the module that notes a place, and says whether its answer is to be turned."""
    name = "dualad_note"
    known = module.globals.get(name)
    if known is not None:
        return known
    function = ir.Function(module, ir.FunctionType(I1, [I8P]), name)
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    function.attributes.add("cold")
    builder = ir.IRBuilder(function.append_basic_block())
    words = _words(builder)
    with builder.if_then(cgutils.is_null(builder, words)):
        builder.ret(ir.Constant(I1, 0))
    place = builder.ptrtoint(function.args[0], I64)
    count = builder.load(_word(builder, words, _notes.COUNT))
    known = _held(builder, words, _notes.PLACES, count, place)
    room = builder.icmp_signed("<", count, ir.Constant(I64, _notes.MOST))
    with builder.if_then(builder.and_(builder.not_(known), room)):
        slot = builder.add(count, ir.Constant(I64, _notes.PLACES))
        builder.store(place, _word(builder, words, slot))
        after = builder.add(count, ir.Constant(I64, 1))
        builder.store(after, _word(builder, words, _notes.COUNT))
    mode = builder.load(_word(builder, words, _notes.MODE))
    turned = builder.load(_word(builder, words, _notes.TURNED))
    listed = _held(builder, words, _notes.PLACES + _notes.MOST, turned, place)
    some = builder.icmp_signed("==", mode, ir.Constant(I64, _notes.LISTED))
    every = builder.icmp_signed("==", mode, ir.Constant(I64, _notes.ALL))
    builder.ret(builder.or_(every, builder.and_(some, listed)))
    return function


def _held(builder: Any, words: Any, first: int, count: Any, place: Any) -> Any:
    """Whether a place is among so many words."""
    found = cgutils.alloca_once_value(builder, ir.Constant(I1, 0))
    builder.store(ir.Constant(I1, 0), found)
    with cgutils.for_range(builder, count) as loop:
        word = _word(builder, words, builder.add(loop.index, ir.Constant(I64, first)))
        same = builder.icmp_unsigned("==", builder.load(word), place)
        builder.store(builder.or_(builder.load(found), same), found)
    return builder.load(found)


@intrinsic
def start_notes(typingctx: Any) -> Any:
    """Nothing is noted from here on, and nothing turned."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        words = _words(builder)
        with builder.if_then(cgutils.is_not_null(builder, words)):
            for i in (_notes.MODE, _notes.COUNT):
                builder.store(ir.Constant(I64, 0), _word(builder, words, i))
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def noted(typingctx: Any) -> Any:
    """1.0 where something was noted, or nothing could be: the thread has no words yet."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        words = _words(builder)
        found = cgutils.alloca_once_value(builder, ir.Constant(DOUBLE, 1.0))
        with builder.if_then(cgutils.is_not_null(builder, words)):
            count = builder.load(_word(builder, words, _notes.COUNT))
            some = builder.icmp_signed("!=", count, ir.Constant(I64, 0))
            builder.store(builder.uitofp(some, DOUBLE), found)
        return builder.load(found)

    return types.float64(), codegen


# --- what the pass does ---------------------------------------------------------------------------


def decision(expr: Any, seen: Any) -> tuple[list[Any], bool] | None:
    """(operands, whether True means equal) of a test for equality of active values."""
    found = tested(expr, seen.resolve)
    if found is None:
        return None
    names = {_source(seen.defs, v) for v in found[0]}
    known = len(names) < len(found[0]) or any(_is_other(seen, v) for v in found[0])
    return None if known or not any(v.name in seen.active for v in found[0]) else found


def followed(rewriter: Any, inst: Any, test: tuple[list[Any], bool]) -> None:
    """Have a test for equality of active values followed by its judgement."""
    operands, equal = test
    loc = inst.loc
    plain = rewriter.assigned(inst.value, loc)
    if len(operands) == 1:
        operands = [*operands, rewriter.assigned(numba_ir.Const(0.0, loc), loc)]
    place = rewriter.constant(Place(f"{loc.line}:{loc.filename}", equal), "place", loc)
    inst.value = rewriter.call(judged, [plain, *operands, place], loc)


def _source(defs: Any, var: Any) -> str:
    """The name that a temporary one stands for."""
    for _ in range(50):
        values = defs.get(var.name, ())
        if len(values) != 1 or not isinstance(values[0], numba_ir.Var):
            break
        if not var.name.startswith("$"):
            break
        var = values[0]
    return str(var.name)


def _is_other(seen: Any, var: Any) -> bool:
    """Whether a variable is a constant that is no number, as None and text."""
    values = seen.defs.get(var.name, ())
    if len(values) != 1 or not isinstance(values[0], (numba_ir.Const, numba_ir.Global)):
        return False
    return not isinstance(values[0].value, (int, float))
