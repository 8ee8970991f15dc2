"""Derivatives of derivatives: no perturbation confusion, any order, any modes, any thread."""

from __future__ import annotations

import itertools
import math
import threading

import mpmath
import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
PAIRS = list(itertools.product(MODES, repeat=2))
TRIPLES = list(itertools.product(MODES, repeat=3))


def d(f, mode="auto"):
    return da.grad(f, mode=mode)


# --- perturbation confusion ----------------------------------------------------------------------


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_siskind_and_pearlmutter(outer, inner):
    """J. Siskind, B. Pearlmutter, "Perturbation confusion and referential transparency", 2005."""
    assert d(lambda x: x * d(lambda y: x + y, inner)(1.0), outer)(1.0) == 1.0
    assert d(lambda x: x * d(lambda y: x * y, inner)(2.0), outer)(3.0) == 6.0
    # The inner function is a constant to its own variable.
    assert d(lambda x: d(lambda y: x, inner)(1.0), outer)(1.0) == 0.0
    assert d(lambda x: x + d(lambda y: x * x, inner)(1.0), outer)(5.0) == 1.0


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_the_inner_point_depends_on_the_outer_variable(outer, inner):
    # d/dx of cos(x) at x, times x.
    f = lambda x: x * d(np.sin, inner)(x)
    np.testing.assert_allclose(d(f, outer)(0.7), math.cos(0.7) - 0.7 * math.sin(0.7), rtol=1e-15)
    # The inner function sees the outer variable through its closure and through its argument.
    g = lambda x: d(lambda y: x**2 * y**3, inner)(x)
    np.testing.assert_allclose(d(g, outer)(2.0), 12 * 2.0**3, rtol=1e-15)


def test_a_derivative_that_returns_functions():
    """The curried case of Manzyuk et al., "Perturbation confusion in forward AD", 2019."""
    s = lambda u: lambda f: lambda x: f(x + u)
    derivative_of_shift = lambda f: lambda x: d(lambda u: s(u)(f)(x))(0.0)
    twice = derivative_of_shift(derivative_of_shift(np.exp))
    np.testing.assert_allclose(twice(1.0), math.e, rtol=1e-15)


def test_levels_keep_apart_in_siblings():
    def f(x):
        a = d(lambda y: y * x)(2.0)
        b = d(lambda y: y * y * x)(3.0)
        return a * b  # 6 x**2

    for mode in MODES:
        assert d(f, mode)(2.0) == 24.0


@pytest.mark.parametrize("modes", TRIPLES)
def test_third_order_in_every_mix_of_modes(modes):
    def f(x):
        return np.sin(x) * np.exp(2 * x) + x**4

    g = f
    for mode in modes:
        g = d(g, mode)
    x = 0.3
    want = float(mpmath.diff(lambda t: mpmath.sin(t) * mpmath.exp(2 * t) + t**4, x, 3))
    np.testing.assert_allclose(g(x), want, rtol=1e-13)
    np.testing.assert_allclose(g(np.float64(x)), want, rtol=1e-13)
    np.testing.assert_allclose(g(np.array(x)), want, rtol=1e-13)


