"""What workers cost and bring: asv's view, and a table.

`python -m benchmarks.suites.bench_workers` prints the table. Two simulations of about
50 ms: few operations on large arrays, and many on small ones, where an operation takes as long for
half of the tangents as for all. On a machine with other work only the last column says something:
the serial call's processor time over that of the busier of two workers, which is what two idle
cores would give at best.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool
from typing import Any

import numpy as np

import dualad as da
from dualad._workers._maps import run_tasks
from dualad.sensitivity import dgsm

CELLS = np.linspace(0.0, 1.0, 40_000)


def field(k: np.ndarray) -> np.ndarray:
    """Few operations on large arrays: a sum of waves, relaxed."""
    y = np.zeros(CELLS.size)
    for i in range(k.size):
        y = y + np.sin(k[i] * CELLS) * np.exp(-k[i] * CELLS)
    return y[::4000]


def chain(k: np.ndarray, steps: int = 5000) -> np.ndarray:
    """Many operations on small arrays: cooling of a chain of bodies with conductances k."""
    T = np.linspace(1.0, 2.0, k.size + 1)
    for _ in range(steps):
        flux = 1e-4 * k * (T[1:] - T[:-1])
        T = T + np.concatenate((flux, [0.0])) - np.concatenate(([0.0], flux))
    return T


def short_chain(k: np.ndarray) -> np.ndarray:
    return chain(k, 100)


def coldest(k: np.ndarray) -> Any:
    return short_chain(k)[0]


def nothing(x: Any) -> Any:
    return x


K = np.linspace(0.5, 1.5, 40)


class Workers:
    """Derivatives of a short simulation by processes that are there already."""

    def setup(self) -> None:
        self.pool = ProcessPoolExecutor(2)
        self.jacobian = da.jacobian(short_chain, mode="forward", workers=self.pool.map)
        self.jacobian(K)

    def teardown(self) -> None:
        self.pool.shutdown()

    def time_jacobian(self) -> None:
        self.jacobian(K)

    def time_100_empty_tasks(self) -> None:
        run_tasks(nothing, range(100), self.pool.map)

    def time_dgsm(self) -> None:
        points = np.random.default_rng(1).uniform(0.5, 1.5, (8, 5))
        dgsm(coldest, points, workers=self.pool.map)


def time_empty_tasks_in_own_processes() -> None:
    run_tasks(nothing, range(100), 2)


def best(call: Callable[[], object], repeat: int = 5) -> float:
    """The shortest of several runs, in seconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def overheads() -> None:
    """Print what a call and a task cost."""
    with Pool(2) as pool, ProcessPoolExecutor(2) as executor:
        executor.submit(nothing, 0).result()
        kinds = {"workers=2": 2, "Pool.map": pool.map, "ProcessPoolExecutor.map": executor.map}
        for name, workers in kinds.items():
            few = best(lambda w=workers: run_tasks(nothing, range(2), w))
            many = best(lambda w=workers: run_tasks(nothing, range(1002), w))
            each = (many - few) / 1000
            print(f"  {name:26}{few * 1e3:8.1f} ms a call {each * 1e6:8.0f} us a task")


class Metered:
    """A map in this process that keeps the processor time that the busier of two would take."""

    busier = 0.0

    def __call__(self, function: Callable[[Any], Any], items: Any) -> list[Any]:
        bins, out = [0.0, 0.0], []
        for item in items:
            start = time.process_time()
            out.append(function(item))
            bins[bins.index(min(bins))] += time.process_time() - start
        self.busier = max(bins)
        return out


def processor_time(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def verb(make: Any, f: Any, mode: str) -> Callable[[Any], Callable[[], object]]:
    """A derivative at K, by workers that come later."""

    def of(workers: Any) -> Callable[[], object]:
        derivative = make(f, mode=mode, workers=workers)
        return lambda: derivative(K)

    return of


def speed_up() -> None:
    """Print serial time over that of two workers."""
    alone = [best(lambda f=f: f(K)) * 1e3 for f in (field, chain)]
    print(f"large arrays {alone[0]:.0f} ms, small arrays {alone[1]:.0f} ms; two workers:")
    points = np.random.default_rng(1).uniform(0.5, 1.5, (32, 10))
    meter = Metered()
    with ProcessPoolExecutor(2) as executor:
        studies = {
            "large, forward": verb(da.jacobian, field, "forward"),
            "small, forward": verb(da.jacobian, chain, "forward"),
            "dgsm": lambda w: lambda: dgsm(coldest, points, workers=w),
        }
        for name, study in studies.items():
            kinds = [study(w) for w in (None, 2, executor.map, meter)]
            for call in kinds:  # the first call makes plans
                call()
            serial, own, shared = (best(call, 2) for call in kinds[:3])
            alone_time = processor_time(kinds[0])
            kinds[3]()
            ratio = alone_time / meter.busier
            print(
                f"  {name:14} serial {serial:5.2f} s, workers=2 {own:5.2f} s, "
                f"executor.map {shared:5.2f} s; by processor time {ratio:.2f}"
            )


if __name__ == "__main__":
    print("empty tasks, two processes:")
    overheads()
    speed_up()
