"""Where compiled kernels take over from NumPy's expressions, and when.

A kernel does in one pass over the blocks what the expression does in several calls; both round
alike. `_compiled._kernels` has the kernels, which need Numba: importing it takes half a second, and
compiling them once per machine some seconds. So expressions are used until derivatives have cost
a few seconds in this process; `meter.due` is called then, and may `install` the kernels.

The policy, measured on a machine of 2 cores with NumPy 2.4 and Numba 0.68, first order: a kernel
costs 1 us and then 0.15 to 0.3 of the expression's time per element, and the expression 4 to 5 us
for its three calls; it is faster at every size, by 1.5 (10^5 elements, one lane, which is memory)
to 3 times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_F8 = np.dtype(np.float64)
_Array = np.ndarray

# Taken over by kernels; None while there are none.
product: Any = None
terms: Any = None
spread: Any = None
array_scalar: Any = None
scalar_array: Any = None
second_chain: Any = None
second_product: Any = None
second_terms: Any = None

_NAMES = (
    "product",
    "terms",
    "spread",
    "array_scalar",
    "scalar_array",
    "second_chain",
    "second_product",
    "second_terms",
)
_PRICE = 2_000_000_000  # of installing them, in units of what a kernel saves: nanoseconds
_CALL = 3_000  # what a kernel saves a call ...
_ELEMENT = 1  # ... and an element of the answer
_NOTHING = np.empty(0)


class Meter:
    """What kernels would have saved so far, in nanoseconds; `due` is called when it is enough."""

    __slots__ = ("due", "saved")

    def __init__(self) -> None:
        self.saved = 0
        self.due: Callable[[], None] | None = None


meter = Meter()


def install(kernels: dict[str, Any]) -> None:
    """Use these kernels from now on; an empty dictionary: none."""
    for name in _NAMES:
        globals()[name] = kernels.get(name)


def missed(size: int) -> None:
    """An operation on a block of this size would have been one of a kernel's."""
    meter.saved += _CALL + _ELEMENT * size
    if meter.saved > _PRICE:
        meter.saved = 0
        if meter.due is not None:
            meter.due()


def flat(block: Any, count: int) -> Any:
    """A block as one of two axes, ``(count, n)``; None where that would be a copy."""
    if type(block) is not _Array or block.dtype is not _F8 or block.shape[0] != count:
        return None
    if block.ndim == 2:
        return block if block.strides[1] == 8 else None
    return block.reshape(count, -1) if block.flags.c_contiguous and block.size else None


def _row(x: Any, size: int) -> Any:
    """A partial derivative as a contiguous row of this size; None where it is none."""
    if type(x) is _Array and x.dtype is _F8 and x.size == size and x.flags.c_contiguous:
        return x if x.ndim == 1 else x.reshape(-1)
    return None


def fused_chain(t: Any, x: Any, d: Any, d2: Any, shape: tuple[int, ...]) -> Any:
    """Parts of a hyper-dual f(x); None where no kernel fits."""
    parts = flat(t, t.shape[0])
    if parts is None or t.shape[1:] != np.shape(x):
        return None
    d, d2 = _row(d, parts.shape[1]), _row(d2, parts.shape[1])
    if d is None or d2 is None:
        return None
    if second_chain is None:
        missed(t.size)
        return None
    out = np.empty(parts.shape)
    second_chain(out, parts, d, d2, shape[0], shape[1] if len(shape) == 2 else 0)
    return out.reshape(t.shape)


def fused_product(x: Any, y: Any, s: Any, t: Any, shape: tuple[int, ...]) -> Any:
    """Parts of a hyper-dual product; None where no kernel fits."""
    if type(s) is not _Array or type(t) is not _Array or s.shape != t.shape:
        return None
    a, b = flat(s, s.shape[0]), flat(t, t.shape[0])
    if a is None or b is None:
        return None
    u, v = _row(x, a.shape[1]), _row(y, a.shape[1])
    if u is None or v is None or x.shape != s.shape[1:]:
        return None
    if second_product is None:
        missed(s.size)
        return None
    out = np.empty(a.shape)
    second_product(out, a, u, b, v, shape[0], shape[1] if len(shape) == 2 else 0)
    return out.reshape(s.shape)


def fused_terms(s: Any, t: Any, partials: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Parts of a hyper-dual f(x, y) of two active operands; None where no kernel fits.

    `partials` are fx, fy, fxx, fxy, fyy; None is zero.
    """
    if partials[0] is None or partials[1] is None or all(p is None for p in partials[2:]):
        return None
    if type(s) is not _Array or type(t) is not _Array or s.shape != t.shape:
        return None
    a, b = flat(s, s.shape[0]), flat(t, t.shape[0])
    if a is None or b is None:
        return None
    rows = [_NOTHING if p is None else _row(p, a.shape[1]) for p in partials]
    if any(r is None for r in rows):
        return None
    if second_terms is None:
        missed(s.size)
        return None
    p, q, xx, xy, yy = rows
    out = np.empty(a.shape)
    k2 = shape[1] if len(shape) == 2 else 0
    second_terms(out, a, p, b, q, xx, xy, yy, shape[0], k2)
    return out.reshape(s.shape)


__all__ = ["flat", "fused_chain", "fused_product", "fused_terms", "install", "missed"]
