"""In-place operations of arrays that share memory, and what arrays are asked and given.

Numba works element by element where NumPy copies first: ``y[1:] += y[:-1]`` is a running sum in
compiled code. The value is that of the plain call, and the derivative that of the value.
"""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import dualad as da

from .harness import by_differences, close, flat, matrix

X = np.array([0.7, 1.3, -0.4, 2.1])


@njit
def forwards(x):
    y = x.copy()
    y[1:] += y[:-1]
    return y


@njit
def all_operations(x):
    back, first, square = x.copy(), x.copy(), x.copy().reshape(2, 2)
    back[:-1] -= back[1:]
    first[1:] *= first[:1]
    square += square.T
    table = np.outer(x, x)
    table[1:] -= table[0]
    table[:, 1:] /= table[:, :-1] + 2.0
    table *= x
    power, rest = np.abs(x) + 1.0, x * 3.0
    power **= x
    rest %= np.abs(x) + 0.3
    rest[::2] += rest[1::2]
    return back, first, square, table, power, rest


@njit
def dividing_by_zero(x):
    y = x.copy()
    y /= x[0] - x[0]
    return y


@njit
def with_accuracy(x):
    return x[0] ** 2 / np.finfo(x.dtype).eps


@njit
def with_dtypes(x):
    rows = np.array([[x[0], 1.0], [x[1], x[2]]], np.float64)
    pair = np.array([x[0] * x[1], 1.0], dtype=np.float64)
    return rows, pair, np.asarray(x * x, dtype=np.float64), np.array((x[0], 2.0), dtype=x.dtype)


@njit
def appended(x):
    both = np.append(x[0], x), np.append(np.ones(2), x[1]), np.append(x, 2.0)
    return *both, np.append(x, (x[0], 1.0)), np.append([x[0], x[1]], x[2])


def test_shared_memory_is_a_running_sum():
    np.testing.assert_allclose(forwards(X), np.cumsum(X))
    np.testing.assert_array_equal(da.jacobian(forwards)(X), np.tri(4))
    np.testing.assert_array_equal(da.jacobian(forwards, mode="reverse")(X), np.tri(4))


@pytest.mark.parametrize(
    ("f", "mode"), [(all_operations, "forward"), (appended, "reverse"), (with_dtypes, "reverse")]
)
def test_values_are_those_of_the_plain_call(f, mode):
    value, found = da.value_and_jacobian(f, mode=mode)(X)
    np.testing.assert_array_equal(flat(value), flat(f(X)))
    close(matrix(found, 4), by_differences(f, (X,)))


def test_a_number_that_is_zero_divides_arrays():
    value, _ = da.value_and_jacobian(dividing_by_zero)(X)
    np.testing.assert_array_equal(value, dividing_by_zero(X))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_finfo_is_that_of_the_array(dtype):
    x = X.astype(dtype)
    value, found = da.value_and_grad(with_accuracy)(x)
    assert value == with_accuracy(x)
    assert found[0] == 2.0 * x[0] / np.finfo(dtype).eps
