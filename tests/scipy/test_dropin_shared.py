"""`pair` and `triple`: one evaluation a point, and nothing remembered that has changed."""

from __future__ import annotations

import pickle
import threading

import numpy as np
import pytest
import scipy.optimize as so

import dualad as da
from benchmarks.problems import rosenbrock
from dualad.scipy import pair, triple
from tests.scipy.dropin_cases import Counted, bowl, system

X = np.array([0.3, -1.2, 0.7, 2.0, 0.1])
modes = pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])


@modes
@pytest.mark.parametrize("f", [rosenbrock, lambda x: x[:2] * x[1:3], lambda x: list(2.0 * x)],
                         ids=["scalar", "vector", "list"])  # fmt: skip
def test_each_point_is_evaluated_once(f, mode):
    f = Counted(f)
    fun, jac = pair(f, mode=mode)
    for x in (X, X + 1.0, X):
        value, slope = fun(x), jac(x)
        assert np.array_equal(value, f.f(x))
        assert np.allclose(slope, da.jacobian(f.f)(x), rtol=1e-13)
        assert np.array_equal(jac(x), slope)
    assert f.calls == 2
    assert np.allclose(jac(2.0 * X), da.jacobian(f.f)(2.0 * X))  # the derivative first
    fun(2.0 * X)
    assert f.calls == 3


def test_values_alone_take_one_evaluation():
    f = Counted(rosenbrock)
    fun, jac = pair(f)
    jac(X)  # the mode is chosen on the first point
    for i in range(20):
        assert fun(X + i) == rosenbrock(X + i)
    assert f.calls == 20


def test_points_are_told_apart_by_their_bits():
    f = Counted(lambda x: np.sum(1.0 / x))
    fun, jac = pair(f)
    with np.errstate(divide="ignore"):
        assert fun(np.array([0.0])) == np.inf
        assert fun(np.array([-0.0])) == -np.inf
    assert f.calls == 2
    fun(np.array([1.0]))
    fun(np.array([1.0], np.float32))
    fun(np.array([[1.0]]))
    assert f.calls == 5
    assert jac(np.array([[2.0]])).shape == (1, 1)
    x = np.array([3.0])
    fun(x)
    x[0] = 4.0  # solvers change x in place
    assert fun(x) == 0.25
    assert np.allclose(jac(x), -1.0 / 16.0)


def test_a_change_of_x_after_the_value():
    fun, jac = pair(rosenbrock)
    for _ in range(3):
        x = X.copy()
        fun(x)
        before = x.copy()
        x += 1.0
        assert np.allclose(jac(before), da.grad(rosenbrock)(before))
        jac(before)[:] = 7.0
        assert np.allclose(jac(before), da.grad(rosenbrock)(before))


def test_arguments_belong_to_the_point():
    f = Counted(bowl)
    fun, jac = pair(f)
    data = np.ones(5)
    assert fun(X, 2.0, data) == bowl(X, 2.0, data)
    assert np.allclose(jac(X, 2.0, data), 2.0 * (np.exp(X - 1.0) - 2.0))
    assert f.calls == 1
    data[:] = 0.0  # an array that has changed is another argument
    assert fun(X, 2.0, data) == bowl(X, 2.0, data)
    assert fun(X, 3.0, data) == bowl(X, 3.0, data)
    assert fun(X, scale=3.0, shift=data) == bowl(X, 3.0, data)
    assert f.calls == 4
    assert fun(X, scale=3.0, shift=[0.0] * 5) == bowl(X, 3.0, np.zeros(5))


def test_forgetting():
    factor = [1.0]
    f = Counted(lambda x: factor[0] * np.sum(x))
    fun, jac = pair(f)
    fun(X)
    factor[0] = 2.0
    fun.forget()
    assert fun(X) == 2.0 * np.sum(X)
    assert np.allclose(jac(X), 2.0)
    assert f.calls == 2


def test_few_points_are_remembered():
    f = Counted(rosenbrock)
    fun, jac = pair(f)
    for i in range(30):
        fun(X + i)
        jac(X + i)
    assert f.calls <= 31  # the first may run once more, to choose the mode
    count = f.calls
    for i in (29, 28, 25):
        jac(X + i)
    assert f.calls == count
    jac(X)
    assert f.calls == count + 1


def test_large_recordings_are_let_go():
    big = np.linspace(0.0, 1.0, 2_000_000)
    fun, jac = pair(lambda x: np.sum(np.sin(x[0] * big) * x[1]), mode="reverse")
    for i in range(5):
        fun(np.array([1.0, i]))
    shared = fun.shared
    kept = [p for p in shared._points.values() if p.evaluation is not None]
    assert len(kept) <= 2
    assert np.allclose(jac(np.array([1.0, 4.0]))[1], np.sum(np.sin(big)))


@modes
def test_triple(mode):
    f = Counted(rosenbrock)
    fun, jac, hess = triple(f, mode=mode)
    for x in (X, X + 1.0):
        assert fun(x) == rosenbrock(x)
        assert np.allclose(hess(x), da.hessian(rosenbrock)(x), rtol=1e-12)
        assert np.allclose(jac(x), da.grad(rosenbrock)(x), rtol=1e-12)
        assert np.allclose(hess(x), hess(x).T)
    assert f.calls == 2
    fun, jac, hessp = triple(f, products=True, mode=mode)
    v = np.arange(5.0)
    assert np.allclose(hessp(X, v), da.hessian(rosenbrock)(X) @ v)
    assert np.allclose(hessp(X, v + 1.0), da.hessian(rosenbrock)(X) @ (v + 1.0))
    jac(X)
    fun(X)
    assert f.calls == 3


