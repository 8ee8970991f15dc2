"""Cotangents of functions of a matrix through the vectors of a repeated eigenvalue.

The pullback knows no way there, see `_numbers._splitting`; tangents in all directions do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._numbers._splitting import split_tangents
from ._seeds import identity_blocks

_LANES = 32


def split_cotangents(
    call: Any, seeds: Sequence[Any], enter: Callable[..., Any], error: Exception
) -> list[Any]:
    """Cotangent blocks of the leaves for seeds of the outputs.

    Parameters
    ----------
    call : Call
    seeds : sequence
        ``(k,) + shape`` of each output, or None.
    enter : callable ``(type, leaf, parts, level)``
    error : Exception
        Raised where this way does not help either.
    """
    given = [s for s in seeds if s is not None]
    columns = []
    for start in range(0, call.size, _LANES):
        blocks = identity_blocks(call.leaves, start, min(call.size, start + _LANES))
        tangents = split_tangents(call.run, enter, call.leaves, blocks)
        if tangents is None:
            raise error
        total = np.zeros((given[0].shape[0], blocks[0].shape[0]))
        for seed, t in zip(seeds, tangents, strict=True):
            if seed is not None and t is not None:
                flat = np.conjugate(np.reshape(seed, (len(seed), -1)))
                total = total + np.real(flat @ np.reshape(t, (len(t), -1)).T)
        columns.append(total)
    joined, found, start = np.concatenate(columns, axis=1), [], 0
    for x in call.leaves:
        stop = start + math.prod(np.shape(x))
        found.append(joined[:, start:stop].reshape((len(joined), *np.shape(x))))
        start = stop
    return found
