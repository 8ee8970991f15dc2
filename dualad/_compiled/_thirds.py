"""Third derivatives of compiled functions: the Jacobian of a Hessian that compiled code takes."""

from __future__ import annotations

import math
import threading
import weakref
from typing import Any

import numpy as np
from numba import njit

from .._errors import NoRuleError
from ._calls import forward
from ._inside import Verb

_LOCK = threading.Lock()
_HESSIANS: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()


def thirds(call: Any) -> np.ndarray:
    """Third derivatives ``(n, n, n, m)`` in all leaves of a call, for m numbers of the result.

    ``call.of(g)`` is the same call of another function.
    """
    found = forward(call.of(_hessian(call.f, call.positions, len(call.args))))
    n = call.size
    sizes = [sum(math.prod(np.shape(x)) for x in a.leaves) for a in call.arguments]
    blocks = [np.asarray(b) for b in found.blocks]
    if len(sizes) == 1:  # the members of a container one after the other, each (n, *M, n, n)
        whole = np.concatenate([np.reshape(b, (n, -1)) for b in blocks], axis=1)
        return np.moveaxis(whole.reshape((n, -1, n, n)), 1, 3)
    # Leaves of the result are blocks (n, *M, *rows, *columns), one for each pair of arguments.
    if len(blocks) != len(sizes) ** 2:
        raise NoRuleError(
            f"third derivatives in several arguments of {call.f.__name__}, which is compiled and "
            "returns a container, are to be taken",
            f"one array as its answer, or {call.f.__name__}.py_func",
        )
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
