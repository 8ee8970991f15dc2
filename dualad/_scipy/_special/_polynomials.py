"""Orthogonal polynomials, Legendre functions and hypergeometric functions, in their arguments.

Derivatives are polynomials of the same families (DLMF 18.9(iii), 14.10, 13.3, 15.5), so that
nothing cancels at the ends of the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._helpers import NAN, is_complex, select
from ._many import INTEGER, UNKNOWN, Partials


def _lower(n: Any) -> Any:
    """n - 1, for a polynomial that n is a factor of, or is left out for n = 0."""
    dtype = getattr(n, "dtype", None)
    if dtype is not None and dtype.kind in "iu":
        if np.any(n < 0):
            raise NoRuleError(
                "the derivative of an orthogonal polynomial of negative integer order has no rule",
                "the polynomial of positive order that it equals",
            )
        return np.maximum(n - 1, 0)
    return n - 1.0


def _from_one(n: Any, p: Any) -> Any:
    """p, 0 for n = 0: the polynomial is constant."""
    return select(np.equal(n, 0), 0.0 * p, p)


def _gegenbauer(n: Any, a: float, x: Any) -> Any:
    return _from_one(n, sc.eval_gegenbauer(_lower(n), a, x))


def _jacobi(n: Any, a: Any, b: Any, x: Any, _y: Any) -> Any:
    p = sc.eval_jacobi(_lower(n), a + 1.0, b + 1.0, x)
    return _from_one(n, 0.5 * (n + a + b + 1.0) * p)


def _lpmv(m: Any, v: Any, x: Any, _y: Any) -> Any:
    # At the ends sqrt(1 - x*x) is 0, but for m = 0 nothing is divided by it.
    flat = np.equal(m, 0.0)
    z = select(flat, 0.0 * x, x)
    root = np.sqrt((1.0 - z) * (1.0 + z))
    bent = (v + m) * (v - m + 1.0) * sc.lpmv(m - 1.0, v, z) - sc.lpmv(m + 1.0, v, z)
    w = select(flat, x, 0.0 * x)
    d = select(flat, sc.eval_gegenbauer(v - 1.0, 1.5, w), 0.5 * bent / root)
    # Beyond 1 SciPy has the right numbers for integers v only.
    return select((np.abs(x) > 1.0) & ~np.equal(v, np.rint(v)), NAN, d)


# --- spherical harmonics: theta is the polar angle


@dispatched
def sph_harm_y(n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """`scipy.special.sph_harm_y`."""
    if hasattr(sc, "sph_harm_y"):
        return sc.sph_harm_y(n, m, theta, phi)
    return sc.sph_harm(m, n, phi, theta)


def _harmonic(n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """The harmonic, 0 where |m| > n."""
    inside = np.abs(m) <= n
    return select(inside, sph_harm_y(n, select(inside, m, 0), theta, phi), 0.0)


def _harmonic_theta(n: Any, m: Any, theta: Any, phi: Any, _y: Any) -> Any:
    up = np.sqrt((n - m) * (n + m + 1.0)) * np.exp(-1j * phi) * _harmonic(n, m + 1, theta, phi)
    down = np.sqrt((n + m) * (n - m + 1.0)) * np.exp(1j * phi) * _harmonic(n, m - 1, theta, phi)
    return 0.5 * (up - down)


def _old_polar(m: Any, n: Any, theta: Any, phi: Any, _y: Any) -> Any:
    """The slope of sph_harm, of older SciPy: the same function, with theta the azimuth."""
    return _harmonic_theta(n, m, phi, theta, None)


_EVALUATED: dict[str, Callable[..., Any]] = {
    "eval_legendre": lambda n, x, _y: _gegenbauer(n, 1.5, x),
    "eval_sh_legendre": lambda n, x, _y: 2.0 * _gegenbauer(n, 1.5, 2.0 * x - 1.0),
    "eval_chebyt": lambda n, x, _y: n * sc.eval_chebyu(_lower(n), x),
    "eval_chebyu": lambda n, x, _y: 2.0 * _gegenbauer(n, 2.0, x),
    "eval_chebyc": lambda n, x, _y: n * sc.eval_chebys(_lower(n), x),
    "eval_chebys": lambda n, x, _y: _gegenbauer(n, 2.0, 0.5 * x),
    "eval_sh_chebyt": lambda n, x, _y: 2.0 * n * sc.eval_sh_chebyu(_lower(n), x),
    "eval_sh_chebyu": lambda n, x, _y: 4.0 * _gegenbauer(n, 2.0, 2.0 * x - 1.0),
    "eval_hermite": lambda n, x, _y: 2.0 * n * sc.eval_hermite(_lower(n), x),
    "eval_hermitenorm": lambda n, x, _y: n * sc.eval_hermitenorm(_lower(n), x),
    "eval_laguerre": lambda n, x, _y: -_from_one(n, sc.eval_genlaguerre(_lower(n), 1.0, x)),
}


@dispatched
def gauss(a: Any, b: Any, c: Any, z: Any) -> Any:
    """`hyp2f1`; from -4 to -1.4, where SciPy's is off by some hundred ulp, by that at z/(z - 1).

    Pfaff's transformation (DLMF 15.8.1), for parameters with which all terms are positive.
    """
    y = sc.hyp2f1(a, b, c, z)
    if is_complex(y):
        return y
    there = (z < -1.4) & (z > -4.0) & (a > 0.0) & (b > 0.0) & (c > b)
    w = np.where(there, z, 0.0)
    mirrored = np.power(1.0 - w, -a) * sc.hyp2f1(a, c - b, c, w / (w - 1.0))
    return np.where(there, mirrored, y)[()]


def _gauss_slope(a: Any, b: Any, c: Any, z: Any, _y: Any) -> Any:
    numbers = any(hasattr(type(p), "_dualad_level") for p in (a, b, c))
    fn = sc.hyp2f1 if numbers else gauss  # derivatives in parameters are those of hyp2f1
    return a * b / c * fn(a + 1.0, b + 1.0, c + 1.0, z)


PARTIALS: Mapping[Any, Partials] = {
    **{name: {1: formula} for name, formula in _EVALUATED.items()},
    "eval_genlaguerre": {
        2: lambda n, a, x, _y: -_from_one(n, sc.eval_genlaguerre(_lower(n), a + 1.0, x))
    },
    "eval_gegenbauer": {
        2: lambda n, a, x, _y: 2.0 * a * _from_one(n, sc.eval_gegenbauer(_lower(n), a + 1.0, x))
    },
    "eval_jacobi": {3: _jacobi},
    "eval_sh_jacobi": {
        3: lambda n, p, q, x, _y: n * sc.eval_sh_jacobi(_lower(n), p + 2.0, q + 1.0, x)
    },
    "lpmv": {2: _lpmv},
    sph_harm_y: {
        0: INTEGER,
        1: INTEGER,
        2: _harmonic_theta,
        3: lambda n, m, theta, phi, y: 1j * m * y,
    },
    "sph_harm": {
        0: INTEGER,
        1: INTEGER,
        2: lambda m, _n, _theta, _phi, y: 1j * m * y,
        3: _old_polar,
    },
    "hyp0f1": {1: lambda v, z, _y: sc.hyp0f1(v + 1.0, z) / v},
    "hyp1f1": {2: lambda a, b, z, _y: a / b * sc.hyp1f1(a + 1.0, b + 1.0, z)},
    "hyp2f1": {3: _gauss_slope},
    gauss: {0: UNKNOWN, 1: UNKNOWN, 2: UNKNOWN, 3: _gauss_slope},
}
INTEGERS: Mapping[Any, tuple[int, ...]] = {
    **dict.fromkeys(_EVALUATED, (0,)),
    **dict.fromkeys(("eval_genlaguerre", "eval_gegenbauer", "eval_jacobi", "eval_sh_jacobi"), (0,)),
    sph_harm_y: (0, 1),
    "sph_harm": (0, 1),
}
