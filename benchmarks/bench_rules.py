"""One operation on numbers of every kind, small arrays: the cost of a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import dualad as da
from dualad._graph import Tape, leaf

OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "x + x": lambda x: x + x,
    "x * x": lambda x: x * x,
    "tanh": np.tanh,
    "slice": lambda x: x[1:],
    "sum": np.sum,
    "matmul": lambda x: _MATRIX @ x,
}
_MATRIX = np.linspace(-1.0, 1.0, 100).reshape(10, 10)
KINDS = ("plain", "dual", "hyper-dual", "recorded")
LANES = 8


class Operation:
    """Ten numbers; eight tangents where there are any."""

    params = (tuple(OPERATIONS), KINDS)
    param_names = ("operation", "kind")

    def setup(self, operation: str, kind: str) -> None:
        self.run = OPERATIONS[operation]
        self.tape: Any = None
        x = np.linspace(0.1, 1.0, 10)
        t = np.ones((LANES, 10))
        if kind == "dual":
            self.x: Any = da.Dual(x, t)
        elif kind == "hyper-dual":
            self.x = da.HyperDual(x, t, t, np.zeros((LANES, LANES, 10)))
        elif kind == "recorded":
            self.tape = Tape()
            self.x = leaf(self.tape, x)
        else:
            self.x = x

    def time_call(self, _operation: str, _kind: str) -> None:
        self.run(self.x)
        if self.tape is not None:
            del self.tape.nodes[1:]
