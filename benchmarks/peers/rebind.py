"""A NumPy function with another namespace in place of `np`.

The functions of `benchmarks.problems` call NumPy and one another. Copies of them look `np` up in
other globals, so the same text runs on jax's arrays, torch's tensors or casadi's symbols.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

OURS = "benchmarks."


class Namespace:
    """Functions of one's own before those of a module."""

    def __init__(self, base: Any, **own: Any) -> None:
        self._base = base
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._base, name)
        setattr(self, name, found)  # as quick as a module's from now on
        return found


def rebound(f: Callable[..., Any], namespace: Any) -> Callable[..., Any]:
    """A copy of f, and of the functions that it calls, with `namespace` for NumPy."""
    return _function(f, namespace, {})


def _function(f: Any, namespace: Any, known: dict[int, Any]) -> Any:
    if id(f) in known:
        return known[id(f)]
    cells = tuple(_cell(cell, namespace, known) for cell in f.__closure__ or ())
    made = types.FunctionType(f.__code__, {}, f.__name__, f.__defaults__, cells)
    made.__kwdefaults__ = f.__kwdefaults__
    known[id(f)] = made  # before its globals: functions may call one another
    for name, value in f.__globals__.items():
        made.__globals__[name] = _value(value, namespace, known)
    return made


def _cell(cell: types.CellType, namespace: Any, known: dict[int, Any]) -> types.CellType:
    return types.CellType(_value(cell.cell_contents, namespace, known))


def _value(value: Any, namespace: Any, known: dict[int, Any]) -> Any:
    if value is np:
        return namespace
    if isinstance(value, types.FunctionType) and value.__module__.startswith(OURS):
        return _function(value, namespace, known)
    return value


def converted(value: Any, convert: Callable[[np.ndarray], Any]) -> Any:
    """The value with its arrays of numbers converted, also those in tuples; indices are left."""
    if isinstance(value, np.ndarray):
        return convert(value) if value.dtype.kind == "f" else value
    if isinstance(value, tuple):
        parts = [converted(part, convert) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value
