"""The public functions as functions of compiled code: ``da.grad(g)`` where Numba types a body.

Only the typing is here: it is registered in every process that uses Numba and dualad, also where
no derivative is ever taken in compiled code. What builds derivatives is imported by the first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from numba.core import errors, types
from numba.extending import overload

_KNOWN: set[str] = set()


def static(x: Any, keyword: str) -> Any:
    """What a keyword says: it must be known when the function is compiled."""
    if isinstance(x, types.Omitted):
        return x.value
    if isinstance(x, types.Literal):
        return x.literal_value
    if isinstance(x, types.NoneType):
        return None
    if isinstance(x, types.BaseTuple):
        return tuple(static(t, keyword) for t in x)
    if isinstance(x, types.Type):
        raise errors.TypingError(f"dualad: {keyword}= must be a constant in compiled code, not {x}")
    return x


def _verb(name: str, f: Any, argnums: Any, mode: Any, order: Any, chunk: Any) -> Any:
    from . import _inside

    if not isinstance(f, (types.Dispatcher, _inside.VerbType)):
        raise errors.TypingError(
            f"dualad: da.{name} inside compiled code takes a function compiled with numba.njit, "
            f"not {f}"
        )
    given = f.verb if isinstance(f, _inside.VerbType) else f.dispatcher
    _inside.check_mode(name, static(mode, "mode"))
    which, times = static(argnums, "argnums"), static(order, "order")
    g = _inside.function_of(given, name)
    return _inside.Verb(name, g, which, times, static(chunk, "chunk_size"))


def _of_arrays(name: str) -> Callable[..., Any]:
    def typed(f: Any, argnums: Any = 0, mode: Any = "auto", chunk_size: Any = None) -> Any:
        verb = _verb(name, f, argnums, mode, 1, chunk_size)
        return lambda f, argnums=0, mode="auto", chunk_size=None: verb

    return typed


def _of_numbers(f: Any, argnum: Any = 0, order: Any = 1, mode: Any = "auto") -> Any:
    verb = _verb("derivative", f, argnum, mode, order, None)
    return lambda f, argnum=0, order=1, mode="auto": verb


def _products(f: Any) -> Any:
    verb = _verb("hvp", f, 0, "auto", 1, None)
    return lambda f: verb


def _jvp(f: Any, primals: Any, tangents: Any) -> Any:
    from ._inner_products import pushed

    verb = _verb("jvp", f, 0, "auto", 1, None)
    return pushed(verb, primals, tangents)


def _refused(name: str, instead: str) -> Callable[..., Any]:
    def typed(f: Any, *args: Any) -> Any:
        raise errors.TypingError(f"dualad: da.{name} inside compiled code; write {instead}")

    return typed


_TYPED: dict[str, Callable[..., Any]] = {
    **{n: _of_arrays(n) for n in ("grad", "jacobian", "value_and_grad", "value_and_jacobian")},
    "hessian": _of_arrays("hessian"),
    "derivative": _of_numbers,
    "hvp": _products,
    "jvp": _jvp,
    "vjp": _refused("vjp", "da.grad or da.jacobian"),
    "jacobian_operator": _refused("jacobian_operator", "da.jvp or da.jacobian"),
}


def register(name: str, function: Any) -> None:
    """Let Numba type one of the public functions."""
    if name in _KNOWN:
        return
    _KNOWN.add(name)
    overload(function, strict=False, prefer_literal=True)(_TYPED[name])
    registry: Any = sys.modules["numba.core.registry"]
    if "_toplevel_typing_context" in vars(registry.cpu_target):
        # Numba is at work already, perhaps at this very name.
        registry.cpu_target.typing_context.refresh()
