"""Warnings that name the user's line, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from .._errors import place_line, warn_at

if TYPE_CHECKING:
    from ._judge import Finding

# What is wrong, and what to do; the same text every time, so that each line warns once.
TEXTS: dict[str, tuple[str, str]] = {}


def _text(kind: str, met: str, instead: str) -> None:
    TEXTS[kind] = met, instead


_text(
    "equality",
    "this branch is taken only because differentiated values are equal here; the derivative "
    "is that of the branch, and the function around this point has another value or derivative",
    "a formula that holds on both sides (np.sinc, scipy.special.xlogy, np.where with safe "
    "arguments), or da.primal(x) if the branch is meant to be a constant",
)
_text(
    "branch",
    "a small step of the input would turn this comparison, and with it the value or the derivative"
    ": a kink, a jump, a tie, or an iteration that stopped before its derivative had converged",
    "np.maximum or np.abs for kinks with a convention; a smooth function; for iterations a tighter "
    "tolerance, one more step, or the derivative of the equation that they solve",
)
_text(
    "order",
    "equal values are ordered here, and a small step of the input would order them another way: "
    "the derivative is that of one order",
    "np.max, np.min, np.sort or np.median, which share ties or take values only",
)
_text(
    "step",
    "a small step of the input would change this rounding, counting or ordering: the value jumps "
    "here, or its derivative does",
    "interpolation or a smooth function, or a point beside the jump",
)
_text(
    "rounded",
    "the result depends on its input only through this rounding, counting or ordering: its "
    "derivative is zero although the function changes, in jumps",
    "interpolation or a smooth function in place of the rounded one",
)
_text(
    "jumps",
    "the result depends on its input only through comparisons such as this one: its derivative is "
    "zero although the function changes, in jumps",
    "a smooth transition (a sigmoid, a soft count), or the time of the event by interpolation",
)

_silent: ContextVar[bool] = ContextVar("dualad_silent", default=False)


@contextmanager
def silenced() -> Iterator[None]:
    """No warnings in this context: whoever asks compares the derivative with differences anyway."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def is_silent() -> bool:
    """Whether warnings are not wanted in this context."""
    return _silent.get()


def warn(findings: Iterable[Finding]) -> None:
    """Issue a `DerivativeWarning` for each line of user code that is to blame."""
    if _silent.get():
        return
    done: set[Any] = set()
    for finding in findings:
        if finding.settled:
            continue
        filename, line = place_line(finding.place[:2])
        if (filename, line) in done:
            continue
        done.add((filename, line))
        met, instead = TEXTS[finding.kind]
        warn_at(f"{met}. Instead: {instead}", filename, line, finding.place.module)
