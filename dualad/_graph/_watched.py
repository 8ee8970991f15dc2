"""What a recording remembers of the decisions of user code (see `_numbers._watch`).

Variables have no tangents while they are recorded. So close comparisons are kept with the positions
of their operands, and judged from tangents that travel along one direction over the recorded graph,
as far as the compared nodes need it.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

import numpy as np

from .._numbers._level import hush, unhush
from .._numbers._near import (
    CLOSE,
    DELTA,
    cancelled,
    direction_weights,
    is_number,
    plain,
    reach,
    replaced,
    same_decision,
    turns,
)
from .._numbers._watch import LIMIT
from ._forward import step
from ._graph import Tape
from ._var import Var

_REAL = frozenset((float, np.float64))
_CONSTANTS = frozenset((float, int, np.float64))


class TapeWatch:
    """What a recording remembers of comparisons.

    Attributes
    ----------
    leaves : list
        The inputs, nodes 0, 1, ... of the tape.
    last : dict
        Place in the user's code -> the nodes that the last test there read.
    near : list of (difference, i, j, blind)
        Close comparisons; a position of -1 is a constant. `blind`: see `is_blind`.
    steps : list of (function, args, keywords, result)
        Other locally constant functions, with `_Held` for variables.
    """

    __slots__ = ("last", "leaves", "near", "steps")

    # It does not refer to its tape: a cycle would keep the tape's arrays alive.
    def __init__(self, leaves: Any) -> None:
        self.leaves = leaves
        self.last: dict[Any, tuple[int, ...]] = {}
        self.near: list[Any] = []
        self.steps: list[Any] = []

    def compare(
        self, apply: Any, x: Any, y: Any, result: Any, frame: FrameType, own: bool = True
    ) -> Any:
        if type(x) is Var and x._cell is None and type(y) in _CONSTANTS:
            a, i = x._held, x._i
            if type(a) in _REAL and x._level.watch is self:
                self.last[frame.f_code, frame.f_lasti] = (i,) if own else ()
                d: Any = float(a) - y
                if abs(d) <= CLOSE * (1.0 + abs(a)) and len(self.near) < LIMIT:
                    self.near.append((d, i, -1, a == 0))
                return result
        u, v = self._number(x), self._number(y)
        a, b = plain(x), plain(y)
        i = -1 if u is None else u._i
        j = -1 if v is None else v._i
        self.last[frame.f_code, frame.f_lasti] = (i, j) if own else ()
        if len(self.near) < LIMIT and i != j:
            if type(a) in _REAL and type(b) in _REAL:
                d = float(a) - float(b)
                if abs(d) <= CLOSE * (1.0 + abs(a)):
                    self.near.append((d, i, j, (i >= 0 and a == 0) or (j >= 0 and b == 0)))
                return result
            token = hush()
            try:
                d = np.subtract(a, b)
                if np.any(np.abs(d) <= CLOSE * (1.0 + np.abs(a))):
                    self.near.append((d, i, j, False))
            except (TypeError, ValueError):  # text, None, shapes that do not fit
                pass
            finally:
                unhush(token)
        return result

    def step(
        self, function: Any, args: Any, keywords: Any, result: Any, frame: FrameType, own: bool
    ) -> Any:
        numbers: list[Any] = []

        def add(x: Any) -> Any:
            own = self._number(x)
            if own is not None:
                numbers.append(own)
            return x

        replaced((args, keywords), add)
        self.last[frame.f_code, frame.f_lasti] = tuple(x._i for x in numbers) if own else ()
        if len(self.steps) < LIMIT and function is not format:
            hold = self._hold
            self.steps.append((function, replaced(args, hold), replaced(keywords, hold), result))
        return result

    def _hold(self, x: Any) -> Any:
        own = self._number(x)
        value = plain(x)
        value = value.copy() if isinstance(value, np.ndarray) else value
        return value if own is None else _Held(own._i, value)

    def _number(self, x: Any) -> Any:
        """The variable of this watch's tape in a number; None where there is none."""
        while is_number(x):
            if x._level.watch is self:
                return x
            x = x._value
        return None

    def settle(self, tape: Tape) -> bool:
        """Whether a small step of the inputs would turn some decision."""
        if not self.near and not self.steps:
            return False
        leaves = [plain(x) for x in self.leaves]
        w = direction_weights(leaves, None)
        wanted = {p for _, i, j, _ in self.near for p in (i, j) if p >= 0}
        wanted.update(h.i for _, a, k, _ in self.steps for h in _held((a, k)))
        token = hush()
        try:
            found = tangents_of(tape, leaf_blocks(leaves, w[None]), wanted)
            return any(_is_doubtful(near, found) for near in self.near) or any(
                _moves(s, found, h) for s in self.steps for h in (DELTA, -DELTA)
            )
        finally:
            unhush(token)

    def lanes_seen(self, tape: Tape, mask: np.ndarray) -> bool:
        """Whether some place read inputs of the mask, and no other inputs."""
        leaves = [plain(x) for x in self.leaves]
        w = direction_weights(leaves, None)
        wanted = {p for places in self.last.values() for p in places if p >= 0}
        token = hush()
        try:
            rows = np.stack([w * mask, w * ~mask])
            found = tangents_of(tape, leaf_blocks(leaves, rows), wanted)
        finally:
            unhush(token)
        for places in self.last.values():
            seen = [found[p] for p in places if p >= 0 and found.get(p) is not None]
            inside, outside = (any(np.any(plain(t)[lane]) for t in seen) for lane in (0, 1))
            if inside and not outside:
                return True
        return False


