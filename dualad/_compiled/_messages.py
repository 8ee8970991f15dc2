"""Numba's errors in one sentence, with the user's line and what to write instead."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

from .._errors import DualadError, NotYetError, is_internal, line_text

DRAWS_AGAIN = "dualad: random numbers would be drawn again"
WRITES_AGAIN = "dualad: an object would be written again"

_PLACE = re.compile(r"at (\S[^\n]*?\.py|<ipython[^>\n]*>|<stdin>) \((\d+)\)")
_FUNCTION = re.compile(r"No implementation of function (?:Function\()?<?(.*?)>?\)? found")
_CALL = re.compile(r">>> ([\w.]+)\((.*)\)")
_NUMBER = r"(?:Careful)?(?:Dual|Jet|Cube|Var|Lin)\w*"


def explained(error: Exception, f: Any, args: Sequence[Any] = ()) -> DualadError:
    """The error to raise in place of Numba's, which becomes its cause.

    `args` are those of a driver: its own, and then those of f.
    """
    text = str(error)
    own = None if "dualad: " in text else _of_f_itself(f, args)
    if own is not None:
        met = f"Numba cannot compile {f.__name__} itself: {_first_words(own)}"
        return NotYetError(met, "a call that works without derivatives", place=_place(own, f))
    met, instead = _sentence(text)
    return NotYetError(met, instead, place=_place(text, f))


def _of_f_itself(f: Any, args: Sequence[Any]) -> str | None:
    """What Numba says of f on the same arguments; None where it compiles."""
    tails = [args[own:] for own in range(4)]  # what comes first is the driver's own
    said = [_of_call(f, tail) for tail in tails if _binds(f, tail)]
    return said[-1] if said and all(said) else None


def _binds(f: Any, args: Sequence[Any]) -> bool:
    try:
        inspect.signature(f.py_func).bind(*args)
    except (TypeError, ValueError):
        return False
    return True


def _of_call(f: Any, args: Sequence[Any]) -> str | None:
    from numba import typeof
    from numba.core.errors import NumbaError

    try:
        f.compile(tuple(typeof(x) for x in args))
    except NumbaError as error:
        return str(error)
    except Exception:  # noqa: BLE001  # not this call: another signature, or no type
        return None
    return None


def _first_words(text: str) -> str:
    """What Numba's message says is wrong: its first line, or the call that it does not know."""
    if (match := _CALL.search(text)) and "No implementation" in text:
        return f"no {match[1]}({_plainly(match[2])})"
    lines = [s.strip() for s in text.splitlines()]
    return next((s for s in lines if s and "Failed in" not in s), "an internal error")


def _place(text: str, f: Any) -> str:
    """The user's line that Numba names first: the innermost."""
    for filename, line in _PLACE.findall(text):
        if not is_internal(filename):
            return line_text(filename, int(line))
    code = f.py_func.__code__
    return line_text(code.co_filename, code.co_firstlineno)


def _plainly(text: str) -> str:
    """Numba's words for types in the user's."""
    text = re.sub(
        rf"array\({_NUMBER}_float(\d+), (\d)d, (\w)\)", r"differentiated \2-d array", text
    )
    text = re.sub(rf"{_NUMBER}_float(\d+)", "differentiated float", text)
    return re.sub(r"array\((\w+), (\d)d, \w\)", r"\1 \2-d array", text)


def _own(text: str) -> tuple[str, str]:
    """What dualad has said itself: what was met, a semicolon, what to write instead."""
    if match := re.match(r"a result of type (.*) cannot", text):
        return (
            f"a function that returns {_plainly(match[1])} cannot be differentiated",
            "return numbers, arrays, or tuples of them, on every path",
        )
    met, _, instead = text.partition("; ")
    return _plainly(met), instead or "f.py_func, the function before it was compiled"


def _sentence(text: str) -> tuple[str, str]:
    if match := re.search(r"dualad: ([^\n]*)", text):
        return _own(match[1])
    if "setitem" in text and "DictType" in text:
        return (
            "a differentiated value is stored into a dict that holds plain floats",
            "make the dict inside the function",
        )
    if "setitem" in text and re.search(_NUMBER, text):
        return (
            "a differentiated value is stored into an array that holds plain floats",
            "make the array inside the function, or pass it as an argument of its own",
        )
    if match := re.search(rf"Cannot cast {_NUMBER} to (\w+)", text):
        return (
            f"a differentiated value would become a plain {match[1]} here, and lose its derivative",
            "an array or a local variable; class fields and explicit signatures hold plain numbers",
        )
    if match := re.search(r"Cannot unify ([^\n]*) and ([^\n]*?) for '([\w.]*)'", text):
        one, other = (_plainly(match[i]) for i in (1, 2))
        name = match[3].split(".")[0].lstrip("$")
        return f"the variable {name} is a {one} in one place and a {other} in another", "two names"
    if "getiter" in text and "Dispatcher" in text:
        return "a loop goes over a tuple of compiled functions", "one call for each function"
    if match := _CALL.search(text):
        return (
            f"no derivative rule for {match[1]}({_plainly(match[2])}) in compiled code",
            "f.py_func, the function before it was compiled, or other functions",
        )
    if match := re.search(r"Unknown attribute '(\w+)'", text):
        return f"no derivative rule for the attribute {match[1]} in compiled code", "f.py_func"
    return (
        f"Numba cannot compile the derivative of this: {_plainly(_first_words(text))}",
        "f.py_func",
    )
