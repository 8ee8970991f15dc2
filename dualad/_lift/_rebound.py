"""Functions without source: the same code over other globals.

A function that was made by ``exec``, or typed into a prompt that keeps no source, can't be compiled
anew. Its code runs over globals in which modules and functions are replaced by stand-ins that call
through `_calls.call`. What this does not reach are items assigned to plain arrays; so arrays that
the code makes (``np.zeros``) are numbers from the start.
"""

from __future__ import annotations

import builtins
import dis
import functools
from collections.abc import Callable
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from ._build import again
from ._shadows import new_array

_MAKERS = ("zeros", "empty", "ones", "full", "zeros_like", "empty_like", "ones_like", "full_like")


def rebound(function: FunctionType) -> Callable[..., Any]:
    """`function` over stand-ins of its globals; itself where it sets globals."""
    code = function.__code__
    if _sets_globals(code):
        return function
    spaces = dict(function.__globals__)
    for name in _names(code):
        if name in spaces:
            spaces[name] = _standin(spaces[name])
    known = spaces.get("__builtins__", builtins)
    known = known.__dict__ if isinstance(known, ModuleType) else known
    spaces["__builtins__"] = {
        name: _standin(x) if name in _BUILTINS else x for name, x in known.items()
    }
    out = FunctionType(code, spaces, function.__name__, function.__defaults__, function.__closure__)
    out.__kwdefaults__ = function.__kwdefaults__
    return out


_BUILTINS = ("float", "int", "complex", "sum", "round", "abs", "type", "map", "filter", "sorted")


@functools.lru_cache(256)
def _sets_globals(code: CodeType) -> bool:
    return any(i.opname == "STORE_GLOBAL" for i in dis.get_instructions(code))


@functools.lru_cache(256)
def _names(code: CodeType) -> frozenset[str]:
    names = frozenset(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names(constant)
    return names


def _standin(x: Any) -> Any:
    if isinstance(x, ModuleType):
        return x if x.__name__.partition(".")[0] == "dualad" else _Module(x)
    if isinstance(x, type):
        return _ClassLike(x.__name__, (), {"_real": x})
    if any(getattr(np, name) is x for name in _MAKERS):
        return functools.partial(new_array, x)
    return _Function(x) if callable(x) else x


class _Function:
    """A function that is called through `call`, its attributes those of the real one."""

    __slots__ = ("_real",)

    def __init__(self, real: Any) -> None:
        object.__setattr__(self, "_real", real)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return again("call")(self._real, *args, **keywords)

    def __getattr__(self, name: str) -> Any:
        return _standin(getattr(self._real, name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)


class _Module:
    """A module whose functions go through `call`."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return _standin(getattr(self._module, name))


class _ClassLike(type):
    """A class that is called through `call` and is otherwise the real one."""

    _real: type

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        return again("call")(cls._real, *args, **keywords)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls._real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls._real)

    def __eq__(cls, other: object) -> bool:
        return other is cls._real or other is cls

    def __hash__(cls) -> int:
        return hash(cls._real)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls._real, name)


__all__ = ["rebound"]
