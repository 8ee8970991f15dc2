"""The user's classes in lifted code: their constructors and properties run lifted."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import MISSING, is_dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from .._numbers import Number
from ._build import again
from ._foreign import foreign
from ._shadows import holder
from ._ways import is_user_code

_getters: dict[tuple[type, str], Callable[[Any], Any] | None] = {}
_MISSING = object()


def _is_own(function: Any) -> bool:
    return type(function) is FunctionType and is_user_code(function.__code__.co_filename)


def method_of(x: Any, name: str) -> Any:
    """The method that x's class has for Python's own protocols, unbound."""
    return getattr(type(x), name, None)


def construct(kind: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """``kind(*args, **keywords)``."""
    if type(kind).__call__ is not type.__call__:
        return foreign(kind, args, keywords)
    new, init = kind.__new__, kind.__init__
    post = getattr(kind, "__post_init__", None)
    if _is_own(post) and is_dataclass(kind) and "__post_init__" in init.__code__.co_names:
        return _dataclass(kind, args, keywords)
    if not _is_own(init) and not _is_own(new):
        return foreign(kind, args, keywords)
    call = again("call")
    if _is_own(new):
        made = call(new, kind, *args, **keywords)
    else:
        made = new(kind) if new is object.__new__ else new(kind, *args, **keywords)
    if isinstance(made, kind):
        call(init, made, *args, **keywords)
    return made


def _dataclass(kind: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """What the generated constructor does, which has no source; `__post_init__` lifted."""
    import inspect

    made = kind.__new__(kind)
    given = inspect.signature(kind.__init__).bind(made, *args, **keywords).arguments
    initial = []
    for field in kind.__dataclass_fields__.values():
        value = given.get(field.name, _MISSING)
        if value is _MISSING:
            value = (
                field.default_factory() if field.default_factory is not MISSING else field.default
            )
        if field._field_type.name == "_FIELD_INITVAR":
            initial.append(value)
        elif value is not MISSING:
            object.__setattr__(made, field.name, value)
    again("call")(made.__post_init__, *initial)
    return made


def getter_of(kind: type, name: str) -> Callable[[Any], Any] | None:
    """What reads a property of the user's class; None where `getattr` does."""
    key = kind, name
    found = _getters.get(key, _MISSING)
    if found is _MISSING:
        found = _getters[key] = _getter(kind, name)
    return found  # type: ignore[return-value]  # _MISSING is gone


def _getter(kind: type, name: str) -> Callable[[Any], Any] | None:
    if kind is ModuleType or kind is np.ndarray or issubclass(kind, Number):
        return None
    for base in kind.__mro__:
        if name in base.__dict__:
            return _lifted_getter(base.__dict__[name], name)
    return None


def _lifted_getter(found: Any, name: str) -> Callable[[Any], Any] | None:
    call = again("call")
    if isinstance(found, property) and _is_own(found.fget):
        return lambda x: call(found.fget, x)
    if isinstance(found, functools.cached_property) and _is_own(found.func):

        def cached(x: Any) -> Any:
            values = holder(x).__dict__
            if name not in values:
                values[name] = call(found.func, x)
            return values[name]

        return cached
    return None


__all__ = ["construct", "getter_of", "method_of"]
