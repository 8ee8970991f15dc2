"""Families of functions R^n -> R^m for any n and m: what the choice of a mode is measured on.

A family maps (n, m) to a function; points come from `point`. The families differ in where their
work is: in Python's loop, in arrays of the size of x or of the answer, in one narrow or wide place
in the middle, or in matrix products.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Function = Callable[[Array], Array]


def point(n: int) -> np.ndarray:
    """A vector of n numbers between 0.1 and 1."""
    return np.random.default_rng(n).uniform(0.1, 1.0, n)


def spread(x: Array, size: int) -> Array:
    """The elements of x over and over, `size` in all."""
    return x if size == x.shape[0] else x[np.arange(size) % x.shape[0]]


def gather(z: Array, m: int) -> Array:
    """Sums of neighbouring elements: m numbers from a multiple of m."""
    return z if z.shape[0] == m else np.sum(z.reshape(m, -1), axis=1)


def common(n: int, m: int) -> int:
    """The least multiple of m that is at least n."""
    return m * math.ceil(n / m)


def scalar_loop(n: int, m: int) -> Function:
    """A recurrence in Python's own numbers, max(n, m) steps, m of which are handed out."""
    steps = max(n, m)
    chosen = {(i + 1) * steps // m - 1 for i in range(m)}

    def f(x: Array) -> Array:
        out = []
        state = 0.5
        for i in range(steps):
            state = 0.5 * state + np.sin(x[i % n]) * (1.0 - state)
            if i in chosen:
                out.append(state)
        return np.stack(out)

    return f


def assignment(n: int, m: int) -> Function:
    """A Python loop that fills an array, max(n, m) elements."""
    size = common(n, m)

    def f(x: Array) -> Array:
        u = spread(x, size)
        out = np.zeros_like(u)
        for i in range(size):
            out[i] = u[i] * u[i - 1] + 0.1
        return gather(out, m)

    return f


def elementwise(n: int, m: int) -> Function:
    """Eight elementwise operations on max(n, m) numbers."""
    size = common(n, m)

    def f(x: Array) -> Array:
        z = spread(x, size)
        return gather(np.sin(z) * np.exp(-z * z) + z / (1.0 + z), m)

    return f


def reduction(_n: int, m: int) -> Function:
    """Two reductions of x, then m numbers from the two."""
    weights = np.linspace(0.5, 1.5, m)

    def f(x: Array) -> Array:
        norm = np.sqrt(np.sum(x * x))
        mean = np.mean(np.log(x))
        return norm * np.exp(weights * mean)

    return f


def matmul(n: int, m: int) -> Function:
    """A network with one hidden layer of max(n, m) units, at most 300."""
    hidden = min(300, max(n, m))
    rng = np.random.default_rng(1)
    first = rng.standard_normal((hidden, n)) / math.sqrt(n)
    second = rng.standard_normal((m, hidden)) / math.sqrt(hidden)

    def f(x: Array) -> Array:
        return second @ np.tanh(first @ x)

    return f


def bottleneck(n: int, m: int) -> Function:
    """A deep network whose hidden layers have 5 units: small arrays between large ends."""
    rng = np.random.default_rng(2)
    first, last = rng.standard_normal((5, n)) / math.sqrt(n), rng.standard_normal((m, 5))
    inner = rng.standard_normal((10, 5, 5)) / 3.0

    def f(x: Array) -> Array:
        h = first @ x
        for a in inner:
            h = np.tanh(a @ h)
        return last @ h

    return f


def stencil(n: int, m: int) -> Function:
    """Five explicit steps of a reaction-diffusion equation on max(n, m) points."""
    size = common(n, m)

    def f(x: Array) -> Array:
        u = spread(x, size)
        for _ in range(5):
            lap = np.roll(u, 1) + np.roll(u, -1) - 2.0 * u
            u = u + 0.1 * lap + 0.05 * u * (1.0 - u)
        return gather(u, m)

    return f


def wide(n: int, m: int) -> Function:
    """Intermediate arrays of at least 10,000 numbers, far larger than x and the answer."""
    count = max(1, math.ceil(10_000 / (n * m))) * m
    c = np.linspace(0.1, 1.0, count)

    def f(x: Array) -> Array:
        return gather(np.sum(np.exp(np.outer(x, c)), axis=0), m)

    return f


def matrix_function(n: int, m: int) -> Function:
    """Products of matrices that are built from x, 20 x 20, whatever n and m are."""
    rng = np.random.default_rng(3)
    left, right = rng.standard_normal((20, 20)) / 5.0, rng.standard_normal((20, 20)) / 5.0
    size = 400 * math.ceil(n / 400)
    width = m * math.ceil(400 / m)

    def f(x: Array) -> Array:
        a = np.sum(spread(x, size).reshape(-1, 20, 20), axis=0)
        b = np.tanh(left @ a @ right)
        return gather(spread((b @ a @ b).reshape(-1), width), m)

    return f


FAMILIES: dict[str, Callable[[int, int], Function]] = {
    "scalar loop": scalar_loop,
    "assignment": assignment,
    "elementwise": elementwise,
    "reduction": reduction,
    "matmul": matmul,
    "bottleneck": bottleneck,
    "stencil": stencil,
    "wide": wide,
    "matrix function": matrix_function,
}
