"""Error functions and the normal distribution, in their arguments.

Formulas: DLMF 7.2, 7.10, 7.18; those that keep their digits far out are told beside them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._helpers import NAN, is_complex, select, square_err
from ..._rules._row import Row, Unary
from ._many import Partials

TWO_BY_ROOT_PI = 1.1283791670955126
HALF_ROOT_PI = 0.8862269254527580
ROOT_TWO = 1.4142135623730951
ROOT_HALF = 0.7071067811865476
ROOT_TWO_PI = 2.5066282746310002
DENSITY = 0.3989422804014327  # 1/sqrt(2 pi)
ROOT_TWO_BY_PI = 0.7978845608028654
ROOT_PI = 1.7724538509055159


def bounded(x: Any, size: float) -> Any:
    """x, cut off at +-size, beyond which nothing changes; complex numbers as they are."""
    if is_complex(x):
        return x
    return select(x > size, size, select(x < -size, -size, x))


def bell(x: Any) -> Any:
    """exp(-x*x): the rounding error of x*x, which exp would multiply, is put back."""
    s, e = square_err(bounded(x, 1e3))
    return np.exp(-s) * (1.0 - e)


def half_bell(x: Any) -> Any:
    """exp(-x*x/2)."""
    s, e = square_err(bounded(x, 1e3))
    return np.exp(-0.5 * s) * (1.0 - 0.5 * e)


def growth(x: Any) -> Any:
    """exp(x*x)."""
    s, e = square_err(bounded(x, 1e3))
    return np.exp(s) * (1.0 + e)


def density(x: Any) -> Any:
    """The density of the normal distribution."""
    return DENSITY * half_bell(x)


# --- erfcx: with i^n erfc the n-th integral of erfc (DLMF 7.18), r_n = i^n erfc / i^(n-1) erfc has
# r_n = 1/(2x + 2(n+1) r_(n+1)): all terms are positive, where 2x erfcx(x) - 2/sqrt(pi) cancels.

_DEPTH = 120


def _ratios(x: Any) -> tuple[Any, Any]:
    """r_1 and r_2 for x >= 1."""
    top = 2.0 * (_DEPTH + 1)
    r = (np.sqrt(x * x + top) - x) / top
    for n in range(_DEPTH, 1, -1):
        r = 1.0 / (2.0 * x + 2.0 * (n + 1) * r)
    return 1.0 / (2.0 * x + 4.0 * r), r


def _far(x: Any) -> Any:
    """x where the continued fraction serves, else a number where it does no harm."""
    return select(np.real(x) > 1.0, x, 1.0)


def _erfcx_low(x: Any) -> Any:
    """erfcx below -1, where SciPy's own exp(x*x) has lost digits."""
    z = select(np.real(x) < -1.0, x, -1.0)
    return 2.0 * growth(z) - sc.erfcx(-z)


def _erfcx1(x: Any, y: Any) -> Any:
    y = select(np.real(x) < -1.0, _erfcx_low(x), y)
    return select(np.real(x) > 1.0, -2.0 * _ratios(_far(x))[0] * y, 2.0 * x * y - TWO_BY_ROOT_PI)


def _erfcx2(x: Any, y: Any, d: Any) -> Any:
    y = select(np.real(x) < -1.0, _erfcx_low(x), y)
    return select(np.real(x) > 1.0, -4.0 * _ratios(_far(x))[1] * d, 2.0 * y + 2.0 * x * d)


# --- dawsn and wofz: the asymptotic series term by term, where the formula cancels (DLMF 7.12)

_TERMS = 25
# (2k - 1)!!/2**k
_DOUBLE = tuple(math.prod(range(1, 2 * k, 2)) / 2.0**k if k else 1.0 for k in range(_TERMS))


def _series(z: Any, factors: tuple[float, ...]) -> Any:
    """Sum of factors[k]/z**(2k)."""
    q = 1.0 / (z * z)
    total = factors[-1] * q + factors[-2]
    for c in factors[-3::-1]:
        total = total * q + c
    return total


_SLOPES = tuple((2 * k + 1) * c for k, c in enumerate(_DOUBLE))
_BENDS = tuple((2 * k + 1) * (2 * k + 2) * c for k, c in enumerate(_DOUBLE))


def _dawsn1(x: Any, y: Any) -> Any:
    far = np.real(x * x) > 49.0
    z = select(far, x, 8.0)
    return select(far, -0.5 / z / z * _series(z, _SLOPES), 1.0 - 2.0 * x * y)


def _dawsn2(x: Any, y: Any, d: Any) -> Any:
    far = np.real(x * x) > 49.0
    z = select(far, x, 8.0)
    return select(far, 0.5 / z / z / z * _series(z, _BENDS), -2.0 * (y + x * d))


def _upper(z: Any) -> tuple[Any, Any]:
    """Where z is large, and z there, in the upper half plane."""
    far = np.abs(z) > 7.0
    up = select(np.imag(z) < 0.0, -z, z)
    return far, select(far, up, 8.0 + 0j)


