"""Operators and protocols of the user's own classes, lifted: ``a + b``, ``for``, ``with``, ...

Python calls the methods behind them by itself, so a plain lifted run does not see them. Only where
such a method lets a number escape is a function compiled *thoroughly*, with its operators turned
into calls of the helpers here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from .._numbers import Number
from ._build import again
from ._foreign import scipy_operator
from ._shadows import is_thorough
from ._ways import is_user_code

BINARY: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    "+": (operator.add, "__add__", "__radd__"),
    "-": (operator.sub, "__sub__", "__rsub__"),
    "*": (operator.mul, "__mul__", "__rmul__"),
    "/": (operator.truediv, "__truediv__", "__rtruediv__"),
    "//": (operator.floordiv, "__floordiv__", "__rfloordiv__"),
    "%": (operator.mod, "__mod__", "__rmod__"),
    "**": (operator.pow, "__pow__", "__rpow__"),
    "@": (operator.matmul, "__matmul__", "__rmatmul__"),
    "<<": (operator.lshift, "__lshift__", "__rlshift__"),
    ">>": (operator.rshift, "__rshift__", "__rrshift__"),
    "&": (operator.and_, "__and__", "__rand__"),
    "|": (operator.or_, "__or__", "__ror__"),
    "^": (operator.xor, "__xor__", "__rxor__"),
    "<": (operator.lt, "__lt__", "__gt__"),
    "<=": (operator.le, "__le__", "__ge__"),
    ">": (operator.gt, "__gt__", "__lt__"),
    ">=": (operator.ge, "__ge__", "__le__"),
    "==": (operator.eq, "__eq__", "__eq__"),
    "!=": (operator.ne, "__ne__", "__ne__"),
}
_UNARY: dict[str, tuple[Callable[[Any], Any], str]] = {
    "-": (operator.neg, "__neg__"),
    "+": (operator.pos, "__pos__"),
    "~": (operator.invert, "__invert__"),
}
IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": operator.imod,
    "**": operator.ipow,
    "@": operator.imatmul,
    "<<": operator.ilshift,
    ">>": operator.irshift,
    "&": operator.iand,
    "|": operator.ior,
    "^": operator.ixor,
}
# The methods that a thorough run calls itself.
IMPLICIT = (
    *{name for _, *names in BINARY.values() for name in names},
    *(name for _, name in _UNARY.values()),
    "__iter__",
    "__enter__",
)


_WITHOUT = {float, int, bool, complex, str, list, tuple, dict, np.ndarray, np.float64}


def own_method(x: Any, name: str) -> Any:
    """The method of that name that the user's class has written in Python; None without one."""
    kind = type(x)
    if kind in _WITHOUT or isinstance(x, Number):
        return None
    method = getattr(kind, name, None)
    if type(method) is FunctionType and is_user_code(method.__code__.co_filename):
        return method
    return None


def binary(sign: str, x: Any, y: Any) -> Any:
    """``x + y`` and its like, by Python's rules for which operand answers."""
    plain, name, reflected = BINARY[sign]
    first, second = own_method(x, name), own_method(y, reflected)
    if first is None and second is None:
        found = scipy_operator(name, reflected, x, y)
        return plain(x, y) if found is None else found()
    call = again("call")
    order = [(first, x, y), (second, y, x)]
    if type(y) is not type(x) and issubclass(type(y), type(x)):
        order.reverse()
    for method, a, b in order:
        if method is not None:
            answer = call(method, a, b)
            if answer is not NotImplemented:
                return answer
    return plain(x, y)  # the other operand's method, or Python's own TypeError


def update(sign: str, x: Any, v: Any) -> Any:
    """``x += v`` and its like, of what is neither a number nor an array."""
    method = own_method(x, f"__i{BINARY[sign][1][2:]}")
    if method is not None:
        answer = again("call")(method, x, v)
        if answer is not NotImplemented:
            return answer
    elif is_thorough() and own_method(x, BINARY[sign][1]):
        return binary(sign, x, v)
    return IN_PLACE[sign](x, v)


class Ordered:
    """A key that compares objects of the user's class, lifted."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __lt__(self, other: Ordered) -> Any:
        return binary("<", self.x, other.x)

    def __gt__(self, other: Ordered) -> Any:
        return binary(">", self.x, other.x)


def unary(sign: str, x: Any) -> Any:
    """``-x`` and its like."""
    plain, name = _UNARY[sign]
    method = own_method(x, name)
    return plain(x) if method is None else again("call")(method, x)


def iterable(x: Any) -> Any:
    """What a loop goes over."""
    method = own_method(x, "__iter__")
    if method is None:
        return x
    found = again("call")(method, x)
    return found if own_method(found, "__next__") is None else _Iterator(found)


class _Iterator:
    """An iterator of the user's own class, its steps lifted."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> _Iterator:
        return self

    def __next__(self) -> Any:
        return again("call")(own_method(self._inner, "__next__"), self._inner)


def context(x: Any) -> Any:
    """What a ``with`` statement enters."""
    return x if own_method(x, "__enter__") is None else _Context(x)


class _Context:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __enter__(self) -> Any:
        return again("call")(own_method(self._inner, "__enter__"), self._inner)

    def __exit__(self, *error: object) -> Any:
        leave = own_method(self._inner, "__exit__")
        return (
            self._inner.__exit__(*error)
            if leave is None
            else again("call")(leave, self._inner, *error)
        )


__all__ = [
    "BINARY",
    "IMPLICIT",
    "Ordered",
    "binary",
    "context",
    "iterable",
    "own_method",
    "unary",
    "update",
]