@pytest.mark.parametrize("modes", TRIPLES)
def test_third_derivatives_of_an_array_function(modes):
    def f(x):
        return np.sum(x[1:] * x[:-1] ** 2) + np.prod(x) + x @ np.tanh(x)

    x = np.array([0.5, -1.2, 0.8])
    g = f
    for mode in modes:
        g = da.jacobian(g, mode=mode)
    got = g(x)
    assert got.shape == (3, 3, 3)
    step = 1e-4
    second = da.hessian(f)
    want = [(second(x + step * e) - second(x - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(got, np.moveaxis(want, 0, -1), rtol=1e-6, atol=1e-6)
    for order in itertools.permutations(range(3)):
        np.testing.assert_allclose(got, np.transpose(got, order), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("mode", MODES)
def test_hessian_of_a_function_with_a_gradient_inside(mode):
    # u(x) = |grad v(x)|**2 with v a quadratic form: the Hessian is 2 A A.
    a = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 1.0]])
    v = lambda x: 0.5 * x @ a @ x
    u = lambda x: np.sum(da.grad(v, mode=mode)(x) ** 2)
    for outer in MODES:
        got = da.hessian(u, mode=outer)(np.array([1.0, -2.0, 0.5]))
        np.testing.assert_allclose(got, 2 * a @ a, atol=1e-13)


def test_gradient_of_a_function_with_a_hessian_inside():
    f = lambda x: np.trace(da.hessian(lambda y: np.sum(y**4) * y[0])(x))
    g = lambda x: np.sum(12 * x**2) * x[0] + 8 * x[0] ** 3
    x = np.array([0.5, -1.5])
    for mode in MODES:
        np.testing.assert_allclose(da.grad(f, mode=mode)(x), da.grad(g)(x), rtol=1e-13)


def test_nested_verbs_of_every_kind():
    x, v = np.array([0.5, -1.5, 2.0]), np.array([1.0, 2.0, -1.0])
    f = lambda y: np.sum(np.exp(y) * y[::-1] ** 2)
    h = da.hessian(f)(x)
    for mode in MODES:
        along = lambda t: da.jvp(f, (x + t * v,), (v,))[1]
        np.testing.assert_allclose(da.grad(along, mode=mode)(0.0), v @ h @ v, rtol=1e-13)
        through = lambda y: da.vjp(f, y)[1](1.0)[0] @ v
        np.testing.assert_allclose(da.grad(through, mode=mode)(x), h @ v, rtol=1e-13)
        third = lambda y: v @ da.hvp(f)(y, v)
        want = da.grad(lambda y: v @ da.hessian(f)(y) @ v, mode="forward")(x)
        np.testing.assert_allclose(da.grad(third, mode=mode)(x), want, rtol=1e-12)
    value, slope = da.value_and_grad(lambda t: da.value_and_grad(lambda s: s**3 * t)(t)[1])(2.0)
    assert (value, slope) == (24.0, 36.0)  # 3 t**3


# --- high orders ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_fifth_derivatives(mode):
    for f, want in ((np.sin, math.cos(0.4)), (np.exp, math.exp(0.4))):
        g = f
        for _ in range(5):
            g = d(g, mode)
        np.testing.assert_allclose(g(0.4), want, rtol=1e-14)


FUNCTIONS = {
    "sin": (np.sin, mpmath.sin, 0.7),
    "exp": (np.exp, mpmath.exp, -0.3),
    "log": (np.log, mpmath.log, 1.7),
    "tanh": (np.tanh, mpmath.tanh, 0.6),
    "sqrt": (np.sqrt, mpmath.sqrt, 2.3),
    "arctan": (np.arctan, mpmath.atan, 0.8),
    "rational": (lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x * x), 0.4),
    "power": (lambda x: x**2.5, lambda x: x ** mpmath.mpf(2.5), 1.3),
    "mixed": (lambda x: np.sin(x * x) / x, lambda x: mpmath.sin(x * x) / x, 0.9),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_of_every_order(name):
    f, exact, x = FUNCTIONS[name]
    coefficients = mpmath.taylor(exact, x, 6)
    for order in range(1, 7):
        want = float(coefficients[order] * mpmath.factorial(order))
        got = da.derivative(f, order=order)(x)
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11, err_msg=f"order {order}")
        array = da.derivative(f, order=order)(np.array([x, x]))
        np.testing.assert_allclose(array, [want, want], rtol=1e-11, atol=1e-11)


# --- threads -------------------------------------------------------------------------------------


def test_threads():
    """Eight threads of nested gradients, ten thousand in all."""
    errors: list[object] = []
    start = threading.Barrier(8)

    def work(seed):
        rng = np.random.default_rng(seed)
        start.wait()
        for i in range(1250):
            x, y = rng.uniform(0.5, 2.0, 2)
            outer, inner = MODES[i % 2], MODES[i // 2 % 2]
            got = d(lambda u: u * d(lambda v: u * v * v, inner)(y), outer)(x)  # noqa: B023
            if not math.isclose(got, 4 * x * y, rel_tol=1e-14):
                errors.append((seed, i, x, y, got))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_threads_share_one_derivative_function():
    hess = da.hessian(lambda x: np.sum(np.sin(x) * x[::-1]))
    points = [np.random.default_rng(i).standard_normal(5) for i in range(8)]
    want = [hess(x) for x in points]
    wrong: list[int] = []

    def work(i):
        for _ in range(30):
            if not np.array_equal(hess(points[i]), want[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
