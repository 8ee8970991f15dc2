"""Derivatives of scaled Bessel functions in their argument (DLMF 10.9, 10.17, 10.32, 10.40).

The slope of the scale nearly cancels that of the function. Three formulas share the work: at small
arguments the sums over neighbours, which do not cancel there; far out the asymptotic series, term
by term; between them integrals whose integrands take the derivatives as factors of one sign.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ._tables import Octaves, Table, by_regions

_TERMS = 30
_BLOCK = 256  # elements at a time: arrays of nodes and elements stay in the cache


_REACH = 7.5  # of nodes; beyond 6 for the largest orders at which `middle` holds


def _rule(step: float) -> tuple[Any, Any, Any]:
    """s*s, s and the weights of the trapezoidal rule for exp(-s*s) over s > 0."""
    s = step * np.arange(int(_REACH / step) + 1)[:, None]
    weights = step * np.exp(-s * s)
    weights[0] *= 0.5
    return s * s, s, weights


# The integrand is singular at s = i sqrt(2u): the smaller |u|, from these on, the smaller the step.
_RULES = ((2.4, _rule(0.25)), (0.6, _rule(0.125)), (0.15, _rule(0.0625)))


def _macdonald(n: int, v: Any, u: Any, nodes: tuple[Any, Any, Any]) -> Any:
    """The n-th derivative of exp(u) K_v(u), for Re u >= 0.

    It is the integral of exp(-u (cosh t - 1)) cosh(v t) (DLMF 10.32.9); s*s = 2 u sinh(t/2)**2.
    """
    square, s, weights = nodes
    y = s / np.sqrt(2.0 * u)
    root = np.sqrt(1.0 + y * y)
    growth = (y + root) ** (2.0 * v)
    terms = weights * square**n * (growth + 1.0 / growth) / root
    return (-1.0) ** n * np.sum(terms, axis=0) * np.sqrt(0.5 / u) / u**n


def _decaying(n: int, v: Any, u: Any) -> Any:
    out = np.empty_like(u)
    size, end = np.abs(u), np.inf
    for border, nodes in _RULES:
        there = (border <= size) & (size < end)
        if np.any(there):
            out[there] = _macdonald(n, v[there], u[there], nodes)
        end = border
    return out


def _kve(n: int, v: Any, z: Any) -> Any:
    return _decaying(n, v, z)


def _hankel(sign: float) -> Any:
    """K_v(u) is a Hankel function of z = +-i u (DLMF 10.27.8)."""

    def between(n: int, v: Any, z: Any) -> Any:
        turn = -sign * 1j
        front = (2.0 / math.pi) * turn * np.exp(0.5 * math.pi * turn * v)
        return front * turn**n * _decaying(n, v, turn * z)

    return between


# Gauss's rule: twice the nodes on [0, 1], and weights there.
_NODES, _WEIGHTS = (c[:, None] for c in np.polynomial.legendre.leggauss(56))
_NODES, _WEIGHTS = 1.0 + _NODES, 0.5 * _WEIGHTS
_FALL = 40.0  # integrands are cut where they have fallen by exp(-40)


def _ive(n: int, v: Any, x: Any) -> Any:
    """Schlaefli's integral (DLMF 10.32.4), of which orders that are no integers need both parts."""
    v = np.where(np.equal(v, np.rint(v)), np.abs(v), v)
    half = np.arcsin(np.sqrt(np.minimum(0.5 * _FALL / x, 1.0)))
    angle = half * _NODES
    less = 2.0 * np.sin(0.5 * angle) ** 2  # 1 - cos
    terms = _WEIGHTS * (less**n * np.exp(-x * less) * np.cos(v * angle))
    total = 2.0 * half * np.sum(terms, axis=0)
    broken = np.not_equal(v, np.rint(v)) & (2.0 * x < _FALL)
    if np.any(broken):
        total[broken] -= _second_part(n, v[broken], x[broken])
    return (-1.0) ** n * total / math.pi


def _second_part(n: int, v: Any, x: Any) -> Any:
    half = 0.5 * np.arccosh(1.0 + _FALL / x)
    t = half * _NODES
    more = 1.0 + np.cosh(t)
    terms = _WEIGHTS * (more**n * np.exp(-x * more - v * t))
    return np.sin(math.pi * np.fmod(v, 2.0)) * 2.0 * half * np.sum(terms, axis=0)


