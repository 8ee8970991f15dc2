"""Small compiled functions, each of which uses one feature of the language or of NumPy.

`PROBES` grows by the decorator; a probe is a function and the arguments it is called with, the
first of which is differentiated unless `argnums` says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

X = np.array([0.7, 1.3, -0.4, 2.1])
P = np.array([0.7, 1.3, 0.4, 2.1])
A = np.array([[1.1, 0.3, -0.2], [0.4, 2.0, 0.5], [-0.3, 0.1, 1.7]])


class Probe(NamedTuple):
    """A function under test."""

    f: Any
    args: tuple[Any, ...]
    argnum: int = 0
    second: bool = True


PROBES: dict[str, Probe] = {}


def probe(*args: Any, argnum: int = 0, second: bool = True, **options: Any) -> Callable[..., Any]:
    def add(function: Any) -> Any:
        f = njit(**options)(function)
        PROBES[function.__name__] = Probe(f, args, argnum, second)
        return f

    return add


@probe(X)
def polynomial(x):
    return x[0] ** 2 * x[1] - 3.0 * x[2] / x[3] + x[0] * x[3]


@probe(X)
def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@probe(P)
def elementary_math(x):
    a, b, c, d = x[0], x[1], x[2], x[3]
    total = math.sin(a) + math.cos(b) + math.tan(c) + math.exp(a * b) + math.log(d)
    total += math.sqrt(a) + math.asin(c) + math.acos(a * c) + math.atan(d) + math.sinh(a)
    total += math.cosh(b) + math.tanh(c) + math.asinh(a) + math.acosh(d) + math.atanh(c)
    total += math.expm1(a) + math.log1p(b) + math.log10(c) + math.log2(d) + math.hypot(a, b)
    return total + math.atan2(c, d) + math.pow(a, b) + math.degrees(a) + math.radians(d)


@probe(P)
def elementary_numpy(x):
    a, b, c, d = x[0], x[1], x[2], x[3]
    total = np.sin(a) + np.cos(b) + np.tan(c) + np.exp(a * b) + np.log(d) + np.sqrt(a)
    total += np.arcsin(c) + np.arccos(a * c) + np.arctan(d) + np.sinh(a) + np.cosh(b)
    total += np.tanh(c) + np.arcsinh(a) + np.arccosh(d) + np.arctanh(c) + np.expm1(a)
    total += np.log1p(b) + np.log10(c) + np.log2(d) + np.hypot(a, b) + np.arctan2(c, d)
    total += np.power(a, b) + np.deg2rad(a) + np.rad2deg(b) + np.exp2(c) + np.square(d)
    return total + np.reciprocal(a) + np.logaddexp(a, b) + np.maximum(a, b) + np.minimum(c, d)


@probe(X)
def powers(x):
    return (
        x[0] ** 3 + x[1] ** 2.5 + x[2] ** -2 + 2.0 ** x[3] + x[1] ** x[0] + x[3] ** 0.5 + x[2] ** 7
    )


@probe(X)
def floor_and_remainder(x):
    q = x[3] // 0.5
    return x[3] % 0.6 * x[0] + q * x[1] + x[0] % x[1] - x[2] % 0.3 + np.fmod(x[3], 0.8)


@probe(X)
def rounding(x):
    return x[0] * math.floor(x[3]) + x[1] * round(x[3]) + np.floor(x[1]) * x[2] + int(x[3]) * x[0]


@probe(X)
def branches(x):
    if x[0] > x[1]:
        y = x[0] * x[2]
    elif x[2] < 0:
        y = x[1] ** 2 + x[2]
    else:
        y = x[3]
    return y * x[0] if y > 0 else -y


@probe(X)
def while_and_break(x):
    y = x[0]
    n = 0
    while True:
        y = 0.5 * (y + x[3] / y)
        n += 1
        if abs(y * y - x[3]) < 1e-14 or n > 40:
            break
    return y * x[1]


@probe(X)
def for_else(x):
    total = x[0]
    for i in range(3):
        total = total * x[1] + x[i]
        if total > 1e6:
            break
    else:
        total = total - x[3] ** 2
    return total


@probe(X)
def continue_and_skip(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] < 0:
            continue
        total += x[i] ** 3
    return total


@probe(X)
def scratch_zeros(x):
    w = np.zeros(len(x))
    for i in range(len(x)):
        w[i] += x[i] * x[(i + 1) % len(x)]
    return w[0] * w[1] + w[2] * w[3]


@probe(X)
def scratch_kinds(x):
    a = np.empty(3)
    b = np.ones(3)
    c = np.full(3, 2.5)
    d = np.zeros_like(c)
    e = np.linspace(0.0, 1.0, 3)
    for i in range(3):
        a[i] = x[i]
        b[i] *= x[i + 1]
        c[i] += x[i] ** 2
        d[i] = a[i] * b[i]
        e[i] = e[i] + d[i] * c[i]
    return e[0] + e[1] * e[2]


@probe(X)
def scratch_dtype(x):
    a = np.zeros((2, 2), dtype=np.float64)
    b = np.zeros(2, np.int64)
    a[0, 0] = x[0]
    a[0, 1] = x[1] * x[2]
    a[1, :] = x[2:]
    b[0] = 3
    return a[0, 0] * a[1, 1] * b[0] - a[0, 1] * a[1, 0]


@probe(X)
def copied_constant(x):
    w = A.copy()
    w[1, 1] = x[0] * x[1]
    return w[0, 0] * w[1, 1] + w[2, 1] * x[3]


@probe(X)
def views(x):
    w = np.zeros((3, 4))
    row = w[1]
    row[:] = x
    w[2, 1:3] = x[1:3] * x[0]
    w.T[0, 0] = x[3] ** 2
    return row[0] * w[1, 3] + w[2, 1] * w[2, 2] + w[0, 0]


@probe(X)
def array_result(x):
    out = np.empty(3)
    for i in range(3):
        out[i] = x[i] * math.sin(x[i + 1])
    return out


@probe(X)
def array_expression(x):
    return np.sin(x) * x**2 + 1.0 / (1.0 + np.exp(-x)) - np.abs(x)


@probe(X)
def in_place(x):
    y = x.copy()
    y += x * 2.0
    y *= np.cos(x)
    y -= 1.0
    y /= 3.0
    return y


@probe(A)
def two_dimensional(m):
    total = 0.0
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            total += m[i, j] * m[j, i] * (i + 1)
    return total


@probe(np.arange(1.0, 9.0).reshape(2, 2, 2))
def three_dimensional(t):
    return t[0] * t[1, 1, 0] - t[1]


@probe(X)
def matrix_vector(x):
    return A @ x[:3]


@probe(X)
def dot_products(x):
    return np.dot(x, x) + np.dot(A[0], x[:3]) * x[3]


@probe(A)
def matrix_matrix(m):
    return m @ m.T
