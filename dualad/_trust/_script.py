"""A script: the decisions of one run, written down, turned by a small step, or repeated."""

from __future__ import annotations

import operator
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from .._numbers._near import (
    at_level,
    is_blind,
    nudged,
    numbers_at,
    plain,
    reach,
    same_decision,
)


class Abandon(BaseException):
    """The run leads nowhere: it decides too often, or other things than the run it repeats.

    Not an Exception, because user code catches those.
    """


Key = tuple[str, str, int]


class Decision(NamedTuple):
    """One decision of user code.

    Attributes
    ----------
    key : tuple
        Its place: file, name of the function, line.
    function : callable
        What decided: an operator, `bool`, `np.argsort`, ...
    result : object
    seen : tuple of bool
        Which directions reach the operands.
    margin : float
        For comparisons: the step, in parts of the input's size, that makes both sides equal.
    blind : bool
        An operand is 0 with the derivative 0, as abs(f(x)) and norm(f(x)) have it where f(x) is 0:
        the tangent tells nothing.
    own : bool
        The operands belong to no evaluation further in.
    """

    key: Key
    function: Any
    result: Any
    seen: tuple[bool, ...]
    margin: float
    blind: bool = False
    own: bool = True


class Place(NamedTuple):
    """A place in user code, and the module that it belongs to."""

    code: Any
    instruction: int
    module: Any


class Script:
    """What stands in the place of a watch while a judged run is made.

    Parameters
    ----------
    step : float
        How far operands of decisions are moved along the first direction; 0: not at all.
    only : set of keys, optional
        The places where they are moved; by default everywhere.
    replay : list of Decision, optional
        Decisions to be repeated one after the other.
    limit : int
        The number of decisions after which the run is given up.
    """

    __slots__ = ("last", "level", "limit", "log", "only", "places", "position", "replay", "step_")

    def __init__(
        self,
        step: float = 0.0,
        only: frozenset[Key] | None = None,
        replay: list[Decision] | None = None,
        limit: int = 10**6,
    ) -> None:
        self.step_, self.only, self.replay, self.limit = step, only, replay, limit
        self.position = 0
        self.log: list[Decision] = []
        self.places: dict[Key, Place] = {}
        self.level: Any = None
        self.last: dict[Any, Any] = {}  # as a watch has it; always empty

    # --- what numbers call ---------------------------------------------------------------------

    def compare(
        self, apply: Any, x: Any, y: Any, result: Any, frame: FrameType, own: bool = True
    ) -> Any:
        key = self._key(frame)
        if self.replay is not None:
            return self._next(key, apply)
        seen: tuple[bool, ...] = (False,)
        margin, blind = np.inf, False
        try:
            with np.errstate(all="ignore"):
                d = np.subtract(plain(x), plain(y))
                parts = [self._tangents(v) for v in (x, y)]
                t = _cancelled(*parts)
                seen = tuple(bool(np.any(lane)) for lane in t)
                margin = _smallest(d, t[0])
                blind = not seen[0] and is_blind(x, y)
                if self.step_ and (self.only is None or key in self.only) and seen[0]:
                    result = _turned(apply, d, self.step_ * t[0], result)
        except (TypeError, ValueError):  # text, None, shapes that do not fit
            pass
        return self._write(Decision(key, apply, result, seen, margin, blind, own))

    def step(
        self, function: Any, args: Any, keywords: Any, result: Any, frame: FrameType, own: bool
    ) -> Any:
        key = self._key(frame)
        if self.replay is not None:
            return self._next(key, function)
        numbers = numbers_at((args, keywords), self.level)
        blocks = [np.asarray(plain(x._parts())) for x in numbers]
        lanes = len(blocks[0]) if blocks else 1
        seen = tuple(any(bool(np.any(b[lane])) for b in blocks) for lane in range(lanes))
        moves = function is not format and any(seen)
        if self.step_ and (self.only is None or key in self.only) and moves:
            h = reach(function, self.step_)
            result = nudged(function, args, keywords, result, self.level, self, h)
        return self._write(Decision(key, function, result, seen, np.inf, False, own))

    def along(self, x: Any, _level: Any) -> Any:
        """The derivative of a number along the first direction."""
        return np.asarray(plain(x._parts()))[0]

    # --- the rest --------------------------------------------------------------------------------

    def settle(self, _tape: Any = None) -> bool:
        return False

    def _key(self, frame: FrameType) -> Key:
        code = frame.f_code
        # The line: the instruction is another one once the interpreter has specialized the code.
        key = code.co_filename, code.co_name, frame.f_lineno
        if key not in self.places:
            self.places[key] = Place(code, frame.f_lasti, frame.f_globals)
        return key

    def _tangents(self, x: Any) -> Any:
        own = at_level(x, self.level)
        k = self.level.shape[0]
        if own is None:
            return np.zeros((k,) + (1,) * np.ndim(plain(x)))
        return np.asarray(plain(own._parts()))[:k]

    def _write(self, decision: Decision) -> Any:
        if len(self.log) >= self.limit:
            raise Abandon
        self.log.append(decision)
        result = decision.result
        return result.copy() if isinstance(result, np.ndarray) else result

    def _next(self, key: Key, function: Any) -> Any:
        assert self.replay is not None
        if self.position >= len(self.replay):
            raise Abandon
        decision = self.replay[self.position]
        self.position += 1
        if decision.key != key or decision.function is not function:
            raise Abandon
        result = decision.result
        return result.copy() if isinstance(result, np.ndarray) else result


