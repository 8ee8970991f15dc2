"""A forward pass that keeps the tangent of every node; the partial derivatives between nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._evaluate import Recorded, is_finite, split, with_parts
from .._graph import Tape
from .._graph._forward import step
from .._numbers import Dual, Level, Number, hush, primal, unhush
from .._numbers._careful import CarefulDual, halves
from .._rules._row import Binary, Unary
from ._replay import node_values


def all_tangents(recorded: Recorded, blocks: Sequence[Any]) -> list[Any]:
    """The tangent of every node along one direction; None where the direction does not reach.

    Parameters
    ----------
    recorded : Recorded
    blocks : sequence
        The direction: for each input a block ``(1,) + shape``.
    """
    token = hush()
    try:
        tangents = _run(recorded, Dual, blocks)
        if all(_is_finite(t) for t in tangents):
            return [_first(t) for t in tangents]
        # An infinite partial was met: once more, with the entries that are reached beside.
        both = [np.concatenate((b, (primal(b) != 0) * 1.0)) for b in blocks]
        return [_first(t) for t in _run(recorded, CarefulDual, both)]
    finally:
        unhush(token)


def _run(recorded: Recorded, make: Any, blocks: Sequence[Any]) -> list[Any]:
    level = Level((1,))
    leaves = recorded.call.leaves
    inputs = [with_parts(make, x, b, level) for x, b in zip(leaves, blocks, strict=True)]
    found = [_parts(v, level) for v in node_values(recorded, inputs)]
    return found if make is Dual else [_value_half(t) for t in found]


def _parts(value: Any, level: Level) -> Any:
    """The block of tangents of a node; of several answers, a tuple of them."""
    if isinstance(value, tuple):
        return tuple(_parts(member, level) for member in value)
    return split(value, level)[1] if isinstance(value, Number) else None


def _is_finite(t: Any) -> bool:
    return all(map(_is_finite, t)) if isinstance(t, tuple) else is_finite(t)


def _value_half(t: Any) -> Any:
    if isinstance(t, tuple):
        return tuple(map(_value_half, t))
    return None if t is None else halves(t)[0]


def _first(t: Any) -> Any:
    if isinstance(t, tuple):
        return tuple(map(_first, t))
    return None if t is None else t[0]


def partial(tape: Tape, start: int, end: int) -> Any:
    """The derivative of node `end` in its operand `start`, both numbers; None for other nodes."""
    node = tape.nodes[end]
    if type(node[0]) not in (Unary, Binary) or node[4] or tape.nodes[start][4]:
        return None
    one = np.ones(1, tape.nodes[start][5])
    token = hush()
    try:
        found = step(tape, node, [one if p == start else None for p in node[1]])
    finally:
        unhush(token)
    return np.float64(0.0) if found is None else primal(found)[0]
