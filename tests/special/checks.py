"""Derivatives of `scipy.special` against mpmath, and through every machine.

A `Case` names a function, a reference for mpmath, and points. Its derivatives in the arguments
that it names are compared with those that mpmath takes of the reference numerically at 40 digits
and more; the error is counted in units in the last place, divided by how far the derivative moves
when an argument moves by one ulp of its own (as in `benchmarks/accuracy.py`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
import scipy.special as sc

from tests.machines import FIRST, SECOND, Watched, differences, same_bits

ULP = 50.0
SOME_SECOND = ("hyper-dual, symmetric", "hessian reverse", "forward over reverse")


class Case(NamedTuple):
    """A function of `scipy.special` with a reference.

    `args` are the positions that are differentiated, all by default. `take` picks the answer that
    is checked from what the function returns. `ulp` is the bound of errors in first and in second
    derivatives, where it is not 50; `orders` how many orders are checked. With `slope` the
    reference is the first derivative itself: the integrand of a function that is an integral;
    then that is compared with differences of SciPy's function, too.
    """

    name: str
    reference: Callable[..., Any]
    points: Sequence[Any]
    args: tuple[int, ...] | None = None
    take: Callable[[Any], Any] | None = None
    ulp: tuple[float, float] = (ULP, ULP)
    orders: int = 2
    digits: int = 40
    fn: Callable[..., Any] | None = None
    slope: bool = False


def tuples(case: Case) -> list[tuple[Any, ...]]:
    return [p if isinstance(p, tuple) else (p,) for p in case.points]


def positions(case: Case) -> tuple[int, ...]:
    return tuple(range(len(tuples(case)[0]))) if case.args is None else case.args


def function(case: Case, rows: list[tuple[Any, ...]]) -> Callable[..., Any]:
    """The function of the differentiated arguments, all points at once."""
    fn = case.fn or getattr(sc, case.name)
    columns: list[Any] = [np.array(column) for column in zip(*rows, strict=True)]

    def f(*args: Any) -> Any:
        full = list(columns)
        for i, x in zip(positions(case), args, strict=True):
            full[i] = x
        y = fn(*full)
        return y if case.take is None else case.take(y)

    return f


def point(case: Case, rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(np.array([float(row[i]) for row in rows]) for i in positions(case))


def exact(case: Case, row: tuple[Any, ...], orders: tuple[int, ...]) -> Any:
    """The derivative of the reference, by mpmath."""
    at = positions(case)

    def of(*args: Any) -> Any:
        full = [mp.mpf(x) if isinstance(x, float) else x for x in row]
        for i, x in zip(at, args, strict=True):
            full[i] = x
        return case.reference(*full)

    with mp.workdps(case.digits):
        if case.slope:
            orders = (orders[0] - 1,)
        value = mp.diff(of, tuple(mp.mpf(row[i]) for i in at), orders)
        return +mp.re(value)


def moved(case: Case, row: tuple[Any, ...], orders: tuple[int, ...], want: Any) -> Any:
    """How far the derivative moves when an argument moves by one ulp."""
    farthest = mp.mpf(0)
    for i in positions(case):
        near = (*row[:i], float(np.nextafter(row[i], np.inf)), *row[i + 1 :])
        farthest = max(farthest, abs(exact(case, near, orders) - want))
    return farthest


def error(case: Case, row: tuple[Any, ...], orders: tuple[int, ...], got: Any) -> float:
    """The error of one derivative in forgiven ulp."""
    want = exact(case, row, orders)
    ulp = mp.mpf(float(np.spacing(abs(float(want)))))
    wrong = abs(mp.mpf(float(got)) - want) / ulp
    if wrong > 4:
        wrong = wrong / max(1, moved(case, row, orders, want) / ulp)
    return float(wrong)


def quiet(f: Callable[..., Any], *args: Any) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f(*args)


def check_first(case: Case) -> None:
    """Every machine gives the same first derivatives, and they are those of the reference."""
    rows = tuples(case)
    f, at = function(case, rows), point(case, rows)
    plain = quiet(f, *at)
    want = None
    for name, machine in FIRST.items():
        watched = Watched(f)
        got = quiet(machine, watched, at)
        want = got if want is None else want
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, err_msg=name)
        for seen in watched.seen:
            same_bits(seen, plain)
    assert want is not None
    if case.slope:
        by_difference, spread = differences(f, at[0], 1e-3)
        # SciPy's itairy keeps six digits.
        np.testing.assert_array_less(np.abs(by_difference - want[0]), 100.0 * spread + 1e-5)
    for i in range(len(at)):
        orders = tuple(int(j == i) for j in range(len(at)))
        for k, row in enumerate(rows):
            wrong = error(case, row, orders, want[i][k, k])
            assert wrong <= case.ulp[0], f"{case.name}{row}: {orders} is off by {wrong:.1f} ulp"


def check_second(case: Case, machines: Sequence[str] = SOME_SECOND) -> None:
    """The same for second derivatives."""
    rows = tuples(case)
    f, at = function(case, rows), point(case, rows)
    want = None
    for name in machines:
        got = quiet(SECOND[name], f, at)
        want = got if want is None else want
        scale = np.max(np.abs(want[np.isfinite(want)]), initial=0.0)
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12 * scale, err_msg=name)
    assert want is not None
    count = len(rows)
    for i in range(len(at)):
        for j in range(i, len(at)):
            orders = tuple(int(k == i) + int(k == j) for k in range(len(at)))
            for k, row in enumerate(rows):
                wrong = error(case, row, orders, want[k, i * count + k, j * count + k])
                text = f"{case.name}{row}: {orders} is off by {wrong:.1f} ulp"
                assert wrong <= case.ulp[1], text
