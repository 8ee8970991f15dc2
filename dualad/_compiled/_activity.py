"""Which variables of a function carry derivatives: an analysis of Numba's untyped IR.

Two facts are found, by going round until nothing changes:

* *active*: the value may depend on a differentiated argument;
* *written*: it is a container into which an active value may be put, directly or through another
  name of it (a view, a tuple that holds it, a function that is called with it).

Names are those before static single assignment, and order in time is not looked at. Both sets may
be too large, which costs time and no more: an array that need not be differentiated is.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from numba.core import ir
from numba.core.compiler import run_frontend
from numba.core.dispatcher import Dispatcher

from ._decisions import decision
from ._known import (
    ALIAS_CALLS,
    ALIAS_METHODS,
    FILLING,
    FRESH,
    ITERATION,
    KEEPING_METHODS,
    PASSIVE_ATTRIBUTES,
    PASSIVE_CALLS,
    PASSIVE_OPERATORS,
    PURE_METHODS,
    is_elementwise,
    is_foreign,
    is_random,
)
from ._reading import bind, call_arguments, copied_numbers, definitions, method_of, resolve


class Activity:
    """Active and written variables of one function.

    Parameters
    ----------
    func_ir
        Numba's IR of it, untyped.
    active : set of int
        Parameters that carry derivatives.
    constants : dict
        Functions that are known for parameters.
    forced : bool
        Active values are put into what it returns, by the caller.
    every : bool
        Whatever is stored counts, active or not.
    stores : bool
        Whether assignments to elements count; else what methods and other functions may write.
    """

    def __init__(
        self,
        func_ir: Any,
        active: Iterable[int],
        constants: dict[int, Any],
        forced: bool = False,
        every: bool = False,
        stores: bool = True,
    ) -> None:
        self.func_ir, self.forced, self.every, self.stores = func_ir, forced, every, stores
        self.parameters = frozenset(active)
        self.constants = constants
        self.defs, self.copied = definitions(func_ir), copied_numbers(func_ir)
        self.active: set[str] = set()
        self.written: set[str] = set()
        # Expressions that make something new for an active variable with several assignments.
        self.joined: set[int] = set()
        self.draws = self.spreads = False  # random numbers; calls of parallel functions
        self.decides = False  # active values are tested for equality
        self._data: list[tuple[str, str]] = []
        self._alias: list[tuple[str, str]] = []  # (made of, made)
        self._calls: list[tuple[Any, Any]] = []
        self._stores: list[tuple[str, str]] = []  # (value, container)
        self._returned: list[str] = []
        self.arg_names: dict[int, str] = {}
        for block in func_ir.blocks.values():
            for inst in block.body:
                self._see(inst)
        self._settle()
        self.decides |= self._tests()

    @property
    def returns_active(self) -> bool:
        return any(name in self.active for name in self._returned)

    @property
    def written_parameters(self) -> frozenset[int]:
        return frozenset(i for i, name in self.arg_names.items() if name in self.written)

    def resolve(self, var: Any) -> Any:
        return resolve(var, self.defs, self.constants)

    # --- reading the instructions ---------------------------------------------------------------

    def _see(self, inst: Any) -> None:
        if isinstance(inst, ir.Assign) and id(inst) not in self.copied:
            self._see_value(inst.target.name, inst.value)
        elif isinstance(inst, (ir.SetItem, ir.StaticSetItem, ir.StoreMap)):
            container = inst.dct if isinstance(inst, ir.StoreMap) else inst.target
            self._stores.append((inst.value.name, container.name))
        elif isinstance(inst, ir.SetAttr):
            self._stores.append((inst.value.name, inst.target.name))
        elif isinstance(inst, ir.Return):
            self._returned.append(inst.value.name)
            if self.forced:
                self.written.add(inst.value.name)

    def _flows(self, source: str, target: str, alias: bool = False) -> None:
        self._data.append((source, target))
        if alias:
            self._alias.append((source, target))

    def _see_value(self, target: str, value: Any) -> None:
        if isinstance(value, ir.Arg):
            self.arg_names[value.index] = target
            if value.index in self.parameters:
                self.active.add(target)
        elif isinstance(value, ir.Var):
            self._flows(value.name, target, alias=True)
        elif isinstance(value, ir.Yield):
            self._returned.append(value.value.name)
        elif isinstance(value, ir.Expr):
            self._see_expression(target, value)

    def _see_expression(self, target: str, expr: Any) -> None:
        op = expr.op
        if op == "call":
            self._calls.append((target, expr))
        elif op == "getattr":
            if expr.attr not in PASSIVE_ATTRIBUTES:
                self._flows(expr.value.name, target, alias=True)
        elif op in ("getitem", "static_getitem", "typed_getitem") or op in ITERATION:
            self._flows(expr.value.name, target, alias=True)
        elif op == "binop":
            if expr.fn not in PASSIVE_OPERATORS:
                # A list times a number holds what the list holds.
                self._flows(expr.lhs.name, target, self._is_list(expr.lhs))
                self._flows(expr.rhs.name, target, self._is_list(expr.rhs))
        elif op == "inplace_binop":
            self._flows(expr.lhs.name, target, alias=True)
            self._flows(expr.rhs.name, target)
            self._stores.append((expr.rhs.name, expr.lhs.name))
        elif op == "pair_second":
            pass
        else:
            alias = op in ("build_tuple", "build_list", "build_set", "build_map", "phi")
            for var in expr.list_vars():
                self._flows(var.name, target, alias)

    def _is_list(self, var: Any) -> bool:
        return any(
            isinstance(v, ir.Expr) and v.op in ("build_list", "build_tuple")
            for v in self.defs.get(var.name, ())
        )

    def _is_fresh(self, name: str) -> bool:
        """Whether a variable holds what was just made, and no other name has."""
        values = self.defs.get(name, ())
        return len(values) == 1 and isinstance(values[0], ir.Expr) and values[0].op in FRESH

    def _see_joined(self) -> None:
        """A variable that is active holds differentiated arrays, whichever branch made them."""
        for name, values in self.defs.items():
            if len(values) < 2 or name not in self.active:
                continue
            for value in values:
                if isinstance(value, ir.Var) and self._is_fresh(value.name):
                    self.written.add(value.name)
                elif isinstance(value, ir.Expr) and value.op in FRESH:
                    self.joined.add(id(value))

    # --- going round ----------------------------------------------------------------------------

    def _settle(self) -> None:
        before = -1
        while before != (before := len(self.active) + len(self.written)):
            for value, container in self._stores if self.stores else ():
                if self.every or value in self.active:
                    self.written.add(container)
            for target, expr in self._calls:
                self._see_call(target, expr)
            for source, made in self._alias:
                if made in self.written:
                    self.written.add(source)
            if not self.every:
                self._see_joined()
            self.active |= self.written
            for source, made in self._data:
                if source in self.active:
                    self.active.add(made)

    def _tests(self) -> bool:
        """Whether active values are tested for equality, or that is not known."""
        for values in self.defs.values():
            for value in values:
                if isinstance(value, ir.Expr) and decision(value, self) is not None:
                    return True
        return any(self._is_unknown(expr) for _, expr in self._calls)

    def _is_unknown(self, expr: Any) -> bool:
        """Whether a call of active values is that of a function which only the caller knows."""
        callee = self.resolve(expr.func)
        if callee is None:
            known = method_of(expr, self.defs) is not None
        else:
            known = not hasattr(callee, "_numba_type_")
        return not known and bool(self.active_arguments(expr))

    def _names(self, name: str) -> set[str]:
        """A variable and all that it may be another name of."""
        found, before = {name}, 0
        while before != (before := len(found)):
            found.update(source for source, made in self._alias if made in found)
        return found

    def active_arguments(self, expr: Any) -> list[Any]:
        return [v for v in call_arguments(expr) if v.name in self.active]

    def _see_call(self, target: str, expr: Any) -> None:
        callee = self.resolve(expr.func)
        given = self.active_arguments(expr)
        if isinstance(callee, Dispatcher):
            self._see_dispatcher(target, expr, callee)
            return
        try:
            if callee in PASSIVE_CALLS:
                return
        except TypeError:  # not hashable: a pointer to a function
            if given:
                self.active.add(target)
            self._see_unknown(callee, expr)
            return
        self.draws |= is_random(callee)
        method = method_of(expr, self.defs) if callee is None else None
        if method is None:
            self._see_unknown(callee, expr)
        if method is not None:
            owner, name = method
            if (given and name != "dot") or (self.every and name not in PURE_METHODS):
                self.written.add(owner.name)
            if owner.name in self.active:
                self.active.add(target)
            if name in ALIAS_METHODS and target in self.written:
                self.written.add(owner.name)
            if name in KEEPING_METHODS and self._names(owner.name) & self.written:
                self.written.update(v.name for v in call_arguments(expr))
        elif callee in ALIAS_CALLS and target in self.written:
            self.written.update(v.name for v in call_arguments(expr))
        if given:
            self.active.add(target)
        if given or self.every:
            self.written.update(self._filled(callee, expr))

    def _see_unknown(self, callee: Any, expr: Any) -> None:
        """What a function is given that only its caller knows, or that is in C, may be written."""
        if self.every and (callee is None or is_foreign(callee)):
            self.written.update(v.name for v in call_arguments(expr))

    def _filled(self, callee: Any, expr: Any) -> Iterator[str]:
        """Arguments that NumPy's own functions write into."""
        if callee in FILLING:
            yield expr.args[0].name
        if is_elementwise(callee) and len(expr.args) > callee.nin:
            yield from (v.name for v in expr.args[callee.nin :])
        yield from (v.name for name, v in expr.kws if name == "out")

    def _see_dispatcher(self, target: str, expr: Any, callee: Any) -> None:
        bound = bind(callee, expr)
        if bound is None:  # called with a star: everything may be written
            if self.active_arguments(expr):
                self.active.add(target)
            if self.every or self.active_arguments(expr):
                self.written.update(v.name for v in call_arguments(expr))
            return
        active = frozenset(i for i, v in bound.items() if v.name in self.active)
        constants = {
            i: found for i, v in bound.items() if isinstance(found := self.resolve(v), Dispatcher)
        }
        forced = target in self.written
        if not active and not forced and not self.every:
            return
        seen = summary(callee, active, constants, forced, self.every, self.stores)
        self.draws |= seen.draws
        self.spreads |= seen.spreads or bool(callee.targetoptions.get("parallel"))
        self.decides |= seen.decides
        if active and seen.returns_active:
            self.active.add(target)
        self.written.update(bound[i].name for i in seen.written_parameters if i in bound)


