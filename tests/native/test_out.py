"""Derivatives in arrays of the caller's, of compiled functions and of others."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from numba import njit

import dualad as da

X = np.array([1.0, 2.0, 3.0])


def cubes(x):
    return np.sum(x**3)


def squares(x, c=2.0):
    return c * x**2


@njit
def compiled_cubes(x):
    total = 0.0
    for v in x:
        total += v**3
    return total


@njit
def compiled_squares(x, c=2.0):
    return c * x**2


@pytest.mark.parametrize(("f", "g"), [(cubes, squares), (compiled_cubes, compiled_squares)])
def test_out_is_filled_and_returned(f, g):
    gradient, matrix = np.empty(3), np.empty((3, 3))
    assert da.grad(f)(X, out=gradient) is gradient
    np.testing.assert_allclose(gradient, 3.0 * X**2)
    value, found = da.value_and_grad(f)(X, out=gradient)
    assert (value, found is gradient) == (36.0, True)
    jacobian = da.value_and_jacobian(g)
    for c in (2.0, 3.0):
        value, found = jacobian(X, c, out=matrix)
        assert found is matrix
        np.testing.assert_allclose(matrix, np.diag(2.0 * c * X))
        np.testing.assert_allclose(value, c * X**2)
    assert da.hessian(f)(X, out=matrix) is matrix
    np.testing.assert_allclose(matrix, np.diag(6.0 * X))
    assert da.hvp(f)(X, np.ones(3), out=gradient) is gradient
    np.testing.assert_allclose(gradient, 6.0 * X)
    parts = np.empty((3, 3)), np.empty(3)
    da.jacobian(g, (0, 1))(X, 2.0, out=parts)
    np.testing.assert_allclose(parts[1], X**2)
    wide = np.zeros((3, 6))
    da.jacobian(g)(X, out=wide[:, ::2])
    np.testing.assert_allclose(wide[:, ::2], np.diag(4.0 * X))
    assert not wide[:, 1::2].any()
    x = X.copy()
    assert da.grad(f)(x, out=x) is x  # what is written is read, too
    np.testing.assert_allclose(x, 3.0 * X**2)
    for bad in (np.empty(4), np.empty((3, 3)), np.empty(3, np.float32), [0.0, 0.0, 0.0]):
        with pytest.raises(da.DualadError):
            da.grad(f)(X, out=bad)
    for bad in (np.empty((2, 3)), np.empty((3, 2)), np.empty(9)):
        with pytest.raises(da.DualadError, match="shape"):
            da.jacobian(g)(X, out=bad)


def test_a_parameter_called_out_is_the_function_s():
    def f(x, out=1.0):
        return np.sum(x) * out

    def named(x, *, out=1.0):
        return np.sum(x) * out

    def open_ended(x, **more):
        return np.sum(x) * more["out"]

    for g in (f, named, open_ended, functools.wraps(named)(lambda x, **more: named(x, **more))):
        np.testing.assert_allclose(da.grad(g)(X, out=5.0), 5.0)


@njit
def chained(x):
    """Names that stay in registers, that become variables, and variables read twice."""
    a, b, total = x[0], x[1], 0
    for i in range(6):
        u = a + 0.1 * b * x[i % 3]
        v = u * u - a * b
        w = u * v + x[0] * x[0] * x[1]
        if i == 3:
            x2 = x[2] * w
            w = x2 if x2 > 0.0 else -x2
        total += v * w * (a + u + v + w + x[0] + x[1] + x[2] + b + a * u)
        a, b = b + 0.05 * w, u - 0.01 * v * a
    return total + a * b


def test_names_of_one_block_and_variables_read_twice():
    x = np.array([0.3, 0.7, 0.9])
    forward = da.value_and_grad(chained, mode="forward")(x)
    value, gradient = da.value_and_grad(chained, mode="reverse")(x)
    assert value == forward[0] == chained(x)
    np.testing.assert_allclose(gradient, forward[1], rtol=1e-12)
    np.testing.assert_allclose(
        da.hessian(chained, mode="reverse")(x), da.hessian(chained)(x), rtol=1e-10
    )


@njit
def few_rows(x):
    out = np.zeros(3)
    for i in range(len(x)):
        out[i % 3] += x[i] * x[i] * out[(i + 1) % 3] + x[i]
    return out


def test_jacobians_with_few_rows_go_backward_as_explain_says():
    x = np.linspace(0.1, 0.2, 200)
    plan = str(da.explain(few_rows, x))
    assert "reverse" in plan
    jacobian = da.jacobian(few_rows)
    found = [jacobian(x) for _ in range(2)]
    np.testing.assert_array_equal(*found)
    want = da.jacobian(few_rows, mode="forward")(x)
    np.testing.assert_allclose(found[0], want, rtol=1e-12)


def test_any_block_of_directions_goes_through_one_driver():
    """As compressed (coloured) seeds do."""
    from dualad._evaluate import Call, push

    seeds = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    pushed = push(Call(compiled_squares, (X,), {}), [seeds])
    np.testing.assert_allclose(pushed.blocks[0], 4.0 * X * seeds)


def test_a_chunk_goes_on_by_its_own_number_of_directions():
    from dualad._compiled import _drivers

    driver = _drivers.forward(compiled_squares, 1, (), (0,), 16)
    driver(X)
    assert driver.py_func.__globals__["LANES"] == 16
