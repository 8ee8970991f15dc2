"""`CloughTocher2DInterpolator`: cubic on each triangle, with continuous slopes.

Alfeld, A trivariate Clough-Tocher scheme for tetrahedral data (1984); Farin, Triangular
Bernstein-Bezier patches (1986). The notation of the coefficients is SciPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import find_number, floating, pinned, primal, primal_call, trailing
from ._grid import coordinates


def _bends(tri: Any, simplex: Any) -> list[Any]:
    """How the slope across each edge is shared with the neighbour beyond it."""
    bends = []
    for k in range(3):
        beyond = tri.neighbors[simplex, k]
        centre = tri.points[tri.simplices[beyond]].mean(axis=1)
        step = centre - tri.transform[simplex, 2]
        c = np.einsum("mij,mj->mi", tri.transform[simplex, :2], step)
        c = np.concatenate([c, 1.0 - c.sum(axis=1, keepdims=True)], axis=1)
        p, q = c[:, (k + 2) % 3], c[:, (k + 1) % 3]
        with np.errstate(all="ignore"):
            share = (2.0 * p + q - 1.0) / (2.0 - 3.0 * p - 3.0 * q)
        bends.append(np.where(beyond < 0, -0.5, share))
    return bends


def _coefficients(f: list[Any], slopes: Any, g: list[Any]) -> dict[str, Any]:
    """The 19 coefficients of a triangle: f at its corners, slopes[i][j] from i towards j."""
    c: dict[str, Any] = {"3000": f[0], "0300": f[1], "0030": f[2]}
    c["2100"], c["2010"] = f[0] + slopes[0][1] / 3.0, f[0] + slopes[0][2] / 3.0
    c["1200"], c["0210"] = f[1] + slopes[1][0] / 3.0, f[1] + slopes[1][2] / 3.0
    c["1020"], c["0120"] = f[2] + slopes[2][0] / 3.0, f[2] + slopes[2][1] / 3.0
    c["2001"] = (c["2100"] + c["2010"] + c["3000"]) / 3.0
    c["0201"] = (c["1200"] + c["0300"] + c["0210"]) / 3.0
    c["0021"] = (c["1020"] + c["0120"] + c["0030"]) / 3.0

    def across(g: Any, a: str, ab: str, ba: str, b: str, inner_a: str, inner_b: str) -> Any:
        along = g * (-c[a] + 3.0 * c[ab] - 3.0 * c[ba] + c[b])
        return (along + (-c[a] + 2.0 * c[ab] - c[ba] + c[inner_a] + c[inner_b])) / 2.0

    c["0111"] = across(g[0], "0300", "0210", "0120", "0030", "0201", "0021")
    c["1011"] = across(g[1], "0030", "1020", "2010", "3000", "0021", "2001")
    c["1101"] = across(g[2], "3000", "2100", "1200", "0300", "2001", "0201")
    c["1002"] = (c["1101"] + c["1011"] + c["2001"]) / 3.0
    c["0102"] = (c["1101"] + c["0111"] + c["0201"]) / 3.0
    c["0012"] = (c["1011"] + c["0111"] + c["0021"]) / 3.0
    c["0003"] = (c["1002"] + c["0102"] + c["0012"]) / 3.0
    return c


_FACTORIAL = (1.0, 1.0, 2.0, 6.0)


def _polynomial(c: dict[str, Any], b: list[Any]) -> Any:
    """The sum of 3! / (i! j! k! l!) c_ijkl b1**i b2**j b3**k b4**l."""
    total: Any = 0.0
    for name, coefficient in c.items():
        weight: Any = 6.0
        for power, x in zip(map(int, name), b, strict=True):
            weight = weight / _FACTORIAL[power]
            for _ in range(power):
                weight = weight * x
        total = total + weight * coefficient
    return total


class SmoothTriangles:
    """An object with the methods of a `CloughTocher2DInterpolator`.

    Parameters
    ----------
    plain : CloughTocher2DInterpolator
        SciPy's own object, on primal values.
    values, grad : array or number, optional
        Values ``(n, m)`` and gradients ``(n, m, 2)`` at the places.
    """

    def __init__(self, plain: Any, values: Any = None, grad: Any = None) -> None:
        if plain.is_complex:
            raise NoRuleError("CloughTocher2DInterpolator of complex values has no derivative rule")
        self.plain = plain
        self._values = plain.values if values is None else values
        self._grad = plain.grad if grad is None else pinned(grad, plain.grad)

    def __call__(self, *args: Any) -> Any:
        plain, tri = self.plain, self.plain.tri
        value = primal_call(plain, *args)
        x = coordinates(args[0] if len(args) == 1 else args, 2)
        shape = x.shape[:-1]
        x = plain._scale_x(np.reshape(x, (-1, 2)))
        simplex = tri.find_simplex(primal(x))
        lost = simplex < 0
        out = self._inside(tri, x, simplex)
        if np.any(lost):
            out = np.where(lost[:, None], plain.fill_value, out)
        return pinned(np.reshape(out, shape + plain.values_shape), value)

    def _inside(self, tri: Any, x: Any, simplex: Any) -> Any:
        b = np.einsum("mij,mj->mi", tri.transform[simplex, :2], x - tri.transform[simplex, 2])
        b = np.concatenate([b, 1.0 - np.sum(b, axis=1, keepdims=True)], axis=1)
        corners = tri.simplices[simplex]
        places = tri.points[corners]
        values = [self._values[corners[:, i]] for i in range(3)]
        slopes: list[list[Any]] = [[None] * 3 for _ in range(3)]
        for i in range(3):
            grad = self._grad[corners[:, i]]
            for j in range(3):
                if i != j:
                    edge = (places[:, j] - places[:, i])[:, None, :]
                    slopes[i][j] = np.sum(grad * edge, axis=-1)
        bends = [trailing(g, 1) for g in _bends(tri, simplex)]
        # Of the three subtriangles, the one opposite to the smallest coordinate.
        least = np.argmin(primal(b), axis=1)
        small = b[np.arange(least.size), least]
        inner = [trailing(b[:, i] - small, 1) for i in range(3)]
        c = _coefficients(values, slopes, bends)
        return _polynomial(c, [*inner, trailing(3.0 * small, 1)])


def smooth_triangles(
    points: Any,
    values: Any,
    fill_value: Any = np.nan,
    tol: float = 1e-6,
    maxiter: int = 400,
    rescale: bool = False,
) -> SmoothTriangles:
    """`CloughTocher2DInterpolator` with numbers among the values."""
    if find_number((points, fill_value)) is not None:
        raise NoRuleError(
            "CloughTocher2DInterpolator has a derivative rule in the values only, "
            "not in the places of the data",
            "LinearNDInterpolator, RBFInterpolator",
        )
    build = interpolate.CloughTocher2DInterpolator
    plain = primal_call(build, points, values, fill_value, tol, maxiter, rescale)
    n = plain.points.shape[0]
    values = np.reshape(floating(values), (n, -1))
    # SciPy iterates for the gradients, which are linear in the values.
    units = build(points, np.eye(n), fill_value, 1e-14, 100 * maxiter, rescale).grad
    grad = np.einsum("pvd,vm->pmd", units, values)
    return SmoothTriangles(plain, values, grad)