class Summary:
    """What a caller must know of a function."""

    __slots__ = ("decides", "draws", "returns_active", "spreads", "written_parameters")

    def __init__(
        self,
        returns_active: bool,
        written_parameters: frozenset[int],
        draws: bool = False,
        spreads: bool = False,
        decides: bool = False,
    ) -> None:
        self.returns_active, self.written_parameters = returns_active, written_parameters
        self.draws, self.spreads, self.decides = draws, spreads, decides


_SUMMARIES: weakref.WeakKeyDictionary[Any, dict[Any, Summary]] = weakref.WeakKeyDictionary()


def summary(
    callee: Any,
    active: frozenset[int],
    constants: dict[int, Any],
    forced: bool = False,
    every: bool = False,
    stores: bool = True,
) -> Summary:
    """The activity of a function that is called; kept, and safe for recursion.

    A function that calls itself is taken to write what it is first seen to write; the caller goes
    round until nothing changes.
    """
    given = tuple((i, weakref.ref(constants[i])) for i in sorted(constants))
    key = (active, given, forced, every, stores)
    known = _SUMMARIES.setdefault(callee.py_func, {})
    if key in known:
        return known[key]
    found = Summary(bool(active), frozenset())
    func_ir = front(callee.py_func)
    while True:
        known[key] = found
        activity = Activity(func_ir, active, constants, forced, every, stores)
        again = Summary(
            activity.returns_active,
            activity.written_parameters,
            activity.draws,
            activity.spreads,
            activity.decides,
        )
        if again.written_parameters == found.written_parameters:
            break
        found = again
    known[key] = again
    return again


@functools.lru_cache(maxsize=4)  # a driver asks twice
def front(py_func: Any) -> Any:
    """Numba's untyped IR of a function, which nobody changes."""
    return run_frontend(py_func, inline_closures=True)
