"""The gamma function and its family: gamma, psi, poch, beta, binom.

Formulas: DLMF 5.2, 5.5, 5.11, 5.15. Where a formula has poles that cancel (rgamma at 0, -1, ...,
binom(n, k) with k > n), the product of finite factors is written out.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import NAN, below, polynomial, select, sin_cos_pi
from ..._rules._row import Row, Unary
from ._many import INTEGER, Partials
from ._quadrature import log_minus_line, stirling_error

PI = 3.141592653589793

# --- polygamma, for real and complex arguments

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_SHIFT = 16


@functools.lru_cache(maxsize=32)
def _cotangent(n: int) -> tuple[float, ...]:
    """The n-th derivative of cot as a polynomial in cot; the constant comes first."""
    p = [0, 1]
    for _ in range(n):
        slope = [k * c for k, c in enumerate(p)][1:]
        p = [0] * (len(slope) + 2)
        for k, c in enumerate(slope):  # cot' = -1 - cot**2
            p[k] -= c
            p[k + 2] -= c
    return tuple(float(c) for c in p)


def _right(n: int, z: Any) -> Any:
    """polygamma(n, z), n >= 1, in the right half plane."""
    if z.dtype.kind != "c":
        return (-1.0) ** (n + 1) * math.factorial(n) * sc.zeta(n + 1.0, z)
    return right_by_series(n, z)


def right_by_series(n: int, z: Any) -> Any:
    """As `_right`, by recurrence and the asymptotic series; in operators alone."""
    total: Any = 0.0
    for k in range(_SHIFT):
        total = total + (z + k) ** (-n - 1)
    w = z + _SHIFT
    tail = math.factorial(n - 1) * w**-n + 0.5 * math.factorial(n) * w ** (-n - 1)
    for k, b in enumerate(_BERNOULLI, 1):
        factor = b * math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        tail += factor * w ** (-2 * k - n)
    return (-1.0) ** (n + 1) * (math.factorial(n) * total + tail)


def _one_order(n: int, z: Any) -> Any:
    if n == 0:
        return sc.psi(z)
    left = np.real(z) < 0.0
    answer = _right(n, np.where(left, 1.0 - z, z))
    if np.any(left):
        s, c = sin_cos_pi(np.where(left, z, 0.5))
        cot = np.polynomial.polynomial.polyval(c / s, _cotangent(n))
        mirrored = (-1.0) ** n * answer - PI ** (n + 1) * cot
        answer = np.where(left, mirrored, answer)
    return answer


@dispatched
def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of psi, for any integers n >= 0 and real or complex x.

    `scipy.special.polygamma` has no numbers for x < 0.
    """
    n, z = np.broadcast_arrays(n, x)
    z = z * 1.0
    out = np.empty_like(z)
    with np.errstate(all="ignore"):
        for order in np.unique(n):
            out = np.where(n == order, _one_order(int(order), z), out)
    return out[()]


@dispatched
def scipy_polygamma(n: Any, x: Any) -> Any:
    """`scipy.special.polygamma`."""
    return sc.polygamma(n, x)


scipy_polygamma.__name__ = "polygamma"

# --- differences of psi and its derivatives

_STEPS = 10
_STIRLING = 15.0


def _shares(a: Any, b: Any, count: int) -> list[Any]:
    """(a**-j - b**-j)/(b - a) for j from 1 on, as sums of positive terms."""
    p, q = 1.0 / a, 1.0 / b
    found, power = [p * q], p
    for _ in range(count - 1):
        power = power * p
        found.append(q * (found[-1] + power))
    return found


def _difference_right(n: int, z: Any, m: Any) -> Any:
    """For z > 0 and z + m > 0: ten terms, and from z + 10 on the asymptotic series."""
    sums: Any = 0.0
    for k in range(_STEPS):
        sums = sums + m * _shares(z + k, z + m + k, n + 1)[-1]
    a, b = z + _STEPS, z + m + _STEPS
    share = _shares(a, b, n + 2 * len(_BERNOULLI))
    sums = math.factorial(n) * (sums + 0.5 * m * share[n])
    for k, c in enumerate(_BERNOULLI, 1):
        sums = sums + m * (
            c * math.factorial(2 * k + n - 1) / math.factorial(2 * k) * share[2 * k + n - 1]
        )
    first = math.factorial(n - 1) * m * share[n - 1] if n else np.log1p(m / a)
    return (-1.0) ** n * (sums + first)


