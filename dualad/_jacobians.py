"""Running a Jacobian: all directions with duals, or in chunks over one recorded graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._evaluate import Call, Recorded, push, push_identity
from ._graph import Tape, last_uses, push_forward
from ._modes import DIRECT, Plan, choose
from ._numbers import primal
from ._numbers._floating import quietly
from ._products import result_dtype
from ._seeds import identity_blocks
from ._trust import look_for_jumps

# A transposition of so many entries goes tile by tile: sooner where a row's length is a multiple of
# 2 KiB, so that a column's entries fall upon few lines of the cache.
LARGE, ALIGNED, BAD_STRIDE = 2**21, 2**16, 2**11
TILE = 16


class Rows:
    """A Jacobian as blocks: for each output leaf an array (n, *M), or None for zero."""

    __slots__ = ("blocks", "recorded", "values")

    def __init__(self, recorded: Any, values: list[Any], blocks: list[Any]) -> None:
        self.recorded, self.values, self.blocks = recorded, values, blocks


def goes_direct(mode: str, n: int, chunk: int | None, plan: Plan | None) -> bool:
    """Whether duals carry all directions at once, without a recording."""
    if mode == "reverse" or (chunk is not None and chunk < n):
        return False
    return n <= DIRECT[mode] or (plan is not None and plan.direct)


def jacobian_rows(
    call: Call,
    mode: str,
    chunk: int | None,
    plans: dict[Any, Plan],
    look: Callable[[Tape], None] | None = None,
) -> Rows:
    """The Jacobian in a mode; what was chosen is kept in `plans` for later calls like this one.

    `look` is shown the recorded evaluation, where there is one, before its values are let go.
    """
    n = call.size
    plan = plans.get(call.key)
    if goes_direct(mode, n, chunk, plan):
        return _direct(call, n)
    recorded = Recorded(call, judged=False)
    m = sum(math.prod(np.shape(v)) for v in recorded.values)
    if plan is None or not plan.fits(len(recorded.tape.nodes), m):
        plan = plans[call.key] = choose(recorded.tape, n, m, chunk, mode)
        if goes_direct(mode, n, chunk, plan):
            # f once more: later calls go this way, to the same bits.
            return quietly(_direct, call, n)
    recorded.judge()
    if look is not None:
        look(recorded.tape)
    if plan.mode == "forward":
        return _forward(recorded, plan.chunk)
    return _reverse(recorded, plan.chunk)


def _direct(call: Call, n: int) -> Rows:
    out = push_identity(call, n)
    return Rows(out.result, out.values, out.blocks)


# --- forward --------------------------------------------------------------------------------------


def _forward(recorded: Recorded, chunk: int) -> Rows:
    """Forward in chunks over one recording: f runs once."""
    call = recorded.call
    blocks = forward_columns(recorded, chunk, 0, call.size)
    if not all_finite(blocks):
        # Only duals make the careful pass forward: all directions at once, once more.
        out = quietly(push, call, identity_blocks(call.leaves, 0, call.size), True)
        return Rows(out.result, out.values, out.blocks)
    look_for_jumps(recorded, blocks)
    return Rows(recorded.result, recorded.values, blocks)


def forward_columns(recorded: Recorded, chunk: int, first: int, end: int) -> list[Any]:
    """Columns first ... end - 1 of the Jacobian, a block ``(end - first,) + M`` for each output."""
    last = last_uses(recorded.tape, recorded.outputs)
    columns = [_Columns(v, end - first, chunk) for v in recorded.values]
    for start in range(first, end, chunk):
        stop = min(end, start + chunk)
        seeds = identity_blocks(recorded.call.leaves, start, stop)
        inputs = dict(zip(recorded.inputs, seeds, strict=True))
        found = push_forward(recorded.tape, inputs, recorded.outputs, last)
        for column, block in zip(columns, found, strict=True):
            column.put(start - first, stop - first, block)
    return [column.block() for column in columns]


def all_finite(blocks: list[Any]) -> bool:
    return all(b is None or bool(np.isfinite(primal(b)).all()) for b in blocks)


class _Columns:
    """Chunks of tangents of one output, put at once where the finished Jacobian has them."""

    __slots__ = ("out", "pieces", "shape", "total", "value")

    def __init__(self, value: Any, total: int, chunk: int) -> None:
        self.value, self.total, self.shape = value, total, np.shape(value)
        self.pieces: list[Any] | None = [] if chunk >= total else None
        self.out: Any = None

    def put(self, start: int, stop: int, block: Any) -> None:
        """Tangents along the directions start ... stop - 1."""
        if block is None:
            block = np.zeros((stop - start, *self.shape))
        if self.pieces is None and type(block) is not np.ndarray:  # carries derivatives itself
            self.pieces = [] if self.out is None else [np.moveaxis(self.out, -1, 0)[:start]]
        if self.pieces is not None:
            self.pieces.append(block)
            return
        if self.out is None:
            self.out = np.empty((*self.shape, self.total), result_dtype(self.value))
        if block.dtype.kind != self.out.dtype.kind:
            self.out = self.out.astype(np.result_type(self.out, block))
        np.moveaxis(self.out, -1, 0)[start:stop] = block

    def block(self) -> Any:
        if self.pieces is None:
            return np.moveaxis(self.out, -1, 0)
        return join(self.pieces)


def join(pieces: list[Any], axis: int = 0) -> Any:
    """The pieces one after the other; one piece as it is."""
    if not pieces:
        return None
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=axis)


# --- reverse --------------------------------------------------------------------------------------


def _reverse(recorded: Recorded, chunk: int) -> Rows:
    """Reverse in chunks of cotangents."""
    m = sum(math.prod(np.shape(v)) for v in recorded.values)
    blocks = blocks_of_rows(reverse_rows(recorded, chunk, 0, m), recorded.values)
    look_for_jumps(recorded, blocks)
    return Rows(recorded.result, recorded.values, blocks)


def reverse_rows(recorded: Recorded, chunk: int, first: int, end: int) -> Any:
    """Rows first ... end - 1 of the Jacobian as one array; None where there is none."""
    n, m = recorded.call.size, end - first
    whole: Any = None
    pieces: list[Any] = []
    for start in range(first, end, chunk):
        stop = min(end, start + chunk)
        seeds = identity_blocks(recorded.values, start, stop)
        free = stop == end and not recorded.tape.watch.last
        part = join(_flat_cotangents(recorded, seeds, free), axis=1)
        if chunk >= m or pieces or type(part) is not np.ndarray:
            if whole is not None and not pieces:
                pieces.append(whole[: start - first])
            pieces.append(part)
            continue
        whole = np.empty((m, n), part.dtype) if whole is None else whole
        if part.dtype.kind != whole.dtype.kind:
            whole = whole.astype(np.result_type(whole, part))
        whole[start - first : stop - first] = part
    return join(pieces) if pieces else whole


def blocks_of_rows(whole: Any, values: Sequence[Any]) -> list[Any]:
    """All rows of the Jacobian as blocks ``(n,) + M``, one for each output."""
    blocks, offset = [], 0
    for value in values:
        size = math.prod(np.shape(value))
        block = None
        if whole is not None:
            rows = whole[offset : offset + size]  # (size, n)
            block = np.reshape(rows.T, (whole.shape[1], *np.shape(value)))
        blocks.append(block)
        offset += size
    return blocks


def _flat_cotangents(recorded: Recorded, seeds: list[Any], free: bool) -> list[Any]:
    """Cotangents of all leaves, each (k, size)."""
    k = seeds[0].shape[0]
    out = []
    # Re<i e, J t> is the imaginary part of a complex output's derivative in a real x; for a
    # complex x (holomorphic functions) the adjoint is the conjugate.
    imaginary = any(np.iscomplexobj(v) for v in recorded.values)
    found = recorded.cotangents(seeds, free and not imaginary)
    if imaginary:
        turned = recorded.cotangents([1j * s for s in seeds], free)
        triples = zip(recorded.call.leaves, found, turned, strict=True)
        found = [
            ct if ct is None else np.conjugate(ct) if np.iscomplexobj(x) else ct + 1j * other
            for x, ct, other in triples
        ]
    for x, ct in zip(recorded.call.leaves, found, strict=True):
        size = math.prod(np.shape(x))
        out.append(np.zeros((k, size)) if ct is None else np.reshape(ct, (k, size)))
    return out


# --- the layout of the answer ---------------------------------------------------------------------


def lanes_last(block: Any) -> Any:
    """A block ``(k,) + M`` as an array ``M + (k,)``."""
    if type(block) is not np.ndarray or block.size < ALIGNED:
        return np.moveaxis(block, 0, -1)
    rows = block.reshape(block.shape[0], -1)
    return transposed(rows).reshape((*block.shape[1:], block.shape[0]))


def transposed(rows: np.ndarray) -> np.ndarray:
    """The transpose, C-contiguous; a large one is copied tile by tile."""
    limit = LARGE if rows.strides[0] % BAD_STRIDE else ALIGNED
    if rows.size < limit or not rows.flags.c_contiguous:
        return np.ascontiguousarray(rows.T)
    out = np.empty(rows.shape[::-1], rows.dtype)
    for start in range(0, len(rows), TILE):
        out[:, start : start + TILE] = rows[start : start + TILE].T
    return out
