"""Uncertainty propagation against closed forms, exact Gaussian moments and Monte Carlo."""

from __future__ import annotations

import math
import pickle
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import dualad as da
from dualad.sensitivity import propagate

C2 = np.array([[0.10, 0.05], [0.05, 0.20]])
C3 = np.array([[0.04, 0.01, -0.02], [0.01, 0.09, 0.03], [-0.02, 0.03, 0.16]])
X3 = np.array([1.0, -2.0, 0.5])
A3 = np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]])
Q = np.array([[[2.0, 1.0, 0.0], [1.0, -1.0, 0.5], [0.0, 0.5, 3.0]], np.diag([1.0, 0.0, -2.0])])


def quadratic(x):
    return A3 @ x + 0.5 * np.array([x @ Q[0] @ x, x @ Q[1] @ x])


# --- first order ---------------------------------------------------------------------------------


def test_linear_functions_are_exact():
    r = propagate(lambda x: A3 @ x, X3, C3)
    np.testing.assert_allclose(r.cov, A3 @ C3 @ A3.T, rtol=1e-14)
    np.testing.assert_array_equal(r.mean, A3 @ X3)
    np.testing.assert_allclose(r.variance, np.diagonal(r.cov), rtol=1e-14)
    np.testing.assert_allclose(r.std, np.sqrt(r.variance), rtol=1e-15)
    np.testing.assert_allclose(np.diagonal(r.corr), 1.0, rtol=1e-14)
    np.testing.assert_allclose(r.derivatives, A3, rtol=1e-15)


# name: function, x, std, relative variance of the result by the textbook
TEXTBOOK = {
    "product": (lambda a, b: a * b, (3.0, 4.0), (0.1, 0.2), (0.1 / 3) ** 2 + (0.2 / 4) ** 2),
    "quotient": (lambda a, b: a / b, (3.0, 4.0), (0.1, 0.2), (0.1 / 3) ** 2 + (0.2 / 4) ** 2),
    "power": (lambda a, b: a**3 / b**2, (3.0, 4.0), (0.1, 0.2), 9 * 0.1**2 / 9 + 4 * 0.2**2 / 16),
    "exp": (lambda a, b: math.exp(a) * b, (0.3, 4.0), (0.1, 0.2), 0.1**2 + (0.2 / 4) ** 2),
}


@pytest.mark.parametrize("name", TEXTBOOK)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_textbook_rules(name, mode):
    f, x, std, relative = TEXTBOOK[name]
    r = propagate(f, x, std=std, mode=mode)
    assert r.value == f(*x)
    np.testing.assert_allclose(r.variance / r.value**2, relative, rtol=1e-13)
    assert math.isclose(sum(r.shares), 1.0, rel_tol=1e-14)


def test_correlations_add_or_cancel():
    x, std = {"a": 2.0, "b": 3.0}, {"a": 0.1, "b": 0.1}
    for corr, want in ((1.0, 0.0), (0.0, 0.02), (-1.0, 0.04)):
        r = propagate(lambda a, b: a - b, x, std=std, corr=[[1.0, corr], [corr, 1.0]])
        np.testing.assert_allclose(r.variance, want, atol=1e-17)
    r = propagate(lambda a, b: a - 2 * b, x, std=std, corr=[[1.0, 0.9], [0.9, 1.0]])
    # J_j (C J)_j, of which one is negative here: a takes away what b brings.
    np.testing.assert_allclose(r.variance, 0.01 * (1 + 4 - 3.6), rtol=1e-14)
    np.testing.assert_allclose(r.shares["a"], (1 - 1.8) / 1.4, rtol=1e-13)
    np.testing.assert_allclose(r.shares["a"] + r.shares["b"], 1.0, rtol=1e-14)


# --- second order --------------------------------------------------------------------------------


