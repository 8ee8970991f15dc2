"""Systems whose Jacobians are mostly zeros: an arrow-head, and coupled equations on a grid.

Sources: ARWHEAD of N. Gould, D. Orban, P. Toint, "CUTEst" (2015), its gradient taken as a system;
Bratu's equation (G. Bratu 1914), of two fields that drive each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._problem import Inputs, Problem
from .odes import grid
from .smooth import uniform

Array = Any


def arwhead(x: Array) -> Array:
    """A function whose Hessian is an arrow-head: each number meets itself and the last one."""
    return np.sum((x[:-1] ** 2 + x[-1] ** 2) ** 2 - 4.0 * x[:-1] + 3.0)


def arrow_head(x: Array) -> Array:
    """The stationary points of `arwhead`: as many equations as unknowns, in the same pattern."""
    s = x[:-1] ** 2 + x[-1] ** 2
    last = 4.0 * x[-1] * np.sum(s)
    return np.concatenate((4.0 * x[:-1] * s - 4.0, last[None]))


def arrow_head_jacobian(x: Array) -> Array:
    """Its Jacobian, and so the Hessian of `arwhead`, written by hand."""
    n, tip = len(x), x[-1]
    J = np.zeros_like(x, shape=(n, n))
    J[np.arange(n - 1), np.arange(n - 1)] = 12.0 * x[:-1] ** 2 + 4.0 * tip**2
    J[:-1, -1] = J[-1, :-1] = 8.0 * x[:-1] * tip
    J[-1, -1] = 4.0 * np.sum(x[:-1] ** 2 + 3.0 * tip**2)
    return J


def five_points(u: Array) -> Array:
    """Minus the Laplacian of a field that is zero around its square, in units of the mesh."""
    n = u.shape[0]
    beside, above = np.zeros((n, 1)), np.zeros((1, n))
    left, right = np.hstack((beside, u[:, :-1])), np.hstack((u[:, 1:], beside))
    down, up = np.vstack((above, u[:-1])), np.vstack((u[1:], above))
    return 4.0 * u - left - right - down - up


def coupled(y: Array, strength: float) -> Array:
    """Two fields on n x n interior points, each the source of the other's heat."""
    n = grid(len(y))
    u, v = y.reshape(2, n, n)
    c = strength / (n + 1) ** 2
    first = five_points(u) - c * np.exp(v / (1.0 + 0.1 * v))
    second = five_points(v) - c * np.exp(u) * (1.0 - 0.1 * u)
    return np.concatenate((first.reshape(-1), second.reshape(-1)))


def coupled_jacobian(y: Array, strength: float) -> Array:
    """Its Jacobian, written by hand."""
    n = grid(len(y))
    m = n * n
    u, v = y[:m], y[m:]
    c = strength / (n + 1) ** 2
    A = np.stack([five_points(e) for e in np.eye(m).reshape(m, n, n)]).reshape(m, m)
    by_v = -c * np.exp(v / (1.0 + 0.1 * v)) / (1.0 + 0.1 * v) ** 2
    by_u = -c * np.exp(u) * (0.9 - 0.1 * u)
    return np.vstack((np.hstack((A, np.diag(by_v))), np.hstack((np.diag(by_u), A))))


def make_coupled(size: int, seed: int = 0) -> Inputs:
    """Two fields on size x size points."""
    return np.random.default_rng(seed).uniform(0.1, 1.0, 2 * size**2), 3.0


PROBLEMS = (
    Problem(
        "arrow-head", arrow_head, uniform, (10, 100, 1000), ("jacobian",),
        hand={"jacobian": arrow_head_jacobian}, source="CUTEst, ARWHEAD",
    ),
    Problem(
        "ARWHEAD", arwhead, uniform, (10, 100, 1000), ("grad", "hessian"),
        hand={"grad": arrow_head, "hessian": arrow_head_jacobian}, source="CUTEst, ARWHEAD",
    ),
    Problem(
        "coupled PDEs", coupled, make_coupled, (4, 8, 16), ("jacobian",),
        hand={"jacobian": coupled_jacobian}, source="Bratu 1914, two fields",
    ),
)  # fmt: skip
