"""Compiled kernels beside NumPy's expressions: one operation, and a chain of two dozen.

``python -m benchmarks.suites.bench_kernels`` prints how many times faster eager numbers are with
kernels and memory that is used again (``config.kernels = "on"``) than without (``"off"``), and with
that memory alone; alternating in one process, by the CPU time of the best of many slices, so that a
busy machine counts little. ``... arrival`` measures what the kernels cost until they are there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import dualad as da
from dualad._numbers import _kernels

LANES = 8


def _numbers(n: int, lanes: int = LANES) -> tuple[Any, Any]:
    rng = np.random.default_rng(n)
    x, y = rng.uniform(0.5, 1.5, (2, n))
    return (
        da.Dual(x, rng.normal(size=(lanes, n))),
        da.Dual(y, rng.normal(size=(lanes, n))),
    )


def _hyper(n: int, lanes: int = LANES) -> tuple[Any, Any]:
    rng = np.random.default_rng(n)
    out = []
    for _ in range(2):
        e = rng.normal(size=(lanes, n))
        out.append(da.HyperDual(rng.uniform(0.5, 1.5, n), e, e, np.zeros((lanes, lanes, n))))
    return out[0], out[1]


def _single(n: int) -> tuple[Any, Any]:
    x, y = _numbers(n)
    return tuple(  # type: ignore[return-value]  # of two
        da.Dual(v.value.astype(np.float32), v.tangent.astype(np.float32)) for v in (x, y)
    )


def chain(x: Any, y: Any) -> Any:
    """Two dozen operations: ten products and quotients, eight sums, six functions."""
    z = x
    for _ in range(2):
        z = z * y + x
        z = np.exp(-z) * x
        z = np.sqrt(z * z + y) / x
        z = np.sin(z) - y * z
    return z


def algebra(x: Any, y: Any) -> Any:
    """Twenty operations without a sine: of it, NumPy's own loop takes most of the time."""
    z = x
    for _ in range(4):
        z = np.sqrt(z * z + y) / (x * y)
    return z


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "product": lambda x, y: x * y,
    "quotient": lambda x, y: x / y,
    "square root": lambda x, _y: np.sqrt(x),
    "hypot": np.hypot,
    "power": lambda x, y: x**y,
    "scalar times array": lambda x, y: x[0] * y,
    "constant array": lambda x, y: x * y.value,
    "row and column": lambda x, y: x[: max(1, len(x) // 100), None] * y[:100],
    "chain": chain,
    "chain of algebra": algebra,
}


class Kernels:
    """One operation on two duals, by expressions and by kernels."""

    params = (tuple(OPERATIONS), (10, 1000, 100_000), ("expression", "kernel"))
    param_names = ("operation", "n", "by")

    def setup(self, _operation: str, n: int, by: str) -> None:
        self.x, self.y = _numbers(n)
        use(by)

    def time_operation(self, operation: str, _n: int, _by: str) -> None:
        OPERATIONS[operation](self.x, self.y)


def use(by: str) -> None:
    """Expressions, "memory" that is used again, or kernels with it."""
    from dualad._compiled._kernels import KERNELS

    da.config.kernels = "off" if by == "expression" else "auto"
    _kernels.install(KERNELS if by == "kernel" else {})


def _seconds(run: Callable[[], Any], count: int) -> float:
    start = time.thread_time()
    for _ in range(count):
        run()
    return (time.thread_time() - start) / count


def ratios(run: Callable[[], Any], rounds: int = 15) -> tuple[float, float]:
    """How many times faster `run` is with kernels, and with memory alone."""
    run()
    count = max(1, int(2e-3 / max(_seconds(run, 3), 1e-7)))
    best = dict.fromkeys(("kernel", "memory", "expression"), np.inf)
    for _ in range(rounds):
        for by in best:
            use(by)
            run()
            best[by] = min(best[by], _seconds(run, count))
    return best["expression"] / best["kernel"], best["expression"] / best["memory"]


def main() -> None:
    for kind, make, sizes in (
        ("dual", _numbers, (10, 100, 1000, 10_000, 100_000)),
        ("dual, float32", _single, (10, 1000, 100_000)),
        ("hyper-dual", _hyper, (10, 100, 1000, 10_000)),
    ):
        print(f"{kind}, {LANES} lanes: expression / kernel (expression / memory alone)")
        print(f"{'':20}" + "".join(f"{f'n = {n}':>15}" for n in sizes))
        for name, operation in OPERATIONS.items():
            line = f"{name:20}"
            for n in sizes:
                x, y = make(n)
                kernel, memory = ratios(lambda x=x, y=y, op=operation: op(x, y))
                line += f"{kernel:8.2f} ({memory:4.2f})"
            print(line, flush=True)


_ARRIVAL = """
import time
start = time.process_time()
import numpy
numpy_done = time.process_time()
import dualad
dualad_done = time.process_time()
f = dualad.jacobian(lambda x: x * x, mode="forward")
f(numpy.ones(1000))
first = time.process_time()
import numba
numba_done = time.process_time()
dualad.warmup(progress=False)
print(*(f"{1e3 * t:.0f}" for t in (dualad_done - numpy_done, first - dualad_done,
      numba_done - first, time.process_time() - numba_done)))
"""


def arrival() -> None:
    """CPU time of the first call and of the kernels' arrival, in fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        given = {**os.environ, "NUMBA_CACHE_DIR": folder, "DUALAD_CACHE_DIR": folder}
        print("milliseconds of CPU: import dualad, first Jacobian, import numba, kernels")
        for name in ("empty cache", "warm cache", "warm cache"):
            command = [sys.executable, "-c", _ARRIVAL]
            done = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
            print(f"{name:12} {done.stdout.strip()}")


if __name__ == "__main__":
    (arrival if sys.argv[1:] == ["arrival"] else main)()
