"""Functions that are linear along one axis, whatever they do there.

The matrix of such a function is what it makes of the unit vectors. The transpose is taken with it,
some columns at a time, where nothing better is known: n calls' worth of work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules._contract import conj
from .._rules._dispatch import dispatched
from .._rules._moving import Shapes
from .._rules._registry import register
from .._rules._row import Linear

# The most elements of unit vectors at a time.
_MOST = 1 << 20


@dispatched
def along(x: Any, f: Callable[[Any, int], Any], axis: int) -> Any:
    """``f(x, axis)`` for an f that maps each line along the (negative) axis linearly."""
    return f(x, axis)


def _prepare(x: Any, f: Any, axis: int) -> tuple[tuple[Any], Any]:
    return (x,), (f, axis, x.dtype.kind != "c")


def _value(params: Any, x: Any) -> Any:
    return along(x, *params[:2])


def _transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    f, axis, real = params
    n = shapes[0][axis]
    lines = np.moveaxis(ct, axis, -1)
    step = max(1, _MOST // max(n, lines.shape[-1]))
    parts = []
    for start in range(0, n, step):
        count = min(step, n - start)
        units = np.eye(count, n, start, dtype=np.float64 if real else np.complex128)
        parts.append(np.matmul(lines, conj(f(units, -1)).T))
    back = np.moveaxis(np.concatenate(parts, axis=-1), -1, axis)
    back = np.real(back) if real and back.dtype.kind == "c" else back
    return (back if back.dtype == ct.dtype or ct.dtype.itemsize > 8 else _low(back, real),)


def _low(block: Any, real: bool) -> Any:
    """A block in the single precision that the cotangent had."""
    return block.astype(np.float32 if real else np.complex64)


register([Linear(along, _prepare, _value, _transpose)])
