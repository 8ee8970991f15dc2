"""Second derivatives of functions that smooth a kink away: right, in every mode."""

import math
import warnings

import numpy as np
import pytest

import dualad as da

ZERO2, ZERO3 = np.zeros(2), np.zeros(3)
CENTRED = np.eye(3) - 1.0 / 3.0


def r(x):
    return np.linalg.norm(x)


# name: (function, point, Hessian by hand)
CASES = {
    "norm squared": (lambda x: r(x) ** 2, ZERO2, 2 * np.eye(2)),
    "norm times norm": (lambda x: r(x) * r(x), ZERO2, 2 * np.eye(2)),
    "norm times twice the norm": (lambda x: r(x) * r(2 * x), ZERO2, 4 * np.eye(2)),
    "hypot squared": (lambda x: np.hypot(x[0], x[1]) ** 2, ZERO2, 2 * np.eye(2)),
    "(1 + r) exp(-r)": (lambda x: (1 + r(x)) * np.exp(-r(x)), ZERO2, -np.eye(2)),
    "exp(-r^2)": (lambda x: np.exp(-(r(x) ** 2)), ZERO3, -2 * np.eye(3)),
    "cos r": (lambda x: np.cos(r(x)), ZERO2, -np.eye(2)),
    "sinc r": (lambda x: np.sinc(r(x) / np.pi), ZERO2, -np.eye(2) / 3),
    "Matern 5/2": (
        lambda x: (1 + math.sqrt(5) * r(x) + 5 * r(x) ** 2 / 3) * np.exp(-math.sqrt(5) * r(x)),
        ZERO2,
        -5 / 3 * np.eye(2),
    ),
    "std squared": (lambda x: np.std(x) ** 2, np.full(3, 1.5), 2 / 3 * CENTRED),
    "abs squared": (lambda x: np.abs(x[0]) ** 2, np.zeros(1), [[2.0]]),
    "abs of an array": (lambda x: np.sum(np.abs(x) ** 2), np.array([0.0, 2.0]), 2 * np.eye(2)),
    "abs times x": (lambda x: np.abs(x[0]) * x[1], ZERO2, np.zeros((2, 2))),
    "abs of a difference": (
        lambda x: np.abs(x[0] - x[1]) ** 2,
        np.array([0.7, 0.7]),
        [[2.0, -2.0], [-2.0, 2.0]],
    ),
    "softplus": (
        lambda x: np.maximum(x[0], 0.0) + np.log1p(np.exp(-np.abs(x[0]))),
        np.zeros(1),
        [[0.25]],
    ),
    "maximum times minimum": (
        lambda x: np.maximum(x[0], x[1]) * np.minimum(x[0], x[1]),
        np.array([1.5, 1.5]),
        [[0.0, 1.0], [1.0, 0.0]],
    ),
    "fmax and fmin": (
        lambda x: np.fmax(x[0], x[1]) ** 2 + np.fmin(x[0], x[1]) ** 2,
        np.array([0.5, 0.5]),
        2 * np.eye(2),
    ),
    "distance, moved": (
        lambda x: np.exp(-(np.linalg.norm(np.sin(x) - np.sin(0.3)) ** 2)),
        np.full(2, 0.3),
        -2 * math.cos(0.3) ** 2 * np.eye(2),
    ),
    "several norms": (
        lambda x: np.sum(np.linalg.norm(x.reshape(2, 2), axis=1) ** 2),
        np.array([0.0, 0.0, 1.0, 2.0]),
        2 * np.eye(4),
    ),
    "a kink that stays": (lambda x: np.abs(x[0]) + x[1] ** 2, ZERO2, [[0, 0], [0, 2.0]]),
}


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
@pytest.mark.parametrize("name", CASES)
def test_hessians(name, mode):
    f, x, want = CASES[name]
    np.testing.assert_allclose(da.hessian(f, mode=mode)(x), want, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_products(name):
    f, x, want = CASES[name]
    for v in np.eye(x.size):
        np.testing.assert_allclose(da.hvp(f)(x, v), want @ v, rtol=1e-13, atol=1e-13)


def test_many_outputs_and_inputs():
    def f(x):
        y = x.reshape(20, 2) - 1.0
        return np.stack([np.sum(np.cos(np.linalg.norm(y, axis=1))), np.sum(np.abs(y) ** 2)])

    x = np.ones(40)
    want = np.stack([-np.eye(40), 2 * np.eye(40)])
    for mode in ("auto", "forward", "reverse"):
        np.testing.assert_allclose(da.hessian(f, mode=mode)(x), want, rtol=1e-13, atol=1e-13)


def test_no_extra_run_away_from_kinks():
    calls = []

    def f(x):
        calls.append(1)
        return np.linalg.norm(x) ** 2 + np.sum(np.abs(x))

    da.hessian(f)(np.array([1.0, 2.0]))
    assert len(calls) == 1


def test_complex_outputs():
    got = da.hessian(lambda x: (1 + 2j) * np.abs(x[0]) ** 2)(np.zeros(1))
    np.testing.assert_array_equal(got, [[2 + 4j]])


def test_many_kinks_cost_no_matrix():
    x = np.zeros(10_000)
    with pytest.warns(da.DerivativeWarning, match="smooths kinks away") as caught:
        got = da.hvp(lambda x: np.sum(np.abs(x) ** 2))(x, np.ones(x.size))
    assert got.shape == x.shape
    assert caught[0].filename == __file__


def test_the_users_warnings_come_once():
    def f(x):
        return np.linalg.norm(x) ** 2 + np.exp(np.log(np.zeros(1))[0])

    with warnings.catch_warnings(record=True) as plain:
        warnings.simplefilter("always")
        f(ZERO2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        da.hessian(f)(ZERO2)
    of_numpy = [str(w.message) for w in caught if w.category is RuntimeWarning]
    assert of_numpy == [str(w.message) for w in plain]
