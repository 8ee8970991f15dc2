"""Calls of functions that are not the user's: SciPy's stand-ins, callbacks, all else as it is."""

from __future__ import annotations

import collections
import contextlib
import dis
import functools
import itertools
import operator
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from .._numbers import Number
from .._numbers._number import holds_number
from .._scipy import bound_standin, operator_standin, standin
from ._build import again, is_lifted, lifted
from ._held import held_arguments, in_this_context, passes_on
from ._shadows import is_thorough
from ._ways import is_user_code


def foreign(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call a function of a library."""
    module = getattr(g, "__module__", None) or ""
    if module.startswith("dualad") or g is functools.partial:  # its function is called by `call`
        return g(*args, **keywords)
    if module.startswith(("scipy.optimize", "scipy.integrate")) and _is_hashable(g):
        solver = _solvers().get(g)  # its function may hold numbers that its arguments do not show
        if solver is not None:
            return solver(*args, **keywords)
    args, keywords = _read(g, args, keywords)
    if holds_number(args) or holds_number(tuple(keywords.values())):
        found = scipy_standin(g)
        if found is not None:
            return found(*args, **keywords)
        if type(g) is FunctionType and _is_formula(g, module):
            # A formula in Python, such as scipy.optimize.rosen. Iterations are no formulas: their
            # last step says little about the derivative of what they converge to.
            return (lifted(g) or g)(*args, **keywords)
    if hasattr(g, "registry") and hasattr(g, "dispatch") and args:  # functools.singledispatch
        return again("call")(g.dispatch(args[0].__class__), *args, **keywords)
    if type(g) is FunctionType and g.__code__.co_filename == contextlib.__file__:
        inner = getattr(g, "__wrapped__", None)
        if type(inner) is FunctionType and is_user_code(inner.__code__.co_filename):
            return contextlib.contextmanager(callback(inner))(*args, **keywords)
    args, keywords = with_callbacks(*_of_any_kind(g, args, keywords))
    if module.startswith(("concurrent.futures", "threading")):
        args, keywords = in_this_context(args, keywords)
    return g(*args, **keywords)


def _read(
    g: Any, args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as code that is not lifted may read them."""
    if is_thorough() and id(g) in _ITERATING:
        args = tuple(map(again("iterable"), args))
    return (args, keywords) if passes_on(g) else held_arguments(args, keywords)


def _solvers() -> dict[Any, Any]:
    from .._solving import standins  # SciPy is there, and nothing else needs them

    return standins()


def _is_formula(g: FunctionType, module: str) -> bool:
    """Whether a function of SciPy is Python code without iterations."""
    if module.startswith("scipy._lib."):  # conversions of arguments
        return True
    return module.startswith("scipy.") and not _has_loops(g.__code__)


_loops: dict[int, tuple[CodeType, bool]] = {}


def _has_loops(code: CodeType) -> bool:
    known = _loops.get(id(code))
    if known is None:
        back = any("BACKWARD" in i.opname or i.opname == "FOR_ITER" for i in _steps(code))
        known = _loops[id(code)] = code, back
    return known[1]


def _steps(code: CodeType) -> Iterator[dis.Instruction]:
    for step in dis.get_instructions(code):
        if step.opname == "JUMP_ABSOLUTE" and step.arg is not None and step.argval < step.offset:
            step = step._replace(opname="JUMP_BACKWARD")  # Python 3.10
        yield step


def scipy_standin(g: Any) -> Any:
    """The stand-in of a function, class, instance or bound method of SciPy; None without one."""
    found = standin(g) if _is_hashable(g) else None
    return bound_standin(g) if found is None else found


def scipy_operator(name: str, reflected: str, x: Any, y: Any) -> Any:
    """The answer of an operator between an object of SciPy's and a number, to be called."""
    if isinstance(x, Number) == isinstance(y, Number):
        return None
    return operator_standin(name, reflected, x, y)


def _is_hashable(g: Any) -> bool:
    try:
        hash(g)
    except TypeError:
        return False
    return True


def with_callbacks(
    args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, functions of the user's among them lifted."""
    if any(map(_may_call, args)):
        args = tuple(map(callback, args))
    if keywords and any(map(_may_call, keywords.values())):
        keywords = {name: callback(x) for name, x in keywords.items()}
    return args, keywords


# Functions written in C that read what they are given: arrays for which numbers may stand.
_READERS = (
    np.ufunc, type(np.sum), operator.itemgetter, operator.attrgetter, operator.methodcaller
)  # fmt: skip
_FUNCTIONS = (FunctionType, MethodType, functools.partial, BuiltinFunctionType, *_READERS)


# Functions of one array or float that numbers of every kind meet through a stand-in.
_HASHED = (BuiltinFunctionType, type)
_callbacks: dict[Any, Any] = {}


def serve(standins: dict[Any, Any]) -> None:
    """`_calls` hands over the stand-ins of functions that libraries may call back."""
    _callbacks.update(standins)


def _may_call(x: Any) -> bool:
    kind = type(x)
    if kind is list or kind is tuple:
        return any(map(_is_function, x))
    return _is_function(x)


def _is_function(x: Any) -> bool:
    return type(x) in _FUNCTIONS


def _of_any_kind(
    g: Any, args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a function that calls its first one or its key: classes and objects, too."""
    if id(g) in _CALLING:
        args = tuple(map(_called, args[:1])) + args[1:]
    elif args and (getattr(g, "__module__", None) or "").startswith(
        ("scipy.", "concurrent.", "threading")
    ):
        args = tuple(_called(x) if _is_callable_object(x) else x for x in args)
    if "key" in keywords:
        keywords = {**keywords, "key": _called(keywords["key"])}
    return args, keywords


# Functions that iterate over their arguments; those with stand-ins are called by these.
_ITERATING = {
    id(g)
    for g in (
        *(all, any, enumerate, filter, frozenset, iter, list, map, max, min, set, sorted, tuple),
        *(zip, collections.deque, functools.reduce, itertools.accumulate, itertools.chain),
    )
}
_CALLING = {
    id(g)
    for g in (
        map,
        filter,
        functools.reduce,
        itertools.starmap,
        itertools.takewhile,
        itertools.dropwhile,
        itertools.filterfalse,
        collections.defaultdict,
    )
}


def _called(x: Any) -> Any:
    if isinstance(x, type):
        return _callbacks.get(x) or functools.partial(again("call"), x)
    return functools.partial(again("call"), x) if _is_callable_object(x) else x


def _is_callable_object(x: Any) -> bool:
    """Whether x is an object of the user's class that can be called."""
    method = getattr(type(x), "__call__", None)  # noqa: B004  # the method itself is asked for
    return type(method) is FunctionType and is_user_code(method.__code__.co_filename)


def callback(x: Any) -> Any:
    """A function of the user's, lifted; anything else as it is."""
    kind = type(x)
    if kind is FunctionType:
        code = x.__code__
        if is_lifted(code) or not is_user_code(code.co_filename):
            return x
        return lifted(x, is_thorough()) or x
    if kind is MethodType:
        return MethodType(callback(x.__func__), x.__self__)
    if kind in _READERS or (kind is BuiltinFunctionType and x.__module__ == "_operator"):
        return functools.partial(again("call"), x)
    found = _callbacks.get(x) if kind in _HASHED else None
    if found is not None:
        return found
    if kind is functools.partial:
        return functools.partial(callback(x.func), *x.args, **x.keywords)
    if kind is list or kind is tuple:
        return kind(map(callback, x))
    return x


__all__ = ["callback", "foreign", "scipy_operator", "serve", "with_callbacks"]
