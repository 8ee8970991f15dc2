"""How cases are timed: beside one another, in one process.

Processor time, of all threads: what waits for its turn on a busy machine is not slower for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

Cases = dict[str, Callable[[], Any]]
SLICE = 1.5e-3
LONGEST = 1.0  # seconds of a call that is still timed
TOO_LONG = f"over {LONGEST:g} s"


def once(run: Callable[[], Any]) -> float:
    """Seconds of a second call."""
    run()
    return timed(run)


def timed(run: Callable[[], Any]) -> float:
    """Processor seconds of a call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def best(cases: Cases, slices: int = 60, seconds: float = 1.0) -> dict[str, float]:
    """Microseconds of each case: the best slice of about 1.5 ms, the cases in turn.

    A case that has taken `seconds` is left out of further turns; each is timed twice.
    """
    counts = {name: max(1, int(SLICE / (once(run) + 1e-9))) for name, run in cases.items()}
    found, spent = dict.fromkeys(cases, math.inf), dict.fromkeys(cases, 0.0)
    for turn in range(slices):
        for name, run in cases.items():
            if turn >= 2 and spent[name] > seconds:
                continue
            start = time.process_time()
            for _ in range(counts[name]):
                run()
            took = time.process_time() - start
            spent[name] += took
            found[name] = min(found[name], took / counts[name])
    return {name: 1e6 * t for name, t in found.items()}
