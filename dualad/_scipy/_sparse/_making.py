"""Stand-ins of the constructors of `scipy.sparse`, for entries that are numbers."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import scipy.sparse

from .._plain import array, find_number
from .._standins import Standins, no_rule
from ._numbers import SparseNumber, as_sparse, is_sparse, stored
from ._operators import FORMATS

STANDINS = Standins()


def _entrance(fn: Any, body: Any) -> None:
    def standin(*args: Any, **keywords: Any) -> Any:
        if not _holds((args, keywords)):
            return fn(*args, **keywords)
        return body(*args, **keywords)

    STANDINS.table[fn] = standin


def _holds(tree: Any) -> bool:
    """Whether numbers stand in a tree of arguments, sparse matrices of numbers among them."""
    if isinstance(tree, SparseNumber):
        return True
    if isinstance(tree, (tuple, list)):
        return any(map(_holds, tree))
    if isinstance(tree, dict):
        return any(map(_holds, tree.values()))
    return find_number(tree) is not None


def _constructor(fn: Any, name: str) -> Any:
    def body(arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False) -> Any:
        if is_sparse(arg1):
            return as_sparse(arg1).asformat(name)
        if not isinstance(arg1, tuple):
            return _dense(array(arg1)).asformat(name)
        if name == "dia":
            return _diagonals_as_stored(arg1, shape)
        if len(arg1) == 2 and name != "bsr":
            data, (rows, columns) = arg1
            rows, columns = np.asarray(rows), np.asarray(columns)
            if shape is None:
                shape = (int(rows.max()) + 1, int(columns.max()) + 1)
            made = SparseNumber(array(data), rows, columns, shape, name)
            return made.summed() if _sums(name) else made
        if len(arg1) == 3 and name in ("csr", "csc"):
            return _compressed(arg1, shape, name)
        return no_rule(fn, "of these arguments", "csr_array((data, (rows, columns)), shape)")

    return body


@functools.cache
def _sums(name: str) -> bool:
    """Whether this SciPy adds entries that share a place when it makes such a matrix."""
    twice = (np.ones(2), (np.zeros(2, int), np.zeros(2, int)))
    return bool(stored(twice[0], *twice[1], (1, 1), name).nnz == 1)


def _dense(x: Any) -> SparseNumber:
    """Every element: zeros may have derivatives, too."""
    rows, columns = np.indices(x.shape).reshape(2, -1)
    return SparseNumber(x.reshape(-1), rows, columns, x.shape)


def _compressed(arg1: Any, shape: Any, name: str) -> SparseNumber:
    data, indices, indptr = array(arg1[0]), np.asarray(arg1[1]), np.asarray(arg1[2])
    major = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    if shape is None:
        minor = int(indices.max()) + 1
        shape = (len(indptr) - 1, minor) if name == "csr" else (minor, len(indptr) - 1)
    rows, columns = (major, indices) if name == "csr" else (indices, major)
    return SparseNumber(data, rows, columns, shape, name)


def _diagonals_as_stored(arg1: Any, shape: Any) -> SparseNumber:
    """SciPy's form of diagonals: element j of each stands in column j."""
    data, offsets = np.atleast_2d(array(arg1[0])), np.atleast_1d(arg1[1])
    columns = np.broadcast_to(np.arange(data.shape[1]), data.shape)
    rows = columns - offsets[:, None]
    inside = (rows >= 0) & (rows < shape[0]) & (columns < shape[1])
    return SparseNumber(data[inside], rows[inside], columns[inside], shape)


def _diags(
    diagonals: Any,
    /,
    offsets: Any = 0,
    shape: Any = None,
    format: Any = None,
    dtype: Any = None,
) -> SparseNumber:
    if np.ndim(offsets) == 0:
        if isinstance(diagonals, (list, tuple)) and _nested(diagonals[0]):
            diagonals = diagonals[0]
        parts, offsets = [np.atleast_1d(array(diagonals))], [int(offsets)]
    else:
        parts = [np.atleast_1d(array(d)) for d in diagonals]
        offsets = [int(k) for k in offsets]
    if shape is None:
        n = parts[0].shape[0] + abs(offsets[0])
        shape = (n, n)
    data, rows, columns = [], [], []
    for part, k in zip(parts, offsets, strict=True):
        first, second = max(-k, 0), max(k, 0)
        length = min(shape[0] - first, shape[1] - second)
        if part.shape[0] not in (1, length):
            raise ValueError(
                f"Diagonal length (index 0: {part.shape[0]} at offset {k}) "
                f"does not agree with array size ({shape[0]}, {shape[1]})."
            )
        data.append(np.broadcast_to(part, (length,)))
        rows.append(first + np.arange(length))
        columns.append(second + np.arange(length))
    return SparseNumber(np.concatenate(data), np.concatenate(rows), np.concatenate(columns), shape)


def _nested(x: Any) -> bool:
    return np.ndim(x) > 0


def _block(blocks: Any, format: Any = None, dtype: Any = None) -> SparseNumber:
    """A matrix of matrices; None stands for zeros."""
    grid = [[None if b is None else _as_block(b) for b in row] for row in blocks]
    heights = [next(b.shape[0] for b in row if b is not None) for row in grid]
    widths = [
        next(b.shape[1] for b in column if b is not None) for column in zip(*grid, strict=True)
    ]
    tops, lefts = np.cumsum([0, *heights]), np.cumsum([0, *widths])
    placed = [
        (b.data, b.rows + tops[i], b.columns + lefts[j])
        for i, row in enumerate(grid)
        for j, b in enumerate(row)
        if b is not None
    ]
    data, rows, columns = (np.concatenate(parts) for parts in zip(*placed, strict=True))
    return SparseNumber(data, rows, columns, (tops[-1], lefts[-1]))


def _as_block(b: Any) -> SparseNumber:
    return as_sparse(b) if is_sparse(b) else _dense(np.atleast_2d(array(b)))


def _kron(A: Any, B: Any, format: Any = None) -> SparseNumber:
    a, b = _as_block(A), _as_block(B)
    data = (a.data[:, None] * b.data[None, :]).reshape(-1)
    rows = (a.rows[:, None] * b.shape[0] + b.rows).reshape(-1)
    columns = (a.columns[:, None] * b.shape[1] + b.columns).reshape(-1)
    return SparseNumber(data, rows, columns, (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]))


def _block_diag(mats: Any, format: Any = None, dtype: Any = None) -> SparseNumber:
    n = len(mats)
    return _block([[mats[i] if i == j else None for j in range(n)] for i in range(n)])


for _name in FORMATS:
    for _end in ("array", "matrix"):
        _fn = getattr(scipy.sparse, f"{_name}_{_end}")
        _entrance(_fn, _constructor(_fn, _name))
_entrance(scipy.sparse.diags, _diags)
_entrance(scipy.sparse.diags_array, lambda d, /, *, offsets=0, **k: _diags(d, offsets, **k))
_entrance(scipy.sparse.hstack, lambda blocks, *_, **__: _block([list(blocks)]))
_entrance(scipy.sparse.vstack, lambda blocks, *_, **__: _block([[b] for b in blocks]))
_entrance(scipy.sparse.bmat, _block)
_entrance(scipy.sparse.block_array, _block)
_entrance(scipy.sparse.block_diag, _block_diag)
_entrance(scipy.sparse.kron, _kron)
