"""Derivatives in one number, and products with Hessians: short ways answer as the general one."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from numba import njit

import dualad as da
from dualad._compiled import _along, _slope


@njit
def wave(x, p):
    return x**3 * p[0] + math.sin(p[1] * x)


P = np.array([2.0, 3.0])
WAVE = (
    lambda x: 3 * P[0] * x**2 + P[1] * math.cos(P[1] * x),
    lambda x: 6 * P[0] * x - P[1] ** 2 * math.sin(P[1] * x),
    lambda x: 6 * P[0] - P[1] ** 3 * math.cos(P[1] * x),
)


@pytest.fixture
def short(monkeypatch):
    """How often the short way has answered."""
    answers = []
    made = _slope.slope

    def watched(*args):
        drive = made(*args)
        if drive is None:
            return None

        def run(*given):
            found = drive(*given)
            answers.append(found)
            return found

        return run

    monkeypatch.setattr("dualad._compiled._quick.slope", watched)
    return answers


@pytest.mark.parametrize("order", [1, 2, 3])
def test_all_orders(order, short):
    slope = da.derivative(wave, order=order)
    for x in (0.3, np.float64(-1.2), 2):
        found = slope(x, P)
        assert type(found) is np.float64
        np.testing.assert_allclose(found, WAVE[order - 1](x), rtol=1e-14)
    assert len(short) == 3


def test_the_other_argument(short):
    assert da.derivative(njit(lambda a, x: a * x**2), -1)(3, 0.5) == 3.0
    assert short == [3.0]


def test_other_kinds_of_argument_go_the_general_way(short):
    slope = da.derivative(njit(lambda x, p: x**2 * p))
    assert slope(0.5, 3.0) == 3.0
    assert slope(0.5, 3) == 3.0  # another type than the first time
    assert np.array_equal(slope(np.array([0.5, 1.0]), 3.0), [3.0, 6.0])
    assert slope(np.float32(0.5), 3.0) == 3.0
    assert slope(0.5, p=3.0) == 3.0
    assert len(short) == 1
    assert da.derivative(njit(lambda x: x * x), order=2)(np.ones((0, 2))).shape == (0, 2)


@njit
def counted(x, calls):
    calls[0] += 1
    if x > 1.0:
        raise ValueError("too large")
    return x * x


def test_errors_of_the_function_are_its_own():
    """And it runs once."""
    calls = np.zeros(1)
    assert da.derivative(counted)(0.5, calls) == 1.0
    assert calls[0] == 1
    with pytest.raises(ValueError, match="too large"):
        da.derivative(counted)(2.0, calls)
    assert calls[0] == 2


@njit
def sinc(x):
    return 1.0 if x == 0.0 else math.sin(x) / x


@njit
def root(x):
    return math.sqrt(x)


def test_what_is_to_be_judged_or_not_finite_goes_the_general_way(short):
    slope = da.derivative(sinc)
    np.testing.assert_allclose(slope(0.5), (0.5 * math.cos(0.5) - math.sin(0.5)) / 0.25)
    with pytest.warns(da.DerivativeWarning, match="branch"):
        slope(0.0)
    assert da.derivative(root)(0.0) == np.inf
    assert da.derivative(root, order=2)(0.0) == -np.inf
    assert short[1:] == [None, None, None]


def test_nested_in_python(short):
    """Numbers of an outer derivative are none that the short way knows."""
    found = da.derivative(lambda x: x * da.derivative(wave)(x, P))(0.4)
    np.testing.assert_allclose(found, WAVE[0](0.4) + 0.4 * WAVE[1](0.4), rtol=1e-14)
    assert short == []


def test_constant_and_vector_functions():
    assert da.derivative(njit(lambda x: 3.0))(0.5) == 0.0
    assert np.array_equal(da.derivative(njit(lambda x: np.array([x, x * x])))(0.5), [1.0, 1.0])


# --- gradients, Jacobians and Hessians at a number ------------------------------------------------


def test_other_functions_at_a_number(short):
    x, want = 0.3, (WAVE[0](0.3), WAVE[1](0.3))
    for verb in (da.grad, da.jacobian):
        assert verb(wave)(x, P) == pytest.approx(want[0], rel=1e-14)
    for verb in (da.value_and_grad, da.value_and_jacobian):
        value, slope = verb(wave)(x, P)
        assert (type(value), value) == (np.float64, wave(x, P))
        assert slope == pytest.approx(want[0], rel=1e-14)
    assert da.hessian(wave)(x, P) == pytest.approx(want[1], rel=1e-14)
    assert len(short) == 5
    assert da.grad(wave, mode="reverse")(x, P) == pytest.approx(want[0], rel=1e-14)
    assert len(short) == 5


def test_the_value_of_fastmath_is_that_of_the_plain_call():
    total = njit(lambda x: x + 1e-3 + 1e-6 + 1e-9 + x * x, fastmath=True)
    value, slope = da.value_and_grad(total)(0.7)
    assert value == total(0.7)
    assert slope == pytest.approx(2.4, rel=1e-14)


# --- products with Hessians -----------------------------------------------------------------------


@njit
def coupled(x, scale):
    total = 0.0
    for i in range(x.size):
        total += scale * x[i] ** 3 * x[i - 1]
    return total


def coupled_hessian(x, scale):
    n = x.size
    h = np.zeros((n, n), x.dtype)
    for i in range(n):
        h[i, i] += 6.0 * scale * x[i] * x[i - 1]
        h[i, i - 1] += 3.0 * scale * x[i] ** 2
        h[i - 1, i] += 3.0 * scale * x[i] ** 2
    return h


@pytest.fixture
def filled(monkeypatch):
    """How often the short way of products has answered."""
    answers = []
    made = _along.product

    def watched(*args):
        fill = made(*args)
        if fill is None:
            return None

        def run(*given):
            answers.append(fill(*given))
            return answers[-1]

        return run

    monkeypatch.setattr("dualad._compiled._quick.product", watched)
    return answers


def test_products_of_every_length(filled):
    rng = np.random.default_rng(5)
    times = da.hvp(coupled)
    sizes = (1, 2, 3, 5, 16, 17, 40, 48, 49, 100)
    for n in sizes:
        x, v = rng.normal(size=n), rng.normal(size=n)
        want = coupled_hessian(x, 0.5) @ v
        np.testing.assert_allclose(times(x, v, 0.5), want, rtol=1e-12, atol=1e-13)
    assert filled == [True] * len(sizes)
    assert times(np.ones(0), np.ones(0), 0.5).shape == (0,)
    assert da.hessian(coupled)(np.ones(0), 0.5).shape == (0, 0)
    assert (da.jacobian_operator(njit(lambda x: 2.0 * x), np.ones(0)) @ np.ones(0)).shape == (0,)
    again = pickle.loads(pickle.dumps(da.hvp(coupled_plain)))
    assert np.array_equal(again(np.ones(2), np.array([1.0, 0.0])), [2.0, 0.0])


def coupled_plain(x):
    return np.sum(x * x)


@njit
def rooted(x):
    return math.sqrt(x[0]) + (0.0 if x[1] == 1.0 else x[1] ** 2)


def test_products_that_the_general_way_must_see(filled):
    times = da.hvp(rooted)
    x, v = np.array([4.0, 2.0]), np.array([1.0, 1.0])
    np.testing.assert_allclose(times(x, v), [-1.0 / 32.0, 2.0], rtol=1e-14)
    assert times(np.array([0.0, 2.0]), v)[0] == -np.inf
    with pytest.warns(da.DerivativeWarning, match="branch"):
        times(np.array([4.0, 1.0]), v)
    assert filled == [True, False, False]
    with pytest.raises(da.InputError, match="shape"):
        times(x, np.ones(3))
    with pytest.raises(da.NonScalarOutputError):
        da.hvp(njit(lambda x: x * x))(x, v)
    # Views, float32 and numbers of an outer derivative.
    np.testing.assert_allclose(times(np.array([4.0, 9.0, 2.0])[::2], v), [-1.0 / 32.0, 2.0])
    assert times(x.astype(np.float32), v.astype(np.float32)).dtype == np.float32
    found = da.jacobian(lambda x: da.hvp(coupled)(x, v, 0.5))(x)
    steps = x + 1e-30j * np.eye(2)
    want = np.stack([(coupled_hessian(s, 0.5) @ v).imag / 1e-30 for s in steps], axis=1)
    np.testing.assert_allclose(found, want, rtol=1e-13)
    assert len(filled) == 3
