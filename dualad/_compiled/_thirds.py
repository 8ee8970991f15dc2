"""Third derivatives of compiled functions: the Jacobian of a Hessian that compiled code takes."""

from __future__ import annotations

import math
import threading
import weakref
from typing import Any

import numpy as np
from numba import njit

from .._evaluate import Call
from ._calls import forward
from ._inside import Verb

_LOCK = threading.Lock()
_HESSIANS: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()


def thirds(call: Call) -> np.ndarray:
    """Third derivatives ``(n, n, n, m)`` in all leaves of a call, for m numbers of the result."""
    chosen = Call(_hessian(call.f, call.positions, len(call.args)), call.args, {}, call.positions)
    found = forward(chosen)
    n = call.size
    sizes = [sum(math.prod(np.shape(x)) for x in a.leaves) for a in call.arguments]
    # Leaves of the result are blocks (n, *M, *rows, *columns), one for each pair of arguments.
    blocks = [np.asarray(b) for b in found.blocks]
    rows = []
    for i, height in enumerate(sizes):
        row = [
            blocks[i * len(sizes) + j].reshape((n, -1, height, width))
            for j, width in enumerate(sizes)
        ]
        rows.append(np.concatenate(row, axis=3))
    return np.moveaxis(np.concatenate(rows, axis=2), 1, 3)


def _hessian(f: Any, positions: tuple[int, ...], count: int) -> Any:
    """A compiled function that answers the Hessian of f."""
    with _LOCK:
        known = _HESSIANS.setdefault(f, {})
        if (positions, count) not in known:
            names = ", ".join(f"a{i}" for i in range(count))
            space = {"verb": Verb("hessian", f, positions)}
            exec(f"def hessian({names}):\n    return verb({names})\n", space)
            known[positions, count] = njit(space["hessian"])
        return known[positions, count]
