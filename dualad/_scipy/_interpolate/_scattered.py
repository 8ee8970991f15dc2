"""Interpolation of scattered data: linear on triangles, nearest, and radial basis functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import (
    array,
    chosen,
    find_number,
    floating,
    is_number,
    pinned,
    primal,
    primal_call,
    trailing,
)
from ._grid import coordinates
from ._line import interp1d
from ._smooth_triangles import SmoothTriangles, smooth_triangles


def _points(args: Any, ndim: int) -> Any:
    """Points of a call, which takes them as one array or as several."""
    return coordinates(args[0] if len(args) == 1 else args, ndim)


# --- linear --------------------------------------------------------------------------------------


class Triangles:
    """An object with the methods of a `LinearNDInterpolator`.

    Derivatives in the places of the data are those at the triangulation as it is.
    """

    def __init__(self, plain: Any, points: Any = None, values: Any = None) -> None:
        self.plain = plain
        self._places = plain.tri.points if points is None else points
        shape = (plain.values.shape[0], *plain.values_shape)
        self._values = plain.values.reshape(shape) if values is None else values

    def __call__(self, *args: Any) -> Any:
        value = primal_call(self.plain, *args)
        tri = self.plain.tri
        x = _points(args, tri.ndim)
        scaled = primal_call(self.plain._scale_x, primal(x))
        simplex = tri.find_simplex(scaled)
        lost = simplex < 0
        corners = tri.simplices[simplex]
        if self._places is tri.points:
            x = self.plain._scale_x(x)
        places = self._places[corners]
        last = places[..., -1, :]
        # Barycentric coordinates, which no scaling of the axes changes.
        edges = np.swapaxes(places[..., :-1, :] - last[..., None, :], -1, -2)
        edges = chosen(trailing(lost, 2), np.eye(tri.ndim), edges)
        b = np.linalg.solve(edges, (x - last)[..., None])[..., 0]
        b = np.concatenate([b, 1.0 - np.sum(b, axis=-1, keepdims=True)], axis=-1)
        rest = self._values.ndim - 1
        out = np.sum(self._values[corners] * trailing(b, rest), axis=lost.ndim)
        if np.any(lost):
            out = np.where(trailing(lost, rest), self.plain.fill_value, out)
        return pinned(out, value)


def triangles(
    points: Any, values: Any, fill_value: Any = np.nan, rescale: bool = False
) -> Triangles:
    """`LinearNDInterpolator` with numbers among places and values."""
    plain = primal_call(interpolate.LinearNDInterpolator, points, values, fill_value, rescale)
    places = None
    if find_number(points) is not None:
        places = coordinates(points, plain.points.shape[1])
    return Triangles(plain, places, floating(values))


def call_triangles(self: Any, *args: Any) -> Any:
    """`NDInterpolatorBase.__call__`."""
    if isinstance(self, interpolate.LinearNDInterpolator):
        return Triangles(self)(*args)
    if isinstance(self, interpolate.CloughTocher2DInterpolator):
        return SmoothTriangles(self)(*args)
    raise NoRuleError(
        f"{type(self).__name__} has no derivative rule", "LinearNDInterpolator, RBFInterpolator"
    )


# --- nearest -------------------------------------------------------------------------------------


class Nearest:
    """An object with the methods of a `NearestNDInterpolator`: locally constant in places."""

    def __init__(self, plain: Any, values: Any = None) -> None:
        self.plain, self.values = plain, plain.values if values is None else values

    def __call__(self, *args: Any, **options: Any) -> Any:
        value = primal_call(self.plain, *args, **options)
        if not is_number(self.values):
            return value
        x = primal(_points(args, self.plain.points.shape[1]))
        distance, i = self.plain.tree.query(primal_call(self.plain._scale_x, x), **options)
        found = np.isfinite(distance)
        out = self.values[np.where(found, i, 0)]
        return pinned(chosen(trailing(~found, out.ndim - found.ndim), np.nan, out), value)


def nearest(x: Any, y: Any, rescale: bool = False, tree_options: Any = None) -> Nearest:
    """`NearestNDInterpolator` with numbers."""
    plain = primal_call(interpolate.NearestNDInterpolator, x, y, rescale, tree_options)
    return Nearest(plain, floating(y))


def griddata(
    points: Any,
    values: Any,
    xi: Any,
    method: str = "linear",
    fill_value: Any = np.nan,
    rescale: bool = False,
) -> Any:
    """`griddata` with numbers."""
    value = primal_call(interpolate.griddata, points, values, xi, method, fill_value, rescale)
    places = points[0] if isinstance(points, tuple) and len(points) == 1 else points
    if not isinstance(places, tuple) and (array(places).ndim < 2 or array(places).shape[1] == 1):
        fill = "extrapolate" if method == "nearest" else fill_value
        flat = np.reshape(array(places), (-1,))
        line = interp1d(flat, values, method, 0, bounds_error=False, fill_value=fill)
        at = xi[0] if isinstance(xi, tuple) else xi
        return pinned(line(at), value)
    if method == "nearest":
        return pinned(nearest(places, values, rescale)(xi), value)
    if method == "cubic":
        smooth = smooth_triangles(places, values, fill_value, rescale=rescale)
        return pinned(smooth(xi), value)
    return pinned(triangles(places, values, fill_value, rescale)(xi), value)


# --- radial basis functions ----------------------------------------------------------------------


def _radius(square: Any) -> Any:
    """The root of a sum of squares, 0 with derivative 0 at the origin."""
    origin = primal(square) == 0.0
    return chosen(origin, 0.0, np.sqrt(chosen(origin, 1.0, square)))


def _plate(q: Any) -> Any:
    origin = primal(q) == 0.0
    return chosen(origin, 0.0, 0.5 * q * np.log(chosen(origin, 1.0, q)))


_KERNELS: dict[str, Any] = {  # of the square of the distance
    "linear": lambda q: -_radius(q),
    "thin_plate_spline": _plate,
    "cubic": lambda q: q * _radius(q),
    "quintic": lambda q: -(q * q * _radius(q)),
    "multiquadric": lambda q: -np.sqrt(q + 1.0),
    "inverse_multiquadric": lambda q: 1.0 / np.sqrt(q + 1.0),
    "inverse_quadratic": lambda q: 1.0 / (q + 1.0),
    "gaussian": lambda q: np.exp(-q),
}


def _monomials(x: Any, powers: Any) -> Any:
    columns = []
    for row in powers:
        column: Any = np.ones(x.shape[0])
        for d, power in enumerate(row):
            for _ in range(int(power)):
                column = column * x[:, d]
        columns.append(column)
    return np.stack(columns, axis=-1) if columns else np.zeros((x.shape[0], 0))


class Radial:
    """An object with the methods of an `RBFInterpolator`.

    At a place of the data, second derivatives of the thin plate and first ones of the linear
    kernel do not exist; that place's own part counts as 0 there.
    """

    def __init__(self, plain: Any, y: Any, d: Any, smoothing: Any, epsilon: Any) -> None:
        if plain.neighbors is not None:
            raise NoRuleError(
                "RBFInterpolator with neighbors has no derivative rule", "neighbors=None"
            )
        self.plain, self.y, self.d, self.epsilon = plain, y, d, epsilon
        numbers = find_number((y, d, smoothing, epsilon)) is not None
        low, high = np.min(y, axis=0), np.max(y, axis=0)
        self._shift, scale = (high + low) / 2.0, (high - low) / 2.0
        self._scale = chosen(primal(scale) == 0.0, 1.0, scale)
        self._coefficients = self._solved(smoothing) if numbers else plain._coeffs

    def _matrix(self, x: Any) -> Any:
        gap = (x[:, None, :] - self.y[None, :, :]) * self.epsilon
        kernel = _KERNELS[self.plain.kernel](np.sum(gap * gap, axis=-1))
        return kernel, _monomials((x - self._shift) / self._scale, self.plain.powers)

    def _solved(self, smoothing: Any) -> Any:
        kernel, monomials = self._matrix(self.y)
        n, r = monomials.shape
        kernel = kernel + np.eye(n) * smoothing
        upper = np.concatenate([kernel, monomials], axis=1)
        lower = np.concatenate([np.transpose(monomials), np.zeros((r, r))], axis=1)
        d = np.reshape(self.d, (n, -1))
        right = np.concatenate([d, np.zeros((r, d.shape[1]))])
        return np.linalg.solve(np.concatenate([upper, lower]), right)

    def __call__(self, x: Any) -> Any:
        value = primal_call(self.plain, x)
        x = floating(x)
        c = self._coefficients
        if not is_number(c) and np.dtype(self.plain.d_dtype).kind == "c":
            c = np.ascontiguousarray(c).view(complex)
        out = np.matmul(np.concatenate(self._matrix(x), axis=1), c)
        return pinned(np.reshape(out, (x.shape[0], *self.plain.d_shape)), value)


def radial(
    y: Any,
    d: Any,
    neighbors: Any = None,
    smoothing: Any = 0.0,
    kernel: str = "thin_plate_spline",
    epsilon: Any = None,
    degree: Any = None,
) -> Radial:
    """`RBFInterpolator` with numbers among places, values, smoothing and epsilon."""
    build = interpolate.RBFInterpolator
    plain = primal_call(build, y, d, neighbors, smoothing, kernel, _plain_float(epsilon), degree)
    epsilon = 1.0 if epsilon is None else epsilon
    return Radial(plain, floating(y), floating(d), smoothing, epsilon)


def _plain_float(epsilon: Any) -> Any:
    return None if epsilon is None else float(primal(epsilon))


def call_radial(self: Any, x: Any) -> Any:
    """`RBFInterpolator.__call__`."""
    return Radial(self, self.y, self.d, self.smoothing, self.epsilon)(x)


STANDINS: dict[Any, Any] = {
    interpolate.LinearNDInterpolator: triangles,
    interpolate.LinearNDInterpolator.__call__: call_triangles,
    interpolate.CloughTocher2DInterpolator: smooth_triangles,
    interpolate.NearestNDInterpolator: nearest,
    interpolate.NearestNDInterpolator.__call__: lambda self, *x, **kw: Nearest(self)(*x, **kw),
    interpolate.griddata: griddata,
    interpolate.RBFInterpolator: radial,
    interpolate.RBFInterpolator.__call__: call_radial,
}
