"""Stand-ins of functions of `scipy.special` that are no ufuncs.

Each is written in functions with rows; the value is SciPy's own, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._helpers import select
from ..._rules._row import ONE, ZERO, Composed, Flat, Row, Unary
from ._many import INTEGER, Partials
from ._polynomials import sph_harm_y


def _own(name: str) -> Any:
    """SciPy's function as one that numbers can meet; None where SciPy has none of this name."""
    if not hasattr(sc, name):
        return None

    def function(*args: Any, **keywords: Any) -> Any:
        return getattr(sc, name)(*args, **keywords)

    function.__name__ = name
    function.__doc__ = f"`scipy.special.{name}`."
    return dispatched(function)


# --- logsumexp and its kin


@dispatched
def _shift(a: Any, weights: Any, axis: Any) -> Any:
    """The largest element that has a weight; locally constant."""
    a = np.real(a)
    if weights is not None:
        a = np.where(np.equal(weights, 0.0), -np.inf, a)
    return np.max(a, axis=axis, keepdims=True, initial=-np.inf)


@dispatched
def _grounded(x: Any) -> Any:
    """0, with the slope of x: what is left of x - x where x is infinite."""
    return np.zeros_like(x)


def _lowered(a: Any, weights: Any, axis: Any) -> tuple[Any, Any]:
    """a less its maximum, and the maximum; equal infinities are ties."""
    top = _shift(a, weights, axis)
    endless = np.isinf(top)
    if not np.any(endless):
        return a - top, top
    tie = np.equal(a, top)
    edge = np.where(tie, _grounded(a), -np.inf)
    return np.where(endless, edge, a - np.where(endless, 0.0, top)), top


def _array(x: Any) -> Any:
    return x if hasattr(type(x), "_dualad_level") else np.asarray(x)


def _logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    a = _array(a)
    if b is not None:
        shape = np.broadcast_shapes(np.shape(a), np.shape(b))
        a, b = np.broadcast_to(a, shape), np.broadcast_to(_array(b), shape)
    low, top = _lowered(a, b, axis)
    terms = np.exp(low) if b is None else b * np.exp(low)
    total = np.sum(terms, axis=axis, keepdims=keepdims)
    top = np.reshape(top, total.shape)
    if not return_sign:
        return np.log(total) + top
    return np.log(np.abs(total)) + top, np.sign(total)


def _softmax(x: Any, axis: Any = None) -> Any:
    e = np.exp(_lowered(_array(x), None, axis)[0])
    return e / np.sum(e, axis=axis, keepdims=True)


def _log_softmax(x: Any, axis: Any = None) -> Any:
    low = _lowered(_array(x), None, axis)[0]
    return low - np.log(np.sum(np.exp(low), axis=axis, keepdims=True))


def _softplus(x: Any, **keywords: Any) -> Any:
    if keywords:
        raise NoRuleError(
            f"scipy.special.softplus with {', '.join(keywords)}= has no derivative rule",
            "np.logaddexp(0.0, x)",
        )
    return np.logaddexp(0.0, x)


# --- combinatorics


def _refuse_exact(name: str, exact: bool) -> None:
    if exact:
        raise NoRuleError(
            f"scipy.special.{name} with exact=True has no derivative rule: it is for integers",
            "exact=False",
        )


def _comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    _refuse_exact("comb", exact)
    if repetition:
        return _comb(N + k - 1.0, k)
    inside = (k <= N) & (N >= 0) & (k >= 0)
    return select(inside, sc.binom(N, k), 0.0)


def _perm(N: Any, k: Any, exact: bool = False) -> Any:
    _refuse_exact("perm", exact)
    inside = (k <= N) & (N >= 0) & (k >= 0)
    return select(inside, sc.poch(N - k + 1.0, k), 0.0)


def _factorial(n: Any, exact: bool = False, extend: str = "zero") -> Any:
    _refuse_exact("factorial", exact)
    value = sc.gamma(n + 1.0)
    return select(n < 0.0, 0.0, value) if extend == "zero" else value


def _multigammaln(a: Any, d: Any) -> Any:
    total = sc.gammaln(a)
    for j in range(1, int(d)):
        total = total + sc.gammaln(a - 0.5 * j)
    return total + 0.25 * d * (d - 1) * math.log(math.pi)


# --- others


def _diric(x: Any, n: Any) -> Any:
    """sin(n x/2)/(n sin(x/2)) = U_(n-1)(cos(x/2))/n, which has no 0/0."""
    n = np.asarray(n)
    return sc.eval_chebyu((n - 1).astype(np.int64), np.cos(0.5 * x)) / (1.0 * n)


def _lambertw_slope(_z: Any, _k: Any, _tol: Any, w: Any) -> Any:
    return np.exp(-w) / (1.0 + w)


_BODIES: dict[str, Callable[..., Any]] = {
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "softplus": _softplus,
    "comb": _comb,
    "perm": _perm,
    "factorial": _factorial,
    "multigammaln": _multigammaln,
    "diric": _diric,
}
_FUNCTIONS = {name: _own(name) for name in _BODIES}


@dispatched
def _lambertw(z: Any, k: Any, tol: Any) -> Any:
    return sc.lambertw(z, k, tol)


_lambertw.__name__ = "lambertw"


def lambertw(z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """The stand-in of `scipy.special.lambertw`."""
    return _lambertw(z, k, tol)


def _positional(name: str) -> Callable[..., Any]:
    """A stand-in that finds numbers in keywords, too."""
    fn = _FUNCTIONS[name]

    def standin(*args: Any, **keywords: Any) -> Any:
        for x in keywords.values():
            if hasattr(type(x), "_dualad_level"):
                return x.__array_function__(fn, (type(x),), args, keywords)
        return fn(*args, **keywords)

    standin.__name__ = name
    return standin


_STANDINS = {name: _positional(name) for name in _BODIES if _FUNCTIONS[name]}


def _harmonic(n: Any, m: Any, theta: Any, phi: Any, *, diff_n: int = 0) -> Any:
    if diff_n:
        raise NoRuleError(
            "scipy.special.sph_harm_y with diff_n= has no derivative rule", "leave diff_n= out"
        )
    return sph_harm_y(n, m, theta, phi)


ROWS: list[Row] = [
    Flat(_shift),
    Unary(_grounded, ONE, ZERO, at=(0.0, 1.0)),
    *(Composed(_FUNCTIONS[name], _BODIES[name]) for name in _STANDINS),
]
# The ufunc is what numbers meet where code that is not lifted calls `lambertw`.
_LAMBERTW = (_lambertw, sc._ufuncs._lambertw)
PARTIALS: Mapping[Any, Partials] = {
    fn: {0: _lambertw_slope, 1: INTEGER, 2: INTEGER} for fn in _LAMBERTW
}
INTEGERS: Mapping[Any, tuple[int, ...]] = dict.fromkeys(_LAMBERTW, (1,))
STANDINS: dict[Any, Callable[..., Any]] = {
    **{getattr(sc, name): fn for name, fn in _STANDINS.items()},
    sc.lambertw: lambertw,
}
if hasattr(sc, "sph_harm_y"):
    STANDINS[sc.sph_harm_y] = _harmonic
