"""The error tree, and the way to the user's line.

Every error is a `DualadError` and also the built-in exception that a Python user expects.
Its message has three short lines: what was met, where (the user's file and line), and what
to write instead.
"""

from __future__ import annotations

import os
import sys
from types import CodeType, FrameType
from typing import Any

__all__ = [
    "DerivativeCheckError",
    "DerivativeWarning",
    "DualadError",
    "EscapeError",
    "InputError",
    "InputTypeError",
    "LevelError",
    "NoRuleError",
    "NonScalarOutputError",
    "NotElementwiseError",
    "NotYetError",
    "OutputError",
    "WorkerError",
]

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# A frame is the user's own unless its file belongs to dualad, to a library that computes for the
# user, or to Python itself. The answer is kept by file name: recording a graph asks for it once a
# node.
_INTERNAL: dict[str, bool] = {}
_LIBRARIES = ("numpy", "scipy", "pandas", "numba")
_STDLIB = os.path.dirname(os.__file__) + os.sep


def _is_internal(filename: str) -> bool:
    parts = filename.split(os.sep)
    installed = "site-packages" in parts or "dist-packages" in parts
    answer = (
        filename.startswith(_HERE)
        or (installed and any(name in parts for name in _LIBRARIES))
        or (not installed and filename.startswith(_STDLIB))
    )
    _INTERNAL[filename] = answer
    return answer


def is_internal(filename: str) -> bool:
    """Whether code in this file is not the user's own."""
    known = _INTERNAL.get(filename)
    return _is_internal(filename) if known is None else known


def user_frame(depth: int = 1) -> FrameType | None:
    """The innermost frame of the user's own code.

    Parameters
    ----------
    depth : int
        How many frames above the caller the search starts.

    Returns
    -------
    frame or None
        None where every frame is internal (code run by dualad's own command line).
    """
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        filename = frame.f_code.co_filename
        internal = _INTERNAL.get(filename)
        if internal is None:
            internal = _is_internal(filename)
        if not internal:
            return frame
        frame = frame.f_back
    return None


def user_place(depth: int = 1) -> tuple[CodeType, int] | None:
    """(code object, instruction) of the user's frame: cheap to keep, see `place_text`."""
    frame = user_frame(depth + 1)
    return None if frame is None else (frame.f_code, frame.f_lasti)


def place_line(place: tuple[CodeType, int] | None) -> tuple[str, int]:
    """(file name, line number) of a place; ("<unknown>", 0) where it is None."""
    if place is None:
        return "<unknown>", 0
    code, instruction = place
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            return code.co_filename, line
    return code.co_filename, code.co_firstlineno


def place_text(place: tuple[CodeType, int] | None) -> str:
    """`file.py, line 41: y = np.unwrap(phase)`, as far as it can be found."""
    return line_text(*place_line(place))


def line_text(filename: str, line: int) -> str:
    """As `place_text`, of a line that is known by its number."""
    import linecache  # only errors and drawings come here

    source = linecache.getline(filename, line).strip()
    text = f"{filename}, line {line}"
    return f"{text}: {source}" if source else text


def shown(x: object) -> str:
    """x for a message: its repr in one short line."""
    text = " ".join(repr(x).split())
    return text if len(text) <= 60 else text[:57] + "..."


def counted(number: int, noun: str) -> str:
    """A number of things for a message."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class DualadError(Exception):
    """The base of every error that dualad raises.

    Parameters
    ----------
    met : str
        What was met, in one sentence.
    instead : str, optional
        What to write instead.
    place : (code, int) or str, optional
        Where; by default the innermost frame of the user's code.
    """

    met: str
    instead: str
    where: str
    stated: bool = False  # whether whoever raised it knows the line, whatever the frames say

    def __init__(
        self,
        met: str,
        instead: str = "",
        place: tuple[CodeType, int] | str | None = None,
    ) -> None:
        self.met = met
        self.instead = instead
        self.stated = isinstance(place, str)
        super().__init__()
        self.move(place if place is not None else user_place(2))

    def move(self, place: tuple[CodeType, int] | str | None) -> None:
        """Name another place."""
        self.where = place if isinstance(place, str) else place_text(place)
        lines = [self.met, f"  in       {self.where}"]
        if self.instead:
            lines.append(f"  instead  {self.instead}")
        self.args = ("\n".join(lines),)

    def __reduce__(self) -> tuple[object, ...]:
        # A code object does not pickle; a worker process sends the text.
        return _rebuild, (type(self), self.met, self.instead, self.where, self.args)


def _rebuild(
    cls: type[DualadError], met: str, instead: str, where: str, args: tuple[str, ...]
) -> DualadError:
    error = cls.__new__(cls)
    error.met, error.instead, error.where, error.args = met, instead, where, args
    return error


class NoRuleError(DualadError, TypeError):
    """An operation without a derivative rule was met."""


class EscapeError(DualadError, TypeError):
    """A dual number was about to lose its derivative: `float(x)`, `np.asarray(x)`, `x[dual]`."""

    # The evaluations in which the escape has been noted.
    levels: tuple[Any, ...] = ()


class NotYetError(DualadError, NotImplementedError):
    """The keyword belongs to a capability that has not landed yet."""


class InputError(DualadError, ValueError):
    """An argument has the wrong value or shape."""


class InputTypeError(DualadError, TypeError):
    """An argument has a type that cannot be differentiated."""


class OutputError(DualadError, TypeError):
    """The differentiated function returned something that is not a number or an array."""


class NonScalarOutputError(DualadError, ValueError):
    """`grad` needs a function that returns one number."""


class NotElementwiseError(DualadError, ValueError):
    """`derivative` of an array needs a function that maps each element on its own."""


class LevelError(DualadError, ValueError):
    """A number left the evaluation that it belongs to, or numbers of two makes met."""


class DerivativeCheckError(DualadError, AssertionError):
    """`check_derivatives` found two derivatives that do not agree."""


class WorkerError(DualadError, RuntimeError):
    """A worker process died, or a map did not return what it was given to do."""


class DerivativeWarning(UserWarning):
    """The derivative of what was executed may not be the derivative of the function."""


_REGISTRIES: dict[str, dict[str, object]] = {}


def warn_at(text: str, filename: str, line: int, module: dict[str, object] | None = None) -> None:
    """A `DerivativeWarning` as if the user's own line had issued it, once by Python's rules.

    Parameters
    ----------
    text : str
        The same for one line every time, so that the ordinary filters see a repetition.
    filename, line
        Where.
    module : dict, optional
        The globals of the user's module; by default they are looked for.
    """
    import warnings

    if module is None:
        found = (m for m in list(sys.modules.values()) if getattr(m, "__file__", 0) == filename)
        module = next((vars(m) for m in found), None)
    space = _REGISTRIES.setdefault(filename, {}) if module is None else module
    registry: dict[str | tuple[str, type[Warning], int], int]
    registry = space.setdefault("__warningregistry__", {})  # type: ignore[assignment]  # as Python has it
    name = str(space.get("__name__") or filename)
    warnings.warn_explicit(text, DerivativeWarning, filename, line, name, registry)
