"""Functions of whole arrays, and vectorized functions, in compiled code against the eager rules."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit, vectorize

import dualad as da

X = np.array([0.7, 1.3, -0.4, 2.1])


@vectorize
def kinked(a, b):
    return math.sin(a) * b if a > 0 else b * b


def order(x):
    return np.median(x) * np.linalg.norm(x, 1) + np.nansum(x) * np.ptp(x)


def spectrum(x):
    m = x.reshape(2, 2)
    return np.linalg.eigvalsh(m @ m.T)[0] * np.linalg.slogdet(m)[1]


def mapped(x):
    return kinked(x, 2.0) + kinked(x[0], x[1])


@njit
def mapped_by_hand(x):
    out = np.empty(4)
    for i in range(4):
        first = math.sin(x[i]) * 2.0 if x[i] > 0 else 4.0
        second = math.sin(x[0]) * x[1] if x[0] > 0 else x[1] * x[1]
        out[i] = first + second
    return out


@pytest.mark.parametrize("function", [order, spectrum])
def test_whole_arrays_have_the_eager_derivatives(function):
    f = njit(function)
    value, slope = da.value_and_grad(f)(X)
    assert value == f(X)
    np.testing.assert_allclose(slope, da.grad(function)(X), rtol=1e-10, atol=1e-12)


def test_vectorized_functions_are_their_scalar_function_mapped():
    f = njit(mapped)
    value, slope = da.value_and_jacobian(f, mode="forward")(X)
    np.testing.assert_array_equal(value, f(X))
    want = da.jacobian(mapped_by_hand, mode="forward")(X)
    np.testing.assert_allclose(slope, want, rtol=1e-13)


def test_vectorized_functions_are_operations_in_python():
    def f(x):
        return np.sum(kinked(x, x * x) * x)

    def by_hand(x):
        return np.sum(np.where(x > 0, np.sin(x) * x**2, x**4) * x)

    assert f(X) == da.value_and_grad(f)(X)[0]
    np.testing.assert_allclose(da.grad(f)(X), da.grad(by_hand)(X), rtol=1e-13)
    want = np.diag(np.where(X > 0, np.sin(X), 2.0 * X))
    np.testing.assert_allclose(da.jacobian(kinked, argnums=1)(X, X), want, rtol=1e-13)
