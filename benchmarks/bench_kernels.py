"""Compiled kernels beside NumPy's expressions: one operation, and chains of twenty.

``python -m benchmarks.bench_kernels`` prints how many times faster the kernels are, alternating in
one process, the best of many.
"""

from __future__ import annotations

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


def chain(x: Any, y: Any) -> Any:
    """Twenty operations: eight products and quotients, six sums, six functions."""
    z = x
    for _ in range(2):
        z = z * y + x
        z = np.exp(-z) * x
        z = np.sqrt(z * z + y) / x
        z = np.sin(z) - y * z
    return z


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "product": lambda x, y: x * y,
    "quotient": lambda x, y: x / y,
    "scalar times array": lambda x, y: x[0] * y,
    "chain of 20": chain,
}


class Kernels:
    """One operation on two duals, by expressions and by kernels."""

    params = (tuple(OPERATIONS), (10, 1000, 100_000), ("expression", "kernel"))
    param_names = ("operation", "n", "by")

    def setup(self, _operation: str, n: int, by: str) -> None:
        self.x, self.y = _numbers(n)
        _kernels.install(_compiled() if by == "kernel" else {})

    def time_operation(self, operation: str, _n: int, _by: str) -> None:
        OPERATIONS[operation](self.x, self.y)


def _compiled() -> dict[str, Any]:
    from dualad._compiled._kernels import KERNELS

    return KERNELS


def _seconds(run: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count


def ratio(run: Callable[[], Any], rounds: int = 25) -> float:
    """How many times faster `run` is with kernels."""
    count = max(1, int(2e-3 / _seconds(run, 1)))
    best = dict.fromkeys(("kernel", "expression"), np.inf)
    for _ in range(rounds):
        for by in ("kernel", "expression"):
            _kernels.install(_compiled() if by == "kernel" else {})
            best[by] = min(best[by], _seconds(run, count))
    return best["expression"] / best["kernel"]


def main() -> None:
    for kind, make, sizes in (
        ("dual", _numbers, (10, 100, 1000, 10_000, 100_000)),
        ("hyper-dual", _hyper, (10, 100, 1000)),
    ):
        print(f"{kind}, {LANES} lanes: expression / kernel")
        print(f"{'':20}" + "".join(f"{f'n = {n}':>12}" for n in sizes))
        for name, operation in OPERATIONS.items():
            found = []
            for n in sizes:
                x, y = make(n)
                found.append(ratio(lambda x=x, y=y, op=operation: op(x, y)))
            print(f"{name:20}" + "".join(f"{r:12.2f}" for r in found))


if __name__ == "__main__":
    main()
