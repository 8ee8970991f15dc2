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


# the distribution hardly changes there: its slopes are 1e-9 of it, and less
FAR = [
    (sc.nctdtrit, nctdtr, 2, 2, (0.05, 0.62, 75856800.0)),
    (sc.nctdtrit, nctdtr, 2, 2, (0.3, 0.5, -21839.0)),
    (sc.nctdtridf, nctdtr, 0, 0, (0.044, 0.62, 1e8)),
    (sc.ncfdtri, ncfdtr, 3, 3, (3.0, 1.0, 0.6, 6.5e9)),
    (sc.ncfdtrinc, ncfdtr, 2, 2, (3.0, 0.05, 0.7, 1e6)),
]


@pytest.mark.parametrize(("f", "exact", "solved", "at", "point"), FAR)
def test_inverse_functions_far_out(f, exact, solved, at, point):
    assert inverse_errors(f, exact, solved, at, point, near=np.inf) <= 1e-8


def test_near_end_of_the_search():
    # no dfd has so small a p: SciPy returns 1e-100, and so it does for all p nearby
    assert sc.ncfdtridfd(3.0, 0.55, 0.7, 30.0) < 1e-99
    assert da.derivative(lambda p: sc.ncfdtridfd(3.0, p, 0.7, 30.0))(0.55) == 0.0


def test_inverse_functions_refuse_what_is_lost():
    # the variation with df is below the smallest difference of doubles
    with pytest.raises(NoRuleError, match="inverse functions of nctdtr in df: the derivative at"):
        da.derivative(lambda df: sc.nctdtrit(df, 0.0, 0.5))(3.0)


MACHINES = [
    (sc.chndtr, chndtr, (3.0, 2.5, 1.5), (0, 1)),
    (sc.nctdtr, nctdtr, (3.0, 0.7, 1.5), (1,)),
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


# --- characteristic values -----------------------------------------------------------------------


def mathieu_characteristic(m, q, odd):
    """The eigenvalue of the recurrence of Fourier's coefficients (DLMF 28.4.5 to 28.4.8)."""
    size = 18
    orders = [m % 2 + (2 if odd and m % 2 == 0 else 0) + 2 * k for k in range(size)]
    matrix = mp.diag([mp.mpf(n) ** 2 for n in orders])
    for i in range(size - 1):
        matrix[i, i + 1] = matrix[i + 1, i] = q
    if m % 2:
        matrix[0, 0] += -q if odd else q
    elif not odd:
        matrix[0, 1] = matrix[1, 0] = mp.sqrt(2) * q
    return mp.eigsy(matrix, eigvals_only=True)[orders.index(m)]


@pytest.mark.parametrize(
    ("f", "m", "odd"), [(sc.mathieu_a, 2, False), (sc.mathieu_b, 2, True), (sc.mathieu_a, 3, False)]
)
def test_characteristic_values_twice(f, m, odd):
    first = da.derivative(lambda q: f(m, q))
    second = da.derivative(first)
    with mp.workdps(30):
        want = [mp.diff(lambda q: mathieu_characteristic(m, q, odd), 1.3, n) for n in (1, 2)]
    np.testing.assert_allclose(first(1.3), float(want[0]), rtol=1e-11)
    np.testing.assert_allclose(second(1.3), float(want[1]), rtol=1e-10)


def spheroidal_characteristic(n, c, sign):
    """An eigenvalue of -((1 - x*x) y')' + sign c*c x*x y in Legendre's polynomials; m = 0."""
    size = 16
    x = mp.zeros(size)
    for k in range(1, size):
        x[k, k - 1] = x[k - 1, k] = k / mp.sqrt(4 * k * k - 1)
    operator = mp.diag([mp.mpf(k) * (k + 1) for k in range(size)]) + sign * c * c * (x * x)
    return sorted(mp.eigsy(operator, eigvals_only=True))[n]


@pytest.mark.parametrize(("f", "sign"), [(sc.pro_cv, 1), (sc.obl_cv, -1)])
def test_spheroidal_characteristic_values_twice(f, sign):
    first = da.derivative(lambda c: f(0, 2, c))
    second = da.derivative(first)
    for at in (0.0, 1.3):
        with mp.workdps(30):
            want = [mp.diff(lambda c: spheroidal_characteristic(2, c, sign), at, n) for n in (1, 2)]
        np.testing.assert_allclose(first(at), float(want[0]), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(second(at), float(want[1]), rtol=1e-8)
