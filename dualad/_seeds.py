"""Seeds: blocks of unit directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ._graph import dtype_of


def identity_blocks(leaves: Sequence[Any], start: int, stop: int) -> list[Any]:
    """Seeds of the unit directions start ... stop - 1 of all leaves together."""
    blocks, offset = [], 0
    for x in leaves:
        shape = np.shape(x)
        size = math.prod(shape)
        block = np.zeros((stop - start, size), dtype_of(x))
        low, high = max(start, offset), min(stop, offset + size)
        if low < high:
            first = (low - start) * size + low - offset
            block.reshape(-1)[first : (high - start) * size : size + 1] = 1.0
        blocks.append(block.reshape((stop - start, *shape)))
        offset += size
    return blocks


@lru_cache(maxsize=32)
def unit_block(n: int) -> np.ndarray:
    """A value (to be filled in) and the n unit directions of a vector."""
    block = np.zeros((1 + n, n))
    block.reshape(-1)[n :: n + 1] = 1.0
    block.flags.writeable = False
    return block
