"""Scalars in array expressions: Numba's loops take plain scalars and arrays, and no others.

A differentiated scalar that is an operand of an array expression becomes an array without
dimensions, which the loops broadcast.
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
        if not isinstance(state.typemap.get(inst.target.name), types.Array):
            return False
        expr = inst.value
        if expr.op == "call":
            function = state.typemap[expr.func.name]
            key = getattr(function, "typing_key", None)
            return isinstance(key, np.ufunc) and any(
                isinstance(state.typemap[v.name], NUMBERS) for v in expr.args
            )
        if expr.op != "binop":
            return False
        return any(isinstance(state.typemap[v.name], NUMBERS) for v in (expr.lhs, expr.rhs))

    def _rewrite(self, state: Any, scope: Any, inst: Any, body: list[Any]) -> None:
        expr = inst.value
        sig = state.calltypes.pop(expr)

        def converted(var: Any) -> Any:
            if not isinstance(state.typemap[var.name], NUMBERS):
                return var
            return self._boxed(state, scope, var, inst.loc, body)

        if expr.op == "call":
            args = [converted(v) for v in expr.args]
            expr = ir.Expr.call(expr.func, args, expr.kws, expr.loc)
        else:
            args = [converted(expr.lhs), converted(expr.rhs)]
            expr = ir.Expr.binop(expr.fn, *args, expr.loc)
        kinds = [types.unliteral(state.typemap[v.name]) for v in args]
        state.calltypes[expr] = signature(sig.return_type, *kinds)
        inst.value = expr

    def _boxed(self, state: Any, scope: Any, var: Any, loc: Any, body: list[Any]) -> Any:
        ty = state.typemap[var.name]
        function = state.typingctx.resolve_value_type(without_dimensions)
        sig = function.get_call_type(state.typingctx, (ty,), {})
        name = scope.redefine("$dualad_without_dimensions", loc)
        state.typemap[name.name] = function
        body.append(ir.Assign(ir.Global("without_dimensions", without_dimensions, loc), name, loc))
        out = scope.redefine("$dualad_scalar", loc)
        state.typemap[out.name] = sig.return_type
        call = ir.Expr.call(name, [var], (), loc)
        state.calltypes[call] = sig
        body.append(ir.Assign(call, out, loc))
        return out
