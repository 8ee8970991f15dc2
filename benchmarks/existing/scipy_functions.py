"""SciPy's test functions for global optimisation: gradients and Hessians at random points."""

from __future__ import annotations

import collections
import importlib
import inspect
import sys
import warnings
from typing import Any

import numpy as np

import dualad as da

from .judge import Verdict, judge

POINTS = 2


def functions(folder: str) -> list[Any]:
    """The classes of the collection."""
    sys.path.insert(0, folder)
    # The name `benchmarks` is this package's; the collection's own parent has it, too.
    ours = {n: sys.modules.pop(n) for n in list(sys.modules) if n.partition(".")[0] == "benchmarks"}
    try:
        found = importlib.import_module("benchmarks.go_benchmark_functions")
    finally:
        for n in [n for n in sys.modules if n.partition(".")[0] == "benchmarks"]:
            ours.setdefault(n, sys.modules[n])
        sys.modules.update(ours)
        sys.path.remove(folder)
    classes = [c for _, c in inspect.getmembers(found, inspect.isclass)]
    return [c for c in classes if issubclass(c, found.Benchmark) and c is not found.Benchmark]


def is_random(f: Any, x: np.ndarray) -> bool:
    return f(x.copy()) != f(x.copy())


def examine(f: Any, x: np.ndarray, rng: Any) -> dict[str, Verdict]:
    """Gradient in both modes, and Hessian, along one direction."""
    value = f(x.copy())
    d = rng.normal(size=x.size) * np.maximum(np.abs(x), 1e-2)
    found = {}
    for mode in ("forward", "reverse"):
        gradient = da.grad(f, mode=mode)
        found[f"gradient, {mode}"] = judge(
            lambda t: float(f(x + t * d)), lambda g=gradient: g(x.copy()) @ d, value
        )
    slope = da.grad(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scale = slope(x.copy()) @ d
        found["Hessian"] = judge(
            lambda t: float(slope(x + t * d) @ d), lambda: d @ da.hessian(f)(x.copy()) @ d, scale
        )
    return found


def run(folder: str) -> None:
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    rng = np.random.default_rng(1)
    for kind in functions(folder):
        problem = kind()
        low, high = np.array(problem.bounds, float).T
        for _ in range(POINTS):
            x = low + (high - low) * rng.uniform(0.1, 0.9, low.size)
            if is_random(problem.fun, x):
                counts["gradient, forward"]["left out: the function is random"] += 1
                continue
            for what, verdict in examine(problem.fun, x, rng).items():
                doubtful = " with a warning" if verdict.warned else ""
                counts[what][verdict.result + doubtful] += 1
                if verdict.note or verdict.warned:
                    print(
                        kind.__name__,
                        what,
                        verdict.result,
                        verdict.note[:200],
                        verdict.warned[:100],
                    )
    for what, column in counts.items():
        print(f"\n{what}")
        for result, n in column.most_common():
            print(f"{n:6d}  {result}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run(sys.argv[1])
