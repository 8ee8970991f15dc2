"""Derivatives of the incomplete gamma functions, and of what is made of them, in parameters."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._errors import NoRuleError
from tests.special.parameters import check_machines, relative_errors

SHAPES = (1e-5, 0.01, 0.4, 1.0, 7.5, 60.0, 3e3)
RATIOS = (1e-7, 0.02, 0.5, 0.97, 1.0, 1.001, 1.3, 4.0, 30.0)


def p(a, x):
    """The regularised lower incomplete gamma function by its series, and Q by Legendre's."""
    with mp.workdps(80):
        if x < a + 80:
            power = mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1))
            return power * mp.hyp1f1(1, a + 1, x, maxterms=10**6)
        return 1 - mp.gammainc(a, x, mp.inf, regularized=True)


def q(a, x):
    with mp.workdps(80):
        return 1 - p(a, x) if x < a + 80 else mp.gammainc(a, x, mp.inf, regularized=True)


GRID = [(a, a * r) for a, r in itertools.product(SHAPES, RATIOS)]
HALF = [(2 * a, 2 * x) for a, x in GRID]

# function, the same in mpmath, argument, points, largest relative error (measured: a third of it)
DIRECT = [
    (sc.gammainc, p, 0, GRID, 3e-12),
    (sc.gammaincc, q, 0, GRID, 3e-12),
    (sc.chdtr, lambda v, x: p(v / 2, x / 2), 0, HALF, 3e-12),
    (sc.chdtrc, lambda v, x: q(v / 2, x / 2), 0, HALF, 3e-12),
    (sc.gdtr, lambda a, b, x: p(b, a * x), 1, [(2.0, a, x / 2) for a, x in GRID], 3e-12),
    (sc.gdtrc, lambda a, b, x: q(b, a * x), 1, [(2.0, a, x / 2) for a, x in GRID], 3e-12),
]


@pytest.mark.parametrize(
    ("f", "exact", "i", "points", "bound"), DIRECT, ids=[row[0].__name__ for row in DIRECT]
)
def test_direct(f, exact, i, points, bound):
    assert relative_errors(f, exact, points, i).max() <= bound


def test_large_shapes():
    points = [(a, a + r * a**0.5) for a in (1e5, 1e6) for r in (-4.0, -1.0, 0.0, 2.5)]
    assert relative_errors(sc.gammainc, p, points, 0).max() <= 1e-10


def test_edges():
    d = da.derivative(lambda a, x: sc.gammainc(a, x))
    np.testing.assert_array_equal(d(np.array([0.5, 2.0]), np.array([0.0, np.inf])), [0.0, 0.0])
    np.testing.assert_allclose(d(0.0, 2.0), -sc.exp1(2.0), rtol=1e-15)
    assert np.isnan(d(-1.0, 2.0))
    assert np.isnan(d(np.nan, 2.0))


MACHINES = [
    (sc.gammainc, p, (1.7, 0.9), (0,)),
    (sc.gammaincc, q, (0.3, 2.9), (0,)),
    (sc.chdtr, lambda v, x: p(v / 2, x / 2), (3.0, 2.5), (0,)),
    (sc.gdtr, lambda a, b, x: p(b, a * x), (1.5, 2.0, 1.9), (1,)),
]


@pytest.mark.parametrize(("f", "exact", "point", "free"), MACHINES)
def test_machines(f, exact, point, free):
    check_machines(f, exact, point, free, 1e-12, 1e-10)


def test_orders_to_four():
    f = lambda a: sc.gammainc(a, 2.0)
    for n in range(4):
        f = da.derivative(f)
        with mp.workdps(60):
            want = float(mp.diff(lambda a: p(a, mp.mpf(2)), mp.mpf(1.5), n + 1, h=mp.mpf("1e-9")))
        np.testing.assert_allclose(f(1.5), want, rtol=1e-10)
    with pytest.raises(NoRuleError, match="beyond order 4"):
        da.derivative(f)(1.5)
