"""Rows that NumPy's shuffles swap in place: the values and the derivatives are those of the rows.

NumPy swaps by ``x[i], x[j] = x[j], x[i]`` where the array is none of its own, and rows are views.
"""

from __future__ import annotations

import operator
import random

import numpy as np
import pytest

import dualad as da

pytestmark = pytest.mark.filterwarnings("ignore:you are shuffling a:UserWarning")

SHUFFLES = {
    "Generator": lambda x: np.random.default_rng(5).shuffle(x),
    "RandomState": lambda x: np.random.RandomState(5).shuffle(x),
    "bound, under another name": lambda x, s=np.random.default_rng: list(map(s(5).shuffle, [x])),
    # Python swaps the views of rows of any array, and so loses rows
    "random": lambda x: random.Random(5).shuffle(x),
}
SHAPES = [(7,), (6, 3), (5, 2, 2), (4, 1), (1, 3), (0, 3), (2, 0)]


def shuffled(shuffle):
    def f(x):
        y = x * 1.0
        shuffle(y)
        return y * y

    return f


def swapped_by_hand(x):
    y = x * 1.0
    for i in range(len(y) - 1):
        y[i], y[i + 1] = y[i + 1], y[i]
    return y * y


def swapped_by_functions(x):
    y = x * 1.0
    for i in range(len(y) - 1):
        a, b = y[i], y[i + 1]
        operator.setitem(y, i, b)
        operator.setitem(y, i + 1, a)
    return y * y


FUNCTIONS = {name: shuffled(s) for name, s in SHUFFLES.items()} | {
    "by hand": swapped_by_hand,
    "by functions": swapped_by_functions,
}


def where_from(f, x):
    """The element of x that each element of f(x) is the square of."""
    numbers = np.arange(1.0, x.size + 1).reshape(x.shape)
    return np.rint(np.sqrt(f(numbers))).astype(int).ravel() - 1


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_shuffled_rows(name, shape, mode):
    f = FUNCTIONS[name]
    x = np.random.default_rng(0).normal(size=shape)
    value, got = da.value_and_jacobian(f, mode=mode)(x)
    np.testing.assert_array_equal(value, f(x))
    want = np.zeros((x.size, x.size))
    source = where_from(f, x)
    want[np.arange(x.size), source] = 2.0 * x.ravel()[source]
    np.testing.assert_array_equal(got.reshape(x.size, x.size), want)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_shuffled_rows_in_second_derivatives(mode):
    f = FUNCTIONS["Generator"]
    x = np.random.default_rng(0).normal(size=(5, 2))
    weights = np.arange(10.0).reshape(5, 2)

    def cost(x):
        return np.sum(weights * f(x) * x[0, 0])

    source = where_from(f, x)
    want = np.zeros((10, 10))
    want[source, source] = 2.0 * weights.ravel() * x[0, 0]
    want[0, source] += 2.0 * weights.ravel() * x.ravel()[source]
    want[source, 0] += 2.0 * weights.ravel() * x.ravel()[source]
    got = da.hessian(cost, mode=mode)(x).reshape(10, 10)
    np.testing.assert_allclose(got, want, rtol=1e-14)
    nested = da.jacobian(da.grad(cost, mode=mode), mode=mode)(x).reshape(10, 10)
    np.testing.assert_allclose(nested, want, rtol=1e-14)


def test_a_shuffled_list_of_rows_and_a_shuffled_argument():
    def of_rows(x):
        rows = [x[i] for i in range(len(x))]
        np.random.default_rng(1).shuffle(rows)
        return np.stack(rows) * 2.0

    def in_place(x):
        np.random.default_rng(1).shuffle(x)
        return x * 2.0

    x = np.arange(12.0).reshape(4, 3)
    for f in (of_rows, in_place):
        for mode in ("forward", "reverse"):
            value, jac = da.value_and_jacobian(f, mode=mode)(x)
            np.testing.assert_array_equal(value, f(x.copy()))
            np.testing.assert_array_equal(np.tensordot(jac, x, 2), value)
    np.testing.assert_array_equal(x, np.arange(12.0).reshape(4, 3))


def test_axes_of_other_numbers_are_refused_by_numpy():
    with pytest.raises(NotImplementedError, match="Axis argument"):
        da.jacobian(lambda x: np.random.default_rng(0).shuffle(x * 1.0, axis=1))(np.ones((2, 2)))
