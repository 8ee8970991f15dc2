"""Telling of NaNs that a careful pass meets: each line once in a pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .._errors import place_line, user_place, warn_at
from ._number import primal

_INSTEAD = (
    "Write np.linalg.norm(x) for sqrt(sum(x**2)), abs(x) for sqrt(x*x), scipy.special.xlogy for "
    "x*log(x)"
)


# Without a limit at the origin; in the exponent of a negative base.
_BY_CONVENTION = (np.arctan2, np.power, np.float_power)


class Told:
    """What a pass has told.

    Attributes
    ----------
    lines : set
        Files and lines that have been named.
    excused : bool
        A partial derivative is NaN by convention: NaNs that follow say nothing new.
    """

    __slots__ = ("excused", "lines")

    def __init__(self) -> None:
        self.lines: set[Any] = set()
        self.excused = False


_told: ContextVar[Told | None] = ContextVar("dualad_told", default=None)


@contextmanager
def telling() -> Iterator[Told]:
    """A pass that names each line once."""
    told = Told()
    token = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(token)


def excuse(row: Any, p: Any) -> None:
    """NaNs that follow a partial derivative that is NaN by convention say nothing new."""
    told = _told.get()
    if told is None or not np.isnan(primal(p)).any():
        return
    # Rows of partial derivatives, which are no ufuncs, have the edges of their functions.
    if row.fn in _BY_CONVENTION or not isinstance(row.fn, np.ufunc):
        told.excused = True


def tell_indeterminate(place: Any) -> None:
    """Say that a computed zero met an infinite partial derivative."""
    _tell(
        "the derivative is 0 * inf here, and so NaN: a computed zero met an infinite partial "
        f"derivative. {_INSTEAD}",
        place,
    )


def tell_nan(value: Any, parts: Any) -> None:
    """Say where derivatives of a finite value first become NaN for any other reason."""
    told = _told.get()
    if told is None or told.excused or told.lines:
        return
    found = np.isnan(primal(parts))
    if not found.any():
        return
    finite = np.isfinite(primal(value))
    if np.all(finite) or np.any(found.any(axis=0) & finite):
        _tell(
            "the derivative is NaN here, although the value is finite: infinite derivatives of "
            f"opposite sign met, or a formula fails at this point. {_INSTEAD}",
            user_place(),
        )


def _tell(text: str, place: Any) -> None:
    filename, line = place_line(place)
    told = _told.get()
    if told is not None:
        if (filename, line) in told.lines:
            return
        told.lines.add((filename, line))
    warn_at(text, filename, line)
