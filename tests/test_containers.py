"""Lists, dicts, tuples and dataclasses as arguments and results, and the products with them."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np
import pytest

import dualad as da
from tests.machines import same

MODES = ("auto", "forward", "reverse")
modes = pytest.mark.parametrize("mode", MODES)
X = np.array([0.5, -1.5, 2.0])


# --- containers ----------------------------------------------------------------------------------

Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Params:
    weights: np.ndarray
    bias: float
    name: str = "layer"
    size: int = 3


@modes
def test_lists_and_tuples_of_numbers_are_vectors(mode):
    f = lambda v: v[0] ** 2 * v[1] + v[2]
    for x in ([3.0, 2.0, 1.0], (3.0, 2.0, 1.0), [3, 2, 1], [np.float64(3.0), 2, 1.0]):
        kind = type(x)
        received = []

        def g(v, received=received):
            received.append(type(v))
            return f(v)

        same(da.grad(g, mode=mode)(x), np.array([12.0, 9.0, 1.0]))
        assert set(received) == {kind}
        same(da.jacobian(lambda v: [f(v), v[1]], mode=mode)(x), np.array([[12, 9, 1], [0, 1, 0.0]]))


@modes
def test_returned_lists_are_arrays(mode):
    same(
        da.jacobian(lambda x: [x[0] * x[1], x[2]], mode=mode)(X),
        np.array([[-1.5, 0.5, 0], [0, 0, 1]]),
    )
    same(da.jacobian(lambda x: (x[0], 1.0), mode=mode)(X), np.array([[1.0, 0, 0], [0, 0, 0]]))
    same(
        da.jacobian(lambda x: [[x[0], x[1]], [x[2], 0.0]], mode=mode)(X),
        np.array([[[1.0, 0, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 0]]]),
    )
    value, _ = da.value_and_jacobian(lambda x: [x[0], x[1]], mode=mode)(X)
    same(np.asarray(value), X[:2])


@modes
def test_trees_of_arguments(mode):
    tree = {
        "w": np.ones((2, 3)),
        "b": [np.zeros(2), 1.5],
        "n": 4,
        "name": "x",
        "off": None,
        "on": True,
    }

    def f(p):
        assert p["n"] == 4
        assert type(p["n"]) is int
        assert p["name"] == "x"
        assert p["off"] is None
        assert p["on"] is True
        return np.sum((p["w"] @ X + p["b"][0]) ** 2) * p["b"][1]

    got = da.grad(f, mode=mode)(tree)
    assert list(got) == list(tree)
    same(got["w"], 2 * 1.5 * np.outer(np.ones(2) * np.sum(X), X))
    assert type(got["b"]) is list
    same(got["b"][0], 3.0 * np.ones(2) * np.sum(X))
    same(got["b"][1], np.float64(2 * np.sum(X) ** 2))
    assert got["n"] is got["name"] is got["off"] is got["on"] is None


@modes
def test_namedtuples_and_dataclasses(mode):
    def f(p):
        assert type(p) is Pair
        return np.sum(p.a) * p.b

    got = da.grad(f, mode=mode)(Pair(X, 2.0))
    assert type(got) is Pair
    same(got.a, np.full(3, 2.0))
    same(got.b, np.float64(1.0))

    def g(p):
        assert type(p) is Params
        return np.sum(p.weights**2) * p.bias * p.size

    got = da.grad(g, mode=mode)(Params(X, 2.0))
    assert type(got) is Params
    same(got.weights, 12 * X)
    same(got.bias, np.float64(3 * np.sum(X**2)))
    assert got.name is None
    assert got.size is None


@modes
def test_trees_of_results(mode):
    f = lambda x: {"s": np.sin(x), "t": (np.sum(x), [x[:2], 2.0])}
    got = da.jacobian(f, mode=mode)(X)
    same(got["s"], np.diag(np.cos(X)))
    assert type(got["t"]) is tuple
    same(got["t"][0], np.ones(3))
    same(got["t"][1][0], np.eye(3)[:2])
    same(got["t"][1][1], np.zeros(3))
    # The outer level is the output's, the inner the input's.
    g = lambda p: {"u": p["a"] * p["b"], "v": p["b"]}
    got = da.jacobian(g, mode=mode)({"a": X, "b": 2.0})
    same(got["u"]["a"], 2 * np.eye(3))
    same(got["u"]["b"], X)
    same(got["v"]["a"], np.zeros(3))
    same(got["v"]["b"], np.float64(1.0))
    pair = da.jacobian(lambda x: Pair(x[0], x[1:]), mode=mode)(X)
    assert type(pair) is Pair
    same(pair.b, np.eye(3)[1:])


@modes
def test_hessians_of_trees_and_tuples(mode):
    f = lambda x, y: np.sum(x**2) * y**3
    (xx, xy), (yx, yy) = da.hessian(f, (0, 1), mode=mode)(X, 2.0)
    same(xx, 16 * np.eye(3))
    same(xy, 24 * X)
    same(yx, 24 * X)
    np.testing.assert_allclose(yy, 12 * np.sum(X**2))
    ((yy,),) = da.hessian(f, (1,), mode=mode)(X, 2.0)
    np.testing.assert_allclose(yy, 12 * np.sum(X**2))
    got = da.hessian(lambda p: np.sum(p["a"] ** 2) * p["b"], mode=mode)({"a": X, "b": 2.0})
    same(got["a"]["a"], 4 * np.eye(3))
    same(got["a"]["b"], 2 * X)
    same(got["b"]["a"], 2 * X)
    same(got["b"]["b"], np.float64(0.0))


@modes
def test_hessians_of_vector_functions(mode):
    f = lambda x: np.stack([x[0] ** 2 * x[1], np.prod(x)])
    got = da.hessian(f, mode=mode)(X)
    assert got.shape == (2, 3, 3)
    a, b, c = X
    np.testing.assert_allclose(got[0], [[2 * b, 2 * a, 0], [2 * a, 0, 0], [0, 0, 0]], rtol=1e-14)
    np.testing.assert_allclose(got[1], [[0, c, b], [c, 0, a], [b, a, 0]], rtol=1e-14)
    np.testing.assert_array_equal(got, np.swapaxes(got, 1, 2))
    matrix = da.hessian(lambda x: np.sum(x**3), mode=mode)(np.ones((2, 2)))
    np.testing.assert_array_equal(matrix.reshape(4, 4), 6 * np.eye(4))


# --- products ------------------------------------------------------------------------------------


def test_products_with_containers():
    f = lambda p, y: {"u": p["a"] * y, "v": np.sum(p["a"])}
    primals, tangents = ({"a": X}, 2.0), ({"a": np.ones(3)}, 0.5)
    value, tangent = da.jvp(f, primals, tangents)
    same(value["u"], 2 * X)
    same(tangent["u"], 2.0 + 0.5 * X)
    same(tangent["v"], np.float64(3.0))
    value, pullback = da.vjp(f, *primals)
    ct = {"u": np.array([1.0, 0.0, 2.0]), "v": 1.0}
    first, second = pullback(ct)
    same(first["a"], 2 * ct["u"] + 1.0)
    same(second, np.float64(X @ ct["u"]))
    again, _ = pullback(ct)  # any number of times
    same(again["a"], first["a"])
    assert da.vjp(lambda x: [x[0], x[1]], X)[1]([1.0, 2.0])[0].tolist() == [1.0, 2.0, 0.0]


def test_products_check_shapes():
    with pytest.raises(da.InputError):
        da.jvp(np.sin, (X,), (np.ones(2),))
    with pytest.raises(da.InputError):
        da.jvp(np.sin, (X,), (X, X))
    with pytest.raises(da.InputError):
        da.jvp(np.sin, X, X)
    with pytest.raises(da.InputError):
        da.vjp(np.sin, X)[1](np.ones(2))
    with pytest.raises(da.InputError):
        da.vjp(np.sin)


def test_hvp():
    f = lambda x, a, b=1.0: np.sum(a * x**3) * b
    v = np.array([1.0, 0.5, -1.0])
    same(da.hvp(f)(X, v, 2.0), 12 * X * v)
    same(da.hvp(f)(X, v, 2.0, b=0.5), 6 * X * v)
    got = da.hvp(lambda p: np.sum(p["a"] ** 2) * p["b"])({"a": X, "b": 2.0}, {"a": v, "b": 1.0})
    same(got["a"], 4 * v + 2 * X)
    same(got["b"], np.float64(2 * X @ v))
    with pytest.raises(da.NonScalarOutputError):
        da.hvp(np.sin)(X, v)
    with pytest.raises(da.InputError):
        da.hvp(f)(X, np.ones(2), 2.0)


def test_jacobian_operator():
    f = lambda x, c: np.stack([x[:2] * x[1:], x[:2] ** 2]) * c
    jac = da.jacobian(f)(X, 2.0).reshape(4, 3)
    op = da.jacobian_operator(f, X, 2.0)
    assert op.shape == (4, 3)
    rng = np.random.default_rng(0)
    for v, u in ((rng.standard_normal(3), rng.standard_normal(4)),):
        np.testing.assert_allclose(op @ v, jac @ v, rtol=1e-14)
        np.testing.assert_allclose(op.rmatvec(u), jac.T @ u, rtol=1e-14)
        np.testing.assert_allclose(op.T @ u, jac.T @ u, rtol=1e-14)
    m = rng.standard_normal((3, 5))
    np.testing.assert_allclose(op @ m, jac @ m, rtol=1e-14)
    np.testing.assert_allclose(op.rmatmat(rng.standard_normal((4, 2))).shape, (3, 2))
