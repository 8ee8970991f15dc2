"""What the calls of a lifted function go through: ``call(g, ...)`` in place of ``g(...)``.

By the kind of g: the user's own functions, methods and classes are lifted in turn; functions that
NumPy's protocols do not reach have a stand-in; NumPy's own get lists of numbers as arrays; all else
is called as it stands, its callbacks lifted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from .._native import called, is_compiled, is_generator
from .._numbers import Number, primal_tree
from .._numbers._number import as_array, escape, first_number, holds_number
from .._numbers._protocol import position_of_out
from . import _shadows
from ._build import bind, is_lifted, lifted
from ._classes import construct, getter_of, items, method_of, setting
from ._elementwise import CONCATENATORS, vectorized
from ._foreign import foreign, serve, with_callbacks
from ._held import held, held_arguments
from ._methods import IN_PLACE, binary, context, iterable, own_method, unary, update
from ._rebound import rebound
from ._shadows import _active, into, load
from ._standins import STANDINS, WRITERS
from ._traces import of_the_user
from ._ways import THOROUGH, is_user_code, made_by_scipy, way_of

_Array = np.ndarray
_CONTAINERS = (list, dict, set, frozenset, tuple, str, bytes)


def call(g: Any, /, *args: Any, **keywords: Any) -> Any:
    """``g(*args, **keywords)`` with numbers among the arguments, lifted."""
    if _active:
        args = tuple(map(load, args))
        keywords = {name: load(x) for name, x in keywords.items()}
    out = _KINDS.get(type(g), _instance)(g, args, keywords)
    return load(out) if type(out) is _Array and _active else out


def _python(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A Python function."""
    code = g.__code__
    if is_lifted(code):
        return g(*args, **keywords)
    standin = STANDINS.get(g)
    if standin is not None:
        return standin(*args, **keywords)
    if not is_user_code(code.co_filename) or made_by_scipy(g):
        return foreign(g, args, keywords)
    return own(g)(*args, **keywords)


def own(g: FunctionType) -> Callable[..., Any]:
    """One of the user's functions, lifted: from its source, or by other globals without it."""
    return lifted(g, _shadows.is_thorough()) or rebound(g)


