"""How often functions run, what is left of the caller's arrays, and what pickles."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import dualad as da

MODES = ("auto", "forward", "reverse")
modes = pytest.mark.parametrize("mode", MODES)


class Counted:
    def __init__(self, f):
        self.f, self.runs = f, 0
        self.__name__ = "counted"

    def __call__(self, *args, **keywords):
        self.runs += 1
        return self.f(*args, **keywords)


# --- one run -------------------------------------------------------------------------------------

X = np.linspace(0.1, 2.0, 30)
CALLS = {
    "jacobian": lambda f, **k: da.jacobian(lambda x: f(x)[:5], **k),
    "wide jacobian": lambda f, **k: da.jacobian(f, **k),
    "grad": lambda f, **k: da.grad(lambda x: np.sum(f(x)), **k),
    "value_and_grad": lambda f, **k: da.value_and_grad(lambda x: np.sum(f(x)), **k),
    "value_and_jacobian": lambda f, **k: da.value_and_jacobian(f, **k),
    "small": lambda f, **k: lambda x: da.grad(lambda v: np.sum(f(v)), **k)(x[:3]),
}


@modes
@pytest.mark.parametrize("chunk", [None, 1, 7])
@pytest.mark.parametrize("call", CALLS)
def test_one_run_for_each_call(call, mode, chunk):
    f = Counted(lambda x: np.sin(x) * x)
    g = CALLS[call](f, mode=mode, chunk_size=chunk)
    g(X)
    assert f.runs <= 2
    for _ in range(3):
        f.runs = 0
        g(X)
        assert f.runs == 1


def test_one_run_of_products_and_hessians():
    f = Counted(lambda x: np.sum(np.sin(x) * x))
    v = np.ones(30)
    calls = [
        lambda: da.jvp(f, (X,), (v,)),
        lambda: da.vjp(f, X)[1](1.0),
        lambda: da.hvp(f)(X, v),
        lambda: da.derivative(lambda x: f(x) * x)(1.5),
        lambda: da.hessian(f, mode="forward")(X[:4]),
        lambda: da.hessian(f, mode="reverse")(X),
    ]
    for call in calls:
        f.runs = 0
        call()
        assert f.runs == 1, call
    for g in (f, Counted(lambda x: np.sin(x) * x[::-1])):  # a scalar and a vector
        for x in (X, X[:4], X.astype(np.float32)):
            for options in (
                {},
                {"mode": "reverse"},
                {"mode": "forward"},
                {"mode": "reverse", "chunk_size": 3},
            ):
                hess = da.hessian(g, **options)
                g.runs = 0
                first = hess(x)
                assert g.runs <= 2  # the first call may need one more, to choose
                for _ in range(2):
                    g.runs = 0
                    np.testing.assert_array_equal(hess(x), first)
                    assert g.runs == 1, options
    g = Counted(lambda x: np.sin(x) * x)
    op = da.jacobian_operator(g, X)
    for _ in range(5):
        op.matvec(v)
        op.rmatvec(v)
        op.matmat(np.ones((30, 4)))
    assert g.runs == 1


def test_nothing_is_remembered_between_calls():
    scale = [1.0]
    g = da.grad(lambda x: scale[0] * np.sum(x**2))
    for mode in MODES:
        g = da.grad(lambda x: scale[0] * np.sum(x**2), mode=mode)
        for s in (1.0, 3.0):
            scale[0] = s
            np.testing.assert_array_equal(g(X), 2 * s * X)


def test_equal_calls_give_equal_bits():
    f = lambda x: np.sum(np.exp(np.sin(x)) * x[::-1]) / (1 + x @ x)
    for verb in (da.grad, da.hessian):
        for mode in MODES:
            g = verb(f, mode=mode)
            first = g(X)
            for _ in range(3):
                np.testing.assert_array_equal(g(X), first)
            np.testing.assert_array_equal(verb(f, mode=mode)(X), first)


# --- arrays of the caller ------------------------------------------------------------------------


def writes_its_argument(x):
    x[0] = x[1] * x[2]
    x *= 2.0
    return np.sum(x**2)


def writes_a_view(x):
    y = x[1:]
    y += x[0]
    x.sort()
    return x @ x[::-1]


@modes
@pytest.mark.parametrize("f", [writes_its_argument, writes_a_view])
def test_the_callers_arrays_are_never_changed(f, mode):
    kept = np.array([0.5, 1.5, 2.5, 0.1])
    for x in (
        kept.copy(),
        np.asfortranarray(kept),
        np.repeat(kept, 2)[::2],
        kept[::-1].copy()[::-1],
    ):
        for verb in (da.grad, da.hessian, da.jacobian):
            verb(f, mode=mode)(x)
            np.testing.assert_array_equal(x, kept)
    da.jvp(f, (x,), (kept,))
    da.vjp(f, x)[1](1.0)
    np.testing.assert_array_equal(x, kept)
    plain = kept.copy()
    step, want = 1e-6, []
    for e in np.eye(4):
        want.append((f(plain + step * e) - f(plain - step * e)) / (2 * step))
    np.testing.assert_allclose(da.grad(f, mode=mode)(kept), want, rtol=1e-7)


@modes
@pytest.mark.parametrize("size", [2, 300, 50_000])
def test_captured_arrays_that_are_refilled(size, mode):
    buffer = np.zeros(size)

    def f(x):
        total = 0.0
        for i in range(3):
            buffer[:] = i + 1.0
            total = total + np.sum(buffer * x) * x[0]
        return total

    x = np.linspace(1.0, 2.0, size)
    # f = 6 sum(x) x[0]
    want = np.full(size, 6 * x[0])
    want[0] += 6 * np.sum(x)
    got = da.grad(f, mode=mode)(x) if size < 1000 else da.grad(f, mode="reverse")(x)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    _value, pullback = da.vjp(f, x)
    buffer[:] = -1.0  # after the call, before the backward pass
    np.testing.assert_allclose(pullback(1.0)[0], want, rtol=1e-12)


@pytest.mark.parametrize("size", [3, 9000])
def test_captured_index_arrays_and_masks(size):
    index, mask = np.arange(size), np.zeros(size, bool)

    def f(x):
        total = 0.0
        for i in range(2):
            index[:] = (np.arange(size) + i) % size
            mask[:] = np.arange(size) % 2 == i
            total = total + np.sum(x[index] * x) + 10 * np.sum(np.where(mask, x, 0.0))
        return total

    x = np.linspace(1.0, 2.0, size)
    want = 2 * x + np.roll(x, 1) + np.roll(x, -1) + 10.0
    for mode in ("reverse",) if size > 100 else MODES:
        np.testing.assert_allclose(da.grad(f, mode=mode)(x), want, rtol=1e-13)


def test_a_matrix_that_is_refilled():
    a = np.zeros((2, 2))

    def f(x):
        for i in range(3):
            a[:] = [[i, 1.0], [0.0, i + 1.0]]
            x = a @ x
        return np.sum(x)

    want = np.ones(2) @ np.array([[2.0, 1], [0, 3]]) @ np.array([[1.0, 1], [0, 2]])
    want = want @ np.array([[0.0, 1], [0, 1]])
    for mode in MODES:
        np.testing.assert_allclose(da.grad(f, mode=mode)(np.array([1.0, 2.0])), want)


# --- pickling ------------------------------------------------------------------------------------


def cubes(x):
    return x**3


def total(x):
    return np.sum(x**3)


VERBS: dict[str, Any] = {
    "jacobian": da.jacobian(cubes, mode="reverse", chunk_size=2),
    "grad": da.grad(total),
    "value_and_grad": da.value_and_grad(total, has_aux=False),
    "value_and_jacobian": da.value_and_jacobian(cubes),
    "hessian": da.hessian(total, mode="forward"),
    "derivative": da.derivative(cubes, order=2),
    "nested": da.jacobian(da.grad(total)),
}


@pytest.mark.parametrize("name", VERBS)
def test_derivative_functions_pickle(name):
    verb = VERBS[name]
    x = np.array([1.0, 2.0, 3.0])
    want = verb(x)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        # Tests are imported by path: pickled by reference only where the name can be found.
        again = pickle.loads(pickle.dumps(verb, protocol))
        for g, w in zip(np.atleast_1d(*_flat(again(x))), np.atleast_1d(*_flat(want)), strict=True):
            np.testing.assert_array_equal(g, w)


def _flat(x):
    return x if isinstance(x, tuple) else (x, 0.0)


def test_hvp_and_numbers_pickle():
    x = np.array([1.0, 2.0])
    hvp = pickle.loads(pickle.dumps(da.hvp(total)))
    np.testing.assert_array_equal(hvp(x, x), 6 * x * x)
    for number in (
        da.Dual(2.0, [1.0, 0.0]),
        da.Dual(x, np.eye(2)),
        da.HyperDual(x, np.eye(2), np.eye(2), np.zeros((2, 2, 2))),
    ):
        again = pickle.loads(pickle.dumps(number))
        np.testing.assert_array_equal((again * again).value, (number * number).value)
        assert repr(again) == repr(number)


def test_errors_pickle():
    with pytest.raises(da.NonScalarOutputError) as raised:
        da.grad(cubes)(np.ones(2))
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is da.NonScalarOutputError
    assert str(again) == str(raised.value)
    lines = str(again).splitlines()
    assert len(lines) == 3
    assert __file__ in lines[1]


def test_names_and_documentation_are_those_of_the_function():
    g = da.grad(total)
    assert g.__name__ == "total"
    assert "total" in repr(g)
