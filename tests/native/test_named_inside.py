"""Namedtuples keep their names in derivatives that compiled code takes, and as work arguments."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from numba import njit

import dualad as da

Pair = namedtuple("Pair", "a b")
Work = namedtuple("Work", "first second")
X = np.array([2.0, 3.0])


@njit
def cubes(x):
    return Pair(x[0] ** 3, x[1] ** 2)


@njit
def cube(p):
    return p.a**3 * p.b


@njit
def value_of_a_pair(x):
    value, slope = da.value_and_jacobian(cubes)(x)
    return value.b * slope[0, 0]  # x1**2 * 3 x0**2


@njit
def along_a_pair(x):
    value, slope = da.jvp(cubes, (x,), (x,))
    return value.a + slope.b  # x0**3 + 2 x1**2


@njit
def along_an_argument(x):
    p = Pair(x[0], x[1])
    return da.jvp(cube, (p,), (p,))[1]  # 4 x0**3 x1


@njit
def fill(x, work):
    for i in range(x.size):
        work.first[i] = x[i] ** 2
        work.second[i] = work.first[i] * x[0]
    return work.second.sum()


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_values_of_inner_derivatives_keep_their_names(mode):
    found = da.grad(value_of_a_pair, mode=mode)(X)
    np.testing.assert_allclose(found, [6.0 * 2.0 * 9.0, 12.0 * 2.0 * 3.0], rtol=1e-14)


def test_products_inside_compiled_code_keep_names():
    assert along_a_pair(X) == 8.0 + 18.0
    assert along_an_argument(X) == 4.0 * 8.0 * 3.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_work_arrays_in_a_namedtuple(mode):
    work = Work(np.zeros(2), np.zeros(2))
    found = da.grad(fill, mode=mode)(X, work)
    np.testing.assert_allclose(found, [3.0 * 4.0 + 9.0, 2.0 * 2.0 * 3.0], rtol=1e-14)
    np.testing.assert_array_equal(work.first, X**2)
    np.testing.assert_array_equal(work.second, X**2 * X[0])