def _method(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    function = g.__func__
    if type(function) is _LRU:
        return _cached(function, (g.__self__, *args), keywords)
    if type(function) is FunctionType and is_user_code(function.__code__.co_filename):
        return _python(function, (g.__self__, *args), keywords)
    if isinstance(g.__self__, Number) and keywords.get("out") is not None:
        keywords["out"] = _into_out(keywords["out"], (g.__self__, *args))
    return foreign(g, args, keywords)


def _ufunc(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    for x in args:
        kind = type(x)
        if kind is list or kind is tuple:
            args = tuple(map(_from_list, args))
            break
    if "out" in keywords:
        keywords["out"] = _into_out(keywords["out"], args)
    elif len(args) > g.nin:
        args = (*args[: g.nin], *(into(x, args[: g.nin]) for x in args[g.nin :]))
    return g(*args, **keywords)


def _into_out(out: Any, values: tuple[Any, ...]) -> Any:
    if isinstance(out, tuple):
        return tuple(into(x, values) for x in out)
    return into(out, values)


def _from_list(x: Any) -> Any:
    return as_array(x) if isinstance(x, (list, tuple)) and holds_number(x) else x


def _numpy(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A function of NumPy that sends numbers to `__array_function__`."""
    standin = STANDINS.get(g)
    if standin is not None:
        return standin(*args, **keywords)
    if g in WRITERS and args:
        args = (into(args[0], args[1:], tuple(keywords.values())), *args[1:])
    if keywords.get("out") is not None:
        keywords["out"] = _into_out(keywords["out"], args)
    elif len(args) > 2:
        args = _with_out_by_position(g, args)
    args, keywords = with_callbacks(args, keywords)
    if g is np.block:  # it knows nested lists
        return g(*held_arguments(args, keywords)[0])
    if any(type(x) in (list, tuple) for x in (*args, *keywords.values())):
        inside = g in _OF_SEQUENCES
        args = tuple(_arrays(x, inside) for x in args)
        keywords = {name: _arrays(x, inside) for name, x in keywords.items()}
    return g(*args, **keywords)


def _with_out_by_position(g: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    position = position_of_out(g)
    if position is None or len(args) <= position or args[position] is None:
        return args
    out = _into_out(args[position], args[:position])
    return (*args[:position], out, *args[position + 1 :])


# Functions of a sequence of arrays: its members are arrays, not the sequence.
_OF_SEQUENCES = frozenset(
    getattr(np, name)
    for name in [
        "broadcast_arrays",
        "choose",
        "column_stack",
        "concatenate",
        "dstack",
        "hstack",
        "lexsort",
        "select",
        "stack",
        "vstack",
        "piecewise",
    ]
) | {np.linalg.multi_dot}


def _arrays(x: Any, inside: bool) -> Any:
    """A list that holds numbers as an array, or as a list of arrays."""
    if type(x) not in (list, tuple):
        return x
    x = held(x) if _active else x
    if not holds_number(x):
        return x
    return type(x)(_arrays(item, False) for item in x) if inside else as_array(x)


def _builtin(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A function written in C, or a method of an object of a type written in C."""
    owner = g.__self__
    if owner is None or type(owner) is ModuleType:
        standin = STANDINS.get(g)
        return foreign(g, args, keywords) if standin is None else standin(*args, **keywords)
    kind = type(owner)
    if kind is _Array:
        return _array_method(g, owner, args, keywords)
    if kind is np.ufunc:
        if g.__name__ == "at":
            args = (into(args[0], args[2:]), *args[1:])
        elif keywords.get("out") is not None:
            keywords["out"] = _into_out(keywords["out"], args)
        return g(*map(_from_list, args), **keywords)
    if isinstance(owner, dict) and args and holds_number(args[0]) and g.__name__ in _LOOK_UPS:
        key = _as_key(args[0])
        if key in owner:
            _looked_up(args[0], owner[key])
        return g(key, *args[1:], **keywords)
    if isinstance(owner, _CONTAINERS):
        if g.__name__ == "sort":
            args, keywords = with_callbacks(args, keywords)
        return g(*args, **keywords)
    return foreign(g, args, keywords)


_LOOK_UPS = ("get", "pop", "__contains__", "__getitem__")


def _as_key(x: Any) -> Any:
    return primal_tree(x)


def _looked_up(key: Any, found: Any) -> Any:
    """What a dictionary holds under the plain value of a key."""
    if isinstance(found, (float, complex, np.floating, _Array)):
        escape(
            first_number(key),
            "a plain number was found in a dictionary under the value of a differentiated one: "
            "a cache that another call has filled has no derivatives",
            "clear the cache before, or look up da.primal(x) where a constant is meant",
        )
    return found


def _array_method(g: Any, owner: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A method of a plain array, numbers among its arguments."""
    values = (*args, *keywords.values())
    if not holds_number(values):
        return g(*args, **keywords)
    name = g.__name__
    if name == "fill":
        into(owner, args)[...] = args[0]
        return None
    if name in ("put", "itemset"):
        return np.put(into(owner, args), *args, **keywords)
    if keywords.get("out") is not None:
        keywords["out"] = _into_out(keywords["out"], (owner, *args))
    function = getattr(np, name, None)
    if function is None:
        return g(*args, **keywords)
    return call(function, owner, *args, **keywords)


def _class(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    standin = STANDINS.get(g)
    if standin is not None:
        return standin(*args, **keywords)
    return construct(g, args, keywords)


def _partial(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    return call(g.func, *g.args, *args, **{**g.keywords, **keywords})


def _cached(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """`functools.lru_cache`: numbers are no keys, they pass the cache by."""
    if holds_number(args) or holds_number(tuple(keywords.values())):
        return call(g.__wrapped__, *args, **keywords)
    return g(*args, **keywords)


def _instance(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """An object that can be called."""
    if isinstance(g, type):  # a class with a metaclass
        return _class(g, args, keywords)
    if isinstance(getattr(g, "__origin__", None), type):  # Box[float](...)
        return _class(g.__origin__, args, keywords)
    if holds_number((*args, *keywords.values())):
        if type(g) is np.vectorize:
            return vectorized(g, args, keywords, call)
        if is_compiled(g) and is_generator(g):  # its answer lives on: no operation
            return call(g.py_func, *args, **keywords)
        if is_compiled(g):
            return called(g, args, keywords)
    method = method_of(g, "__call__")
    if type(method) is FunctionType and is_user_code(method.__code__.co_filename):
        return _python(method, (g, *args), keywords)
    return foreign(g, args, keywords)


def _unbound(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A method of a class written in C, from the class: ``float.is_integer(x)``."""
    if args and isinstance(args[0], Number):
        return call(getattr(args[0], g.__name__), *args[1:], **keywords)
    return foreign(g, args, keywords)


_LRU = type(functools.lru_cache(lambda: None))
_KINDS: dict[type, Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]] = {
    FunctionType: _python,
    MethodType: _method,
    BuiltinFunctionType: _builtin,
    type: _class,
    np.ufunc: _ufunc,
    type(np.sum): _numpy,
    functools.partial: _partial,
    _LRU: _cached,
    type(float.is_integer): _unbound,
}


# --- the other helpers of rewritten code ---------------------------------------------------------


def attribute(x: Any, name: str) -> Any:
    """``x.name``; a property of the user's class is lifted."""
    getter = getter_of(type(x), name)
    out = getattr(x, name) if getter is None else getter(x)
    return load(out) if type(out) is _Array and _active else out


def item(x: Any, index: Any) -> Any:
    """``x[index]``."""
    if isinstance(x, dict):
        if holds_number(index):
            return _looked_up(index, x[_as_key(index)])
    elif type(x) in CONCATENATORS:
        return CONCATENATORS[type(x)](x, index)
    method = None if type(x) in _PLAIN else own_method(x, "__getitem__")
    out = x[index] if method is None else call(method, x, index)
    return load(out) if type(out) is _Array and _active else out


_PLAIN = (_Array, list, tuple)


def contains(x: Any, container: Any) -> bool:
    """``x in container``."""
    if isinstance(container, (dict, set, frozenset)) and holds_number(x):
        x = _as_key(x)
    method = own_method(container, "__contains__")
    return x in container if method is None else bool(call(method, container, x))


def modulo(x: Any, y: Any) -> Any:
    """``x % y``, the formatting of strings among them."""
    if not isinstance(x, (str, bytes)):
        return binary("%", x, y)
    if holds_number(y):
        np.trunc(first_number(y))  # seen by whoever watches for steps
    return x % primal_tree(y)


def matmul(x: Any, y: Any) -> Any:
    """``x @ y``."""
    return binary("@", _from_list(x), _from_list(y))


def in_place(sign: str, x: Any, v: Any) -> Any:
    """The right-hand side of ``x += v``."""
    if type(x) is not _Array:
        return _updated(sign, x, v)
    number = into(x, v := _from_list(v))
    new = IN_PLACE[sign](number, v)
    # The name keeps the plain array, for which the number stands.
    return x if new is number else new


def _updated(sign: str, x: Any, v: Any) -> Any:
    if type(x) is _Array:
        v = _from_list(v)
        x = into(x, v)
    elif sign == "%":
        return modulo(x, v)
    if isinstance(x, (Number, float)):
        return IN_PLACE[sign](x, v)
    return update(sign, x, v)


def item_in_place(sign: str, owner: Any, index: Any, now: Any, v: Any) -> None:
    """``owner[index] += v``."""
    new = _updated(sign, now, v)
    items(owner)[index] = new


def attribute_in_place(sign: str, owner: Any, name: str, now: Any, v: Any) -> None:
    """``owner.name += v``."""
    new = _updated(sign, now, v)
    held = getattr(owner, "__dict__", {}).get(name)
    if type(held) is _Array and load(held) is new:
        return  # the array stays where it is; its shadow has been written
    setattr(setting(owner), name, new)


bind(
    {
        "_da_call": call,
        "_da_load": load,
        "_da_attribute": attribute,
        "_da_item": item,
        "_da_target": items,
        "_da_holder": setting,
        "_da_in_place": in_place,
        "_da_item_in_place": item_in_place,
        "_da_attribute_in_place": attribute_in_place,
        "_da_contains": contains,
        "_da_modulo": modulo,
        "_da_matmul": matmul,
        "_da_slice": slice,
        "_da_binary": binary,
        "_da_unary": unary,
        "_da_iterable": iterable,
        "_da_context": context,
    }
)
serve(STANDINS)


def run_lifted(f: Any, args: tuple[Any, ...], keywords: dict[str, Any], level: Any) -> Any:
    """One evaluation of the user's function, lifted."""
    numbers = (*args, *keywords.values())
    evaluation = _shadows.Evaluation(level, numbers, way_of(f) == THOROUGH)
    try:
        return _shadows.loaded(call(f, *args, **keywords))
    except Exception as error:  # noqa: BLE001  # the user's own, which goes on as it is
        raise error.with_traceback(of_the_user(error.__traceback__))  # noqa: B904
    finally:
        evaluation.end()


__all__ = ["call", "own", "run_lifted"]
