"""The figures of all functions by all packages, in one file, and what the goals say of them."""

from __future__ import annotations

import datetime as dt
import json
import math
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import measure, special_measure, store
from .exact import Errors
from .measure import DTYPES, Figure
from .numpy_functions import NOT_COUNTED, functions
from .packages import Package, versions
from .special_functions import specials

GOAL = 4.0
SPECIAL_GOAL = 50.0
_SHOWN = ("dualad", "numpy", "scipy", "mpmath", "jax", "autograd", "torch")

Figures = dict[str, dict[str, dict[str, dict[str, Figure]]]]  # name, dtype, package, order


def of_package(package: Package, tables: dict[store.Key, measure.Points]) -> Iterator[Any]:
    """(name, dtype, figures) of every function that a package has."""
    for function in functions():
        for name, dtype in DTYPES.items():
            if (function.name, name) in tables:
                points = tables[function.name, name]
                yield function.name, name, measure.of_package(function, package, points, dtype)
    for special in specials():
        points = tables.get((special.name, store.SPECIAL))
        if points is None or not len(points.columns[0]):
            continue
        title = f"special.{special.name}"
        yield (
            title,
            "float64",
            special_measure.of_package(special, package, points, DTYPES["float64"]),
        )
        low = special_measure.single(special, points)
        if len(low.columns[0]):
            found = special_measure.of_package(special, package, low, DTYPES["float32"])
            yield title, "float32", found


def rounded(figure: Figure) -> list[Any]:
    """A figure for the file: three digits, and arguments as they are."""
    strict, at, forgiven, forgiven_at, outside = figure
    at, forgiven_at = (at if strict else ()), (forgiven_at if strict else ())
    return [float(f"{strict:.3g}"), list(at), float(f"{forgiven:.3g}"), list(forgiven_at), outside]


def update(
    path: Path,
    packages: list[Package],
    tables: dict[store.Key, measure.Points],
    machine: str | None = None,
) -> None:
    """Write the figures of these packages into the file; those of others stay."""
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    figures = old.get("figures", {})
    names = [p.name for p in packages]
    for package in packages:
        for name, dtype, found in of_package(package, tables):
            cell = figures.setdefault(name, {}).setdefault(dtype, {})
            cell.pop(package.name, None)
            if found:
                cell[package.name] = {order: rounded(f) for order, f in found.items()}
            print(package.name, name, dtype, flush=True)
    known = {**old.get("versions", {}), **versions([*_SHOWN[1:4], *names])}
    known.pop("dualad", None)
    counts = [len(points.columns[0]) for points in tables.values()]
    data = {
        "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
        "machine": machine or old.get("machine", platform.machine()),
        "python": platform.python_version(),
        "versions": known,
        "points": max([*counts, old.get("points", 0)]),  # of all functions, not of these alone
        "figures": dict(sorted(figures.items(), key=lambda item: item[0].startswith("special."))),
    }
    path.write_text(json.dumps(data, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


def load(path: Path = store.FIGURES) -> dict[str, Any]:
    """What the file holds, with `Figure` for every entry."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for by_dtype in data["figures"].values():
        for by_package in by_dtype.values():
            for orders in by_package.values():
                for order, (s, at, f, f_at, outside) in orders.items():
                    orders[order] = Figure(s, tuple(at), f, tuple(f_at), outside)
    return data


def counted(figures: Figures, package: str, dtype: str, order: str) -> tuple[int, int, int]:
    """How many functions of NumPy are within the goal, strictly and forgiven; and of how many."""
    found = [
        cells[dtype][package][order]
        for name, cells in figures.items()
        if not name.startswith("special.")
        and name not in NOT_COUNTED
        and order in cells[dtype].get(package, {})
    ]
    strict = sum(f.strict <= GOAL for f in found)
    return strict, sum(f.forgiven <= GOAL for f in found), len(found)


# --- what the tests use --------------------------------------------------------------------------

KEPT = 40
_WORST = 5


def reduced(
    package: Package, tables: dict[store.Key, measure.Points]
) -> Iterator[tuple[store.Key, measure.Points]]:
    """Of every function the points where the package errs most, and some of all the others."""
    cases = {special.name: special for special in specials()}
    for function in functions():
        for name, dtype in DTYPES.items():
            if (function.name, name) not in tables:
                continue
            points = tables[function.name, name]
            found = measure.all_errors(function, package, points, dtype)
            yield (function.name, name), points.at(_chosen(found, points, KEPT))
    for (name, kind), points in tables.items():
        if kind == store.SPECIAL:
            found = special_measure.all_errors(cases[name], package, points, DTYPES["float64"])
            yield (name, kind), points.at(_chosen(found, points, KEPT // 2))


def _chosen(found: Iterable[Errors], points: measure.Points, count: int) -> np.ndarray:
    worst: dict[int, None] = {}
    for errors in found:
        for column in errors:
            worst |= dict.fromkeys(np.argsort(-column)[:_WORST].tolist())
    length = len(points.columns[0])
    spread = np.linspace(0, length - 1, min(count, length)).astype(int).tolist()
    return np.array(sorted({*list(worst)[:count], *spread[:: max(1, len(worst) // 20)]}))


def bound(figure: float) -> float:
    """What a test allows: a fifth more, and a little, since libraries of mathematics differ."""
    return math.ceil(12.0 * figure + 2.0) / 10.0
