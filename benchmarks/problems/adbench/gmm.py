"""Gaussian mixture: the posterior of k Gaussians in d dimensions for n points.

Each Gaussian has a lower triangular factor Q_k of its inverse covariance, with the exponentials of
`icf[k, :d]` on its diagonal and `icf[k, d:]` below it, column after column. With
``q_k = sum(icf[k, :d])`` the objective is ::

    sum_i logsumexp_k(alpha_k + q_k - |Q_k (x_i - mu_k)|^2 / 2) - n logsumexp(alpha) + prior + const

and the prior is the logarithm of Wishart's density with parameters (gamma, m), its sign as in
ADBench.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from .._problem import Inputs, Problem
from .inputs import SOURCE, Words

Array = Any


def logsumexp(x: Array, axis: int = -1) -> Array:
    """Without overflow."""
    top = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.sum(np.exp(x - top), axis=axis))


def below(d: int) -> np.ndarray:
    """Where each entry of a strictly lower triangle is in ``(0, l_1, l_2, ...)``, by columns."""
    place = np.zeros((d, d), dtype=int)
    columns, rows = np.triu_indices(d, 1)
    place[rows, columns] = np.arange(1, len(rows) + 1)
    return place


def weights(icf: Array, d: int) -> tuple[Array, Array]:
    """The exponentials of the diagonals, (k, d), and what is below them, (k, d, d)."""
    entries = np.concatenate((np.zeros((icf.shape[0], 1)), icf[:, d:]), axis=1)
    return np.exp(icf[:, :d]), entries[:, below(d)]


def constant(d: int, k: int, n: int, gamma: float, m: int) -> float:
    """What does not depend on the differentiated inputs."""
    freedom = d + m + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi)
    log_gamma += sum(math.lgamma(0.5 * (freedom - j)) for j in range(d))
    wishart = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0)) - log_gamma
    return -0.5 * n * d * math.log(2.0 * math.pi) - k * wishart


def gmm(alphas: Array, means: Array, icf: Array, x: np.ndarray, gamma: float, m: int) -> Array:
    """The objective."""
    n, d = x.shape
    diagonal, lower = weights(icf, d)
    q = np.sum(icf[:, :d], axis=1)
    off = x[:, None, :] - means  # (n, k, d)
    weighed = diagonal * off + np.einsum("kij,nkj->nki", lower, off)
    inner = alphas + q - 0.5 * np.sum(weighed**2, axis=2)
    prior = 0.5 * gamma**2 * (np.sum(diagonal**2) + np.sum(icf[:, d:] ** 2)) - m * np.sum(q)
    slse = np.sum(logsumexp(inner)) - n * logsumexp(alphas)
    return slse + prior + constant(d, alphas.shape[0], n, gamma, m)


def gmm_gradient(
    alphas: Array, means: Array, icf: Array, x: np.ndarray, gamma: float, m: int
) -> tuple[Array, Array, Array]:
    """Its gradient, written by hand: every point's share in every Gaussian does it."""
    n, d = x.shape
    diagonal, lower = weights(icf, d)
    off = x[:, None, :] - means
    weighed = diagonal * off + np.einsum("kij,nkj->nki", lower, off)
    inner = alphas + np.sum(icf[:, :d], axis=1) - 0.5 * np.sum(weighed**2, axis=2)
    share = np.exp(inner - logsumexp(inner)[:, None])
    total = np.sum(share, axis=0)
    by_alphas = total - n * np.exp(alphas - logsumexp(alphas))
    pulled = share[:, :, None] * weighed
    by_means = diagonal * np.sum(pulled, axis=0) + np.einsum("kij,nki->kj", lower, pulled)
    outer = -np.einsum("nki,nkj->kij", pulled, off)
    columns, rows = np.triu_indices(d, 1)
    by_diagonal = total[:, None] + diagonal * np.einsum("kii->ki", outer)
    by_diagonal = by_diagonal + gamma**2 * diagonal**2 - m
    by_lower = outer[:, rows, columns] + gamma**2 * icf[:, d:]
    return by_alphas, by_means, np.concatenate((by_diagonal, by_lower), axis=1)


def make(size: tuple[int, int, int], seed: int = 0) -> Inputs:
    """`size` is (d, k, n): dimensions, Gaussians, points."""
    d, k, n = size
    rng = np.random.default_rng(seed)
    icf = np.concatenate((rng.uniform(0.0, 1.0, (k, d)), rng.normal(size=(k, d * (d - 1) // 2))), 1)
    return rng.normal(size=k), rng.uniform(0.0, 1.0, (k, d)), icf, rng.normal(size=(n, d)), 1.0, 0


def read(folder: Path, file: str) -> Inputs:
    """A file of ADBench: d, k, n; alphas, means, factors, points; gamma and m."""
    words = Words(folder / file)
    d, k, n = words.integers(3)
    alphas, means, icf = words.take(k), words.take(k, d), words.take(k, d + d * (d - 1) // 2)
    points = words.take(n, d)
    return alphas, means, icf, points, float(words.take(1)[0]), words.integers(1)[0]


PROBLEMS = (
    Problem(
        "GMM", gmm, make, ((2, 5, 20), (2, 5, 1000), (10, 25, 1000)), ("grad",), (0, 1, 2),
        hand={"grad": gmm_gradient}, read=read,
        files=("gmm_1k_gmm_d2_K5.txt", "gmm_1k_gmm_d10_K25.txt"), source=SOURCE,
    ),
)  # fmt: skip