class _Held:
    """A variable's position and value at the time of a decision."""

    __slots__ = ("i", "value")

    def __init__(self, i: int, value: Any) -> None:
        self.i, self.value = i, value


def _held(tree: Any) -> list[_Held]:
    if type(tree) is _Held:
        return [tree]
    if isinstance(tree, (tuple, list)):
        return [h for x in tree for h in _held(x)]
    return _held(list(tree.values())) if isinstance(tree, dict) else []


def _moved(tree: Any, found: dict[int, Any], h: float) -> Any:
    if type(tree) is _Held:
        t = found.get(tree.i)
        value = tree.value if t is None else tree.value + h * plain(t)[0]
        kind = getattr(tree.value, "dtype", None)
        return value.astype(kind) if kind is not None and hasattr(value, "astype") else value
    if isinstance(tree, (tuple, list)):
        return type(tree)([_moved(x, found, h) for x in tree])
    return {k: _moved(x, found, h) for k, x in tree.items()} if isinstance(tree, dict) else tree


def _moves(held: Any, found: dict[int, Any], h: float) -> bool:
    function, args, keywords, result = held
    h = reach(function, h)
    try:
        return not same_decision(
            function(*_moved(args, found, h), **_moved(keywords, found, h)), result
        )
    except (TypeError, ValueError, ArithmeticError):
        return False


def _is_doubtful(near: Any, found: dict[int, Any]) -> bool:
    d, i, j, blind = near
    pair = _pair(d, found.get(i), found.get(j))
    return turns(pair, DELTA) or (blind and not np.any(pair[1]))


def _pair(d: Any, a: Any, b: Any) -> tuple[Any, Any]:
    return d, cancelled(0.0 if a is None else plain(a)[0], 0.0 if b is None else plain(b)[0])


def leaf_blocks(leaves: list[Any], rows: np.ndarray) -> list[np.ndarray]:
    """Directions ``(k, n)`` of all inputs as one block for each leaf."""
    out, start = [], 0
    for x in leaves:
        size = int(np.size(x))
        out.append(rows[:, start : start + size].reshape((len(rows), *np.shape(x))))
        start += size
    return out


def tangents_of(tape: Tape, blocks: list[Any], wanted: set[int]) -> dict[int, Any]:
    """Tangents of some nodes; only what they need is computed. None where nothing reaches them."""
    nodes = tape.nodes
    last = max(wanted, default=-1)
    needed = bytearray(last + 1)
    for i in range(last, -1, -1):
        if needed[i] or i in wanted:
            needed[i] = 1
            for p in nodes[i][1]:
                if p >= 0:
                    needed[p] = 1
    found: dict[int, Any] = dict(enumerate(blocks))
    for i in range(len(blocks), last + 1):
        if needed[i] and nodes[i][0] is not None:
            parts = [found.get(p) if p >= 0 else None for p in nodes[i][1]]
            if any(t is not None for t in parts):
                found[i] = step(tape, nodes[i], parts)
    return {i: found.get(i) for i in wanted}


__all__ = ["TapeWatch", "leaf_blocks", "tangents_of"]
