"""Reverse mode: where a value becomes a variable of the tape, and which variables are the same.

The result of an operation holds partial derivatives in registers (`_tape.LinType`). It becomes a
variable where the program stores it, passes it on, or needs it in another part of the program. A
name that is used by the operations of one basic block alone does not: what is built upon it
composes its partials, so that a loop's body writes no more edges than it has inputs and results.

For that, partials of one variable have to be added up and not listed twice. Variables that a block
reads get labels, which are part of their type: two with the same label are the same variable.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np
from numba.core import ir
from numba.core.dispatcher import Dispatcher

from . import _complex, _labels, _reductions, _tape
from ._reading import CONSTANTS, method_of
from ._rows import known_functions

ELEMENTARY = frozenset(
    [fn for fn, _ in known_functions()] + [min, max, math.gamma, math.lgamma, math.erf, math.erfc]
)
FLOATS = (builtins.float, np.float64, np.float32)
METHODS = {**_reductions.METHODS, **_complex.METHODS}
_OPERATIONS = ("binop", "inplace_binop", "unary")
_ITEMS = ("getitem", "static_getitem")


class Naming:
    """What `Rewriter` does in reverse mode.

    Parameters
    ----------
    rewriter : Rewriter
        Has the activity analysis, and takes new statements.
    """

    def __init__(self, rewriter: Any) -> None:
        self.to, self.seen = rewriter, rewriter.seen
        blocks = rewriter.func_ir.blocks
        self._uses = _Uses(blocks, self.is_elementary)
        self._operands = set() if rewriter.func_ir.is_generator else self._uses.operands
        self._local = {name for name in self._operands if not name.startswith("$")}
        self._count = 0

    def begin(self, block: Any) -> None:
        """A block begins: what names hold is not known there."""
        self._versions: dict[str, int] = {}
        self._values: dict[str, Any] = {}  # of temporary names: what they were computed from
        self._labels: dict[Any, int] = {}
        self._read: dict[Any, Any] = {}
        self._kept: set[str] = set()  # names that are results, or have their labels already
        self._writes = 0

    def name(self, inst: Any) -> None:
        """Rewrite one statement."""
        if isinstance(inst, ir.Assign):
            value = inst.value
            if isinstance(value, ir.Var):
                self._name_copy(inst, value)
            elif isinstance(value, ir.Yield):
                value.value = self._variable(value.value)
            elif isinstance(value, ir.Expr):
                self._name_in(value)
                self._name_result(inst, value)
            self._note(inst, value)
        elif isinstance(inst, (ir.SetItem, ir.StaticSetItem, ir.StoreMap, ir.SetAttr, ir.Return)):
            inst.value = self._variable(inst.value)
            self._writes += 1
        elif not isinstance(inst, (ir.Jump, ir.Branch, ir.Del)):
            self._writes += 1

    def _name_copy(self, inst: Any, value: Any) -> None:
        target = inst.target.name
        local = target in self._local and target in self.seen.active
        if not local or self.seen._is_list(value):
            inst.value = self._variable(value)
            return
        label = self._label(self._value_of(value), inst.loc)
        inst.value = self.to.call(_labels.kept, [value, label], inst.loc)
        self._kept.add(target)

    def _name_result(self, inst: Any, value: Any) -> None:
        target = inst.target.name
        if target not in self.seen.active:
            return
        function: Any = _tape.named
        more: list[Any] = []
        if value.op in _ITEMS and target in self._operands:
            function, more = _labels.labelled, [self._label(self._value_of(value), inst.loc)]
            self._kept.add(target)
        elif target.startswith("$") or not self.is_computed(value):
            return
        elif target in self._local:
            function, more = _labels.kept, [self._label(None, inst.loc)]
            self._kept.add(target)
        plain = self.to.assigned(value, inst.loc)
        inst.value = self.to.call(function, [plain, *more], inst.loc)

    def _name_in(self, expr: Any) -> None:
        if expr.op in ("build_tuple", "build_list", "build_set"):
            expr.items = [self._variable(v) for v in expr.items]
        elif expr.op == "build_map":
            expr.items = [(k, self._variable(v)) for k, v in expr.items]
        elif expr.op == "call" and not self.is_elementary(expr):
            expr.args = [self._variable(v) for v in expr.args]
            expr.kws = [(name, self._variable(v)) for name, v in expr.kws]
        elif expr.op == "call":
            expr.args = [self._operand(v) for v in expr.args]
        elif expr.op == "binop" or expr.op == "inplace_binop":
            expr.lhs, expr.rhs = self._operand(expr.lhs), self._operand(expr.rhs)
        elif expr.op == "unary":
            expr.value = self._operand(expr.value)

    def is_elementary(self, expr: Any) -> bool:
        """Whether a call is that of a function of the table."""
        callee = self.seen.resolve(expr.func)
        try:
            return callee in ELEMENTARY
        except TypeError:
            return False

    def _variable(self, var: Any) -> Any:
        if var.name not in self.seen.active or not self._may_be_computed(var):
            return var
        return self.to.assigned(self.to.call(_tape.named, [var], var.loc), var.loc)

    def _may_be_computed(self, var: Any) -> bool:
        """Whether a name may stand for the result of an operation, and not for a variable."""
        return any(
            self._may_be_computed(v)
            if isinstance(v, ir.Var) and v.name != var.name
            else isinstance(v, ir.Expr) and self.is_computed(v)
            for v in self.seen.defs.get(var.name, ())
            if not isinstance(v, ir.Var) or v.name.startswith("$")
        )

    def is_computed(self, expr: Any) -> bool:
        """Containers are left alone: Numba finds the type of an empty list by its own name."""
        if expr.op == "call":
            callee = self.seen.resolve(expr.func)
            method = method_of(expr, self.seen.defs) if callee is None else None
            if method is not None:
                return method[1] in METHODS
            return (callee is not None and not isinstance(callee, (type, Dispatcher))) or (
                callee in FLOATS
            )
        if expr.op == "binop":
            return not any(self.seen._is_list(v) for v in (expr.lhs, expr.rhs))
        if expr.op == "cast":
            return self._may_be_computed(expr.value)
        if expr.op == "phi":
            return True
        return expr.op in ("unary", "inplace_binop")

    # --- labels ---------------------------------------------------------------------------------

    def _label(self, value: Any, loc: Any) -> Any:
        """A variable that holds the label of a value; a new label for None."""
        key = object() if value is None else value
        if key not in self._labels:
            self._count += 1
            self._labels[key] = self._count
        return self.to.assigned(ir.Const(self._labels[key], loc), loc)

    def _operand(self, var: Any) -> Any:
        """An operand of an operation: a variable of the program with its label."""
        name = var.name
        if name.startswith("$") or name not in self.seen.active or name in self._kept:
            return var
        if self.seen._is_list(var) or not self._pays(name):
            return var
        key = name, self._versions.get(name, 0)
        if key not in self._read:
            call = self.to.call(_labels.labelled, [var, self._label(key, var.loc)], var.loc)
            self._read[key] = self.to.assigned(call, var.loc)
        return self._read[key]

    def _pays(self, name: str) -> bool:
        """Whether a label may serve: where one use is followed by another, or a result is kept."""
        return bool(self._local) or self._uses.count[name] > 1

    def _note(self, inst: Any, value: Any) -> None:
        """Remember what a temporary name holds, and that a name of the program has changed."""
        name = inst.target.name
        if not name.startswith("$"):
            self._versions[name] = self._versions.get(name, 0) + 1
        else:
            self._values[name] = self._value_of(value)
        if isinstance(value, ir.Expr) and (
            value.op == "inplace_binop" or (value.op == "call" and not self.is_elementary(value))
        ):
            self._writes += 1

    def _value_of(self, value: Any) -> Any:
        """What a value was computed from: equal for equal values; None where that is not known."""
        if isinstance(value, CONSTANTS):
            known = value.value
            return ("constant", known) if type(known) in (int, float) else None
        if isinstance(value, ir.Var):
            if value.name.startswith("$"):
                return self._values.get(value.name)
            return "name", value.name, self._versions.get(value.name, 0)
        if not isinstance(value, ir.Expr):
            return None
        if value.op == "static_getitem" and isinstance(value.index, int):
            return self._item(value.value, ("constant", value.index))
        if value.op == "getitem":
            return self._item(value.value, self._value_of(value.index))
        if value.op == "binop":
            sides = self._value_of(value.lhs), self._value_of(value.rhs)
            return None if None in sides else ("binop", value.fn, *sides)
        return None

    def _item(self, array: Any, index: Any) -> Any:
        whole = self._value_of(array)
        return None if None in (whole, index) else ("item", self._writes, whole, index)


class _Uses:
    """How the names of a function are used.

    Attributes
    ----------
    operands : set of str
        Names that are operands of operations and nothing else, in the block that assigns them.
    count : dict of str to int
        Uses as an operand.
    """

    def __init__(self, blocks: Any, is_elementary: Any) -> None:
        self._elementary = is_elementary
        self.count: dict[str, int] = {}
        self.operands: set[str] = set()
        others: set[str] = set()
        for block in blocks.values():
            defined: set[str] = set()
            for inst in block.body:
                self._see(inst, defined, others)
        self.operands -= others

    def _see(self, inst: Any, defined: set[str], others: set[str]) -> None:
        target = inst.target.name if isinstance(inst, ir.Assign) else None
        operands = self._operands(inst)
        for name in operands:
            self.count[name] = self.count.get(name, 0) + 1
        used = [v.name for v in inst.list_vars()]
        if target is not None:
            used.remove(target)
        for name in used:
            if name not in defined or name not in operands:
                others.add(name)
        if target is not None:
            if target in self.operands and target not in defined:
                others.add(target)  # another block assigns it, too
            defined.add(target)
            self.operands.add(target)

    def _operands(self, inst: Any) -> list[str]:
        expr = inst.value if isinstance(inst, ir.Assign) else None
        if not isinstance(expr, ir.Expr):
            return []
        if expr.op in _OPERATIONS:
            return [v.name for v in expr.list_vars()]
        if expr.op == "call" and not expr.kws and expr.vararg is None and self._elementary(expr):
            return [v.name for v in expr.args]
        return []
