"""How well the mode is chosen: ``python -m benchmarks.modes [--quick] [--family NAME]``.

Over a grid of n inputs and m outputs and the families of `benchmarks.families`, the time of
``jacobian(f)``, whose mode is chosen, over that of the better of ``mode="forward"`` and
``mode="reverse"``; all in the steady state, after a first call, alternating, the best of many
runs. To reach: at most 1.3 in the geometric mean, never 3. A mode that needs longer than the cap
is stopped, and the cap stands for its time; where no mode ends within the cap the configuration
is left out, and counted.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # after the number of threads is set

import dualad as da
from benchmarks.families import FAMILIES, point

GRID = (1, 3, 10, 30, 100, 300, 1000, 3000)
MODES = ("auto", "forward", "reverse")
MEAN, WORST = 1.3, 3.0


@dataclass
class Timing:
    """Seconds of one configuration; `stopped` are the modes that reached the cap."""

    family: str
    n: int
    m: int
    seconds: dict[str, float]
    stopped: tuple[str, ...]
    plan: str

    @property
    def ratio(self) -> float:
        """Chosen over better, at least 1: what is below is noise."""
        better = min(self.seconds["forward"], self.seconds["reverse"])
        return max(1.0, self.seconds["auto"] / better)

    def __str__(self) -> str:
        times = ", ".join(f"{k} {1e3 * s:.3g} ms" for k, s in self.seconds.items())
        return f"{self.ratio:5.2f}  {self.family}, n = {self.n}, m = {self.m}: {times}; {self.plan}"


class Cap(BaseException):
    """A run took longer than the cap. No Exception, so that nothing catches it on the way."""


@contextmanager
def cap(seconds: float) -> Iterator[None]:
    """Stop the block after so many seconds, by `Cap`."""

    def stop(*_: object) -> None:
        raise Cap

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def once(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def second_call(run: Callable[[], Any], longest: float) -> float | None:
    """Seconds of a call after the first, which chooses; None beyond the cap."""
    try:
        with cap(2.5 * longest):
            run()
            return once(run)
    except Cap:
        return None


def alternate(runs: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """The best time of each run, alternating, at least three times."""
    best = dict.fromkeys(runs, math.inf)
    stop = time.perf_counter() + seconds * len(runs)
    rounds = 0
    while rounds < 3 or time.perf_counter() < stop:
        for name, run in runs.items():
            best[name] = min(best[name], once(run))
        rounds += 1
    return best


def measure(family: str, n: int, m: int, seconds: float, longest: float) -> Timing | None:
    """One configuration; None where no mode ends within the cap."""
    f, x = FAMILIES[family](n, m), point(n)
    jacobians = {mode: da.jacobian(f, mode=mode) for mode in MODES}
    runs = {mode: (lambda j=j: j(x)) for mode, j in jacobians.items()}
    within = {mode: second_call(run, longest) for mode, run in runs.items()}
    stopped = [mode for mode, seconds_of in within.items() if seconds_of is None]
    if len(stopped) == len(MODES):
        return None
    first = {mode: seconds_of or longest for mode, seconds_of in within.items()}
    # What is far from the better of the two needs no more runs: its time does not enter.
    close = {
        k: r for k, r in runs.items() if k not in stopped and first[k] < 4 * min(first.values())
    }
    close.update({"auto": runs["auto"]} if "auto" not in stopped else {})
    times = {**first, **alternate(close, seconds)}
    plan = next(iter(jacobians["auto"]._plans.values()), None)
    text = "duals at once" if plan is None else f"{plan.mode}, chunks of {plan.chunk}"
    timing = Timing(family, n, m, times, tuple(stopped), text)
    if timing.ratio > MEAN and not stopped:  # once more: may be a disturbance
        again = alternate(close, max(0.05, 3 * seconds))
        timing.seconds.update({k: min(s, timing.seconds[k]) for k, s in again.items()})
    return timing


def mean(ratios: Sequence[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan


def report(timings: list[Timing], left_out: list[str], longest: float) -> None:
    """The table over families, the worst cases, and what was left out."""
    print(f"{'family':18s} {'cases':>6s} {'mean':>6s} {'worst':>6s} {'> 1.3':>6s} {'> 3':>6s}")
    families = dict.fromkeys(t.family for t in timings)
    for family in (*families, "all"):
        ratios = [t.ratio for t in timings if family in (t.family, "all")]
        over = [sum(r > limit for r in ratios) for limit in (MEAN, WORST)]
        print(
            f"{family:18s} {len(ratios):6d} {mean(ratios):6.3f} {max(ratios):6.2f} "
            f"{over[0]:6d} {over[1]:6d}"
        )
    print("\nthe worst cases, chosen / better:")
    for t in sorted(timings, key=lambda t: -t.ratio)[:10]:
        print(t)
    bounded = [t for t in timings if t.stopped]
    print(f"\nin {len(bounded)} cases a mode was stopped at {longest} s, a bound from below")
    print(f"{len(left_out)} cases left out, as no mode ends within {longest} s: ", end="")
    print("; ".join(left_out) or "none")
    ratios = [t.ratio for t in timings]
    reached = mean(ratios) <= MEAN and max(ratios) < WORST
    print(
        f"geometric mean {mean(ratios):.3f} (to reach {MEAN}), worst {max(ratios):.2f} "
        f"(to reach {WORST}): {'reached' if reached else 'MISSED'}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Chosen mode against the better one.")
    parser.add_argument("--quick", action="store_true", help="a small grid, few runs")
    parser.add_argument("--family", action="append", choices=tuple(FAMILIES))
    parser.add_argument("--grid", type=int, nargs="+", help="values of n and m")
    parser.add_argument("--seconds", type=float, default=0.06, help="for each mode and case")
    parser.add_argument("--cap", type=float, default=3.0, help="seconds of one call")
    options = parser.parse_args(arguments)
    grid = options.grid or ((1, 20, 200) if options.quick else GRID)
    seconds = 0.0 if options.quick else options.seconds
    print(f"NumPy {np.__version__}, grid {tuple(grid)}", flush=True)
    timings, left_out = [], []
    for family in options.family or FAMILIES:
        print(f"{family} ...", file=sys.stderr, flush=True)
        for n in grid:
            for m in grid:
                timing = measure(family, n, m, seconds, options.cap)
                if timing is None:
                    left_out.append(f"{family} n = {n}, m = {m}")
                else:
                    timings.append(timing)
    report(timings, left_out, options.cap)


if __name__ == "__main__":
    main()
