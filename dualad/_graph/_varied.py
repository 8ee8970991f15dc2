"""Which elements of a graph's values depend on its inputs at all.

A zero that no input reaches is a constant of the function, and wins over an infinite partial
derivative; a zero that some input reaches is a computed one (see `_numbers._careful`). Duals find
that out on their way; the careful backward pass asks here first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers._blocks import lift
from .._numbers._careful import is_zero, partial_is_constant, pattern, weigh
from .._numbers._level import hush, unhush
from .._numbers._slope import slope_of, widen_of
from .._rules._row import ZERO, Binary, Linear, Multilinear, Unary
from ._graph import Tape


def varied(tape: Tape, inputs: list[int]) -> list[Any]:
    """For each node a block ``(1,) + shape``, nonzero where an input reaches it; None: nowhere."""
    found: list[Any] = [None] * len(tape.nodes)
    for i in inputs:
        found[i] = weigh(np.ones((1, *tape.nodes[i][4])))
    token = hush()
    try:
        for i, node in enumerate(tape.nodes):
            blocks = [found[p] if p >= 0 else None for p in node[1]]
            if any(b is not None for b in blocks):
                found[i] = _step(node, blocks)
    finally:
        unhush(token)
    return found


def _step(node: Any, blocks: list[Any]) -> Any:
    row, _, saved, params, shape = node[:5]
    kind = type(row)
    if kind is Unary:
        return None if row.d1 is ZERO else weigh(blocks[0])
    if kind is Binary:
        return _binary(row, node, blocks)
    if kind is Linear:
        return row.apply_lanes(params, *[None if b is None else weigh(b) for b in blocks])
    if kind is Multilinear:
        active = [p >= 0 for p in node[1]]
        total: Any = None
        for i, block in enumerate(blocks):
            if block is not None:
                masks = tuple(pattern(x, a) for x, a in zip(saved, active, strict=True))
                term = row.lanes(params, i, weigh(block), masks)
                total = term if total is None else total + term
        return total
    return np.ones((1, *shape))  # a smooth array function, or one answer of it


def _binary(row: Binary, node: Any, blocks: list[Any]) -> Any:
    x, y, z = widen_of(row, *node[2])
    shape = node[4]
    total: Any = None
    for which, (block, formula) in enumerate(zip(blocks, (row.dx, row.dy), strict=True)):
        if block is None or formula is ZERO:
            continue
        constant = partial_is_constant(row, which, blocks[1 - which])
        term = weigh(
            np.broadcast_to(lift(block, block.ndim - 1, len(shape) + 1 - block.ndim), (1, *shape))
        )
        if constant is not False:
            p = slope_of(row, which, x, y, z)
            term = np.where(constant & is_zero(p), 0.0, term)
        total = term if total is None else total + term
    return total


__all__ = ["varied"]
