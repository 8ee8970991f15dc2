"""Containers as arguments and answers of compiled functions: each member where it belongs.

The formulas that stand beside the calls are the same functions of one number, without containers.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

import dualad as da

Pair = namedtuple("Pair", "a b")
Model = namedtuple("Model", "scale power data pair")
W = np.array([2.0, 3.0])


# --- arguments of the public functions: the shapes of the answers are those of NumPy code ---------


@njit
def pair(p):
    return p.a**3 * p.b


@njit
def model(p):
    return p.scale**p.power * p.data[0] * p.data[1] * p.pair.a * p.pair.b**2


@njit
def mixed(t):
    return t[0] ** 3 * t[1][0] * t[2] + t[1][1] ** 2


@njit
def chosen(t):
    return t[0] ** 2 * t[2][0] if t[1] == "square" else t[0]


ARGUMENTS = {
    "namedtuple of numbers": (pair, Pair(2.0, 3.0)),
    "namedtuple with a whole number": (pair, Pair(2.0, 3)),
    "namedtuples in a namedtuple": (model, Model(2.0, 3, W, Pair(1.5, 2.5))),
    "tuple with a whole number": (mixed, (2.0, W, 3)),
    "tuple with a number of NumPy's": (mixed, (2.0, W, np.int64(3))),
    "tuple with an array of whole numbers": (mixed, (2.0, np.array([2, 3]), 3.0)),
    "tuple with a word": (chosen, (2.0, "square", W)),
}


def numbers(x):
    """The numbers of a container, in their order."""
    if x is None:
        return []
    if isinstance(x, tuple):
        return [n for member in x for n in numbers(member)]
    return list(np.ravel(x))


def like(x, value):
    """A container like x with this value for each number that is differentiated."""
    if isinstance(x, tuple):
        members = [like(m, value) for m in x]
        return type(x)(*members) if hasattr(x, "_fields") else tuple(members)
    if isinstance(x, (float, np.ndarray)):
        return np.full(np.shape(x), value)
    return None


@pytest.mark.parametrize("name", ARGUMENTS)
def test_containers_as_arguments(name):
    f, x = ARGUMENTS[name]
    verbs = [da.grad, lambda g: da.grad(g, mode="reverse")]
    if name in ("namedtuples in a namedtuple", "tuple with a word"):
        verbs += [
            da.hessian,
            lambda g: lambda x: da.jvp(g, (x,), (like(x, 0.5),)),
            lambda g: lambda x: da.hvp(g)(x, like(x, 0.5)),
        ]
    for verb in verbs:
        found, want = verb(f)(x), verb(f.py_func)(x)
        assert type(found) is type(want)
        np.testing.assert_allclose(numbers(found), numbers(want), rtol=1e-13)


# --- calls from Python code: constants stay constants ---------------------------------------------


@njit
def cubed(t):
    return t[0] ** 3 * t[1]


@njit
def with_count(x):
    k = 0
    while x > 1.5:
        x = x / 2
        k += 1
    return x * x, k, x > 1.0


@njit
def sums(t, y):
    total = 0.0
    for _ in range(t[1]):
        total += t[0] ** 2 * y
    return total, t[1]


@njit
def nested(x):
    return x**2, (x, x**3), np.array([x, x**4])


@njit
def both(x):
    return x, x * x


@njit
def largest(x):
    return x.sum(), x.argmax(), x * 2.0


@njit
def whole(n, x):
    return np.arange(3) * n, x**3


@njit
def defaults(x, scale=2.0, power=3):
    return scale * x**power


# What Python code computes with the compiled function, and the same formula.
CALLS = {
    "a tuple of differentiated numbers": (lambda x: cubed((x, x * 2.0)), lambda x: 2.0 * x**4),
    "a constant in the tuple": (lambda x: cubed((x, 2.0)), lambda x: 2.0 * x**3),
    "a whole number in the tuple": (lambda x: cubed((x, 2)), lambda x: 2.0 * x**3),
    "a whole number first": (lambda x: cubed((2, x)), lambda x: 8.0 * x),
    "a number of trips": (lambda x: sums((x, 3), x)[0], lambda x: 3.0 * x**3),
    "a namedtuple": (lambda x: model(Model(x, 2, W * x, Pair(1.5, x))), lambda x: 9.0 * x**6),
    "a pair of numbers": (lambda x: both(x)[0] * both(x)[1], lambda x: x**3),
    "a count and a truth value": (
        lambda x: with_count(x)[0] * with_count(x)[1] * (2.0 if with_count(x)[2] else 1.0),
        lambda x: x**2 / 4.0,
    ),
    "tuples in a tuple": (
        lambda x: nested(x)[0] * nested(x)[1][1] * nested(x)[2][1] + nested(x)[1][0],
        lambda x: x**9 + x,
    ),
    "the place of the largest": (
        lambda x: largest(W * x)[0] * largest(W * x)[2][largest(W * x)[1]],
        lambda x: 30.0 * x**2,
    ),
    "a default before a keyword": (lambda x: defaults(x, power=2), lambda x: 2.0 * x**2),
    "keywords only": (lambda x: defaults(power=2, x=x, scale=x), lambda x: x**3),
    "an array of whole numbers": (lambda x: whole(2, x)[1] * whole(2, x)[0][2], lambda x: 4 * x**3),
}
FIRST = (da.derivative, lambda f: da.grad(f, mode="reverse"))
SECOND = (lambda f: da.derivative(f, order=2), lambda f: da.hessian(f, mode="reverse"))
TWICE = (
    "a tuple of differentiated numbers",
    "a whole number in the tuple",
    "a count and a truth value",
    "tuples in a tuple",
)


@pytest.mark.parametrize("name", CALLS)
def test_containers_in_calls_from_python(name):
    f, formula = CALLS[name]
    assert f(2.0) == formula(2.0)
    for verb in (*FIRST, *(SECOND if name in TWICE else ())):
        np.testing.assert_allclose(verb(f)(2.0), verb(formula)(2.0), rtol=1e-13)


def test_third_derivatives_of_containers():
    """Of an answer of several arrays; whole numbers among the arguments are refused."""
    f, formula = CALLS["tuples in a tuple"]
    third = da.derivative(f, order=3)(2.0)
    np.testing.assert_allclose(third, da.derivative(formula, order=3)(2.0), rtol=1e-13)
    f, _ = CALLS["a whole number in the tuple"]
    with pytest.raises(da.NotYetError, match="int64"):
        da.derivative(f, order=3)(2.0)


def test_higher_derivatives_of_a_pair():
    for order, want in ((1, [1.0, 4.0]), (2, [0.0, 2.0]), (3, [0.0, 0.0])):
        assert np.array_equal(da.derivative(both, order=order)(2.0), want)


@njit
def squares(*args):
    total = 0.0
    for a in args:
        total += a * a
    return total


def test_a_call_that_numba_cannot_compile_at_all_says_so():
    """The plain call fails in the same words."""
    assert da.derivative(lambda x: squares(x, 2.0 * x))(3.0) == 30.0
    for f in (lambda x: squares(x, 3), da.derivative(lambda x: squares(x, 3))):
        with pytest.raises(TypingError, match=r"getiter with parameters \(Tuple\(float64, int64"):
            f(2.0)