@dispatched
def polygamma_difference(n: int, z: Any, m: Any) -> Any:
    """polygamma(n, z + m) - polygamma(n, z), without cancellation where z and z + m are positive.

    All terms of the recurrence and of the asymptotic series (DLMF 5.7.6, 5.11.2, 5.15.5, 5.15.8)
    are powers, and their differences are taken one by one.
    """
    w = z + m
    right = (z > 0.0) & (w > 0.0) & (w < np.inf)
    with np.errstate(all="ignore"):
        series = _difference_right(int(n), np.where(right, z, 1.0), np.where(right, m, 0.0))
        plain = series if np.all(right) else polygamma(n, w) - polygamma(n, z)
        return np.where(right, series, plain)[()]


def psi_difference(z: Any, m: Any) -> Any:
    """psi(z + m) - psi(z)."""
    return polygamma_difference(0, z, m)


# --- beta: d/da d/db = B (D(a, b) D(b, a) - psi'(a + b)) with D(a, b) = psi(a + b) - psi(a), which
# cancels where a or b is small. With b = min(a, b) it is B (b S + D(a, b) D(1 + b, a - 1)),
# S = sum over k of 1/((a + k)(a + b + k)**2), and all of this is positive for a > 1; below, it is
# the sum of those at (a + 1, b) and (a, b + 1).


