"""What `workers=` may be, and how many that is. Nothing here is slow to import."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown


def check_workers(workers: Any) -> Any:
    """`workers` if it is an int or a map, as SciPy has it.

    Raises
    ------
    InputError, InputTypeError
    """
    if workers is None:
        return None
    if isinstance(workers, (int, np.integer)) and not isinstance(workers, bool):
        if workers == -1 or workers >= 1:
            return int(workers)
        raise InputError(
            f"workers={workers}; it must be -1 (all processors) or at least 1", "workers=-1"
        )
    if callable(workers) and not isinstance(workers, type):
        return workers
    if workers is map:
        return workers
    if callable(getattr(workers, "map", None)):
        raise InputTypeError(
            f"workers={shown(workers)} is a pool; its map is what is needed",
            "workers=pool.map, inside the pool's `with` block",
        )
    raise InputTypeError(
        f"workers={shown(workers)}; it must be an int or a map-like callable",
        "workers=-1, or workers=pool.map",
    )


def is_serial(workers: Any) -> bool:
    """Whether all is done in this process, without a map."""
    return workers is None or (isinstance(workers, int) and workers == 1)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_of(workers: Any) -> int:
    """How many workers there are; of a map that does not say, as many as processors."""
    if workers is None:
        return 1
    if isinstance(workers, int):
        return processors() if workers == -1 else workers
    owner = getattr(workers, "__self__", None)
    known = getattr(owner, "_max_workers", None) or getattr(owner, "_processes", None)
    if isinstance(known, int) and known > 0:
        return known
    threads = getattr(owner, "nthreads", None)
    if callable(threads):  # a Dask client
        found = threads()
        if isinstance(found, dict) and found:
            return sum(int(n) for n in found.values())
    return processors()
