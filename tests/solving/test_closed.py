"""Closure conversion: the numbers that a function holds, wherever they stand."""

from __future__ import annotations

import dataclasses
import functools
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import dualad as da
from dualad._numbers import Number, primal
from dualad._solving._closed import Closed
from dualad._solving._user import UserFunction


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclasses.dataclass
class Model:
    rate: Any
    calls: int = 0

    def rhs(self, x):
        return self.rate * x

    def __call__(self, x):
        return self.rhs(x)


class Slotted:
    __slots__ = ("rate",)

    def __init__(self, rate):
        self.rate = rate

    def rhs(self, x):
        return self.rate * x


class ByItems(dict):
    """A subclass of dict: not taken apart."""


def _default(p):
    def f(x, rate=p[0]):
        return rate * x

    return f


def _keyword_default(p):
    def f(x, *, rate=p[0]):
        return rate * x

    return f


def _nested(p):
    def inner(x):
        return p[0] * x

    def f(x):
        return inner(x)

    return f


def _recursive(p):
    def f(x, n=2):
        return p[0] * x if n == 0 else f(x, n - 1)

    return f


def _mutual(p):
    def even(x, n=2):
        return p[0] * x if n == 0 else odd(x, n - 1)

    def odd(x, n):
        return p[0] * x if n == 0 else even(x, n - 1)

    return even


def _in_containers(p):
    table = {"rates": [p[0], {"twice": (2.0, Pair(p[0], "name"))}]}
    return lambda x: table["rates"][0] * x + 0.0 * table["rates"][1]["twice"][1].a


def _decorated(p):
    def scaled(g):
        @functools.wraps(g)
        def f(*args):
            return p[0] * g(*args)

        return f

    @scaled
    def f(x):
        return x

    return f


