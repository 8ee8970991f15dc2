"""Lifted functions, made from the user's own."""

from __future__ import annotations

from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from ._rewrite import HELPERS, rewritten
from ._source import compiled, definition
from ._ways import LIFTED_CODE

_plans: dict[tuple[int, bool], tuple[CodeType, Any]] = {}
_helpers: dict[str, CellType] = {}


def bind(helpers: dict[str, Any]) -> None:
    """`_calls` hands over the helpers that rewritten code calls (it imports this module)."""
    for name in HELPERS:
        _helpers[name] = CellType(helpers[name])


def again(name: str) -> Any:
    """A helper, for the modules that `_calls` imports."""
    return _helpers["_da_" + name].cell_contents


def is_lifted(code: CodeType) -> bool:
    """Whether `code` is the code of a lifted function, or of one made inside such a function."""
    return id(code) in LIFTED_CODE


def lifted(function: FunctionType, thorough: bool = False) -> FunctionType | None:
    """The function that does what `function` does, lifted; None without source."""
    code = function.__code__
    plan = _plans.get((id(code), thorough))
    if plan is None:
        plan = _plans[id(code), thorough] = code, _plan(function, thorough)
    new, order = plan[1] or (None, ())
    if new is None:
        return None
    own = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    closure = tuple(_helpers[name] if helper else own[name] for name, helper in order)
    out = FunctionType(new, function.__globals__, function.__name__, function.__defaults__, closure)
    out.__kwdefaults__ = function.__kwdefaults__
    out.__qualname__ = function.__qualname__
    if function.__dict__:
        out.__dict__.update(function.__dict__)
    return out


def _plan(
    function: FunctionType, thorough: bool
) -> tuple[CodeType, tuple[tuple[str, bool], ...]] | None:
    """The lifted code, and where each of its free variables comes from."""
    code = function.__code__
    found = definition(code, function.__globals__)
    if found is None:
        return None
    names = set(code.co_names)
    modules = {n for n in names if isinstance(function.__globals__.get(n), ModuleType)}
    new = compiled(rewritten(found, frozenset(modules), thorough), code, HELPERS)
    if new is None:
        return None
    _register(new)
    return new, tuple((name, name in _helpers) for name in new.co_freevars)


def _register(code: CodeType) -> None:
    LIFTED_CODE[id(code)] = code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _register(constant)


__all__ = ["again", "bind", "is_lifted", "lifted"]
