"""What lift costs: code for floats against the same code written for numbers.

``python -m benchmarks.suites.bench_lift`` prints the ratios.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import dualad as da


def formula_eager(x: Any) -> Any:
    s = x[0]
    for _ in range(200):
        s = s * 0.99 + np.sin(s) * x[1]
        s = np.exp(-s * s) + np.sqrt(s + 2.0)
    return s


def formula_lifted(x: Any) -> Any:
    s = x[0]
    for _ in range(200):
        s = s * 0.99 + math.sin(s) * x[1]
        s = math.exp(-s * s) + math.sqrt(s + 2.0)
    return s


def buffer_eager(x: Any) -> Any:
    out = np.zeros_like(x)
    for i in range(50):
        out[1:-1] = 0.5 * (x[2:] - x[:-2]) + np.sin(x[1:-1]) * i
        out[0], out[-1] = x[0], x[1]
    return out.sum()


def buffer_lifted(x: Any) -> Any:
    out = np.zeros(len(x))
    for i in range(50):
        out[1:-1] = 0.5 * (x[2:] - x[:-2]) + np.sin(x[1:-1]) * i
        out[0], out[-1] = x[0], x[1]
    return out.sum()


def elements_eager(x: Any) -> Any:
    out = np.zeros_like(x)
    for i in range(len(x)):
        out[i] = x[i] ** 2 + 3 * x[i]
    return out


def elements_lifted(x: Any) -> Any:
    out = np.zeros(len(x))
    for i in range(len(x)):
        out[i] = x[i] ** 2 + 3 * x[i]
    return out


def part_eager(a: Any, b: Any) -> Any:
    return a * np.sin(b) + b


def part_lifted(a: Any, b: Any) -> Any:
    return a * math.sin(b) + b


def calls_eager(x: Any) -> Any:
    s = 0.0
    for _ in range(200):
        s = part_eager(s * 0.5, x[0]) + part_eager(x[1], s)
    return s


def calls_lifted(x: Any) -> Any:
    s = 0.0
    for _ in range(200):
        s = part_lifted(s * 0.5, x[0]) + part_lifted(x[1], s)
    return s


TWO, TWENTY = np.array([0.3, 0.7]), np.linspace(0.1, 1.0, 20)
PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any], np.ndarray]] = {
    "a formula of scalars": (formula_eager, formula_lifted, TWO),
    "slices of a work array": (buffer_eager, buffer_lifted, TWENTY),
    "elements of a work array": (elements_eager, elements_lifted, TWENTY),
    "helper functions": (calls_eager, calls_lifted, TWO),
}


class Lift:
    """Jacobians of lifted code."""

    params = (list(PAIRS), ["forward", "reverse"])
    param_names = ("code", "mode")

    def setup(self, code: str, mode: str) -> None:
        _, lifted, self.x = PAIRS[code]
        self.jacobian = da.jacobian(lifted, mode=mode)
        self.jacobian(self.x)

    def time_lifted(self, _code: str, _mode: str) -> None:
        self.jacobian(self.x)


def _best(f: Callable[[Any], Any], x: np.ndarray) -> float:
    times = []
    for _ in range(15):
        start = time.perf_counter()
        f(x)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    for code, (eager, lifted, x) in PAIRS.items():
        for mode in ("forward", "reverse"):
            plain, slow = da.jacobian(eager, mode=mode), da.jacobian(lifted, mode=mode)
            assert np.allclose(plain(x), slow(x))
            ratios = sorted(_best(slow, x) / _best(plain, x) for _ in range(5))
            print(f"{code}, {mode}: {ratios[2]:.2f} times the eager code")


if __name__ == "__main__":
    main()
