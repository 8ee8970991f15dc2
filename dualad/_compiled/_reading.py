"""Reading Numba's untyped IR: what names hold, and what calls are given."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from numba.core import ir

CONSTANTS = (ir.Const, ir.Global, ir.FreeVar)
NUMBERS = (int, float, complex)


def definitions(func_ir: Any) -> dict[str, list[Any]]:
    """What is assigned to each name."""
    found: dict[str, list[Any]] = {}
    for block in func_ir.blocks.values():
        for inst in block.find_insts(ir.Assign):
            found.setdefault(inst.target.name, []).append(inst.value)
    return found


def resolve(var: Any, defs: dict[str, list[Any]], constants: dict[int, Any]) -> Any:
    """The Python object that a variable always holds (a function, a module, a type), or None.

    `constants` are objects that are known for parameters.
    """
    for _ in range(50):
        values = defs.get(var.name, ())
        if len(values) != 1:
            return None
        value = values[0]
        if isinstance(value, CONSTANTS):
            return value.value
        if isinstance(value, ir.Arg):
            return constants.get(value.index)
        if isinstance(value, ir.Expr) and value.op == "getattr":
            owner = resolve(value.value, defs, constants)
            known = isinstance(owner, (ModuleType, type))  # not a method of a constant array
            return getattr(owner, value.attr, None) if known else None
        if not isinstance(value, ir.Var):
            return None
        var = value
    return None


def copied_numbers(func_ir: Any) -> dict[int, Any]:
    """Constants that are assigned from another name, as in ``a = b = 0``, by the instruction."""
    found: dict[int, Any] = {}
    for block in func_ir.blocks.values():
        held: dict[str, Any] = {}
        for inst in block.find_insts(ir.Assign):
            value = inst.value
            if isinstance(value, ir.Var) and held.get(value.name) is not None:
                value = found[id(inst)] = held[value.name]
            number = isinstance(value, CONSTANTS) and isinstance(value.value, NUMBERS)
            held[inst.target.name] = value if number else None
    return found


def is_type_of_a_number(var: Any, defs: dict[str, list[Any]], resolved: Any) -> bool:
    """Whether a variable is always ``type(x)``; `resolved` finds the object that a name holds."""
    for _ in range(50):
        values = defs.get(var.name, ())
        if len(values) != 1:
            return False
        value = values[0]
        if isinstance(value, ir.Expr) and value.op == "call":
            return resolved(value.func) is type
        if not isinstance(value, ir.Var):
            return False
        var = value
    return False


def call_arguments(expr: Any) -> list[Any]:
    """All variables that a call is given, the starred tuple included."""
    given = [*expr.args, *(v for _, v in expr.kws)]
    return [*given, expr.vararg] if expr.vararg is not None else given


def method_of(expr: Any, defs: dict[str, list[Any]]) -> tuple[Any, str] | None:
    """(object, name) where a call is that of a method of a variable."""
    for value in defs.get(expr.func.name, ()):
        if isinstance(value, ir.Expr) and value.op == "getattr":
            return value.value, value.attr
    return None


def bind(callee: Any, expr: Any) -> dict[int, Any] | None:
    """Variables by the position of the callee's parameter; None for a call with a star."""
    if expr.vararg is not None:
        return None
    code = callee.py_func.__code__
    if code.co_flags & 0x0C:  # *args or **kwargs
        return None
    names = code.co_varnames[: code.co_argcount]
    bound = dict(enumerate(expr.args))
    for name, var in expr.kws:
        if name in names:
            bound[names.index(name)] = var
    return bound
