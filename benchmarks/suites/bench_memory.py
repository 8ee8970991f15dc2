"""Memory: the peak of a derivative, and what a node of the graph takes.

The peaks come from tracemalloc, which NumPy tells of its arrays; those of whole processes are asv's
own `peakmem`.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import dualad as da
from benchmarks.problems import find, rosenbrock
from dualad._graph import Tape, leaf

NODES = 10_000


def peak(run: Callable[[], Any]) -> int:
    """Bytes that the call took at most beside what was there."""
    run()
    gc.collect()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class Node:
    """Bytes of one recorded product of two variables, the value in it included."""

    params = ((1, 10, 1000),)
    param_names = ("numbers in the array",)
    unit = "bytes"

    def track_bytes_per_node(self, n: int) -> float:
        x = np.full(n, 1.0) if n > 1 else np.float64(1.0)
        gc.collect()
        tracemalloc.start()
        try:
            tape = Tape()
            v = leaf(tape, x)
            first, before = v * v, tracemalloc.get_traced_memory()[0]
            z = first
            for _ in range(NODES // n + 10):
                z = z * v
            used = tracemalloc.get_traced_memory()[0] - before
            return used / (NODES // n + 10)
        finally:
            tracemalloc.stop()


class Gradient:
    """Reverse mode keeps what its rules need: the peak in multiples of the input."""

    params = ((1000, 100_000),)
    param_names = ("n",)

    def setup(self, n: int) -> None:
        self.x = np.linspace(-1.0, 1.0, n)
        self.gradient: Any = da.grad(rosenbrock, mode="reverse")

    def track_peak_of_value(self, _n: int) -> float:
        return peak(lambda: rosenbrock(self.x)) / self.x.nbytes

    def track_peak_of_gradient(self, _n: int) -> float:
        return peak(lambda: self.gradient(self.x)) / self.x.nbytes

    def peakmem_gradient(self, _n: int) -> None:
        self.gradient(self.x)


class Jacobian:
    """Forward mode in chunks: the peak in multiples of the Jacobian."""

    params = (("curve fit | 200", "Brusselator | 16", "hand tracking | 100"),)
    param_names = ("problem | size",)

    def setup(self, case: str) -> None:
        name, size = case.split(" | ")
        problem = find(name)
        f, self.x = problem.flat(problem.make(int(size)))
        self.jacobian: Any = da.jacobian(f)

    def track_peak(self, _case: str) -> float:
        return peak(lambda: self.jacobian(self.x)) / self.jacobian(self.x).nbytes

    def peakmem_call(self, _case: str) -> None:
        self.jacobian(self.x)
