"""Which mode and how many directions at once: the mode selector of compiled functions."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from . import _memory, _store, _together
from ._drivers import effects

CHUNK = 16
"""Tangents that travel at once, where there are so many; a power of two, for vector registers."""
MOST_FORWARD = 16
"""Inputs of a scalar function up to which forward mode is faster than reverse."""

# Costs in runs of the function itself: of one lane of a chunk, of a recording, of a sweep. Means of
# what was measured (docs/numba_speed.md): a chunk of 16 costs 2.1 to 3.1 runs, a recording 1.9 to
# 4.2, a sweep 0.5 to 3.5.
PER_LANE, RECORDING, PER_SWEEP = 0.12, 3.0, 2.0


def lanes_for(n: int, chunk: int | None = None) -> int:
    """The lanes of a number for n directions: a power of two."""
    wanted = min(n, chunk or CHUNK)
    return 1 << max(wanted - 1, 0).bit_length()


def goes_backward(mode: str, n: int, m: int | Callable[[], int]) -> bool:
    """Whether reverse mode is used for m outputs; a function that finds m is asked if needed."""
    if mode != "auto" or n <= MOST_FORWARD:
        return mode == "reverse"
    ahead, back = estimates(n, m if isinstance(m, int) else m())
    return back < ahead


MANY = 10**9
_OUTPUTS: weakref.WeakKeyDictionary[Any, dict[Any, int]] = weakref.WeakKeyDictionary()


def outputs_of(f: Any, args: Sequence[Any], keywords: dict[str, Any], key: Any) -> int:
    """How many numbers f returns: the plain function is run once, on copies, for each key.

    Where that is not possible they are taken to be many.
    """
    known = _OUTPUTS.setdefault(f, {})
    if key not in known:
        try:
            known[key] = _counted(plainly(f, args, keywords))
        except Exception:  # noqa: BLE001  # the derivative's own run of f says what is wrong
            return MANY
    return known[key]


def plainly(f: Any, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """What f itself returns; what it writes into its arguments is lost."""
    if _store.remembered(f, (), effects)[2]:
        raise InputError(f"{f.__name__} draws random numbers, and is not run for its shape alone")
    with _together.apart(f):
        return f(*copy.deepcopy(list(args)), **copy.deepcopy(keywords))


def _counted(y: Any) -> int:
    if isinstance(y, (tuple, list)):
        return sum(map(_counted, y))
    return 0 if y is None or isinstance(y, str) else int(np.size(y))


def estimates(n: int, m: int) -> tuple[float, float]:
    """What a Jacobian costs forward and in reverse, in runs of the function itself."""
    chunks = -(-n // CHUNK)
    return chunks * (1.0 + PER_LANE * lanes_for(n)), RECORDING + PER_SWEEP * -(-m // _memory.LANES)
