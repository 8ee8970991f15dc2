"""Numba's errors in one sentence, with the user's line and what to write instead."""

from __future__ import annotations

import re
from typing import Any

from .._errors import DualadError, NotYetError, is_internal, line_text

DRAWS_AGAIN = "dualad: random numbers would be drawn again"
WRITES_AGAIN = "dualad: an object would be written again"

_PLACE = re.compile(r"at (\S[^\n]*?\.py|<ipython[^>\n]*>|<stdin>) \((\d+)\)")
_FUNCTION = re.compile(r"No implementation of function (?:Function\()?<?(.*?)>?\)? found")
_CALL = re.compile(r">>> ([\w.]+)\((.*)\)")
_NUMBER = r"(?:Careful)?(?:Dual|Jet|Cube|Var|Lin)\w*"


def explained(error: Exception, f: Any) -> DualadError:
    """The error to raise in place of Numba's, which becomes its cause."""
    text = str(error)
    met, instead = _sentence(text)
    return NotYetError(met, instead, place=_place(text, f))


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


def _sentence(text: str) -> tuple[str, str]:
    if "setitem" in text and re.search(_NUMBER, text):
        return (
            "a differentiated value is stored into an array that holds plain floats",
            "make the array inside the function, or pass it as an argument of its own",
        )
    if match := re.search(r"dualad: a result of type ([^\n]*) cannot", text):
        return (
            f"a function that returns {_plainly(match[1])} cannot be differentiated",
            "return numbers, arrays, or tuples of them, on every path",
        )
    if match := re.search(r"dualad: ([^\n]*)", text):
        met, _, instead = match[1].partition("; ")
        return _plainly(met), instead or "f.py_func, the function before it was compiled"
    if match := re.search(rf"Cannot cast {_NUMBER} to (\w+)", text):
        return (
            f"a differentiated value would become a plain {match[1]} here, and lose its derivative",
            "an array or a local variable; class fields and explicit signatures hold plain numbers",
        )
    if match := re.search(r"Cannot unify ([^\n]*) and ([^\n]*?) for '([\w.]*)'", text):
        one, other = (_plainly(match[i]) for i in (1, 2))
        name = match[3].split(".")[0].lstrip("$")
        return f"the variable {name} is a {one} in one place and a {other} in another", "two names"
    if match := _CALL.search(text):
        return (
            f"no derivative rule for {match[1]}({_plainly(match[2])}) in compiled code",
            "f.py_func, the function before it was compiled, or other functions",
        )
    if match := re.search(r"Unknown attribute '(\w+)'", text):
        return f"no derivative rule for the attribute {match[1]} in compiled code", "f.py_func"
    first = next((s.strip() for s in text.splitlines() if s.strip() and "Failed in" not in s), text)
    return f"Numba cannot compile the derivative of this: {_plainly(first)}", "f.py_func"