def test_quadratic_functions_are_exact_to_second_order():
    """Isserlis: the moments of a quadratic function of Gaussian variables."""
    r = propagate(quadratic, X3, C3, 2)
    J = A3 + np.stack([X3 @ Q[0], X3 @ Q[1]])
    np.testing.assert_allclose(
        r.mean, quadratic(X3) + 0.5 * np.trace(Q @ C3, axis1=1, axis2=2), rtol=1e-13
    )
    extra = [[0.5 * np.trace(a @ C3 @ b @ C3) for b in Q] for a in Q]
    np.testing.assert_allclose(r.cov, J @ C3 @ J.T + extra, rtol=1e-13)
    np.testing.assert_allclose(r.variance, np.diagonal(r.cov), rtol=1e-13)
    np.testing.assert_allclose(r.shares.sum(axis=1), 1.0, rtol=1e-13)
    np.testing.assert_array_equal(r.value, quadratic(X3))


def test_the_square_of_a_gaussian():
    r = propagate(lambda x: x**2, 3.0, 0.25, order=2)
    assert math.isclose(r.mean, 9.25, rel_tol=1e-15)
    assert math.isclose(r.variance, 4 * 9 * 0.25 + 2 * 0.25**2, rel_tol=1e-15)
    at_zero = propagate(lambda x: x**2, 0.0, 1.0, order=2)  # chi-squared, where J is 0
    assert (at_zero.mean, at_zero.variance) == (1.0, 2.0)
    assert propagate(lambda x: x**2, 0.0, 1.0).variance == 0.0


def test_a_product_of_independent_variables():
    r = propagate(lambda a, b: a * b, {"a": 2.0, "b": 3.0}, std={"a": 0.3, "b": 0.4}, order=2)
    va, vb = 0.09, 0.16
    np.testing.assert_allclose(r.variance, 9 * va + 4 * vb + va * vb, rtol=1e-14)
    # The interaction is shared out in equal parts.
    np.testing.assert_allclose(r.shares["a"], (9 * va + va * vb / 2) / r.variance, rtol=1e-14)


def test_against_monte_carlo():
    source = np.random.default_rng(3)
    sample = source.multivariate_normal([0.8, 1.5], 0.02 * C2, size=200_000)

    def f(x):
        return np.array([np.exp(x[0]) * x[1], np.sin(x[0] * x[1]), x[0] / x[1]])

    y = f(sample.T)
    r = propagate(f, np.array([0.8, 1.5]), 0.02 * C2, order=2)
    error = np.sqrt(np.diagonal(np.cov(y)) / y.shape[1])
    assert np.all(np.abs(r.mean - y.mean(axis=1)) < 4 * error)
    np.testing.assert_allclose(r.cov, np.cov(y), rtol=0.04)  # third derivatives
    first = propagate(f, np.array([0.8, 1.5]), 0.02 * C2)
    assert np.abs(first.mean - y.mean(axis=1))[1] > 4 * error[1]  # what the second order is for


# --- containers ----------------------------------------------------------------------------------


class Point(NamedTuple):
    a: float
    b: np.ndarray


