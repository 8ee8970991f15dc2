"""FITPACK's splines of two variables: evaluation, and interpolation on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import find_number, floating, pinned, primal_call
from ._basis import basis, locate
from ._bspline import clipped
from ._collocation import collocated

Knots = tuple[Any, Any, Any, int, int]


def _along(t: Any, k: int, x: Any, nu: int) -> tuple[Any, Any]:
    """First coefficient and basis functions (..., k + 1) at x, which is kept inside the knots."""
    x = clipped(x, t[k], t[t.shape[0] - k - 1])
    i = locate(t, k, x)
    return i - k, np.stack(basis(t, k, x, i, nu), axis=-1)


def _evaluated(tck: Knots, x: Any, y: Any, dx: int, dy: int, grid: bool) -> Any:
    tx, ty, c, kx, ky = tck
    c = np.reshape(c, (tx.shape[0] - kx - 1, ty.shape[0] - ky - 1))
    i, bx = _along(tx, kx, x, dx)
    j, by = _along(ty, ky, y, dy)
    rows, columns = np.arange(kx + 1), np.arange(ky + 1)
    i, j = i[..., None] + rows, j[..., None] + columns
    if grid:
        block = c[i[:, None, :, None], j[None, :, None, :]]
        return np.einsum("ijab,ia,jb->ij", block, bx, by)
    block = c[i[..., :, None], j[..., None, :]]
    return np.einsum("...ab,...a,...b->...", block, bx, by)


class Surface:
    """An object with the methods of a `RectBivariateSpline`, its coefficients numbers."""

    def __init__(self, plain: Any, c: Any = None) -> None:
        self.plain, self.degrees = plain, plain.degrees
        tx, ty, coefficients = plain.tck[:3]
        self.tck = (tx, ty, coefficients if c is None else pinned(c, coefficients))

    def __call__(self, x: Any, y: Any, dx: int = 0, dy: int = 0, grid: bool = True) -> Any:
        value = primal_call(self.plain, x, y, dx, dy, grid)
        x, y = floating(x), floating(y)
        if value.size == 0:
            return value
        if grid:
            x, y = np.reshape(x, (-1,)), np.reshape(y, (-1,))
        tck = (*self.tck, *self.degrees)
        return pinned(_evaluated(tck, x, y, dx, dy, grid), value)

    def ev(self, xi: Any, yi: Any, dx: int = 0, dy: int = 0) -> Any:
        return self(xi, yi, dx, dy, grid=False)

    def get_coeffs(self) -> Any:
        return self.tck[2]

    def get_knots(self) -> Any:
        return self.tck[:2]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        raise NoRuleError(f"RectBivariateSpline.{name} has no derivative rule")


def on_grid(
    x: Any,
    y: Any,
    z: Any,
    bbox: Any = (None,) * 4,
    kx: int = 3,
    ky: int = 3,
    s: Any = 0,
    *rest: Any,
    **keywords: Any,
) -> Surface:
    """`RectBivariateSpline` with numbers among the values, s=0."""
    if find_number((x, y, bbox, s)) is not None or s != 0:
        raise NoRuleError(
            "RectBivariateSpline has a derivative rule in z only, and with s=0",
            "da.primal of the places of the data",
        )
    make = interpolate.RectBivariateSpline
    plain = primal_call(make, x, y, z, list(bbox), kx, ky, s, *rest, **keywords)
    tx, ty = plain.tck[:2]
    x, y = np.ravel(floating(x)), np.ravel(floating(y))
    c = collocated(x, floating(z), tx, kx, [], [])
    c = collocated(y, np.transpose(c), ty, ky, [], [])
    return Surface(plain, np.reshape(np.transpose(c), (-1,)))


def call(self: Any, x: Any, y: Any, dx: int = 0, dy: int = 0, grid: bool = True) -> Any:
    """`BivariateSpline.__call__` at numbers."""
    if not hasattr(self, "degrees"):
        raise NoRuleError(f"{type(self).__name__} has no derivative rule")
    return Surface(self)(x, y, dx, dy, grid)


def bisplev(x: Any, y: Any, tck: Any, dx: int = 0, dy: int = 0) -> Any:
    """`bisplev` with numbers among x, y and the coefficients."""
    value = primal_call(interpolate.bisplev, x, y, tck, dx, dy)
    x, y = (np.reshape(floating(v), (-1,)) for v in (x, y))
    tx, ty, c, kx, ky = tck
    if find_number((tx, ty)) is not None:
        raise NoRuleError("bisplev has no derivative rule in the knots")
    out = _evaluated((floating(tx), floating(ty), floating(c), kx, ky), x, y, dx, dy, True)
    return pinned(np.reshape(out, np.shape(value)), value)


_BASE = interpolate.BivariateSpline

STANDINS: dict[Any, Any] = {
    interpolate.RectBivariateSpline: on_grid,
    interpolate.bisplev: bisplev,
    _BASE.__call__: call,
    _BASE.ev: lambda self, xi, yi, dx=0, dy=0: call(self, xi, yi, dx, dy, False),
}
