"""Piecewise polynomials in the power basis: `PPoly`, `BPoly` and what derives from them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import array, floating, is_number, pinned, primal, primal_call, trailing
from ._slope import at


def locate(breaks: Any, x: Any) -> Any:
    """The index i of the piece ``breaks[i] <= x < breaks[i + 1]``; the last one is closed."""
    edges, points = primal(breaks), primal(x)
    if edges[-1] < edges[0]:  # decreasing: breaks[i] >= x > breaks[i + 1]
        i = np.searchsorted(-edges, -points, side="right") - 1
    else:
        i = np.searchsorted(edges, points, side="right") - 1
    return np.clip(np.where(np.isnan(points), 0, i), 0, len(edges) - 2)


def outside(breaks: Any, x: Any) -> Any:
    """Where x lies outside of the breaks, or is NaN."""
    edges, points = primal(breaks), primal(x)
    low, high = min(edges[0], edges[-1]), max(edges[0], edges[-1])
    return ~((points >= low) & (points <= high))


def wrapped(x: Any, start: Any, stop: Any) -> Any:
    """x brought into [start, stop) by whole periods."""
    return start + np.remainder(x - start, stop - start)


def undefined(value: Any, where: Any) -> Any:
    """`value`, NaN in value and derivatives where the mask holds."""
    if not np.any(where):
        return value
    factor = trailing(np.where(where, np.nan, 1.0), np.ndim(value) - np.ndim(where))
    return value * factor


def moved(out: Any, x_ndim: int, axis: int) -> Any:
    """An answer of shape ``x.shape + rest`` with the axes of x put where `axis` stood."""
    if axis == 0:
        return out
    order = list(range(np.ndim(out)))
    order = order[x_ndim : x_ndim + axis] + order[:x_ndim] + order[x_ndim + axis :]
    return np.transpose(out, order)


def _falling(power: int, nu: int) -> float:
    """power! / (power - nu)!"""
    return float(math.perm(power, nu))


def evaluate(c: Any, breaks: Any, x: Any, nu: int, extrapolate: Any) -> Any:
    """The derivative nu of the pieces at x, of shape ``x.shape + c.shape[2:]``."""
    if nu < 0:
        raise ValueError("Order of derivative cannot be negative")
    if extrapolate == "periodic":
        x, extrapolate = wrapped(x, breaks[0], breaks[-1]), False
    i = locate(breaks, x)
    rest = c.ndim - 2
    t = trailing(x - breaks[i], rest)
    # SciPy gives NaN for NaN, and outside of the breaks where it shall not extrapolate.
    lost = np.isnan(primal(x)) if extrapolate else outside(breaks, x)
    degree = c.shape[0] - 1
    if nu > degree:
        return undefined(np.zeros(np.shape(t)[: np.ndim(x)] + c.shape[2:]), lost)
    total = c[0][i] * _falling(degree, nu)
    for row in range(1, degree - nu + 1):
        total = total * t + c[row][i] * _falling(degree - row, nu)
    return undefined(total, lost)


class Piecewise:
    """An object with the attributes and methods of a `PPoly`, some of them numbers.

    Parameters
    ----------
    plain : PPoly
        SciPy's own object, on primal values.
    c, x : array or number, optional
        Coefficients and breaks, the axis of the breaks moved to the front.
    """

    def __init__(self, plain: Any, c: Any = None, x: Any = None) -> None:
        self.plain = plain
        self.c = plain.c if c is None else pinned(c, plain.c)
        self.x = plain.x if x is None else x
        self.axis, self.extrapolate = plain.axis, plain.extrapolate
        self._constant = not (is_number(self.c) or is_number(self.x))

    @property
    def _powers(self) -> Any:
        return self.c

    def _like(self, plain: Any, c: Any) -> Piecewise:
        return type(self)(plain, c, self.x)

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        if self._constant and self.axis == 0 and nu >= 0:
            return at(floating(x), self.plain, nu, extrapolate)
        value = primal_call(self.plain, x, nu, extrapolate)
        x = floating(x)
        rule = self.extrapolate if extrapolate is None else extrapolate
        out = evaluate(self._powers, self.x, x, nu, rule)
        return pinned(moved(out, x.ndim, self.axis), value)

    def derivative(self, nu: int = 1) -> Piecewise:
        if nu < 0:
            return self.antiderivative(-nu)
        plain = self.plain.derivative(nu)
        degree = self.c.shape[0] - 1
        if nu > degree:
            return Piecewise(plain, None, self.x)
        rows = [self._powers[i] * _falling(degree - i, nu) for i in range(degree - nu + 1)]
        return self._like(plain, np.stack(rows))

    def antiderivative(self, nu: int = 1) -> Piecewise:
        if nu <= 0:
            return self.derivative(-nu)
        once, c = self.plain, self._powers
        for _ in range(nu):
            once, c = once.antiderivative(1), _integrated(c, self.x)
        return self._like(self.plain.antiderivative(nu), c)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        value = primal_call(self.plain.integrate, a, b, extrapolate)
        rule = self.extrapolate if extrapolate is None else extrapolate
        c, ends = _integrated(self._powers, self.x), (floating(a), floating(b))
        if rule == "periodic":
            low, high = (_through_periods(c, self.x, end) for end in ends)
        else:
            low, high = (evaluate(c, self.x, end, 0, rule) for end in ends)
        return pinned(high - low, value)

    def solve(self, y: Any = 0.0, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        roots = primal_call(self.plain.solve, y, discontinuity, extrapolate)
        if self.c.ndim != 2:
            raise NoRuleError(
                "the roots of a piecewise polynomial with several components have no rule",
                "one polynomial at a time",
            )
        return pinned(self._polished(roots, y), roots)

    def roots(self, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        return self.solve(0.0, discontinuity, extrapolate)

    def _polished(self, roots: Any, y: Any) -> Any:
        """Roots as functions of the coefficients and of y, by the implicit function theorem.

        Each step of Newton's method from an exact root doubles the number of right derivatives.
        """
        z = roots
        for _ in range(3):
            z = z - (self(z) - y) / self(z, 1)
        return z

    def extend(self, *_args: Any, **_keywords: Any) -> Any:
        raise NoRuleError(
            "extend of a differentiated interpolant has no derivative rule",
            "a new interpolant of all data",
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        raise NoRuleError(f"{type(self.plain).__name__}.{name} has no derivative rule")


def _integrated(c: Any, breaks: Any) -> Any:
    """Coefficients of the antiderivative that is 0 at the first break."""
    n = c.shape[0]
    rows = [c[i] / float(n - i) for i in range(n)]
    h = trailing(breaks[1:] - breaks[:-1], c.ndim - 2)
    whole = rows[0] * h
    for row in rows[1:]:
        whole = (whole + row) * h
    starts = np.concatenate([whole[:1] * 0.0, np.cumsum(whole, axis=0)[:-1]])
    return np.stack([*rows, starts])


def _through_periods(c: Any, breaks: Any, x: Any) -> Any:
    """The antiderivative of a periodic function at any x; `c` is that of one period."""
    period = evaluate(c, breaks, breaks[-1], 0, True)
    turns = np.floor((primal(x) - primal(breaks)[0]) / np.ptp(primal(breaks)))
    within = x - turns * (breaks[-1] - breaks[0])
    return turns * period + evaluate(c, breaks, within, 0, True)


class Bernstein(Piecewise):
    """An object with the attributes and methods of a `BPoly`."""

    @property
    def _powers(self) -> Any:
        """The same pieces in the power basis."""
        k = self.c.shape[0] - 1
        h = trailing(self.x[1:] - self.x[:-1], self.c.ndim - 2)
        rows = []
        for power in range(k, -1, -1):
            # The coefficient of s**power in sum_j c_j C(k, j) s**j (1 - s)**(k - j).
            terms = [
                self.c[j] * float((-1) ** (power - j) * math.comb(k, power) * math.comb(power, j))
                for j in range(power + 1)
            ]
            row = sum(terms[1:], terms[0])
            for _ in range(power):
                row = row / h
            rows.append(row)
        return np.stack(rows)

    def derivative(self, nu: int = 1) -> Piecewise:
        if nu < 0:
            return self.antiderivative(-nu)
        c, plain = self.c, self.plain.derivative(nu)
        h = trailing(self.x[1:] - self.x[:-1], c.ndim - 2)
        for _ in range(nu):
            k = c.shape[0] - 1
            c = c * 0.0 if k == 0 else (c[1:] - c[:-1]) * float(k) / h
        return Bernstein(plain, c, self.x)

    def antiderivative(self, nu: int = 1) -> Piecewise:
        if nu <= 0:
            return self.derivative(-nu)
        c, plain = self.c, self.plain.antiderivative(nu)
        h = trailing(self.x[1:] - self.x[:-1], c.ndim - 2)
        for _ in range(nu):
            k = c.shape[0]
            inner = np.cumsum(c * h / float(k), axis=0)
            inner = np.concatenate([inner[:1] * 0.0, inner])
            starts = np.concatenate([inner[-1][:1] * 0.0, np.cumsum(inner[-1], axis=0)[:-1]])
            c = inner + starts
        return Bernstein(plain, c, self.x)


def _of(plain: Any) -> Piecewise:
    return Bernstein(plain) if isinstance(plain, interpolate.BPoly) else Piecewise(plain)


def call(self: Any, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
    """`PPoly.__call__` and `BPoly.__call__`."""
    return _of(self)(x, nu, extrapolate)


def integrate(self: Any, a: Any, b: Any, extrapolate: Any = None) -> Any:
    return _of(self).integrate(a, b, extrapolate)


def solve(self: Any, y: Any = 0.0, discontinuity: bool = True, extrapolate: Any = None) -> Any:
    return _of(self).solve(y, discontinuity, extrapolate)


def _front(c: Any, axis: int) -> Any:
    return np.moveaxis(np.moveaxis(c, axis + 1, 0), axis + 1, 0) if axis else c


def power_basis(c: Any, x: Any, extrapolate: Any = None, axis: int = 0) -> Piecewise:
    """`PPoly(c, x)` with numbers."""
    plain = primal_call(interpolate.PPoly, c, x, extrapolate, axis)
    return Piecewise(plain, _front(floating(c), axis), floating(x))


def bernstein_basis(c: Any, x: Any, extrapolate: Any = None, axis: int = 0) -> Piecewise:
    """`BPoly(c, x)` with numbers."""
    plain = primal_call(interpolate.BPoly, c, x, extrapolate, axis)
    return Bernstein(plain, _front(floating(c), axis), floating(x))


def hermite_pieces(x: Any, y: Any, slopes: Any) -> Any:
    """Coefficients ``(4, n - 1, ...)`` of the cubic pieces with given values and slopes."""
    h = trailing(x[1:] - x[:-1], y.ndim - 1)
    secant = (y[1:] - y[:-1]) / h
    bend = (slopes[:-1] + slopes[1:] - 2.0 * secant) / h
    return np.stack([bend / h, (secant - slopes[:-1]) / h - bend, slopes[:-1] + 0.0, y[:-1] + 0.0])


def front(x: Any, y: Any, axis: int) -> tuple[Any, Any]:
    """Knots and values in double precision, the axis of interpolation in front."""
    x, y = floating(x), floating(y)
    return x, (np.moveaxis(y, axis, 0) if axis % y.ndim else y)


STANDINS: dict[Any, Any] = {
    interpolate.PPoly: power_basis,
    interpolate.BPoly: bernstein_basis,
    interpolate.PPoly.__call__: call,
    interpolate.PPoly.integrate: integrate,
    interpolate.BPoly.integrate: integrate,
    interpolate.PPoly.solve: solve,
}

__all__ = [
    "STANDINS",
    "Piecewise",
    "array",
    "front",
    "hermite_pieces",
    "is_number",
    "moved",
]
