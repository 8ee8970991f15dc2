"""Stiff initial value problems, as users write them, for benchmarks and tests.

References
----------
E. Hairer, G. Wanner, "Solving Ordinary Differential Equations II", 2nd ed., Springer 1996, IV.1
and IV.10.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Problem(NamedTuple):
    """One initial value problem, with tolerances that suit it."""

    fun: Callable[..., Any]
    t_span: tuple[float, float]
    y0: np.ndarray
    tolerances: dict[str, float]


def robertson(t, y):
    """Three reactions, whose rates span nine orders of magnitude."""
    a, b, c = y
    slow, fast = 0.04 * a - 1e4 * b * c, 3e7 * b * b
    return [-slow, slow - fast, fast]


def van_der_pol(t, y, mu=1000.0):
    """A relaxation oscillation."""
    x, v = y
    return [v, mu * (1.0 - x * x) * v - x]


N = 100


def brusselator(t, y, alpha=0.02):
    """Two diffusing reactants on N interior points of [0, 1]: N values of u, then N of v."""
    u, v = y[:N], y[N:]
    c = alpha * (N + 1) ** 2
    padded_u = np.concatenate(([1.0], u, [1.0]))
    padded_v = np.concatenate(([3.0], v, [3.0]))
    r = u * u * v
    du = 1.0 + r - 4.0 * u + c * (padded_u[:-2] - 2.0 * u + padded_u[2:])
    dv = 3.0 * u - r + c * (padded_v[:-2] - 2.0 * v + padded_v[2:])
    return np.concatenate((du, dv))


def _start() -> np.ndarray:
    x = np.arange(1, N + 1) / (N + 1)
    return np.concatenate((1.0 + np.sin(2.0 * np.pi * x), np.full(N, 3.0)))


PROBLEMS = {
    "Robertson": Problem(
        robertson, (0.0, 1e5), np.array([1.0, 0.0, 0.0]), {"rtol": 1e-6, "atol": 1e-10}
    ),
    "van der Pol, mu = 1000": Problem(
        van_der_pol, (0.0, 2000.0), np.array([2.0, 0.0]), {"rtol": 1e-6, "atol": 1e-8}
    ),
    "Brusselator, N = 100": Problem(
        brusselator, (0.0, 10.0), _start(), {"rtol": 1e-6, "atol": 1e-8}
    ),
}
