"""Python's operators on every number, attached to `Number` from lists."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules import TABLE
from ._assign import fit
from ._number import Number, binary, operand, primal, primal_tree
from ._pandas import unframed
from ._watch import compared, stepped

_BINARY: dict[str, tuple[Callable[..., Any], Any]] = {
    "add": (operator.add, np.add),
    "sub": (operator.sub, np.subtract),
    "mul": (operator.mul, np.multiply),
    "truediv": (operator.truediv, np.divide),
    "mod": (operator.mod, np.remainder),
}
_CONSTANTS = frozenset((float, int, np.float64))
_COMPARE = ("lt", "le", "gt", "ge", "eq", "ne")


def _forward(apply: Callable[..., Any], ufunc: Any) -> Callable[[Any, Any], Any]:
    row: Any = TABLE[ufunc]

    def method(self: Any, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else binary(row, self, other, apply)

    return method


def _reflected(apply: Callable[..., Any], ufunc: Any) -> Callable[[Any, Any], Any]:
    row: Any = TABLE[ufunc]

    def method(self: Any, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else binary(row, other, self, apply)

    return method


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    apply, update = getattr(operator, name), getattr(operator, "i" + name)

    def method(self: Any, other: Any) -> Any:
        other = unframed(other)
        result = apply(self, other)
        if not isinstance(primal(self), np.ndarray):
            return result  # scalars are immutable: the name is bound anew
        fit(result, self, f"x {_SYMBOLS[name]}= y")
        if isinstance(result, Number) and primal(self).dtype.kind == "c":
            # NumPy takes another way through complex products in place: the last bit may differ.
            with np.errstate(all="ignore"):
                result._pin(update(primal(self).copy("K"), primal_tree(other)))
        self[...] = result
        return self

    return method


def _compare(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        # Both sides plain: the branch is the one that the plain call takes.
        if type(other) in _CONSTANTS:
            result = apply(primal(self), other)
            if self._level.n == 0 and self._level.watch is None:
                return result  # a number made by hand
        else:
            result = apply(primal(self), primal_tree(other))
        return compared(apply, self, other, result)

    return method


def _power(self: Any, other: Any, modulo: None = None) -> Any:
    del modulo
    other = operand(other)
    if other is NotImplemented:
        return other
    row = _POWERS.get(other) if type(other) in (int, float) else None
    if row is not None and getattr(primal(self), "dtype", None) is not None:
        # What NumPy runs for x**2, x**0.5 and x**-1; the value is the operator's own.
        return self._unary(row, lambda x: operator.pow(x, other))
    if type(other) is int and other == 1 and isinstance(primal(self), np.ndarray):
        return self._unary(TABLE[np.positive], lambda x: operator.pow(x, other))
    return binary(TABLE[np.power], self, other, operator.pow)  # type: ignore[arg-type]


def _reflected_power(self: Any, other: Any) -> Any:
    other = operand(other)
    if other is NotImplemented:
        return other
    return binary(TABLE[np.power], other, self, operator.pow)  # type: ignore[arg-type]


_POWERS: dict[Any, Any] = {2: TABLE[np.square], 0.5: TABLE[np.sqrt], -1: TABLE[np.reciprocal]}


def _unary(apply: Callable[..., Any], ufunc: Any) -> Callable[[Any], Any]:
    row: Any = TABLE[ufunc]
    return lambda self: self._unary(row, apply)


def _flat(apply: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any) -> Any:
        result = apply(primal(self), *primal_tree(args))
        return stepped(apply, (self, *args), {}, result)

    return method


def _matmul(self: Any, other: Any) -> Any:
    other = unframed(operand(other))
    return np.matmul(self, other) if other is not NotImplemented else NotImplemented


def _reflected_matmul(self: Any, other: Any) -> Any:
    other = unframed(operand(other))
    return np.matmul(other, self) if other is not NotImplemented else NotImplemented


def _divmod(self: Any, other: Any) -> Any:
    return self // other, self % other


def _reflected_floordiv(self: Any, other: Any) -> Any:
    result = primal_tree(other) // primal(self)
    return stepped(operator.floordiv, (other, self), {}, result)


def _reflected_divmod(self: Any, other: Any) -> Any:
    return other // self, other % self


_UNARY: tuple[tuple[str, Callable[..., Any], Any], ...] = (
    ("neg", operator.neg, np.negative),
    ("pos", operator.pos, np.positive),
    ("abs", operator.abs, np.absolute),
)
_FLAT: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("bool", bool),
    ("floor", math.floor),
    ("ceil", math.ceil),
    ("trunc", math.trunc),
    ("round", round),
    ("floordiv", operator.floordiv),
)


def _attach() -> None:
    for name, (apply, ufunc) in _BINARY.items():
        setattr(Number, f"__{name}__", _forward(apply, ufunc))
        setattr(Number, f"__r{name}__", _reflected(apply, ufunc))
    for name in (*_BINARY, "pow", "matmul", "floordiv"):
        setattr(Number, f"__i{name}__", _in_place(name))
    for name in _COMPARE:
        setattr(Number, f"__{name}__", _compare(getattr(operator, name)))
    for name, apply, ufunc in _UNARY:
        setattr(Number, f"__{name}__", _unary(apply, ufunc))
    for name, apply in _FLAT:
        setattr(Number, f"__{name}__", _flat(apply))
    for name, method in (
        ("pow", _power),
        ("rpow", _reflected_power),
        ("matmul", _matmul),
        ("rmatmul", _reflected_matmul),
        ("rfloordiv", _reflected_floordiv),
        ("divmod", _divmod),
        ("rdivmod", _reflected_divmod),
    ):
        setattr(Number, f"__{name}__", method)


_SYMBOLS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "floordiv": "//",
}
_attach()
