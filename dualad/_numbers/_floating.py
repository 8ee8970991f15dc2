"""Floating-point warnings of the user's function, at the user's line.

NumPy's warnings name the Python code that called it, which under differentiation is dualad's. While
the user's function runs, NumPy therefore hands its messages to `_Relay`, which warns in the name of
the nearest frame outside of dualad: the same message, category, file and line as in the plain call,
and remembered there, so that each line warns once. A user's own ``np.errstate`` or ``np.seterr``
stays as it is.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

from .._errors import _HERE
from ._level import hush, unhush

relay: Callable[[], Any]
unrelay: Callable[[Any], None]


class _Relay:
    """What NumPy writes its floating-point messages to."""

    def write(self, message: str) -> None:
        """Issue the warning that NumPy would have issued."""
        frame: Any = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
            frame = frame.f_back
        names = frame.f_globals
        warnings.warn_explicit(
            message.removeprefix("Warning: ").rstrip(),
            RuntimeWarning,
            frame.f_code.co_filename,
            frame.f_lineno,
            names.get("__name__", "<unknown>"),
            names.setdefault("__warningregistry__", {}),
        )


try:
    # In a context of its own NumPy has its own settings: a warning for all but underflow.
    import contextvars

    from numpy._core.umath import _extobj_contextvar, _make_extobj

    _USUAL = contextvars.Context().run(_extobj_contextvar.get)
    _RELAYED = _make_extobj(divide="log", over="log", invalid="log", under="ignore", call=_Relay())

    def relay() -> Any:
        """Let warnings name the user's line, where nothing but NumPy's defaults is set."""
        if _extobj_contextvar.get() is _USUAL:
            return _extobj_contextvar.set(_RELAYED)
        return None

    def unrelay(token: Any) -> None:
        """Undo one `relay`, unless the user's function has called ``np.seterr``."""
        if token is not None and _extobj_contextvar.get() is _RELAYED:
            _extobj_contextvar.reset(token)

except ImportError:  # pragma: no cover - a NumPy that moved its private names

    def relay() -> Any:
        """Leave warnings as they are."""
        return None

    def unrelay(token: Any) -> None:
        """Nothing to undo."""


def quietly(function: Callable[..., Any], *args: Any) -> Any:
    """A run that repeats one whose warnings the user has seen."""
    token = hush()
    try:
        return function(*args)
    finally:
        unhush(token)
