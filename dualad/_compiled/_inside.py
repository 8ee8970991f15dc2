"""Derivatives that compiled code takes itself: ``da.grad(g)(x)`` in a function of Numba's.

A derivative function is a constant of compiled code. A call of it is a call of a driver, a function
written for the kinds of its arguments, that Numba compiles as it compiles any callee. Where
arguments carry derivatives of an outer derivative, so does the result: the driver's numbers have
the outer directions beside their own, see `_levels`.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from llvmlite import ir
from numba.core import errors, types
from numba.core.datamodel import models
from numba.core.imputils import lower_constant
from numba.extending import NativeValue, register_model, unbox

from . import _inner_sources
from ._inner_products import numbers_in
from ._inner_sources import Site, kind_of
from ._tape import LinType

_LOCK = threading.RLock()
_DRIVERS: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()


class Verb:
    """A derivative function as compiled code has it.

    Parameters
    ----------
    name : str
        Of the public function that made it.
    g : dispatcher or Verb
        What is differentiated.
    argnums : int or tuple of int
    order : int
        Of `derivative`.
    chunk : int or None
    """

    __slots__ = ("_g", "_hash", "argnums", "chunk", "name", "order")

    def __init__(
        self, name: str, g: Any, argnums: Any = 0, order: int = 1, chunk: int | None = None
    ) -> None:
        self.name, self.argnums, self.order, self.chunk = name, argnums, order, chunk
        # Drivers are kept as long as the function, and must not hold it.
        self._g = g if isinstance(g, Verb) else weakref.ref(g)
        self._hash = hash((self.key, self._g))

    @property
    def g(self) -> Any:
        """What is differentiated."""
        return self._g if isinstance(self._g, Verb) else self._g()

    @property
    def key(self) -> tuple[Any, ...]:
        return self.name, self.argnums, self.order, self.chunk

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verb) and (self.key, self._g) == (other.key, other._g)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        g = self.g
        inner = g.py_func.__name__ if hasattr(g, "py_func") else g
        return f"{self.name}({inner})"

    @property
    def _numba_type_(self) -> VerbType:
        return VerbType(self)

    @property
    def gradient(self) -> Verb:
        """The gradient of the same function."""
        return Verb("grad", self.g)

    @property
    def function(self) -> Any:
        """The compiled function at the bottom."""
        return self.g.function if isinstance(self.g, Verb) else self.g


class VerbType(types.Callable, types.Opaque):
    """The type of a derivative function in compiled code; it has no value."""

    def __init__(self, verb: Verb) -> None:
        self.verb = verb
        self._drivers: dict[Any, Any] = {}
        super().__init__(f"dualad.{verb!r}")

    @property
    def key(self) -> Any:
        return self.verb

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """The signature of a call; its driver is compiled."""
        names = parameters(self.verb.function)
        args = tuple(map(_as_passed, args))
        kws = {k: _as_passed(t) for k, t in dict(kws).items()}
        given = names[len(args) : len(args) + len(kws)]
        if set(given) != set(kws):
            raise errors.TypingError(
                f"dualad: {self.verb!r} was called with keywords that leave arguments out; pass "
                "all arguments before them by position"
            )
        whole = (*args, *(kws[k] for k in given))
        driver = driver_of(self.verb, whole)
        sig = types.Dispatcher(driver).get_call_type(context, args, kws)
        if sig is not None:
            self._drivers[sig.args] = driver
        return sig

    def get_call_signatures(self) -> Any:
        return [], True

    def get_impl_key(self, sig: Any) -> Any:
        return self._drivers[sig.args].get_overload(sig.args)


def _as_passed(ty: Any) -> Any:
    """The type in which an argument is passed: a number is a variable of its tape by then."""
    return ty.variable() if isinstance(ty, LinType) else types.unliteral(ty)


@register_model(VerbType)
class _VerbModel(models.OpaqueModel):
    pass


@lower_constant(VerbType)
def _constant(context: Any, builder: Any, ty: Any, pyval: Any) -> Any:
    return context.get_dummy_value()


@unbox(VerbType)
def _unboxed(typ: Any, obj: Any, c: Any) -> Any:
    return NativeValue(ir.Constant(c.context.get_value_type(typ), None))


def parameters(g: Any) -> tuple[str, ...]:
    """The names of the parameters of a compiled function."""
    code = g.py_func.__code__
    if code.co_flags & 0x0C or code.co_kwonlyargcount:
        raise errors.TypingError(
            f"dualad: {g.py_func.__name__} takes any number of arguments; a function that is "
            "differentiated inside compiled code has named ones"
        )
    return tuple(code.co_varnames[: code.co_argcount])


def driver_of(verb: Verb, args: tuple[Any, ...]) -> Any:
    """The function that computes a derivative for arguments of these types."""
    names = parameters(verb.function)
    if verb.name == "hvp" and len(args) >= 2:
        names = (names[0], "v_of_hvp", *names[1:])
    if not 0 < len(args) <= len(names):
        raise errors.TypingError(f"dualad: {verb!r} was called with {len(args)} arguments")
    site = Site(verb, names[: len(args)], args)
    key = (verb, tuple((kind_of(a), bool(numbers_in(a))) for a in args), site.outer)
    with _LOCK:
        known = _DRIVERS.setdefault(verb.function, {})
        if key not in known:
            known[key] = _inner_sources.built(site)
        return known[key]


# --- what the public functions stand for ----------------------------------------------------------


def verb_of(derivative: Any) -> Verb:
    """A derivative function of Python as a constant of compiled code."""
    name = getattr(derivative, "_verb", "hvp")
    if name == "hvp":
        return Verb(name, function_of(derivative.f, name))
    if derivative.has_aux or derivative.holomorphic or derivative.workers is not None:
        raise errors.TypingError(
            f"dualad: has_aux, holomorphic and workers of da.{name} are not for compiled code"
        )
    check_mode(name, derivative.mode)
    order = getattr(derivative, "order", 1)
    return Verb(name, function_of(derivative.f, name), derivative.argnums, order)


def check_mode(name: str, mode: str) -> None:
    if mode not in ("auto", "forward"):
        raise errors.TypingError(
            f'dualad: da.{name}(mode="{mode}") inside compiled code; there derivatives go forward'
        )


def function_of(f: Any, name: str) -> Any:
    """What is differentiated: a dispatcher as the user wrote it, or another derivative."""
    if isinstance(f, Verb):
        return f
    if hasattr(f, "_verb") and hasattr(f, "f"):
        return verb_of(f)
    if not hasattr(f, "py_func"):
        raise errors.TypingError(
            f"dualad: da.{name} inside compiled code takes a function compiled with numba.njit"
        )
    original = getattr(f, "_dualad_original", None)
    return f if original is None else original()
