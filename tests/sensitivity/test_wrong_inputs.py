"""What is wrong is said: names, shapes, covariances, values that are not finite."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dualad as da
from dualad.sensitivity import identifiability, propagate, sensitivity

P = {"a": 2.0, "b": 3.0}
X = np.array([1.0, 2.0])
T = np.linspace(0.0, 1.0, 5)
INDEFINITE = [[1.0, 2.0], [2.0, 1.0]]


def product(a, b):
    return a * b


def line(t, a, b):
    return a + b * t


def total(x):
    return np.sum(x**2)


class Failed:
    x, jac, fun = np.ones(2), np.ones((5, 2)), np.ones(5)
    success, message = False, "The maximum number of function evaluations is exceeded."


class Robust:
    x, jac, fun, success, cost = np.ones(2), np.ones((5, 2)), np.ones(5), True, 1.0


def frame(labels):
    return pd.DataFrame(np.eye(2), index=labels, columns=labels)


# what is called; what the message says
CASES = {
    "no uncertainty": (lambda: propagate(product, P), "no uncertainty"),
    "twice": (lambda: propagate(product, P, 0.1, std=0.1), "given twice"),
    "corr alone": (lambda: propagate(total, X, 0.1, corr=np.eye(2)), "belongs to std="),
    "order": (lambda: propagate(total, X, 0.1, 3), "order=3"),
    "order true": (lambda: propagate(total, X, 0.1, True), "order=True"),
    "cov name": (lambda: propagate(product, P, {"a": 1.0, "bb": 1.0}), "no 'bb'"),
    "cov lacks a name": (lambda: propagate(product, P, {"a": 1.0}), "has no 'b'"),
    "cov label": (lambda: propagate(product, P, frame(["a", "c"])), "no 'c'"),
    "constant": (lambda: propagate(product, {"a": 2, "b": 3.0}, {"a": 1.0, "b": 1.0}), "constant"),
    "wrt": (lambda: propagate(product, P, 0.1, wrt=["c"]), "no 'c'"),
    "near name": (lambda: sensitivity(product, {"alpha": 1.0, "b": 2.0}, wrt="alhpa"), "'alpha'"),
    "shape": (lambda: propagate(total, X, np.eye(3)), r"shape \(3, 3\)"),
    "vector shape": (lambda: propagate(total, X, np.ones(3)), r"shape \(3,\)"),
    "block shape": (
        lambda: propagate(product, P, {"a": np.eye(2), "b": 1.0}),
        "cov of a has shape",
    ),
    "not symmetric": (lambda: propagate(total, X, [[1.0, 0.5], [0.4, 1.0]]), "not symmetric"),
    "not definite": (lambda: propagate(total, X, INDEFINITE), "smallest eigenvalue is -1"),
    "small and not definite": (
        lambda: propagate(total, [1.0, 2.0, 3.0], [[1e20, 0, 0], [0, 1, 2], [0, 2, 1]]),
        r"of the correlations -1\)",
    ),
    "negative": (lambda: propagate(total, X, [1.0, -0.25]), "negative: -0.25"),
    "negative diagonal": (lambda: propagate(total, X, [[1.0, 0], [0, -2.0]]), r"x\[1\] is -2"),
    "negative std": (lambda: propagate(product, P, std={"a": 0.1, "b": -1.0}), "std of b"),
    "certain but correlated": (
        lambda: propagate(total, X, [[0.0, 0.5], [0.5, 1.0]]),
        r"variance of x\[0\] is 0",
    ),
    "nan in cov": (lambda: propagate(total, X, [[1.0, np.nan], [np.nan, 1.0]]), "is nan"),
    "inf in std": (lambda: propagate(total, X, std=[1.0, np.inf]), "not finite"),
    "corr diagonal": (lambda: propagate(total, X, std=0.1, corr=2 * np.eye(2)), "diagonal of corr"),
    "corr shape": (lambda: propagate(total, X, std=0.1, corr=np.eye(3)), "corr has shape"),
    "corr indefinite": (lambda: propagate(total, X, std=0.1, corr=INDEFINITE), "eigenvalue"),
    "text": (lambda: propagate(total, X, "large"), "dtype"),
    "complex cov": (lambda: propagate(total, X, 1j), "complex"),
    "nan": (lambda: propagate(product, {"a": np.nan, "b": 1.0}, 0.1), "a is not finite"),
    "nan in array": (lambda: propagate(total, [1.0, np.inf], 0.1), "not finite"),
    "complex": (lambda: propagate(total, X * 1j, 0.1), "complex"),
    "no function": (lambda: propagate(3.0, X, 0.1), "a function is needed"),
    "no number": (lambda: propagate(total, {"n": 3}, 0.1), "no number that varies"),
    "nan output": (lambda: propagate(lambda x: x * np.nan, X, 0.1), "returned nan"),
    "complex output": (lambda: propagate(lambda x: x * 1j, X, 0.1), "complex"),
    "infinite derivative": (
        lambda: propagate(np.sqrt, np.array([1.0, 0.0]), 0.1),
        r"x\[1\] is inf",
    ),
    "unknown argument": (lambda: sensitivity(product, {**P, "c": 1.0}), "no 'c'"),
    "argument lacks": (lambda: sensitivity(product, {"a": 1.0}), "needs 'b'"),
    "nested name": (
        lambda: propagate(len, {"a": {"u": 1.0}, "b": 2.0}, {"a": {"v": 1.0}, "b": 1.0}),
        r"no 'a\.v'",
    ),
    "number for a dict": (
        lambda: propagate(len, {"a": {"u": 1.0}, "b": 2.0}, {"a": 1.0, "b": 1.0}),
        "cov of a is 1.0",
    ),
    "two of a name": (lambda: sensitivity(total, {1: 1.0, "1": 2.0}), "have the name '1'"),
    "nothing in it": (lambda: propagate(np.sum, np.zeros(0), 0.1), "no number that varies"),
    "no output": (lambda: propagate(lambda x: None, X, 0.1), "returned None"),
    "elementwise": (
        lambda: propagate(total, np.ones(100), 0.1, elementwise=True),
        "other elements",
    ),
    "elementwise word": (lambda: propagate(total, X, 0.1, elementwise="yes"), "elementwise='yes'"),
    "elementwise matrix": (
        lambda: propagate(np.exp, np.ones(100), np.eye(100), elementwise=True),
        "independent",
    ),
    "mode": (lambda: propagate(total, X, 0.1, mode="backward"), "mode='backward'"),
    "names of a dict": (lambda: propagate(product, P, 0.1, names=["u", "v"]), "names of its own"),
    "count of names": (lambda: sensitivity(total, X, names=["u"]), "1 names for 2"),
    "a name twice": (lambda: sensitivity(total, X, names=["u", "u"]), "twice"),
    "times": (lambda: sensitivity(total, X, times=T), "times has 5 entries"),
    "two axes": (
        lambda: sensitivity(lambda x: np.outer(T, T) * x, 2.0, times=T),
        "more than one axis of an output of shape",
    ),
    "axis": (lambda: sensitivity(total, X, axis=0), "belongs to times="),
    "axis that is not time": (
        lambda: sensitivity(lambda x: np.outer(T, x), X, times=T, axis=1),
        "times has 5",
    ),
    "outputs": (lambda: sensitivity(np.exp, X, outputs=["u"]), "1 names; there are 2"),
    "no std": (lambda: sensitivity(total, X).scaled, "std="),
    "no hessian": (lambda: sensitivity(total, X).second, "order=2"),
    "by": (lambda: sensitivity(total, X).ranking("importance"), "by='importance'"),
    "output name": (lambda: sensitivity(np.exp, X).ranking("absolute", "z"), "no 'z'"),
    "output place": (lambda: sensitivity(np.exp, X).ranking("absolute", 7), "there are 2"),
    "units": (lambda: sensitivity(np.exp, X).ranking("absolute"), "different units"),
    "kind": (lambda: sensitivity(total, X).plot("pie"), "'tornado'"),
    "unpack": (lambda: sensitivity(np.sin, 1.0, unpack=True), "unpack=True"),
    "model without params": (lambda: identifiability(line), "needs params"),
    "no data": (lambda: identifiability(line, X, T), "neither data nor sigma"),
    "data shape": (lambda: identifiability(line, X, T, np.ones(4)), "data has shape"),
    "nan in data": (lambda: identifiability(line, X, T, np.full(5, np.nan)), "data is not finite"),
    "sigma": (lambda: identifiability(line, X, T, T, sigma=0.0), "sigma is 0"),
    "sigma shape": (lambda: identifiability(line, X, T, T, sigma=np.ones(3)), "sigma has shape"),
    "sigma matrix": (
        lambda: identifiability(line, X, T, T, sigma=np.eye(5) - 2 * np.eye(5)[::-1]),
        "eigenvalue is -1",
    ),
    "level": (lambda: identifiability(line, X, T, T, level=95), "level=95"),
    "too few data": (lambda: identifiability(line, X, T[:2], T[:2]), "2 data for 2 parameters"),
    "no dof": (lambda: identifiability((X, np.eye(2))), "dof="),
    "infinite pcov": (lambda: identifiability((X, np.full((2, 2), np.inf))), "singular"),
    "pcov shape": (lambda: identifiability((X, np.eye(3))), "pcov"),
    "not converged": (lambda: identifiability(Failed()), "maximum number"),
    "robust loss": (lambda: identifiability(Robust()), "robust loss"),
    "no fit": (lambda: identifiability(3.0), "neither a model nor a fit"),
    "data with a result": (lambda: identifiability((X, np.eye(2)), data=T, dof=3), "its own"),
    "interval": (lambda: identifiability(line, P, T, 2 * T + 1).interval("c"), "no 'c'"),
    "prediction without a model": (
        lambda: identifiability((X, np.eye(2)), dof=3).prediction(T),
        "needs the model",
    ),
    "prediction of what is not known": (
        lambda: identifiability(lambda t, a, b: a * b * t, P, T, 6 * T + 0.1).prediction(T),
        "do not determine",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_said(name):
    call, words = CASES[name]
    with pytest.raises(da.DualadError, match=words) as raised:
        call()
    assert "instead" in str(raised.value)


def test_errors_of_the_simulation_come_through():
    def simulate(a):
        raise RuntimeError(f"diverged at {float(a):.1f}")

    for call in (lambda: propagate(simulate, {"a": 1.0}, 0.1), lambda: sensitivity(simulate, 1.0)):
        with pytest.raises(RuntimeError, match=r"diverged at 1\.0"):
            call()
