"""`interp1d`, and polynomials through all points."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import find_number, floating, is_number, pinned, primal, primal_call, trailing
from ._bspline import Spline, interpolating
from ._piecewise import moved

_ORDERS = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}


class Line:
    """An object with the attributes and methods of an `interp1d`.

    Parameters
    ----------
    plain : interp1d
        SciPy's own object, on primal values.
    x, y : array or number
        Sorted knots; values with the axis of interpolation in front.
    fill : tuple, optional
        The values below and above where they are numbers; None for the nearest one.
    """

    def __init__(self, plain: Any, x: Any = None, y: Any = None, fill: Any = None) -> None:
        self.plain, self.axis = plain, plain.axis
        self.x = plain.x if x is None else x
        self._front = np.moveaxis(plain.y, plain.axis, 0) if y is None else y
        self._fill = fill
        self._numbers = x is not None or y is not None

    @property
    def y(self) -> Any:
        return np.moveaxis(self._front, 0, self.axis)

    def __call__(self, x: Any) -> Any:
        value = primal_call(self.plain, x)
        x = floating(x)
        out = self._inside(x)
        if not self.plain._extrapolate:
            out = self._filled(out, primal(x))
        return pinned(moved(out, x.ndim, self.axis), value)

    def _inside(self, x: Any) -> Any:
        kind = self.plain._kind
        if kind == "spline":
            return self._smooth(x)
        if kind == "linear":
            return self._linear(x)
        return self._front[self._nearby(kind, primal(x))]

    def _smooth(self, x: Any) -> Any:
        if self.plain._call is not type(self.plain)._call_spline:  # NaN everywhere
            return self._front[np.zeros(np.shape(x), int)] * np.nan
        spline = self.plain._spline
        if not self._numbers:
            return Spline(_flat(spline, self._front.shape[1:]))(x)
        return interpolating(self.x, self._front, k=spline.k, check_finite=False)(x)

    def _linear(self, x: Any) -> Any:
        high = np.clip(np.searchsorted(primal(self.x), primal(x)), 1, self.x.shape[0] - 1)
        low = high - 1
        width = self.x[high] - self.x[low]
        share = trailing((x - self.x[low]) / width, self._front.ndim - 1)
        start = self._front[low]
        return start + (self._front[high] - start) * share

    def _nearby(self, kind: str, points: Any) -> Any:
        """The indices of the values that are taken: locally constant."""
        plain, n = self.plain, self.x.shape[0]
        if kind.startswith("nearest"):
            return np.clip(np.searchsorted(plain.x_bds, points, side=plain._side), 0, n - 1)
        i = np.searchsorted(plain._x_shift, points, side=plain._side)
        return np.clip(i, 1 - plain._ind, n - plain._ind) + plain._ind - 1

    def _filled(self, out: Any, points: Any) -> Any:
        edges, rest = primal(self.x), np.ndim(out) - points.ndim
        fill = self._fill or (self.plain._fill_value_below, self.plain._fill_value_above)
        for where, other in zip((points < edges[0], points > edges[-1]), fill, strict=True):
            if other is not None and np.any(where):
                shape = self._front.shape[1:]
                other = other if np.ndim(other) == 0 else np.reshape(other, (-1,))
                if np.size(other) > 1:
                    other = np.reshape(other, shape)
                elif np.ndim(other):
                    other = other[0]
                out = np.where(trailing(where, rest), other, out)
        return out


def _flat(spline: Any, shape: tuple[int, ...]) -> Any:
    """`interp1d`'s spline of flattened values, with their shape again."""
    c = spline.c.reshape(spline.c.shape[:1] + shape)
    return interpolate.BSpline.construct_fast(spline.t, c, spline.k)


def interp1d(
    x: Any,
    y: Any,
    kind: Any = "linear",
    axis: int = -1,
    copy: bool = True,
    bounds_error: Any = None,
    fill_value: Any = np.nan,
    assume_sorted: bool = False,
) -> Line:
    """`interp1d` with numbers among knots, values and fill values."""
    plain = primal_call(
        interpolate.interp1d, x, y, kind, axis, copy, bounds_error, fill_value, assume_sorted
    )
    x, y = floating(x), floating(y)
    y = np.moveaxis(y, axis, 0)
    if not assume_sorted:
        order = np.argsort(primal(x), kind="stable")
        x, y = x[order], y[order]
    fill: Any = None
    if find_number(fill_value) is not None:
        fill = fill_value if isinstance(fill_value, tuple) else (fill_value, fill_value)
        if any(np.ndim(f) for f in fill):
            raise NoRuleError("interp1d has a rule in scalar fill values only")
    if isinstance(fill_value, str):  # "extrapolate": by the nearest value, where there is one
        fill = {"previous": (np.nan, None), "next": (None, np.nan)}.get(kind)
    return Line(plain, x, y, fill)


