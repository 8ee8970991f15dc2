"""The table: whole calls from Python, as ratios to the compiled function itself.

`python -m benchmarks.native [WORD]` measures the rows whose names contain the word. Results are
compared before anything is timed; the best of many short slices, all cases of a row in turn.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Iterator
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np

from ..peers import forms, machine, tensors
from ..peers.rebind import rebound
from ..timing import best
from .problems import Problem, derivative_of, problems

COLUMNS = ("hand", "forward", "reverse", "auto", "jax", "jax reverse")


def by_jax(row: Problem) -> Iterator[tuple[str, Any]]:
    """Columns of jax, waited for; none where it is not installed."""
    if not importlib.util.find_spec("jax"):
        return
    import jax

    space, (plain, form, verbs) = tensors.jax_namespace(), row.jax
    f = rebound(plain, space) if plain else forms.form("jax", form)
    for column, verb in zip(("jax", "jax reverse"), verbs, strict=False):
        derivative = tensors.jax_compiled(verb, f)
        yield column, lambda g=derivative: jax.block_until_ready(g(row.x))


def cases(row: Problem) -> dict[str, Any]:
    """What is timed, by column."""
    x = row.x
    found: dict[str, Any] = {"f": lambda: row.f(x), "hand": lambda: row.hand(x)}
    for mode in (*row.modes, "auto"):
        derivative = row.verb(row.f, mode=mode)
        found[mode] = lambda g=derivative: g(x)
    found |= by_jax(row)
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
    print(
        f"{llvm.get_host_cpu_name()}, Python {platform.python_version()}, "
        f"Numba {numba.__version__}, {machine.package('jax')}"
    )
    print(f"{'':22}{'f (us)':>9}" + "".join(f"{c:>12}" for c in COLUMNS))
    for row in problems():
        if word not in row.name:
            continue
        t = best(cases(row))
        cells = [f"{t[c] / t['f']:.1f}" if c in t else "-" for c in COLUMNS]
        print(f"{row.name:22}{t['f']:9.3f}" + "".join(f"{c:>12}" for c in cells), flush=True)


if __name__ == "__main__":
    main()
