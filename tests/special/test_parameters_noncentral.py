"""Derivatives of noncentral distributions, and of functions of differential equations."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._errors import NoRuleError
from tests.special.parameters import check_machines, errors_of, inverse_errors
from tests.special.test_parameters_gamma import p

grid = lambda *axes: list(itertools.product(*axes))


def poisson(mean, f):
    """The sum of f(k) over Poisson's weights."""
    total, weight, k = mp.mpf(0), mp.exp(-mean), 0
    while k < 2 * mean + 9 or weight > mp.mpf(10) ** -55:
        total += weight * f(k)
        k += 1
        weight *= mean / k
    return total


def incomplete(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def chndtr(x, df, nc):
    return poisson(nc / 2, lambda k: p(df / 2 + k, x / 2))


def ncfdtr(dfn, dfd, nc, f):
    x = dfn * f / (dfd + dfn * f)
    return poisson(nc / 2, lambda k: incomplete(dfn / 2 + k, dfd / 2, x))


def nctdtr(df, nc, t):
    """Johnson, Kotz, Balakrishnan, 31.16."""
    x, y = t * t / (df + t * t), nc * nc / 2
    root = lambda k: nc * mp.gamma(k + 1) / (mp.sqrt(2) * mp.gamma(k + mp.mpf(1.5)))
    even = poisson(y, lambda k: incomplete(k + mp.mpf(0.5), df / 2, x))
    odd = poisson(y, lambda k: root(k) * incomplete(k + 1, df / 2, x))
    return mp.ncdf(-nc) + (mp.sign(t) * even + odd) / 2


CHI2 = grid((0.5, 20.0), (0.7, 12.0), (0.3, 4.0))
T = [(0.9, -1.0, 3.0), (12.0, 2.0, 3.0), (3.0, 0.3, -1.0)]
F = grid((1.5,), (2.5, 9.0), (0.3, 4.0), (0.7,))

# function, the same in mpmath, argument, points; errors relative to the larger of derivative and
# function are at most 1e-9 (measured: 5e-12)
CASES = [
    (sc.chndtr, chndtr, 1, CHI2),
    *((sc.nctdtr, nctdtr, i, T) for i in range(3)),
    *((sc.ncfdtr, ncfdtr, i, F) for i in range(4)),
    (sc.lpmv, lambda m, v, x: mp.legenp(v, m, x), 1, grid((0.0, 2.0), (0.3, 2.5), (-0.7, 0.9))),
]


@pytest.mark.parametrize(("f", "exact", "i", "points"), CASES)
def test_parameters(f, exact, i, points):
    assert errors_of(f, exact, points, i).max() <= 1e-9


# inverse function, distribution, which argument is solved for, which is p: F(solved) = p
INVERSES = [
    (sc.chndtrix, chndtr, 0, 0, (2.0, 3.0, 1.5)),
    (sc.chndtridf, chndtr, 1, 1, (2.0, 3.0, 1.5)),
    (sc.chndtrinc, chndtr, 2, 2, (2.0, 3.0, 1.5)),
    (sc.nctdtridf, nctdtr, 0, 0, (3.0, 0.7, 1.5)),
    (sc.nctdtrinc, nctdtr, 1, 1, (3.0, 0.7, 1.5)),
    (sc.nctdtrit, nctdtr, 2, 2, (3.0, 0.7, 1.5)),
    (sc.ncfdtri, ncfdtr, 3, 3, (3.0, 5.0, 0.7, 1.5)),
    (sc.ncfdtridfd, ncfdtr, 1, 1, (3.0, 5.0, 0.7, 1.5)),
    (sc.ncfdtridfn, ncfdtr, 0, 0, (3.0, 5.0, 0.7, 0.3)),
    (sc.ncfdtrinc, ncfdtr, 2, 2, (3.0, 5.0, 0.7, 1.5)),
]


@pytest.mark.parametrize(("f", "exact", "solved", "at", "point"), INVERSES)
def test_inverse_functions(f, exact, solved, at, point):
    # the derivative at the answer that SciPy finds
    assert inverse_errors(f, exact, solved, at, point) <= 1e-8


MACHINES = [
    (sc.chndtr, chndtr, (3.0, 2.5, 1.5), (0, 1)),
    (sc.nctdtr, nctdtr, (3.0, 0.7, 1.5), (0, 1)),
    (sc.ncfdtr, ncfdtr, (3.0, 5.0, 0.7, 1.5), (0, 2)),
    (sc.lpmv, lambda m, v, x: mp.legenp(v, m, x), (1.0, 1.4, 0.3), (1, 2)),
    (lambda v, x: sc.pbdv(v, x)[0], mp.pcfd, (0.4, 1.3), (0, 1)),
    (lambda v, x: sc.pbvv(v, x)[0], lambda v, x: mp.pcfv(-v - 0.5, x), (0.4, 1.3), (0, 1)),
    (lambda a, x: sc.pbwa(a, x)[0], mp.pcfw, (0.4, 1.3), (0, 1)),
]


@pytest.mark.parametrize(("f", "exact", "point", "free"), MACHINES)
def test_machines(f, exact, point, free):
    check_machines(f, exact, point, free, 1e-9, 1e-7)


def test_slopes_of_cylinder_functions():
    for f, of in ((sc.pbdv, mp.pcfd), (sc.pbvv, lambda v, x: mp.pcfv(-v - 0.5, x))):
        got = da.derivative(lambda v, f=f: f(v, 1.3)[1])(0.4)
        with mp.workdps(40):
            want = mp.diff(of, (mp.mpf("0.4"), mp.mpf("1.3")), (1, 1))
        np.testing.assert_allclose(got, float(want), rtol=1e-9)


def test_without_room():
    # nc = 0 is the end of the domain: no values beyond
    with pytest.raises(NoRuleError, match="ncfdtr in nc: the derivative at"):
        da.derivative(lambda nc: sc.ncfdtr(2.0, 3.0, nc, 1.0))(0.0)
    inside = da.derivative(lambda dfn: sc.ncfdtr(dfn, 3.0, 0.0, 1.0))(2.0)
    np.testing.assert_allclose(
        inside, da.derivative(lambda d: sc.fdtr(d, 3.0, 1.0))(2.0), rtol=1e-9
    )
