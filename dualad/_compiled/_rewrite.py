"""The pass that turns a user's function into one of differentiated numbers.

It runs on Numba's untyped IR and changes three things: the dtype of arrays that active values are
put into, the functions that are called (for their differentiated versions), and a few conversions
that would drop a derivative. All else works as it stands, because Numba's code for arrays, lists
and tuples does not ask what their elements are.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import ir, types
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.dispatcher import Dispatcher, LiftedCode
from numba.typed import Dict

from . import _complex, _decisions, _linalg, _pointers, _positions, _results, _vectorized
from . import _stand_ins as stand_ins
from ._activity import Activity
from ._known import FLAT_CALLS
from ._naming import FLOATS, METHODS, Naming
from ._reading import CONSTANTS, is_type_of_a_number, method_of
from ._refusals import (
    PLAIN_ATTRIBUTES,
    check_callee,
    check_expression,
    check_method,
    is_given_values,
)
from ._tape import VarType
from ._types import holds_number

# Functions that make an array, and where their dtype stands.
_MAKERS: dict[Any, int] = {np.zeros: 1, np.ones: 1, np.empty: 1, np.full: 2}
_FILLED = (np.full, np.full_like)
_LIKE: dict[Any, int] = {np.zeros_like: 1, np.ones_like: 1, np.empty_like: 1, np.full_like: 2}


def _swaps() -> dict[Any, Callable[..., Any]]:
    """Functions that are called by another name where an argument is active."""
    return {
        builtins.float: stand_ins.as_float,
        np.float64: stand_ins.as_float64,
        np.float32: stand_ins.as_float32,
        np.array: stand_ins.array_of,
        np.asarray: stand_ins.as_array,
        **_linalg.SWAPS,
        **_complex.SWAPS,
        **_positions.SWAPS,
    }


@register_pass(mutates_CFG=False, analysis_only=False)
class DifferentiatePass(FunctionPass):
    """Rewrite one function, see the module."""

    _name = "dualad_differentiate"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        pipeline = state.pipeline
        Rewriter(state.func_ir, state.args, pipeline).run()
        return True


def passed_functions(args: Any) -> dict[int, Any]:
    """Compiled functions among the types of arguments."""
    return {i: ty.dispatcher for i, ty in enumerate(args) if isinstance(ty, types.Dispatcher)}


class Rewriter:
    """Rewrites the IR of one function for arguments of these types."""

    def __init__(self, func_ir: Any, args: Any, pipeline: Any) -> None:
        self.func_ir, self.pipeline = func_ir, pipeline
        self.ty, self.convert = pipeline.ad_type, pipeline.ad_convert
        active = [i for i, a in enumerate(args) if holds_number(a)]
        self.seen = Activity(func_ir, active, passed_functions(args), pipeline.ad_forced)
        self.marker = stand_ins.Marker(self.ty)
        self.swaps = _swaps()
        self.naming = Naming(self) if isinstance(self.ty, VarType) else None
        self.out: list[Any] = []
        self.scope: Any = None

    def run(self) -> None:
        for block in self.func_ir.blocks.values():
            self.out, self.scope = [], block.scope
            if self.naming is not None:
                self.naming.begin(block)
            for inst in block.body:
                test = None
                if isinstance(inst, ir.Assign) and isinstance(inst.value, ir.Expr):
                    test = _decisions.decision(inst.value, self.seen)
                    self._assign(inst)
                if isinstance(inst, ir.Assign) and isinstance(inst.value, (ir.Var, *CONSTANTS)):
                    self._join(inst)
                if isinstance(inst, ir.Print):
                    inst.args = [self._plain(v) for v in inst.args]
                if self.naming is not None:
                    self.naming.name(inst)
                if test is not None:
                    _decisions.followed(self, inst, test)
                self.out.append(inst)
            block.body = self.out
        self.func_ir._definitions = _rebuilt(self.func_ir.blocks)

    def constant(self, value: Any, name: str, loc: Any) -> Any:
        """A variable that holds a Python object."""
        var = self.scope.redefine(f"$dualad_{name}", loc)
        self.out.append(ir.Assign(ir.Global(name, value, loc), var, loc))
        return var

    def call(self, function: Any, args: list[Any], loc: Any, kws: Any = ()) -> Any:
        callee = self.constant(function, function.__name__, loc)
        return ir.Expr.call(callee, args, kws, loc)

    def _plain(self, var: Any) -> Any:
        """What is printed: the value."""
        if var.name not in self.seen.active:
            return var
        return self.assigned(self.call(_results.values_of, [var], var.loc), var.loc)

    def _assign(self, inst: Any) -> None:
        expr, target = inst.value, inst.target.name
        written = target in self.seen.written or id(expr) in self.seen.joined
        if expr.op == "call":
            inst.value = self._rewritten_call(expr, written)
        elif expr.op in ("getattr", "build_set") and self._is_active(expr):
            inst.value = self._seen(expr)
        elif expr.op == "build_list" and written:
            expr.items = [self._promoted(v, expr.loc) for v in expr.items]
        elif expr.op == "build_tuple" and target in self.seen.active:
            expr.items = self._of_one_kind(expr)
        elif expr.op in ("binop", "unary") and written and not self._is_active(expr):
            self._promote_result(inst)

    def _join(self, inst: Any) -> None:
        """A plain number for a variable that holds a differentiated one elsewhere is made one.

        Numba finds types step by step, and would take the number before the first round of a loop
        for that of all that is made from it: an array of plain floats never becomes another.
        """
        value, target = self.seen.copied.get(id(inst), inst.value), inst.target.name
        if target not in self.seen.active or len(self.seen.defs.get(target, ())) < 2:
            return
        how = stand_ins.promote_number
        if isinstance(value, CONSTANTS) and self._begins_sum(value.value):
            value, how = self.assigned(value, inst.loc), stand_ins.promote_beginning
        if isinstance(value, ir.Var) and value.name not in self.seen.active:
            marker = self.constant(self.marker, "marker", inst.loc)
            inst.value = self.call(how, [marker, value], inst.loc)

    def _begins_sum(self, number: Any) -> bool:
        """Whether a constant may be the first value of a sum; integers on a second try only."""
        if type(number) is int and not self.pipeline.ad_integers:
            self.pipeline.ad_skipped = True
            return False
        return type(number) is int or isinstance(number, (float, complex))

    def _seen(self, expr: Any) -> Any:
        """An attribute that tells of memory is that of the plain array; parts are our own."""
        check_expression(expr)
        part = _complex.ATTRIBUTES.get(expr.attr) if expr.op == "getattr" else None
        if part is not None:
            return self.call(part, [expr.value], expr.loc)
        if expr.op == "getattr" and expr.attr in PLAIN_ATTRIBUTES:
            return ir.Expr.getattr(self._plain(expr.value), expr.attr, expr.loc)
        return expr

    def _of_one_kind(self, expr: Any) -> list[Any]:
        """Members of a tuple: floats beside differentiated ones, so that it can be iterated."""
        active = [v.name in self.seen.active for v in expr.items]
        if all(active) or not any(active):
            return list(expr.items)
        pairs = zip(expr.items, active, strict=True)
        return [v if a else self._promoted(v, expr.loc, stand_ins.promote_number) for v, a in pairs]

    def _is_active(self, expr: Any) -> bool:
        return any(v.name in self.seen.active for v in expr.list_vars())

    def _promoted(self, var: Any, loc: Any, how: Any = stand_ins.promote_item) -> Any:
        marker = self.constant(self.marker, "marker", loc)
        return self.assigned(self.call(how, [marker, var], loc), loc)

    def _promote_result(self, inst: Any) -> None:
        loc = inst.loc
        plain = self.scope.redefine("$dualad_plain", loc)
        self.out.append(ir.Assign(inst.value, plain, loc))
        marker = self.constant(self.marker, "marker", loc)
        inst.value = self.call(stand_ins.promote, [marker, plain], loc)

    # --- calls ----------------------------------------------------------------------------------

    def _rewritten_call(self, expr: Any, written: bool) -> Any:
        callee = self.seen.resolve(expr.func)
        active = bool(self.seen.active_arguments(expr))
        if isinstance(callee, LiftedCode):
            if active:
                check_callee(callee, expr.loc)
            return expr
        if isinstance(callee, Dispatcher):
            return self._converted(expr, callee, active, written)
        if active:
            check_callee(callee, expr.loc)
            expr = self._with_converted_arguments(expr)
        special = _pointers.stand_in(callee) if active else None
        if special is not None:
            return self.call(special, list(expr.args), expr.loc, expr.kws)
        try:
            if active and is_given_values(callee, expr):
                expr.args = [self._plain(v) for v in expr.args]
                return self._promoted_call(expr) if written else expr
            place = {**_MAKERS, **_LIKE}.get(callee)
            swap = self.swaps.get(callee) if active else None
        except TypeError:
            return expr
        if swap is not None and not (callee in FLOATS and not expr.args):
            return self.call(swap, list(expr.args), expr.loc, expr.kws)
        if active and callee in FLAT_CALLS and callee not in (np.shape, np.size):
            expr.args = [self._plain(v) for v in expr.args]
            expr.kws = [(name, self._plain(v)) for name, v in expr.kws]
            return expr
        scalar = _vectorized.scalar_function(callee) if active else None
        if scalar is not None:
            function = self.constant(self.convert(scalar, self.ty, False), "scalar", expr.loc)
            return self.call(_vectorized.mapped, [function, *expr.args], expr.loc, expr.kws)
        if written and callee == Dict.empty:
            expr.args = [self._type_for(v, expr.loc) for v in expr.args]
        if place is not None and (written or (active and callee in _FILLED)):
            return self._typed_maker(expr, callee, place)
        if callee is None:
            return self._method(expr, active, written)
        if written and not active and callable(callee) and _makes_arrays(callee):
            return self._promoted_call(expr)
        return expr

    def _converted(self, expr: Any, callee: Any, active: bool, forced: bool) -> Any:
        if not active and not forced:
            return expr
        expr = self._with_converted_arguments(expr)
        code = callee.py_func.__code__
        if code.co_flags & 0x04 and expr.vararg is None:  # members of *args are of one kind
            own = code.co_argcount
            rest = [self._promoted(v, expr.loc, stand_ins.promote_number) for v in expr.args[own:]]
            expr.args = [*expr.args[:own], *rest]
        function = self.convert(callee, self.ty, forced)
        expr.func = self.constant(function, callee.py_func.__name__, expr.loc)
        return expr

    def _with_converted_arguments(self, expr: Any) -> Any:
        """Functions that are passed on are passed in their differentiated versions."""

        def converted(var: Any) -> Any:
            value = self.seen.resolve(var)
            if not isinstance(value, Dispatcher) or self._is_parameter(var):
                return var
            function = self.convert(value, self.ty, False)
            return self.constant(function, value.py_func.__name__, expr.loc)

        expr.args = [converted(v) for v in expr.args]
        expr.kws = [(name, converted(v)) for name, v in expr.kws]
        return expr

    def _is_parameter(self, var: Any) -> bool:
        values = self.seen.defs.get(var.name, ())
        return any(isinstance(v, ir.Arg) for v in values)

    def _typed_maker(self, expr: Any, callee: Any, place: int) -> Any:
        """np.zeros(n), and the like, with the dtype of differentiated numbers."""
        loc = expr.loc
        marker = self.constant(self.marker, "marker", loc)
        args, kws = list(expr.args), dict(expr.kws)
        given = args[place] if len(args) > place else kws.get("dtype")
        if given is None and callee in _LIKE:
            first = args[0] if args else kws.get("a")
            dtype = self.assigned(self.call(stand_ins.dtype_like, [marker, first], loc), loc)
        elif given is None:
            dtype = marker
        else:
            dtype = self.assigned(self.call(stand_ins.dtype_for, [marker, given], loc), loc)
        if len(args) > place:
            args[place] = dtype
        else:
            kws["dtype"] = dtype
        return ir.Expr.call(expr.func, args, list(kws.items()), loc)

    def _type_for(self, var: Any, loc: Any) -> Any:
        """A type of plain floats, given as an argument, as that of differentiated ones."""
        given = self.seen.resolve(var)
        if not isinstance(given, types.Float):
            return var
        return self.constant(self.ty.with_base(given), "type", loc)

    def assigned(self, expr: Any, loc: Any) -> Any:
        var = self.scope.redefine("$dualad_value", loc)
        self.out.append(ir.Assign(expr, var, loc))
        return var

    def _promoted_call(self, expr: Any) -> Any:
        marker = self.constant(self.marker, "marker", expr.loc)
        plain = self.assigned(expr, expr.loc)
        return self.call(stand_ins.promote, [marker, plain], expr.loc)

    def _method(self, expr: Any, active: bool, written: bool) -> Any:
        found = method_of(expr, self.seen.defs)
        if found is None:
            if active and is_type_of_a_number(expr.func, self.seen.defs, self.seen.resolve):
                return self.call(stand_ins.as_kind, [expr.func, *expr.args], expr.loc, expr.kws)
            return expr
        owner, name = found
        if owner.name in self.seen.active:
            check_method(name, expr.args, expr.loc)
        if name == "copy" and written and owner.name not in self.seen.active:
            return self._promoted_call(expr)
        if name == "astype" and (owner.name in self.seen.active or written):
            marker = self.constant(self.marker, "marker", expr.loc)
            return self.call(stand_ins.as_type, [marker, owner, *expr.args], expr.loc)
        function = METHODS.get(name) or _positions.METHODS.get(name)
        differentiated = owner.name in self.seen.active or (active and name == "dot")
        if function is not None and differentiated:
            return self.call(function, [owner, *expr.args], expr.loc, expr.kws)
        return expr


def _makes_arrays(callee: Any) -> bool:
    module = getattr(callee, "__module__", "") or ""
    return module.startswith("numpy")


def _rebuilt(blocks: Any) -> Any:
    from numba.core.ir_utils import build_definitions

    return build_definitions(blocks)
