"""One row: every peer's answer is compared, then all are timed in turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.timing import LONGEST, TOO_LONG, best, timed

from . import ours
from .case import Case, Peer, Prepared, Unsuited


class Row(NamedTuple):
    """Microseconds of one evaluation, and for each peer its multiple, or why there is none."""

    name: str
    kind: str
    value: float
    cells: dict[str, float | str]

    def ratio(self, peer: str, other: str) -> float | None:
        """How many times as long the peer takes as the other one, if both were timed."""
        a, b = self.cells.get(peer), self.cells.get(other)
        return a / b if isinstance(a, float) and isinstance(b, float) else None


def reference(case: Case) -> np.ndarray:
    """The derivative by hand, or dualad's in forward mode whatever it chooses by itself."""
    if case.kind in case.problem.hand:
        prepared = ours.by_hand(case)
        return np.asarray(prepared.read(prepared.run()))
    options = {} if case.kind == "hessian" else {"mode": "forward"}
    return np.asarray(ours.verb(case.kind)(case.f, **options)(case.x))


def checked(case: Case, peer: Peer, want: np.ndarray) -> Prepared | str:
    """The peer's derivative where it is right, else what the cell says."""
    if not peer.installed:
        return "not installed"
    try:
        prepared = peer.make(case)
        start = time.process_time()
        found = np.asarray(prepared.read(prepared.run()))
        slow = time.process_time() - start > LONGEST  # it may have been compiled just now
    except Unsuited as reason:
        return str(reason)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:  # noqa: BLE001  # all is told, Rust's panics, too
        return f"raises {type(failure).__name__}"
    if found.shape != want.shape:
        return f"shape {found.shape}"
    error = float(np.abs(found - want).max() / np.abs(want).max())
    if error > peer.tolerance:
        return f"error {error:.0e}"
    return TOO_LONG if slow and timed(prepared.run) > LONGEST else prepared


def row(case: Case, peers: Sequence[Peer], slices: int, seconds: float) -> Row:
    """Measure one row."""
    want = reference(case)
    prepared = {peer.name: checked(case, peer, want) for peer in peers}
    runs: dict[str, Any] = {"": lambda: case.f(case.x)}
    runs |= {name: made.run for name, made in prepared.items() if isinstance(made, Prepared)}
    times = best(runs, slices, seconds)
    cells = {
        name: made if isinstance(made, str) else times[name] / times[""]
        for name, made in prepared.items()
    }
    return Row(case.name, case.kind, times[""], cells)