def _double_sum(a: Any, b: Any) -> Any:
    """S for a >= 1 > b > 0: ten terms, and the rest by the formula of Euler and Maclaurin."""
    total: Any = 0.0
    for k in range(_STEPS):
        total = total + 1.0 / ((a + k) * (a + b + k) * (a + b + k))
    p, q = 1.0 / (a + _STEPS), 1.0 / (a + b + _STEPS)
    v = b * q
    whole = polynomial(v, tuple(1.0 / (n + 2) for n in range(18, -1, -1))) * (q * q)
    slope, power = p * q * q, q * q  # its n-th derivative over n!, but for the sign; and q**(n + 2)
    total = total + whole + 0.5 * slope
    for n in range(1, 2 * len(_BERNOULLI)):
        power = power * q
        slope = p * (slope + (n + 1) * power)
        if n % 2:
            total = total + _BERNOULLI[n // 2] / (n + 1) * slope
    return total


def _beta_mixed_right(a: Any, b: Any) -> Any:
    total = b * _double_sum(a, b) + psi_difference(a, b) * psi_difference(1.0 + b, a - 1.0)
    return sc.beta(a, b) * total


def _beta_mixed(a: Any, b: Any) -> Any:
    low, high = select(a < b, a, b), select(a < b, b, a)
    small = (low > 0.0) & (low < 1.0)
    c, d = select(small, low, 0.5), select(small, high, 1.5)
    both = d < 1.0
    answer = _beta_mixed_right(select(both, d + 1.0, d), c)
    other = _beta_mixed_right(select(both, c + 1.0, 1.5), select(both, d, 0.5))
    usual = psi_difference(a, b) * psi_difference(b, a) - polygamma(1, a + b)
    return select(small, answer + select(both, other, 0.0), sc.beta(a, b) * usual)


@dispatched
def beta_slope(a: Any, b: Any) -> Any:
    """The derivative of beta(a, b) in a."""
    return -sc.beta(a, b) * psi_difference(a, b)


def _beta_twice(a: Any, b: Any, y: Any) -> Any:
    d = psi_difference(a, b)
    return -y * d - sc.beta(a, b) * polygamma_difference(1, a, b)


# --- rgamma: below 1/2 by reflection, 1/Gamma(x) = sin(pi x) Gamma(1 - x)/pi, without poles


def rgamma1(x: Any, _y: Any) -> Any:
    low = np.real(x) < 0.5
    z, up = select(low, 1.0 - x, 1.0 + 0.0 * x), select(low, 1.0 + 0.0 * x, x)
    s, c = sin_cos_pi(x)
    return select(low, sc.gamma(z) * (c - s / PI * sc.psi(z)), -sc.rgamma(up) * sc.psi(up))


def _rgamma2(x: Any, _y: Any, _d: Any) -> Any:
    low = np.real(x) < 0.5
    z, up = select(low, 1.0 - x, 1.0 + 0.0 * x), select(low, 1.0 + 0.0 * x, x)
    s, c = sin_cos_pi(x)
    p, q = sc.psi(z), sc.psi(up)
    bend = sc.gamma(z) * (s / PI * (p * p + polygamma(1, z)) - 2.0 * c * p - PI * s)
    return select(low, bend, sc.rgamma(up) * (q * q - polygamma(1, up)))


# --- poch and binom


def _is_whole(x: Any) -> Any:
    return np.equal(x, np.rint(x))


def _reflected(m: Any, a: Any, b: Any) -> Any:
    """pi sin(pi m)/(sin(pi a) sin(pi b)), which reflected differences of psi lack.

    It vanishes for integers m, but not its derivative in m; at poles it is left out.
    """
    poles = _is_whole(a) | _is_whole(b)
    s = sin_cos_pi(m)[0]
    p, q = (sin_cos_pi(select(poles, 0.5, x))[0] for x in (a, b))
    return select(poles, 0.0, PI * s / (p * q))


def _poch_z(z: Any, m: Any, y: Any) -> Any:
    w = z + m
    # Both poles of the quotient cancel: poch(z, m) = (-1)**m poch(1 - z - m, m) for integers m.
    mirrored = _is_whole(m) & (z < 0.5) & (w < 0.5)
    # 1/Gamma(z) vanishes, but not its derivative.
    pole = (z < 0.5) & (np.abs(z - np.rint(z)) < 0.25) & (w > 0.0)
    a = select(pole, w, 1.0)
    b = select(pole, z, 1.0)
    product = sc.gamma(a) * (sc.psi(a) * sc.rgamma(b) + rgamma1(b, None))
    u = select(mirrored, 1.0 - w, select(pole, 1.0, z))
    difference = psi_difference(u, m)
    whole = y * (_reflected(m, z, w) - difference)
    return select(mirrored, whole, select(pole, product, y * difference))


def _poch_m(z: Any, m: Any, y: Any) -> Any:
    return y * sc.psi(z + m)


def _binom_product(n: Any, k: Any) -> tuple[Any, Any, Any]:
    """Where n - k + 1 or k + 1 is near a pole, and n, k there."""
    poles = ((n - k < -0.5) | (k < -0.5)) & (n > -1.0) & (n < 160.0)
    return poles, select(poles, n, 1.0), select(poles, k, 0.0)


def _binom_n(n: Any, k: Any, y: Any) -> Any:
    poles, a, b = _binom_product(n, k)
    u = a - b + 1.0
    inner = sc.psi(a + 1.0) * sc.rgamma(u) + rgamma1(u, None)
    product = sc.gamma(a + 1.0) * sc.rgamma(b + 1.0) * inner
    # binom(n, k) = (-1)**k poch(-n, k)/k! for integers k
    low = (n < 0.0) & _is_whole(k)
    z = select(low, -n, select(poles, 1.0, n - k + 1.0))
    difference = psi_difference(z, k)
    whole = y * (_reflected(k, n, n - k) - difference)
    return select(poles, product, select(low, whole, y * difference))


def _binom_k(n: Any, k: Any, y: Any) -> Any:
    poles, a, b = _binom_product(n, k)
    u, v = a - b + 1.0, b + 1.0
    inner = rgamma1(v, None) * sc.rgamma(u) - sc.rgamma(v) * rgamma1(u, None)
    start = select(poles, 1.0, k + 1.0)
    return select(poles, sc.gamma(a + 1.0) * inner, y * psi_difference(start, n - 2.0 * k))


@dispatched
def binom_value(n: Any, k: Any) -> Any:
    """`binom`, by Stirling's series where n is large: SciPy's value is off by hundreds of ulp.

    With w = n - k + 1, Gamma(w + k)/Gamma(w) is (w + k)**k exp(w (log(1 + k/w) - k/w)) and factors
    near 1 (DLMF 5.11.1); pow and what does not cancel keep the digits.
    """
    n, k = np.broadcast_arrays(np.asarray(n, np.float64), np.asarray(k, np.float64))
    w = n - k + 1.0
    far = (w > _STIRLING) & (n > _STIRLING) & (np.abs(k) < np.minimum(w, 100.0))
    with np.errstate(all="ignore"):
        a, m = np.where(far, w, 100.0), np.where(far, k, 0.0)
        v = m / a
        small = stirling_error(a + m) - stirling_error(a) - 0.5 * np.log1p(v)
        half = np.power(a + m, 0.5 * m)  # the whole may be out of the range
        series = half * sc.rgamma(m + 1.0) * np.exp(a * log_minus_line(v) + small) * half
        return np.where(far, series, sc.binom(n, k))[()]


def _log_gamma_domain(x: Any, d: Any) -> Any:
    return select(below(x, 0.0), NAN, d)


_LINE = (-20.3, -3.5, -0.7, -1e-9, 1e-9, 0.3, 1.0, 1.5, 4.0, 30.0, 150.0)
_FAR_OUT = (*_LINE, 1e5, 1e12)

ROWS: list[Row] = [
    Unary(
        sc.gamma,
        lambda x, y: y * sc.psi(x),
        lambda x, y, _d: y * (np.square(sc.psi(x)) + polygamma(1, x)),
        at=_LINE,
    ),
    Unary(sc.gammaln, lambda x, _y: sc.psi(x), lambda x, _y, _d: polygamma(1, x), at=_FAR_OUT),
    Unary(
        sc.loggamma,
        lambda x, _y: _log_gamma_domain(x, sc.psi(x)),
        lambda x, _y, _d: _log_gamma_domain(x, polygamma(1, x)),
        at=tuple(x for x in _FAR_OUT if x > 0.0),
        outside=(-0.5,),
    ),
    Unary(sc.rgamma, rgamma1, _rgamma2, at=(*_LINE, 0.0, -3.0)),
    Unary(
        sc.psi,
        lambda x, _y: polygamma(1, x),
        lambda x, _y, _d: polygamma(2, x),
        at=_FAR_OUT,
        sympy=lambda sp, x: sp.digamma(x),
    ),
]

PARTIALS: Mapping[Any, Partials] = {
    polygamma: {0: INTEGER, 1: lambda n, x, _y: polygamma(n + 1, x)},
    scipy_polygamma: {0: INTEGER, 1: lambda n, x, _y: polygamma(n + 1, x)},
    polygamma_difference: {
        0: INTEGER,
        1: lambda n, z, m, _y: polygamma_difference(int(n) + 1, z, m),
        2: lambda n, z, m, _y: polygamma(int(n) + 1, z + m),
    },
    "poch": {0: _poch_z, 1: _poch_m},
    "beta": {0: lambda a, b, _y: beta_slope(a, b), 1: lambda a, b, _y: beta_slope(b, a)},
    beta_slope: {0: _beta_twice, 1: lambda a, b, _y: _beta_mixed(a, b)},
    "betaln": {
        0: lambda a, b, _y: -psi_difference(a, b),
        1: lambda a, b, _y: -psi_difference(b, a),
    },
    "binom": {
        0: lambda n, k, _y: _binom_n(n, k, binom_value(n, k)),
        1: lambda n, k, _y: _binom_k(n, k, binom_value(n, k)),
    },
    binom_value: {0: _binom_n, 1: _binom_k},
}
INTEGERS: Mapping[Any, tuple[int, ...]] = dict.fromkeys(
    (polygamma, scipy_polygamma, polygamma_difference), (0,)
)
STANDINS: Mapping[Any, Callable[..., Any]] = {sc.polygamma: scipy_polygamma}
