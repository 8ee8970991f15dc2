"""Functions that packages from PyPI compile with Numba, as they stand, in both modes.

    python -m benchmarks.existing.compiled fluids.numba pvlib.spa --every 10

walks the dispatchers of modules, finds arguments for each (of its doctest, or drawn), and compares
the derivative in all floating arguments with differences along a random direction.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import doctest
import importlib
import inspect
import io
import os
import re
import signal
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numba.core.registry import CPUDispatcher

import dualad as da
from tests.native.harness import by_outputs

from .judge import Verdict, judge
from .packages import MODES, RANGES, finite, flat, is_float

SECONDS = 300  # for one function


class FoundError(Exception):
    """Ends an example of a doctest as soon as the function is called."""


class TooLong(BaseException):  # as KeyboardInterrupt: no handler of errors meets it
    """Ends the work on one function."""


def dispatchers(module: Any) -> Iterator[tuple[str, Any]]:
    """(name, dispatcher) of a module, each once."""
    seen = set()
    for name, f in sorted(vars(module).items()):
        if isinstance(f, CPUDispatcher) and id(f) not in seen:
            seen.add(id(f))
            yield name, f


# --- arguments -----------------------------------------------------------------------------------


def from_doctest(module: Any, name: str, f: Any) -> tuple[Any, ...] | None:
    """The arguments of the first call of f in its doctest, by position."""
    calls: list[Any] = []

    def recorder(*args: Any, **keywords: Any) -> Any:
        calls.append((args, keywords))
        raise FoundError

    home = vars(sys.modules.get(f.py_func.__module__, module))
    space = {**vars(module), **home, "np": np, name: recorder}
    with contextlib.suppress(ValueError):
        for example in doctest.DocTestParser().get_examples(f.py_func.__doc__ or ""):
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                exec(compile(example.source, "<doctest>", "single"), space)
            if calls:
                break
    for args, keywords in calls[:1]:
        with contextlib.suppress(TypeError, ValueError):
            bound = inspect.signature(f.py_func).bind(*args, **keywords)
            last = max(
                (i for i, n in enumerate(bound.signature.parameters) if n in keywords), default=-1
            )
            if last >= len(args):
                bound.apply_defaults()
            given = bound.args[: max(last + 1, len(args))]
            return tuple(np.array(a) if _numbers(a) else a for a in given)
    return None


def _numbers(x: Any) -> bool:
    """Whether a list of floats stands for an array, as Numba wants it."""
    return isinstance(x, list) and bool(x) and all(isinstance(v, float | list) for v in x)


def drawn(f: Any) -> tuple[Any, ...] | None:
    """Numbers, else vectors, else a matrix or a vector first: what the function takes."""
    parameters = inspect.signature(f.py_func).parameters.values()
    required = [p for p in parameters if p.default is p.empty]
    rng = np.random.default_rng(zlib.crc32(f.__name__.encode()))
    count = len(required)
    number, vector, matrix = (), (3,), (3, 3)
    layouts = [
        [number] * count,
        [vector] * count,
        [vector] + [number] * (count - 1),
        [matrix] * count,
        [matrix] + [vector] * (count - 1),
        [vector] * 2 + [number] * count,
    ]
    for shapes in layouts if count else ():
        for low, high in RANGES:
            args = tuple(
                _drawn(p.name, s, rng, low, high) for p, s in zip(required, shapes, strict=False)
            )
            try:
                out = flat(f(*fresh(args)))
            except Exception as error:  # noqa: BLE001  # the package's own
                if "nopython" in str(error):
                    break  # other numbers have the same types
                continue
            if finite(out):
                return args
    return None


def _drawn(name: str, shape: tuple[int, ...], rng: Any, low: float, high: float) -> Any:
    if "iter" in name or name in ("n", "m"):
        return 30 if "iter" in name else 3  # a count
    return rng.uniform(low, high, shape) if shape else float(rng.uniform(low, high))


def fresh(args: Any) -> list[Any]:
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


# --- one function --------------------------------------------------------------------------------


def active(args: tuple[Any, ...]) -> list[int]:
    """Positions of floats and of float arrays."""
    return [
        i
        for i, a in enumerate(args)
        if is_float(a) or (isinstance(a, np.ndarray) and a.dtype == np.float64 and a.size)
    ]


def examine(f: Any, args: tuple[Any, ...]) -> dict[str, Verdict]:
    """Judge the derivative in all floating arguments together, in each mode."""
    try:
        value = flat(f(*fresh(args)))
    except Exception as error:  # noqa: BLE001  # the package's own
        return {"": Verdict("the plain call fails", reason(str(error)))}
    positions = active(args)
    if not finite(value):
        return {"": Verdict("no floating answer")}
    if not positions:
        return {"": Verdict("no floating argument")}
    rng = np.random.default_rng(0)
    parts = [np.asarray(args[i]) for i in positions]
    directions = [0.1 * rng.uniform(0.5, 1.5, p.shape) * np.where(p == 0, 1e-3, p) for p in parts]

    def along(t: float) -> Any:
        moved = fresh(args)
        for i, p, d in zip(positions, parts, directions, strict=True):
            moved[i] = p + t * d if p.ndim else float(p + t * d)
        return flat(f(*moved))

    def derivative(mode: str) -> Any:
        argnums = tuple(positions) if len(positions) > 1 else positions[0]
        got, slopes = da.value_and_jacobian(f, argnums, mode=mode)(*fresh(args))
        if not np.array_equal(flat(got), value, equal_nan=True):
            return np.full(len(value), np.nan)  # other bits than the plain call: wrong
        matrix = by_outputs(slopes, len(value), [p.size for p in parts])
        return matrix @ np.concatenate([np.ravel(d) for d in directions])

    found = {}
    for mode in MODES:
        try:
            found[mode] = judge(along, lambda m=mode: derivative(m), value)
        except Exception as error:  # noqa: BLE001  # the package's own
            return {"": Verdict("the plain call fails close by", reason(str(error)))}
    return found


def reason(text: str) -> str:
    """The first sentence, on one line."""
    return re.sub(r"\s+", " ", text)[:160]


def _too_long(*_: Any) -> None:
    raise TooLong(f"more than {SECONDS} s")


# --- counting ------------------------------------------------------------------------------------


def run(module_name: str, every: int, show: Callable[..., None]) -> collections.Counter[str]:
    """Examine the dispatchers of one module."""
    module = importlib.import_module(module_name)
    counts: collections.Counter[str] = collections.Counter()
    for name, f in list(dispatchers(module))[::every]:
        signal.alarm(SECONDS)
        try:
            args = from_doctest(module, name, f) or drawn(f)
            found = {"": Verdict("no arguments found")} if args is None else examine(f, args)
        except TooLong as error:
            found = {"": Verdict("takes too long", str(error))}
        finally:
            signal.alarm(0)
        results = {v.result for v in found.values()}
        counts[" / ".join(sorted(results))] += 1
        for mode, verdict in found.items():
            if verdict.result != "right":
                show(f"{module_name}.{name} {mode}: {verdict.result}. {verdict.note[:300]}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--every", type=int, default=1, help="only each nth function")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_long)
    for name in options.modules:
        counts = run(name, options.every, lambda text: print(text, flush=True))
        right = sum(n for k, n in counts.items() if k == "right")
        judged = sum(n for k, n in counts.items() if re.match("right|wrong|refused", k))
        print(f"\n{name}: {right} of {judged} right in both modes", flush=True)
        for result, n in counts.most_common():
            print(f"{n:6d}  {result}", flush=True)


if __name__ == "__main__":
    # What `fluids.numba` makes has no file to be cached beside; pvlib compiles only if asked.
    os.environ.setdefault("NUMBA_FUNCTION_CACHE_SIZE", "0")
    os.environ.setdefault("PVLIB_USE_NUMBA", "1")
    main()
