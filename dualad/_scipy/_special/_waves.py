"""Parabolic cylinder, Mathieu and spheroidal functions in their variables; a few others.

SciPy returns these functions with their derivatives; the second derivative follows from the
differential equation (DLMF 12.2, 28.2, 28.20, 30.2, 30.11). Characteristic values are eigenvalues,
and change with the parameter by the mean of the operator's own change (Hellmann and Feynman).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import NAN, select
from ..._rules._row import ZERO, Row, Unary
from ._many import INTEGER, Refused
from ._stencil import differentiate, family, refuse

DEGREE = 0.017453292519943295
_NODES = 256
_TIED = Refused("is not defined: cv is a function of c", "the function without _cv")
_ONCE = Refused("has no rule at this order", "fewer derivatives")


def _each(compute: Callable[..., float], *args: Any) -> Any:
    """A function of scalars on arrays."""
    arrays = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in args))
    out = np.empty(arrays[0].shape)
    for i in np.ndindex(out.shape):
        out[i] = compute(*(float(x[i]) for x in arrays))
    return out[()]


def _parametric(
    name: str, letters: dict[int, str], x: int, slopes: Callable[..., Any]
) -> tuple[dict[int, Any], dict[Any, dict[int, Any]]]:
    """Partials in parameters of a function that returns itself and its derivative.

    Parameters
    ----------
    name : str
    letters : dict of int to str
        Positions and names of the parameters.
    x : int
        The position of the variable.
    slopes : callable
        Both derivatives in the variable, a formula of `PARTIALS`.
    """
    firsts: list[dict[int, Any]] = []
    table: dict[Any, dict[int, Any]] = {}
    for k in (0, 1):

        def value(*args: Any, k: int = k) -> Any:
            return getattr(sc, name)(*args)[k]

        def slope(*args: Any, k: int = k) -> Any:
            return slopes(*args, getattr(sc, name)(*args))[k]

        more = family(name, value, letters, {x: slope})
        firsts.append(more.pop(name))
        table.update(more)
    own = {i: _pair(firsts[0][i], firsts[1][i]) for i in letters}
    return own, table


def _pair(f: Callable[..., Any], g: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: (f(*args), g(*args))


# --- Mathieu: y'' = -(a - 2 q cos 2x) y, x in degrees; y'' = (a - 2 q cosh 2x) y


def _mathieu_slope(fn: Any) -> Callable[..., Any]:
    """The derivative of a characteristic value in q: the mean of 2 cos 2x over the period."""

    @dispatched
    def slope(m: Any, q: Any) -> Any:
        x = np.arange(_NODES) * (360.0 / _NODES)

        def one(order: float, parameter: float) -> float:
            y = fn(order, parameter, x)[0]
            return float(np.sum(2.0 * np.cos(2.0 * DEGREE * x) * y * y) / np.sum(y * y))

        return _each(one, m, q)

    slope.__name__ = f"{fn.__name__}_mean"
    return slope


mathieu_a_q = _mathieu_slope(sc.mathieu_cem)
mathieu_b_q = _mathieu_slope(sc.mathieu_sem)


def _angular(value: Any) -> Callable[..., Any]:
    def formula(m: Any, q: Any, x: Any, y: Any) -> Any:
        bend = -(value(m, q) - 2.0 * q * np.cos(2.0 * DEGREE * x)) * y[0]
        return DEGREE * y[1], DEGREE * bend

    return formula


def _radial(value: Any, fn: Any) -> Callable[..., Any]:
    def formula(m: Any, q: Any, x: Any, y: Any) -> Any:
        if fn.__name__.endswith("2") and np.any(x < 0.0):
            x = x + solved(m, q, x)
        return y[1], (value(m, q) - 2.0 * q * np.cosh(2.0 * x)) * y[0]

    @dispatched
    def solved(m: Any, q: Any, x: Any) -> Any:
        """0.0, where SciPy's answers solve the equation: far below x = 0 they do not."""
        m, q, x = np.broadcast_arrays(m, q, x)
        with np.errstate(all="ignore"):
            y = fn(m, q, x)
            seen = (x < 0.0) & np.isfinite(y[0])
            low = tuple(np.asarray(a, np.float64)[seen] for a in (m, q, x))
            bend = (value(*low[:2]) - 2.0 * low[1] * np.cosh(2.0 * low[2])) * y[0][seen]
            width = np.full(low[0].shape, 0.2)
            slope, _error = differentiate(
                lambda u, m, q, x: fn(m, q, x + u)[1], 1, np.zeros_like(width), width, low
            )
            size = np.abs(bend) + np.abs(y[0][seen]) + np.abs(y[1][seen])
            bad = ~(np.abs(slope - bend) <= 1e-8 * size)
        refuse(f"{fn.__name__}, which SciPy has wrong there", low, np.where(bad, np.inf, 0.0))
        return np.zeros(x.shape)[()]

    SOLVED.append(solved)
    return formula