def _cancelled(a: Any, b: Any) -> Any:
    """a - b of two blocks of tangents, lanes first; differences that are rounding are 0."""
    extra = a.ndim - b.ndim
    if extra < 0:
        a = a.reshape(a.shape[:1] + (1,) * -extra + a.shape[1:])
    elif extra:
        b = b.reshape(b.shape[:1] + (1,) * extra + b.shape[1:])
    t = a - b
    return np.where(np.abs(t) <= 1e-12 * (np.abs(a) + np.abs(b)), 0.0, t)


def _smallest(d: Any, t: Any) -> float:
    """The smallest step that makes an element of d + step * t vanish."""
    ratio = np.abs(d) / np.abs(t)
    ratio = ratio[np.isfinite(ratio)] if np.ndim(ratio) else ratio
    return float(np.min(ratio, initial=np.inf)) if np.all(np.isfinite(ratio)) else np.inf


def _turned(apply: Any, d: Any, move: Any, result: Any) -> Any:
    """The comparison of a and b after a step, from d = a - b and the difference of their steps."""
    moved = apply(np.where(move != 0, d + move, d), 0.0)
    known = np.isfinite(d)
    if not np.ndim(result) and not isinstance(result, np.ndarray):
        return type(result)(moved) if bool(known) and bool(move != 0) else result
    return np.where(known & (move != 0), moved, result)


_EQUALITY = frozenset(
    (
        operator.eq,
        operator.ne,
        operator.contains,
        float.is_integer,
        bool,
        np.equal,
        np.not_equal,
        np.any,
        np.all,
        np.count_nonzero,
        np.nonzero,
        np.argwhere,
        np.flatnonzero,
        np.array_equal,
        np.array_equiv,
        np.isin,
        np.isclose,
        np.allclose,
        np.logical_and,
        np.logical_or,
        np.logical_not,
        np.logical_xor,
    )
)


def tests_equality(function: Any) -> bool:
    """Whether a decision is a test for equality, or for truth, which is inequality to zero."""
    return function in _EQUALITY


def turned_places(plain_log: list[Decision], other: list[Decision]) -> list[Decision]:
    """The decisions of a run that went another way in the other one, one for each place.

    The runs are compared as far as they decide the same things in the same order.
    """
    found: dict[Key, Decision] = {}
    for a, b in zip(plain_log, other, strict=False):
        if a.key != b.key or a.function is not b.function:
            break
        if not same_decision(a.result, b.result):
            found.setdefault(a.key, a)
    return list(found.values())


__all__ = ["Abandon", "Decision", "Key", "Place", "Script", "tests_equality", "turned_places"]
