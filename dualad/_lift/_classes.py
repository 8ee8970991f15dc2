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
from ._methods import IMPLICIT
from ._shadows import holder, load, meet_operators, target
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
        own = type(kind).__call__
        if _is_own(own):  # a metaclass of the user's
            return again("call")(own, kind, *args, **keywords)
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
        found = _getter(kind, name)
        if has_operators(kind):
            found = _after_notice(found, name)
        _getters[key] = found
    return found  # type: ignore[return-value]  # _MISSING is gone


def _after_notice(getter: Callable[[Any], Any] | None, name: str) -> Callable[[Any], Any]:
    def read(x: Any) -> Any:
        meet_operators()
        return getattr(x, name) if getter is None else getter(x)

    return read


def has_operators(kind: type) -> bool:
    """Whether Python itself calls methods of the user's class: operators, loops, ``with``."""
    return any(_is_own(getattr(kind, name, None)) for name in IMPLICIT)


def _getter(kind: type, name: str) -> Callable[[Any], Any] | None:
    if kind is ModuleType or kind is np.ndarray or issubclass(kind, Number):
        return None
    for base in kind.__mro__:
        if name in base.__dict__:
            return _lifted_getter(base.__dict__[name], name)
    asked = getattr(kind, "__getattr__", None)
    if not _is_own(asked):
        return None
    call = again("call")

    def missing(x: Any) -> Any:
        values = getattr(x, "__dict__", {})
        return values[name] if name in values else call(asked, x, name)

    return missing


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
    read = getattr(type(found), "__get__", None)
    if not _is_own(read):
        return None
    is_data = hasattr(type(found), "__set__")

    def described(x: Any) -> Any:
        values = getattr(x, "__dict__", {})
        if not is_data and name in values:
            return values[name]
        return call(read, found, x, type(x))

    return described


# --- what is assigned to -------------------------------------------------------------------------

_plain_kinds: dict[type, bool] = {}


def _sets_plainly(kind: type) -> bool:
    """Whether no code of the user's runs when an attribute of such objects is set."""
    known = _plain_kinds.get(kind)
    if known is None:
        held = [x for base in kind.__mro__ for x in base.__dict__.values()]
        known = _plain_kinds[kind] = not (
            _is_own(getattr(kind, "__setattr__", None)) or any(_setter_of(x) for x in held)
        )
    return known


def _setter_of(found: Any) -> Callable[[Any, Any], Any] | None:
    """The user's function that sets what a property or another descriptor stands for."""
    call = again("call")
    if isinstance(found, property):
        return (lambda x, v: call(found.fset, x, v)) if _is_own(found.fset) else None
    put = getattr(type(found), "__set__", None)
    return (lambda x, v: call(put, found, x, v)) if _is_own(put) else None


class _Setter:
    """An object whose class has a say in how its attributes are set: ``_Setter(x).name = v``."""

    def __init__(self, x: Any) -> None:
        object.__setattr__(self, "_x", x)

    def __setattr__(self, name: str, v: Any) -> None:
        x = object.__getattribute__(self, "_x")
        own = getattr(type(x), "__setattr__", None)
        if _is_own(own):
            again("call")(own, x, name, v)
            return
        for base in type(x).__mro__:
            put = _setter_of(base.__dict__.get(name))
            if put is not None:
                put(x, v)
                return
        setattr(x, name, v)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_x"), name)


def setting(x: Any) -> Any:
    """What an attribute is assigned to in place of x."""
    kind = type(x)
    return holder(x) if isinstance(x, type) or _sets_plainly(kind) else _Setter(holder(x))


class _Items:
    """An object of the user's class with a method for items: ``_Items(x)[index] = v``."""

    __slots__ = ("put", "x")

    def __init__(self, x: Any, put: Any) -> None:
        self.x, self.put = x, put

    def __setitem__(self, index: Any, v: Any) -> None:
        again("call")(self.put, self.x, index, v)

    def __delitem__(self, index: Any) -> None:
        del self.x[index]


def items(x: Any) -> Any:
    """What an item is assigned to in place of x."""
    x = load(x)
    kind = type(x)
    if kind is np.ndarray:
        return target(x)
    put = None if kind is list or isinstance(x, Number) else getattr(kind, "__setitem__", None)
    return _Items(x, put) if _is_own(put) else x


__all__ = ["construct", "getter_of", "items", "method_of", "setting"]
