"""Error functions and the normal distribution, in their arguments.

Formulas: DLMF 7.2, 7.10, 7.18; those that keep their digits far out are told beside them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._helpers import NAN, is_complex, polynomial, select, square_err
from ..._rules._row import Row, Unary
from ._faddeeva import DOUBLE, dawson, diagonal, faddeeva, voigt
from ._many import INTEGER, Partials

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


# --- dawsn is the imaginary part of Faddeeva's function on the real axis, but for a factor; of
# complex numbers the asymptotic series (DLMF 7.12) is taken term by term far from the axes

_SLOPES = tuple((2 * k + 1) * c for k, c in enumerate(DOUBLE[:25]))


def _dawsn1(x: Any, y: Any) -> Any:
    if not is_complex(x):
        return dawson(1, x)
    far = np.real(x * x) > 49.0
    z = select(far, x, 8.0)
    return select(far, -0.5 / z / z * polynomial(1.0 / (z * z), _SLOPES[::-1]), 1.0 - 2.0 * x * y)


def _dawsn2(x: Any, y: Any, d: Any) -> Any:
    if not is_complex(x):
        return dawson(2, x)
    return -2.0 * (y + x * d)


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
        lambda x, _y, d: -2.0 * (x * d),
        at=_REAL,
    ),
    Unary(
        sc.erfc,
        lambda x, _y: -TWO_BY_ROOT_PI * bell(x),
        lambda x, _y, d: -2.0 * (x * d),
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


# `voigt` is analytic in x + ig.


def _voigt_x(x: Any, s: Any, g: Any, _y: Any) -> Any:
    return np.real(voigt(1, x, s, g))


def _voigt_g(x: Any, s: Any, g: Any, _y: Any) -> Any:
    return -np.imag(voigt(1, x, s, g))


def _voigt_s(x: Any, s: Any, g: Any, _y: Any) -> Any:
    return s * np.real(voigt(2, x, s, g))


def _owens_h(h: Any, a: Any, _y: Any) -> Any:
    return -0.5 * density(h) * sc.erf(ROOT_HALF * a * h)


def _owens_a(h: Any, a: Any, _y: Any) -> Any:
    return half_bell(h) * half_bell(a * h) / (2.0 * math.pi * (1.0 + a * a))


PARTIALS: Mapping[Any, Partials] = {
    # A real argument has a complex answer, which rows of one argument do not expect.
    "wofz": {0: lambda z, _w: faddeeva(1, z)},
    dawson: {0: INTEGER, 1: lambda n, x, _y: dawson(int(n) + 1, x)},
    faddeeva: {0: INTEGER, 1: lambda n, z, _y: faddeeva(int(n) + 1, z)},
    diagonal: {0: INTEGER, 1: lambda n, x, _y: diagonal(int(n) + 1, x)},
    voigt: {
        0: INTEGER,
        1: lambda n, x, s, g, _y: voigt(int(n) + 1, x, s, g),
        2: lambda n, x, s, g, _y: s * voigt(int(n) + 2, x, s, g),
        3: lambda n, x, s, g, _y: 1j * voigt(int(n) + 1, x, s, g),
    },
    "voigt_profile": {0: _voigt_x, 1: _voigt_s, 2: _voigt_g},
    "owens_t": {0: _owens_h, 1: _owens_a},
}
INTEGERS: Mapping[Any, tuple[int, ...]] = dict.fromkeys((dawson, faddeeva, diagonal, voigt), (0,))
