"""Blocks: a value and its parts in one array, lanes first; and precision of formulas."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._memory import empty
from ._number import Number, primal

_F8 = np.dtype(np.float64)
_LOW = {np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.complex64)}


def memory_order(x: np.ndarray) -> list[int] | None:
    """The axes of x from the slowest to the fastest in memory; None where that is C order."""
    if x.flags.c_contiguous or x.ndim < 2:
        return None
    return sorted(range(x.ndim), key=lambda i: -abs(x.strides[i]))


def _back(order: list[int]) -> list[int]:
    """The axes that undo ``transpose(0, 1 + order...)`` of a block."""
    back = [0] * (len(order) + 1)
    for position, axis in enumerate(order):
        back[axis + 1] = position + 1
    return back


def allocate(like: np.ndarray, count: int, dtype: Any = None) -> np.ndarray:
    """An empty block ``(count,) + like.shape`` whose members have the memory order of `like`."""
    shape = like.shape
    dtype = like.dtype if dtype is None else dtype
    order = memory_order(like)
    if order is None:
        return empty((count, *shape)) if dtype is _F8 else np.empty((count, *shape), dtype)
    return np.empty((count, *[shape[i] for i in order]), dtype).transpose(_back(order))


def entry_block(x: np.ndarray, count: int) -> np.ndarray:
    """An empty block whose member 0 has x's own order of memory, reversed axes and gaps included.

    NumPy adds in memory order, and BLAS takes other ways where there are gaps, so the sum of a
    compact copy may differ in the last bit.
    """
    if x.flags.c_contiguous:
        return np.empty((count, *x.shape), x.dtype)
    block = _with_gaps(x, count) if not x.flags.f_contiguous and x.size else allocate(x, count)
    flips = tuple(slice(None, None, -1) if s < 0 else slice(None) for s in x.strides)
    return block[(slice(None), *flips)]


def _with_gaps(x: np.ndarray, count: int) -> np.ndarray:
    """`allocate`, with a small gap wherever x has one between neighbours along an axis."""
    order = sorted(range(x.ndim), key=lambda i: -abs(x.strides[i]))
    lengths, gapless = [], x.itemsize
    for axis in reversed(order):
        stride, n = abs(x.strides[axis]), x.shape[axis]
        gap = n > 1 and stride > gapless
        lengths.append(1 + gap)  # of the axis that follows in memory, or of the elements
        if n > 1 and stride:
            gapless = stride * n
    # The padding stands at the end of the axis inside the one whose neighbours are apart.
    lengths.reverse()
    inner = [x.shape[i] for i in order[1:]] + [1]
    padded = [n + pad - 1 for n, pad in zip(inner, lengths, strict=True)]
    block = np.empty((count, x.shape[order[0]], *padded), x.dtype)
    block = block[(slice(None), slice(None), *(slice(n) for n in inner))][..., 0]
    return block.transpose(_back(order))


def join(value: Any, parts: Any, count: int) -> Any:
    """Value and parts as one block ``(1 + count,) + value.shape``; parts may broadcast to it."""
    if type(value) is np.ndarray and not isinstance(parts, Number):
        dtype = value.dtype
        if parts.dtype.kind == "c" and dtype.kind != "c":
            dtype = parts.dtype  # a real value with complex tangents: z -> |z| and the like
        block = allocate(value, 1 + count, dtype)
        block[0] = value
        block[1:] = parts
        return block
    shape = (count, *value.shape)
    if parts.shape != shape:
        parts = np.broadcast_to(parts, shape)
    if is_low(value) and parts.dtype != value.dtype and parts.dtype.kind == value.dtype.kind:
        parts = parts.astype(value.dtype)  # they came through float64; the value must not follow
    # As above: what is a view of the value and what a copy depends on its order in memory.
    order = memory_order(np.asarray(primal(value)))
    if order is not None:
        value = value.transpose(order)
        parts = parts.transpose((0, *(i + 1 for i in order)))
    block = np.concatenate((value[None], parts))
    if not primal(block).flags.c_contiguous:
        block = block.copy("C")
    return block if order is None else block.transpose(_back(order))


def lift(parts: Any, ndim: int, missing_axes: int) -> Any:
    """Raise the rank of parts of an operand of `ndim` axes, so that the lanes stay in front."""
    if missing_axes <= 0:
        return parts
    shape = parts.shape
    keep = len(shape) - ndim
    return parts.reshape(shape[:keep] + (1,) * missing_axes + shape[keep:])


def upcast(x: Any) -> Any:
    """x for a derivative formula: float32 and float16 go through float64 and are rounded once."""
    dtype: Any = getattr(x, "dtype", None)
    if dtype in _LOW:
        return x.astype(np.complex128 if dtype.kind == "c" else np.float64)
    return x


def is_low(x: Any) -> bool:
    dtype = getattr(x, "dtype", None)
    return dtype is not None and dtype is not _F8 and dtype in _LOW
