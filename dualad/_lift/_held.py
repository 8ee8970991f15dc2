"""Plain arrays that containers and objects hold, where code that is not lifted reads them.

Lifted code finds the number that stands for an array when it reads the array. ``sum(rows)``,
``functools.reduce(operator.add, rows)`` and ``copy.deepcopy(model)`` read by themselves, and would
see what the arrays held before anything was written.
"""

from __future__ import annotations

import builtins
import collections
import contextvars
import copy
import dataclasses
import functools
import itertools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import EscapeError
from .._numbers import Number
from ._shadows import _active, load, loaded, shadowed_copy

_VIEWS: tuple[type, ...] = (type({}.values()), type({}.items()))
_DEPTH = 8  # containers may hold themselves
# Callables that hand the members of a container on as they are, to be looked up when they are read,
# or do not read them at all.
_PASSING = {
    id(g)
    for g in (
        *(getattr(builtins, name) for name in (
            "callable", "delattr", "dict", "dir", "enumerate", "filter", "frozenset", "getattr",
            "hasattr", "id", "isinstance", "issubclass", "iter", "len", "list", "map", "next",
            "reversed", "set", "setattr", "tuple", "type", "vars", "zip",
        )),
        *(getattr(collections, name) for name in collections.__all__),
        *(x for name, x in vars(itertools).items() if isinstance(x, type) and name != "accumulate"),
    )
}  # fmt: skip


def passes_on(g: Any) -> bool:
    """Whether g leaves the members of containers as they are."""
    return id(g) in _PASSING


def held(x: Any, depth: int = _DEPTH) -> Any:
    """x with numbers in place of the arrays that they stand for; x itself where there are none."""
    kind = type(x)
    if kind is np.ndarray:
        return load(x)
    if not depth:
        return x
    if kind in _VIEWS:
        x = list(x)
        kind = list
    if kind is list or kind is tuple:
        new: Any = [held(item, depth - 1) for item in x]
        return x if all(a is b for a, b in zip(x, new, strict=True)) else kind(new)
    if isinstance(x, tuple) and hasattr(kind, "_fields"):
        new = [held(item, depth - 1) for item in x]
        return x if all(a is b for a, b in zip(x, new, strict=True)) else kind._make(new)
    if kind is dict:
        new = {key: held(item, depth - 1) for key, item in x.items()}
        return x if all(new[key] is item for key, item in x.items()) else new
    return x


def held_arguments(
    args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a function that reads containers by itself."""
    if not _active:
        return args, keywords
    return tuple(map(held, args)), {name: held(x) for name, x in keywords.items()}


_LOCK = threading.RLock()
_PATIENCE = 600.0  # seconds


def _alone(context: contextvars.Context, f: Any, *args: Any, **keywords: Any) -> Any:
    if not _LOCK.acquire(timeout=_PATIENCE):
        raise EscapeError(
            "threads inside a differentiated function wait for each other",
            "threads that do not, or da.grad within the threads",
        )
    try:
        return context.copy().run(f, *args, **keywords)
    finally:
        _LOCK.release()


def in_this_context(
    args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of what starts threads: their functions find the numbers of this one.

    They run one after the other: numbers that several threads write to would lose some of it.
    """
    context = contextvars.copy_context()

    def within(x: Any) -> Any:
        if not callable(x) or isinstance(x, (type, Number)):
            return x
        return functools.partial(_alone, context, x)

    return tuple(map(within, args)), {name: within(x) for name, x in keywords.items()}


def _deepcopy(x: Any, memo: Any = None, *more: Any) -> Any:
    """`copy.deepcopy`; the copies of arrays that numbers stand for get numbers of their own."""
    if not _active:
        return copy.deepcopy(x, memo, *more)
    memo = {} if memo is None else memo
    out = copy.deepcopy(x, memo, *more)
    for old in memo.get(id(memo), ()):
        new = memo.get(id(old))
        if type(old) is np.ndarray and type(new) is np.ndarray:
            shadowed_copy(old, new)
    return out


def _of_fields(function: Callable[..., Any]) -> Callable[..., Any]:
    """`dataclasses.asdict` and `astuple`."""
    return lambda x, **keywords: function(loaded(x), **keywords)


def _replace(x: Any, /, **changes: Any) -> Any:
    """`dataclasses.replace`, its constructor lifted."""
    from ._build import again

    if not dataclasses.is_dataclass(x) or isinstance(x, type):
        return dataclasses.replace(x, **changes)  # type: ignore[type-var]  # it raises
    for field in x.__dataclass_fields__.values():
        if field._field_type.name == "_FIELD" and field.init:  # type: ignore[attr-defined]  # private
            changes.setdefault(field.name, getattr(x, field.name))
        elif field.name in changes or field._field_type.name == "_FIELD_INITVAR":  # type: ignore[attr-defined]
            dataclasses.replace(x, **changes)  # raises what is to be raised
    return again("call")(type(x), **changes)


HELD: dict[Any, Callable[..., Any]] = {
    copy.deepcopy: _deepcopy,
    dataclasses.asdict: _of_fields(dataclasses.asdict),
    dataclasses.astuple: _of_fields(dataclasses.astuple),
    dataclasses.replace: _replace,
}

__all__ = ["HELD", "held", "held_arguments", "in_this_context", "passes_on"]
