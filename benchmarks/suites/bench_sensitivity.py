"""What uncertainty costs: `propagate` against the plain function, and against `uncertainties`.

``python -m benchmarks.suites.bench_sensitivity`` prints the ratios, both sides by turns in one
process.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from dualad.sensitivity import propagate, sensitivity

N = 100_000


def square(x: Any) -> Any:
    return x**2


def wave(x: Any) -> Any:
    return np.exp(-x) * np.sin(3.0 * x)


def product(x: Any, y: Any) -> Any:
    return x * y


def chain(p: Any) -> Any:
    """One number of many correlated inputs."""
    return np.sum(np.sin(p) * p)


T = np.linspace(0.0, 20.0, 200)


def oscillation(amplitude: Any, decay: Any, frequency: Any, phase: Any) -> Any:
    return amplitude * np.exp(-decay * T) * np.cos(frequency * T + phase)


PARAMS = {"amplitude": 2.0, "decay": 0.1, "frequency": 1.7, "phase": 0.5}


class Propagate:
    """`propagate` of elementwise functions."""

    params = [1_000, N]
    param_names = ["n"]

    def setup(self, n: int) -> None:
        self.x = np.linspace(0.5, 2.0, n)
        self.variances = np.full(n, 0.01)

    def time_square(self, n: int) -> None:
        propagate(square, self.x, self.variances)

    def time_square_second_order(self, n: int) -> None:
        propagate(square, self.x, self.variances, 2)

    def time_wave(self, n: int) -> None:
        propagate(wave, self.x, self.variances)


class Matrices:
    """`propagate` of correlated inputs, and local sensitivities over time."""

    def setup(self) -> None:
        n = 200
        self.x = np.linspace(0.5, 2.0, n)
        distance = np.abs(np.subtract.outer(self.x, self.x))
        self.cov = 0.01 * np.exp(-distance)

    def time_correlated(self) -> None:
        propagate(chain, self.x, self.cov)

    def time_sensitivity(self) -> None:
        sensitivity(oscillation, PARAMS, times=T)


def ratios(plain: Callable[[], Any], other: Callable[[], Any], runs: int) -> tuple[float, float]:
    """The median of the ratios, by turns, and the best plain time."""
    found, best = [], float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        plain()
        middle = time.perf_counter()
        other()
        stop = time.perf_counter()
        found.append((stop - middle) / (middle - start))
        best = min(best, middle - start)
    return float(np.median(found)), best


def main() -> None:
    x, variances = np.linspace(0.5, 2.0, N), np.full(N, 0.01)
    pair = {"x": x, "y": x[::-1].copy()}
    cases: list[tuple[str, Callable[[], Any], Callable[[], Any], str]] = [
        ("x**2", lambda: square(x), lambda: propagate(square, x, variances), "<= 20"),
        (
            "x**2, with std",
            lambda: square(x),
            lambda: propagate(square, x, std=0.1).std,
            "<= 20",
        ),
        ("x**2, second order", lambda: square(x), lambda: propagate(square, x, variances, 2), ""),
        ("exp(-x) sin(3 x)", lambda: wave(x), lambda: propagate(wave, x, variances), "<= 20"),
        ("x y, two inputs", lambda: product(**pair), lambda: propagate(product, pair, std=0.1), ""),
    ]
    print(f"propagate of {N} independent inputs, as a multiple of NumPy's time for f")
    for name, plain, other, target in cases:
        ratio, best = ratios(plain, other, 200)
        print(f"  {name:24s} {ratio:8.1f}   {target:6s}  (NumPy {1e6 * best:.0f} us)")
    if importlib.util.find_spec("uncertainties"):
        print(f"  {'uncertainties: x**2':24s} {peer(x):8.1f}")


def peer(x: np.ndarray) -> float:
    """The package `uncertainties` on the same problem."""
    from uncertainties import unumpy

    uncertain = unumpy.uarray(x, np.full(N, 0.1))

    def run() -> Any:
        y = uncertain**2
        return unumpy.nominal_values(y), unumpy.std_devs(y)

    return ratios(lambda: square(x), run, 3)[0]


if __name__ == "__main__":
    main()
