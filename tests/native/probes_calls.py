"""More probes: functions that call others, tuples, lists and iteration."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import numpy as np
from numba import njit

from .probes import X, probe


@njit
def square(y):
    return y * y


@njit
def fill(w, x, k):
    for i in range(len(x)):
        w[i] = x[i] ** k


@njit
def make(n):
    return np.zeros(n)


@njit
def newton(g, y0):
    y = y0
    for _ in range(20):
        h = 1e-4
        y = y - g(y) * 2.0 * h / (g(y + h) - g(y - h))
    return y


@njit
def factorial_like(y, n):
    if n <= 1:
        return y
    return y * factorial_like(y + 1.0, n - 1)


@njit
def even(y, n):
    return y if n == 0 else odd(y * 1.5, n - 1)


@njit
def odd(y, n):
    return y * y if n == 0 else even(y + 0.5, n - 1)


@probe(X)
def helper_calls(x):
    return square(x[0]) * square(x[1] + square(x[2]))


@probe(X)
def helper_fills(x):
    w = np.empty(len(x))
    fill(w, x, 3)
    return w[0] + w[1] * w[3]


@probe(X)
def helper_makes(x):
    w = make(3)
    w[0] = x[0] * x[1]
    w[1] = x[2]
    return w[0] * w[1] + w[2]


@probe(X)
def function_as_argument(x):
    return factorial_like(x[0], 4) + apply(square, x[1]) + apply(math_sin, x[2])


@njit
def math_sin(y):
    return math.sin(y)


@njit
def apply(g, y):
    return g(y) * 2.0


@probe(X)
def recursion(x):
    return factorial_like(x[0], 5)


@probe(X)
def mutual_recursion(x):
    return even(x[0], 3) * x[1]


@probe(X)
def closure(x):
    a = x[0]

    def inner(y):
        return a * y + x[1]

    return inner(x[2]) * inner(x[3])


def _with_constant(c: float) -> Any:
    @njit
    def scaled(y):
        return c * y * y

    return scaled


_scaled = _with_constant(2.5)


@probe(X)
def free_variable(x):
    return _scaled(x[0]) + _scaled(x[3])


@probe(X)
def tuples(x):
    t = (x[0] * x[1], x[2], 3)
    a, b, n = t
    u = (a + b, a * b)
    return u[0] * u[1] * n + t[0]


@probe(X)
def tuple_result(x):
    return x[0] * x[1], x[2] ** 2, x[:2] * x[3]


Pair = namedtuple("Pair", "first second")


@probe(X)
def named_tuple(x):
    p = Pair(x[0] * x[1], x[2:])
    return p.first * p.second[0] + p.second[1]


@probe((0.7, 1.3))
def tuple_argument(t):
    return t[0] * math.exp(t[1])


@probe(0.8)
def scalar_argument(t):
    return math.exp(-t) * math.cos(3.0 * t)


@probe(X, 2.0, argnum=1)
def second_argument(x, a):
    return x * a**2 + math.sin(a)


@probe(X)
def lists(x):
    values = [x[0], x[1] * x[2]]
    values.append(x[3])
    total = 0.0
    for v in values:
        total += v * v
    return total + values[-1] * len(values)


@probe(X)
def list_of_zeros(x):
    w = [0.0] * 4
    for i in range(4):
        w[i] = x[i] ** 2
    return w[0] * w[1] + w[2] * w[3]


@probe(X)
def list_comprehension(x):
    return sum([v * v for v in x]) * x[0]


@probe(X)
def empty_list(x):
    w = []
    for v in x:
        w.append(v * 2.0)
    return w[0] * w[1] - w[2]


@probe(X)
def iteration(x):
    total = 0.0
    for i, v in enumerate(x):
        total += (i + 1) * v**2
    for a, b in zip(x[:-1], x[1:]):
        total += a * b
    return total


@probe(X)
def generator(x):
    total = 0.0
    for v in running(x):
        total += v * v
    return total


@njit
def running(x):
    total = 0.0
    for v in x:
        total += v
        yield total


@probe(X)
def views_in_lists(x):
    b = np.zeros((3, 2))
    rows = [b[i] for i in range(3)]
    for i in range(3):
        rows[i][0] = x[i] * x[i + 1]
    c = np.zeros(4)
    halves = np.split(c, 2)
    halves[1][1] = x[2]
    return (b * b).sum() * c[3]


@probe(X)
def types_as_functions(x):
    kind = type(x[0])
    inverse = kind(1) / x[1]
    z = kind(x[0] * inverse)
    return kind(0.5) * (z * z + kind(np.log(2.0))) + x[2] * x[3]


@probe(X)
def arrays_without_dimensions(x):
    a, b = np.asarray(x[0]), np.asarray(x[1])
    c = np.sin(a) * np.exp(b) + np.hypot(a, b) - a / b + (-a) + 2.0 * a + a**2
    return c + a * x[2] + x[3] * b


@probe(X)
def arrays_made_of_sums(x):
    total = 0.0  # what is made of it must not have the type of this constant
    for v in x:
        total += v * 1.5
    a = np.full(2, total)
    b = np.array([total, 1.0]) * np.linspace(0.0, total, 2)
    c = np.full(2, total, dtype=np.float64) + np.where(np.array([True, False]), total, 1.0)
    kept = {1: total}
    return (a * b * c).sum() * kept[1]


@probe(X)
def arrays_made_of_sums_that_begin_with_integers(x):
    count = total = 0
    product = 1
    z = 0j
    for v in x:
        total += v * 1.5
        product *= v
        z += v * 1j
        count += 1
    a = np.ones(count) * (2.0 * total)
    return np.array([-total, product, 1.0]) * np.sin(product) + a[:3] * (z * np.ones(3)).imag


@probe(X)
def lists_made_anew(x):
    kept = [1.0, 2]
    for v in x:
        kept = [kept[0] + v * v, kept[0] * v]
    return kept[0] * kept[1]
