"""Which arguments of a call are differentiated, and what they are called in the user's code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputTypeError
from .._evaluate import function_name
from .._numbers import Number
from .._trees import argument


def differentiable_positions(f: Callable[..., Any], args: Sequence[Any]) -> tuple[int, ...]:
    """Positions of the arguments that hold a floating number.

    Where none does, those that hold integers, which are promoted as `jacobian` promotes them.

    Raises
    ------
    InputTypeError
        If there is no number among the arguments.
    """
    found = tuple(i for i, x in enumerate(args) if holds(x, "fc"))
    found = found or tuple(i for i, x in enumerate(args) if holds(x, "iu"))
    if not found:
        raise InputTypeError(
            f"{function_name(f)} was given no argument that can carry a derivative",
            "pass a float, an array, or a container of them, by position",
        )
    return found


def holds(x: Any, kinds: str) -> bool:
    """Whether a number of one of these kinds of dtype stands in x."""
    if isinstance(x, Number):
        return True
    if isinstance(x, (bool, str, bytes)) or x is None or callable(x):
        return False
    if isinstance(x, (int, float, complex)):
        return np.dtype(type(x)).kind in kinds
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind in kinds or x.dtype == object
    if isinstance(x, dict):
        return any(holds(member, kinds) for member in x.values())
    if isinstance(x, (list, tuple)):
        return any(holds(member, kinds) for member in x)
    fields = getattr(x, "__dataclass_fields__", None)
    if fields is not None:
        return any(holds(getattr(x, name), kinds) for name in fields)
    return bool(hasattr(x, "__array__") and np.asarray(x).dtype.kind in kinds)


def leaf_names(f: Callable[..., Any], args: Sequence[Any], positions: Sequence[int]) -> list[str]:
    """A name for each differentiated leaf: the parameter's, or ``x0``, ``x1``, ... without one."""
    names: list[str] = []
    for name, position in zip(_parameters(f, len(args), positions), positions, strict=True):
        count = len(argument(args[position]).leaves)
        members = _members(args[position], name) or [name]
        names += members if len(members) == count else [f"{name}_{i}" for i in range(count)]
    return names


def _parameters(f: Callable[..., Any], count: int, positions: Sequence[int]) -> list[str]:
    """The names of the parameters at these positions."""
    fallback = [f"x{k}" for k in range(len(positions))]
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # a function written in C
        return fallback
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}{k}" for k in range(count - len(names))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    return [names[i] for i in positions] if len(names) >= count else fallback


def _members(x: Any, name: str) -> list[str]:
    """Names of a container's leaves in the order of `_trees`: ``p['k']``, ``p.k``, ``p[0]``."""
    if x is None or isinstance(x, (bool, int, str, np.integer, np.bool_)):
        return []
    if isinstance(x, dict):
        pairs = [(f"{name}[{key!r}]", member) for key, member in x.items()]
    elif isinstance(x, tuple) and hasattr(x, "_fields"):
        pairs = [(f"{name}.{key}", getattr(x, key)) for key in x._fields]
    elif isinstance(x, (list, tuple)) and not all(np.ndim(member) == 0 for member in x):
        pairs = [(f"{name}[{i}]", member) for i, member in enumerate(x)]
    elif hasattr(x, "__dataclass_fields__"):
        pairs = [(f"{name}.{key}", getattr(x, key)) for key in x.__dataclass_fields__]
    else:
        return [name]
    return [leaf for label, member in pairs for leaf in _members(member, label)]
