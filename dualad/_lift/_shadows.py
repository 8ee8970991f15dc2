"""Numbers that stand for plain arrays while a lifted function runs.

A plain array cannot hold a derivative. When lifted code writes a number into one, a *shadow* is
made: a number with the array's elements, which from then on stands for the array wherever lifted
code reads it, views of the same memory included. So ``out = np.zeros(3); out[0] = x`` works, and so
do work arrays that the function captures, ``self.buffer[:] = ...``, and results of functions that
were filled later on. When the evaluation ends, the array gets the primal values that the plain call
would have left in it.

A *session* is the outermost lifted evaluation of a thread; nested evaluations join it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from .._errors import EscapeError
from .._numbers import Number, primal
from .._numbers._number import as_array, escape, highest, holds_number, note
from ._views import view_of_root

_Array = np.ndarray
# The sessions, of all threads, that have shadows: reading a name costs next to nothing while there
# are none. A set, because two threads may add to it at once and lose nothing, as of a counter.
_active: set[int] = set()
_session: ContextVar[Session | None] = ContextVar("dualad_lift", default=None)


class Shadow:
    """A plain array and the number that stands for it."""

    __slots__ = ("level", "number", "root", "views")

    def __init__(self, root: np.ndarray, number: Any) -> None:
        self.root, self.number = root, number
        self.level = number._level
        self.views: dict[int, tuple[np.ndarray, Any]] = {}  # of plain views, by id

    def of(self, x: np.ndarray) -> Any:
        """The number that stands for x, a view of the root's memory."""
        if x is self.root:
            return self.number
        known = self.views.get(id(x))
        if known is None:
            known = self.views[id(x)] = x, view_of_root(self.root, x, self.number)
        return known[1]


class Session:
    """The shadows of one outermost evaluation, and the objects whose attributes it has set."""

    __slots__ = ("holders", "makers", "operators", "shadows", "thorough")

    def __init__(self) -> None:
        self.operators = False  # objects with operators of the user's own have been met
        self.thorough = False
        self.shadows: dict[int, Shadow] = {}
        self.holders: dict[int, Any] = {}
        self.makers: list[Any] = []  # a number of each evaluation that runs, the innermost last

    def shadow(self, x: np.ndarray, v: Any) -> Any:
        """The number that stands for the plain array x, into which v is to be written."""
        root = _root(x)
        known = self.shadows.get(id(root))
        if known is None:
            maker: Any = highest([v, *self.makers[-1:]])
            number = maker._plain_zeros(np.zeros_like(root))
            number[...] = root
            known = self.shadows[id(root)] = Shadow(root, number)
            _active.add(id(self))
            self.check()
        return known.of(x)

    def check(self) -> None:
        """Operators of the user's, which run as they are, must not read what shadows stand for."""
        if self.operators and not self.thorough and self.shadows:
            number = next(iter(self.shadows.values())).number
            escape(
                number,
                "an operator, loop or with statement of a class could read an array that a "
                "differentiated number was stored in",
                "the methods themselves",
            )

    def end(self, level: Any) -> None:
        """Give plain arrays and attributes back what the plain call would have left in them."""
        for key, shadow in list(self.shadows.items()):
            if shadow.level is level:
                self._lower(key, shadow)
        for owner in self.holders.values():
            _clean(owner, level)

    def _lower(self, key: int, shadow: Shadow) -> None:
        value = shadow.number._value
        if isinstance(value, Number):  # it belongs to an evaluation further out as well
            shadow.number, shadow.level = value.copy(), value._level
            shadow.views.clear()
            return
        del self.shadows[key]
        if not self.shadows:
            _active.discard(id(self))
        shadow.root[...] = value


def _root(x: np.ndarray) -> np.ndarray:
    while True:
        base: Any = x.base
        if type(base) is not _Array and base is not None:
            if type(base) is memoryview:
                base = base.obj
            elif type(base).__name__ == "DummyArray":  # of np.lib.stride_tricks
                base = base.base
            elif isinstance(base, _Array) and type(base.base) is _Array:
                base = base.base  # a view of another class, np.matrix say
        if type(base) is not _Array:
            return x
        x = base


def _clean(owner: Any, level: Any) -> None:
    """Replace numbers of an evaluation that has ended by their values."""
    slots = [s for kind in type(owner).__mro__ for s in getattr(kind, "__slots__", ())]
    for name in [*getattr(owner, "__dict__", ()), *(s for s in slots if hasattr(owner, s))]:
        value = getattr(owner, name, None)
        if isinstance(value, Number) and value._level is level:
            plain = value._value
            copied = plain.copy() if isinstance(plain, (_Array, Number)) else plain
            if isinstance(owner, type):
                type.__setattr__(owner, name, copied)
            elif name in getattr(owner, "__dict__", ()):
                owner.__dict__[name] = copied  # past properties that refuse, as poly1d's
            else:
                object.__setattr__(owner, name, copied)


# --- what rewritten code calls -------------------------------------------------------------------


def load(x: Any) -> Any:
    """x, or the number that stands for it."""
    if type(x) is _Array and _active:
        session = _session.get()
        known = session and session.shadows.get(id(_root(x)))
        if known:
            return known.of(x)
    return x