# Functions x -> p[0] x that hold the number p[0] in different places.
HOLDERS = {
    "closure": lambda p: lambda x: p[0] * x,
    "default": _default,
    "keyword default": _keyword_default,
    "nested": _nested,
    "recursive": _recursive,
    "mutually recursive": _mutual,
    "containers": _in_containers,
    "decorated": _decorated,
    "partial": lambda p: functools.partial(lambda rate, x: rate * x, p[0]),
    "partial keyword": lambda p: functools.partial(lambda x, rate: rate * x, rate=p[0]),
    "method": lambda p: Model(p[0]).rhs,
    "instance": lambda p: Model(p[0]),
    "method in a closure": lambda p: (lambda m: lambda x: m.rhs(x))(Model(p[0])),
    "namespace": lambda p: (lambda s: lambda x: s.rate * x)(SimpleNamespace(rate=p[0])),
}
# Where a number is not found, and f still has its derivative.
HIDDEN = {
    "slots": lambda p: Slotted(p[0]).rhs,
    "dict subclass": lambda p: (lambda d: lambda x: d["rate"] * x)(ByItems(rate=p[0])),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", [*HOLDERS, *HIDDEN])
def test_plain_and_numbers(name, mode):
    make = {**HOLDERS, **HIDDEN}[name]

    def f(p):
        user = UserFunction(make(p))
        assert type(user.plain(2.0)) in (float, np.float64)
        assert user.plain(2.0) == 2.0 * primal(p)[0]
        assert user.met
        assert user.complete is (name in HOLDERS)
        value, slope = user.jacobian(np.array(2.0))
        assert float(value[0]) == 2.0 * primal(p)[0]
        assert slope.tolist() == [[primal(p)[0]]]
        return user.number(3.0)

    assert da.grad(f, mode=mode)(np.array([5.0])).tolist() == [3.0]


@pytest.mark.parametrize("name", HOLDERS)
def test_other_constants(name):
    def f(p):
        function = HOLDERS[name](p)
        closed = Closed(function)
        assert all(isinstance(c, Number) for c in closed.constants)
        other, _ = closed.over([np.full(np.shape(c), 7.0)[()] for c in closed.constants])
        assert other(2.0) == 14.0
        assert primal(function(2.0)) == 2.0 * primal(p)[0]  # the user's own is as it was
        return function(1.0)

    da.grad(f)(np.array([5.0]))


def test_the_args_of_a_solver():
    def f(p):
        user = UserFunction(lambda x, a, b: a * x + b["c"], (p[0], {"c": p[1]}))
        assert user.plain(2.0) == 2.0 * 5.0 + 3.0
        assert user.with_constants([1.0, 10.0])(2.0) == 12.0
        return user.number(2.0)

    assert da.grad(f)(np.array([5.0, 3.0])).tolist() == [2.0, 1.0]


def test_nothing_to_find():
    calls: list[float] = []

    def g(x):
        calls.append(x)
        return 2.0 * x

    user = UserFunction(g)
    assert user.plain(1.5) == 3.0
    assert not user.met
    assert calls == [1.5]  # the user's own function and list


def test_a_variable_without_a_value_yet():
    def f(p):
        def g(x):
            return late * p[0] * x

        user = UserFunction(g)
        late = 1.0
        assert user.plain(2.0) == 10.0
        return user.number(2.0)

    assert da.grad(f)(np.array([5.0])).tolist() == [2.0]


def test_arrays_that_lifted_code_has_filled():
    def f(p):
        rates = np.zeros(2)
        rates[0] = p[0]
        rates[1] = 2.0 * p[0]

        def g(x):
            return rates[0] * x + rates[1]

        user = UserFunction(g)
        assert user.plain(2.0) == 20.0
        assert user.met
        return user.number(2.0)

    assert da.grad(f)(np.array([5.0])).tolist() == [4.0]


def test_what_a_copied_object_counts_is_handed_on():
    class Counting:
        def __init__(self, rate):
            self.rate, self.calls = rate, 0

        def rhs(self, x):
            self.calls += 1
            self.last = x
            return self.rate * x

    model = Counting(1.0)

    def f(p):
        model.rate = p[0]
        user = UserFunction(model.rhs)
        user.plain(2.0)
        user.plain(3.0)
        assert user.complete
        assert (model.calls, model.last) == (2, 3.0)
        assert isinstance(model.rate, Number)
        out = user.number(2.0)
        model.rate = 1.0
        return out

    assert da.grad(f)(np.array([5.0])).tolist() == [2.0]


class Cached:
    """A rate that is found once, in three ways."""

    def __init__(self, rate):
        self.rate, self.filled, self.kept = rate, False, None

    @functools.cached_property
    def doubled(self):
        return 2.0 * self.rate

    def lazily(self):
        if self.kept is None:
            self.kept = 2.0 * self.rate
        return self.kept

    def flagged(self):
        if not self.filled:
            self.once, self.filled = 2.0 * self.rate, True
        return self.once


CACHES = {
    "cached_property": lambda model: model.doubled,
    "None": lambda model: model.lazily(),
    "flag": lambda model: model.flagged(),
}


@pytest.mark.parametrize("name", list(CACHES))
def test_what_a_plain_call_caches_is_found_anew_with_numbers(name):
    def f(p):
        model = Cached(p)
        user = UserFunction(lambda x: CACHES[name](model) * x)
        assert user.plain(2.0) == 12.0
        assert user.plain(3.0) == 18.0
        return user.number(2.0) + CACHES[name](model)

    assert da.grad(f)(3.0) == 6.0


def test_a_variable_that_the_function_sets_stays_its_own():
    def f(p):
        total = 0.0 * p[0]

        def g(x):
            nonlocal total
            total = total + p[0] * x
            return total

        user = UserFunction(g)
        assert [user.plain(1.0), user.plain(1.0)] == [5.0, 10.0]
        assert not user.complete
        return total

    assert da.grad(f)(np.array([5.0])).tolist() == [2.0]
