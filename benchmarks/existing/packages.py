"""Every public function of packages from PyPI, as it stands, in forward and in reverse mode."""

from __future__ import annotations

import collections
import contextlib
import doctest
import importlib
import inspect
import io
import math
import pkgutil
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import dualad as da

from .judge import Verdict, judge

MODES = ("forward", "reverse")
RANGES = ((0.1, 0.9), (1.0, 10.0), (20.0, 60.0), (100.0, 1000.0))


def public_functions(package: str) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """(module, name, function) of a package and of its public modules, each function once."""
    top = importlib.import_module(package)
    modules = [top]
    for info in pkgutil.iter_modules(top.__path__):
        if not info.name.startswith("_") and not info.ispkg:
            with contextlib.suppress(Exception):  # a module may want an optional dependency
                modules.append(importlib.import_module(f"{package}.{info.name}"))
    seen: set[Any] = set()
    for module in modules:
        for name in sorted(getattr(module, "__all__", dir(module))):
            f = getattr(module, name, None)
            own = inspect.isfunction(f) and f.__module__.startswith(package)
            if own and not name.startswith("_") and f not in seen:
                seen.add(f)
                yield module, name, f


# --- arguments -----------------------------------------------------------------------------------


def from_doctest(module: Any, name: str, f: Callable[..., Any]) -> Any:
    """The arguments of the first call of f in its own doctest."""
    calls: list[Any] = []

    def recorder(*args: Any, **keywords: Any) -> Any:
        calls.append((args, keywords))
        return f(*args, **keywords)

    space = {**vars(module), **vars(sys.modules[f.__module__]), name: recorder}
    try:
        examples = doctest.DocTestParser().get_examples(f.__doc__ or "")
    except ValueError:
        return None
    for example in examples:
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(example.source, "<doctest>", "single"), space)
    return calls[0] if calls else None


def from_generator(f: Callable[..., Any]) -> Any:
    """Floats for all required arguments: the first draw that the function takes."""
    parameters = inspect.signature(f).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    required = [p for p in parameters if p.default is p.empty and p.kind in kinds]
    rng = np.random.default_rng(zlib.crc32(f.__name__.encode()))
    for low, high in RANGES * 3 if required else ():
        args = tuple(float(x) for x in rng.uniform(low, high, len(required)))
        with contextlib.suppress(Exception):
            if finite(flat(f(*args))):
                return args, {}
    return None


def flat(x: Any) -> list[Any] | None:
    """The numbers in an answer; None where there is something else."""
    if isinstance(x, bool | np.bool_):
        return None
    if isinstance(x, float | int | np.floating | np.integer):
        return [x]
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return list(x.ravel())
    if not isinstance(x, tuple | list):
        return None
    found: list[Any] = []
    for item in x:
        numbers = flat(item)
        if numbers is None:
            return None
        found += numbers
    return found


def finite(numbers: list[Any] | None) -> bool:
    return bool(numbers) and all(math.isfinite(x) for x in numbers or ())


def is_float(x: Any) -> bool:
    return isinstance(x, float | np.floating) and math.isfinite(x)


# --- one function --------------------------------------------------------------------------------


def examine(
    f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any], mode: str
) -> Verdict:
    """Judge the derivative in all floating arguments together."""
    positions = [i for i, a in enumerate(args) if is_float(a)]
    names = [n for n, a in keywords.items() if is_float(a)]
    x = np.array([args[i] for i in positions] + [keywords[n] for n in names])
    if not x.size:
        return Verdict("no floating argument")

    def of_floats(*values: Any) -> Any:
        given, named = list(args), dict(keywords)
        for i, v in zip(positions, values, strict=False):
            given[i] = v
        named.update(zip(names, values[len(positions) :], strict=True))
        return f(*given, **named)

    try:
        value = flat(of_floats(*x.tolist()))
    except Exception:  # noqa: BLE001  # the package's own
        return Verdict("the plain call raises")
    if not finite(value):
        return Verdict("no floating answer")
    rng = np.random.default_rng(0)
    direction = 0.1 * rng.uniform(0.5, 1.5, x.size) * np.where(x == 0, 1e-3, x)

    def along(t: float) -> Any:
        return flat(of_floats(*(x + t * direction).tolist()))

    def derivative() -> Any:
        every = tuple(range(x.size))
        found = da.jacobian(lambda *v: np.array(flat(of_floats(*v))), every, mode=mode)(*x.tolist())
        return sum(np.asarray(j) * d for j, d in zip(found, direction, strict=True))

    try:
        return judge(along, derivative, value)
    except Exception:  # noqa: BLE001  # the package's own
        return Verdict("the plain call raises close by")


def run(package: str, mode: str) -> None:
    counts: collections.Counter[str] = collections.Counter()
    for module, name, f in public_functions(package):
        call = from_doctest(module, name, f) or from_generator(f)
        verdict = Verdict("no arguments found") if call is None else examine(f, *call, mode)
        doubtful = " with a warning" if verdict.warned else ""
        counts[verdict.result + doubtful] += 1
        if verdict.note or verdict.warned:
            said = f"{verdict.note[:300]} {verdict.warned[:120]}"
            print(f"{f.__module__}.{name}: {verdict.result}. {said}")
    right = sum(n for k, n in counts.items() if k.startswith("right"))
    judged = right + sum(n for k, n in counts.items() if k.startswith(("wrong", "refused")))
    print(f"\n{package}, {mode}: {right} of {judged} right ({100 * right / max(judged, 1):.1f} %)")
    for result, n in counts.most_common():
        print(f"{n:6d}  {result}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in sys.argv[1:]:
        for mode in MODES:
            run(name, mode)