SOLVED: list[Callable[..., Any]] = []


# --- spheroidal functions, whose parameter is c


@functools.lru_cache(maxsize=1)
def _gauss() -> tuple[Any, Any]:
    return np.polynomial.legendre.leggauss(_NODES)


def _spheroidal_slope(fn: Any, sign: float) -> Callable[..., Any]:
    """The derivative of a characteristic value in c: 2 c times the mean of +-x**2."""

    @dispatched
    def slope(m: Any, n: Any, c: Any) -> Any:
        x, w = _gauss()
        half = x > 0.0  # SciPy's functions are even or odd

        def one(order: float, degree: float, parameter: float) -> float:
            if parameter < 0.0:  # SciPy takes c for 0
                return NAN
            s = fn(order, degree, parameter, x[half])[0]
            weight = w[half] * s * s
            return float(sign * 2.0 * parameter * np.sum(weight * x[half] ** 2) / np.sum(weight))

        return _each(one, m, n, c)

    slope.__name__ = f"{fn.__name__}_mean"
    return slope


pro_cv_c = _spheroidal_slope(sc.pro_ang1, 1.0)
obl_cv_c = _spheroidal_slope(sc.obl_ang1, -1.0)


def _bend(kind: str, m: Any, c: Any, cv: Any, x: Any, y: Any) -> Any:
    """The second derivative, by the differential equation; SciPy's cv is wrong for c < 0."""
    cv = select(c < 0.0, NAN, cv)
    if kind == "obl_rad":
        w, square = 1.0 + x * x, -c * c * x * x
        return (-2.0 * x * y[1] + (cv + square - m * m / w) * y[0]) / w
    w = (1.0 - x) * (1.0 + x)
    square = c * c * x * x if kind == "obl_ang" else -c * c * x * x
    return (2.0 * x * y[1] - (cv + square - m * m / w) * y[0]) / w


def _spheroidal(name: str, kind: str) -> dict[Any, dict[int, Any]]:
    """The tables of the function of (m, n, c, x), and of that of (m, n, c, cv, x)."""
    value = sc.pro_cv if kind.startswith("pro") else sc.obl_cv

    def plain(m: Any, n: Any, c: Any, x: Any, y: Any) -> Any:
        return y[1], _bend(kind, m, c, value(m, n, c), x, y)

    def given(m: Any, _n: Any, c: Any, cv: Any, x: Any, y: Any) -> Any:
        return y[1], _bend(kind, m, c, cv, x, y)

    own, table = _parametric(name, {2: "c"}, 3, plain)
    return {
        **table,
        name: {0: INTEGER, 1: INTEGER, 3: plain, **own},
        f"{name}_cv": {0: INTEGER, 1: INTEGER, 2: _TIED, 3: _TIED, 4: given},
    }


_KINDS = {"pro_ang1": "pro_ang", "obl_ang1": "obl_ang"} | {
    f"{side}_rad{i}": f"{side}_rad" for side in ("pro", "obl") for i in (1, 2)
}
_SPHEROIDAL: dict[Any, dict[int, Any]] = {}
for _name, _kind in _KINDS.items():
    _SPHEROIDAL.update(_spheroidal(_name, _kind))


