"""Which answers stand at a kink that a function of them may smooth away."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._rules._norms import euclidean
from ._number import primal

SIZES = (np.abs, np.fabs)
TIES = (np.maximum, np.minimum, np.fmax, np.fmin)
PEAKS = (np.minimum, np.fmin)
KINKED = frozenset({*SIZES, *TIES, np.hypot, euclidean})


def meets_kink(row: Any, operands: tuple[Any, ...], value: Any) -> Any:
    """Where the answer of a row stands at a kink: an array of bool; None for other rows."""
    fn = row.fn
    if fn not in KINKED:
        return None
    if fn in TIES:
        x, y = (np.asarray(primal(x)) for x in operands)
        return (x == y) & np.isfinite(x)
    return np.asarray(primal(value) == 0)


def watch_kinks(level: Any, row: Any, operands: tuple[Any, ...], value: Any) -> None:
    """Tell the level where a kink is met."""
    if not level.kinked:
        hit = meets_kink(row, operands, value)
        level.kinked = hit is not None and bool(hit.any())


__all__ = ["KINKED", "PEAKS", "TIES", "meets_kink", "watch_kinks"]
