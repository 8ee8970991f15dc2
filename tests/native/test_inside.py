"""Derivatives that compiled code takes itself, and derivatives of such code."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

import dualad as da
from dualad import _numba_entry
from dualad._compiled._fingerprint import fingerprint

_numba_entry.init()  # what the entry point does where dualad is installed

X = np.array([0.3, 0.7, 1.1])
V = np.array([1.0, 2.0, -1.0])


@njit
def cubic(x, p):
    return x**3 - p * x + math.sin(p)


slope = da.derivative(cubic)


@njit
def root(p):
    x = 2.0
    for _ in range(50):
        step = cubic(x, p) / da.derivative(cubic)(x, p)
        x -= step
        if abs(step) < 1e-14:
            break
    return x


@njit
def root_by_constant(p):
    x = 2.0
    for _ in range(50):
        step = cubic(x, p) / slope(x, p)
        x -= step
        if abs(step) < 1e-14:
            break
    return x


@njit
def waves(x, a):
    return np.sin(x) * x[0] * a


@njit
def energy(x, a=2.0):
    return np.sum(x**3) * x[0] * a


@njit
def fifth(x):
    return x**5


def derivatives_of_root(p):
    """The root, and its first two derivatives by the implicit function theorem."""
    x = root.py_func(p)
    fx, fp = 3 * x * x - p, math.cos(p) - x
    first = -fp / fx
    second = -(-math.sin(p) + 2 * -1.0 * first + 6 * x * first**2) / fx
    return x, first, second


def test_newton_inside_and_its_derivatives():
    x, first, second = derivatives_of_root(1.5)
    assert root(1.5) == pytest.approx(x, rel=1e-14)
    assert root_by_constant(1.5) == root(1.5)
    assert da.derivative(root)(1.5) == pytest.approx(first, rel=1e-13)
    assert da.jacobian(root, mode="reverse")(1.5) == pytest.approx(first, rel=1e-13)
    assert da.derivative(root, order=2)(1.5) == pytest.approx(second, rel=1e-12)
    # Python code over it: one operation.
    found = da.grad(lambda p: np.sin(root(p)) * p)(1.5)
    assert found == pytest.approx(math.cos(x) * first * 1.5 + math.sin(x), rel=1e-13)


@njit
def all_inside(x):
    return (
        da.jacobian(waves, argnums=(0, 1))(x, 3.0),
        da.value_and_grad(energy)(x),
        da.hessian(energy)(x, a=1.0),
        da.hvp(energy)(x, V, 2.0),
        da.jvp(cubic, (2.0, 3.0), (1.0, 0.5)),
    )


def test_verbs_inside_are_those_outside():
    jacobians, (value, gradient), hessian, product, pushed = all_inside(X)
    for one, other in zip(jacobians, da.jacobian(waves, argnums=(0, 1))(X, 3.0), strict=True):
        np.testing.assert_array_equal(one, other)
    assert value == energy(X)
    np.testing.assert_array_equal(gradient, da.grad(energy)(X))
    np.testing.assert_allclose(hessian, da.hessian(energy)(X, 1.0), rtol=1e-15)
    np.testing.assert_allclose(product, da.hvp(energy)(X, V, 2.0), rtol=1e-14)
    np.testing.assert_allclose(pushed, da.jvp(cubic, (2.0, 3.0), (1.0, 0.5)), rtol=1e-15)


@njit
def gradient_inside(x):
    return da.grad(energy)(x, 1.5)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivatives_of_a_gradient_inside(mode):
    want = da.hessian(energy)(X, 1.5)
    np.testing.assert_allclose(da.jacobian(gradient_inside, mode=mode)(X), want, rtol=1e-14)


def test_orders_nest_inside():
    @njit
    def thirds(x):
        once = da.derivative(fifth)
        return da.derivative(da.derivative(once))(x), da.derivative(fifth, order=3)(x)

    assert thirds(1.5) == pytest.approx([135.0, 135.0], rel=1e-15)


def test_perturbations_are_not_confused():
    @njit
    def add(y, x):
        return x + y

    @njit
    def outer(x):
        return x * da.derivative(add)(1.0, x)

    assert da.derivative(outer)(1.0) == 1.0
    assert da.grad(outer, mode="reverse")(1.0) == 1.0


def test_structural_zeros_win_inside():
    @njit
    def roots(x):
        return math.sqrt(x[0]) + x[1] ** 2

    inside = njit(lambda x: da.grad(roots)(x))
    np.testing.assert_array_equal(inside(np.array([0.0, 2.0])), [np.inf, 4.0])


@njit
def writing(x, work):
    work[0] = x
    return work[0] * x


REFUSED = [
    (lambda x: da.derivative(fifth, order=4)(x[0]), "order above three"),
    (lambda x: da.grad(energy, mode="reverse")(x), "derivatives go forward"),
    (lambda x: da.vjp(energy, x), "da.vjp inside compiled code"),
    (lambda x: da.grad(np.sum)(x), "takes a function compiled with numba.njit"),
    (lambda x: da.derivative(waves)(x, 1.0), "takes a number"),
    (lambda x: da.grad(energy, argnums=2)(x), "argnums=2"),
    (lambda x: da.derivative(writing)(x[0], x), "writes into its arguments"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused_says_so(number):
    f, message = REFUSED[number]
    with pytest.raises(TypingError, match=message):
        njit(f)(X)


def test_third_derivatives_from_python():
    f = njit(lambda x, a: np.exp(x[0] * a) * x[1] + math.hypot(x[0], x[1]))
    point = np.array([0.3, 0.7])
    found, want = (da.jacobian(da.hessian(g))(point, 1.5) for g in (f, f.py_func))
    np.testing.assert_allclose(found, want, rtol=1e-12)

    def outer(g):  # its second derivative is a third one of f
        return da.hessian(lambda y: np.sum(da.grad(g)(y, 1.5) ** 2))(point)

    np.testing.assert_allclose(outer(f), outer(f.py_func), rtol=1e-12)
    quartic = njit(lambda t: t**4)
    assert da.derivative(quartic, order=3)(2.0) == 48.0
    with pytest.raises(da.NoRuleError, match="fourth derivatives"):
        da.derivative(quartic, order=4)(2.0)


def test_what_a_cache_is_made_of_sees_derivatives_inside():
    def made(power):
        inner = da.derivative(njit(lambda x: x**power))
        return fingerprint(njit(lambda x: inner(x)))

    assert made(2) == made(2)
    assert made(2) != made(3)


def test_processes_without_dualad_pay_next_to_nothing():
    script = (
        "import sys\n"
        "from dualad._numba_entry import init\n"
        "assert not {'numba', 'numpy', 'scipy'} & set(sys.modules), set(sys.modules)\n"
        "init()\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
