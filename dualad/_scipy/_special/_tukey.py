"""Tukey's lambda distribution, whose value SciPy finds by bisection, to some hundred ulp.

With p = (1 + tanh t)/2 the quantile (p**k - (1 - p)**k)/k is F(t) = 2 sinh(k t)/(k (2 cosh t)**k).
SciPy's p gives a first t, and Newton's method one to the last digit, also near p = 1/2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import polynomial, select
from ._powers import exprel1

# coth(w) - 1/w = sum of 2 (-1)**(n + 1) zeta(2 n) w**(2n - 1)/pi**(2n) (DLMF 4.33.4, 25.6.2)
_LANGEVIN = tuple(
    2.0 * (-1.0) ** (n + 1) * float(sc.zeta(2.0 * n)) / math.pi ** (2 * n) for n in range(18, 0, -1)
)


@dispatched
def half_logit(x: Any, k: Any) -> Any:
    """t with F(t) = x."""
    x, k = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(k, np.float64))
    with np.errstate(all="ignore"):
        p = sc.tklmbda(-np.abs(x), k)
        t = 0.5 * (np.log1p(-p) - np.log(p))
        none = k == 0.0
        c = np.where(none, 1.0, k)
        for _ in range(2):
            size = np.where(none, t, np.sinh(k * t) / c)
            t = t - (2.0 * size * np.power(2.0 * np.cosh(t), -k) - np.abs(x)) * _along_x(t, k)
    return np.copysign(t, x)[()]


def _along_x(t: Any, k: Any) -> Any:
    """dt/dx."""
    c = np.cosh(t)
    return np.power(2.0 * c, k) * c / (2.0 * np.cosh((1.0 - k) * t))


def _along_k(x: Any, k: Any, t: Any) -> Any:
    """dt/dk: minus that in x times the derivative of F in k, which is F (...)."""
    w = k * t
    near = np.abs(w) < 1.0
    v, u = select(near, w, 0.0), select(near, 1.0, w)
    langevin = select(near, v * polynomial(v * v, _LANGEVIN), np.cosh(u) / np.sinh(u) - 1.0 / u)
    return x * (np.log(2.0 * np.cosh(t)) - t * langevin) * _along_x(t, k)


# Out in the tails t says nothing that p does not.


def _middle(k: Any, p: Any) -> Any:
    return (p > 1e-3) & (p < 0.999) & (np.abs(k) < 50.0)


def _spread(p: Any, k: Any) -> Any:
    return np.power(p, k - 1.0) + np.power(1.0 - p, k - 1.0)


def _tail_k(k: Any, p: Any) -> Any:
    a, b = np.log(p), np.log1p(-p)
    turn = a * a * exprel1(k * a) - b * b * exprel1(k * b)
    edge = np.equal(p, 0.0) | np.equal(p, 1.0)
    return select(edge, 0.0, -turn / _spread(p, k))


def _tail_x(k: Any, p: Any) -> Any:
    edge = np.equal(p, 0.0) | np.equal(p, 1.0)
    q = select(edge, 0.5, p)
    return select(edge, 0.0, 1.0 / _spread(q, k))


def _inner(x: Any, k: Any, p: Any) -> tuple[Any, Any, Any, Any]:
    """Where t serves, and x, k, t there."""
    there = _middle(k, p)
    z, c = select(there, x, 0.0), select(there, k, 1.0)
    return there, z, c, half_logit(z, c)


def _slope_x(x: Any, k: Any, p: Any) -> Any:
    there, _z, c, t = _inner(x, k, p)
    cosh = np.cosh(t)
    return select(there, _along_x(t, c) / (2.0 * cosh * cosh), _tail_x(k, p))


def _slope_k(x: Any, k: Any, p: Any) -> Any:
    there, z, c, t = _inner(x, k, p)
    cosh = np.cosh(t)
    return select(there, _along_k(z, c, t) / (2.0 * cosh * cosh), _tail_k(k, p))


PARTIALS: dict[Any, dict[int, Any]] = {
    "tklmbda": {0: _slope_x, 1: _slope_k},
    half_logit: {0: lambda _x, k, t: _along_x(t, k), 1: _along_k},
}
