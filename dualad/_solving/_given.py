"""The arguments of a call of SciPy's, by their names, whatever this version of SciPy calls them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from .._numbers import Number, primal, primal_tree
from ._user import UserFunction

NUMBERS = "_dualad_numbers"  # the attribute by which SciPy's objects keep numbers
_NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@functools.cache
def _parameters(function: Callable[..., Any]) -> tuple[list[str], dict[str, Any]]:
    """The names of the parameters that can be given by position, and all defaults."""
    parameters = inspect.signature(function).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    return [p.name for p in parameters if p.kind in _NAMED], defaults


class Given:
    """The arguments of one call; they go on as they came, by position or by name.

    Parameters
    ----------
    function : callable
        SciPy's.
    args, keywords
        What the user gave.
    """

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        self.function, self.args, self.keywords = function, list(args), dict(keywords)
        self.names, self.defaults = _parameters(function)

    @property
    def name(self) -> str:
        return str(self.function.__name__)

    def get(self, name: str, default: Any = None) -> Any:
        """What was given under this name, or SciPy's default."""
        if name in self.keywords:
            return self.keywords[name]
        if name in self.names and self.names.index(name) < len(self.args):
            return self.args[self.names.index(name)]
        return self.defaults.get(name, default)

    def has(self, name: str) -> bool:
        """Whether the user has given it."""
        return name in self.keywords or name in self.names[: len(self.args)]

    def set(self, name: str, value: Any) -> None:
        """Put a value in place of what was given, or add it by name."""
        if name not in self.keywords and name in self.names[: len(self.args)]:
            self.args[self.names.index(name)] = value
        else:
            self.keywords[name] = value

    def function_of(self, name: str, args: tuple[Any, ...] = ()) -> Any:
        """The user's function under this name for SciPy; what is no function stays as it is."""
        f = self.get(name)
        if not callable(f) or isinstance(f, (type, UserFunction)):
            return f
        user = UserFunction(f, args)
        self.set(name, user)
        return user

    def user_function(self, name: str) -> UserFunction:
        """The user's function under this name, with ``args`` of its own from now on."""
        user = UserFunction(self.get(name), as_tuple(self.get("args", ())))
        self.set(name, user)
        if self.has("args"):
            self.set("args", ())
        return user

    def call(self) -> Any:
        """SciPy's function on plain values."""
        args = [_plain(x) for x in self.args]
        return self.function(*args, **{k: _plain(x) for k, x in self.keywords.items()})


def _plain(x: Any) -> Any:
    return x.plain() if is_sparse_number(x) else plain_object(primal_tree(x))


def kept_numbers(x: Any) -> dict[str, Any]:
    """The numbers in one of SciPy's objects: kept beside its plain values, or in their place."""
    inside = {name: v for name, v in getattr(x, "__dict__", {}).items() if isinstance(v, Number)}
    return {**inside, **getattr(x, NUMBERS, {})}


def plain_object(x: Any) -> Any:
    """One of SciPy's objects with plain values, where it holds numbers; anything else as it is."""
    inside = {name: v for name, v in getattr(x, "__dict__", {}).items() if isinstance(v, Number)}
    if not inside or not hasattr(x, "lb"):
        return x
    new = object.__new__(type(x))
    new.__dict__.update({**x.__dict__, **{name: primal(v) for name, v in inside.items()}})
    setattr(new, NUMBERS, kept_numbers(x))
    return new


def is_sparse_number(x: Any) -> bool:
    """Whether x is a sparse matrix of numbers; SciPy need not be imported for that."""
    return type(x).__name__ == "SparseNumber" and type(x).__module__.startswith("dualad.")


def as_tuple(args: Any) -> tuple[Any, ...]:
    """SciPy's ``args``, of which a single one need be no tuple."""
    return args if isinstance(args, tuple) else (args,)


__all__ = ["NUMBERS", "Given", "as_tuple", "is_sparse_number", "kept_numbers", "plain_object"]
