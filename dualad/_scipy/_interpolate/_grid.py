"""Interpolation on rectangular grids: `RegularGridInterpolator` and `interpn`."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import array, find_number, floating, is_number, pinned, primal, primal_call, trailing
from . import _basis
from ._collocation import collocated, knots_of
from ._cubic import pchip_slopes
from ._piecewise import hermite_pieces, locate, undefined
from ._surface import on_grid

_DEGREES = {"slinear": 1, "cubic": 3, "quintic": 5}


def coordinates(xi: Any, ndim: int) -> Any:
    """Points ``(..., ndim)`` of an array, of a tuple of coordinate arrays, or of one point."""
    if isinstance(xi, tuple) and len(xi) == 1:
        xi = xi[0]
    if isinstance(xi, tuple):
        return np.stack(np.broadcast_arrays(*[floating(x) for x in xi]), axis=-1)
    xi = floating(xi)
    return np.reshape(xi, (-1, ndim)) if xi.ndim == 1 else xi


class Grid:
    """An object with the attributes and methods of a `RegularGridInterpolator`.

    Parameters
    ----------
    plain : RegularGridInterpolator
        SciPy's own object, on primal values.
    values : array or number, optional
    """

    def __init__(self, plain: Any, values: Any = None) -> None:
        self.plain, self.grid, self.method = plain, plain.grid, plain.method
        self.values = plain.values if values is None else values
        self.fill_value, self.bounds_error = plain.fill_value, plain.bounds_error

    def __call__(self, xi: Any, method: Any = None, *, nu: Any = None) -> Any:
        orders = {} if nu is None else {"nu": nu}
        value = primal_call(self.plain, xi, method, **orders)
        ndim = len(self.grid)
        xi = coordinates(xi, ndim)
        shape = xi.shape[:-1]
        points = np.reshape(xi, (-1, ndim))
        method = method or self.method
        out = self._evaluated(points, method, nu)
        out = self._bounded(out, primal(points))
        return pinned(np.reshape(out, shape + self.values.shape[ndim:]), value)

    def _evaluated(self, points: Any, method: str, nu: Any) -> Any:
        if method in ("linear", "nearest"):
            return self._corners(points, method)
        if method == "pchip":
            return self._folded(points)
        return self._tensor(points, method, nu)

    def _corners(self, points: Any, method: str) -> Any:
        sides = []
        for d, grid in enumerate(self.grid):
            x = points[:, d]
            if grid.size == 1:
                sides.append([(np.zeros(x.shape, int), np.ones(x.shape))])
                continue
            i = locate(grid, x)
            share = (x - grid[i]) / (grid[i + 1] - grid[i])
            if method == "nearest":
                i = np.where(primal(share) <= 0.5, i, i + 1)
                sides.append([(i, np.ones(x.shape))])
            else:
                sides.append([(i, 1.0 - share), (i + 1, share)])
        total: Any = 0.0
        rest = self.values.ndim - len(self.grid)
        for corner in itertools.product(*sides):
            weight = corner[0][1]
            for _, w in corner[1:]:
                weight = weight * w
            term = self.values[tuple(i for i, _ in corner)]
            total = total + (term if method == "nearest" else term * trailing(weight, rest))
        return total

    def _coefficients(self, method: str, knots: list[Any], k: int) -> Any:
        """Of the tensor product of splines that interpolate; SciPy's own, which it iterates for."""
        exact = k == 1 or method.endswith("_legacy")
        c = self.values
        if exact or is_number(c):
            for d, (grid, t) in enumerate(zip(self.grid, knots, strict=True)):
                if k > 1:
                    c = np.moveaxis(collocated(grid, np.moveaxis(c, d, 0), t, k, [], []), 0, d)
        if exact:
            return c
        spline = self.plain._spline
        if method != self.plain.method:
            spline = self.plain._construct_spline(method)
        return pinned(c, spline.c)

    def _tensor(self, points: Any, method: str, nu: Any) -> Any:
        k, ndim = _DEGREES[method.removesuffix("_legacy")], len(self.grid)
        knots = [knots_of(grid, k, "not-a-knot") for grid in self.grid]
        c, firsts, bases = self._coefficients(method, knots, k), [], []
        orders = [0] * ndim if nu is None else [int(n) for n in np.ravel(nu)]
        for d, t in enumerate(knots):
            x = points[:, d]
            i = _basis.locate(t, k, x)
            firsts.append(i - k)
            bases.append(np.stack(_basis.basis(t, k, x, i, orders[d]), axis=-1))
        index = tuple(
            np.reshape(first, (-1,) + (1,) * ndim)
            + np.reshape(np.arange(k + 1), (1,) * (d + 1) + (-1,) + (1,) * (ndim - d - 1))
            for d, first in enumerate(firsts)
        )
        block = c[index]
        for b in bases:
            block = np.sum(block * trailing(b, block.ndim - 2), axis=1)
        return block

    def _folded(self, points: Any) -> Any:
        """Shape-preserving cubics along the last dimension, then along the one before, ..."""
        ndim, own = len(self.grid), np.arange(points.shape[0])
        block = np.broadcast_to(self.values, (points.shape[0], *self.values.shape))
        for d in range(ndim - 1, -1, -1):
            grid, x = self.grid[d], points[:, d]
            y = np.moveaxis(block, 1 + d, 0)
            c = hermite_pieces(grid, y, pchip_slopes(grid, y))
            i = locate(grid, x)
            t = trailing(x - grid[i], y.ndim - 2)
            block = c[0][i, own]
            for row in range(1, 4):
                block = block * t + c[row][i, own]
        return block

    def _bounded(self, out: Any, points: Any) -> Any:
        rest = np.ndim(out) - 1
        if not self.bounds_error and self.fill_value is not None:
            lost = np.zeros(points.shape[0], bool)
            for x, grid in zip(points.T, self.grid, strict=True):
                lost |= (x < grid[0]) | (x > grid[-1])
            if np.any(lost):
                out = np.where(trailing(lost, rest), self.fill_value, out)
        return undefined(out, np.any(np.isnan(points), axis=-1))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        raise NoRuleError(f"RegularGridInterpolator.{name} has no derivative rule")


