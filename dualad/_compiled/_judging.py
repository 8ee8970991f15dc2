"""The judgement of tests for equality that compiled code has noted, as `_trust` judges eager ones.

The same driver runs again with the tests answered the other way round. If the value stays, its
derivative is that of the function, and is the answer: a special case with the value of the formula.
If value or derivative tell two functions, a `DerivativeWarning` names the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import warn_at
from .._numbers._near import direction_weights
from .._trust._report import TEXTS, is_silent
from . import _drivers, _notes
from ._notes import Repeats

VALUE, SLOPE = 1e-9, 1e-6  # as `_trust._judge` has them


def kept(driver: Any, args: Sequence[Any]) -> Sequence[Any]:
    """The arguments as they are before a call that may write into them."""
    how: Repeats | None = getattr(driver, "_dualad_repeats", None)
    return args if how is None or not how.writes else _copied(how, args)


def _copied(how: Repeats, args: Sequence[Any]) -> list[Any]:
    head = len(args) - how.arguments
    return [a.copy() if i >= head and isinstance(a, np.ndarray) else a for i, a in enumerate(args)]


def judged(f: Any, driver: Any, args: Sequence[Any], words: np.ndarray, out: Any) -> Any:
    """The answer of a driver whose run has noted places: `out`, or that of the runs without them.

    `args` are the arguments as they were before.
    """
    found: dict[tuple[str, int], list[int]] = {}
    for pointer, place in _notes.places(words):
        found.setdefault(place, []).append(pointer)
    how: Repeats | None = getattr(driver, "_dualad_repeats", None)
    if how is None or how.once:
        _warn(f, list(found))
        return out
    try:
        if how.tape:
            met = _met_forward(f, how, args, set(found))
            found = {place: pointers for place, pointers in found.items() if place in met}
        if not found:
            return out
        return _Judge(driver, how, args, words, out).answer(f, found)
    finally:
        _notes.begin()


def _met_forward(f: Any, how: Repeats, args: Sequence[Any], found: set[Any]) -> set[Any]:
    """Places where derivatives differ along one direction: a tape knows only what is no constant.

    So one test is doubtful in every mode or in none.
    """
    given = (_copied(how, args) if how.writes else args)[len(args) - how.arguments :]
    leaves = [leaf for i in how.positions for leaf in _leaves(given[i])]
    seeds = np.ascontiguousarray(direction_weights(leaves, None).reshape(-1, 1), np.float64)
    count = how.arguments - len(how.keywords)
    driver = _drivers.forward(f, count, how.keywords, how.positions, 1, True)
    words = _notes.begin()
    try:
        driver(seeds, 1, *given)
    except Exception:  # noqa: BLE001  # what forward mode does not take
        return found
    return {place for _, place in _notes.places(words)}


class _Judge:
    """Runs of one driver with tests answered the other way round, and what comes of them."""

    def __init__(
        self, driver: Any, how: Repeats, args: Sequence[Any], words: np.ndarray, out: Any
    ) -> None:
        self.driver, self.how, self.args, self.words, self.out = driver, how, args, words, out
        self.refused = False  # the code on the other side has raised an exception of its own
        head = len(args) - how.arguments
        sizes = [_largest(leaf) for i in how.positions for leaf in _leaves(args[head + i])]
        self.size = max(sizes, default=0.0) or 1.0
        # A recording has no derivative yet: its second member are variables.
        self.records = np.asarray(out[1]).dtype.kind == "i"

    def answer(self, f: Any, found: dict[tuple[str, int], list[int]]) -> Any:
        every = _pointers(found, list(found))
        side = self._turned(_notes.LISTED, every) if self.how.tape else self._turned(_notes.ALL)
        if self._same(side):
            return self._as_it_was()
        if self._joined(side):
            return side
        refused = self.refused
        good = self._good(found)
        answer: Any = None
        if good:
            answer = self._turned(_notes.LISTED, _pointers(found, good))
        guilty = [p for p in found if p not in good and not self._harmless(p, good, found)]
        if not refused:
            _warn(f, guilty)
        if answer is None or self._same(answer):
            return self._as_it_was()
        return self._turned(_notes.LISTED, _pointers(found, good))

    def _good(self, found: Any) -> list[Any]:
        """Places without which the value is the same, alone and together."""
        if len(found) == 1:
            return []
        good = [p for p in found if self._joined(self._turned(_notes.LISTED, found[p]))]
        together = self._turned(_notes.LISTED, _pointers(found, good)) if good else None
        return good if self._joined(together) else []

    def _harmless(self, place: Any, good: list[Any], found: Any) -> bool:
        if len(found) == 1:
            return False
        side = self._turned(_notes.LISTED, _pointers(found, [*good, place]))
        return self._joined(side) if good else self._same(side)

    def _as_it_was(self) -> Any:
        """The answer of the run itself, whose tape is to be there, too."""
        return self._turned(_notes.AS_IT_IS) if self.records else self.out

    def _turned(self, mode: int, pointers: list[int] | None = None) -> Any:
        """The answer of another run; None where it has none."""
        _notes.turn(self.words, mode, pointers)
        args = _copied(self.how, self.args) if self.how.writes else self.args
        try:
            return self.driver(*args)
        except Exception as error:  # noqa: BLE001  # whatever the other branch raises
            self.refused = not isinstance(error, ArithmeticError)
            return None

    def _same(self, side: Any) -> bool:
        """Whether value and derivative are those of the run itself."""
        if not self._same_value(side):
            return False
        if self.records:
            return False
        a, b = (np.asarray(out[1]) for out in (self.out, side))
        return a.shape == b.shape and _near(a, b, SLOPE * max(_largest(a), _largest(b)))

    def _joined(self, side: Any) -> bool:
        """Whether the value is that of the run itself, and there is a derivative."""
        return self._same_value(side) and bool(np.isfinite(side[1]).all())

    def _same_value(self, side: Any) -> bool:
        if side is None:
            return False
        ours, theirs = _leaves(self.out[0]), _leaves(side[0])
        if len(ours) != len(theirs) or any(
            a.shape != b.shape for a, b in zip(ours, theirs, strict=True)
        ):
            return False
        row, rows = 0, sum(a.size for a in ours)
        for a, b in zip(ours, theirs, strict=True):
            slopes = [_part(out[1], row, a.size, rows) for out in (self.out, side)]
            row += a.size
            reach = 0.0 if self.records else self.size * max(map(_largest, slopes))
            scale = max(_largest(a), reach)
            relative = max(VALUE, 32.0 * float(np.finfo(a.dtype).eps) if a.dtype.kind == "f" else 0)
            if not _near(a, b, relative * scale):
                return False
        return True


def _pointers(found: dict[Any, list[int]], places: list[Any]) -> list[int]:
    return [pointer for p in places for pointer in found[p]]


def _leaves(x: Any) -> list[np.ndarray]:
    """The numbers of a result, whatever holds them."""
    if isinstance(x, (tuple, list)):
        return [leaf for member in x for leaf in _leaves(member)]
    leaf = np.asarray(x)
    return [leaf] if leaf.dtype.kind in "fiub" else []


def _part(derivative: Any, row: int, count: int, rows: int) -> np.ndarray:
    """The rows of a derivative that belong to some numbers of the result."""
    found = np.asarray(derivative)
    if not rows or found.size % rows:
        return found
    return found.reshape((rows, -1))[row : row + count]


def _largest(x: Any) -> float:
    """The largest finite magnitude."""
    x = np.abs(np.asarray(x, np.float64))
    return float(x[np.isfinite(x)].max(initial=0.0))


def _near(a: np.ndarray, b: np.ndarray, allowed: float) -> bool:
    with np.errstate(all="ignore"):
        a, b = a.astype(np.float64), b.astype(np.float64)
        same = (np.abs(a - b) <= allowed) | (a == b) | (np.isnan(a) & np.isnan(b))
    return bool(same.all())


def _warn(f: Any, places: list[tuple[str, int]]) -> None:
    if is_silent():
        return
    met, instead = TEXTS["equality"]
    own = f.py_func.__code__.co_filename
    for filename, line in places:
        space = f.py_func.__globals__ if filename == own else None
        warn_at(f"{met}. Instead: {instead}", filename, line, space)
