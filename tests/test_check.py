"""`check_derivatives`: it finds wrong rules, and finds no fault with right ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dualad as da
from benchmarks.problems import rosenbrock
from dualad._check._differences import jacobian_by_differences

RNG = np.random.default_rng(3)
MATRIX = RNG.normal(size=(3, 3)) + 3.0 * np.eye(3)


def until_five(x):
    rounds = 0
    while x < 5 and rounds < 3:
        x = np.sin(2 * x) + x**2
        rounds += 1
    return x


# Right functions: of every scale, near the edges of their domains, with kinks, many inputs.
RIGHT = [
    (lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2), (2.0, 5.0)),
    (lambda a, b: b * (a + b) * (a - b), (1.0, 2.0)),
    (lambda x, w, b: np.stack([(x * w) ** 2, x * w + b]), (3.0, 2.0, 1.0)),
    (until_five, (2.0,)),
    (rosenbrock, (np.linspace(-1.0, 1.0, 5),)),
    (rosenbrock, (np.linspace(-1.0, 1.0, 300),)),
    (lambda A, b: np.linalg.solve(A, b), (MATRIX, np.ones(3))),
    (lambda A: np.linalg.det(A) + np.linalg.norm(A), (MATRIX,)),
    (lambda p, t: p["a"] * np.exp(-p["b"] * t), ({"a": 2.0, "b": 0.3, "n": 1}, np.arange(4.0))),
    (lambda x: np.exp(50.0 * x), (np.array([0.9, -3.0]),)),
    (lambda x: np.log(x), (np.array([1e-12, 1.0, 1e12]),)),
    (lambda x: np.tan(x), (np.array([1.57, 0.1]),)),
    (lambda x: 1.0 / x, (np.array([1e-200, 1e200]),)),
    (lambda x: np.sin(200.0 * x), (np.array([1.0, 10.0]),)),
    (lambda x: (1e8 + x) - 1e8, (np.array([1.0]),)),
    (lambda x: 1e6 + np.sin(x), (np.array([1.0]),)),
    (lambda x: np.sin(2.0 * np.pi * 10.0 * x), (np.array([1.0, 0.5, 2.25]),)),
    (lambda x: np.abs(x) + np.maximum(x, 0.0) + np.clip(x, 0.0, 1.0), (np.array([0.0, 1.0]),)),
    (lambda x: np.floor(x) * x, (np.array([1.5, 2.0]),)),
    (lambda x: np.sort(x)[::-1] * x, (np.array([3.0, 1.0, 2.0]),)),
    (lambda x: x.astype(np.float64) * 2.0, (np.ones(2, np.float32),)),
    (lambda x: np.zeros(2), (np.ones(2),)),
    (lambda x: np.exp(1j * x), (np.array([0.3]),)),
    (lambda x: np.sum(x[:0]), (np.ones(2),)),
    (lambda x: x * 0.0, (np.zeros(3),)),
]


@pytest.mark.parametrize(("f", "args"), RIGHT)
def test_right_derivatives_pass(f, args):
    report = da.check_derivatives(f, *args)
    assert [order.order for order in report.orders] == [1, 2]
    assert report.n == sum(np.size(v) for a in args for v in _numbers(a))


def _numbers(x):
    if isinstance(x, dict):
        return [v for v in x.values() if not isinstance(v, int)]
    return [x]


def test_the_report_is_short_and_says_what_was_compared():
    report = da.check_derivatives(rosenbrock, np.linspace(-1.0, 1.0, 5))
    assert (report.n, report.m) == (5, 1)
    first, second = report.orders
    assert first.modes == ("forward", "reverse", "forward in chunks")
    assert second.modes == ("hyper-dual", "forward over reverse")
    assert (first.entries, second.entries, second.unverified) == (5, 25, 0)
    assert first.worst < 1e-9
    assert second.worst < 1e-9
    assert len(str(report).splitlines()) == 3
    assert repr(report) == str(report)
    kink = da.check_derivatives(np.abs, np.array([0.0, 1.0]), order=1)
    assert kink.orders[0].unverified == 1
    assert "nothing about 1 of 4" in str(kink)


def test_argnums():
    f = lambda x, y: x * y
    assert da.check_derivatives(f, 2.0, 3.0).n == 2
    assert da.check_derivatives(f, 2.0, 3.0, argnums=1).n == 1
    assert da.check_derivatives(f, 2.0, 3).n == 1
    with pytest.raises(da.InputError, match="order"):
        da.check_derivatives(f, 2.0, 3.0, order=3)


# --- wrong rules ---------------------------------------------------------------------------------


def slightly(wrong):
    """Each a function with a derivative that is wrong by the factor 1 + 1e-6."""
    factor = 1.0 + 1e-6

    def slope(x):
        return 1.0 - np.tanh(x) ** 2

    def curvature(x):
        return -2.0 * np.tanh(x) * slope(x)

    if wrong == "first derivative":
        return da.elementwise(np.tanh, lambda x: factor * slope(x))
    if wrong == "second derivative":
        return da.elementwise(np.tanh, slope, lambda x: factor * curvature(x))
    if wrong == "jvp":
        f = da.custom_jvp(np.tanh)
        f.defjvp(lambda p, t: (np.tanh(p[0]), factor * slope(p[0]) * t[0]))
        return f
    if wrong == "one entry":
        f = da.custom_jvp(np.tanh)
        bump = np.array([1.0, 1.0, factor, 1.0])
        f.defjvp(lambda p, t: (np.tanh(p[0]), bump[: len(p[0])] * slope(p[0]) * t[0]))
        return f
    f = da.custom_vjp(np.tanh)
    f.defvjp(lambda x: (np.tanh(x), x), lambda x, ct: (factor * slope(x) * ct,))
    return f


class LopsidedRule(da.custom_jvp):
    """Right forward, wrong in reverse."""

    def _vjp(self, *args):
        return super()._vjp(*args) * (1.0 + 1e-6)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize(
    "wrong", ["first derivative", "second derivative", "jvp", "vjp", "one entry"]
)
def test_a_rule_that_is_wrong_by_a_millionth_is_found(wrong, scale):
    f = slightly(wrong)
    x = np.array([0.3, -0.7, 1.1, 0.5])
    with pytest.raises(da.DerivativeCheckError) as caught:
        da.check_derivatives(lambda x: scale * f(x), x)
    text = str(caught.value)
    entry = "d^2 output" if wrong == "second derivative" else "d output"
    assert entry in text
    assert "finite differences" in text
    if wrong == "one entry":
        assert "d output[2] / d x[2]" in text
        assert "1 of 16" in text


def test_a_rule_that_is_wrong_in_one_mode_is_found():
    f = LopsidedRule(np.tanh)
    f.defjvp(lambda p, t: (np.tanh(p[0]), (1.0 - np.tanh(p[0]) ** 2) * t[0]))
    with pytest.raises(da.DerivativeCheckError, match=r"^reverse gives 0\.9151.*forward 0\.9151"):
        da.check_derivatives(f, np.array([0.3]), order=1)


def test_a_wrong_rule_among_many_inputs_is_found():
    f = slightly("first derivative")
    with pytest.raises(da.DerivativeCheckError, match="random direction"):
        da.check_derivatives(f, np.linspace(0.1, 1.0, 100), order=1)


# --- the differences themselves ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("g", "slope", "x"),
    [
        (np.exp, np.exp, 1.0),
        (np.log, lambda x: 1.0 / x, 1e-3),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e8),
        (lambda x: np.sin(1e3 * x), lambda x: 1e3 * np.cos(1e3 * x), 1.0),
        (lambda x: np.arctan(1e4 * (x - 1.0)), lambda x: 1e4 / (1 + 1e8 * (x - 1) ** 2), 1.0),
        (lambda x: x**30, lambda x: 30.0 * x**29, 2.0),
    ],
)
def test_the_error_estimate_covers_the_error(g, slope, x):
    found = jacobian_by_differences(g, np.array([x]), np.array([x]))
    error = abs(found.value[0, 0] - slope(x))
    assert error <= 10.0 * found.error[0, 0]
    assert found.error[0, 0] < 1e-5 * abs(slope(x))
    assert found.smooth.all()


def test_noise_is_part_of_the_error_estimate():
    found = jacobian_by_differences(
        lambda x: x.astype(np.float32).astype(float) ** 2, np.array([1.5]), np.array([1.5])
    )
    assert abs(found.value[0, 0] - 3.0) <= 10.0 * found.error[0, 0]


def test_steps_out_of_the_domain_are_left_out():
    found = jacobian_by_differences(
        lambda x: np.array([math.sqrt(x[0])]), np.array([1e-3]), np.array([1.0])
    )
    assert found.value[0, 0] == pytest.approx(0.5 / math.sqrt(1e-3), rel=1e-7)
