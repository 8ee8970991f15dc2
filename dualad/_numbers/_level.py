"""Levels: which evaluation a number belongs to, and silence for derivative arithmetic.

Every derivative that is being computed has a *level*, a fresh and larger integer each time, so
that nested derivatives never confuse their perturbations [1]_: of two numbers that meet in an
operation, the one of the higher level is the active one and the other is a constant to it. All
state of an evaluation lives in its level object, and the level in the numbers, so that any number
of threads may differentiate at once.

References
----------
.. [1] J. Siskind, B. Pearlmutter, "Nesting forward-mode AD in a functional framework", 2008.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

_counter = itertools.count(1)  # next() is atomic


class Level:
    """One evaluation.

    Attributes
    ----------
    n : int
        The number of the level; larger is further in. Numbers made by hand live at 0.
    shape : tuple of int
        How the tangents are laid out: ``(k,)`` for duals, ``(k1, k2)`` or ``(k,)`` (symmetric)
        for hyper-duals, ``()`` for graphs.
    escape : Exception or None
        The first attempt of user code to drop a derivative (``float(x)``), kept here because
        user code may swallow the exception.
    closed : bool
        The user's function has returned; a number that is still in use has been kept somewhere.
    kinked : bool
        A hyper-dual has met a kink that a function of it may smooth away, see `_kinks`.
    watch : object or None
        What is told of comparisons in user code, see `_watch`.
    """

    __slots__ = ("closed", "escape", "kinked", "n", "shape", "watch")

    def __init__(self, shape: tuple[int, ...] = (), n: int | None = None) -> None:
        self.n = next(_counter) if n is None else n
        self.shape = shape
        self.escape: Exception | None = None
        self.closed = False
        self.kinked = False
        self.watch: Any = None

    def __repr__(self) -> str:
        return f"<level {self.n}, lanes {self.shape}>"


_BY_HAND: dict[tuple[str, tuple[int, ...]], Level] = {}


def level_by_hand(kind: str, shape: tuple[int, ...]) -> Level:
    """The level of numbers made by hand with these lanes; numbers of one such level combine."""
    return _BY_HAND.setdefault((kind, shape), Level(shape, n=0))


# --- silence -----------------------------------------------------------------------------------
# The user sees the floating-point warnings of the plain call and no others, so every derivative
# formula runs with warnings ignored. `np.errstate` costs about a microsecond, ten times what
# setting its context variable costs; hence the two private names, with the public way as
# fallback. One call for value and tangents together runs on the alert: if anything is raised, value
# and tangents are computed apart.
hush: Callable[[], Any]
alert: Callable[[], Any]
unhush: Callable[[Any], None]
try:
    from numpy._core.umath import _extobj_contextvar, _make_extobj

    _IGNORE = _make_extobj(all="ignore")

    # Ignores floating-point warnings in this context; returns the token for `unhush`.
    hush = functools.partial(_extobj_contextvar.set, _IGNORE)
    # Raises FloatingPointError in this context, but for underflow.
    alert = functools.partial(_extobj_contextvar.set, _make_extobj(all="raise", under="ignore"))
    unhush = _extobj_contextvar.reset
except ImportError:  # pragma: no cover - a NumPy that moved its private names

    def hush() -> Any:
        """Ignore floating-point warnings in this context; returns the token for `unhush`."""
        state = np.errstate(all="ignore")
        state.__enter__()
        return state

    def alert() -> Any:
        """Raise FloatingPointError in this context, but for underflow."""
        state = np.errstate(all="raise", under="ignore")
        state.__enter__()
        return state

    def unhush(token: Any) -> None:
        """Undo one `hush` or `alert`."""
        token.__exit__(None, None, None)
