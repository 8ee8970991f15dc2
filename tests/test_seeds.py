"""The worked examples that the project grew from, with their numbers."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import dualad as da

MODES = ("forward", "reverse", "auto")


def logarithm(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


@pytest.mark.parametrize("mode", MODES)
def test_log_product_sine(mode):
    value, (d1, d2) = da.value_and_grad(logarithm, (0, 1), mode=mode)(2.0, 5.0)
    assert round(float(value), 3) == 11.652
    assert d1 == 5.5
    assert round(float(d2), 3) == 1.716


def test_log_product_sine_by_hand():
    x1, x2 = da.Dual(2.0, [1.0, 0.0]), da.Dual(5.0, [0.0, 1.0])
    y = logarithm(x1, x2)
    assert y.value == logarithm(2.0, 5.0)
    np.testing.assert_allclose(y.tangent, [5.5, 2.0 - np.cos(5.0)], rtol=1e-15)


def test_log_product_sine_as_a_graph():
    graph = da.trace(logarithm, 2.0, 5.0)
    graph.backward()
    dot = graph.to_dot()
    for op in ("log", "sin"):
        assert op in dot
    assert "5.5" in dot  # the adjoint of the first input
    assert "11.65" in dot
    assert graph._repr_svg_().startswith("<svg")


@pytest.mark.parametrize("mode", MODES)
def test_polynomial(mode):
    f = lambda x, y: x**2 * y + y + 2
    assert da.grad(f, (0, 1), mode=mode)(3.0, 2.0) == (12.0, 10.0)


def test_perceptron_by_columns_and_by_rows():
    f = lambda v: np.array([1.0, 1.0]) * np.stack([(v[0] * v[1]) ** 2, v[0] * v[1] + v[2]])
    point = np.array([3.0, 2.0, 1.0])  # x, w, b
    full = np.array([[24.0, 36.0, 0.0], [2.0, 3.0, 1.0]])
    for mode in MODES:
        np.testing.assert_array_equal(da.jacobian(f, mode=mode)(point), full)
    for j, unit in enumerate(np.eye(3)):
        value, column = da.jvp(f, (point,), (unit,))
        np.testing.assert_array_equal(value, [36.0, 7.0])
        np.testing.assert_array_equal(column, full[:, j])
    value, pullback = da.vjp(f, point)
    np.testing.assert_array_equal(value, [36.0, 7.0])
    for i, unit in enumerate(np.eye(2)):
        (row,) = pullback(unit)
        np.testing.assert_array_equal(row, full[i])


def test_perceptron_with_a_returned_list():
    f = lambda x, w, b: [(x * w) ** 2, x * w + b]
    got = da.jacobian(f, (0, 1, 2))(3.0, 2.0, 1.0)
    np.testing.assert_array_equal(np.stack(got, axis=-1), [[24.0, 36.0, 0.0], [2.0, 3.0, 1.0]])


@pytest.mark.parametrize("mode", MODES)
def test_exponential_and_cosine(mode):
    f = lambda x1, x2: np.exp(2 * x1) + x1 * x2**2 + np.cos(x2)
    a, b = 0.7, -1.3
    d1, d2 = da.grad(f, (0, 1), mode=mode)(a, b)
    np.testing.assert_allclose(d1, 2 * np.exp(2 * a) + b**2, rtol=1e-15)
    np.testing.assert_allclose(d2, 2 * a * b - np.sin(b), rtol=1e-15)


def product(a, b):
    return b * (a + b) * (a - b)


@pytest.mark.parametrize("mode", MODES)
def test_product_of_sum_and_difference(mode):
    assert da.grad(product, (0, 1), mode=mode)(1.0, 2.0) == (4.0, -11.0)
    (aa, ab), (ba, bb) = da.hessian(product, (0, 1), mode=mode)(1.0, 2.0)
    assert (aa, bb) == (4.0, -12.0)
    assert ab == ba == 2.0


def test_gradient_descent_on_the_product():
    # From (1, 1), downhill along the vector field: the function falls at every step.
    point, step = np.array([1.0, 1.0]), 0.05
    f = lambda v: product(v[0], v[1])
    values = [f(point)]
    for _ in range(10):
        point = point - step * da.grad(f)(point)
        values.append(f(point))
    assert np.all(np.diff(values) < 0)


def iterated(x, times):
    for _ in range(times):
        x = np.sin(2 * x) + x**2
    return x


@pytest.mark.parametrize("mode", MODES)
def test_iterated_function(mode):
    def once(x):
        return 2 * np.cos(2 * x) + 2 * x

    want, x = 1.0, 2.0
    for times in (1, 2, 3):
        want, x = want * once(x), iterated(2.0, times)
        got = da.grad(iterated, mode=mode)(2.0, times)
        np.testing.assert_allclose(got, want, rtol=1e-14)
    assert round(float(got), 4) == 448.8119


def loop(x):
    rounds = 0
    while x < 5 and rounds < 3:
        x = np.sin(2 * x) + x**2
        rounds += 1
    return x


@pytest.mark.parametrize("mode", MODES)
def test_loop_that_stops_by_value(mode):
    assert loop(2.0) == iterated(2.0, 2)
    np.testing.assert_allclose(da.derivative(loop)(2.0), 22.7406128502423, rtol=1e-14)
    np.testing.assert_allclose(da.grad(loop, mode=mode)(2.0), 22.7406128502423, rtol=1e-14)


def logistic(x, n=4):
    for _ in range(n - 1):
        x = 4 * x * (1 - x)
    return x


def test_logistic_map():
    x = sympy.Symbol("x")
    exact = sympy.diff(logistic(x), x)
    for point in (0.1, 0.37, 0.9):
        want = float(exact.subs(x, sympy.Rational(str(point))))
        for mode in MODES:
            np.testing.assert_allclose(da.grad(logistic, mode=mode)(point), want, rtol=1e-12)
    # The expression that the graph stands for is the whole polynomial; the graph stays small.
    graph = da.trace(logistic, 0.3)
    expression = graph.to_sympy()
    (symbol,) = expression.free_symbols
    assert sympy.expand(expression.subs(symbol, x) - logistic(x)) == 0
    assert len(graph.nodes) < 20
    assert sympy.count_ops(sympy.diff(expression, symbol)) > 40
