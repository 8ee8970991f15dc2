"""Large independent inputs: element by element where that is so, and never where it is not."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest

import dualad as da
from dualad.sensitivity import propagate

N = 80
X = np.linspace(0.5, 2.0, N)
V = np.linspace(0.01, 0.04, N)
ORDERS = pytest.mark.parametrize("order", [1, 2])


def by_matrices(f, x, cov, order=1):
    return propagate(f, x, cov, order, elementwise=False)


def loop(x):
    out = np.zeros(len(x))
    for i in range(len(x)):
        out[i] = x[i] ** 2 if x[i] < 1 else np.exp(x[i])
    return out


FUNCTIONS = {
    "square": lambda x: x**2,
    "chain": lambda x: np.exp(-x) * np.sin(3 * x) + 1 / x,
    "where": lambda x: np.where(x > 1, np.sqrt(x), x**3),
    "constant array": lambda x: x * np.arange(N) + 1.0,
    "indexed": lambda x: np.concatenate([x[:30] ** 2, np.exp(x[30:])]),
    "loop": loop,
    "zero": lambda x: np.ones(N),
    "identity": lambda x: x,
    "float32 constant": lambda x: np.float32(2.0) * x,
}


@ORDERS
@pytest.mark.parametrize("name", FUNCTIONS)
def test_elementwise_functions(name, order):
    f = FUNCTIONS[name]
    r = propagate(f, X, V, order, elementwise=True)
    assert r.is_elementwise
    want = by_matrices(f, X, V, order)
    assert not want.is_elementwise
    np.testing.assert_allclose(r.mean, want.mean, rtol=1e-13)
    np.testing.assert_allclose(r.variance, want.variance, rtol=1e-13)
    np.testing.assert_allclose(r.cov, want.cov, rtol=1e-13, atol=1e-18)
    np.testing.assert_array_equal(r.value, f(X))


def shared(p):
    return {"y": p["x"] * p["z"] * p["k"] ** 2, "w": p["x"] ** 2 + p["b"][0] * p["b"][1]}


SMALL_BLOCKS = {"independent": np.array([0.1, 0.2]), "correlated": [[0.1, 0.08], [0.08, 0.2]]}


@ORDERS
@pytest.mark.parametrize("block", SMALL_BLOCKS)
def test_several_large_inputs_and_shared_small_ones(order, block):
    x = {"x": X, "z": X[::-1].copy(), "k": 1.5, "b": np.array([2.0, 3.0])}
    cov = {"x": V, "z": 0.02, "k": 0.3, "b": SMALL_BLOCKS[block]}
    r = propagate(shared, x, cov, order)
    assert r.is_elementwise
    want = by_matrices(shared, x, cov, order)
    for name in ("y", "w"):
        np.testing.assert_allclose(r.mean[name], want.mean[name], rtol=1e-13)
        np.testing.assert_allclose(r.variance[name], want.variance[name], rtol=1e-13)
        parts = r.shares[name]
        assert parts["x"].shape == (N,)
        assert parts["b"].shape == (N, 2)
        total = parts["x"] + parts["z"] + parts["k"] + parts["b"].sum(axis=1)
        np.testing.assert_allclose(total, 1.0, rtol=1e-13)
        np.testing.assert_allclose(parts["b"], want.shares[name]["b"], rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(parts["k"], want.shares[name]["k"], rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(r.cov, want.cov, rtol=1e-12, atol=1e-15)
    again = pickle.loads(pickle.dumps(r))
    np.testing.assert_array_equal(again.shares["y"]["k"], r.shares["y"]["k"])


def test_a_calibration_of_many_readings():
    """100000 independent readings, two correlated constants of the instrument."""
    readings = np.linspace(0.0, 10.0, 100_000)
    C = np.array([[1e-4, -2e-5], [-2e-5, 1e-5]])
    r = propagate(
        lambda p: p["c"][0] + p["c"][1] * p["r"],
        {"r": readings, "c": np.array([0.3, 1.2])},
        {"r": 1e-3, "c": C},
    )
    assert r.is_elementwise
    want = 1.2**2 * 1e-3 + C[0, 0] + 2 * readings * C[0, 1] + readings**2 * C[1, 1]
    np.testing.assert_allclose(r.variance, want, rtol=1e-12)


def test_a_correlated_large_input_goes_by_matrices():
    cov = {"x": np.diag(V) + 0.001, "k": 0.1}
    r = propagate(lambda p: p["x"] * p["k"], {"x": X, "k": 2.0}, cov)
    assert not r.is_elementwise
    want = 4 * cov["x"] + 0.1 * np.outer(X, X)
    np.testing.assert_allclose(r.cov, want, rtol=1e-12)
    with pytest.raises(da.InputError, match="independent"):
        propagate(lambda p: p["x"] * p["k"], {"x": X, "k": 2.0}, cov, elementwise=True)


def one_link(x):
    y = x.copy()
    y[7] += 1e-3 * x[70]
    return y


NOT_ELEMENTWISE = {
    "one link": one_link,
    "reversed": lambda x: x[::-1],
    "mean": lambda x: x - np.mean(x),
    "cumsum": np.cumsum,
    "neighbours": lambda x: x + np.roll(x, 7),
    "weak": lambda x: x + 1e-6 * x[0],
    "matrix": lambda x: np.outer(x, x[:2]),
    "sum": np.sum,
    "matmul": lambda x: np.eye(N)[::-1] @ x,
}


@pytest.mark.parametrize("name", NOT_ELEMENTWISE)
def test_others_are_found_out(name):
    f = NOT_ELEMENTWISE[name]
    with pytest.raises(da.NotElementwiseError):
        propagate(f, X, V, elementwise=True)
    r = propagate(f, X, V)
    assert not r.is_elementwise
    J = da.jacobian(f)(X).reshape(-1, N)
    np.testing.assert_allclose(np.ravel(r.variance), (J**2) @ V, rtol=1e-12)


def test_one_link_in_the_second_derivative_only():
    def f(x):
        return x**2 + (x - X) * (x[0] - X[0])  # at X the Jacobian is diagonal

    assert propagate(f, X, V).is_elementwise
    r = propagate(f, X, V, 2)
    assert not r.is_elementwise
    np.testing.assert_allclose(r.variance, by_matrices(f, X, V, 2).variance, rtol=1e-12, atol=1e-18)


def test_large_inputs_take_no_matrix():
    x = np.linspace(0.5, 2.0, 100_000)
    tracemalloc.start()
    r = propagate(lambda x: x**2, x, std=np.full_like(x, 0.1), order=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * x.nbytes
    np.testing.assert_allclose(r.mean, x**2 + 0.01, rtol=1e-14)
    np.testing.assert_allclose(r.variance, 4 * x**2 * 0.01 + 2e-4, rtol=1e-14)
    assert "100000 outputs, element by element" in repr(r)
    with pytest.raises(da.InputError, match="GiB"):
        _ = r.cov
    with pytest.raises(da.InputError, match="GiB"):
        propagate(np.cumsum, x, 0.01)
    total = propagate(np.sum, x, 0.01)  # one output: its row is no large matrix
    np.testing.assert_allclose(total.variance, 1000.0, rtol=1e-12)


def test_derivatives_that_are_not_finite():
    x = X.copy()
    x[5] = 0.0
    with pytest.raises(da.OutputError, match="derivative"):
        propagate(np.sqrt, x, V)
    with pytest.raises(da.OutputError, match="derivative of <lambda> in x is inf"):
        propagate(lambda x: np.sqrt(x)[:], x, V)  # found element by element, by directions
    with pytest.raises(da.OutputError, match="second derivative of <lambda> in x is inf"):
        propagate(lambda x: x**1.5, x, V, 2)
    # The branch that is not taken does not count, by whatever way it goes.
    r = propagate(lambda x: np.where(x > 0.7, np.sqrt(x), 1.0), x, V)
    assert r.variance[5] == 0.0
    big = np.full(5000, 1.0)
    big[3] = np.inf
    with pytest.raises(da.InputError, match="not finite"):
        propagate(lambda x: x**2, np.ones(5000), big)


def test_other_dtypes_and_layouts():
    x = np.linspace(0.5, 2.0, 400, dtype=np.float32)
    r = propagate(lambda x: np.exp(x) * x, x, np.float32(0.01))
    assert r.is_elementwise
    assert r.mean.dtype == np.float32
    np.testing.assert_allclose(r.variance, 0.01 * ((1 + x) * np.exp(x)) ** 2, rtol=1e-5)
    grid = np.asfortranarray(np.linspace(0.5, 2.0, 400).reshape(20, 20))
    r = propagate(np.log, grid, 0.01)
    assert r.is_elementwise
    np.testing.assert_allclose(r.variance, 0.01 / grid**2, rtol=1e-14)
    np.testing.assert_allclose(r.shares, 1.0)