def test_containers_of_inputs_and_outputs():
    def f(p):
        return {"s": p.a * p.b.sum(), "v": p.a * p.b}

    x = Point(2.0, np.array([1.0, 3.0]))
    r = propagate(f, x, Point(0.01, C2))
    assert r.mean["s"] == 8.0
    np.testing.assert_allclose(r.variance["s"], 16 * 0.01 + 4 * C2.sum(), rtol=1e-14)
    np.testing.assert_allclose(r.variance["v"], [0.01 + 4 * 0.1, 9 * 0.01 + 4 * 0.2], rtol=1e-14)
    assert r.output_names == ["s", "v[0]", "v[1]"]
    assert r.input_names == ["a", "b[0]", "b[1]"]
    assert r.cov.shape == (3, 3)
    np.testing.assert_allclose(r.cov[1, 2], 3 * 0.01 + 4 * 0.05, rtol=1e-14)
    share = r.shares["v"]
    assert isinstance(share, Point)
    assert share.a.shape == (2,)
    assert share.b.shape == (2, 2)
    np.testing.assert_allclose(share.a + share.b.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(share.b[0, 1], 0.0)


def test_series_and_labelled_covariances():
    x = pd.Series({"u": 2.0, "v": 3.0})
    cov = pd.DataFrame([[0.2, 0.05], [0.05, 0.1]], index=["v", "u"], columns=["v", "u"])
    r = propagate(lambda p: p["u"] * p["v"], x, cov)
    np.testing.assert_allclose(r.variance, 9 * 0.1 + 4 * 0.2 + 2 * 6 * 0.05, rtol=1e-14)
    same = propagate(lambda p: p["u"] * p["v"], x, std=pd.Series({"v": 0.2, "u": 0.1}))
    np.testing.assert_allclose(same.variance, 9 * 0.01 + 4 * 0.04, rtol=1e-14)
    assert list(r.shares.index) == ["u", "v"]


@pytest.mark.parametrize(
    "cov",
    [
        0.01,
        [0.01, 0.01, 0.01, 0.01],
        np.full((2, 2), 0.01),
        0.01 * np.eye(4),
        0.01 * np.eye(4).reshape(2, 2, 2, 2),
    ],
)
def test_every_way_to_write_a_covariance(cov):
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    r = propagate(np.linalg.det, x, cov)
    np.testing.assert_allclose(r.variance, 0.01 * (1 + 4 + 9 + 16), rtol=1e-13)
    assert r.shares.shape == (2, 2)
    np.testing.assert_allclose(propagate(np.linalg.det, x, std=0.1).variance, r.variance)


NESTED = {"a": {"u": 2.0, "v": 3.0}, "k": np.array([1.0, 2.0])}
FLAT = {"a.u": 0.1, "a.v": 0.2, "k": C2}
TREES = {
    "nested": (NESTED, {"a": {"u": 0.1, "v": 0.2}, "k": C2}),
    "dotted": (NESTED, FLAT),
    "lists": (NESTED, {"k": C2.tolist(), "a": {"v": 0.2, "u": 0.1}}),
    "matrix": (NESTED, np.block([[np.diag([0.1, 0.2]), np.zeros((2, 2))], [np.zeros((2, 2)), C2]])),
    "tuple": (((2.0, 3.0), np.array([1.0, 2.0])), ([0.1, 0.2], C2.tolist())),
}


@pytest.mark.parametrize("name", TREES)
def test_covariances_of_nested_containers(name):
    def f(p):
        (a, k) = (p["a"], p["k"]) if isinstance(p, dict) else p
        u, v = a.values() if isinstance(a, dict) else a
        return u * v * k[0] * k[1]

    x, cov = TREES[name]
    J = np.array([6.0, 4.0, 12.0, 6.0])
    want = 36 * 0.1 + 16 * 0.2 + J[2:] @ C2 @ J[2:]
    np.testing.assert_allclose(propagate(f, x, cov).variance, want, rtol=1e-14)


def test_constants_and_selected_inputs():
    def f(p):
        return p["a"] * p["b"] ** p["n"]

    x = {"a": 2.0, "b": 3.0, "n": 2, "label": "x"}
    r = propagate(f, x, std={"a": 0.1, "b": 0.2})
    np.testing.assert_allclose(r.variance, 81 * 0.01 + 144 * 0.04, rtol=1e-14)
    only = propagate(f, x, std={"b": 0.2}, wrt="b")
    np.testing.assert_allclose(only.variance, 144 * 0.04, rtol=1e-14)
    assert only.shares["a"] is None
    integer = propagate(f, {**x, "a": 2}, std={"a": 0.1}, wrt=["a"])
    np.testing.assert_allclose(integer.variance, 81 * 0.01, rtol=1e-14)


def test_certain_inputs_and_outputs():
    r = propagate(lambda x: [x[0], 7.0], [1.0, 2.0], [0.0, 1.0])
    np.testing.assert_array_equal(r.variance, [0.0, 0.0])
    assert np.isnan(r.shares).all()
    assert np.isnan(r.corr).all()
    semidefinite = propagate(lambda x: x[0] + x[1], [1.0, 2.0], [[1.0, -1.0], [-1.0, 1.0]])
    assert semidefinite.variance == 0.0


def test_results_do_not_change_when_buffers_are_refilled():
    buffer = np.ones(3)
    many = np.ones(100)
    r = propagate(lambda x: {"a": x * 2, "b": buffer}, np.ones(3), 0.1)
    large = propagate(lambda x: {"a": x * 2, "b": many}, np.ones(100), 0.1)
    buffer[:], many[:] = 7.0, 7.0
    assert large.is_elementwise
    np.testing.assert_array_equal(r.mean["b"], 1.0)
    np.testing.assert_array_equal(large.mean["b"], 1.0)


@pytest.mark.parametrize(
    ("mean", "std", "text"),
    [
        (1234567.0, 0.5, "y = 1234567 +/- 0.5"),
        (12345.678, 1e-3, "y = 12345.678 +/- 0.001"),
        (2.0, 3.0, "y = 2 +/- 3"),
        (-0.5, 0.0, "y = -0.5 +/- 0"),
    ],
)
def test_a_mean_is_printed_as_far_as_it_is_known(mean, std, text):
    assert repr(propagate(lambda x: x, mean, std=std)).startswith(text)


def test_the_result_pickles_and_prints():
    r = propagate(quadratic, X3, C3, 2, names=["a", "b", "c"])
    again = pickle.loads(pickle.dumps(r))
    assert repr(again) == repr(r)
    np.testing.assert_array_equal(again.cov, r.cov)
    np.testing.assert_array_equal(again.shares, r.shares)
    assert "share of c" in repr(r)
    one = propagate(lambda v, r: v**2 / r, {"v": 10.0, "r": 50.0}, std={"v": 0.1, "r": 1.0})
    assert repr(pickle.loads(pickle.dumps(one))) == repr(one)
    assert repr(one).startswith("y = 2 +/- 0.05657")


# --- derivatives of the result -------------------------------------------------------------------

S = np.array([0.1, 0.2])


def variance_by_factor(d):
    return propagate(lambda x: d * np.sin(x[0]) * x[1], [0.5, 2.0], C2, 2).variance


def variance_by_point(x):
    return propagate(lambda x: math.sin(x[0]) * x[1] ** 2, x, C2, 2).variance


def mean_by_cov(c):
    return propagate(lambda x: math.sin(x[0]) * x[1], [0.5, 2.0], 0.5 * (c + c.T), 2).mean


def std_by_std(s):
    return propagate(lambda x: x[0] * x[1], [0.5, 2.0], std=s).std


def share(d):
    return propagate(lambda a, b: {"y": a * d + b**2}, {"a": 1.0, "b": 2.0}, 0.1).shares["y"]["a"]


def covariances(d):
    return propagate(lambda x: np.stack([d * x[0] * x[1], x[1] ** 3]), [0.5, 2.0], C2, 2).cov


def elementwise_total(d):
    r = propagate(lambda x: x**d, np.linspace(1.0, 2.0, 80), 0.01 * d, 2)
    return np.sum(r.variance) + np.sum(r.mean)


def elementwise_first(d):
    return np.sum(propagate(lambda x: x**d, np.linspace(1.0, 2.0, 80), 0.01 * d).std)


CASES = [
    (variance_by_factor, 1.3),
    (variance_by_point, np.array([0.5, 2.0])),
    (mean_by_cov, C2),
    (std_by_std, S),
    (share, 1.3),
    (covariances, 1.3),
    (elementwise_total, 2.5),
    (elementwise_first, 2.5),
]


@pytest.mark.parametrize(("f", "x"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_the_result_can_be_differentiated(f, x):
    """In every mode, to second order, against finite differences."""
    da.check_derivatives(f, x)


def test_a_design_parameter_in_closed_form():
    # Var = d**2 * s**2 for y = d x: its derivative in d is 2 d s**2.
    slope = da.grad(lambda d: propagate(lambda x: d * x, 1.5, std=0.2).variance)(3.0)
    assert math.isclose(slope, 2 * 3.0 * 0.04, rel_tol=1e-14)
