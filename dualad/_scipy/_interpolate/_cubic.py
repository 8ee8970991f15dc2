"""Cubic interpolants built from numbers: the slopes at the knots as SciPy computes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from .._banded import banded_solve
from .._plain import chosen, floating, primal, primal_call, trailing
from ._piecewise import Piecewise, front, hermite_pieces


def _joined(*parts: Any) -> Any:
    """Parts one after the other along the first axis; a part without it is one element."""
    rank = max(np.ndim(p) for p in parts)
    rest = next(np.shape(p)[1:] for p in parts if np.ndim(p) == rank)
    return np.concatenate([p if np.ndim(p) == rank else np.reshape(p, (1, *rest)) for p in parts])


def hermite(x: Any, y: Any, dydx: Any, axis: int = 0, extrapolate: Any = None) -> Piecewise:
    """`CubicHermiteSpline` with numbers."""
    plain = primal_call(interpolate.CubicHermiteSpline, x, y, dydx, axis, extrapolate)
    knots, values = front(x, y, axis)
    slopes = front(x, dydx, axis)[1]
    return Piecewise(plain, hermite_pieces(knots, values, slopes), knots)


# --- CubicSpline ---------------------------------------------------------------------------------

Condition = tuple[Any, Any]


def _condition(given: Any, shape: tuple[int, ...]) -> Condition:
    """One boundary condition as (order, value); ("not-a-knot", None) where it is that."""
    if isinstance(given, str):
        orders: dict[str, Condition] = {
            "clamped": (1, np.zeros(shape)),
            "natural": (2, np.zeros(shape)),
        }
        return orders.get(given, (given, None))
    order, value = given
    return order, floating(value)


def _start(condition: Condition, h: Any, slope: Any, rise: Any) -> tuple[Any, Any, Any]:
    """Diagonal, its neighbour and right side of the first equation; also of the last, mirrored.

    `h` and `slope` begin at the end in question; `rise` is y[1] - y[0] counted from there.
    """
    order, value = condition
    if order == "not-a-knot":
        d = h[0] + h[1]
        right = ((h[0] + 2.0 * d) * h[1] * slope[0] + h[0] * h[0] * slope[1]) / d
        return h[1], d, right
    if order == 1:
        return 1.0, 0.0, value
    # The second derivative, through the slopes at both ends of the first piece.
    return 2.0 * h[0], h[0], 3.0 * rise - 0.5 * value * (h[0] * h[0])


def _slopes(x: Any, y: Any, bc: tuple[Any, Any]) -> Any:
    """The slopes at the knots (de Boor, A Practical Guide to Splines, chapter IV)."""
    n, h = x.shape[0], x[1:] - x[:-1]
    wide = trailing(h, y.ndim - 1)
    slope = (y[1:] - y[:-1]) / wide
    first, last = (_condition(b, y.shape[1:]) for b in bc)
    if n == 2:
        known = ("not-a-knot", "periodic")
        first = (1, slope[0]) if first[0] in known else first
        last = (1, slope[0]) if last[0] in known else last
    if n == 3 and first[0] == last[0] == "not-a-knot":
        return _parabola(h, wide, slope)
    if first[0] == "periodic":
        return _periodic(h, wide, slope)
    inner = 3.0 * (wide[1:] * slope[:-1] + wide[:-1] * slope[1:])
    d0, up, b0 = _start(first, h, slope, y[1] - y[0])
    # From the other end the curvature keeps its sign, x runs backward.
    mirrored = last if last[0] != 2 else (2, -last[1])
    dn, low, bn = _start(mirrored, h[::-1], slope[::-1], y[-1] - y[-2])
    ab = np.stack(
        [
            _joined(0.0, up, h[:-1]),
            _joined(d0, 2.0 * (h[:-1] + h[1:]), dn),
            _joined(h[1:], low, 0.0),
        ]
    )
    return banded_solve((1, 1), ab, _joined(b0, inner, bn))


def _parabola(h: Any, wide: Any, slope: Any) -> Any:
    """Three points without further conditions: one parabola."""
    ab = np.stack(
        [
            _joined(0.0, 1.0, h[:1]),
            _joined(1.0, 2.0 * (h[:1] + h[1:]), 1.0),
            _joined(h[1:], 1.0, 0.0),
        ]
    )
    inner = 3.0 * (wide[:1] * slope[1:] + wide[1:] * slope[:1])
    return banded_solve((1, 1), ab, _joined(2.0 * slope[0], inner, 2.0 * slope[1]))


def _periodic(h: Any, wide: Any, slope: Any) -> Any:
    """The cyclic system, its last equation eliminated (SciPy does the same)."""
    if h.shape[0] == 2:
        t = np.sum(slope / wide, axis=0) / np.sum(1.0 / wide, axis=0)
        return np.stack([t, t, t])
    inner = 3.0 * (wide[1:] * slope[:-1] + wide[:-1] * slope[1:])
    first = 3.0 * (wide[0] * slope[-1] + wide[-1] * slope[0])
    b = _joined(first, inner)
    m = b.shape[0] - 1  # unknowns 0 .. m - 1, and the one that closes the circle
    ab = np.stack(
        [
            _joined(0.0, h[-1], h[: m - 2]),
            _joined(2.0 * (h[-1] + h[0]), 2.0 * (h[: m - 1] + h[1:m])),
            _joined(h[1:m], 0.0),
        ]
    )
    ends = _joined(-h[:1], np.zeros(m - 2), -h[m - 2])
    corner = (h[m - 1], h[m])
    s1 = banded_solve((1, 1), ab, b[:-1])
    s2 = trailing(banded_solve((1, 1), ab, ends), b.ndim - 1)
    closing = (b[-1] - corner[0] * s1[0] - corner[1] * s1[-1]) / (
        2.0 * (h[m] + h[m - 1]) + corner[0] * s2[0] + corner[1] * s2[-1]
    )
    return _joined(s1 + closing * s2, closing, s1[0] + closing * s2[0])


def cubic_spline(
    x: Any, y: Any, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None
) -> Piecewise:
    """`CubicSpline` with numbers among the knots, the values or the boundary values."""
    plain = primal_call(interpolate.CubicSpline, x, y, axis, bc_type, extrapolate)
    x, y = front(x, y, axis)
    bc = (bc_type, bc_type) if isinstance(bc_type, str) else tuple(bc_type)
    if y.size == 0:
        return Piecewise(plain)
    return Piecewise(plain, hermite_pieces(x, y, _slopes(x, y, bc)), x)


# --- PchipInterpolator ---------------------------------------------------------------------------


def _end_slope(h0: Any, h1: Any, m0: Any, m1: Any) -> Any:
    """The three-point slope at an end, limited to preserve the shape (Moler, section 3.6)."""
    d = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    value, s0, s1 = primal(d), primal(m0), primal(m1)
    flat = np.sign(value) != np.sign(s0)
    steep = (np.sign(s0) != np.sign(s1)) & (np.abs(value) > 3.0 * np.abs(s0)) & ~flat
    return chosen(flat, d * 0.0, chosen(steep, 3.0 * m0, d))


def pchip_slopes(x: Any, y: Any) -> Any:
    h = trailing(x[1:] - x[:-1], y.ndim - 1)
    m = (y[1:] - y[:-1]) / h
    if y.shape[0] == 2:
        return np.concatenate([m, m])
    sign = np.sign(primal(m))
    flat = (sign[1:] != sign[:-1]) | (sign[1:] == 0.0) | (sign[:-1] == 0.0)
    before, after = chosen(flat, 1.0, m[:-1]), chosen(flat, 1.0, m[1:])
    w1, w2 = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    inner = chosen(flat, 0.0, (w1 + w2) / (w1 / before + w2 / after))
    start = _end_slope(h[0], h[1], m[0], m[1])
    end = _end_slope(h[-1], h[-2], m[-1], m[-2])
    return _joined(start, inner, end)


def pchip(x: Any, y: Any, axis: int = 0, extrapolate: Any = None) -> Piecewise:
    """`PchipInterpolator` with numbers. A slope that is 0 at an extremum has derivative 0."""
    plain = primal_call(interpolate.PchipInterpolator, x, y, axis, extrapolate)
    x, y = front(x, y, axis)
    return Piecewise(plain, hermite_pieces(x, y, pchip_slopes(x, y)), x)


def pchip_at(xi: Any, yi: Any, x: Any, der: Any = 0, axis: int = 0) -> Any:
    """`pchip_interpolate` with numbers."""
    p = pchip(xi, yi, axis=axis)
    if np.ndim(der):
        return [p.derivative(nu)(x) for nu in der]
    return p.derivative(der)(x) if der else p(x)


# --- Akima1DInterpolator -------------------------------------------------------------------------


def _akima_slopes(x: Any, y: Any, method: str) -> Any:
    """Akima (1970), and the modified weights of MATLAB's makima."""
    secant = (y[1:] - y[:-1]) / trailing(x[1:] - x[:-1], y.ndim - 1)
    if y.shape[0] == 2:
        return np.concatenate([secant, secant])
    left = 2.0 * secant[0] - secant[1]
    right = 2.0 * secant[-1] - secant[-2]
    far_left, far_right = 2.0 * left - secant[0], 2.0 * right - secant[-1]
    m = _joined(np.stack([far_left, left]), secant, np.stack([right, far_right]))
    turn = np.abs(m[1:] - m[:-1])
    f1, f2 = turn[2:], turn[:-2]
    if method == "makima":
        mean = np.abs(m[1:] + m[:-1])
        f1, f2 = f1 + 0.5 * mean[2:], f2 + 0.5 * mean[:-2]
    total = f1 + f2
    size = primal(total)
    weighted = size > 1e-9 * np.max(size, initial=-np.inf)
    share = f2 / chosen(~weighted, 1.0, total)
    blend = m[1:-2] + share * (m[2:-1] - m[1:-2])
    return chosen(~weighted, 0.5 * (m[3:] + m[:-3]), blend)


def akima(x: Any, y: Any, axis: int = 0, *, method: str = "akima", **keywords: Any) -> Piecewise:
    """`Akima1DInterpolator` with numbers."""
    plain = primal_call(interpolate.Akima1DInterpolator, x, y, axis, method=method, **keywords)
    x, y = front(x, y, axis)
    return Piecewise(plain, hermite_pieces(x, y, _akima_slopes(x, y, method)), x)


STANDINS: dict[Any, Any] = {
    interpolate.CubicSpline: cubic_spline,
    interpolate.CubicHermiteSpline: hermite,
    interpolate.PchipInterpolator: pchip,
    interpolate.pchip_interpolate: pchip_at,
    interpolate.Akima1DInterpolator: akima,
}
