"""Distribution functions and their inverses, in the variable.

The derivative of a distribution function is the density, and that of its inverse the reciprocal
of the density at the answer. Sums over k are steps in k, as SciPy takes floor(k).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._helpers import NAN, select
from ..._rules._row import ONE, ZERO, Row, Unary
from ._beta_parameter import I_L
from ._gamma_parameter import P_X, upper_quantile
from ._many import INTEGER, Partials
from ._normal import hazard

PI = 3.141592653589793
ROOT_TWO_PI = 2.5066282746310002


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """x**(a-1) (1-x)**(b-1) / B(a, b), the derivative of betainc in x."""
    low, high = np.equal(x, 0.0), np.equal(x, 1.0)
    z = select(low | high, 0.5, x)
    inner = I_L(a, b, sc.logit(z)) / (z * (1.0 - z))
    return select(low, _at_end(a, b), select(high, _at_end(b, a), inner))


def _at_end(a: Any, b: Any) -> Any:
    return select(a < 1.0, np.inf, select(np.equal(a, 1.0), 1.0 * b, 0.0))


def _binomial(k: Any, n: Any, p: Any) -> Any:
    """Minus the derivative of bdtr in p; 0 where none or all of the n trials are counted."""
    k = np.floor(k)
    full = (k >= n) | (k < 0.0)
    d = beta_density(select(full, 1.0, k + 1.0), select(full, 1.0, n - k), p)
    return select(full, 0.0, d)


def _poisson(k: Any, m: Any) -> Any:
    return P_X(np.floor(k) + 1.0, m)


# --- noncentral chi squared: the derivative in nc is minus the density with two more degrees


def _noncentral(x: Any, df: Any, nc: Any) -> Any:
    """The density of the noncentral chi squared distribution."""
    central = np.equal(nc, 0.0)
    c = select(central, 1.0, nc)
    u, v = np.sqrt(x), np.sqrt(c)
    bell = np.exp(-0.5 * (u - v) * (u - v))
    d = 0.5 * bell * np.power(u / v, 0.5 * df - 1.0) * sc.ive(0.5 * df - 1.0, u * v)
    return select(central, 0.5 * P_X(0.5 * df, 0.5 * x), d)


# --- Kolmogorov and Smirnov

_KOLMOGOROV_BORDER = 0.82
_SMIRNOV_LARGEST = 1000


@dispatched
def kolmogorov_slope(n: int, x: Any) -> Any:
    """The n-th derivative of the distribution 1 - K(x), by the series that converges fast.

    1 - K = 1 - 2 sum (-1)**(k-1) exp(-2 k*k*x*x) = sqrt(2 pi)/x sum exp(-(2k-1)**2 pi**2/(8 x*x)).
    """
    x = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        far = x > _KOLMOGOROV_BORDER
        # From 20 on the exponential is 0, and powers of x would leave the range.
        z, w = np.where(far, np.minimum(x, 30.0), 1.0), np.where(far, 1.0, x)
        out = np.zeros_like(x)
        near = np.zeros_like(x)
        for k in range(1, 8):
            a = 2.0 * k * k
            hermite = np.polynomial.hermite.hermval(
                math.sqrt(a) * z, [0.0] * n + [1.0]
            )  # the n-th derivative of exp(-a x*x)
            out -= 2.0 * (-1.0) ** (k - 1) * (-math.sqrt(a)) ** n * hermite * np.exp(-a * z * z)
            b = (2 * k - 1) ** 2 * PI * PI / 8.0
            near += ROOT_TWO_PI * _theta(n, b, w)
        answer = np.where(far, out, near)
        return np.where(x > 0.0, answer, np.where(np.isnan(x), np.nan, 0.0))[()]


def _theta(n: int, b: float, x: Any) -> Any:
    """The n-th derivative of exp(-b/x**2)/x: a polynomial in 1/x times the exponential."""
    powers = {1: 1.0}  # of 1/x
    for _ in range(n):
        more: dict[int, float] = {}
        for p, c in powers.items():
            more[p + 1] = more.get(p + 1, 0.0) - p * c
            more[p + 3] = more.get(p + 3, 0.0) + 2.0 * b * c
        powers = more
    total = sum(c * x ** -float(p) for p, c in powers.items())
    e = np.exp(-b / (x * x))
    return np.where(e > 0.0, total * e, 0.0)


@dispatched
def smirnov_slope(m: int, n: Any, d: Any) -> Any:
    """The m-th derivative of smirnov(n, d) in d (Birnbaum and Tingey 1951), term by term."""
    n, d = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(d, np.float64))
    out = np.full(n.shape, np.nan)
    for i in np.ndindex(n.shape):
        if np.isfinite(d[i]) and n[i] >= 1.0:
            out[i] = _smirnov_one(m, int(n[i]), float(d[i]))
    return out[()]


def _smirnov_one(m: int, n: int, d: float) -> float:
    if n > _SMIRNOV_LARGEST:
        raise NoRuleError(
            f"scipy.special.smirnov for n > {_SMIRNOV_LARGEST} has no derivative rule",
            "scipy.special.kolmogorov, its limit",
        )
    if not 0.0 <= d < 1.0:
        return 0.0
    total = [(-1.0) ** m * _falling(n, m, 1.0 - d)]
    for j in range(1, math.floor(n * (1.0 - d)) + 1):
        a, b = d + j / n, max(1.0 - d - j / n, 0.0)
        # derivatives of a**(j-1) * b**(n-j), and of d times it
        total.append(d * _product(m, n, j, a, b) + m * _product(m - 1, n, j, a, b))
    return math.fsum(total)


def _product(m: int, n: int, j: int, a: float, b: float) -> float:
    if m < 0:
        return 0.0
    return math.fsum(
        math.comb(m, i) * _falling(j - 1, i, a) * (-1.0) ** (m - i) * _falling(n - j, m - i, b)
        for i in range(m + 1)
    ) * math.comb(n, j)


def _falling(p: int, i: int, a: float) -> float:
    """The i-th derivative of a**p."""
    factor = 1.0
    for k in range(i):
        factor *= p - k
    return 0.0 if factor == 0.0 else factor * a ** (p - i)


# --- Tukey's lambda: the quantile is boxcox(p, l) - boxcox(1 - p, l)


def _ndtri_slope(p: Any, x: Any) -> Any:
    """The derivative of ndtri at p, where its answer is x."""
    up = x > 0.0
    z = select(up, -x, x)
    return 1.0 / (select(up, 1.0 - p, p) * hazard(z))


ROWS: list[Row] = [
    Unary(
        sc.kolmogorov,
        lambda x, _y: -kolmogorov_slope(1, x),
        lambda x, _y, _d: -kolmogorov_slope(2, x),
        at=(0.1, 0.5, 0.81, 0.83, 1.0, 2.0, 5.0),
    ),
    Unary(
        sc.kolmogi,
        lambda p, x: select(np.isnan(p), NAN, -1.0 / kolmogorov_slope(1, x)),
        lambda _p, x, d: kolmogorov_slope(2, x) * d * d * d,
        at=(1e-9, 0.1, 0.5, 0.9, 0.999),
    ),
]

PARTIALS: Mapping[Any, Partials] = {
    kolmogorov_slope: {0: INTEGER, 1: lambda n, x, _y: kolmogorov_slope(int(n) + 1, x)},
    smirnov_slope: {
        0: INTEGER,
        1: INTEGER,
        2: lambda m, n, d, _y: smirnov_slope(int(m) + 1, n, d),
    },
    "betainc": {2: lambda a, b, x, _y: beta_density(a, b, x)},
    "betaincc": {2: lambda a, b, x, _y: -beta_density(a, b, x)},
    "bdtr": {0: ZERO, 1: INTEGER, 2: lambda k, n, p, _y: -_binomial(k, n, p)},
    "bdtrc": {0: ZERO, 1: INTEGER, 2: lambda k, n, p, _y: _binomial(k, n, p)},
    "bdtri": {0: ZERO, 1: INTEGER, 2: lambda k, n, _y, p: -1.0 / _binomial(k, n, p)},
    "nbdtr": {0: INTEGER, 1: INTEGER, 2: lambda k, n, p, _y: beta_density(n, k + 1.0, p)},
    "nbdtrc": {0: INTEGER, 1: INTEGER, 2: lambda k, n, p, _y: -beta_density(n, k + 1.0, p)},
    "nbdtri": {0: INTEGER, 1: INTEGER, 2: lambda k, n, _y, p: 1.0 / beta_density(n, k + 1.0, p)},
    "pdtr": {0: ZERO, 1: lambda k, m, _y: -_poisson(k, m)},
    "pdtrc": {0: ZERO, 1: lambda k, m, _y: _poisson(k, m)},
    "pdtri": {0: INTEGER, 1: lambda k, _y, m: -1.0 / _poisson(k, m)},
    "gammainc": {1: lambda a, x, _y: P_X(a, x)},
    "gammaincc": {1: lambda a, x, _y: -P_X(a, x)},
    "gammaincinv": {1: lambda a, _p, x: 1.0 / P_X(a, x)},
    "gammainccinv": {1: lambda a, p, _x: -1.0 / P_X(a, upper_quantile(a, p))},
    upper_quantile: {1: lambda a, _p, x: -1.0 / P_X(a, x)},
    "chdtr": {1: lambda v, x, _y: 0.5 * P_X(0.5 * v, 0.5 * x)},
    "chdtrc": {1: lambda v, x, _y: -0.5 * P_X(0.5 * v, 0.5 * x)},
    "chdtri": {1: lambda v, _p, x: -2.0 / P_X(0.5 * v, 0.5 * x)},
    "gdtr": {0: lambda a, b, x, _y: x * P_X(b, a * x), 2: lambda a, b, x, _y: a * P_X(b, a * x)},
    "gdtrc": {
        0: lambda a, b, x, _y: -x * P_X(b, a * x),
        2: lambda a, b, x, _y: -a * P_X(b, a * x),
    },
    "gdtria": {
        0: lambda _p, b, x, a: 1.0 / (x * P_X(b, a * x)),
        2: lambda _p, _b, x, a: -a / x,
    },
    "gdtrix": {
        0: lambda a, _b, _p, x: -x / a,
        2: lambda a, b, _p, x: 1.0 / (a * P_X(b, a * x)),
    },
    "chndtr": {
        0: lambda x, df, nc, _y: _noncentral(x, df, nc),
        2: lambda x, df, nc, _y: -_noncentral(x, df + 2.0, nc),
    },
    "chndtrix": {
        0: lambda _p, df, nc, x: 1.0 / _noncentral(x, df, nc),
        2: lambda _p, df, nc, x: _noncentral(x, df + 2.0, nc) / _noncentral(x, df, nc),
    },
    "chndtrinc": {
        0: lambda x, df, _p, nc: _noncentral(x, df, nc) / _noncentral(x, df + 2.0, nc),
        2: lambda x, df, _p, nc: -1.0 / _noncentral(x, df + 2.0, nc),
    },
    "smirnov": {0: INTEGER, 1: lambda n, d, _y: smirnov_slope(1, n, d)},
    "smirnovi": {0: INTEGER, 1: lambda n, _p, d: 1.0 / smirnov_slope(1, n, d)},
    "nrdtrimn": {
        0: lambda p, std, x, mn: -std * _ndtri_slope(p, (x - mn) / std),
        1: lambda p, _std, _x, _y: -sc.ndtri(p),
        2: ONE,
    },
    "nrdtrisd": {
        0: lambda _mn, p, _x, _y: -1.0 / sc.ndtri(p),
        1: lambda _mn, p, _x, y: -y * _ndtri_slope(p, sc.ndtri(p)) / sc.ndtri(p),
        2: lambda _mn, p, _x, _y: 1.0 / sc.ndtri(p),
    },
}
INTEGERS: Mapping[Any, tuple[int, ...]] = {kolmogorov_slope: (0,), smirnov_slope: (0, 1)}
