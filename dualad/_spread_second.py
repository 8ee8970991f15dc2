"""Hessians by workers: blocks of columns as tasks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._evaluate import Call, Recorded, push, split, with_parts
from ._graph._kinked import on_tape
from ._jacobians import all_finite, forward_columns
from ._lift import retried
from ._numbers import HyperDual, Level
from ._numbers._floating import quietly
from ._numbers._watch import Watch
from ._seconds import is_scalar, nested, products
from ._seeds import identity_blocks
from ._spread import Piece, Task, recorded_piece


class SecondColumns(Task):
    """Columns of a Hessian, each piece with blocks ``(columns, n) + M``."""

    what = "columns"

    def __init__(self, call: Call, lanes: int, mode: str, quiet: bool) -> None:
        super().__init__(call, lanes, True, quiet)
        self.mode = mode

    def run(self, call: Call, start: int, stop: int) -> Piece:
        if self.mode == "hyper-dual":
            piece = _hyper_dual(call, start, stop)
            if all_finite(piece.blocks):
                return piece
            return quietly(self._nested, call, start, stop, "forward")
        recorded = Recorded(call, second=True, judged=False)
        if not is_scalar(recorded):
            return quietly(self._nested, call, start, stop, "reverse")
        block = None
        if recorded.outputs[0] >= 0:
            step = self.lanes
            rows = [products(recorded, i, min(stop, i + step)) for i in range(start, stop, step)]
            block = np.concatenate(rows)
            block = block.reshape((stop - start, call.size, *np.shape(recorded.values[0])))
        if not all_finite([block]):
            # The nested derivatives tell structural zeros from computed ones.
            return quietly(self._nested, call, start, stop, "reverse")
        return recorded_piece(recorded, [block], on_tape(recorded.tape))

    def _nested(self, call: Call, start: int, stop: int, inner_mode: str) -> Piece:
        outer, seen = nested(call, inner_mode)
        if stop - start <= self.lanes:
            found = push(outer, identity_blocks(call.leaves, start, stop))
            values, blocks = found.values, found.blocks
        else:
            recorded = Recorded(outer)
            values, blocks = recorded.values, forward_columns(recorded, self.lanes, start, stop)
        shape = (stop - start,)
        blocks = [
            np.zeros(shape + np.shape(v)) if b is None else b
            for b, v in zip(blocks, values, strict=True)
        ]
        output = seen["result"].build(iter(seen["values"]))
        # Both derivatives have judged what they met.
        return Piece(output, blocks, call.aux, False, False, seen["kinked"])


@retried
def _hyper_dual(call: Call, start: int, stop: int) -> Piece:
    """Columns by hyper-duals: all directions in the first set, the block's in the second."""
    n, k = call.size, stop - start
    level = Level((n, k))
    watch = level.watch = Watch(call.leaves)
    numbers = []
    first, second = identity_blocks(call.leaves, 0, n), identity_blocks(call.leaves, start, stop)
    for x, a, b in zip(call.leaves, first, second, strict=True):
        rest = np.zeros((n * k, *a.shape[1:]), a.dtype)
        numbers.append(with_parts(HyperDual, x, np.concatenate((a, b, rest)), level))
    out = call.run(numbers, level)
    doubt, decided = watch.settle(), bool(watch.last)
    level.watch = None  # judged by who has all the pieces
    values: list[Any] = []
    blocks: list[Any] = []
    for leaf in out.leaves:
        value, parts = split(leaf, level)
        values.append(value)
        blocks.append(None if parts is None else np.moveaxis(leaf.e12, 0, 1))
    output = out.build(iter(values))
    return Piece(output, blocks, call.aux, doubt, decided, bool(level.kinked))
