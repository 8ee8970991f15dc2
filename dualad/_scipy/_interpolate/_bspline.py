"""`BSpline` and the interpolating and fitting splines made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import find_number, floating, is_number, pinned, primal, primal_call
from . import _basis
from ._collocation import collocated, fitted, knots_of, periodic
from ._piecewise import front, moved
from ._slope import at


class Spline:
    """An object with the attributes and methods of a `BSpline`, some of them numbers.

    Parameters
    ----------
    plain : BSpline
        SciPy's own object, on primal values.
    t, c : array or number, optional
        Knots and coefficients, the axis of interpolation in front.
    """

    def __init__(self, plain: Any, t: Any = None, c: Any = None) -> None:
        self.plain = plain
        self.t = plain.t if t is None else t
        self.c = plain.c if c is None else pinned(c, plain.c)
        self.k, self.axis, self.extrapolate = plain.k, plain.axis, plain.extrapolate

    @property
    def tck(self) -> tuple[Any, Any, int]:
        return self.t, self.c, self.k

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        if not (is_number(self.t) or is_number(self.c)) and self.axis == 0:
            return at(floating(x), self.plain, nu, extrapolate)
        value = primal_call(self.plain, x, nu, extrapolate)
        x = floating(x)
        rule = self.extrapolate if extrapolate is None else extrapolate
        out = _basis.evaluate(self.t, self.c, self.k, x, nu, rule)
        return pinned(moved(out, x.ndim, self.axis), value)

    def derivative(self, nu: int = 1) -> Spline:
        if nu < 0:
            return self.antiderivative(-nu)
        plain, tck = self.plain.derivative(nu), self.tck
        for _ in range(nu):
            tck = _basis.derived(*tck)
        return Spline(plain, tck[0], _basis.padded(tck[1], plain.c.shape[0]))

    def antiderivative(self, nu: int = 1) -> Spline:
        if nu < 0:
            return self.derivative(-nu)
        plain, tck = self.plain.antiderivative(nu), self.tck
        for _ in range(nu):
            tck = _basis.integrated(*tck)
        return Spline(plain, tck[0], _basis.repeated(tck[1], plain.c.shape[0]))

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        value = primal_call(self.plain.integrate, a, b, extrapolate)
        rule = self.extrapolate if extrapolate is None else extrapolate
        ta, ca, ka = _basis.integrated(*self.tck)
        start, stop = self.t[self.k], self.t[self.t.shape[0] - self.k - 1]
        ends = []
        for end in (floating(a), floating(b)):
            if rule == "periodic":
                turns = np.floor((primal(end) - primal(start)) / (primal(stop) - primal(start)))
                whole = _basis.evaluate(ta, ca, ka, stop, 0, True)
                rest = _basis.evaluate(ta, ca, ka, end - turns * (stop - start), 0, True)
                ends.append(turns * whole + rest)
            else:
                end = end if rule else clipped(end, start, stop)
                ends.append(_basis.evaluate(ta, ca, ka, end, 0, True))
        return pinned(ends[1] - ends[0], np.reshape(value, np.shape(ends[0])))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        raise NoRuleError(f"BSpline.{name} has no derivative rule")


def clipped(x: Any, low: Any, high: Any) -> Any:
    """x, or the end that it lies beyond."""
    if np.any(primal(x) < primal(low)):
        x = np.where(primal(x) < primal(low), low, x)
    if np.any(primal(x) > primal(high)):
        x = np.where(primal(x) > primal(high), high, x)
    return x


def call(self: Any, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
    """`BSpline.__call__`."""
    return Spline(self)(x, nu, extrapolate)


def integrate(self: Any, a: Any, b: Any, extrapolate: Any = None) -> Any:
    return Spline(self).integrate(a, b, extrapolate)


def bspline(t: Any, c: Any, k: int, extrapolate: Any = True, axis: int = 0) -> Spline:
    """`BSpline(t, c, k)` with numbers."""
    plain = primal_call(interpolate.BSpline, t, c, k, extrapolate, axis)
    c = floating(c)
    return Spline(plain, floating(t), np.moveaxis(c, axis, 0) if axis % c.ndim else c)


def basis_element(_cls: Any, t: Any, extrapolate: Any = True) -> Spline:
    """`BSpline.basis_element` with numbers among the knots."""
    plain = primal_call(interpolate.BSpline.basis_element, t, extrapolate)
    t = floating(t)
    k = t.shape[0] - 2
    gap = np.ones(k)
    return Spline(plain, np.concatenate([t[0] - gap, t, t[-1] + gap]))


def _ends(bc_type: Any, shape: tuple[int, ...]) -> tuple[list[Any], list[Any]]:
    """Boundary conditions as lists of (order, value)."""
    if bc_type is None or (isinstance(bc_type, str) and bc_type == "not-a-knot"):
        return [], []
    both = (bc_type, bc_type) if isinstance(bc_type, str) else tuple(bc_type)
    orders = {"clamped": 1, "natural": 2}
    lists: list[list[Any]] = []
    for given in both:
        if given is None:
            lists.append([])
        elif isinstance(given, str):
            lists.append([(orders[given], np.zeros(shape))])
        else:
            lists.append([(int(order), floating(value)) for order, value in given])
    return lists[0], lists[1]


def interpolating(
    x: Any,
    y: Any,
    k: int = 3,
    t: Any = None,
    bc_type: Any = None,
    axis: int = 0,
    check_finite: bool = True,
) -> Spline:
    """`make_interp_spline` with numbers."""
    plain = primal_call(interpolate.make_interp_spline, x, y, k, t, bc_type, axis, check_finite)
    x, y = front(x, y, axis)
    if k == 0:
        return Spline(plain, np.concatenate([x, x[-1:]]), y + 0.0)
    if k == 1 and t is None:
        return Spline(plain, np.concatenate([x[:1], x, x[-1:]]), y + 0.0)
    if y.size == 0:
        return Spline(plain)
    if bc_type == "periodic":
        t = knots_of(x, k, "periodic")
        return Spline(plain, t, periodic(x, y, t, k))
    left, right = _ends(bc_type, y.shape[1:])
    t = knots_of(x, k, "ends" if left or right else "not-a-knot") if t is None else floating(t)
    return Spline(plain, t, collocated(x, y, t, k, left, right))


def least_squares(
    x: Any,
    y: Any,
    t: Any,
    k: int = 3,
    w: Any = None,
    axis: int = 0,
    check_finite: bool = True,
    **keywords: Any,
) -> Spline:
    """`make_lsq_spline` with numbers."""
    plain = primal_call(interpolate.make_lsq_spline, x, y, t, k, w, axis, check_finite, **keywords)
    x, y = front(x, y, axis)
    t = floating(t)
    return Spline(plain, t, fitted(x, y, t, k, None if w is None else floating(w)))


def smoothing(x: Any, y: Any, w: Any = None, lam: Any = None, **keywords: Any) -> Spline:
    """`make_smoothing_spline` with numbers among the values."""
    if lam is None:
        raise NoRuleError(
            "make_smoothing_spline without lam has no derivative rule: it is chosen from the data",
            "make_smoothing_spline(x, y, lam=...)",
        )
    if find_number((x, w, lam)) is not None:
        raise NoRuleError(
            "make_smoothing_spline has a derivative rule in y only, not in x, w or lam",
            "da.primal(x) if it is to be a constant",
        )
    make = interpolate.make_smoothing_spline
    plain = primal_call(make, x, y, w, lam, **keywords)
    axis = keywords.get("axis", 0)
    y = front(x, y, axis)[1]
    columns = [make(x, unit, w, lam).c for unit in np.eye(y.shape[0])]  # linear in y
    return Spline(plain, None, np.tensordot(np.stack(columns, axis=1), y, axes=1))


STANDINS: dict[Any, Any] = {
    interpolate.BSpline: bspline,
    interpolate.BSpline.__call__: call,
    interpolate.BSpline.integrate: integrate,
    vars(interpolate.BSpline)["basis_element"].__func__: basis_element,
    interpolate.make_interp_spline: interpolating,
    interpolate.make_lsq_spline: least_squares,
    interpolate.make_smoothing_spline: smoothing,
}
