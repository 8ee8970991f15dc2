"""The worst errors of the functions of NumPy, and where they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .exact import LOST, Errors, Exact, entry, errors, exact, packed
from .numpy_functions import POWERS, Function, sample
from .packages import ORDERS, Package, by_orders

DTYPES = {"float64": np.float64, "float32": np.float32}


class Points(NamedTuple):
    """Points of a function in one precision, and its exact derivatives there."""

    columns: list[np.ndarray]
    exact: dict[str, Exact]

    def at(self, where: Any) -> Points:
        return Points(
            [c[where] for c in self.columns], {n: e.at(where) for n, e in self.exact.items()}
        )


def columns_of(points: list[tuple[Any, ...]]) -> list[np.ndarray]:
    return [np.array(column) for column in zip(*points, strict=True)]


def references(function: Function, count: int, dtype: Any) -> Points:
    """Points of a function, and its exact derivatives there, by mpmath."""
    points = sample(function, count, dtype)
    columns = columns_of(points)
    with np.errstate(all="ignore"):
        # float32 in double precision: np.sinc overflows where it need not.
        outside = np.isnan(function.call(np)(*(c.astype(c.dtype.kind + "8") for c in columns)))
    found = {}
    for part, reference in function.exact.items():
        inside = exact(reference, [p for p, out in zip(points, outside, strict=True) if not out])
        whole = packed([entry(None, 0)] * len(points))
        for column, known in zip(whole, inside, strict=True):
            column[~outside] = known
        found[part] = whole
    return Points(columns, found)


def measured(function: Function, points: Points, computed: Any, part: str, dtype: Any) -> Errors:
    """The errors of one derivative at every point."""
    want = points.exact[part]
    found = errors(computed, want, dtype)
    if function.name in POWERS:
        with np.errstate(over="ignore"):
            size = np.ldexp(np.abs(want.high), want.exponent.astype(np.int32))
        small = (size < np.finfo(dtype).tiny) & (want.high != 0.0)
        return Errors(*(np.where(small, 0.0, e) for e in found))
    return found


class Figure(NamedTuple):
    """The worst errors of all first, or all second derivatives of a function.

    `finite_outside` counts the points without a derivative where a finite number was given.
    """

    strict: float
    strict_at: tuple[float, ...]
    forgiven: float
    forgiven_at: tuple[float, ...]
    finite_outside: int = 0


def joined(figures: list[Figure]) -> Figure:
    strict = max(figures, key=lambda f: f.strict)
    forgiven = max(figures, key=lambda f: f.forgiven)
    outside = sum(f.finite_outside for f in figures)
    return Figure(strict.strict, strict.strict_at, forgiven.forgiven, forgiven.forgiven_at, outside)


def worst(found: Errors, want: Exact, columns: list[np.ndarray]) -> Figure:
    """The largest errors where there is a derivative."""
    there = ~np.isnan(want.high)
    figures: list[Any] = []
    for error in found:
        inside = np.where(there, error, -1.0)
        i = int(np.argmax(inside))
        at = tuple(column[i].item() for column in columns)
        figures += [max(0.0, float(inside[i])), at]
    return Figure(*figures, int(np.sum((found.strict >= LOST) & ~there)))


def order_of(part: str) -> str:
    return "second" if sum(ORDERS[part]) == 2 else "first"


def part_errors(
    function: Function, package: Package, points: Points, dtype: Any
) -> Iterator[tuple[str, Errors | None]]:
    """The errors of each derivative at every point; None where the package has none."""
    fn = function.call(package.numpy)
    for part in points.exact:
        computed = by_orders(package, fn, points.columns, ORDERS[part])
        yield part, None if computed is None else measured(function, points, computed, part, dtype)


def all_errors(
    function: Function, package: Package, points: Points, dtype: Any
) -> Iterator[Errors]:
    for _, found in part_errors(function, package, points, dtype):
        if found is not None:
            yield found


def normal(points: Points, part: str, dtype: Any) -> np.ndarray:
    """Where arguments and derivative are no subnormal numbers."""
    tiny = np.finfo(dtype).tiny
    want = points.exact[part]
    with np.errstate(all="ignore"):
        size = np.ldexp(np.abs(want.high), want.exponent.astype(np.int32))
    there = (size >= tiny) | (want.high == 0.0)
    for column in points.columns:
        there &= np.abs(column) >= (tiny if column.dtype.kind == "f" else 0)
    return there


def of_package(
    function: Function, package: Package, points: Points, dtype: Any
) -> dict[str, Figure]:
    """The worst errors of first and of second derivatives; nothing where the package has none.

    And the same without subnormal numbers.
    """
    found: dict[str, list[Figure]] = {}
    try:
        for part, there in part_errors(function, package, points, dtype):
            if there is None:
                return {}
            order, want = order_of(part), points.exact[part]
            found.setdefault(order, []).append(worst(there, want, points.columns))
            usual = normal(points, part, dtype)
            figure = worst(Errors(*(np.where(usual, e, 0.0) for e in there)), want, points.columns)
            found.setdefault(f"{order}, normal", []).append(figure)
    except AttributeError:  # no such function
        return {}
    return {order: joined(figures) for order, figures in found.items()}
