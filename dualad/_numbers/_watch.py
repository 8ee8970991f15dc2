"""Watching what user code decides on differentiated values: comparisons and steps.

The derivative of what was executed is that of the function unless a decision would have gone
another way close by. So an evaluation keeps, for each place in user code, the last operands that
were compared there, and the few comparisons that were close; `_trust` looks at them afterwards.
Comparisons that dualad's own rules make are no decisions of the user's.

A watch has two methods: ``compare(apply, x, y, result, frame, own)`` and
``step(function, args, keywords, result, frame, own)``. Both return the result that the user gets,
which a watch of `_trust` may have turned. A decision on nested numbers is told to all of their
evaluations; it is the innermost one's *own*: what the others differentiate is a derivative.
"""

from __future__ import annotations

import functools
import math
import operator
import os
import sys
from collections.abc import Callable
from contextvars import ContextVar
from types import FrameType
from typing import Any

import numpy as np

from .._errors import _HERE, _is_internal
from ._near import (
    CLOSE,
    DELTA,
    difference,
    direction_weights,
    is_blind,
    is_number,
    nudged,
    numbers_at,
    plain,
    reach,
    same_decision,
    turns,
)

LIMIT = 4096

USER, TRANSPARENT, OURS, LIBRARY = 0, 1, 2, 3
_KIND: dict[str, int] = {}
_THROUGH = (
    *("_protocol", "_methods", "_operators", "_watch", "_ufunc_methods", "_dual", "_var"),
    *("_fast", "_fast_binary", "_fast_scalar", "_number", "_stacked"),
)
_frame = sys._getframe
_REAL = frozenset((float, np.float64))
_DEEPEST = frozenset((float, np.float64, np.ndarray))
_PLAIN = frozenset((float, int, np.float64))
SCALARS: set[type] = set()  # scalar forms of duals and hyper-duals, filled by `_numbers`

# Evaluations below this level are not watched in this context: a judge is at work above.
_muted: ContextVar[int] = ContextVar("dualad_muted", default=0)


def _kind(filename: str) -> int:
    if filename.startswith(_HERE):
        inside = filename[len(_HERE) :]
        folder, _, name = inside.rpartition(os.sep)
        known = folder == "_lift" or (
            folder in ("_numbers", "_graph") and name.removesuffix(".py") in _THROUGH
        )
        kind = TRANSPARENT if known else OURS
    else:
        kind = LIBRARY if _is_internal(filename) else USER
    _KIND[filename] = kind
    return kind


def _decider(frame: FrameType | None) -> FrameType | None:
    """The user's frame that a decision belongs to; None where a rule of ours makes it."""
    while frame is not None:
        filename = frame.f_code.co_filename
        kind = _KIND.get(filename)
        if kind is None:
            kind = _kind(filename)
        if kind == USER:
            return frame
        if kind == OURS:
            return None
        frame = frame.f_back
    return None


def compared(apply: Callable[..., Any], x: Any, y: Any, result: Any) -> Any:
    """Tell the evaluations of x and y of a comparison of x with y; returns its result."""
    frame: Any = _frame(2)
    kind = _KIND.get(frame.f_code.co_filename)
    if kind != USER:
        frame = _decider(frame)
        if frame is None:
            return result
    level = x._level
    alone = type(y) in _PLAIN or not is_number(y) or y._level is level
    if alone and type(x._value) in _DEEPEST:
        if level.watch is None or level.n < _muted.get():
            return result
        return level.watch.compare(apply, x, y, result, frame)
    return _each_compares(apply, x, y, result, frame)


def _each_compares(apply: Callable[..., Any], x: Any, y: Any, result: Any, frame: Any) -> Any:
    """Tell all evaluations that the operands belong to; the decision is the innermost's own."""
    found = levels((x, y))
    for level in found:
        result = level.watch.compare(apply, x, y, result, frame, level is found[-1])
    return result


def divided_by_zero(y: Any) -> None:
    """A divisor is 0 and raises: as much a test for equality as ``y == 0``."""
    frame = _decider(_frame(2)) if is_number(y) else None
    if frame is not None:
        _each_compares(operator.eq, y, 0.0, True, frame)


def stepped(function: Any, args: Any, keywords: Any, result: Any) -> Any:
    """Tell the evaluations of the operands of a locally constant function; returns its result."""
    frame = _decider(_frame(2))
    if frame is not None:
        found = levels((args, keywords))
        for level in found:
            own = level is found[-1]
            result = level.watch.step(function, args, keywords, result, frame, own)
    return result


def levels(tree: Any) -> list[Any]:
    """The watched evaluations of the numbers in a tree, the outermost first."""
    found: dict[int, Any] = {}
    stack = [tree]
    while stack:
        x = stack.pop()
        if is_number(x):
            if x._level.watch is not None:
                found[x._level.n] = x._level
            stack.append(x._value)
        elif isinstance(x, (tuple, list)):
            stack.extend(x)
        elif isinstance(x, dict):
            stack.extend(x.values())
    lowest = _muted.get()
    return [found[n] for n in sorted(found) if n >= lowest]


def mute(lowest: int) -> Any:
    """Watch only evaluations from this level on, in this context; returns the token of `unmute`."""
    return _muted.set(lowest)


def unmute(token: Any) -> None:
    _muted.reset(token)


# --- what tells nothing about a derivative -------------------------------------------------------