def _mathieu(name: str, formula: Callable[..., Any]) -> dict[Any, dict[int, Any]]:
    own, table = _parametric(name, {1: "q"}, 2, formula)
    return {**table, name: {0: INTEGER, 2: formula, **own}}


def _cylinder(v: Any, x: Any, y: Any) -> Any:
    return y[1], (0.25 * x * x - v - 0.5) * y[0]


def _bessel_polynomial_slope(a: Any, lam: Any, nu: Any) -> Any:
    return sc.besselpoly(a, lam + 1.0, nu - 1.0) - sc.besselpoly(a, lam + 1.0, nu + 1.0)


def _log_wright(a: Any, b: Any, x: Any, y: Any) -> Any:
    return np.exp(sc.log_wright_bessel(a, a + b, x) - y)


def _omega(_z: Any, w: Any) -> Any:
    # w/(1 + w), which is inf/inf far out
    far = np.abs(w) > 1e15
    return select(far, 1.0 + 0.0 * w, select(far, 1.0 + 0.0 * w, w) / (1.0 + w))


ROWS: list[Row] = [
    Unary(
        sc.wrightomega,
        _omega,
        lambda _z, w, d: d / (1.0 + w) / (1.0 + w),
        at=(-700.0, -40.0, -3.0, -0.5, 0.0, 1.0, 30.0, 1e9),
        sympy=lambda sp, x: sp.LambertW(sp.exp(x)),
    ),
]

PARTIALS: dict[Any, Any] = {
    mathieu_a_q: {0: INTEGER, 1: _ONCE},
    mathieu_b_q: {0: INTEGER, 1: _ONCE},
    pro_cv_c: {0: INTEGER, 1: INTEGER, 2: _ONCE},
    obl_cv_c: {0: INTEGER, 1: INTEGER, 2: _ONCE},
    "mathieu_a": {0: INTEGER, 1: lambda m, q, _y: mathieu_a_q(m, q)},
    "mathieu_b": {0: INTEGER, 1: lambda m, q, _y: mathieu_b_q(m, q)},
    **_mathieu("mathieu_cem", _angular(sc.mathieu_a)),
    **_mathieu("mathieu_sem", _angular(sc.mathieu_b)),
    **_mathieu("mathieu_modcem1", _radial(sc.mathieu_a, sc.mathieu_modcem1)),
    **_mathieu("mathieu_modcem2", _radial(sc.mathieu_a, sc.mathieu_modcem2)),
    **_mathieu("mathieu_modsem1", _radial(sc.mathieu_b, sc.mathieu_modsem1)),
    **_mathieu("mathieu_modsem2", _radial(sc.mathieu_b, sc.mathieu_modsem2)),
    **_SPHEROIDAL,
    "pro_cv": {0: INTEGER, 1: INTEGER, 2: lambda m, n, c, _y: pro_cv_c(m, n, c)},
    "obl_cv": {0: INTEGER, 1: INTEGER, 2: lambda m, n, c, _y: obl_cv_c(m, n, c)},
    "pbdv": {1: _cylinder},
    "pbvv": {1: _cylinder},
    "pbwa": {1: lambda a, x, y: (y[1], (a - 0.25 * x * x) * y[0])},
    **family("besselpoly", sc.besselpoly, {1: "lmb", 2: "nu"}, {0: _bessel_polynomial_slope}),
    "wright_bessel": {2: lambda a, b, x, _y: sc.wright_bessel(a, a + b, x)},
    "log_wright_bessel": {2: _log_wright},
}
PARTIALS.update({f: {0: ZERO, 1: ZERO, 2: ZERO} for f in SOLVED})
PARTIALS["besselpoly"][0] = lambda a, lam, nu, _y: _bessel_polynomial_slope(a, lam, nu)
