"""What the fuzzes share: the command line, how two results are compared, and how many agree."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from subprocess import run
from typing import Any

import numpy as np

BLOCK = 25  # seeds that one process takes before a fresh one: what it compiled is never freed


class WrongError(AssertionError):
    """A machine gave a wrong derivative, or other bits than the plain call."""


def agree(got: Any, want: Any, allowed: Any, text: str) -> None:
    if np.shape(got) != np.shape(want):
        raise WrongError(f"{text}: shape {np.shape(got)} instead of {np.shape(want)}")
    bad = ~(np.abs(got - want) <= allowed)
    if bad.any():
        raise WrongError(f"{text}:\n{np.asarray(got)}\ninstead of\n{np.asarray(want)}")


class Found(Counter[str]):
    """How many programs agree, and which seeds do not."""

    def text(self, machines: str, seconds: float) -> str:
        share = self["judged"] / max(self["entries"], 1)
        return (
            f"{self['programs']} programs agree in {machines}, {self['wrong']} do not; finite "
            f"differences judged {share:.1%} of {self['entries']} entries; {seconds:.0f} s"
        )


def judge(check: Callable[[int], tuple[int, int]], seeds: range, keep_going: bool) -> Found:
    """Check programs one after the other, in this process."""
    found = Found()
    for seed in seeds:
        try:
            judged, total = check(seed)
        except WrongError as error:
            found["wrong"] += 1
            found[f"seed {seed}"] += 1
            print(error, file=sys.stderr)
            if not keep_going:
                break
            continue
        found.update(judged=judged, entries=total, programs=1)
    return found


def _elsewhere(module: str, seeds: range) -> Found:
    """Check them in a fresh process; one that dies is as wrong as one that errs."""
    command = [sys.executable, "-m", module, "--block", f"{seeds.start}:{seeds.stop}"]
    done = run(command, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last.startswith("{"):
        name = f"{seeds.start}:{seeds.stop} ended with status {done.returncode}"
        return Found({"wrong": 1, f"seed {name}": 1})
    return Found(eval(last, {"__builtins__": {}}))


def in_processes(module: str, seeds: range, workers: int) -> Found:
    """Check blocks of seeds in fresh processes, some at once."""
    blocks = [seeds[i : i + BLOCK] for i in range(0, len(seeds), BLOCK)]
    total = Found()
    with ThreadPoolExecutor(workers) as pool:
        for found in pool.map(lambda block: _elsewhere(module, block), blocks):
            total.update(found)
    return total


def command(
    check: Callable[[int], tuple[int, int]], machines: str, about: str, module: str = ""
) -> int:
    """Judge a range of seeds and say what was found; with a module's name, in fresh processes."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--seeds", default="0:1000", help="a range such as 0:1000")
    parser.add_argument("--keep-going", action="store_true", help="list every seed that fails")
    parser.add_argument("--workers", type=int, default=1, help="processes at once")
    parser.add_argument("--block", help=argparse.SUPPRESS)
    options = parser.parse_args()
    first, last = (int(n) for n in (options.block or options.seeds).split(":"))
    seeds = range(first, last)
    start = time.perf_counter()
    if options.block:
        print(dict(judge(check, seeds, keep_going=True)))
        return 0
    if module:
        found = in_processes(module, seeds, options.workers)
    else:
        found = judge(check, seeds, options.keep_going)
    print(found.text(machines, time.perf_counter() - start))
    wrong = [name for name in found if name.startswith("seed ")]
    if wrong:
        print("wrong:", *sorted(wrong))
    return found["wrong"]