def faddeeva1(z: Any, w: Any) -> Any:
    """w'(z) = -2 z w + 2i/sqrt(pi); below the real axis w(z) = 2 exp(-z*z) - w(-z)."""
    far, up = _upper(z)
    out = (-1j / ROOT_PI) / up / up * _series(up, _SLOPES)
    low = np.imag(z) < 0.0
    more = -4.0 * z * np.exp(select(low, -z * z, -1e9 + 0j))
    return select(far, out + select(low, more, 0.0), -2.0 * z * w + 1j * TWO_BY_ROOT_PI)


def faddeeva2(z: Any, w: Any) -> Any:
    """w''(z) = -2 (w + z w')."""
    far, up = _upper(z)
    out = (1j / ROOT_PI) / up / up / up * _series(up, _BENDS)
    low = np.imag(z) < 0.0
    more = (8.0 * z * z - 4.0) * np.exp(select(low, -z * z, -1e9 + 0j))
    near = -2.0 * (w + z * (-2.0 * z * w + 1j * TWO_BY_ROOT_PI))
    return select(far, select(low, more - out, out), near)


# --- inverses: exp(y*y) = erfcx(|y|)/tail, and the tail is known from the input


def _stretch(y: Any, tail: Any) -> Any:
    """exp(y*y) for y >= 0, where tail = erfc(y)."""
    low = y < 1.0
    end = np.equal(tail, 0.0)  # and y is infinite
    far = select(end, np.inf, sc.erfcx(y) / select(end, 1.0, tail))
    return select(low, np.exp(select(low, y * y, 0.0)), far)


def _size(y: Any) -> Any:
    return select(y < 0.0, -y, y)


def _erfinv1(x: Any, y: Any) -> Any:
    d = HALF_ROOT_PI * _stretch(_size(y), 1.0 - _size(x))
    return select(np.isnan(y), NAN, d)


def _erfcinv1(x: Any, y: Any) -> Any:
    tail = select(x > 1.0, 2.0 - x, x)
    return select(np.isnan(y), NAN, -HALF_ROOT_PI * _stretch(_size(y), tail))


def _ndtri1(p: Any, y: Any) -> Any:
    tail = select(p > 0.5, 1.0 - p, p)
    return select(np.isnan(y), NAN, ROOT_TWO_PI * _stretch(ROOT_HALF * _size(y), 2.0 * tail))


def hazard(x: Any) -> Any:
    """The derivative of log_ndtr: density over distribution, without 0/0 far below."""
    low = np.real(x) < -1.0
    far = ROOT_TWO_BY_PI / sc.erfcx(select(low, -ROOT_HALF * x, 1.0))
    z = select(low, 0.0, x)
    return select(low, far, density(z) / sc.ndtr(z))


def hazard_slope(x: Any, r: Any) -> Any:
    """The derivative of `hazard`: -r (x + r), which cancels far below."""
    low = np.real(x) < -ROOT_TWO
    z = select(low, -ROOT_HALF * x, 1.0)
    return select(low, -r * (ROOT_TWO * _ratios(z)[0]), -r * (x + r))


def _ndtri_exp1(y: Any, x: Any) -> Any:
    # x is the quantile of exp(y). Above the median the tail, -expm1(y), is known better.
    up = x > 0.0
    tail = -np.expm1(select(up, y, -1.0))
    d = np.exp(select(up, y, 0.0)) / (tail * hazard(select(up, -x, 0.0)))
    return select(np.isnan(x), NAN, select(up, d, 1.0 / hazard(select(up, 0.0, x))))


def _ndtri_exp2(y: Any, x: Any, d: Any) -> Any:
    # d = ndtr(x)/density(x), and so d' = (1 + x d) d; below, 1 + x d cancels.
    low = x < -ROOT_TWO
    z = select(low, -ROOT_HALF * x, 1.0)
    return d * select(low, ROOT_TWO * _ratios(z)[0] * d, 1.0 + x * d)


_REAL = (-26.0, -9.0, -3.0, -1.0, -0.3, -1e-9, 0.0, 1e-20, 0.5, 1.5, 4.0, 7.5, 26.0)

