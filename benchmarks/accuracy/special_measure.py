"""The worst errors of the functions of `scipy.special`, and where they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import scipy.special as sc

from tests.special.checks import positions

from .exact import Errors, Exact, errors
from .measure import Figure, Points, columns_of, joined, worst
from .packages import Package, by_orders
from .special_functions import Special, exact, orders_of, sample

# How one ulp of float32 compares with one of float64.
_COARSER = 2.0**29
VALUE = "value"
_CREDIBLE = 2.0**25  # half of the digits


def key_of(orders: tuple[int, ...]) -> str:
    return VALUE if not any(orders) else ",".join(map(str, orders))


def references(special: Special, count: int) -> Points:
    """Points of a function, and its exact value and derivatives there, by mpmath."""
    rows = sample(special, count)
    known, wanted = exact(special, rows)
    rows = [row for row, k in zip(rows, known, strict=True) if k]
    columns = columns_of(rows) if rows else [np.zeros(0)]
    return credible(special, Points(columns, {key_of(o): want for o, want in wanted.items()}))


def credible(special: Special, points: Points) -> Points:
    """The points where SciPy's value and the reference are the same function.

    Of a function that is even the reference may not be, and SciPy may have lost all digits. The
    reference of a complement, 1 - f, may be -f: then there are derivatives, but no value.
    """
    if not len(points.columns[0]):
        return points
    fn, columns = called(special, sc, points, np.float64)
    with np.errstate(all="ignore"):
        value = fn(*columns)
    found, complement = (
        errors(v, points.exact[VALUE], np.float64).forgiven < _CREDIBLE
        for v in (value, value - 1.0)
    )
    return points.at(found | complement)


def single(special: Special, points: Points) -> Points:
    """The points that float32 has, where the exact derivatives are for float32, too."""
    columns = [points.columns[i] for i in positions(special.case)]
    with np.errstate(all="ignore"):
        same = np.logical_and.reduce([c == c.astype(np.float32) for c in columns])
    same &= np.logical_and.reduce([np.abs(c) > np.finfo(np.float32).tiny for c in columns])
    value = points.exact[VALUE]
    with np.errstate(over="ignore"):
        same &= np.isfinite(np.ldexp(value.high, value.exponent).astype(np.float32))
    chosen = points.at(same)
    coarse = {
        part: want._replace(moved=want.moved * _COARSER) for part, want in chosen.exact.items()
    }
    return Points(chosen.columns, coarse)


class Measured(NamedTuple):
    """The function and its arguments for a package, at all points."""

    fn: Any
    columns: list[np.ndarray]


def called(special: Special, namespace: Any, points: Points, dtype: Any) -> Measured:
    rows = list(zip(*(c.tolist() for c in points.columns), strict=True))
    columns = [points.columns[i].astype(dtype) for i in positions(special.case)]
    return Measured(special.function(rows, namespace), columns)


def order_errors(
    special: Special, package: Package, points: Points, dtype: Any
) -> Iterator[tuple[tuple[int, ...], Errors]]:
    """The errors of the value and of each derivative that the package has, at every point."""
    fn, columns = called(special, package.special, points, dtype)
    for orders in [(0,) * special.arity, *orders_of(special)]:
        computed = by_orders(package, fn, columns, orders)
        if computed is not None:
            yield orders, errors(computed, points.exact[key_of(orders)], dtype)


def all_errors(special: Special, package: Package, points: Points, dtype: Any) -> Iterator[Errors]:
    return (found for _, found in order_errors(special, package, points, dtype))


def of_package(special: Special, package: Package, points: Points, dtype: Any) -> dict[str, Figure]:
    """The worst errors of the value, of first and of second derivatives."""
    if not hasattr(package.special, special.case.name):
        return {}
    if package.name != "dualad" and (special.case.fn or special.case.take):
        return {}
    found: dict[str, list[Figure]] = {}
    at = [points.columns[i] for i in positions(special.case)]
    for orders, there in order_errors(special, package, points, dtype):
        order = (VALUE, "first", "second")[sum(orders)]
        if order == VALUE and np.min(there.forgiven) > _CREDIBLE:
            continue
        found.setdefault(order, []).append(worst(there, points.exact[key_of(orders)], at))
    return {order: joined(figures) for order, figures in found.items()}


def exact_again(special: Special, points: Points, index: int) -> dict[str, Exact]:
    """The exact value and derivatives at one of the points, computed anew."""
    row = tuple(column[index].item() for column in points.columns)
    return {key_of(o): want for o, want in exact(special, [row])[1].items()}
