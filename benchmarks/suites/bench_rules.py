"""One operation on numbers of every kind, small arrays: the cost of a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import dualad as da
from dualad._graph import Tape, leaf
from dualad._rules._elementwise import ELEMENTWISE
from dualad._rules._row import Unary

_MATRIX = np.linspace(-1.0, 1.0, 100).reshape(10, 10) + 3.0 * np.eye(10)
OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "x + x": lambda x: x + x,
    "x * x": lambda x: x * x,
    "tanh": np.tanh,
    "slice": lambda x: x[1:],
    "sum": np.sum,
    "cumsum": np.cumsum,
    "max": np.max,
    "where": lambda x: np.where(x > 0.5, x, 0.0),
    "reshape": lambda x: x.reshape(2, 5),
    "concatenate": lambda x: np.concatenate((x, x)),
    "matmul": lambda x: _MATRIX @ x,
    "einsum": lambda x: np.einsum("ij,j->i", _MATRIX, x),
    "solve": lambda x: np.linalg.solve(_MATRIX, x),
    "norm": np.linalg.norm,
}
ROWS = {row.name: row for row in ELEMENTWISE if isinstance(row, Unary)}
KINDS = ("plain", "dual", "hyper-dual", "recorded")
LANES = 8


class OfKind:
    """A vector of one kind: plain, with eight tangents, or recorded."""

    tape: Any = None
    x: Any = None

    def become(self, x: np.ndarray, kind: str) -> None:
        t = np.ones((LANES, *x.shape))
        self.x = x
        if kind == "dual":
            self.x = da.Dual(x, t)
        elif kind == "hyper-dual":
            self.x = da.HyperDual(x, t, t, np.zeros((LANES, *t.shape)))
        elif kind == "recorded":
            self.tape = Tape()
            self.x = leaf(self.tape, x)

    def measured(self, run: Callable[[Any], Any]) -> None:
        run(self.x)
        if self.tape is not None:
            del self.tape.nodes[1:]


class Operation(OfKind):
    """Operators and array functions, ten numbers."""

    params = (tuple(OPERATIONS), KINDS)
    param_names = ("operation", "kind")

    def setup(self, operation: str, kind: str) -> None:
        self.run = OPERATIONS[operation]
        self.become(np.linspace(0.1, 1.0, 10), kind)
        self.measured(self.run)

    def time_call(self, _operation: str, _kind: str) -> None:
        self.measured(self.run)


class Row(OfKind):
    """Every elementwise function of one argument, at its row's sample points, ten numbers."""

    params = (tuple(ROWS), KINDS)
    param_names = ("function", "kind")

    def setup(self, function: str, kind: str) -> None:
        row = ROWS[function]
        self.run = row.fn
        self.become(np.resize(np.array(row.at), 10), kind)
        with np.errstate(all="ignore"):
            self.measured(self.run)

    def time_call(self, _function: str, _kind: str) -> None:
        with np.errstate(all="ignore"):  # sample points reach where functions overflow
            self.measured(self.run)