ROWS: list[Row] = [
    Unary(
        sc.erf,
        lambda x, _y: TWO_BY_ROOT_PI * bell(x),
        lambda x, _y, d: -2.0 * x * d,
        at=_REAL,
    ),
    Unary(
        sc.erfc,
        lambda x, _y: -TWO_BY_ROOT_PI * bell(x),
        lambda x, _y, d: -2.0 * x * d,
        at=_REAL,
    ),
    Unary(
        sc.erfi,
        lambda x, _y: TWO_BY_ROOT_PI * growth(x),
        lambda x, _y, d: 2.0 * x * d,
        at=_REAL,
    ),
    Unary(
        sc.erfcx,
        _erfcx1,
        _erfcx2,
        at=(-26.0, -3.0, -1.0, -0.2, 0.0, 0.7, 1.1, 2.5, 30.0, 1e5, 1e12),
        sympy=lambda sp, x: sp.exp(x**2) * sp.erfc(x),
    ),
    Unary(
        sc.dawsn,
        _dawsn1,
        _dawsn2,
        at=(-1e6, -8.0, -1.5, -1e-9, 0.0, 0.4, 2.0, 6.9, 7.1, 50.0),
        sympy=lambda sp, x: sp.sqrt(sp.pi) / 2 * sp.exp(-(x**2)) * sp.erfi(x),
    ),
    Unary(
        sc.erfinv,
        _erfinv1,
        lambda _x, y, d: 2.0 * y * d * d,
        at=(-0.999999, -0.7, -1e-9, 0.0, 0.3, 0.9, 0.9999999999),
        kinks={-1.0: np.inf, 1.0: np.inf},
        outside=(-1.1, 2.0),
    ),
    Unary(
        sc.erfcinv,
        _erfcinv1,
        lambda _x, y, d: 2.0 * y * d * d,
        at=(1e-300, 1e-20, 1e-3, 0.4, 1.0, 1.7, 1.99999999),
        kinks={0.0: -np.inf, 2.0: -np.inf},
        outside=(-0.1, 2.1),
    ),
    Unary(
        sc.ndtr,
        lambda x, _y: density(x),
        lambda x, _y, d: -x * d,
        at=(-37.0, -5.0, -1.0, 0.0, 1e-9, 0.7, 3.0, 20.0),
        sympy=lambda sp, x: sp.erfc(-x / sp.sqrt(2)) / 2,
    ),
    Unary(
        sc.log_ndtr,
        lambda x, _y: hazard(x),
        lambda x, _y, d: hazard_slope(x, d),
        at=(-1e5, -40.0, -3.0, -1.2, -0.5, 0.0, 1.0, 5.0, 20.0),
        sympy=lambda sp, x: sp.log(sp.erfc(-x / sp.sqrt(2)) / 2),
    ),
    Unary(
        sc.ndtri,
        _ndtri1,
        lambda _p, y, d: y * d * d,
        at=(1e-300, 1e-20, 1e-3, 0.3, 0.5, 0.8, 0.99999999),
        kinks={0.0: np.inf, 1.0: np.inf},
        outside=(-0.1, 1.1),
    ),
    Unary(
        sc.ndtri_exp,
        _ndtri_exp1,
        _ndtri_exp2,
        at=(-1e5, -50.0, -2.0, -0.8, -0.5, -0.1, -1e-6, -1e-15),
        outside=(0.1,),
    ),
]


# --- functions of several arguments


def _voigt(x: Any, s: Any, g: Any) -> tuple[Any, Any, Any]:
    """z of V = Re w(z)/(s sqrt(2 pi)), w(z), and where s is 0: V is a Lorentz curve there."""
    sharp = np.equal(s, 0.0)
    z = (x + 1j * g) / (ROOT_TWO * select(sharp, 1.0, s))
    return z, sc.wofz(z), sharp


def _voigt_x(x: Any, s: Any, g: Any, _y: Any) -> Any:
    z, w, sharp = _voigt(x, s, g)
    s = select(sharp, 1.0, s)
    wide = np.real(faddeeva1(z, w)) / (2.0 * ROOT_PI * s * s)
    q = 1.0 / (x + 1j * g)
    return select(sharp, np.imag(q * q) / math.pi, wide)


def _voigt_g(x: Any, s: Any, g: Any, _y: Any) -> Any:
    z, w, sharp = _voigt(x, s, g)
    s = select(sharp, 1.0, s)
    wide = -np.imag(faddeeva1(z, w)) / (2.0 * ROOT_PI * s * s)
    q = 1.0 / (x + 1j * g)
    return select(sharp, np.real(q * q) / math.pi, wide)


def _voigt_s(x: Any, s: Any, g: Any, _y: Any) -> Any:
    # V solves the equation of heat: dV/ds = s d2V/dx2.
    z, w, sharp = _voigt(x, s, g)
    t = select(sharp, 1.0, s)
    wide = np.real(faddeeva2(z, w)) / (2.0 * ROOT_TWO_PI * t * t * t)
    q = 1.0 / (x + 1j * g)
    return s * select(sharp, -2.0 * np.imag(q * q * q) / math.pi, wide)


def _owens_h(h: Any, a: Any, _y: Any) -> Any:
    return -0.5 * density(h) * sc.erf(ROOT_HALF * a * h)


def _owens_a(h: Any, a: Any, _y: Any) -> Any:
    return half_bell(h) * half_bell(a * h) / (2.0 * math.pi * (1.0 + a * a))


PARTIALS: Mapping[str, Partials] = {
    # A real argument has a complex answer, which rows of one argument do not expect.
    "wofz": {0: faddeeva1},
    "voigt_profile": {0: _voigt_x, 1: _voigt_s, 2: _voigt_g},
    "owens_t": {0: _owens_h, 1: _owens_a},
}
