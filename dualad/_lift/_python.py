"""Stand-ins of Python's built-in functions in lifted code."""

from __future__ import annotations

import builtins
import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers import Number, primal, primal_tree
from .._numbers._number import first_number, holds_number
from ._build import again
from ._classes import setting
from ._foreign import foreign
from ._held import held
from ._methods import BINARY, Ordered, binary, own_method
from ._scalars import converted, scalar, with_value
from ._shadows import _active, into, is_thorough


def _float(x: Any = 0.0) -> Any:
    if not isinstance(x, Number):
        method = own_method(x, "__float__")
        return float(x) if method is None else again("call")(method, x)
    x = scalar(x)
    float(primal(x))  # raises for complex values, as the plain call does
    return converted(x, float)


def _complex(real: Any = 0.0, imag: Any = None) -> Any:
    if not isinstance(real, Number) and not isinstance(imag, Number):
        return complex(real) if imag is None else complex(real, imag)
    real = scalar(real)
    if imag is None:
        return converted(real, complex)
    value = complex(primal(real), primal(imag))
    return with_value(real + 1j * scalar(imag), value)


def _int(*args: Any, **keywords: Any) -> Any:
    if not holds_number(args):
        return int(*args, **keywords)
    return int(_stepped(args[0]))


def _stepped(x: Any) -> Any:
    """The primal value, for a function that is locally constant."""
    np.trunc(x)  # seen by whoever watches for steps
    return primal(x)


def _round(number: Any, ndigits: Any = None) -> Any:
    if not isinstance(number, Number):
        return round(number) if ndigits is None else round(number, ndigits)
    return round(_stepped(number)) if ndigits is None else round(_stepped(number), ndigits)


def _sum(iterable: Any, /, start: Any = 0) -> Any:
    """`sum`; from Python 3.12 on it compensates rounding, which pairwise additions do not."""
    if isinstance(iterable, Number):
        return sum(iterable, start)
    items = list(again("iterable")(iterable) if is_thorough() else iterable)
    if _active:
        items = list(map(held, items))
    if any(own_method(item, "__add__") or own_method(item, "__radd__") for item in items):
        return functools.reduce(functools.partial(binary, "+"), items, start)
    out = sum(items, start)
    if isinstance(out, Number) and not np.ndim(out):
        value = sum(map(primal, items), primal(start))
        if type(value) is type(primal(out)):
            return with_value(out, value)
    return out


def _ordering(function: Callable[..., Any]) -> Callable[..., Any]:
    """`min`, `max` and `sorted` of objects of the user's class."""

    def standin(*args: Any, **keywords: Any) -> Any:
        if "key" not in keywords and args:
            if len(args) == 1:
                args = (list(again("iterable")(args[0]) if is_thorough() else args[0]),)
            items = args[0] if len(args) == 1 else args
            if any(own_method(x, "__lt__") or own_method(x, "__gt__") for x in items):
                keywords["key"] = Ordered
        return foreign(function, args, keywords)

    return standin


def _type(*args: Any, **keywords: Any) -> Any:
    return type(primal(args[0])) if len(args) == 1 else type(*args, **keywords)


def _getattr(x: Any, name: str, *default: Any) -> Any:
    try:
        return again("attribute")(x, name)
    except AttributeError:
        if default:
            return default[0]
        raise


def _setattr(x: Any, name: str, value: Any) -> None:
    setattr(setting(x), name, value)


def _of_primals(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that shows its arguments or looks them up."""

    def standin(*args: Any, **keywords: Any) -> Any:
        if holds_number(args):
            np.trunc(first_number(args))  # seen by whoever watches for steps
        return function(*primal_tree(args), **keywords)

    return standin


def _by_method(function: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """A function that calls a method of the user's class: `abs`, `len`."""

    def standin(x: Any) -> Any:
        method = own_method(x, name)
        return function(x) if method is None else again("call")(method, x)

    return standin


def _in_place(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`operator.iadd` and its like, on plain arrays too."""
    return lambda x, v: function(into(x, v), v)


_IN_PLACE = [
    getattr(operator, name)
    for name in dir(operator)
    if name.startswith("i")
    and hasattr(operator, f"__{name}__")
    and name not in ("index", "inv", "invert")
]

PYTHON: dict[Any, Callable[..., Any]] = {
    builtins.float: _float,
    builtins.complex: _complex,
    builtins.int: _int,
    builtins.round: _round,
    builtins.sum: _sum,
    builtins.type: _type,
    builtins.getattr: _getattr,
    builtins.setattr: _setattr,
    builtins.hash: _of_primals(hash),
    builtins.print: _of_primals(print),
    builtins.repr: _of_primals(repr),
    builtins.str: _of_primals(str),
    **{function: _in_place(function) for function in _IN_PLACE},
    builtins.len: _by_method(len, "__len__"),
    **{f: functools.partial(binary, sign) for sign, (f, _, _) in BINARY.items()},
    **{f: _ordering(f) for f in (min, max, sorted)},
    builtins.abs: _by_method(abs, "__abs__"),
}

__all__ = ["PYTHON"]
