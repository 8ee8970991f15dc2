"""Functions that only move numbers: each element of the answer is one element of an operand, or 0.

Where an element comes from is found by letting NumPy's own function act on the numbers of the
elements (counted from 1; 0 stands for "from nowhere"). This *source* gives the answer on blocks by
one indexing, and the transpose by adding up, so that neither has to imitate NumPy's function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._row import Linear

Shape = tuple[int, ...]
Shapes = Sequence[Shape]


def is_number(x: Any) -> bool:
    """Whether x carries derivatives (numbers answer for ndarray in isinstance: ask the type)."""
    return hasattr(type(x), "_dualad_level")


def shape_of(x: Any) -> Shape:
    """The shape of an array, a number, a scalar or a list."""
    shape = getattr(x, "shape", None)
    return np.shape(x) if shape is None else shape


def leading(x: Any, ndim: int) -> Shape:
    """The axes in front of the last `ndim`: () for an array, (k,) for a block."""
    shape = shape_of(x)
    return shape[: len(shape) - ndim]


def lanes_of(blocks: Sequence[Any]) -> tuple[int, Any]:
    """(k, dtype) of blocks of which some are None."""
    known = next(b for b in blocks if b is not None)
    return known.shape[0], known.dtype


def zeros(k: int, shape: Shape, like: Any) -> np.ndarray:
    """A block of zeros with the dtype of the block `like`."""
    return np.zeros((k, *shape), like.dtype)


def numbered(*shapes: Shape) -> list[np.ndarray]:
    """Arrays of consecutive element numbers, from 1 on, of these shapes."""
    arrays, start = [], 1
    for shape in shapes:
        size = math.prod(shape)
        arrays.append(np.arange(start, start + size).reshape(shape))
        start += size
    return arrays


def locked(source: Any) -> np.ndarray:
    """A source as a parameter: an array that owns its memory and cannot change."""
    array = np.array(source)
    array.setflags(write=False)
    return array


def pick(source: np.ndarray, blocks: Sequence[Any], shapes: Shapes) -> Any:
    """The block of answers; a block that is None counts as zero."""
    k, dtype = lanes_of(blocks)
    columns = [np.zeros((k, 1), dtype)]
    for block, shape in zip(blocks, shapes, strict=True):
        size = math.prod(shape)
        columns.append(np.zeros((k, size), dtype) if block is None else block.reshape((k, size)))
    return np.concatenate(columns, axis=1)[:, source]


def spread(source: np.ndarray, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
    """The transpose of `pick`: one cotangent block for each operand."""
    k = ct.shape[0]
    sizes = [math.prod(shape) for shape in shapes]
    targets = source.reshape(-1)
    total = add_up(ct.reshape((k, targets.size)), targets, 1 + sum(sizes))
    parts, start = [], 1
    for shape, size in zip(shapes, sizes, strict=True):
        parts.append(total[:, start : start + size].reshape((k, *shape)))
        start += size
    return tuple(parts)


def add_up(ct: Any, targets: np.ndarray, size: int) -> Any:
    """Columns of ct added up at their targets, in order; target 0 swallows. Shape (k, size)."""
    if not targets.all():
        kept = np.flatnonzero(targets)
        ct, targets = ct[:, kept], targets[kept]
    if type(ct) is not np.ndarray:
        return _add_up_pairwise(ct, targets, size)
    total = np.zeros((ct.shape[0], size), ct.dtype)
    hit = np.zeros(size, bool)
    hit[targets] = True
    if np.count_nonzero(hit) == targets.size:
        total[:, targets] = ct
    else:
        for lane, row in zip(total, ct, strict=True):
            np.add.at(lane, targets, row)
    return total


def _add_up_pairwise(ct: Any, targets: np.ndarray, size: int) -> Any:
    """`add_up` without writing, for numbers: neighbours of one target are added in rounds."""
    order = np.argsort(targets, kind="stable")
    targets, ct = targets[order], ct[:, order]
    nothing = np.zeros((ct.shape[0], 1), ct.dtype)
    while True:
        m = targets.size
        starts = np.flatnonzero(np.diff(targets, prepend=-1))
        counts = np.diff(starts, append=m)
        if counts.max(initial=0) <= 1:
            break
        rank = np.arange(m) - np.repeat(starts, counts)
        first = np.flatnonzero(rank % 2 == 0)
        second = np.minimum(first + 1, m - 1)
        second = np.where((first + 1 < m) & (targets[second] == targets[first]), first + 1, m)
        ct = ct[:, first] + np.concatenate((ct, nothing), axis=1)[:, second]
        targets = targets[first]
    place = np.full(size, m)
    place[targets] = np.arange(m)
    return np.concatenate((ct, nothing), axis=1)[:, place]


def moving(fn: Callable[..., Any], *names: str) -> Linear:
    """The row of a function that moves the elements of one operand.

    Parameters
    ----------
    names : str
        Names of the first arguments of `fn`. The last of them is the operand; those before it are
        constants (`compress(condition, a)`).
    """
    operand = len(names) - 1

    def prepare(*args: Any, **keywords: Any) -> tuple[tuple[Any], Any]:
        keywords.pop("out", None)
        args += tuple(keywords.pop(name) for name in names[len(args) :])
        x = args[operand]
        before, after = args[:operand], args[operand + 1 :]
        shape = shape_of(x)
        source = fn(*before, *numbered(shape), *after, **keywords)
        return (x,), (shape, locked(source), before, after, tuple(keywords.items()))

    def value(params: Any, x: Any) -> Any:
        shape, source, before, after, keywords = params
        outer = leading(x, len(shape))
        if outer:
            return pick(source, (x,), (shape,))
        return fn(*before, x, *after, **dict(keywords))

    def transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any, ...]:
        return spread(params[1], ct, shapes)

    return Linear(fn, prepare, value, transpose, one_call=True)