def _refuse_points(points: Any) -> None:
    if find_number(points) is not None:
        raise NoRuleError(
            "interpolation on a grid has no derivative rule in the places of the grid",
            "da.primal of them",
        )


def regular(points: Any, values: Any, *args: Any, **keywords: Any) -> Grid:
    """`RegularGridInterpolator` with numbers among the values."""
    _refuse_points((points, args, keywords))
    plain = primal_call(interpolate.RegularGridInterpolator, points, values, *args, **keywords)
    values = array(values)
    if values.dtype.kind not in "fc":
        values = values.astype(float)
    if plain._descending_dimensions:
        values = np.flip(values, axis=plain._descending_dimensions)
    return Grid(plain, values)


def interpn(
    points: Any,
    values: Any,
    xi: Any,
    method: str = "linear",
    bounds_error: bool = True,
    fill_value: Any = np.nan,
) -> Any:
    """`interpn` with numbers among the values and the points xi."""
    _refuse_points(points)
    value = primal_call(interpolate.interpn, points, values, xi, method, bounds_error, fill_value)
    if method == "splinef2d":
        x = coordinates(xi, 2)
        surface = on_grid(points[0], points[1], array(values))
        at = primal(x)
        lost = np.zeros(at.shape[:-1], bool)
        for d in (0, 1):
            grid = np.asarray(points[d])
            lost |= ~((at[..., d] >= grid.min()) & (at[..., d] <= grid.max()))
        out = surface.ev(x[..., 0], x[..., 1])
        return pinned(np.where(lost, fill_value, out), value)
    out = regular(points, values, method, bounds_error, fill_value)(xi)
    return pinned(out, value)


STANDINS: dict[Any, Any] = {
    interpolate.RegularGridInterpolator: regular,
    interpolate.RegularGridInterpolator.__call__: lambda self, xi, method=None, **nu: Grid(self)(
        xi, method, **nu
    ),
    interpolate.interpn: interpn,
}
