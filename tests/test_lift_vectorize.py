"""`np.vectorize` with a signature: a function of slices, called for each of them."""

import math

import numpy as np
import pytest

import dualad as da
from tests.machines import differences


def product(a, b):
    return math.exp(a[0]) * b @ a


def both(a):
    return a[::-1] * a, math.sin(a[0])


def scaled(a, s):
    return np.array([v * s for v in a])


X = np.array([[0.3, 1.2, -0.4], [0.9, -1.1, 0.2]])


def of_slices(x):
    return np.vectorize(product, signature="(n),(n)->()")(x, x[0])


def with_two_answers(x):
    first, second = np.vectorize(both, signature="(n)->(n),()")(x)
    return np.concatenate((np.ravel(first), second))


def broadcast(x):
    return np.vectorize(scaled, signature="(n),()->(n)")(x[:, None], np.array([1.0, 2.0]))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", [of_slices, with_two_answers, broadcast])
def test_signatures(f, mode):
    value, got = da.value_and_jacobian(f, mode=mode)(X)
    np.testing.assert_array_equal(value, f(X), strict=True)
    want, error = differences(lambda v: f(v.reshape(X.shape)), X.ravel(), 1e-2)
    got = got.reshape(want.shape)
    assert np.all(np.abs(got - want) <= 1e-9 + 20 * error)
