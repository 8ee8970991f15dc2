"""Copies, pickles and prints; the caller's arrays; threads."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
import pickle
import threading

import numpy as np
import pandas as pd
import pytest

import dualad as da

MODES = ("forward", "reverse")
X = np.array([0.5, -1.5, 2.0])


def total(x):
    return np.sum(np.sin(x) * x)


def mapped(x):
    return np.sin(x) * x[0]


# --- pickling ------------------------------------------------------------------------------------

PICKLED = {
    "jacobian": (da.jacobian(mapped, mode="reverse", chunk_size=2), (X,)),
    "grad": (da.grad(total, mode="forward"), (X,)),
    "hessian": (da.hessian(total), (X,)),
    "derivative": (da.derivative(np.sin, order=2), (X,)),
    "value_and_grad": (da.value_and_grad(total), (X,)),
    "value_and_jacobian": (da.value_and_jacobian(mapped), (X,)),
    "hvp": (da.hvp(total), (X, X)),
    "jvp": (functools.partial(da.jvp, mapped), ((X,), (X,))),
    "vjp": (lambda: None, ()),
    "nested": (da.jacobian(da.grad(total)), (X,)),
    "finite_difference": (da.grad(da.finite_difference(total, "5-point")), (X,)),
    "elementwise": (da.jacobian(da.elementwise(np.sin, np.cos)), (X,)),
    "check": (functools.partial(da.check_derivatives, total, order=1), (X,)),
}
del PICKLED["vjp"]


def equal(got, want):
    if isinstance(want, tuple):
        return len(got) == len(want) and all(map(equal, got, want))
    if isinstance(want, np.ndarray):
        return got.dtype == want.dtype and np.array_equal(got, want)
    return got == want or repr(got) == repr(want)


@pytest.mark.parametrize("name", PICKLED)
def test_derivative_functions_pickle_and_copy(name):
    function, args = PICKLED[name]
    want = function(*args)
    for again in (
        pickle.loads(pickle.dumps(function)),
        copy.copy(function),
        copy.deepcopy(function),
    ):
        assert equal(again(*args), want)


def test_operators_pickle():
    x = X.copy()
    operator = da.jacobian_operator(mapped, x)
    want = da.jacobian(mapped)(X)
    x[:] = 0.0  # the caller's array is his own
    for op in (operator, pickle.loads(pickle.dumps(operator)), copy.deepcopy(operator)):
        np.testing.assert_allclose(op @ np.eye(3), want, rtol=1e-15)
        np.testing.assert_allclose(op.H @ np.eye(3), want.T, rtol=1e-15)
        np.testing.assert_allclose(op.T @ X, X @ want, rtol=1e-15)
        np.testing.assert_allclose((op.H @ op) @ X, want.T @ (want @ X), rtol=1e-14)
        np.testing.assert_allclose(op.matvec(X), want @ X, rtol=1e-15)
        np.testing.assert_allclose(op.rmatvec(X[:, None]), (X @ want)[:, None], rtol=1e-15)
        assert op.shape == (3, 3)
        assert op.dtype == np.float64
    again = pickle.loads(pickle.dumps(operator.H))
    np.testing.assert_allclose(again @ X, X @ want, rtol=1e-15)


def test_what_does_not_pickle_says_so():
    _, pull = da.vjp(mapped, X)
    with pytest.raises(da.InputTypeError, match="pullback does not pickle") as caught:
        pickle.dumps(pull)
    assert "test_state_objects.py, line " in str(caught.value)
    local = da.grad(lambda x: np.sum(x))
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(local)


# --- copies and prints ---------------------------------------------------------------------------


@dataclasses.dataclass
class Holder:
    x: object
    name: str = "state"


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "x.copy()": lambda x: x.copy(),
    "np.copy": np.copy,
    "in a list": lambda x: copy.deepcopy([x])[0],
    "in a dict": lambda x: copy.deepcopy({"x": x})["x"],
    "in an object": lambda x: copy.deepcopy(Holder(x)).x,
    "replaced": lambda x: dataclasses.replace(Holder(x.copy()), name="b").x,
    "asdict": lambda x: dataclasses.asdict(Holder(x))["x"],
    "np.array": lambda x: np.array(x),
    "x[:] of a new one": lambda x: np.add(x, 0.0),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", COPIES)
def test_copies_carry_derivatives_and_are_independent(name, mode):
    duplicate = COPIES[name]

    def f(x):
        y = x * x
        z = duplicate(y)
        y[0] = 0.0
        y *= 3.0
        return z

    np.testing.assert_array_equal(da.jacobian(f, mode=mode)(X), np.diag(2 * X))
    got = da.hessian(lambda x: np.sum(f(x) * x), mode=mode)(X)
    np.testing.assert_allclose(got, np.diag(6 * X), rtol=1e-15)


def test_scalars_copy():
    for mode in MODES:
        for duplicate in (copy.copy, copy.deepcopy):
            assert da.grad(lambda x, d=duplicate: d(x) * x, mode=mode)(3.0) == 6.0
            got = da.grad(lambda x, d=duplicate: d(x[0]) * x[1], mode=mode)(X)
            np.testing.assert_array_equal(got, [X[1], X[0], 0.0])


@pytest.mark.parametrize("mode", MODES)
def test_prints(mode, capsys):
    texts = []

    def f(x):
        print(x, x[0])
        texts.append((f"{x[0]:.3f}", f"{x[0]}", str(x), repr(x), f"{x[1]:8.2e}", f"{x}"))
        return np.sum(x)

    da.grad(f, mode=mode)(X)
    assert texts[0][0] == "0.500"
    assert texts[0][1] == "0.5"
    assert texts[0][4] == "-1.50e+00"
    assert texts[0][5] == str(X)
    for text in (*texts[0][2:4], capsys.readouterr().out):
        assert "-1.5" in text
        assert " at 0x" not in text


# --- the caller's arrays are never changed -------------------------------------------------------

Pair = collections.namedtuple("Pair", "a b")


def spoil(x):
    """Write into everything that can be written to."""
    if isinstance(x, np.ndarray) and np.ndim(x):
        x += 1.0
        x[...] = x * 2.0
        x.sort()
        x[0] = 7.0 * x[-1]
    elif isinstance(x, dict):
        for value in x.values():
            spoil(value)
        x["new"] = 1.0
    elif isinstance(x, list):
        for value in x:
            spoil(value)
        x[0] = 3.0
        x.append(1.0)
    elif isinstance(x, tuple):
        for value in x:
            spoil(value)
    elif isinstance(x, Holder):
        spoil(x.x)
        x.name = "spoiled"
        x.x = 3.0
    elif isinstance(x, (pd.Series, pd.DataFrame)):
        x.iloc[0] = 7.0


def total_after_a_copy(x):
    y = x.copy()
    y[0] = 3.0
    z = x * 1.0
    z += x[0]
    return np.sum(y * y) + np.sum(z)


@pytest.mark.parametrize("verb", [da.grad, da.jacobian, da.hessian])
@pytest.mark.parametrize("mode", ["auto", *MODES])
def test_arrays_made_of_read_only_ones_are_writeable(verb, mode):
    x = np.arange(1.0, 4.0)
    want = verb(total_after_a_copy, mode=mode)(x)
    x.flags.writeable = False
    np.testing.assert_array_equal(verb(total_after_a_copy, mode=mode)(x), want)


def leaves(x):
    if isinstance(x, np.ndarray):
        return [np.sum(x)]
    if isinstance(x, dict):
        return [v for member in x.values() for v in leaves(member)]
    if isinstance(x, (list, tuple)):
        return [v for member in x for v in leaves(member)]
    if isinstance(x, Holder):
        return leaves(x.x)
    if isinstance(x, (pd.Series, pd.DataFrame)):
        return [x.to_numpy().sum()]
    return [x] if isinstance(x, float) else []


CONTAINERS = {
    "array": lambda: X.copy(),
    "matrix": lambda: np.arange(6.0).reshape(2, 3),
    "Fortran": lambda: np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": lambda: np.arange(12.0)[::-2],
    "read-only": lambda: np.broadcast_to(2.0, (3,)),
    "float32": lambda: X.astype(np.float32),
    "integers": lambda: np.array([3, 1, 2]),
    "list": lambda: [1.0, 2.0, 3.0],
    "list of arrays": lambda: [X.copy(), np.ones(2)],
    "tuple": lambda: (X.copy(), 2.0),
    "dict": lambda: {"a": X.copy(), "b": [np.ones(2), 3.0], "n": 2, "s": "text"},
    "namedtuple": lambda: Pair(X.copy(), {"c": np.ones(2)}),
    "dataclass": lambda: Holder(X.copy()),
    "Series": lambda: pd.Series([1.0, 2.0, 3.0], index=list("abc")),
    "frame": lambda: pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}),
    "subclass": lambda: collections.OrderedDict(a=X.copy()),
}


def loss(x):
    before = sum(leaves(x))
    spoil(x)
    return before * before


def filled_like(x, value):
    """A tangent of the container of x."""
    if isinstance(x, dict):
        return {k: filled_like(v, value) for k, v in x.items()}
    if isinstance(x, Holder):
        return Holder(filled_like(x.x, value))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*(filled_like(v, value) for v in x))
    if isinstance(x, (list, tuple)):
        return type(x)(filled_like(v, value) for v in x)
    if isinstance(x, (np.ndarray, pd.Series, pd.DataFrame)):
        return np.full(np.shape(x), value)
    return value if isinstance(x, float) else x


CALLS = {
    "grad, forward": lambda x: da.grad(loss, mode="forward")(x),
    "grad, reverse": lambda x: da.grad(loss, mode="reverse")(x),
    "grad": lambda x: da.grad(loss)(x),
    "jacobian": lambda x: da.jacobian(loss)(x),
    "hessian, forward": lambda x: da.hessian(loss, mode="forward")(x),
    "hessian, reverse": lambda x: da.hessian(loss, mode="reverse")(x),
    "value_and_grad": lambda x: da.value_and_grad(loss)(x),
    "jvp": lambda x: da.jvp(loss, (x,), (filled_like(x, 1.0),)),
    "vjp": lambda x: da.vjp(loss, x)[1](1.0),
    "hvp": lambda x: da.hvp(loss)(x, filled_like(x, 1.0)),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", CONTAINERS)
def test_the_callers_arrays_are_never_changed(kind, call):
    x = CONTAINERS[kind]()
    before = pickle.dumps(x)
    if kind == "read-only":
        with pytest.raises(ValueError, match="read-only"):
            loss(x)
        with pytest.raises(ValueError, match="read-only"):
            CALLS[call](x)
    else:
        CALLS[call](x)
    assert pickle.dumps(x) == before or repr(x) == repr(pickle.loads(before))


def test_tangents_and_cotangents_are_never_changed():
    def f(x):
        x *= 2.0
        x[0] = x[1]
        return x

    x, t = X.copy(), np.array([3.0, 1.0, 2.0])
    _, tangent = da.jvp(f, (x,), (t,))
    tangent[:] = 0.0
    value, pull = da.vjp(f, x)
    value[:] = 0.0
    (cotangent,) = pull(t)
    cotangent[:] = 0.0
    np.testing.assert_array_equal(pull(t)[0], [0.0, 8.0, 4.0])
    product = da.hvp(lambda x: np.sum(f(x) ** 2))(x, t)
    product[:] = 0.0
    operator = da.jacobian_operator(f, x)
    operator.matvec(t)[:] = 0.0
    operator.rmatvec(t)[:] = 0.0
    np.testing.assert_array_equal(operator @ t, [2.0, 2.0, 4.0])
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(t, [3.0, 1.0, 2.0])


# --- threads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mixed", "reverse", "hessians", "operators", "differences"])
def test_eight_threads(name):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(8, 5))
    box = da.finite_difference(np.tanh, tol=None)
    shared = da.hessian(lambda x: np.sum(np.sin(x) * x[::-1]))

    def buffered(x):
        out = np.zeros_like(x)
        for i in range(len(x)):
            out[i] = x[i] * x[i - 1]
        return out[np.random.default_rng(3).permutation(5)]

    jobs = {
        "mixed": lambda x: [
            da.grad(total)(x),
            da.jacobian(buffered, mode="forward")(x),
            da.jacobian(da.grad(total, mode="forward"), mode="reverse")(x),
        ],
        "reverse": lambda x: [da.jacobian(buffered, mode="reverse")(x), da.vjp(mapped, x)[1](x)[0]],
        "hessians": lambda x: [
            shared(x),
            da.hessian(total, mode="forward")(x),
            da.hessian(total, mode="reverse")(x),
            da.hvp(total)(x, x),
        ],
        "operators": lambda x: [da.jacobian_operator(mapped, x) @ x],
        "differences": lambda x: [da.jacobian(lambda x: box(x) * x[0], mode="reverse")(x)],
    }
    job = jobs[name]
    want = [job(x) for x in points]
    wrong, done, start = [], [], threading.Barrier(8)

    def work(i):
        start.wait()
        for _ in range(10):
            got = job(points[i])
            if not all(np.array_equal(g, w) for g, w in zip(got, want[i], strict=True)):
                wrong.append(i)
        done.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sorted(done) == list(range(8))