def test_triple_of_what_the_recording_does_not_serve():
    for f, x in (
        (lambda x: np.sum(np.abs(x) ** 3), np.zeros(3)),  # a kink that is smoothed
        (lambda x: np.linalg.norm(x) ** 2, np.zeros(3)),
        (rosenbrock, X.astype(np.float32)),
        (lambda x: 3.0 + 0.0 * x[0], X),
        (lambda _x: 3.0, X),
    ):
        fun, jac, hess = triple(f)
        assert fun(x) == f(x)
        assert np.allclose(jac(x), da.grad(f)(x))
        assert np.allclose(hess(x), da.hessian(f)(x))
        _, _, hessp = triple(f, products=True)
        v = np.ones(x.size, x.dtype)
        assert np.allclose(hessp(x, v), da.hvp(f)(x, v), rtol=1e-5)


@modes
def test_threads(mode):
    barrier = threading.Barrier(4)
    f = Counted(rosenbrock)
    fun, jac = pair(f, mode=mode)
    fun(X)
    jac(X)
    wrong = []

    def work(k):
        for i in range(12):
            barrier.wait()
            x = X + 1.0 + i
            if fun(x) != rosenbrock(x) or not np.allclose(jac(x), da.grad(rosenbrock)(x)):
                wrong.append((k, i))

    count = f.calls
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert f.calls - count == 12  # each point once for all threads


def test_pickles():
    fun, jac = pair(rosenbrock)
    fun(X)
    again = pickle.loads(pickle.dumps(jac))
    assert np.array_equal(again(X), jac(X))
    assert "evaluations shared" in repr(fun)
    assert fun.__name__ == "rosenbrock"


def test_inside_other_derivatives():
    def f(x, p):
        return np.sum(np.sin(x) * p) + x[0] * p**2

    fun, jac = pair(f)
    p = 0.7
    want = np.cos(X) + 2.0 * p * np.eye(5)[0]
    for mode in ("forward", "reverse"):
        # As an argument, as a closed-over variable, and as x itself.
        got = da.jacobian(lambda p: jac(X, p), mode=mode)(p)
        assert np.allclose(got, want)
        got = da.jacobian(lambda p: pair(lambda x: f(x, p))[1](X), mode=mode)(p)
        assert np.allclose(got, want)
        assert np.allclose(da.grad(fun, mode=mode)(X, p), jac(X, p))
        third = da.jacobian(triple(rosenbrock)[2], mode=mode)(X)
        assert third.shape == (5, 5, 5)
        assert np.allclose(third, da.jacobian(da.hessian(rosenbrock))(X))
    numbers = [lambda x: f(x, 0.2), lambda x: f(x, 0.9)]
    shared = [pair(g) for g in numbers]
    assert all(np.allclose(j(X), da.grad(g)(X)) for g, (_, j) in zip(numbers, shared, strict=True))


def test_one_closure_over_two_numbers():
    # Equal bits of x, other numbers: what was found for one must not serve the other.
    cell = [1.0]
    fun, jac = pair(lambda x: np.sum(x**2) * cell[0])

    def outer(p):
        cell[0] = p
        return np.sum(jac(X)) + fun(X)

    slopes = [da.derivative(outer)(p) for p in (1.0, 2.0)]
    assert np.allclose(slopes, np.sum(2.0 * X) + np.sum(X**2))
    cell[0] = 3.0
    assert np.allclose(fun(X), 3.0 * np.sum(X**2))


def test_in_scipy():
    f = Counted(rosenbrock)
    fun, jac = pair(f)
    found = so.minimize(fun, np.zeros(2), jac=jac)
    assert np.allclose(found.x, 1.0, atol=1e-5)
    assert f.calls == len(set(f.points))
    f = Counted(system)
    fun, jac = pair(f)
    assert so.root(fun, [5.0, 1.2], jac=jac).success
    assert f.calls == len(set(f.points))


def test_lifted_code():
    import math

    def f(x):
        out = np.zeros(3)
        for i in range(3):
            out[i] = math.sin(x[i]) * x[0]
        return out

    fun, jac = pair(f)
    for x in (np.arange(3.0), np.ones(3)):
        assert np.array_equal(fun(x), f(x))
        assert np.allclose(jac(x), da.jacobian(f)(x))


@pytest.mark.parametrize(("call", "error"), [
    (lambda: pair(3.0), da.InputTypeError),
    (lambda: pair(rosenbrock, mode="fast"), da.InputError),
    (lambda: pair(rosenbrock, chunk_size=0), da.InputError),
    (lambda: pair(rosenbrock, sparsity="auto"), da.NotYetError),
    (lambda: triple(rosenbrock, compile=True), da.NotYetError),
    (lambda: pair(rosenbrock, no_such=1), da.InputTypeError),
    (lambda: triple(system)[1](X), da.NonScalarOutputError),
    (lambda: triple(system)[2](X), da.NonScalarOutputError),
    (lambda: pair(lambda x: (x, {"a": x}))[1](X), da.InputError),
    (lambda: pair(lambda x: None)[0](X), da.OutputError),
    (lambda: pair(rosenbrock)[1](X + 1j), da.InputTypeError),
    (lambda: pair(rosenbrock)[0]("x"), da.InputTypeError),
])  # fmt: skip
def test_bad_input(call, error):
    with pytest.raises(error):
        call()
