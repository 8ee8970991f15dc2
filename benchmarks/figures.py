"""The figures of the core, as ratios measured in one process: ``python -m benchmarks.figures``.

Each ratio alternates its two sides and takes the best of many runs. Peers (autograd, torch) are
measured when they are installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # after the number of threads is set

import dualad as da
from benchmarks import problems
from benchmarks.peers import tensors
from benchmarks.peers.case import Case
from benchmarks.peers.measure import checked, reference


def best(*functions: Callable[[], Any], seconds: float = 0.6) -> list[float]:
    """The best time of one call of each function, in seconds, alternating between them."""
    counts = []
    for f in functions:
        f()
        start = time.perf_counter()
        f()
        once = max(time.perf_counter() - start, 1e-7)
        counts.append(max(1, int(0.004 / once)))
    times = [float("inf")] * len(functions)
    stop = time.perf_counter() + seconds * len(functions)
    while time.perf_counter() < stop:
        for i, f in enumerate(functions):
            start = time.perf_counter()
            for _ in range(counts[i]):
                f()
            times[i] = min(times[i], (time.perf_counter() - start) / counts[i])
    return times


def report(name: str, ratio: float, target: str) -> None:
    print(f"{name:62s} {ratio:8.2f}   {target}")


def operations() -> None:
    """One operation on ten numbers, as a multiple of the plain product."""
    from dualad._graph import Tape, leaf

    a, b = np.linspace(0.1, 1.0, 10), np.linspace(0.2, 1.1, 10)
    t = np.ones((8, 10))
    x, y = da.Dual(a, t), da.Dual(b, t)
    cases: list[tuple[str, Callable[[], Any], str]] = [
        ("dual * dual, k = 8", lambda: x * y, "<= 12"),
        ("tanh(dual), k = 8", lambda: np.tanh(x), "<= 25"),
        ("dual + dual, k = 8", lambda: x + y, "<= 3"),
        ("dual[:5], k = 8", lambda: x[:5], "<= 3"),
    ]
    for name, f, target in cases:
        plain, ours = best(lambda: a * b, f)
        report(name, ours / plain, target)
    tape = Tape()
    u, v = leaf(tape, a), leaf(tape, b)

    def recorded(op: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> None:
            op()
            if len(tape.nodes) > 100000:
                del tape.nodes[2:]

        return run

    for name, op in (
        ("record x * y", lambda: u * v),
        ("record x + y", lambda: u + v),
        ("record sin(x)", lambda: np.sin(u)),
    ):
        plain, ours = best(lambda: a * b, recorded(op))
        report(name, ours / plain, "<= 6")


def jacobians() -> None:
    """Against SciPy's 2-point differences: SciPy's time over ours."""
    from scipy.optimize._numdiff import approx_derivative

    for name, size in (("curve fit", 200), ("Brusselator", 16)):
        problem = problems.find(name)
        f, x = problem.flat(problem.make(size))
        jac = da.jacobian(f)
        assert np.allclose(jac(x), approx_derivative(f, x, method="3-point"), rtol=1e-4, atol=1e-4)
        theirs, ours = best(
            lambda f=f, x=x: approx_derivative(f, x, method="2-point"), lambda x=x, jac=jac: jac(x)
        )
        report(f"jacobian of {name}, {size}: SciPy 2-point / dualad", theirs / ours, ">= 3")


def large() -> None:
    """Rosenbrock at n = 10^6."""
    x = np.random.default_rng(0).standard_normal(10**6)
    v = np.ones_like(x)
    gradient, product = da.grad(problems.rosenbrock), da.hvp(problems.rosenbrock)
    f, g, h = best(
        lambda: problems.rosenbrock(x), lambda: gradient(x), lambda: product(x, v), seconds=2.0
    )
    report("gradient of Rosenbrock, n = 10^6, / f", g / f, "<= 8")
    report("Hessian-vector product, n = 10^6, / gradient", h / g, "<= 3")


def peers() -> None:
    """Small eager gradients: the peer's time over ours."""
    for name in ("Rosenbrock", "Ackley"):
        for n in (10, 100):
            target = ">= 3" if n == 10 else ">= 2"
            case = Case.of(name, n, "grad")
            want, ours = reference(case), da.grad(case.f)
            for peer in (p for p in tensors.PEERS if p.name in ("autograd", "torch")):
                made = checked(case, peer, want)
                if isinstance(made, str):
                    print(f"{name} n = {n} against {peer.name}: {made}")
                    continue
                their_time, our_time = best(made.run, lambda x=case.x, g=ours: g(x))
                report(f"grad {name} n = {n}: {peer.name} / dualad", their_time / our_time, target)


def startup() -> None:
    """The first derivative in a fresh process, import included."""
    code = (
        "import time; t = time.perf_counter(); import numpy as np; import dualad as da; "
        "da.jacobian(lambda x: np.sin(x) * x[0])(np.array([1.0, 2.0])); "
        "da.grad(lambda x: np.sum(x * x), mode='reverse')(np.ones(50)); "
        "print(time.perf_counter() - t)"
    )
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(5)
    ]
    report("first derivative in a fresh process, seconds", min(times), "<= 0.5")


def main() -> None:
    print(f"NumPy {np.__version__}, Python {sys.version.split()[0]}")
    operations()
    jacobians()
    large()
    peers()
    startup()


if __name__ == "__main__":
    main()
