"""The boundary between the user's code and dualad: one call of the user's function.

Errors that say what to do instead are raised here even where user code has swallowed or wrapped
them, and a function that let a number escape is sent to be run once more, lifted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ._errors import DualadError, EscapeError, NotYetError
from ._lift import lift_instead, way_of
from ._native import as_node, is_compiled
from ._numbers import Level, Number
from ._numbers._floating import relay, unrelay
from ._warm import listen

listen()  # for compiled kernels


def run_user(
    f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any], level: Level
) -> Any:
    """Call the user's function; escapes are raised even where its code has swallowed them.

    Raises
    ------
    Relift
        The function let a number escape; it is to be run once more, lifted.
    """
    if is_compiled(f):
        f = as_node(f)
    token = relay()
    try:
        out = _run_lifted(f, args, keywords, level) if way_of(f) else f(*args, **keywords)
    except EscapeError as error:
        lift_instead(f, error)
        raise
    except DualadError:
        raise
    except Exception as error:
        # NumPy wraps what __array__ and __float__ raise; the escape itself says more.
        if level.escape is not None:
            _raise_escape(f, level.escape, error)
        if isinstance(error, TypeError) and _wants_an_array(error):
            lift_instead(f, EscapeError(f"a function written in C wants an array: {error}"))
        text = str(error)
        if type(error).__module__.startswith("numba.") or "can't unbox" in text:
            # Lifted, its calls of compiled functions are operations with rules of their own.
            met = "a function compiled with Numba met a differentiated number"
            lift_instead(f, EscapeError(met))
            if "'dualad." not in text and "can't unbox" not in text:
                raise  # the plain call fails as well
            raise NotYetError(
                f"{met} where dualad does not see the call",
                "f.py_func, the function before it was compiled",
            ) from error
        raise
    finally:
        unrelay(token)
        level.closed = True
    if level.escape is not None:
        _raise_escape(f, level.escape)
    return out


def _wants_an_array(error: TypeError) -> bool:
    """Whether a function written in C names one of our types as what it was given."""
    words = str(error).replace("'", " ").split()
    return any(kind.__name__ in words for kind in _kinds(Number))


def _kinds(kind: type) -> list[type]:
    below: list[type] = type.__subclasses__(kind)
    return [kind, *(k for sub in below for k in _kinds(sub))]


def _run_lifted(f: Any, args: tuple[Any, ...], keywords: dict[str, Any], level: Level) -> Any:
    from ._lift._calls import run_lifted

    return run_lifted(f, args, keywords, level)


def _raise_escape(f: Any, escape: Exception, cause: Exception | None = None) -> NoReturn:
    """Raise what user code has swallowed or NumPy has wrapped."""
    if isinstance(escape, EscapeError):
        lift_instead(f, escape)
    raise escape from cause
