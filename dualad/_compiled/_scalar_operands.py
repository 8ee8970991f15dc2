"""Scalars in array expressions: Numba's loops take plain scalars and arrays, and no others.

A differentiated scalar that is an operand of an array expression becomes an array without
dimensions, which the loops broadcast. Where all operands are scalars or such arrays, the answer is
a number, and the arrays become scalars.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import ir, types
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typing.templates import signature

from ._arrays import stored_type
from ._overload import overload
from ._stand_ins import Marker
from ._types import NUMBERS


def without_dimensions(x: Any) -> Any:
    """x as an array without dimensions."""
    raise NotImplementedError


@overload(without_dimensions)
def _without_dimensions(x: Any) -> Any:
    marker = Marker(stored_type(x))

    def body(x: Any) -> Any:
        out = np.empty((), marker)
        out[()] = x
        return out

    return body


def only_element(x: Any) -> Any:
    """The number in an array without dimensions."""
    raise NotImplementedError


@overload(only_element)
def _only_element(x: Any) -> Any:
    return lambda x: x[()]


@register_pass(mutates_CFG=False, analysis_only=False)
class ScalarOperandsPass(FunctionPass):
    """Make arrays of the differentiated scalars in array expressions; on typed IR."""

    _name = "dualad_scalar_operands"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        changed = False
        for block in state.func_ir.blocks.values():
            body: list[Any] = []
            for inst in block.body:
                if self._is_met(state, inst):
                    self._rewrite(state, block.scope, inst, body)
                    changed = True
                body.append(inst)
            block.body = body
        if changed:
            from numba.core.ir_utils import build_definitions

            state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return changed

    def _is_met(self, state: Any, inst: Any) -> bool:
        if not isinstance(inst, ir.Assign) or not isinstance(inst.value, ir.Expr):
            return False
        expr, result = inst.value, state.typemap.get(inst.target.name)
        if expr.op == "call":
            key = getattr(state.typemap[expr.func.name], "typing_key", None)
            if not isinstance(key, np.ufunc):
                return False
        elif expr.op not in ("binop", "unary"):
            return False
        kinds = [state.typemap[v.name] for v in _operands(expr)]
        if isinstance(result, types.Array):
            return any(isinstance(k, NUMBERS) for k in kinds)
        differentiated = any(isinstance(getattr(k, "dtype", k), NUMBERS) for k in kinds)
        return differentiated and any(_is_without_dimensions(k) for k in kinds)

    def _rewrite(self, state: Any, scope: Any, inst: Any, body: list[Any]) -> None:
        expr = inst.value
        sig = state.calltypes.pop(expr)
        boxes = isinstance(state.typemap[inst.target.name], types.Array)

        def converted(var: Any) -> Any:
            kind = state.typemap[var.name]
            if isinstance(kind, NUMBERS) if boxes else _is_without_dimensions(kind):
                function = without_dimensions if boxes else only_element
                return self._converted(state, scope, var, function, inst.loc, body)
            return var

        args = [converted(v) for v in _operands(expr)]
        if expr.op == "call":
            expr = ir.Expr.call(expr.func, args, expr.kws, expr.loc)
        elif expr.op == "binop":
            expr = ir.Expr.binop(expr.fn, *args, expr.loc)
        else:
            expr = ir.Expr.unary(expr.fn, *args, expr.loc)
        kinds = [types.unliteral(state.typemap[v.name]) for v in args]
        if not boxes:  # another overload than that of arrays
            key = expr.fn if expr.op != "call" else state.typemap[expr.func.name].typing_key
            sig = state.typingctx.resolve_value_type(key).get_call_type(
                state.typingctx, tuple(kinds), {}
            )
        state.calltypes[expr] = signature(sig.return_type, *kinds)
        inst.value = expr

    def _converted(
        self, state: Any, scope: Any, var: Any, how: Any, loc: Any, body: list[Any]
    ) -> Any:
        ty = state.typemap[var.name]
        function = state.typingctx.resolve_value_type(how)
        sig = function.get_call_type(state.typingctx, (ty,), {})
        name = scope.redefine(f"$dualad_{how.__name__}", loc)
        state.typemap[name.name] = function
        body.append(ir.Assign(ir.Global(how.__name__, how, loc), name, loc))
        out = scope.redefine("$dualad_scalar", loc)
        state.typemap[out.name] = sig.return_type
        call = ir.Expr.call(name, [var], (), loc)
        state.calltypes[call] = sig
        body.append(ir.Assign(call, out, loc))
        return out


def _operands(expr: Any) -> list[Any]:
    if expr.op == "call":
        return list(expr.args)
    return [expr.lhs, expr.rhs] if expr.op == "binop" else [expr.value]


def _is_without_dimensions(ty: Any) -> bool:
    return isinstance(ty, types.Array) and ty.ndim == 0
