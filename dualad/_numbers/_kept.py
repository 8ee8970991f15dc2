"""Where a number was kept that is used after its evaluation: its name there, and the line.

Asked only when the error is raised, so it may be slow: the garbage collector knows who refers to
the number, and the source of that module says where something is stored under this name.
"""

from __future__ import annotations

import ast
import functools
import gc
import linecache
import sys
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

from .._errors import is_internal, user_place

_GROWING = ("append", "extend", "insert", "add", "update", "setdefault", "appendleft", "put")
_DEPTH = 3  # a list in a dict in an attribute


class _Home(NamedTuple):
    """A name under which something is kept.

    Attributes
    ----------
    name : str
        Of the attribute or variable.
    what : str
        The same, as people say it.
    filename : str
        Of the module whose code may have stored it.
    inside : bool
        The number is a member of what has this name.
    attribute : bool
        Whether it is the name of an attribute.
    """

    name: str
    what: str
    filename: str
    inside: bool
    attribute: bool = False


def where_kept(x: Any) -> str:
    """Where the number x is kept, for a message: "it had been kept in ..."."""
    first = None
    for home in _homes(x, 0, {id(x)}):
        first = first or home
        lines = _lines(home)
        if lines:
            texts = [linecache.getline(home.filename, n).strip() for n in lines]
            shown = [
                f"{home.filename}, line {n}: {t}" for n, t in zip(lines[:3], texts, strict=False)
            ]
            return f"in {home.what}, stored by {' or '.join(shown)}"
    if first is not None:
        return f"in {first.what}"
    return "in an attribute, a global variable, a cache or a list"


# --- who refers to it ----------------------------------------------------------------------------


def _homes(x: Any, depth: int, seen: set[int]) -> Iterator[_Home]:
    """Names under which x, or a container of it, is kept; the nearest first."""
    referrers = [r for r in gc.get_referrers(x) if id(r) not in seen and not _is_ours(r)]
    for referrer in referrers:
        yield from _named(x, referrer, depth > 0)
    if depth == _DEPTH:
        return
    for referrer in referrers:
        if isinstance(referrer, (list, tuple, set, dict)):
            seen.add(id(referrer))
            yield from _homes(referrer, depth + 1, seen)


def _is_ours(referrer: Any) -> bool:
    """Whether it is a frame, or belongs to this search or to Python's machinery."""
    return isinstance(referrer, (types.FrameType, types.TracebackType, types.GeneratorType))


def _named(x: Any, referrer: Any, inside: bool) -> Iterator[_Home]:
    if isinstance(referrer, dict):
        yield from _named_in_dict(x, referrer, inside)
    elif isinstance(referrer, types.CellType):
        yield from _named_in_cell(referrer, inside)
    elif isinstance(referrer, tuple):
        yield from _named_as_default(x, referrer)
    elif not isinstance(referrer, (list, set, frozenset)) and hasattr(referrer, "__dict__"):
        # Since Python 3.11 an instance may hold its attributes itself.
        yield from _attribute(x, referrer, vars(referrer), inside)


def _named_in_dict(x: Any, referrer: dict[Any, Any], inside: bool) -> Iterator[_Home]:
    if "__name__" in referrer and "__builtins__" in referrer:  # a module
        filename = str(referrer.get("__file__") or _user_file())
        for name in _keys_of(x, referrer):
            if not is_internal(filename):
                yield _Home(name, f"the global variable {name}", filename, inside)
        return
    for owner in gc.get_referrers(referrer):
        members = getattr(owner, "__dict__", None)
        if members is referrer or (isinstance(owner, type) and _keys_of(x, vars(owner))):
            yield from _attribute(x, owner, referrer, inside)


def _attribute(x: Any, owner: Any, members: Any, inside: bool) -> Iterator[_Home]:
    if isinstance(owner, types.FunctionType):
        where, filename = owner.__name__, owner.__code__.co_filename
    else:
        cls = owner if isinstance(owner, type) else type(owner)
        where = cls.__name__
        module = sys.modules.get(cls.__module__)
        filename = str(getattr(module, "__file__", None) or _user_file())
    if not is_internal(filename):
        for name in _keys_of(x, members):
            yield _Home(name, f"the attribute {name} of {where}", filename, inside, True)


