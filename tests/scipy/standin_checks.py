"""What tests of stand-ins share: one function, plain with SciPy's and on numbers with ours.

A case is a function ``f(of, v)`` of a vector v. It calls ``of(g)`` wherever lifted code calls a
function, class, instance or method g of SciPy: `of` is the identity for the plain call, and
answers the stand-in where v is a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dualad._scipy import bound_standin, standin
from tests.machines import FIRST, SECOND, Watched, differences

QUICK_FIRST = ("dual by hand", "forward, chunks of 2", "reverse")
QUICK_SECOND = ("hyper-dual, two sets", "hessian reverse", "reverse over forward")

Case = Callable[[Any, Any], Any]


def of(g: Any) -> Any:
    """What lifted code calls in place of g."""
    found = standin(g) or bound_standin(g)
    assert found is not None, g
    return found


def same(g: Any) -> Any:
    return g


def _close(got: np.ndarray, want: np.ndarray, error: np.ndarray, tol: float, name: str) -> None:
    """Within the tolerance, or within what the differences tell of themselves; NaN says nothing."""
    known = np.isfinite(want) & np.isfinite(error)
    assert known.any() or want.size == 0, "differences say nothing"
    size = np.max(np.abs(want[known]), initial=1.0)
    assert np.max(error[known], initial=0.0) < 1e-3 * size, "differences are too rough"
    gap = np.abs(got - want)[known]
    assert np.all(gap <= tol * size + 10.0 * error[known]), f"{name}: {got} instead of {want}"


def check_first(
    f: Case, x: np.ndarray, machines: Any = QUICK_FIRST, tol: float = 1e-7, step: float = 1e-3
) -> None:
    """Values to the bit, and first derivatives against differences of SciPy's own."""
    want, error = differences(lambda v: f(same, v), x, step)
    plain = np.asarray(f(same, x))
    for name in machines:
        watched = Watched(lambda v: f(of, v))
        got = FIRST[name](watched, (x,))[0]
        _close(np.asarray(got), want, error, tol, name)
        for seen in watched.seen:
            np.testing.assert_array_equal(np.asarray(seen), plain, err_msg=name)
            assert np.asarray(seen).dtype == plain.dtype


def check_second(f: Case, x: np.ndarray, machines: Any = QUICK_SECOND) -> None:
    """Second derivatives along one direction, against differences of the first."""
    along = np.random.default_rng(x.size).uniform(0.5, 1.5, x.size)

    def numbers(v: Any) -> Any:
        return f(of, v)

    def slope(s: np.ndarray) -> Any:
        return FIRST["forward"](numbers, (x + s[0] * along,))[0]

    want, error = (v[..., 0] for v in differences(slope, np.zeros(1), 1e-3))
    for name in machines:
        got = np.asarray(SECOND[name](numbers, (x,))) @ along
        _close(got, want, error, 1e-6, name)


def check(f: Case, x: Any, **options: Any) -> None:
    x = np.asarray(x, float)
    check_first(f, x, **options)
    check_second(f, x)
