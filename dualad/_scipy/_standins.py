"""Stand-ins that are written once in terms of functions with rows, under SciPy's own answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from .._errors import NoRuleError
from .._rules._row import Composed, Flat
from ._plain import find_number, is_number, pinned, primal_call

Function = Callable[..., Any]
# Permissions to overwrite an argument: never used, for the array may belong to a number.
_OVERWRITE = "overwrite_"


class Standins:
    """The rows and stand-ins of one module, as they are defined."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.table: dict[Any, Function] = {}

    def composed(self, fn: Function, body: Function) -> Function:
        """The stand-in of `fn` with this body, which takes fn's own arguments."""

        def under(*args: Any, **keywords: Any) -> Any:
            # SciPy first: its errors and warnings are the user's.
            value = primal_call(fn, *args, **keywords)
            if _is_empty(value) or _are_empty((args, keywords)):
                return value  # it has no derivative
            with np.errstate(all="ignore"):
                return _merged(body(*args, **keywords), value)

        standin = _entrance(fn)
        self.rows.append(Composed(standin, under, pin=False))
        self.table[fn] = standin
        return standin

    def bodies(self, table: Mapping[Any, Function]) -> None:
        """`composed` for each function of a table."""
        for fn, body in table.items():
            self.composed(fn, body)

    def flat(self, *functions: Function) -> None:
        """Functions whose answers are locally constant: labels, indices, lengths."""
        for fn in functions:
            standin = _entrance(fn)
            self.rows.append(Flat(standin))
            self.table[fn] = standin

    def refused(self, why: str, instead: str, *functions: Function) -> None:
        """Functions that have no rule, and what to write instead."""
        for fn in functions:
            standin = _entrance(fn)
            self.rows.append(Composed(standin, _refusal(fn, why, instead), pin=False))
            self.table[fn] = standin


def _entrance(fn: Function) -> Function:
    """`fn` on plain arguments; on numbers the row of this very function."""

    @functools.wraps(fn)
    def standin(*args: Any, **keywords: Any) -> Any:
        if len(args) > 1:
            args = _keep_arguments(fn, args)
        for name in [k for k in keywords if k.startswith(_OVERWRITE)]:
            del keywords[name]
        x = find_number((args, keywords))
        if x is None:
            return fn(*args, **keywords)
        return x.__array_function__(standin, (type(x),), args, keywords)

    return standin


@functools.lru_cache(maxsize=512)
def _permissions(fn: Function) -> tuple[int, ...]:
    """The positions of permissions to overwrite among the arguments of `fn`."""
    try:
        names = list(inspect.signature(fn).parameters)
    except (TypeError, ValueError):
        return ()
    return tuple(i for i, name in enumerate(names) if name.startswith(_OVERWRITE))


def _keep_arguments(fn: Function, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Positional arguments with every permission to overwrite withdrawn."""
    positions = _permissions(fn)
    if not positions:
        return args
    return tuple(False if i in positions else x for i, x in enumerate(args))


def _refusal(fn: Function, why: str, instead: str) -> Function:
    def refuse(*_args: Any, **_keywords: Any) -> NoReturn:
        no_rule(fn, why, instead)

    return refuse


def _is_empty(value: Any) -> bool:
    """Whether there is nothing in an answer: no element in any member."""
    if isinstance(value, (tuple, list)):
        return all(map(_is_empty, value))
    return not isinstance(value, dict) and np.size(value) == 0


def _are_empty(tree: Any) -> bool:
    """Whether all numbers in a tree of arguments have no elements."""
    if is_number(tree):
        return bool(tree.size == 0)
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    return not isinstance(tree, (tuple, list)) or all(map(_are_empty, tree))


def _merged(result: Any, value: Any) -> Any:
    """The value with the result's derivatives; of several answers each its own."""
    if result is None:
        return value  # a constant
    if isinstance(value, dict):
        return {name: _merged(result.get(name), v) for name, v in value.items()}
    if isinstance(value, (tuple, list)):
        members = [_merged(r, v) for r, v in zip(result, value, strict=True)]
        kind = type(value)
        return kind(*members) if hasattr(kind, "_fields") else kind(members)
    if not is_number(result) or _is_empty(value):
        return value  # it has no derivative
    dtype = np.asarray(value).dtype
    if dtype.kind != "c" and result.dtype.kind == "c":
        result = np.real(result)
    return pinned(result if result.dtype == dtype else result.astype(dtype), value)


def no_rule(fn: Function, case: str, instead: str) -> NoReturn:
    """Raise for a case of a function that has no rule."""
    module = (fn.__module__ or "").split("._")[0]
    raise NoRuleError(f"{module}.{fn.__name__} {case} has no derivative rule", instead)


def refuse_numbers(fn: Function, **arguments: Any) -> None:
    """Raise where one of these arguments of `fn` is a number: only constants have rules there."""
    for name, x in arguments.items():
        if find_number(x) is not None:
            no_rule(fn, f"with a differentiated {name}=", f"da.primal({name}), if it is a constant")
