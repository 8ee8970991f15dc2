"""Derivatives of hypergeometric functions and of Wright's in their parameters."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._errors import NoRuleError
from tests.special.parameters import check_machines, errors_of

grid = lambda *axes: list(itertools.product(*axes))


def hyp1f1(a, b, x):
    return mp.hyp1f1(a, b, x)


def wright(a, b, x):
    total, k = mp.mpf(0), 0
    while True:
        term = x**k / mp.factorial(k) * mp.rgamma(a * k + b)
        total += term
        k += 1
        if k > 9 and abs(term) < mp.mpf(10) ** -60 * abs(total):
            return total


CONFLUENT = grid((-2.3, 0.2, 1.0, 15.0), (-2.3, 0.2, 1.0, 15.0), (-50.0, -1.0, 0.3, 10.0, 60.0))
GAUSS = grid((-2.3, 0.2, 3.5), (-1.6, 0.5, 2.0), (-2.4, 0.3, 4.5), (-5.0, -0.7, 0.3, 0.9))
TRICOMI = grid((-7.4, -1.0, 0.2, 1.0, 15.0), (-2.3, 1.0, 3.5), (0.3, 2.0, 60.0))
WRIGHT = grid((0.2, 1.0, 7.0), (0.3, 1.0, 4.5), (0.01, 1.0, 20.0))

# function, the same in mpmath, argument, points, bound of the error relative to the larger of
# derivative and function (measured, in this order: 3e-12, 2e-12, 2e-11, 4e-10, 4e-10, 6e-10, 3e-11,
# 9e-11, 5e-12, 5e-12)
CASES = [
    (sc.hyp0f1, mp.hyp0f1, 0, grid((-2.3, 0.2, 1.0, 15.0), (-900.0, -8.0, 0.3, 60.0)), 1e-11),
    (sc.hyp1f1, hyp1f1, 0, CONFLUENT, 1e-11),
    (sc.hyp1f1, hyp1f1, 1, CONFLUENT, 1e-10),
    (sc.hyp2f1, mp.hyp2f1, 0, GAUSS, 1e-9),
    (sc.hyp2f1, mp.hyp2f1, 1, GAUSS, 1e-9),
    (sc.hyp2f1, mp.hyp2f1, 2, GAUSS, 1e-9),
    (sc.hyperu, mp.hyperu, 0, TRICOMI, 3e-10),
    (sc.hyperu, mp.hyperu, 1, TRICOMI, 3e-10),
    (sc.wright_bessel, wright, 0, WRIGHT, 1e-10),
    (sc.wright_bessel, wright, 1, WRIGHT, 1e-10),
]


@pytest.mark.parametrize(("f", "exact", "i", "points", "bound"), CASES)
def test_parameters(f, exact, i, points, bound):
    assert errors_of(f, exact, points, i).max() <= bound


MACHINES = [
    (sc.hyp0f1, mp.hyp0f1, (1.3, -2.1), (0, 1)),
    (sc.hyp1f1, hyp1f1, (0.4, 1.9, 0.7), (0, 1, 2)),
    (sc.hyp2f1, mp.hyp2f1, (0.4, 1.9, 2.7, 0.3), (0, 1, 2, 3)),
    (sc.hyperu, mp.hyperu, (1.2, 0.6, 1.7), (0, 1, 2)),
    (sc.hyperu, mp.hyperu, (-0.7, 0.6, 1.7), (0, 1)),
    (sc.wright_bessel, wright, (1.2, 1.6, 1.7), (0, 1, 2)),
]


@pytest.mark.parametrize(("f", "exact", "point", "free"), MACHINES)
def test_machines(f, exact, point, free):
    check_machines(f, exact, point, free, 1e-9, 1e-8)


def test_complex_argument():
    z = 0.4 + 0.3j
    got = da.derivative(lambda c: np.real(sc.hyp2f1(0.7, 1.2, c, z)))(1.9)
    with mp.workdps(40):
        want = mp.diff(lambda c: mp.hyp2f1(0.7, 1.2, c, z), 1.9)
    np.testing.assert_allclose(got, float(want.real), rtol=1e-10)


def test_what_cannot_be_had_raises():
    # SciPy's values are too coarse there; a number of fewer digits is not returned
    with pytest.raises(NoRuleError, match=r"hyperu: the derivative in a and b at \(-1, 15, 0.01\)"):
        da.derivative(lambda a: sc.hyperu(a, 15.0, 0.01))(-1.0)
    with pytest.raises(NoRuleError, match="wright_bessel in a: the derivative at"):
        da.derivative(lambda a: sc.wright_bessel(a, 1.0, 2.0))(0.0)
    third = da.derivative(da.derivative(da.derivative(lambda a: sc.hyperu(a, 1.0, 2.0))))
    with pytest.raises(NoRuleError, match="order"):
        third(1.5)


FAR = [
    (sc.hyp1f1, (0.5, 1e6, 2.0), 1, mp.hyp1f1),
    (sc.hyp1f1, (1.0, 1e4, 2.0), 1, mp.hyp1f1),
    (sc.hyp2f1, (1.0, 2.0, 1e5, 0.3), 2, mp.hyp2f1),
]


@pytest.mark.parametrize(("f", "args", "i", "exact"), FAR)
def test_slopes_far_below_the_function_in_a_large_lower_parameter(f, args, i, exact):
    with mp.workdps(40):
        given = [mp.mpf(a) for a in args]
        want = mp.diff(lambda t: exact(*given[:i], t, *given[i + 1 :]), given[i])
    got = da.grad(lambda *a: f(*a), argnums=i)(*args)
    assert abs(got - float(want)) < 1e-7 * abs(float(want))
