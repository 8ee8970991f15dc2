"""Derivatives of Faddeeva's function w, and of Voigt's profile that is made of it.

w'(z) = -2 z w + 2i/sqrt(pi) cancels where z is large. But the derivatives are integrals of the
complementary error function, exp(u*u) i^n erfc(u) with u = -iz (DLMF 7.18): far out by asymptotic
series, between by Gautschi's method (SIAM J. Numer. Anal. 7, 1970; Algorithm 363 of the CACM): the
continued fraction gives those at u + h, and Taylor's series leads back; all terms are of one sign
for positive u. On the real axis, where w is a bell and Dawson's function, from a table of those.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import square_err
from ._tables import Table, Uniform, by_regions

ROOT_PI = 1.7724538509055159
ROOT_TWO = 1.4142135623730951
ROOT_TWO_PI = 2.5066282746310002

_SHIFT = 1.6
_DEPTH, _TAYLOR = 80, 55
_TERMS = 40
# (2k - 1)!!/2**k
DOUBLE = tuple(math.prod(range(1, 2 * k, 2)) / 2.0**k if k else 1.0 for k in range(_TERMS))


def _near(n: int, z: Any) -> Any:
    """By the recurrence w^(k+1) = -2 z w^(k) - 2 k w^(k-1)."""
    low = sc.wofz(z)
    high = -2.0 * z * low + 2j / ROOT_PI
    for k in range(1, n):
        low, high = high, -2.0 * (z * high + k * low)
    return high


def _between(n: int, z: Any) -> Any:
    """For Im z >= 0. The sum over m of binomials (m, n) (2h)**(m-n) i^m erfc, by their ratios."""
    u = _SHIFT - 1j * z
    ratio, total = np.zeros_like(u), np.zeros_like(u)
    for m in range(_DEPTH + n, -1, -1):
        ratio = 0.5 / (u + (m + 1) * ratio)
        if m <= n:
            total = ratio * (total if m < n else 1.0 + total)
        elif m <= _TAYLOR + n:
            total = ratio * (total + math.comb(m, n) * (2.0 * _SHIFT) ** (m - n))
    return total * (2.0 / ROOT_PI * math.factorial(n) * 2.0**n) * 1j**n


def _far(n: int, z: Any) -> Any:
    return 1j * _far_real(n, z)


def _far_real(n: int, z: Any) -> Any:
    """The asymptotic series (DLMF 7.12) of w/i, term by term."""
    q = 1.0 / (z * z)
    total: Any = 0.0
    for k in range(_TERMS - 1, -1, -1):
        total = total * q + DOUBLE[k] * math.perm(2 * k + n, n)
    for _ in range(n + 1):
        total = total / z
    return ((-1.0) ** n / ROOT_PI) * total


def _bells(n: int, z: Any) -> Any:
    """The n-th derivative of exp(-z*z)."""
    if np.iscomplexobj(z):
        low = np.exp(-z * z)
    else:
        square, error = square_err(np.clip(z, -1e3, 1e3))
        low = np.exp(-square) * (1.0 - error)
    high = -2.0 * z * low
    for k in range(1, n):
        low, high = high, -2.0 * (z * high + k * low)
    return high


def _upper(n: int, z: Any) -> Any:
    size = np.abs(z)
    out = np.empty_like(z)
    kinds = ((size <= 1.0, _near), ((size > 1.0) & (size <= 7.0), _between))
    out[:] = np.nan
    for there, formula in (*kinds, (size > 7.0, _far)):
        if np.any(there):
            out[there] = formula(n, z[there])
    return out


# Dawson's function is Im w sqrt(pi)/2 on the real axis.
_FARTHEST = 7.0
_DAWSON = Table(
    lambda n, x: 0.5 * ROOT_PI * np.imag(_upper(n, x * (1.0 + 0j))), Uniform(0.125, _FARTHEST), 14
)


@dispatched
def dawson(n: int, x: Any) -> Any:
    """The n-th derivative of Dawson's function at real x, n > 0."""
    x = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        flat = x.ravel()
        size = np.abs(flat)
        near = (size <= _FARTHEST, lambda v: _DAWSON(n, v))
        far = (size > _FARTHEST, lambda v: 0.5 * ROOT_PI * _far_real(n, v))
        out = by_regions(size, (near, far))
        if n % 2 == 0:
            out = np.where(flat < 0.0, -out, out)
    return out.reshape(x.shape)[()]


@dispatched
def faddeeva(n: int, z: Any) -> Any:
    """The n-th derivative of w, n > 0; below the real axis w(z) = 2 exp(-z*z) - w(-z)."""
    z = np.asarray(z) * (1.0 + 0j)
    shape = z.shape
    z = z.ravel()
    out = np.empty_like(z)
    line = np.equal(np.imag(z), 0.0)
    with np.errstate(all="ignore"):
        if np.any(line):
            x = z.real[line]
            out.real[line] = _bells(n, x)
            out.imag[line] = (2.0 / ROOT_PI) * dawson(n, x)
        if not np.all(line):
            out[~line] = _plane(n, z[~line])
    return out.reshape(shape)[()]


def _plane(n: int, z: Any) -> Any:
    low = np.imag(z) < 0.0
    out = _upper(n, np.where(low, -z, z))
    if np.any(low):
        out[low] = 2.0 * _bells(n, z[low]) - (-1.0) ** n * out[low]
    return out


_TURN = complex(math.sqrt(0.5), math.sqrt(0.5))


@dispatched
def diagonal(n: int, x: Any) -> Any:
    """The n-th derivative of w(exp(i pi/4) x), n > 0, for real x.

    The even powers of the direction are exact, which keeps the smaller of the two parts.
    """
    return 1j ** (n // 2) * (_TURN if n % 2 else 1.0) * faddeeva(n, _TURN * x)


@dispatched
def voigt(n: int, x: Any, s: Any, g: Any) -> Any:
    """The n-th derivative in x, n > 0, of the function whose real part is Voigt's profile.

    That is w(z)/(s sqrt(2 pi)) with z = (x + ig)/(s sqrt(2)), which is analytic, and solves the
    equation of heat in x and s; where s is 0, a Lorentz curve.
    """
    x, s, g = np.broadcast_arrays(x, s, g)
    sharp = np.equal(s, 0.0)
    with np.errstate(all="ignore"):
        width = ROOT_TWO * np.where(sharp, 1.0, s)
        z = x + 1j * g
        wide = faddeeva(n, z / width) / width**n / (0.5 * ROOT_TWO * ROOT_TWO_PI * width)
        lorentz = (1j / math.pi) * (-1.0) ** n * math.factorial(n) / z ** (n + 1)
    return np.where(sharp, lorentz, wide)[()]