def _named_in_cell(cell: types.CellType, inside: bool) -> Iterator[_Home]:
    for closure in gc.get_referrers(cell):
        if not isinstance(closure, tuple):
            continue
        for function in gc.get_referrers(closure):
            if isinstance(function, types.FunctionType) and function.__closure__ is closure:
                code = function.__code__
                if is_internal(code.co_filename):
                    continue
                for name, held in zip(code.co_freevars, closure, strict=True):
                    if held is cell:
                        what = f"the variable {name} that {function.__name__} closes over"
                        yield _Home(name, what, code.co_filename, inside)


def _named_as_default(x: Any, referrer: tuple[Any, ...]) -> Iterator[_Home]:
    for function in gc.get_referrers(referrer):
        if isinstance(function, types.FunctionType) and function.__defaults__ is referrer:
            code = function.__code__
            names = code.co_varnames[: code.co_argcount][-len(referrer) :]
            for name, held in zip(names, referrer, strict=True):
                if held is x:
                    what = f"the default of the argument {name} of {function.__name__}"
                    yield _Home(name, what, code.co_filename, True)


def _keys_of(x: Any, members: Any) -> list[str]:
    return [str(key) for key, value in list(members.items()) if value is x]


def _user_file() -> str:
    place = user_place(1)
    return "<unknown>" if place is None else place[0].co_filename


# --- where it was stored -------------------------------------------------------------------------


class _Store(NamedTuple):
    """One statement or call that stores something: its line, and as in `_Home`."""

    line: int
    name: str
    inside: bool
    attribute: bool


def _lines(home: _Home) -> list[int]:
    """The lines of the module that store something under this name."""
    wanted = home.name, home.inside, home.attribute
    return sorted({s.line for s in _stores(home.filename) if s[1:] == wanted})


@functools.lru_cache(maxsize=16)
def _stores(filename: str) -> list[_Store]:
    """All that functions of a module store outside of their own variables."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return []
    found: list[_Store] = []
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            nodes = list(ast.walk(function))
            outer = {
                name
                for node in nodes
                if isinstance(node, (ast.Global, ast.Nonlocal))
                for name in node.names
            }
            found += [s for node in nodes for s in _stored_by(node, outer)]
            found += _cached(function)
    return found


def _cached(function: Any) -> list[_Store]:
    """A cached property stores its answer under its own name."""
    decorators = [ast.unparse(d) for d in getattr(function, "decorator_list", [])]
    if any(text.endswith("cached_property") for text in decorators):
        return [_Store(function.lineno, function.name, False, True)]
    return []


def _stored_by(node: ast.AST, outer: set[str]) -> list[_Store]:
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in _GROWING:
            return [_inside(node.lineno, called.value)]
        if isinstance(called, ast.Name) and called.id == "setattr" and len(node.args) == 3:
            name = getattr(node.args[1], "value", None)
            return [_Store(node.lineno, str(name), False, True)]
    if isinstance(getattr(node, "ctx", None), ast.Store):
        if isinstance(node, ast.Subscript):
            return [_inside(node.lineno, node.value)]
        if isinstance(node, ast.Attribute):
            return [_Store(node.lineno, node.attr, False, True)]
        if isinstance(node, ast.Name) and node.id in outer:
            return [_Store(node.lineno, node.id, False, False)]
    return []


def _inside(line: int, node: ast.AST) -> _Store:
    """A store into what `node` says: `cache`, `self.cache`, `self.cache["x"]`."""
    while True:
        if isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value  # d.setdefault(key, []).append(x)
        else:
            break
    if isinstance(node, ast.Attribute):
        return _Store(line, node.attr, True, True)
    return _Store(line, node.id if isinstance(node, ast.Name) else "", True, False)
