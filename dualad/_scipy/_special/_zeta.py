"""Riemann's and Hurwitz's zeta function, in s and in q.

Derivatives in s are those of Euler's and Maclaurin's formula, term by term (DLMF 25.11.28): powers
of k + q below w = q + N, then w**(1 - s)/(s - 1), w**-s/2 and Bernoulli's terms, each as a Taylor
polynomial in s. Riemann's function at s < 0 is reflected (DLMF 25.4.1). In q: -s zeta(s + 1, q).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._helpers import is_complex
from ._many import Refused
from ._quadrature import on_arrays

_HIGHEST = 3
_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
)
_MOST = 300.0
Taylor = list[Any]


def _times(f: Taylor, g: Taylor) -> Taylor:
    return [sum(f[i] * g[n - i] for i in range(n + 1)) for n in range(_HIGHEST + 1)]


def _power(base: Any, s: Any) -> Taylor:
    """base**-s."""
    value, slope = np.power(base, -s), -np.log(base)
    return [value * slope**n / math.factorial(n) for n in range(_HIGHEST + 1)]


def _line(constant: Any) -> Taylor:
    """constant + s, where the constant has s in it."""
    return [constant, 1.0, *[0.0] * (_HIGHEST - 1)]


def _taylor(s: Any, q: Any) -> Taylor:
    """zeta(s, q) and its Taylor coefficients in s; q > 0, s > 0 and not 1."""
    terms = np.maximum(np.ceil(12.0 + np.minimum(s, _MOST) / 3.0 - q), 0.0)
    total: Taylor = [np.zeros_like(s) for _ in range(_HIGHEST + 1)]
    for k in range(int(terms.max(initial=0.0))):
        here = k < terms
        part = _power(k + q, s)
        total = [t + np.where(here, p, 0.0) for t, p in zip(total, part, strict=True)]
    w = q + terms
    far = _power(w, s)
    pole = [(-1.0) ** n / (s - 1.0) ** (n + 1) for n in range(_HIGHEST + 1)]
    total = [t + w * p + 0.5 * f for t, p, f in zip(total, _times(far, pole), far, strict=True)]
    term = [f / w for f in _times(far, _line(s))]
    for j, bernoulli in enumerate(_BERNOULLI, 1):
        factor = bernoulli / math.factorial(2 * j)
        total = [t + factor * u for t, u in zip(total, term, strict=True)]
        pair = _times(_line(s + 2.0 * j - 1.0), _line(s + 2.0 * j))
        term = [u / (w * w) for u in _times(term, pair)]
    return total


def _sine(s: Any) -> Taylor:
    """sin(pi s/2)."""
    r = s - 4.0 * np.floor(0.25 * s)
    sine, cosine = np.sin(0.5 * np.pi * r), np.cos(0.5 * np.pi * r)
    whole = r == np.rint(r)
    sine = np.where(whole & (r % 2.0 == 0.0), 0.0, sine)
    cosine = np.where(whole & (r % 2.0 == 1.0), 0.0, cosine)
    cycle = (sine, cosine, -sine, -cosine)
    return [cycle[n % 4] * (0.5 * np.pi) ** n / math.factorial(n) for n in range(_HIGHEST + 1)]


def _reflected(s: Any) -> Taylor:
    """zeta(s) = 2 (2 pi)**(s - 1) sin(pi s/2) gamma(1 - s) zeta(1 - s)."""
    u = 1.0 - s
    # gamma(u) (2 pi)**-u as exp of a Taylor series in s
    logs = [0.0, np.log(2.0 * np.pi) - sc.psi(u)]
    logs += [
        (-1.0) ** n * sc.polygamma(n - 1, u) / math.factorial(n) for n in range(2, _HIGHEST + 1)
    ]
    front: Taylor = [np.exp(sc.gammaln(u) - u * np.log(2.0 * np.pi))]
    for n in range(1, _HIGHEST + 1):
        front.append(sum(k * logs[k] * front[n - k] for k in range(1, n + 1)) / n)
    mirrored = _taylor(u, np.ones_like(u))
    mirrored = [c * (-1.0) ** n for n, c in enumerate(mirrored)]
    return [2.0 * c for c in _times(_times(front, _sine(s)), mirrored)]


def _riemann(s: Any, _q: Any = None) -> Taylor:
    left = s < -0.35  # above, the sum converges, and the pole of zeta(1 - s) comes near
    right = _taylor(np.where(left, 2.0, s), np.ones_like(s))
    if not np.any(left):
        return right
    mirror = _reflected(np.where(left, s, -1.5))
    return [np.where(left, m, r) for m, r in zip(mirror, right, strict=True)]


def _in_s(n: int) -> Callable[..., Any]:
    return on_arrays(
        f"zeta_s{n}",
        lambda s, q: math.factorial(n) * _taylor(s, q)[n],
        lambda s, q: (s > 1.0) & (s < np.inf) & (q > 0.0) & (q < np.inf),
        f"The derivative of order {n} of zeta(s, q) in s, for s > 1 and q > 0.",
    )


def _of_one(n: int) -> Callable[..., Any]:
    return on_arrays(
        f"zeta_{n}",
        lambda s: math.factorial(n) * _riemann(s)[n],
        lambda s: np.isfinite(s) & (s != 1.0),
        f"The derivative of order {n} of Riemann's zeta function.",
    )


HURWITZ = {n: _in_s(n) for n in range(1, _HIGHEST + 1)}
RIEMANN = {n: _of_one(n) for n in range(1, _HIGHEST + 1)}


@dispatched
def hurwitz(s: Any, q: Any) -> Any:
    """zeta(s, q)."""
    return sc.zeta(s, q)


@dispatched
def riemann(s: Any) -> Any:
    """zeta(s)."""
    return sc.zeta(s)


def zeta(x: Any, q: Any = None, out: Any = None) -> Any:
    """`scipy.special.zeta` of numbers."""
    if out is not None:
        raise NoRuleError("scipy.special.zeta with out= has no derivative rule", "the answer")
    return riemann(x) if q is None else hurwitz(x, q)


def _slope(s: Any, _y: Any) -> Any:
    if is_complex(s):
        raise NoRuleError("scipy.special.zeta of complex s has no derivative rule", "a real s")
    return RIEMANN[1](s)


_OF_TWO: dict[int, Any] = {
    0: lambda s, q, _y: HURWITZ[1](s, q),
    1: lambda s, q, _y: -s * hurwitz(s + 1.0, q),
}


def _order(n: int) -> dict[int, Any]:
    def in_q(s: Any, q: Any, _y: Any) -> Any:
        lower = hurwitz if n == 1 else HURWITZ[n - 1]
        return -s * HURWITZ[n](s + 1.0, q) - n * lower(s + 1.0, q)

    if n == _HIGHEST:
        return {0: Refused(f"has no rule beyond order {_HIGHEST}"), 1: in_q}
    return {0: lambda s, q, _y: HURWITZ[n + 1](s, q), 1: in_q}


def _order_of_one(n: int) -> dict[int, Any]:
    if n == _HIGHEST:
        return {0: Refused(f"has no rule beyond order {_HIGHEST}")}
    return {0: lambda s, _y: RIEMANN[n + 1](s)}


PARTIALS: dict[Any, dict[int, Any]] = {
    hurwitz: _OF_TWO,
    riemann: {0: _slope},
    "zetac": {0: _slope},
    **{f: _order(n) for n, f in HURWITZ.items()},
    **{f: _order_of_one(n) for n, f in RIEMANN.items()},
}
STANDINS: dict[Any, Callable[..., Any]] = {sc.zeta: zeta}

# The ufuncs that `scipy.special.zeta` calls: with rows of their own, it needs no stand-in.
for _name, _partials in (("_zeta", _OF_TWO), ("_riemann_zeta", {0: _slope})):
    if (_ufunc := getattr(sc._ufuncs, _name, None)) is not None:
        PARTIALS[_ufunc] = _partials
