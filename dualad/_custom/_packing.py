"""Several arrays, complex ones among them, as one real vector; and blocks of them as a matrix.

A complex array takes twice its size: real parts, then imaginary parts. The functions of blocks use
NumPy functions that have rows, so blocks may be numbers of another evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._numbers import primal


def dtype_of(x: Any) -> np.dtype:
    return np.result_type(primal(x))


def is_complex(x: Any) -> bool:
    return dtype_of(x).kind == "c"


def size_of(x: Any) -> int:
    """How many real numbers x is."""
    return math.prod(np.shape(x)) * (2 if is_complex(x) else 1)


def pack_values(arrays: Sequence[Any]) -> np.ndarray:
    """The vector of plain arrays, in float64 or higher."""
    pieces = [np.zeros(0)]
    for x in arrays:
        flat = np.ravel(x)
        pieces += [flat.real, flat.imag] if is_complex(x) else [flat]
    return np.concatenate(pieces)


def unpack_values(v: np.ndarray, like: Sequence[Any]) -> list[Any]:
    """Arrays of the shapes and dtypes of `like`; complex ones where v is, for a complex step."""
    out: list[Any] = []
    start = 0
    for x in like:
        n, shape, dtype = math.prod(np.shape(x)), np.shape(x), dtype_of(x)
        flat = v[start : start + n]
        if dtype.kind == "c":
            flat = flat + 1j * v[start + n : start + 2 * n]
        start += size_of(x)
        if np.iscomplexobj(v):
            dtype = np.result_type(dtype, np.complex64)
        item = flat.astype(dtype).reshape(shape)
        if not isinstance(x, np.ndarray):  # a scalar of the type that f got
            item = item[()] if isinstance(x, np.generic) else item.item()
        out.append(item)
    return out


def pack(blocks: Sequence[Any], like: Sequence[Any], k: int) -> Any:
    """The matrix of k lanes of blocks ``(k,) + shape``; zeros for None."""
    pieces: list[Any] = []
    for block, x in zip(blocks, like, strict=True):
        n = math.prod(np.shape(x))
        if block is None:
            pieces.append(np.zeros((k, size_of(x))))
            continue
        flat = np.reshape(block, (k, n))
        pieces += [np.real(flat), np.imag(flat)] if is_complex(x) else [flat]
    return np.concatenate(pieces, axis=1) if len(pieces) != 1 else pieces[0]


def unpack(matrix: Any, like: Sequence[Any]) -> list[Any]:
    """Blocks ``(k,) + shape`` out of a matrix of lanes."""
    out: list[Any] = []
    start = 0
    for x in like:
        n, shape = math.prod(np.shape(x)), (matrix.shape[0], *np.shape(x))
        flat = matrix[:, start : start + n]
        if is_complex(x):
            flat = flat + 1j * matrix[:, start + n : start + 2 * n]
        start += size_of(x)
        block = np.reshape(flat, shape)
        dtype = dtype_of(x)
        if dtype_of(block) != dtype and dtype_of(block).kind == dtype.kind:
            block = block.astype(dtype)
        out.append(block)
    return out
