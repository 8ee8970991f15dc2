"""Stiff problems by `dualad.scipy.solve_ivp` against SciPy's numerical Jacobian.

``python -m benchmarks.scipy_ode.stiff [repetitions]`` prints for each problem and method how often
the right-hand side ran, each run counted as one (SciPy's own `nfev` leaves out those of its
differences), and the ratio of the wall times: best of many, alternating in one process. Solvers in
threads disturb each other on few cores: OPENBLAS_NUM_THREADS=1 gives steadier figures.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate

import dualad.scipy as ds

from ..problems.odes import STIFF, InitialValue

METHODS = ("BDF", "Radau", "LSODA")


class Counted:
    """A function, and how often it has run."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f, self.count = f, 0

    def __call__(self, *args: Any) -> Any:
        self.count += 1
        return self.f(*args)


def solved(solve: Callable[..., Any], problem: InitialValue, method: str, fun: Any) -> Any:
    """The end of the trajectory."""
    result = solve(fun, problem.t_span, problem.y0, method=method, **problem.tolerances)
    assert result.success
    return result.y[:, -1]


def calls(problem: InitialValue, method: str) -> tuple[int, int]:
    """Runs of the right-hand side with numerical and with exact Jacobians."""
    theirs, ours = Counted(problem.fun), Counted(problem.fun)
    a = solved(integrate.solve_ivp, problem, method, theirs)
    b = solved(ds.solve_ivp, problem, method, ours)
    assert np.allclose(a, b, rtol=1e-3, atol=1e-3 * np.max(np.abs(a)))
    return theirs.count, ours.count


def ratio(problem: InitialValue, method: str, repetitions: int) -> float:
    """Wall time with exact Jacobians over that with numerical ones."""
    best = [np.inf, np.inf]
    for _ in range(repetitions):
        for i, solve in enumerate((integrate.solve_ivp, ds.solve_ivp)):
            start = time.perf_counter()
            solved(solve, problem, method, problem.fun)
            best[i] = min(best[i], time.perf_counter() - start)
    return best[1] / best[0]


def main() -> None:
    """Print the table."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(f"{'problem':26}{'method':8}{'calls, numerical':>18}{'exact':>8}{'time':>7}")
    for name, problem in STIFF.items():
        for method in METHODS:
            theirs, ours = calls(problem, method)
            time_ratio = ratio(problem, method, repetitions)
            print(f"{name:26}{method:8}{theirs:18}{ours:8}{time_ratio:7.2f}", flush=True)


if __name__ == "__main__":
    main()
