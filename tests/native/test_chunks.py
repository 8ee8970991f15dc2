"""More inputs than a chunk has directions, and derivatives that are not finite among many."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import dualad as da

X = np.linspace(0.9, 1.3, 40)  # three chunks of 16, the last not full


@njit
def running_products(x):
    y = x.copy()
    for i in range(1, y.size):
        y[i] *= y[i - 1]
    return y


@njit
def products_in_place(x):
    for i in range(1, x.size):
        x[i] *= x[i - 1]
    return x


@njit
def itself(x):
    return x


@njit
def roots(x):
    total = 0.0
    for v in x:
        total += np.sqrt(v)
    return total


TRUTH = np.tril(np.cumprod(X)[:, None] / X[None, :])
CASES = [(running_products, TRUTH), (products_in_place, TRUTH), (itself, np.eye(40))]


@pytest.mark.parametrize(("f", "want"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_unit_directions_move_from_chunk_to_chunk(f, want):
    jacobian = da.value_and_jacobian(f, mode="forward")
    for _ in range(2):  # the second call takes the shortest way
        value, found = jacobian(X.copy())
        np.testing.assert_allclose(found, want, rtol=1e-13, atol=0.0)
        np.testing.assert_array_equal(value, f(X.copy()))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("at", [0, 17, 36, 39])
def test_one_derivative_that_is_not_finite_is_found_among_many(mode, at):
    x = X.copy()
    x[at] = 0.0
    want = np.full(40, 0.5) / np.sqrt(X)
    want[at] = np.inf
    for _ in range(2):
        np.testing.assert_allclose(da.grad(roots, mode=mode)(x), want, rtol=1e-15)
