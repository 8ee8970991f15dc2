"""What the functions of `dualad.scipy` cost beside SciPy's: `python -m benchmarks.dropins`.

Evaluations are counted, each as one, whatever it carries. Times are ratios within one process: the
value alone and the value with its derivative, as a solver asks for them, against the plain call;
and LSMR with products against LSMR with an array.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as so

import dualad.scipy as ds
from benchmarks.problems import rosenbrock
from dualad.scipy import _least_squares
from dualad.scipy._points import Task
from dualad.scipy._shared import Shared


class Counted:
    def __init__(self, f: Callable[..., Any]) -> None:
        self.f, self.calls = f, 0

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return self.f(*args)


def best(f: Callable[[], Any], repeat: int = 9) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times)


def evaluations() -> None:
    print("evaluations of the Rosenbrock function in 10 variables, and the distance to the minimum")
    print(f"{'method':14}{'SciPy':>8}{'':>10}{'dualad':>8}")
    start = np.linspace(-0.5, 1.5, 10)
    for method in ("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP", "trust-constr"):
        line = f"{method:14}"
        for solve in (so.minimize, ds.minimize):
            f = Counted(rosenbrock)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                x = solve(f, start, method=method).x
            line += f"{f.calls:8d}{np.abs(x - 1.0).max():10.1e}"
        print(line)
    for method in ("Newton-CG", "trust-ncg", "trust-krylov", "trust-exact"):
        f = Counted(rosenbrock)
        x = ds.minimize(f, start, method=method).x
        print(f"{method:14}{'raises':>8}{'':10}{f.calls:8d}{np.abs(x - 1.0).max():10.1e}")


def model(size: int, n: int) -> Callable[[Any], Any]:
    t = np.linspace(0.0, 3.0, size)

    def residuals(p: Any) -> Any:
        total = 0.0 * t
        for k in range(0, n - 1, 2):
            total = total + p[k] * np.exp(-p[k + 1] * t)
        return total

    return residuals


def shares() -> None:
    print("\ntimes of the plain call: a value alone, a value and its derivative, from one run")
    cases: list[tuple[str, Any, int, bool]] = [
        ("rosenbrock, n = 5", rosenbrock, 5, True),
        ("rosenbrock, n = 100", rosenbrock, 100, True),
        ("residuals, m = 100, n = 4", model(100, 4), 4, False),
        ("residuals, m = 10^5, n = 4", model(10**5, 4), 4, False),
        ("residuals, m = 10^5, n = 20", model(10**5, 20), 20, False),
    ]
    for name, f, n, scalar in cases:
        shared, x = Shared(Task(f, scalar=scalar), inner=True), np.linspace(0.5, 1.5, n)
        step = [0]

        def fresh(x: Any = x, step: list[int] = step) -> Any:
            step[0] += 1
            return x + 1e-9 * step[0]

        def both(shared: Any = shared, fresh: Any = fresh) -> None:
            at = fresh()
            shared.fun(at)
            shared.jac(at)

        both()
        repeat = 9 if "^5" in name else 200
        plain = best(lambda f=f, fresh=fresh: f(fresh()), repeat)  # type: ignore[misc]  # defaults
        value = best(lambda s=shared, fresh=fresh: s.fun(fresh()), repeat)  # type: ignore[misc]  # as above
        print(f"{name:30}{value / plain:8.1f}{best(both, repeat) / plain:8.1f}")


def chain(x: Any) -> Any:
    padded = np.concatenate((np.ones(1), x, np.ones(1)))
    return 3.0 * x + 0.1 * x**3 - padded[:-2] - padded[2:] - 1.1


def products() -> None:
    print("\nleast_squares(tr_solver='lsmr') on a chain of n unknowns: an array over products")
    kept = _least_squares.DENSE
    for n in (200, 400, 1000):
        times = []
        for limit in (10**9, 0):
            _least_squares.DENSE = limit
            solve = lambda n=n: ds.least_squares(chain, np.full(n, 0.5), tr_solver="lsmr")
            times.append(best(solve, 3))
        print(f"n = {n:5d}{times[0] / times[1]:8.2f}")
    _least_squares.DENSE = kept


if __name__ == "__main__":
    evaluations()
    shares()
    products()
