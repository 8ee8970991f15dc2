"""Compile time of derivatives of compiled functions: CPU seconds, each in a fresh process.

`python -m benchmarks.native_compile` prints, for some functions and for straight-line functions of
growing length, what compiling the function costs, and what the first call of each derivative costs
beyond that. "first" is the same for a first derivative in a process, with the import of what is
needed; the other figures come after another function was differentiated in the same way.
`python -m benchmarks.native_compile 40 forward` prints one entry.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

SIZES = (10, 40, 160, 640)
MODES = ("forward", "reverse", "hessian")


def straight(statements: int) -> tuple[Callable[..., Any], np.ndarray]:
    """A function of so many statements, each of five operations and an elementary function."""
    rng = np.random.default_rng(7)
    names = ("sin", "cos", "exp", "log", "sqrt", "tanh")
    lines = ["def f(x):", *(f"    v{i} = x[{i}]" for i in range(4))]
    for i in range(4, 4 + statements):
        a, b, c = (f"v{i - 1 - int(j)}" for j in rng.integers(0, 4, 3))
        lines.append(f"    v{i} = 0.5 * math.{names[i % 6]}(1.5 + 0.1 * {a} * {b}) + 0.1 * {c}")
    lines.append(f"    return v{3 + statements}")
    space: dict[str, Any] = {}
    exec("import math\n" + "\n".join(lines), space)
    return space["f"], np.array([0.7, 1.3, 0.4, 1.1])


def tiny(x: Any) -> Any:
    return x[0] * x[1]


def named(case: str) -> tuple[Callable[..., Any], np.ndarray]:
    """The function of a case and an argument."""
    if case.isdigit():
        return straight(int(case))
    if case == "tiny":
        return tiny, np.array([0.7, 1.3])
    from . import native

    return getattr(native, case).py_func, np.linspace(0.5, 1.5, 10)


def derivative(f: Any, mode: str) -> Callable[..., Any]:
    import dualad as da

    return da.hessian(f) if mode == "hessian" else da.grad(f, mode=mode)


def seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def measured(case: str, mode: str, warm: bool) -> tuple[float, float]:
    """CPU seconds of compiling f, and of the first call of its derivative."""
    from numba import njit

    @njit
    def other(x: Any) -> Any:
        return x[0] + x[1]

    x = np.array([0.7, 1.3])
    other(x)
    if warm:
        derivative(other, mode)(x)
    plain, x = named(case)
    f = njit(plain)
    return seconds(lambda: f(x)), seconds(lambda: derivative(f, mode)(x))


def in_fresh_process(case: str, mode: str, warm: bool) -> tuple[float, float]:
    command = [sys.executable, "-m", __spec__.name, case, mode, "warm" if warm else "first"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    own, found = done.stdout.split()
    return float(own), float(found)


def main() -> None:
    if len(sys.argv) > 2:
        own, found = measured(sys.argv[1], sys.argv[2], sys.argv[3:] != ["first"])
        print(f"{own:.3f} {found:.3f}")
        return
    print(f"{'function':>16} {'f':>7}" + "".join(f"{m:>9} {'/ f':>6}" for m in MODES))
    for case in ("first: tiny", "tiny", "rosenbrock", "ackley", *map(str, SIZES)):
        line, plain = "", 0.0
        for mode in MODES:
            own, found = in_fresh_process(case.removeprefix("first: "), mode, "first" not in case)
            plain = min(plain or own, own)
            line += f"{found:9.2f} {found / own:6.1f}"
        print(f"{case:>16} {plain:7.2f}{line}", flush=True)


if __name__ == "__main__":
    main()