def loaded(x: Any) -> Any:
    """x, and what containers and dataclasses hold in it, as numbers where these stand for it."""
    if not _active:
        return x
    kind = type(x)
    if kind in (list, tuple):
        return kind(map(loaded, x))
    if kind is dict:
        return {key: loaded(item) for key, item in x.items()}
    if isinstance(x, tuple) and hasattr(kind, "_fields"):
        return kind(*map(loaded, x))
    if hasattr(kind, "__dataclass_fields__") and not isinstance(x, type):
        new = copy.copy(x)
        for name in kind.__dataclass_fields__:
            if hasattr(x, name):
                object.__setattr__(new, name, loaded(getattr(x, name)))
        return new
    return load(x)


def into(x: Any, *values: Any) -> Any:
    """The array that `values` are to be written into: x, or the number that stands for it."""
    if type(x) is not _Array:
        return x
    x = load(x)
    if type(x) is not _Array or x.dtype.kind not in "fc" or not holds_number(values):
        return x
    session = _session.get()
    if session is None:  # a generator that outlived its evaluation
        return x
    if not x.flags.writeable:
        raise ValueError("assignment destination is read-only")
    return session.shadow(x, highest(_numbers(values)))


def _numbers(values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for v in values:
        if isinstance(v, Number):
            found.append(v)
        elif isinstance(v, (list, tuple)):
            found += _numbers(v)
        elif type(v) is _Array and v.dtype == object:
            found += _numbers(v.ravel().tolist())
    return found


def shadowed_copy(old: np.ndarray, new: np.ndarray) -> None:
    """A number for `new`, a plain copy of `old`, where one stands for `old`."""
    number, session = load(old), _session.get()
    if session is not None and isinstance(number, Number):
        session.shadow(new, number)[...] = number


def new_array(make: Any, *args: Any, **keywords: Any) -> Any:
    """An array that can hold derivatives from the start, for code whose writes are not seen."""
    out = make(*args, **keywords)
    session = _session.get()
    if session is None or type(out) is not _Array or out.dtype.kind not in "fc":
        return out
    maker = session.makers[-1]
    if maker is None:
        return out
    number = maker._plain_zeros(np.zeros_like(out))
    number[...] = out
    return number


class _Target:
    """A plain array that is assigned to: ``_Target(x)[index] = v``."""

    __slots__ = ("x",)

    def __init__(self, x: np.ndarray) -> None:
        self.x = x

    def __setitem__(self, index: Any, v: Any) -> None:
        x = into(self.x, v)
        if type(x) is not _Array:
            x[index] = as_array(v)
        elif x.dtype.kind in "biu":  # NumPy cuts the fraction off
            x[index] = primal(as_array(v)) if holds_number(v) else v
        else:
            x[index] = v


def target(x: Any) -> Any:
    """What an item is assigned to in place of x."""
    return _Target(x) if type(x) is _Array else x


def holder(x: Any) -> Any:
    """x, whose attribute is about to be set."""
    session = _session.get()
    if session is not None:
        session.holders[id(x)] = x
    return x


def meet_operators() -> None:
    """An object is read whose class has operators of the user's own."""
    session = _session.get()
    if session is not None and not session.operators:
        session.operators = True
        session.check()


def in_session() -> bool:
    """Whether a lifted evaluation runs."""
    return _session.get() is not None


def shadowed() -> frozenset[int]:
    """The arrays that have shadows now, for `fade`."""
    session = _session.get()
    return frozenset(session.shadows) if session and _active else frozenset()


def fade(known: frozenset[int]) -> None:
    """Arrays hold plain values again that have got their shadows since `shadowed`.

    For an evaluation that is no part of the user's own, such as a solver's Jacobian: what it
    leaves in work arrays must not stand in the way of the next one.
    """
    session = _session.get()
    if session is None:
        return
    for key in [key for key in session.shadows if key not in known]:
        shadow = session.shadows.pop(key)
        shadow.root[...] = primal(shadow.number)
    if not session.shadows:
        _active.discard(id(session))


def is_thorough() -> bool:
    """Whether operators of the user's classes are lifted, too."""
    session = _session.get()
    return session is not None and session.thorough


class Evaluation:
    """One lifted evaluation: joins the session of the thread, or makes one."""

    __slots__ = ("level", "session", "token")

    def __init__(self, level: Any, numbers: Sequence[Any], thorough: bool) -> None:
        self.level = level
        self.token: Any = None
        session = _session.get()
        if session is None:
            session = Session()
            self.token = _session.set(session)
        self.session = session
        session.thorough = session.thorough or thorough
        session.makers.append(highest([x for x in numbers if isinstance(x, Number)]))

    def end(self) -> None:
        """Leave the session; the outermost evaluation leaves nothing behind."""
        self.session.makers.pop()
        self.session.end(self.level)
        if self.token is not None:
            _session.reset(self.token)
            _active.discard(id(self.session))
            for shadow in self.session.shadows.values():
                # Numbers of an evaluation further out, which does not run lifted yet: it must.
                met = "a differentiated number was stored in an array by an inner derivative"
                note(EscapeError(met, "an array made within the inner function"), shadow.number)


__all__ = [
    "Evaluation",
    "fade",
    "holder",
    "in_session",
    "into",
    "is_thorough",
    "load",
    "loaded",
    "meet_operators",
    "new_array",
    "shadowed",
    "shadowed_copy",
    "target",
]