class _Scaled:
    """What distinguishes ive, kve, hankel1e and hankel2e."""

    def __init__(
        self,
        fn: Any,
        between: Any,
        unit: complex,
        sides: tuple[float, float],
        rate: complex,
        front: Any,
    ) -> None:
        self.fn = fn  # the scaled function, which is exp(rate z) times the plain one
        self.between = between
        self.unit, self.sides, self.rate, self.front = unit, sides, rate, front

    def near(self, n: int, v: Any, z: Any) -> Any:
        """The n-th derivative through neighbours."""
        return self._through(self.fn, n, v, z)

    def by_parts(self, n: int, v: Any, z: Any) -> Any:
        """The same of a Hankel function from J and Y, which keeps its smaller part."""
        j, y = (self._through(f, n, v, z) for f in (sc.jv, sc.yv))
        return (j + (1j if self.fn is sc.hankel1e else -1j) * y) * np.exp(self.rate * z)

    def _through(self, fn: Any, n: int, v: Any, z: Any) -> Any:
        low, high = self.sides
        total: Any = 0.0
        for j in range(n + 1):  # Leibniz
            plain: Any = 0.0
            for i in range(j + 1):
                weight = math.comb(j, i) * low ** (j - i) * high**i
                plain = plain + weight * fn(v - (j - 2.0 * i), z)
            total = total + math.comb(n, j) * self.rate ** (n - j) * plain
        return total

    def far(self, n: int, v: Any, z: Any) -> Any:
        """F = c z**(-1/2) * sum of (u/z)**k a_k(v), differentiated term by term."""
        term: Any = self.front(v) * z**-0.5 / z**n * (-1.0) ** n
        total: Any = 0.0
        for k in range(_TERMS):
            rising = math.prod(k + 0.5 + i for i in range(n))
            total = total + term * rising
            term = term * (self.unit * (4.0 * v * v - (2 * k + 1) ** 2) / (8.0 * (k + 1))) / z
        return total

    def middle(self, v: Any, z: Any) -> Any:
        """Where the integral is good."""
        there = (np.abs(z) >= _RULES[-1][0]) & (np.abs(z) > 0.25 * v * v)
        if self.fn is sc.ive:
            return there & (z > 1.0) & ((v > -0.5) | np.equal(v, np.rint(v)))
        # of u = z, or -iz, or iz
        rotated = {sc.kve: 1.0, sc.hankel1e: -1j, sc.hankel2e: 1j}[self.fn]
        return there & (np.real(rotated * z) >= 0.0)


_KINDS = {
    "ive": _Scaled(sc.ive, _ive, -1.0, (0.5, 0.5), -1.0, lambda _v: 1.0 / math.sqrt(2.0 * math.pi)),
    "kve": _Scaled(sc.kve, _kve, 1.0, (-0.5, -0.5), 1.0, lambda _v: math.sqrt(0.5 * math.pi)),
    "hankel1e": _Scaled(
        sc.hankel1e,
        _hankel(1.0),
        1j,
        (0.5, -0.5),
        -1j,
        lambda v: math.sqrt(2.0 / math.pi) * np.exp(-0.25j * math.pi * (2.0 * v + 1.0)),
    ),
    "hankel2e": _Scaled(
        sc.hankel2e,
        _hankel(-1.0),
        -1j,
        (0.5, -0.5),
        1j,
        lambda v: math.sqrt(2.0 / math.pi) * np.exp(0.25j * math.pi * (2.0 * v + 1.0)),
    ),
}


@dispatched
def scaled(kind: str, n: int, v: Any, z: Any) -> Any:
    """The n-th derivative of a scaled Bessel function of order v at z > 0, or at complex z."""
    rule = _KINDS[kind]
    v, z = np.broadcast_arrays(v * 1.0, z * 1.0)
    out = np.empty(z.shape, np.result_type(z, rule.front(0.0)))
    with np.errstate(all="ignore"):
        far = np.real(z) > 30.0 + v * v
        hankel = rule.fn in (sc.hankel1e, sc.hankel2e) and z.dtype.kind != "c"
        middle = rule.middle(v, z) & ~far
        parts = hankel & ~middle & (np.real(z) < 1.0) & (np.abs(v) < 10.0)
        for there, formula in (
            (far, rule.far),
            (middle, rule.between),
            (parts, rule.by_parts),
            (~(far | middle | parts), rule.near),
        ):
            orders, arguments = v[there], z[there]
            blocks = [
                formula(n, orders[i : i + _BLOCK], arguments[i : i + _BLOCK])
                for i in range(0, len(arguments), _BLOCK)
            ]
            if blocks:
                out[there] = np.concatenate(blocks)
    return out[()]


