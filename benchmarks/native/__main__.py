"""The table: whole calls from Python, as ratios to the compiled function itself.

`python -m benchmarks.native [WORD]` measures the rows whose names contain the word. Results are
compared before anything is timed; the best of many short slices, all cases of a row in turn.
"""

from __future__ import annotations

import platform
import sys
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np

from . import peers
from .problems import Problem, derivative_of, problems
from .timing import best

COLUMNS = ("hand", "forward", "reverse", "auto", "jax", "jax reverse")


def cases(row: Problem, jax: dict[str, Any]) -> dict[str, Any]:
    """What is timed, by column."""
    x = row.x
    found: dict[str, Any] = {"f": lambda: row.f(x), "hand": lambda: row.hand(x)}
    for mode in (*row.modes, "auto"):
        derivative = row.verb(row.f, mode=mode)
        found[mode] = lambda g=derivative: g(x)
    for column, name in zip(("jax", "jax reverse"), row.jax, strict=False):
        if name in jax:
            found[column] = lambda g=jax[name]: g(x)
    want = derivative_of(found["auto"]())
    for name, run in found.items():
        if name != "f":
            scale = np.abs(want).max()
            np.testing.assert_allclose(
                derivative_of(run()), want, rtol=1e-9, atol=1e-10 * scale, err_msg=name
            )
    return found


def main() -> None:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    jax = peers.derivatives()
    print(
        f"{llvm.get_host_cpu_name()}, Python {platform.python_version()}, "
        f"Numba {numba.__version__}, {peers.version()}"
    )
    print(f"{'':22}{'f (us)':>9}" + "".join(f"{c:>12}" for c in COLUMNS))
    for row in problems():
        if word not in row.name:
            continue
        t = best(cases(row, jax))
        cells = [f"{t[c] / t['f']:.1f}" if c in t else "-" for c in COLUMNS]
        print(f"{row.name:22}{t['f']:9.3f}" + "".join(f"{c:>12}" for c in cells), flush=True)


if __name__ == "__main__":
    main()
