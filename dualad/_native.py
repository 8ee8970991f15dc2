"""Functions compiled with Numba: how they are recognised, and what runs them.

Everything that imports Numba stands in `_compiled`, and is imported when the first compiled
function is differentiated. It is found by name: it runs calls that `_evaluate` takes apart, and
`_evaluate` asks for it.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from typing import Any

from ._numbers import Number

_MACHINE = "._compiled._calls"
_NODES = "._custom._compiled"
_QUICK = "._compiled._quick"
_INSIDE = "._compiled._inside"
_OVERLAPS = "._compiled._overlaps"
_THIRDS = "._compiled._thirds"
_VECTORIZED = "._compiled._vectorized"


def is_compiled(f: Any) -> bool:
    """Whether f was decorated with ``numba.njit`` (or ``jit``)."""
    kind = type(f)
    return kind.__module__.startswith("numba.") and hasattr(f, "py_func")


def is_generator(f: Any) -> bool:
    """Whether a compiled function yields."""
    return bool(f.py_func.__code__.co_flags & inspect.CO_GENERATOR)


@functools.cache
def _module(name: str) -> Any:
    """A module that may register rules with Numba: under its lock, as all that it compiles.

    Otherwise one thread would import and wait for the compiler, and another compile and wait for
    the import; or a third would compile with half of the rules.
    """
    with sys.modules["numba.core.compiler_lock"].global_compiler_lock:
        return importlib.import_module(name, __package__)


@functools.cache
def machine() -> Any:
    """The module that runs compiled functions."""
    return _module(_MACHINE)


def quick() -> Any:
    """The module of the shortest ways."""
    return _module(_QUICK)


def inside() -> Any:
    """The module of derivatives that compiled code takes itself."""
    return _module(_INSIDE)


def thirds(call: Any) -> Any:
    """Third derivatives of a compiled function."""
    return _module(_THIRDS).thirds(call)


def as_node(f: Any) -> Any:
    """A compiled function as one that numbers of every kind go through, as one operation."""
    return _module(_NODES).as_node(f)


def called(g: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The answer of a compiled function that Python code calls, numbers among the arguments."""
    _module(_OVERLAPS).check_unwritten(g, args, keywords)
    return as_node(g)(*args, **keywords)


def vectorized(ufunc: Any) -> Any:
    """A compiled function that calls one made by ``numba.vectorize``."""
    return _module(_VECTORIZED).caller(ufunc)


def not_known(args: tuple[Any, ...], out: Any = None) -> Any:
    """The shortest way, before there is one."""
    return None


def is_plain_call(call: Any, blocks: Any = ()) -> bool:
    """Whether a call, and what else is given, holds no number of an outer derivative."""
    return not any(isinstance(x, Number) for x in (*call.leaves, *blocks))
