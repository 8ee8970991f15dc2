"""Derivatives of Carlson's R_J, where arguments coincide too, against mpmath."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._scipy._special._carlson import product_integral
from tests.special.parameters import check_machines, relative_errors

POINTS = list(itertools.product((1e-6, 300.0), (0.5, 7.0), (1e-3, 9.0), (1e-4, 9.0, 300.0)))


@pytest.mark.parametrize("i", range(4))
def test_first_derivatives(i):
    assert relative_errors(sc.elliprj, mp.elliprj, POINTS, i).max() <= 1e-14


def test_machines_at_equal_arguments():
    check_machines(sc.elliprj, mp.elliprj, (1.0, 2.0, 3.0, 1.0), (0, 3), 1e-13, 1e-9)


def test_ends():
    d = da.derivative(lambda p: sc.elliprj(0.0, 2.0, 3.0, p))
    np.testing.assert_allclose(
        d(1.0), float(mp.diff(lambda p: mp.elliprj(0, 2, 3, p), 1)), rtol=1e-13
    )
    assert da.derivative(lambda x: sc.elliprj(x, 2.0, 3.0, 1.0))(0.0) == -np.inf
    assert np.isnan(product_integral((0.5, 1.5), -1.0, 2.0))


@pytest.mark.parametrize("orders", [(2, 0, 0), (1, 1, 0), (1, 0, 1), (0, 0, 2), (1, 1, 1)])
def test_derivatives_of_any_order(orders):
    """Each is one integral of a function of one sign."""
    args = (1.4, 0.08, 2.6)
    d = sc.elliprd
    for i, n in enumerate(orders):
        for _ in range(n):
            d = da.derivative(d, i)
    with mp.workdps(40):
        want = mp.diff(mp.elliprd, args, orders)
    assert abs(d(*args) / float(want) - 1.0) <= 2e-14
