"""Where compiled kernels take over from NumPy's expressions, and when.

A kernel does in one pass over the blocks what the expression does in several calls; both round
alike. `_compiled._kernels` has the kernels, which need Numba: importing it takes more than half a
second, and compiling them once per machine some tens. So expressions are used until derivatives
have cost a few seconds in this process; `meter.due` is called then, and may `install` the kernels.

The policy, measured on a machine of 2 cores with NumPy 2.4 and Numba 0.68 by
``python -m benchmarks.suites.bench_kernels``: a kernel costs 1 us and then 0.15 to 0.4 of the
expression's time per element, and the expression 4 to 10 us for its three to six calls. The kernel
is faster at every size, by 1.5 to 4 times, so where there is one it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_F8 = np.dtype(np.float64)
_F4 = np.dtype(np.float32)
_Array = np.ndarray

# Taken over by kernels; None while there are none.
product: Any = None
unary: Any = None
binary: Any = None
scale: Any = None
terms: Any = None
scale_single: Any = None
terms_single: Any = None
grid: Any = None
spread: Any = None
array_scalar: Any = None
scalar_array: Any = None
second_chain: Any = None
second_unary: Any = None
second_product: Any = None
second_terms: Any = None
second_binary: Any = None
# Rows whose partial derivatives a kernel computes by itself, and by which number.
unary_rows: dict[Any, int] = {}
binary_rows: dict[Any, int] = {}
second_unary_rows: dict[Any, int] = {}
second_binary_rows: dict[Any, int] = {}

_TABLES = ("unary_rows", "binary_rows", "second_unary_rows", "second_binary_rows")
NAMES = (
    "product",
    "unary",
    "binary",
    "scale",
    "terms",
    "scale_single",
    "terms_single",
    "grid",
    "spread",
    "array_scalar",
    "scalar_array",
    "second_chain",
    "second_unary",
    "second_product",
    "second_terms",
    "second_binary",
)
_PRICE = 2_000_000_000  # of installing them, in units of what a kernel saves: nanoseconds
_CALL = 3_000  # what a kernel saves a call ...
_ELEMENT = 1  # ... and an element of the answer


class Meter:
    """What kernels would have saved so far, in nanoseconds; `due` is called when it is enough."""

    __slots__ = ("due", "saved")

    def __init__(self) -> None:
        self.saved = 0
        self.due: Callable[[], None] | None = None


meter = Meter()


def install(kernels: dict[str, Any]) -> None:
    """Use these kernels from now on; an empty dictionary: none."""
    for name in _TABLES:
        globals()[name] = kernels.get(name, {})
    for name in NAMES:
        globals()[name] = kernels.get(name)


def missed(size: int) -> None:
    """An operation on a block of this size would have been one of a kernel's."""
    meter.saved += _CALL + _ELEMENT * size
    if meter.saved > _PRICE:
        meter.saved = 0
        if meter.due is not None:
            meter.due()


def flat(block: Any) -> Any:
    """A block as one of two axes, ``(count, n)``; None where that would be a copy."""
    if block.ndim == 2:
        return block
    return block.reshape(block.shape[0], -1) if block.flags.c_contiguous and block.size else None


def in_rows(block: Any) -> Any:
    """`flat` of a float64 block whose rows are contiguous; None for any other."""
    if block.dtype is not _F8:
        return None
    if block.ndim == 2:
        return block if block.strides[1] == 8 else None
    return block.reshape(block.shape[0], -1) if block.flags.c_contiguous and block.size else None


def row_of(x: Any, size: int) -> Any:
    """A partial derivative as a contiguous row of this size; None where it is none."""
    if type(x) is _Array and x.dtype is _F8 and x.size == size and x.flags.c_contiguous:
        return x if x.ndim == 1 else x.reshape(-1)
    return None


def scaled(tail: Any, t: Any, p: Any) -> bool:
    """Fill the tangents ``t p`` of an answer by a kernel; False where none fits."""
    if type(p) is not _Array or t.shape != tail.shape:
        return False
    fused = scale
    if fused is None:
        missed(tail.size)
        return False
    s = in_rows(t)
    if s is None:
        return False
    row = row_of(p, s.shape[1])
    if row is None:
        return False
    fused(tail if tail.ndim == 2 else tail.reshape(s.shape), s, row)
    return True


__all__ = ["NAMES", "flat", "in_rows", "install", "missed", "row_of", "scaled"]
