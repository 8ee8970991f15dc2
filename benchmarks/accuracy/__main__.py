"""Measure, and write the figures, the points of the tests, and the page.

`python -m benchmarks.accuracy`, in an environment that has the packages to compare with (each may
be missing; figures of packages that are not measured stay as they are). `--packages` measures only
some, `--only` some functions (`tanh`, `special.erf`), `--page` writes the page alone. References
are kept in a file of `--references`, so that other environments can use the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from . import figures, measure, page, special_measure, store
from .measure import DTYPES, Points
from .numpy_functions import functions
from .packages import installed
from .special_functions import specials

PACKAGES = ["dualad", "jax", "autograd", "torch"]


def all_references(
    count: int, special_count: int, only: list[str] | None
) -> Iterator[tuple[store.Key, Points]]:
    for function in functions():
        if only is not None and function.name not in only:
            continue
        for name, dtype in DTYPES.items():
            yield (function.name, name), measure.references(function, count, dtype)
    for special in specials():
        if only is not None and f"special.{special.name}" not in only:
            continue
        points = special_measure.references(special, special_count)
        if len(points.columns[0]):
            yield (special.name, "special"), points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=320)
    parser.add_argument("--special-points", type=int, default=64)
    parser.add_argument("--packages", nargs="+", default=PACKAGES, choices=PACKAGES)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these functions alone")
    parser.add_argument("--references", type=Path, help="a file to keep them in, or to read")
    parser.add_argument("--machine", help="what the page says of it")
    parser.add_argument("--page", action="store_true", help="write the page alone")
    options = parser.parse_args()
    if not options.page:
        run(options)
    page.write()


def run(options: argparse.Namespace) -> None:
    file = options.references
    if file is not None and file.exists():
        names = {name.removeprefix("special.") for name in options.only or ()}
        tables = {key: t for key, t in store.load(file).items() if not names or key[0] in names}
    else:
        tables = dict(all_references(options.points, options.special_points, options.only))
        if not tables:
            raise SystemExit("no function of such a name: tanh, x**3, special.erf")
        if file is not None:
            store.save(file, tables)
    packages = list(installed(options.packages).values())
    figures.update(store.FIGURES, packages, tables, options.machine)
    own = [p for p in packages if p.name == "dualad"]
    if own:
        with np.errstate(all="ignore"):
            kept = store.load(store.REFERENCES) if options.only else {}
            store.save(store.REFERENCES, {**kept, **dict(figures.reduced(own[0], tables))})


if __name__ == "__main__":
    main()
