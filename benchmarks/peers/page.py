"""The tables as the documentation shows them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from .measure import Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "speed.md"
OURS = "dualad"
DERIVATIVES = {"grad": "gradient", "jacobian": "Jacobian", "hessian": "Hessian"}
HEADINGS = {"grad": "Gradients", "jacobian": "Jacobians", "hessian": "Hessians"}

INTRODUCTION = """\
# How fast derivatives are, beside other packages

Made by `python -m benchmarks.peers --write`, which measures all of it anew.

Measured: {machine}.
{versions}.

Every package differentiates the same function, and its answer is compared before it is timed: to
1e-9 of the largest entry, numdifftools to 1e-6, SciPy's differences to 1e-4. A cell with "error"
says how far off an answer was that is not timed. All run in one process on one thread and in
turn, each the best of up to {slices} slices, in processor time. What is timed is a whole call:
NumPy's array goes in, NumPy's array comes out. What a package does once (looking at the function,
compiling) is not in it, but in the last table.

- **dualad** is `da.grad(f)`, `da.jacobian(f)` or `da.hessian(f)` of the NumPy function as it
  stands, made once, in the mode that it chooses by itself. `@njit`: the same of the function
  compiled with Numba.
- **by hand** is what a person wrote, in NumPy or for Numba; the latter returns the value, too.
- **jax** is `jit` of `grad`, `jacfwd` or `jacrev`, and `hessian`, in double precision. **torch**
  and **autograd** run eagerly; torch has `torch.func` for Jacobians and Hessians. `jacfwd` where
  a Jacobian has at most twice as many columns as rows.
- **casadi** is a graph of scalars (`SX`), made once, evaluated by its virtual machine: called as
  `F(x)` with the answer made a dense array, and through its buffers, which write the nonzero
  entries only.
- **num-dual** is forward mode in Rust, one Python object for each number.
- **SciPy** is `approx_derivative`; **numdifftools** extrapolates.
- "too large" is a function of more than 200,000 operations on scalars; "over 1 s" a call that takes
  longer than that; "none" that there is no derivative by hand; "no digits" that forward differences
  of forward differences keep none.
"""

WINS = """\
## Who is ahead

Rows in which both were timed, those in which dualad's call is the shorter one, and the other's
time over dualad's: geometric mean, and the extremes. dualad, autograd and torch pay for
Python at every operation of every call, jax and casadi once: on small arrays these are ahead, and
so is what a person wrote. [Compiled with Numba](numba.md), dualad pays it once, too: the table
before the last.

"""

COMPILED = """\
## Compiled functions

The same problems as loops in `@njit` functions, in multiples of one evaluation of the *NumPy*
function; beside them the packages that compile or keep a graph. [](numba_speed.md) has more of
them, in multiples of the compiled function.

"""

FIRST = """\
## The first derivative in a process

Milliseconds of the processor: the package's import, then everything up to the first answer (the
quickest of {runs} processes; what is imported late is in the latter). Python, NumPy and the problem
are loaded before. The import of `@njit` is Numba's, which compiles without a cache here, [which it
can keep](numba.md).

"""


def number(x: float) -> str:
    """Two or three digits."""
    if x >= 99.5:
        return f"{float(f'{x:.3g}'):,.0f}"
    return f"{x:.0f}" if x >= 9.95 else f"{x:.1f}" if x >= 0.995 else f"{x:.2g}"


def cell(found: float | str | None) -> str:
    return number(found) if isinstance(found, float) else found or "-"


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def multiples(rows: Sequence[Row], peers: Sequence[str]) -> str:
    """Cells in evaluations of the NumPy function."""
    body = [
        [row.name, number(row.value), *(cell(row.cells.get(peer)) for peer in peers)]
        for row in rows
    ]
    return table(["function", "itself (us)", *peers], body)


def beside(rows: Sequence[Row], peers: Sequence[str]) -> str:
    """Cells in dualad's own calls: below 1 the other is ahead."""
    others = [peer for peer in peers if peer != OURS]
    body = [
        [row.name, *(_bold(row.ratio(peer, OURS), row.cells.get(peer)) for peer in others)]
        for row in rows
    ]
    return table(["function", *others], body)


def _bold(ratio: float | None, found: float | str | None) -> str:
    if ratio is None:
        return cell(found if isinstance(found, str) else None)
    return f"**{number(ratio)}**" if ratio < 1.0 else number(ratio)


def wins(rows: Sequence[Row], peers: Sequence[str]) -> str:
    """A line for each peer."""
    body = []
    for peer in peers:
        ratios = [r for row in rows if (r := row.ratio(peer, OURS)) is not None]
        if peer == OURS:
            continue
        if not ratios:
            said = {str(row.cells[peer]) for row in rows}
            body.append([peer, "0", "-", ", ".join(sorted(said)), "-", "-"])
            continue
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        ahead = sum(r > 1.0 for r in ratios)
        numbers = (number(r) for r in (mean, min(ratios), max(ratios)))
        body.append([peer, str(len(ratios)), str(ahead), *numbers])
    return table(["", "rows", "dualad ahead", "mean", "least", "most"], body)


def first_calls(found: dict[str, list[tuple[float, float] | str]], problems: Sequence[str]) -> str:
    """A line for each peer: import, then the first derivative of each problem."""
    body = []
    for peer, times in found.items():
        loads = [t[0] for t in times if not isinstance(t, str)]
        cells = [t if isinstance(t, str) else number(1e3 * t[1]) for t in times]
        body.append([peer, number(1e3 * min(loads)) if loads else "-", *cells])
    return table(["", "import", *problems], body)


def page(  # what the page is made of
    rows: Sequence[Row],
    peers: Sequence[str],
    compiled: Sequence[str],
    first: str,
    **introduction: object,
) -> str:
    """The whole page."""
    parts = [INTRODUCTION.format(**introduction), WINS + wins(rows, peers)]
    for kind, heading in HEADINGS.items():
        some = [row for row in rows if row.kind == kind]
        if some:
            parts.append(
                f"## {heading}\n\nIn evaluations of the function:\n\n{multiples(some, peers)}\n"
                f"In multiples of dualad's time; where the other is ahead, **bold**:\n\n"
                f"{beside(some, peers)}"
            )
    loops = [
        row._replace(name=f"{row.name}: {DERIVATIVES[row.kind]}")
        for row in rows
        if isinstance(row.cells.get(compiled[0]), float)
    ]
    parts += [COMPILED + multiples(loops, compiled)] if loops else []
    parts += [FIRST.format(**introduction) + first] if first else []
    return "\n".join(parts)
