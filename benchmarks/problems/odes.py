"""Initial value problems and their right-hand sides, as users write them.

References
----------
E. Hairer, G. Wanner, "Solving Ordinary Differential Equations II", 2nd ed., Springer 1996, IV.1
and IV.10.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._problem import Inputs, Problem

Array = Any


class InitialValue(NamedTuple):
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


def robertson_jacobian(y: Array) -> Array:
    """The Jacobian of the reactions, written by hand."""
    _, b, c = y
    first, third = np.array([-0.04, 1e4 * c, 1e4 * b]), np.array([0.0, 6e7 * b, 0.0])
    return np.stack([first, -first - third, third])


def van_der_pol(t, y, mu=1000.0):
    """A relaxation oscillation."""
    x, v = y
    return [v, mu * (1.0 - x * x) * v - x]


def predator_prey(t, y, a, b, c, d):
    """Lotka and Volterra's equations."""
    prey, predators = y
    return [a * prey - b * prey * predators, c * prey * predators - d * predators]


N = 100


def brusselator_line(t, y, alpha=0.02):
    """Two diffusing reactants on the interior points of [0, 1]: all values of u, then all of v."""
    n = len(y) // 2
    u, v = y[:n], y[n:]
    c = alpha * (n + 1) ** 2
    padded_u = np.concatenate(([1.0], u, [1.0]))
    padded_v = np.concatenate(([3.0], v, [3.0]))
    r = u * u * v
    du = 1.0 + r - 4.0 * u + c * (padded_u[:-2] - 2.0 * u + padded_u[2:])
    dv = 3.0 * u - r + c * (padded_v[:-2] - 2.0 * v + padded_v[2:])
    return np.concatenate((du, dv))


def line_start(n: int = N) -> np.ndarray:
    """Its initial values on n points."""
    x = np.arange(1, n + 1) / (n + 1)
    return np.concatenate((1.0 + np.sin(2.0 * np.pi * x), np.full(n, 3.0)))


STIFF = {
    "Robertson": InitialValue(
        robertson, (0.0, 1e5), np.array([1.0, 0.0, 0.0]), {"rtol": 1e-6, "atol": 1e-10}
    ),
    "van der Pol, mu = 1000": InitialValue(
        van_der_pol, (0.0, 2000.0), np.array([2.0, 0.0]), {"rtol": 1e-6, "atol": 1e-8}
    ),
    "Brusselator, N = 100": InitialValue(
        brusselator_line, (0.0, 10.0), line_start(), {"rtol": 1e-6, "atol": 1e-8}
    ),
}


def brusselator(y: Array) -> Array:
    """Right-hand side of the 2-D Brusselator on an n x n periodic grid: 2 n^2 equations."""
    n = grid(len(y))
    u, v = y.reshape(2, n, n)
    alpha = 0.01 * (n - 1) ** 2
    uuv = u * u * v
    du = 1.0 + uuv - 4.4 * u + alpha * periodic_laplacian(u)
    dv = 3.4 * u - uuv + alpha * periodic_laplacian(v)
    return np.concatenate((du.reshape(-1), dv.reshape(-1)))


def periodic_laplacian(u: Array) -> Array:
    """Of a square that is a torus, in units of the mesh."""
    return np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4.0 * u


def grid(length: int) -> int:
    """n of a vector with two fields on n x n points."""
    return round((length // 2) ** 0.5)


def brusselator_jacobian(y: Array) -> Array:
    """Its Jacobian, written by hand."""
    n = grid(len(y))
    m = n * n
    u, v = y[:m], y[m:]
    eye = np.eye(m).reshape(m, n, n)
    around = 0.01 * (n - 1) ** 2 * np.stack([periodic_laplacian(e) for e in eye]).reshape(m, m)
    reaction = np.diag(2.0 * u * v), np.diag(u * u)
    first = np.hstack((reaction[0] - 4.4 * np.eye(m) + around, reaction[1]))
    return np.vstack((first, np.hstack((3.4 * np.eye(m) - reaction[0], around - reaction[1]))))


def make_brusselator(size: int = 16, seed: int = 0) -> Inputs:
    """Fields on size x size points, as Hairer and Wanner start; `seed` adds nothing."""
    place = np.linspace(0.0, 1.0, size)
    x, y = np.meshgrid(place, place)
    u = 22.0 * y * (1.0 - y) ** 1.5
    v = 27.0 * x * (1.0 - x) ** 1.5
    return (np.concatenate((u.reshape(-1), v.reshape(-1))),)


def lotka_volterra(p: Array, steps: int = 1000) -> Array:
    """The sum of both populations after ten units of time, by so many steps of Runge and Kutta.

    Numbers only, so that it says what a Python loop costs.
    """
    x, y, h = 1.0, 1.0, 10.0 / steps
    a, b, c, d = p[0], p[1], p[2], p[3]
    for _ in range(steps):
        k1, l1 = a * x - b * x * y, c * x * y - d * y
        u, v = x + 0.5 * h * k1, y + 0.5 * h * l1
        k2, l2 = a * u - b * u * v, c * u * v - d * v
        u, v = x + 0.5 * h * k2, y + 0.5 * h * l2
        k3, l3 = a * u - b * u * v, c * u * v - d * v
        u, v = x + h * k3, y + h * l3
        k4, l4 = a * u - b * u * v, c * u * v - d * v
        x = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        y = y + h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return x + y


RATES = np.array([1.5, 1.0, 0.5, 0.75])


def make_lotka_volterra(size: int = 1000, seed: int = 0) -> Inputs:
    """Four rates, and `size` steps."""
    return RATES * np.random.default_rng(seed).uniform(0.95, 1.05, 4), size


def make_robertson(size: int = 3, seed: int = 0) -> Inputs:
    """Concentrations when the second is in balance; of three substances, whatever `size` is."""
    return (np.array([0.9, 2e-5, 0.1]) * np.random.default_rng(seed).uniform(0.9, 1.1, 3),)


def make_line(size: int = N, seed: int = 0) -> Inputs:
    """Both reactants on `size` points."""
    return (line_start(size) * np.random.default_rng(seed).uniform(0.9, 1.1, 2 * size),)


def _robertson_rates(y: Array) -> Array:
    return np.stack(robertson(0.0, y))


def _line_rates(y: Array) -> Array:
    return brusselator_line(0.0, y)


PROBLEMS = (
    Problem(
        "Brusselator", brusselator, make_brusselator, (4, 8, 16), ("jacobian",),
        hand={"jacobian": brusselator_jacobian}, compiled="brusselator",
        source="Hairer, Wanner 1996, IV.10",
    ),
    Problem(
        "Brusselator, line", _line_rates, make_line, (10, 100, 1000), ("jacobian",),
        source="Hairer, Wanner 1996, IV.10",
    ),
    Problem(
        "Robertson", _robertson_rates, make_robertson, (3,), ("jacobian",),
        hand={"jacobian": robertson_jacobian}, source="Hairer, Wanner 1996, IV.1",
    ),
    Problem(
        "Lotka-Volterra", lotka_volterra, make_lotka_volterra, (20, 100, 1000), ("grad",),
        compiled="lotka_volterra",
    ),
)  # fmt: skip
