"""Smooth functions of a vector.

Sources: Rosenbrock and Ackley as in the benchmarks of ForwardDiff.jl; Helmholtz energy after
A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, the example of section 1.3;
logistic regression as in T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical
Learning", section 4.4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._problem import Inputs, Problem

Array = Any


def rosenbrock(x: Array) -> Array:
    """The Rosenbrock function, in array form. Its minimum is 0, at (1, ..., 1)."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_gradient(x: Array) -> Array:
    """Its gradient, written by hand."""
    g = np.zeros_like(x)
    d = x[1:] - x[:-1] ** 2
    g[:-1] = -400.0 * x[:-1] * d - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * d
    return g


def rosenbrock_hessian(x: Array) -> Array:
    """Its Hessian, written by hand."""
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    beside = np.diag(-400.0 * x[:-1], 1)
    return np.diag(diagonal) + beside + beside.T


def ackley(x: Array) -> Array:
    """The Ackley function, in array form."""
    n = x.shape[0]
    a = np.exp(-0.2 * np.sqrt(np.sum(x**2) / n))
    b = np.exp(np.sum(np.cos(2.0 * np.pi * x)) / n)
    return -20.0 * a - b + 20.0 + np.e


def ackley_gradient(x: Array) -> Array:
    """Its gradient, written by hand."""
    n = x.shape[0]
    root = np.sqrt(np.sum(x**2) / n)
    b = np.exp(np.sum(np.cos(2.0 * np.pi * x)) / n)
    slope = 4.0 * np.exp(-0.2 * root) / (root * n)
    return slope * x + 2.0 * np.pi * b / n * np.sin(2.0 * np.pi * x)


def two_peaks(p: Array, t: np.ndarray, data: np.ndarray) -> Array:
    """Residuals of two Gaussian peaks with p = (height, place, width) each."""
    first = p[0] * np.exp(-(((t - p[1]) / p[2]) ** 2))
    second = p[3] * np.exp(-(((t - p[4]) / p[5]) ** 2))
    return first + second - data


def two_peaks_jacobian(p: Array, t: np.ndarray, data: np.ndarray) -> Array:
    """Its Jacobian, written by hand."""
    columns = []
    for height, place, width in (p[:3], p[3:]):
        z = (t - place) / width
        bell = np.exp(-(z**2))
        slope = 2.0 * height * bell * z / width
        columns += [bell, slope, slope * z]
    return np.stack(columns, axis=1)


def helmholtz(x: Array, A: np.ndarray, b: np.ndarray) -> Array:
    """Helmholtz energy of a mixed fluid in a unit volume and temperature; x the amounts."""
    bx = b @ x
    ideal = np.sum(x * np.log(x / (1.0 - bx)))
    root = np.sqrt(2.0)
    mixed = np.log((1.0 + (1.0 + root) * bx) / (1.0 + (1.0 - root) * bx))
    return ideal - x @ (A @ x) / (np.sqrt(8.0) * bx) * mixed


def helmholtz_gradient(x: Array, A: np.ndarray, b: np.ndarray) -> Array:
    """Its gradient, written by hand."""
    bx, root, eight = b @ x, np.sqrt(2.0), np.sqrt(8.0)
    up, down = 1.0 + (1.0 + root) * bx, 1.0 + (1.0 - root) * bx
    mixed, Ax = np.log(up / down), A @ x
    ideal = np.log(x / (1.0 - bx)) + 1.0 + np.sum(x) * b / (1.0 - bx)
    by_bx = ((1.0 + root) / up - (1.0 - root) / down) / bx - mixed / bx**2
    return ideal - 2.0 * Ax * mixed / (eight * bx) - x @ Ax / eight * by_bx * b


def logistic(w: Array, X: np.ndarray, y: np.ndarray, ridge: float) -> Array:
    """Logistic regression: the mean loss with labels -1 and 1, and a penalty."""
    return np.mean(np.logaddexp(0.0, -y * (X @ w))) + 0.5 * ridge * np.sum(w**2)


def logistic_gradient(w: Array, X: np.ndarray, y: np.ndarray, ridge: float) -> Array:
    """Its gradient, written by hand."""
    wrong = 1.0 / (1.0 + np.exp(y * (X @ w)))
    return -(y * wrong) @ X / len(y) + ridge * w


def logistic_hessian(w: Array, X: np.ndarray, y: np.ndarray, ridge: float) -> Array:
    """Its Hessian, written by hand."""
    wrong = 1.0 / (1.0 + np.exp(y * (X @ w)))
    return (X.T * (wrong * (1.0 - wrong))) @ X / len(y) + ridge * np.eye(len(w))


def n_body(x: Array) -> Array:
    """Softened potential of bodies of unit mass at the rows of x, which is given as a vector."""
    r = x.reshape(-1, 3)
    i, j = np.tril_indices(r.shape[0], -1)
    d = r[i] - r[j]
    return -np.sum(1.0 / np.sqrt(np.sum(d * d, axis=1) + 1e-3))


def uniform(size: int, seed: int = 0) -> Inputs:
    """Numbers between 0.1 and 1; `size` of them."""
    return (np.random.default_rng(seed).uniform(0.1, 1.0, size),)


def make_two_peaks(size: int = 200, seed: int = 0) -> Inputs:
    """`size` measurements; the parameters are 10 % off the true ones."""
    t = np.linspace(0.0, 10.0, size)
    truth = np.array([2.0, 3.0, 0.6, 1.0, 6.5, 1.1])
    data = two_peaks(truth, t, 0.01 * np.sin((37.0 + seed) * t))
    return truth * 1.1, t, data


def make_helmholtz(size: int, seed: int = 0) -> Inputs:
    """`size` components, which fill less than the volume."""
    rng = np.random.default_rng(seed)
    half = rng.uniform(0.1, 1.0, (size, size))
    return rng.uniform(0.1, 1.0, size) / size, half + half.T, rng.uniform(0.1, 0.9, size)


def make_logistic(size: int, seed: int = 0) -> Inputs:
    """`size` weights, and ten labelled rows for each of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(10 * size, size))
    y = np.where(X @ rng.normal(size=size) + rng.normal(size=10 * size) > 0.0, 1.0, -1.0)
    return 0.3 * rng.normal(size=size), X, y, 1e-2


PROBLEMS = (
    Problem(
        "Rosenbrock", rosenbrock, uniform, (10, 100, 1000), ("grad", "hessian"),
        hand={"grad": rosenbrock_gradient, "hessian": rosenbrock_hessian}, compiled="rosenbrock",
        source="ForwardDiff.jl, benchmarks",
    ),
    Problem(
        "Ackley", ackley, uniform, (10, 100, 1000), ("grad", "hessian"),
        hand={"grad": ackley_gradient}, compiled="ackley", source="ForwardDiff.jl, benchmarks",
    ),
    Problem(
        "curve fit", two_peaks, make_two_peaks, (50, 200, 2000), ("jacobian",),
        hand={"jacobian": two_peaks_jacobian},
    ),
    Problem(
        "Helmholtz energy", helmholtz, make_helmholtz, (5, 20, 100), ("grad", "hessian"),
        hand={"grad": helmholtz_gradient}, source="Griewank, Walther 2008, section 1.3",
    ),
    Problem(
        "logistic regression", logistic, make_logistic, (10, 50, 200), ("grad", "hessian"),
        hand={"grad": logistic_gradient, "hessian": logistic_hessian},
        source="Hastie, Tibshirani, Friedman, section 4.4",
    ),
    Problem("N-body", n_body, uniform, (30, 90, 300), ("grad",), compiled="n_body"),
)  # fmt: skip
