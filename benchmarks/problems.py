"""Problems shared by tests, benchmarks and docs: ordinary NumPy functions, nothing of dualad.

Sources: Rosenbrock and Ackley as in the benchmarks of ForwardDiff.jl; Brusselator after Hairer,
Wanner, "Solving Ordinary Differential Equations II", section IV.10.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any


def rosenbrock(x: Array) -> Array:
    """The Rosenbrock function, in array form."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_gradient(x: Array) -> Array:
    """Its gradient, written by hand."""
    g = np.zeros_like(x)
    d = x[1:] - x[:-1] ** 2
    g[:-1] = -400.0 * x[:-1] * d - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * d
    return g


def ackley(x: Array) -> Array:
    """The Ackley function, in array form."""
    n = x.size
    a = np.exp(-0.2 * np.sqrt(np.sum(x**2) / n))
    b = np.exp(np.sum(np.cos(2.0 * np.pi * x)) / n)
    return -20.0 * a - b + 20.0 + np.e


def curve_fit_residuals(rows: int = 200) -> tuple[Callable[[Array], Array], np.ndarray]:
    """Residuals of two Gaussian peaks: rows x 6. Returns the function and a point."""
    t = np.linspace(0.0, 10.0, rows)
    truth = np.array([2.0, 3.0, 0.6, 1.0, 6.5, 1.1])

    def model(p: Array) -> Array:
        first = p[0] * np.exp(-(((t - p[1]) / p[2]) ** 2))
        second = p[3] * np.exp(-(((t - p[4]) / p[5]) ** 2))
        return first + second

    data = model(truth) + 0.01 * np.sin(37.0 * t)
    return (lambda p: model(p) - data), truth * 1.1


def brusselator(n: int = 16) -> tuple[Callable[[Array], Array], np.ndarray]:
    """Right-hand side of the 2-D Brusselator on an n x n periodic grid: 2 n^2 equations."""
    alpha = 10.0 * (n - 1) ** 2 / 1e3

    def laplacian(u: Array) -> Array:
        return np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4.0 * u

    def rhs(y: Array) -> Array:
        u, v = y.reshape(2, n, n)
        uuv = u * u * v
        du = 1.0 + uuv - 4.4 * u + alpha * laplacian(u)
        dv = 3.4 * u - uuv + alpha * laplacian(v)
        return np.concatenate((du.reshape(-1), dv.reshape(-1)))

    grid = np.linspace(0.0, 1.0, n)
    x, y = np.meshgrid(grid, grid)
    u = 22.0 * y * (1.0 - y) ** 1.5
    v = 27.0 * x * (1.0 - x) ** 1.5
    return rhs, np.concatenate((u.reshape(-1), v.reshape(-1)))