# --- polynomials ---------------------------------------------------------------------------------


def _lagrange(nodes: Any, x: Any) -> Any:
    """The basis polynomials of Lagrange at x, ``x.shape + (n,)``.

    As products, which are defined at the nodes, and stable (Higham 2004, section 2).
    """
    n = nodes.shape[0]
    own = np.eye(n, dtype=bool)
    distance = np.where(own, 1.0, trailing(x, 2) - nodes)
    width = np.where(own, 1.0, nodes[:, None] - nodes)
    return np.prod(distance / width, axis=-1)


class Polynomial:
    """An object with the methods of a `BarycentricInterpolator` or a `KroghInterpolator`."""

    def __init__(self, plain: Any, xi: Any = None, yi: Any = None) -> None:
        self.plain, self.axis = plain, plain._y_axis
        self.xi = plain.xi if xi is None else xi
        shape = (plain.yi.shape[0], *plain._y_extra_shape)
        self._front = plain.yi.reshape(shape) if yi is None else yi

    def _values(self, x: Any) -> Any:
        out = np.tensordot(_lagrange(self.xi, x), self._front, axes=1)
        return moved(out, x.ndim, self.axis)

    def __call__(self, x: Any) -> Any:
        return pinned(self._values(floating(x)), primal_call(self.plain, x))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        raise NoRuleError(
            f"{type(self.plain).__name__}.{name} has no derivative rule",
            "da.derivative of the interpolant",
        )


def barycentric(xi: Any, yi: Any = None, axis: int = 0, **keywords: Any) -> Polynomial:
    """`BarycentricInterpolator` with numbers."""
    if yi is None or find_number(keywords) is not None:
        raise NoRuleError("BarycentricInterpolator without values has no derivative rule")
    plain = primal_call(interpolate.BarycentricInterpolator, xi, yi, axis, **keywords)
    return Polynomial(plain, floating(xi), np.moveaxis(floating(yi), axis, 0))


def _distinct(plain: Any) -> Any:
    if np.unique(plain.xi).size < plain.xi.size:
        raise NoRuleError("KroghInterpolator with repeated nodes has no derivative rule")
    return plain


def krogh(xi: Any, yi: Any, axis: int = 0) -> Polynomial:
    """`KroghInterpolator` with numbers, its nodes all different."""
    plain = _distinct(primal_call(interpolate.KroghInterpolator, xi, yi, axis))
    return Polynomial(plain, floating(xi), np.moveaxis(floating(yi), axis, 0))


def _newton(self: Any, x: Any) -> Any:
    """`KroghInterpolator.__call__`: Newton's form, which also knows repeated nodes."""
    value = primal_call(self, x)
    x = floating(x)
    c = self.c.reshape((self.c.shape[0], *self._y_extra_shape))
    total, factor = c[0], 1.0
    for i in range(1, self.n):
        factor = trailing(x - self.xi[i - 1], c.ndim - 1) * factor
        total = total + factor * c[i]
    if not is_number(total):
        return value
    return pinned(moved(total, x.ndim, self._y_axis), value)


def call_line(self: Any, x: Any) -> Any:
    """`_Interpolator1D.__call__`: of `interp1d` and of `KroghInterpolator`."""
    if isinstance(self, interpolate.interp1d):
        return Line(self)(x)
    if isinstance(self, interpolate.KroghInterpolator):
        return _newton(self, x)
    raise NoRuleError(f"{type(self).__name__} has no derivative rule")


def at_nodes(name: str) -> Any:
    """`barycentric_interpolate` and `krogh_interpolate`."""
    build = barycentric if name.startswith("bary") else krogh

    def standin(xi: Any, yi: Any, x: Any, der: int = 0, axis: int = 0, **keywords: Any) -> Any:
        if der != 0:
            raise NoRuleError(f"{name} with der has no derivative rule", "da.derivative of it")
        return build(xi, yi, axis=axis, **keywords)(x)

    return standin


STANDINS: dict[Any, Any] = {
    interpolate.interp1d: interp1d,
    interpolate.interp1d.__call__: call_line,
    interpolate.BarycentricInterpolator: barycentric,
    interpolate.BarycentricInterpolator.__call__: lambda self, x: Polynomial(self)(x),
    interpolate.KroghInterpolator: krogh,
    interpolate.barycentric_interpolate: at_nodes("barycentric_interpolate"),
    interpolate.krogh_interpolate: at_nodes("krogh_interpolate"),
}
