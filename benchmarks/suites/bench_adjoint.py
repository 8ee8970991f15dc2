"""What the gradient through an initial value problem costs, in plain solutions of the same problem.

``python -m benchmarks.suites.bench_adjoint`` prints the ratios, by turns in one process, and
how far the adjoint and forward sensitivities are apart, relative to the largest entry.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

import dualad as da

RTOL = 1e-6
SIZES = ((20, 100), (50, 100), (100, 100), (100, 1000))


class Network:
    """Gated rates ``y' = tanh(W^T p cos t - y) - y / 10`` of n species in P parameters.

    The loss is a sum of squares at the end.
    """

    def __init__(self, n: int, parameters: int, method: str) -> None:
        rng = np.random.default_rng(0)
        self.weights = rng.normal(size=(parameters, n)) * 0.3 / np.sqrt(parameters)
        self.p = np.linspace(0.0, 1.0, parameters)
        self.start, self.method = np.ones(n), method

    def loss(self, p: Any) -> Any:
        weights = self.weights

        def f(t: float, y: Any) -> Any:
            return np.tanh((p @ weights) * np.cos(t) - y) - 0.1 * y

        found = solve_ivp(f, (0.0, 5.0), self.start, self.method, rtol=RTOL, atol=1e-9)
        return np.sum(found.y[:, -1] ** 2)


class Gradient:
    """`grad` through `solve_ivp`, by the adjoint equation."""

    params = [list(SIZES), ["RK45", "LSODA"]]
    param_names = ["species, parameters", "method"]

    def setup(self, size: tuple[int, int], method: str) -> None:
        self.problem = Network(*size, method)
        self.grad = da.grad(self.problem.loss, mode="reverse")
        self.grad(self.problem.p)

    def time_plain(self, size: tuple[int, int], method: str) -> None:
        self.problem.loss(self.problem.p)

    def time_reverse(self, size: tuple[int, int], method: str) -> None:
        self.grad(self.problem.p)


def _best(run: Callable[[], Any], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the ratios."""
    print("species  parameters  method  plain [ms]  gradient / plain  off forward")
    for n, count in SIZES:
        for method in ("RK45", "LSODA"):
            problem = Network(n, count, method)
            grad = da.grad(problem.loss, mode="reverse")
            found = grad(problem.p)
            plain = _best(lambda: problem.loss(problem.p))  # noqa: B023  # called at once
            reverse = _best(lambda: grad(problem.p))  # noqa: B023
            v = np.cos(np.arange(count))
            _, forward = da.jvp(problem.loss, (problem.p,), (v,))
            off = abs(found @ v - forward) / np.max(np.abs(found))
            print(
                f"{n:7d}  {count:10d}  {method:6s}  {1e3 * plain:10.2f}  {reverse / plain:16.1f}"
                f"  {off:11.1e}"
            )


if __name__ == "__main__":
    main()