def scaled_slope(kind: str, v: Any, z: Any) -> Any:
    """The first derivative. A differentiated order has rows only through neighbours."""
    if hasattr(type(v), "_dualad_level"):
        return _KINDS[kind].near(1, v, z)
    return scaled(kind, 1, v, z)


# Orders 0 and 1 of a real argument have tables; the rows of i0e, i1e, k0e and k1e read them.
_TABLES = {
    "ive": Octaves(0, 5, 1.0),  # from 0 to 31, where the asymptotic series has begun
    "kve": Octaves(-2, 5, 0.0),
}


def _ive_whole(n: int, v: Any, x: Any) -> Any:
    """Schlaefli's integral for orders 0 and 1, by the trapezoidal rule: it is periodic."""
    angle = np.linspace(0.0, math.pi, 65)[:, None]
    less = 2.0 * np.sin(0.5 * angle) ** 2
    terms = less**n * np.exp(-x * less) * np.cos(v * angle)
    return (-1.0) ** n * (np.sum(terms[1:-1], axis=0) + 0.5 * (terms[0] + terms[-1])) / 64.0


_INTEGRALS = {"ive": _ive_whole, "kve": _kve}


@functools.cache
def _table(kind: str, order: float) -> Table:
    def derivative(n: int, x: Any) -> Any:
        return _INTEGRALS[kind](n, np.full(x.shape, order), x)

    return Table(derivative, _TABLES[kind], 17)


@dispatched
def scaled_low(kind: str, n: int, order: float, x: Any) -> Any:
    """As `scaled`, for the real orders 0 and 1 and x >= 0."""
    x = np.asarray(x, np.float64)
    flat = x.ravel()
    rule, table = _KINDS[kind], _table(kind, float(order))
    lowest = 0.0 if kind == "ive" else 0.25
    far, near = flat > 30.0, flat < lowest
    with np.errstate(all="ignore"):
        out = by_regions(
            flat,
            (
                (far, lambda v: rule.far(n, order, v)),
                (near, lambda v: scaled(kind, n, order, v)),
                ((flat >= lowest) & ~far, lambda v: table(n, v)),  # not NaN
            ),
        )
    return out.reshape(x.shape)[()]


@dispatched
def airy_moment(k: int, p: Any) -> Any:
    """The k-th derivative in p = sqrt(z) of exp(s) Ai(z), s = 2/3 p**3, for p > 0.7.

    It is the integral of cos(t**3/3) exp(-p t*t)/pi over t > 0 (DLMF 9.5.4 moved to its saddle).
    """
    p = np.asarray(p)
    flat = p.ravel()
    parts = [_moment(k, flat[i : i + _BLOCK]) for i in range(0, len(flat), _BLOCK)]
    return np.concatenate([np.empty(0), *parts]).reshape(p.shape)[()]


_AIRY = _rule(1.0 / 12.0)


def _moment(k: int, p: Any) -> Any:
    square, s, weights = _AIRY
    terms = weights * square**k * np.cos(square * s / (3.0 * p * np.sqrt(p)))
    return (-1.0) ** k * np.sum(terms, axis=0) / (math.pi * np.sqrt(p) * p**k)


# Where the path of Bi's integral leaves the real axis behind the saddle, and how far it goes.
_SIDE = complex(0.5, math.sqrt(0.75))
_LONG = 4.93


@dispatched
def airy_growth(k: int, p: Any) -> Any:
    """The k-th derivative in p = sqrt(z) of exp(-s) Bi(z), s = 2/3 p**3, for p > 0.7.

    By DLMF 9.5.5, moved to its saddle: the real part of the integral of exp(-p r*r + r**3/3)/pi
    from r = -infinity along the real axis to r = p, and from there in the direction exp(i pi/3).
    """
    p = np.asarray(p)
    flat = p.ravel()
    parts = [_growth(k, flat[i : i + _BLOCK]) for i in range(0, len(flat), _BLOCK)]
    return np.concatenate([np.empty(0), *parts]).reshape(p.shape)[()]


def _growth(k: int, p: Any) -> Any:
    start = -7.0 / np.sqrt(p)
    r = start + (p - start) * (0.5 * _NODES)
    along = (r * r) ** k * np.exp(-r * r * (p - r / 3.0))
    w = _SIDE * _LONG * (0.5 * _NODES)
    beyond = ((p + w) ** 2) ** k * np.exp(w * (w * w / 3.0 - p * p)) * (_SIDE * _LONG)
    rest = np.exp(-2.0 / 3.0 * p * p * p) * np.sum(_WEIGHTS * np.real(beyond), axis=0)
    return (-1.0) ** k / math.pi * ((p - start) * np.sum(_WEIGHTS * along, axis=0) + rest)
