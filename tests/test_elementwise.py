"""`elementwise`: a scalar function and its derivatives in every mode."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
X = np.array([0.4, -0.3, 1.0])


def cube(x):
    return x**3


def cube_slope(x):
    return 3.0 * x**2


fast_cube = da.elementwise(cube, cube_slope)


def bump(x):
    """For one number at a time."""
    return math.exp(-1.0 / (1.0 - x * x)) if abs(x) < 1 else 0.0


def bump_slope(x):
    if abs(x) >= 1:
        return 0.0 * x
    return -2.0 * x / (1.0 - x * x) ** 2 * np.exp(-1.0 / (1.0 - x * x))


ELEMENTWISE = [
    (da.elementwise(np.tanh, lambda x: 1.0 - np.tanh(x) ** 2), np.tanh),
    (
        da.elementwise(
            np.tanh,
            lambda x: 1 - np.tanh(x) ** 2,
            lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2),
        ),
        np.tanh,
    ),
    (da.elementwise(math.sin, math.cos, lambda x: -math.sin(x)), np.sin),
    (da.elementwise(lambda x: 3.0 * x, lambda x: 3.0), lambda x: 3.0 * x),
    (da.elementwise(cube, cube_slope), cube),
]
POINTS = [
    X,
    X[:1],
    X[:0],
    np.linspace(-1.0, 1.0, 6).reshape(2, 3),
    np.asfortranarray(np.linspace(-1.0, 1.0, 6).reshape(2, 3)),
    X[::-1],
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("f", "reference"), ELEMENTWISE)
def test_elementwise_in_every_mode(f, reference, mode):
    for x in POINTS:
        assert np.allclose(f(x), reference(x), rtol=1e-15)
        assert np.shape(f(x)) == np.shape(x)
        found, expected = (da.jacobian(g, mode=mode)(x) for g in (f, reference))
        assert np.allclose(found, expected, rtol=1e-13, atol=1e-15)
        found, expected = (
            da.hessian(lambda x, g=g: np.sum(g(x) ** 2), mode=mode)(x) for g in (f, reference)
        )
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-14)
    x = X.astype(np.float32)
    assert f(x).dtype == da.jacobian(f, mode=mode)(x).dtype == np.float32


def test_elementwise_scalars_and_lists():
    f = ELEMENTWISE[2][0]
    assert f(0.5) == math.sin(0.5)
    assert type(f(0.5)) is float
    assert np.array_equal(f([0.1, 0.2]), [math.sin(0.1), math.sin(0.2)])
    assert da.derivative(f)(0.5) == math.cos(0.5)
    assert np.array_equal(da.derivative(f)(X), np.cos(X))


def test_elementwise_functions_with_branches():
    f = da.elementwise(bump, bump_slope)
    x = np.array([-1.5, -0.5, 0.2, 1.0])
    assert np.allclose(f(x), [bump(v) for v in x])
    found = da.jacobian(f)(x).diagonal()
    assert np.allclose(found, [bump_slope(v) for v in x])
    curvature = da.hessian(lambda x: np.sum(f(x)))(x).diagonal()
    step = 1e-5
    difference = [(bump_slope(v + step) - bump_slope(v - step)) / (2 * step) for v in x]
    assert np.allclose(curvature, difference, rtol=1e-7, atol=1e-7)


def test_third_derivatives_of_elementwise():
    f = ELEMENTWISE[1][0]
    x = 0.3
    y = math.tanh(x)
    assert np.isclose(da.derivative(f, order=3)(x), -2 * (1 - y * y) * (1 - 3 * y * y), rtol=1e-12)
    assert da.derivative(fast_cube, order=4)(2.0) == 0.0


def test_a_black_box_derivative_has_no_second_one():
    f = da.elementwise(math.sin, math.cos)
    assert da.grad(f)(0.5) == math.cos(0.5)
    for mode in MODES:
        with pytest.raises(da.NoRuleError, match="cannot be differentiated again"):
            da.hessian(f, mode=mode)(0.5)
        with pytest.raises(da.NoRuleError, match="cannot be differentiated again"):
            da.hessian(lambda x: np.sum(f(x)), mode=mode)(X)


def test_a_derivative_of_another_shape_is_refused():
    f = da.elementwise(np.sin, lambda x: np.cos(x)[:1])
    with pytest.raises(da.InputError, match="maps shape"):
        da.jacobian(f)(X)
    with pytest.raises(da.InputTypeError, match="df of elementwise"):
        da.elementwise(np.sin, 1.0)


def test_pickling():
    again = pickle.loads(pickle.dumps(fast_cube))
    assert da.grad(again)(2.0) == 12.0
    assert da.derivative(again, order=2)(2.0) == 12.0
