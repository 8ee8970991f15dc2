"""Whether a recorded evaluation has met a kink that a function of it may smooth away."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers import primal
from .._numbers._at_kink import meets_kink
from .._rules._row import Binary, Differential, Unary
from ._graph import Tape


def on_tape(tape: Tape) -> bool:
    """Whether a recorded evaluation has met a kink."""
    return any(_at_kink(node) for node in tape.nodes)


def _at_kink(node: tuple[Any, ...]) -> bool:
    row, saved = node[0], node[2]
    kind = type(row)
    if kind is Unary and row.kinks and saved[0] is not None:
        hit = meets_kink(row, (), saved[0])  # |x| is 0 where x is
    elif kind is Binary and row.kinks:
        hit = _of_two(row, saved)
    elif kind is Differential and not isinstance(saved[0], tuple):
        hit = meets_kink(row, (), saved[0])
    else:
        return False
    return hit is not None and bool(hit.any())


def _of_two(row: Binary, saved: tuple[Any, ...]) -> Any:
    x, y, z = saved
    if x is None or y is None:
        return None if z is None else meets_kink(row, (z, z + 1.0), z)
    return meets_kink(row, (x, y), np.hypot(primal(x), primal(y)) if z is None else z)


__all__ = ["on_tape"]
