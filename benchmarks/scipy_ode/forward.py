"""Forward sensitivities of Lotka-Volterra in four parameters, in solutions of the plain problem.

``python -m benchmarks.scipy_ode.forward [repetitions]`` prints for each method and tolerance the
ratio of CPU times, sensitivities (which include the plain solution) over SciPy's plain solution,
alternating in one process: best over best and median over median; and the largest error relative
to the largest derivative of its component over time, in units of rtol, against DOP853 at 1e-12.
CPU times rather than wall times: other programs on the machine count for less.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

import dualad as da
from benchmarks.problems.odes import predator_prey
from dualad._solving import solver

METHODS = ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")
RTOLS = (1e-3, 1e-6, 1e-9)
RATES = np.array([1.1, 0.4, 0.1, 0.4])
TIMES = np.linspace(0.0, 20.0, 21)


def solved(solve: Callable[..., Any], rates: Any, method: str, rtol: float) -> Any:
    """The trajectory."""
    return solve(
        predator_prey, (0.0, 20.0), [10.0, 5.0], method, t_eval=TIMES, args=tuple(rates),
        rtol=rtol, atol=1e-3 * rtol,
    ).y  # fmt: skip


def sensitivities(method: str, rtol: float) -> np.ndarray:
    """The derivatives of the trajectory, of shape ``(2, times, 4)``."""
    standin = solver(solve_ivp)
    return da.jacobian(lambda p: solved(standin, p, method, rtol), mode="forward")(RATES)


def ratios(method: str, rtol: float, repetitions: int) -> tuple[float, float]:
    """CPU time of the sensitivities over that of SciPy's solution: of the best, of the medians."""
    times: list[list[float]] = [[], []]
    for _ in range(repetitions):
        for taken, run in zip(
            times,
            (
                lambda: solved(solve_ivp, RATES, method, rtol),
                lambda: sensitivities(method, rtol),
            ),
            strict=True,
        ):
            start = time.process_time()
            run()
            taken.append(time.process_time() - start)
    plain, ours = map(np.array, times)
    return ours.min() / plain.min(), float(np.median(ours) / np.median(plain))


def error(got: np.ndarray, reference: np.ndarray) -> float:
    """The largest error, relative to each derivative's size over time."""
    size = np.max(np.abs(reference), axis=1, keepdims=True)
    return float(np.max(np.abs(got - reference) / size))


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    reference = sensitivities("DOP853", 1e-12)
    print("method     rtol   ratio best   median   error / rtol")
    for method in METHODS:
        for rtol in RTOLS:
            if method == "RK23" and rtol < 1e-6:
                continue
            worst = error(sensitivities(method, rtol), reference) / rtol
            best, median = ratios(method, rtol, repetitions)
            print(f"{method:8} {rtol:6.0e} {best:12.2f} {median:8.2f} {worst:14.2f}")


if __name__ == "__main__":
    main()
