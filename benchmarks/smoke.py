"""Run every benchmark once, at its smallest parameters: `python -m benchmarks.smoke`.

A benchmark is a function, or a method of a class, whose name begins as asv's do, in a module
`suites/bench_*.py`; after them the figures of `benchmarks.figures` and `benchmarks.modes` are
printed from a few runs each. Nothing is measured here; a benchmark that fails ends the run with its
traceback.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import figures, modes, suites

KINDS = ("time_", "timeraw_", "mem_", "peakmem_", "track_")


def first_parameters(owner: Any) -> tuple[Any, ...]:
    """The first value of each of asv's `params`: by custom the smallest."""
    params = getattr(owner, "params", ())
    if not params:
        return ()
    if not isinstance(params[0], (list, tuple)):  # asv takes one list for one parameter
        params = [params]
    return next(itertools.product(*params))


def benchmarks(module: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    for name, item in vars(module).items():
        if getattr(item, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(item):
            for method in dir(item):
                if method.startswith(KINDS):
                    yield f"{name}.{method}", lambda c=item, m=method: run_method(c, m)
        elif callable(item) and name.startswith(KINDS):
            run = run_raw if name.startswith("timeraw_") else run_plain
            yield name, lambda f=item, run=run: run(f)


def run_plain(function: Any) -> None:
    arguments = first_parameters(function)
    if hasattr(function, "setup"):
        function.setup(*arguments)
    function(*arguments)


def run_raw(function: Callable[[], Any]) -> None:
    """The code that the function returns, after its setup if there is one, in a fresh process."""
    code = function()
    parts = (code,) if isinstance(code, str) else reversed(code)
    text = "\n".join(textwrap.dedent(part) for part in parts)
    subprocess.run([sys.executable, "-c", text], check=True)


def run_method(cls: type, method: str) -> None:
    instance: Any = cls()
    arguments = first_parameters(cls)
    if hasattr(instance, "setup_cache"):
        cached = instance.setup_cache()
        if cached is not None:
            arguments = (cached, *arguments)
    if hasattr(instance, "setup"):
        try:
            instance.setup(*arguments)
        except NotImplementedError:  # asv's way to say that these parameters do not apply
            return
    getattr(instance, method)(*arguments)
    if hasattr(instance, "teardown"):
        instance.teardown(*arguments)


def few_runs(*functions: Callable[[], object], seconds: float = 0.0) -> list[float]:
    """In place of `figures.best`: the time of a second call of each function."""
    del seconds
    for f in functions:
        f()
    return [modes.once(f) for f in functions]


def main() -> int:
    count = 0
    for path in sorted(Path(suites.__file__).parent.glob("bench_*.py")):
        module = importlib.import_module(f"{suites.__name__}.{path.stem}")
        for name, run in benchmarks(module):
            start = time.perf_counter()
            run()
            count += 1
            print(f"{path.stem}.{name}: {time.perf_counter() - start:.2f} s", flush=True)
    print(f"{count} benchmarks ran; the figures from a few runs, which say little:")
    figures.best = few_runs
    figures.main()
    modes.main(["--quick"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
