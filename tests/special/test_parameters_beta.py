"""Derivatives of incomplete beta functions, F and t in their parameters, and of inverses."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._errors import NoRuleError
from tests.special.parameters import check_machines, inverse_errors, partial, relative_errors
from tests.special.test_parameters_gamma import p, q

grid = lambda *axes: list(itertools.product(*axes))


def betainc(a, b, x):
    """By the series whose terms are all positive (DLMF 8.17.8), from the nearer end."""
    with mp.workdps(190):
        if x > (a + 1) / (a + b + 2):
            return 1 - betainc(b, a, 1 - x)
        front = mp.exp(a * mp.log(x) + b * mp.log1p(-x)) / (a * mp.beta(a, b))
        return front * mp.hyp2f1(1, a + b, a + 1, x)


def fdtr(m, n, x):
    return betainc(m / 2, n / 2, m * x / (n + m * x))


def stdtr(n, t):
    half = betainc(n / 2, mp.mpf(1) / 2, n / (n + t * t)) / 2
    return half if t < 0 else 1 - half


def bdtr(k, n, x):
    return betainc(n - k, k + 1, 1 - x)


def nbdtr(k, n, x):
    return betainc(n, k + 1, x)


PAIRS = grid((1e-4, 1.0, 200.0), (0.01, 0.5, 60.0))
BETA = [
    *((a, b, x) for a, b in PAIRS for x in (1e-6, 0.01, 0.3, 0.8, 0.99)),
    *((a, b, min(0.999, a / (a + b) * 1.01)) for a, b in PAIRS),
]
FISHER = grid((0.5, 30.0, 1e3), (0.7, 400.0), (0.05, 1.0, 4.0))
STUDENT = grid((0.3, 1.0, 4.5, 60.0, 1e4), (-8.0, -1.0, -1e-4, 0.5, 3.0))

# function, the same in mpmath, argument, points, largest relative error (measured: a third of it)
CASES = [
    (sc.betainc, betainc, 0, BETA, 1e-12),
    (sc.betainc, betainc, 1, BETA, 1e-10),
    (sc.fdtr, fdtr, 0, FISHER, 3e-11),
    (sc.fdtr, fdtr, 1, FISHER, 3e-11),
    (sc.fdtrc, lambda m, n, x: 1 - fdtr(m, n, x), 0, FISHER, 3e-11),
    (sc.stdtr, stdtr, 0, STUDENT, 3e-11),
]
if hasattr(sc, "betaincc"):
    CASES.append((sc.betaincc, lambda a, b, x: 1 - betainc(a, b, x), 0, BETA[::7], 1e-11))


@pytest.mark.parametrize(("f", "exact", "i", "points", "bound"), CASES)
def test_parameters(f, exact, i, points, bound):
    assert relative_errors(f, exact, points, i).max() <= bound


MACHINES = [
    (sc.betainc, betainc, (1.7, 0.9, 0.4), (0, 1, 2)),
    (sc.betainc, betainc, (0.2, 30.0, 0.01), (0, 1, 2)),
    (sc.fdtr, fdtr, (3.0, 4.5, 0.8), (0, 1, 2)),
    (sc.fdtrc, lambda m, n, x: 1 - fdtr(m, n, x), (3.0, 4.5, 1.8), (0, 1, 2)),
    (sc.stdtr, stdtr, (3.5, 0.8), (0, 1)),
    (sc.stdtr, stdtr, (0.5, -2.0), (0, 1)),
    (sc.stdtr, stdtr, (300.0, 1.0), (0, 1)),
]


@pytest.mark.parametrize(("f", "exact", "point", "free"), MACHINES)
def test_machines(f, exact, point, free):
    check_machines(f, exact, point, free, 1e-11, 1e-9)


def test_third_order_and_beyond():
    f = lambda a: sc.betainc(a, 2.0, 0.3)
    for n in range(3):
        f = da.derivative(f)
        with mp.workdps(60):
            want = mp.diff(lambda a: betainc(a, 2, mp.mpf(0.3)), mp.mpf(1.5), n + 1, h="1e-9")
        np.testing.assert_allclose(f(1.5), float(want), rtol=1e-10)
    with pytest.raises(NoRuleError, match="beyond order 3"):
        da.derivative(f)(1.5)


def test_edges():
    d = da.derivative(lambda a, x: sc.betainc(a, 2.0, x))
    np.testing.assert_array_equal(d(np.array([0.5, 2.0]), np.array([0.0, 1.0])), [0.0, 0.0])
    assert np.isnan(d(-1.0, 0.5))
    of_df = da.derivative(lambda n: sc.stdtr(n, 0.0))
    assert of_df(3.0) == 0.0  # by symmetry


# inverse function, distribution, position of the unknown, position of p, arguments of the
# distribution; SciPy finds the answers of the last eight by searching
half = lambda f: lambda v, x: f(v / 2, x / 2)
INVERSES = [
    (sc.gammaincinv, p, 1, 1, (1.7, 0.9)),
    (sc.gammainccinv, q, 1, 1, (1.7, 2.9)),
    (sc.chdtri, half(q), 1, 1, (3.0, 2.5)),
    (sc.chdtriv, half(p), 0, 0, (3.0, 2.5)),
    (sc.gdtria, lambda a, b, x: p(b, a * x), 0, 0, (1.5, 2.0, 1.9)),
    (sc.gdtrib, lambda a, b, x: p(b, a * x), 1, 1, (1.5, 2.0, 1.9)),
    (sc.gdtrix, lambda a, b, x: p(b, a * x), 2, 2, (1.5, 2.0, 1.9)),
    (sc.pdtrik, lambda k, m: q(k + 1, m), 0, 0, (2.0, 1.7)),
    (sc.betaincinv, betainc, 2, 2, (1.7, 0.9, 0.4)),
    (sc.btdtria, betainc, 0, 0, (1.7, 0.9, 0.4)),
    (sc.btdtrib, betainc, 1, 1, (1.7, 0.9, 0.4)),
    (sc.bdtrik, bdtr, 0, 0, (2.0, 7.0, 0.4)),
    (sc.bdtrin, bdtr, 1, 1, (2.0, 7.0, 0.4)),
    (sc.nbdtrik, nbdtr, 0, 0, (2.0, 7.0, 0.4)),
    (sc.nbdtrin, nbdtr, 1, 1, (2.0, 7.0, 0.4)),
    (sc.fdtri, fdtr, 2, 2, (3.0, 4.5, 0.8)),
    (sc.fdtridfd, fdtr, 1, 1, (3.0, 4.5, 0.8)),
    (sc.stdtrit, stdtr, 1, 1, (3.5, 0.8)),
    (sc.stdtridf, stdtr, 0, 0, (3.5, 0.8)),
]


@pytest.mark.parametrize(("f", "exact", "solved", "at", "point"), INVERSES)
def test_inverse_functions(f, exact, solved, at, point):
    assert inverse_errors(f, exact, solved, at, point) <= 1e-10


@pytest.mark.parametrize(("f", "exact", "solved", "at", "point"), INVERSES[:1] + INVERSES[8:9])
def test_second_derivatives_of_inverse_functions(f, exact, solved, at, point):
    """F(x(a), a) = p twice: x'' = -(F_xx x'**2 + 2 F_xa x' + F_aa) / F_x."""
    args = list(point)
    args[at] = float(exact(*map(mp.mpf, point)))
    n = len(point)
    unit = np.eye(n, dtype=int)
    d = lambda *orders: float(partial(exact, point, tuple(sum(orders))))
    slope = -d(unit[0]) / d(unit[solved])
    bend = d(unit[solved], unit[solved]) * slope**2 + 2 * d(unit[solved], unit[0]) * slope
    want = -(bend + d(unit[0], unit[0])) / d(unit[solved])
    got = da.hessian(lambda v: f(*v))(np.array(args))
    np.testing.assert_allclose(got[0, 0], want, rtol=1e-9)
    np.testing.assert_allclose(got, got.T, rtol=1e-12)