_TELL_NOTHING = frozenset(
    [
        "isnan",
        "isinf",
        "isfinite",
        "isneginf",
        "isposinf",
        "isnat",
        "iscomplex",
        "iscomplexobj",
        "isreal",
        "isrealobj",
        "can_cast",
        "common_type",
        "may_share_memory",
        "min_scalar_type",
        "ndim",
        "result_type",
        "shape",
        "shares_memory",
        "size",
        "array2string",
        "array_repr",
        "array_str",
        "exponent",
        "pair_scale",
        "_quantile_dtype",
    ]
)
COMPARISONS: dict[Any, Callable[..., Any]] = {
    np.equal: operator.eq,
    np.not_equal: operator.ne,
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
}
# Composed functions of which some answers are locally constant.
STEPPING = frozenset(
    fn
    for name in [
        "histogram",
        "histogram2d",
        "histogramdd",
        "modf",
        "divmod",
        "frexp",
        "unique",
        "unique_all",
        "unique_counts",
        "unique_inverse",
        "intersect1d",
    ]
    if (fn := vars(np).get(name)) is not None
)


@functools.lru_cache(maxsize=64)
def member_of(function: Any, i: int) -> Callable[..., Any]:
    """The function's answer i alone, always as the same object."""

    def member(*args: Any, **keywords: Any) -> Any:
        return function(*args, **keywords)[i]

    return member


def flat(function: Any, args: tuple[Any, ...], keywords: dict[str, Any], result: Any) -> Any:
    """Tell the evaluations of a call of a function that has a flat row."""
    if getattr(function, "__name__", "") in _TELL_NOTHING:
        return result
    if function in COMPARISONS and not keywords and is_number(args[0]):
        frame = _decider(_frame(2))
        if frame is None:
            return result
        return _each_compares(function, args[0], args[1], result, frame)
    return stepped(function, args, keywords, result)


# --- the watch of evaluations with tangents ------------------------------------------------------


class Watch:
    """What an evaluation with duals or hyper-duals remembers.

    Attributes
    ----------
    leaves, blocks : list
        The inputs and their seeds; blocks is None for all unit directions.
    last : dict
        Place in the user's code, a code object and an instruction -> the last operands there, or
        None for a decision that is not this evaluation's own.
    near : list
        Scalar operands that were close to each other and have not been looked at yet.
    found : bool
        Some decision would have gone another way after a small step.
    """

    __slots__ = ("_weights", "blocks", "found", "last", "leaves", "near")

    def __init__(self, leaves: Any, blocks: Any = None) -> None:
        self.leaves, self.blocks = leaves, blocks
        self.last: dict[Any, Any] = {}
        self.near: list[Any] = []
        self.found = False
        self._weights: Any = None

    def weights(self) -> np.ndarray:
        if self._weights is None:
            self._weights = direction_weights(self.leaves, self.blocks)
        return self._weights

    def compare(
        self, apply: Any, x: Any, y: Any, result: Any, frame: FrameType, own: bool = True
    ) -> Any:
        self.last[frame.f_code, frame.f_lasti] = (x, y) if own else None
        if type(x) in SCALARS:
            a = x._value
            b = y._value if type(y) in SCALARS else y
            if type(a) in _REAL and type(b) in _PLAIN:
                if math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE):
                    self.near.append((x, y))
                    if len(self.near) >= LIMIT:
                        self.settle()
                return result
        if not self.found:
            level = _level_of(self, x, y)
            if level is not None:
                self.found = turns(difference(x, y, level, self.weights), DELTA)
        return result

    def step(
        self, function: Any, args: Any, keywords: Any, result: Any, frame: FrameType, own: bool
    ) -> Any:
        self.last[frame.f_code, frame.f_lasti] = (args, keywords) if own else None
        if not self.found and function is not format:
            level = next(v for v in levels((args, keywords)) if v.watch is self)
            steps = [reach(function, sign) for sign in (DELTA, -DELTA)]
            self.found = any(
                not same_decision(nudged(function, args, keywords, result, level, self, h), result)
                for h in steps
            )
        return result

    def along(self, x: Any, level: Any) -> Any:
        """The derivative of a number of this level along the direction of the weights."""
        w = self.weights()
        t = np.asarray(plain(x._parts()))[: w.size]
        return np.tensordot(w, t, 1) if t.ndim > 1 else w.dot(t)

    def settle(self) -> bool:
        """Look at the close comparisons; whether any decision would go another way nearby."""
        if not self.found:
            with np.errstate(all="ignore"):
                self.found = any(self._is_doubtful(x, y) for x, y in self.near)
        self.near = []
        return self.found

    def _is_doubtful(self, x: Any, y: Any) -> bool:
        level = _level_of(self, x, y)
        if level is None:
            return False
        d, t = difference(x, y, level, self.weights)
        return turns((d, t), DELTA) or (not np.any(t) and is_blind(x, y))

    def lanes_seen(self, k: int) -> list[np.ndarray]:
        """For each place the directions, as a mask, that reach the operands of its last test."""
        out = []
        for operands in self.last.values():
            mask = np.zeros(k, bool)
            for level in levels(operands):
                if level.watch is self:
                    for x in numbers_at(operands, level):
                        t = np.asarray(plain(x._parts()))[:k]
                        mask |= t.reshape(k, -1).any(axis=1)
            out.append(mask)
        return out


def _level_of(watch: Any, x: Any, y: Any) -> Any:
    if is_number(x) and x._level.watch is watch:
        return x._level
    return next((v for v in levels((x, y)) if v.watch is watch), None)
