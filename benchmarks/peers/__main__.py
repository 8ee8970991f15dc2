"""Measures and prints the page: `python -m benchmarks.peers [--only WORD] [--write] [--quick]`."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse  # after the number of threads is set
import sys
import time
import warnings
from collections.abc import Sequence

from . import first, machine, page
from .measure import Row, row
from .rows import COMPILED, FIRST, PEERS, cases

BESIDE_COMPILED = ("by hand, `@njit`", "dualad, `@njit`", "jax", "casadi, buffer")


def measured(word: str, slices: int, seconds: float) -> list[Row]:
    """All rows, told as they are done."""
    found = []
    for case in cases(word):
        start = time.perf_counter()
        peers = (*PEERS, *COMPILED) if case.problem.compiled else PEERS
        found.append(row(case, peers, slices, seconds))
        took = time.perf_counter() - start
        print(f"{case.kind} of {case.name}: {took:.1f} s", file=sys.stderr, flush=True)
    return found


def first_derivatives(runs: int) -> str:
    found = {
        peer.name: [first.apart(peer, i, runs) for i in range(len(FIRST))]
        for peer in (*PEERS, COMPILED[1])
    }
    problems = [f"{name}, {kind}" for name, _, kind in FIRST]
    return page.first_calls(found, problems)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="WORD", help="problems with it in the name")
    parser.add_argument("--write", action="store_true", help="write docs/speed.md")
    parser.add_argument("--quick", action="store_true", help="few runs, which say little")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # peers' own, about arrays that are read only and the like
    slices, seconds, runs = (3, 0.0, 1) if options.quick else (60, 0.25, 2)
    about = {
        "machine": machine.description(),
        "versions": machine.versions((*PEERS, *COMPILED)),
        "slices": slices,
        "runs": runs,
    }
    rows = measured(options.only, slices, seconds)
    calls = "" if options.only else first_derivatives(runs)
    names = [peer.name for peer in PEERS]
    text = page.page(rows, names, BESIDE_COMPILED, calls, **about)
    print(text)
    if options.write:
        page.PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
