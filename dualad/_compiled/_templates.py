"""What packages other than Numba have registered with it, by ``numba.extending.overload``."""

from __future__ import annotations

import builtins
import operator
import sys
from collections.abc import Iterator
from typing import Any

from numba.core.entrypoints import init_all
from numba.core.typing.templates import builtin_registry

from .._errors import is_internal

# Functions of these belong to a version, which is hashed, and are known by their names.
LIBRARIES = frozenset(("numpy", "numba", "llvmlite", "scipy", "dualad", "builtins"))


def top_of(module: Any) -> str:
    """The package that a module belongs to."""
    return str(module or "").partition(".")[0]


def is_library(module: Any) -> bool:
    """Whether what is in a module belongs to a version that is hashed."""
    top = top_of(module)
    if top in LIBRARIES:
        return True
    if top not in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(top), "__file__", None)  # a user's file may have such a name
    return file is None or is_internal(file)


def made_by(template: Any) -> Any:
    """The function that ``overload`` decorated; None for a template written by hand."""
    return getattr(template, "_overload_func", None)


class _Registered:
    """The templates of packages, by what they are for."""

    def __init__(self) -> None:
        self.counts = (-1, -1)
        self.by_function: dict[int, list[Any]] = {}
        self.by_attribute: dict[str, list[Any]] = {}
        self.by_syntax: list[Any] = []

    def read(self) -> None:
        """Look at what has come since."""
        init_all()  # as Numba does before it compiles: packages register more by it
        counts = (len(builtin_registry.functions), len(builtin_registry.attributes))
        if counts == self.counts:
            return
        self.counts = counts
        self.by_function, self.by_attribute, self.by_syntax = {}, {}, []
        for template in builtin_registry.functions:
            key = getattr(template, "key", None)
            if not all(map(is_library, _modules(template, key))):
                self.by_function.setdefault(id(key), []).append(template)
                if _is_syntax(key):
                    self.by_syntax.append(template)
        for template in builtin_registry.attributes:
            maker = made_by(template)
            if maker is not None and not is_library(maker.__module__):
                self.by_attribute.setdefault(template._attr, []).append(maker)


def _modules(template: Any, key: Any) -> list[Any]:
    """Where it is written what a template does."""
    maker = made_by(template)
    writers = (template, key) if maker is None else (maker,)
    return [getattr(writer, "__module__", "builtins") for writer in writers]


def _is_syntax(key: Any) -> bool:
    """Whether code may use a function without a global name for it."""
    name = getattr(key, "__name__", "")
    return isinstance(key, str) or key in (
        getattr(operator, name, None),
        getattr(builtins, name, None),
    )


_REGISTERED = _Registered()


def functions(x: Any) -> list[Any]:
    """Templates for a function."""
    _REGISTERED.read()
    return _REGISTERED.by_function.get(id(x), [])


def attributes(names: frozenset[str]) -> Iterator[Any]:
    """Functions that make attributes and methods of these names."""
    _REGISTERED.read()
    for name in sorted(names & _REGISTERED.by_attribute.keys()):
        yield from _REGISTERED.by_attribute[name]


def by_syntax() -> list[Any]:
    """Templates for operators and builtins."""
    _REGISTERED.read()
    return _REGISTERED.by_syntax


__all__ = [
    "LIBRARIES",
    "attributes",
    "by_syntax",
    "functions",
    "is_library",
    "made_by",
    "top_of",
]
