"""Derivatives of Bessel functions and their kin in the order."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._errors import NoRuleError
from dualad._scipy._special._stencil import in_parameters
from tests.special.parameters import check_machines, errors_of, partial

ORDERS = (-3.3, 0.0, 1e-6, 0.5, 2.0, 11.7, 60.0)
SIZES = (1e-5, 0.3, 2.0, 12.0, 58.0)
GRID = [p for p in itertools.product(ORDERS, SIZES) if p != (60.0, 1e-5)]  # that one overflows
FEW = list(itertools.product((-1.2, 0.0, 0.5, 3.0, 20.0), (0.01, 1.0, 9.0, 30.0)))

# function, the same in mpmath, points, bound of the error relative to the larger of derivative and
# function (measured: 2e-12)
CASES = [
    (sc.jv, mp.besselj, GRID, 1e-11),
    (sc.yv, mp.bessely, GRID, 1e-11),
    (sc.iv, mp.besseli, GRID, 1e-11),
    (sc.ive, lambda v, x: mp.exp(-x) * mp.besseli(v, x), GRID, 1e-11),
    (sc.struve, mp.struveh, FEW, 1e-11),
    (sc.modstruve, mp.struvel, FEW, 1e-11),
]


@pytest.mark.parametrize(("f", "exact", "points", "bound"), CASES)
def test_orders(f, exact, points, bound):
    assert errors_of(f, exact, points, 0).max() <= bound


def test_macdonalds_function_keeps_its_digits():
    scaled = lambda v, x: mp.exp(x) * mp.besselk(v, x)
    points = [p for p in GRID if p[0]]
    assert errors_of(sc.kv, mp.besselk, points, 0, size=False).max() <= 1e-12
    assert errors_of(sc.kve, scaled, points, 0, size=False).max() <= 1e-12
    assert da.derivative(lambda v: sc.kv(v, 2.0))(0.0) == 0.0


MACHINES = [
    (sc.jv, mp.besselj, (1.3, 2.1)),
    (sc.yv, mp.bessely, (0.4, 0.9)),
    (sc.iv, mp.besseli, (2.0, 1.7)),
    (sc.kv, mp.besselk, (0.7, 1.1)),
    (sc.ive, lambda v, x: mp.exp(-x) * mp.besseli(v, x), (1.2, 2.0)),
    (sc.kve, lambda v, x: mp.exp(x) * mp.besselk(v, x), (1.2, 2.0)),
    (sc.struve, mp.struveh, (0.6, 1.9)),
    (sc.modstruve, mp.struvel, (1.5, 0.8)),
]


@pytest.mark.parametrize(("f", "exact", "point"), MACHINES)
def test_machines(f, exact, point):
    check_machines(f, exact, point, (0, 1), 1e-10, 1e-9)


@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (sc.jv, mp.besselj),
        (sc.kv, mp.besselk),
        (sc.hankel1, mp.hankel1),
        (sc.hankel2, mp.hankel2),
        (sc.hankel1e, lambda v, z: mp.exp(-1j * z) * mp.hankel1(v, z)),
        (sc.hankel2e, lambda v, z: mp.exp(1j * z) * mp.hankel2(v, z)),
    ],
)
def test_complex_arguments(f, exact):
    z, v = 1.5 + 0.5j, 0.8
    for part in (np.real, np.imag):
        got = da.derivative(lambda u, part=part: part(f(u, z)))(v)
        want = complex(partial(lambda u: exact(u, mp.mpc(z)), (v,), (1,)))
        np.testing.assert_allclose(got, part(want), rtol=1e-10)


def test_third_order_and_beyond():
    f = lambda v: sc.jv(v, 2.0)
    for n in range(3):
        f = da.derivative(f)
        with mp.workdps(60):
            want = mp.diff(lambda v: mp.besselj(v, 2), mp.mpf(1.5), n + 1, h=mp.mpf("1e-9"))
        np.testing.assert_allclose(f(1.5), float(want), rtol=1e-8)
    with pytest.raises(NoRuleError):
        da.derivative(f)(1.5)


def test_outside_and_edges():
    d = da.derivative(lambda v, x: sc.jv(v, x))
    assert np.isnan(d(0.5, -1.0))  # J is complex there
    assert d(1.5, 0.0) == 0.0
    assert np.isnan(d(np.nan, 1.0))


def test_elements_without_a_derivative_stand_beside_others():
    got = da.derivative(lambda v: sc.yv(v, np.array([1.0, 1e-200, 2.0])))(np.array([1.0, 9.0, 2.0]))
    assert np.isfinite(got[[0, 2]]).all()
    assert not np.isfinite(got[1])  # the function overflows there


@pytest.mark.parametrize("power", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_kinks_are_refused(n, power):
    # differences of all sizes agree there, on a number that is half of the truth
    f = in_parameters("kinked", lambda x: 2.0 + x**power * (x > 0.0), (n,), lambda _: 1.0)
    with pytest.raises(NoRuleError, match="kinked"):
        f(0.0)
