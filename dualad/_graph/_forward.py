"""The forward pass over a recorded graph: blocks of tangents from the inputs to the outputs.

The function itself is not run again, nor are its values; partial derivatives are taken from what
the nodes have saved. Tangents are dropped after their last use.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers._blocks import is_low, lift
from .._numbers._dual import chain
from .._numbers._level import hush, unhush
from .._numbers._slope import slope, slope_of, widen, widen_of
from .._rules._row import MINUS_ONE, ONE, ZERO, Binary, Constant, Linear, Multilinear, Unary
from ._graph import Tape
from ._var import MEMBER


def last_uses(tape: Tape, outputs: list[int]) -> list[int]:
    """For each node the position of the last node that reads its tangent."""
    last = [-1] * len(tape.nodes)
    for i, node in enumerate(tape.nodes):
        for p in node[1]:
            if p >= 0:
                last[p] = i
    for i in outputs:
        if i >= 0:
            last[i] = len(tape.nodes)
    return last


def push_forward(
    tape: Tape, seeds: dict[int, Any], outputs: list[int], last: list[int] | None = None
) -> list[Any]:
    """Tangents of the outputs.

    Parameters
    ----------
    tape : Tape
    seeds : dict
        Position of an input -> its block of tangents, ``(k,) + shape``.
    outputs : list of int
    last : list of int, optional
        What `last_uses` gave, to be reused between chunks.

    Returns
    -------
    list
        A block ``(k,) + shape`` (or None, where nothing depends on the seeds) for each output.
    """
    last = last_uses(tape, outputs) if last is None else last
    tangents: list[Any] = [None] * len(tape.nodes)
    for i, seed in seeds.items():
        tangents[i] = seed
    token = hush()
    try:
        for i, node in enumerate(tape.nodes):
            row, parents = node[0], node[1]
            if row is None:
                continue
            if any(p >= 0 and tangents[p] is not None for p in parents):
                tangents[i] = step(tape, node, [tangents[p] if p >= 0 else None for p in parents])
            for p in parents:
                if p >= 0 and last[p] == i:
                    tangents[p] = None
    finally:
        unhush(token)
    return [None if i < 0 else tangents[i] for i in outputs]


def step(tape: Tape, node: Any, blocks: list[Any]) -> Any:
    """The tangent of one node from those of its operands (None: zero)."""
    row, _, saved, params, shape, dtype = node[:6]
    kind = type(row)
    if kind is Unary:
        return _unary(tape, node, blocks[0])
    if kind is Binary:
        return _full(_binary(row, node, blocks), shape, dtype)
    if row is MEMBER:
        return blocks[0][params]
    if kind is Linear:
        return row.apply_lanes(params, *blocks)
    if kind is Multilinear:
        total: Any = None
        for position, block in enumerate(blocks):
            if block is not None:
                term = row.lanes(params, position, block, saved)
                total = term if total is None else total + term
        return total
    return row.jvp(params, saved[0], saved[1], tuple(blocks))


def _unary(tape: Tape, node: Any, t: Any) -> Any:
    row, (parent,), (x, y) = node[0], node[1], node[2]
    if row.d1 is ZERO:
        return None
    if row.real_linear is not None and tape.nodes[parent][5].kind != "c":
        if type(row.d1) is Constant:
            return _scaled(t, row.d1)
        return t * slope(row, x, y)
    if is_low(y if x is None else x):
        return (t * slope(row, *widen(row, x, y))).astype(node[5])
    return chain(row, x, y, t)


def _scaled(t: Any, d1: Constant) -> Any:
    return t if d1 is ONE else -t if d1 is MINUS_ONE else t * d1.number


def _binary(row: Binary, node: Any, blocks: list[Any]) -> Any:
    x, y, z = node[2]
    if node[5].itemsize < 8 or node[5].char == "F":
        x, y, z = widen_of(row, x, y, z)
    ndim = len(node[4])
    total: Any = None
    ours = False  # nothing else refers to the total
    for which, (block, formula) in enumerate(zip(blocks, (row.dx, row.dy), strict=True)):
        if block is None or formula is ZERO:
            continue
        block = lift(block, block.ndim - 1, ndim + 1 - block.ndim)
        if type(formula) is Constant:
            term = _scaled(block, formula)
        else:
            term = block * slope_of(row, which, x, y, z)
        if total is None:
            total, ours = term, formula is not ONE and type(term) is np.ndarray
        elif ours and type(term) is np.ndarray and _alike(total, term):
            total += term
        else:
            total = total + term
    return total


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype


def _full(block: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    if block is None:
        return None
    full = (block.shape[0], *shape)
    if block.shape != full:
        block = np.broadcast_to(block, full)
    if block.dtype != dtype and block.dtype.kind == dtype.kind:
        block = block.astype(dtype)
    return block
