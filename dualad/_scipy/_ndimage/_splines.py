"""B-splines on a grid: the coefficients of an image, and sums of splines anywhere.

M. Unser, A. Aldroubi, M. Eden, "B-spline signal processing", IEEE Trans. Signal Processing 41,
1993. Coefficients c solve B c = x, where B holds the spline's samples at the integers, continued at
the ends as SciPy continues them. B is banded but for its corners, so its transpose is solved by a
sparse factorization.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import scipy.ndimage

from ..._rules._dispatch import dispatched
from ..._rules._moving import Shapes
from ..._rules._registry import register
from ..._rules._row import Linear
from .._plain import primal

# How the coefficients are continued (SciPy's `_get_spline_boundary_mode`), and how the filter
# continues the image.
COEFFICIENTS = {"constant": "mirror", "wrap": "mirror", "grid-mirror": "reflect"}
_FILTER = {
    "constant": "mirror",
    "wrap": "mirror",
    "grid-constant": "mirror",
    "nearest": "reflect",
    "grid-mirror": "reflect",
}
# Up to here the transpose is taken by the matrix of the filter.
_FEW = 64


def weights(u: Any, order: int) -> list[Any]:
    """The order + 1 B-splines that are not zero, at u between two knots 0 and 1 (Cox, de Boor)."""
    w: list[Any] = [1.0 + 0.0 * u]
    for n in range(1, order + 1):
        last = w
        w = []
        for j in range(n + 1):
            term: Any = 0.0
            if j > 0:
                term = (u + (n - j)) * (1.0 / n) * last[j - 1]
            if j < n:
                term = term + ((1.0 + j) - u) * (1.0 / n) * last[j]
            w.append(term)
    return w


def continued(index: Any, n: int, mode: str) -> Any:
    """Indices inside an axis of n elements for any integers, by the rule of continuation."""
    if n == 1:
        return np.zeros_like(index)
    if mode == "mirror":
        folded = np.mod(index, 2 * n - 2)
        return np.minimum(folded, 2 * n - 2 - folded)
    if mode == "reflect":
        folded = np.mod(index, 2 * n)
        return np.minimum(folded, 2 * n - 1 - folded)
    if mode == "grid-wrap":
        return np.mod(index, n)
    return np.clip(index, 0, n - 1)


@functools.lru_cache(maxsize=32)
def _matrix(n: int, order: int, mode: str) -> np.ndarray:
    """SciPy's filter as a matrix. On few elements its "reflect" is not quite the inverse of B."""
    return scipy.ndimage.spline_filter1d(np.eye(n), order, 0, np.float64, mode)


@functools.lru_cache(maxsize=32)
def _factor(n: int, order: int, mode: str) -> Any:
    """The factorization of the transpose of B."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    half = order // 2
    samples = weights(0.5 if order % 2 == 0 else 0.0, order)[: 2 * half + 1]
    rows = np.repeat(np.arange(n), 2 * half + 1).reshape(n, -1)
    columns = continued(rows + np.arange(-half, half + 1), n, _FILTER.get(mode, mode))
    data = np.broadcast_to(samples, rows.shape)
    matrix = csc_array((data.ravel(), (columns.ravel(), rows.ravel())), shape=(n, n))
    return splu(matrix)


@dispatched
def coefficients(x: Any, order: int, axis: int, mode: str, transposed: bool) -> Any:
    """The spline's coefficients of each line along a negative axis; or the transpose of that."""
    if not transposed:
        output = np.complex128 if x.dtype.kind == "c" else np.float64
        return scipy.ndimage.spline_filter1d(x, order, axis, output, mode)
    n = x.shape[axis]
    if order < 2 or n == 1:
        return x
    lines = np.moveaxis(x, axis, 0)
    if n <= _FEW:
        return np.moveaxis(np.tensordot(_matrix(n, order, mode), lines, (0, 0)), 0, axis)
    flat = lines.reshape(n, -1)
    solve = _factor(n, order, mode).solve
    if x.dtype.kind == "c":
        solved = solve(flat.real.copy()) + 1j * solve(flat.imag.copy())
    else:
        solved = solve(np.asarray(flat, np.float64))
    return np.moveaxis(solved.reshape(lines.shape), 0, axis)


def _prepare(x: Any, *params: Any) -> tuple[tuple[Any], Any]:
    return (x,), params


def _value(params: Any, x: Any) -> Any:
    return coefficients(x, *params)


def _transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    order, axis, mode, transposed = params
    return (coefficients(ct, order, axis, mode, not transposed),)


register([Linear(coefficients, _prepare, _value, _transpose)])


# --- anywhere ------------------------------------------------------------------------------------


def interpolated(c: Any, places: list[Any], order: int, mode: str, cval: Any) -> Any:
    """The spline with coefficients c (over its last axes) at `places`, one array for each axis.

    `mode` says how the coefficients are continued; "grid-constant" by the constant `cval`.
    """
    d = len(places)
    shape = c.shape[c.ndim - d :]
    flat, weight, inside = _start(places[0].ndim)
    for place, n in zip(places, shape, strict=True):
        plain = primal(place)
        base = np.floor(plain) if order % 2 else np.floor(plain + 0.5)
        u = place - base if order % 2 else place - base + 0.5
        own = np.stack(weights(u, order))
        steps = np.arange(order + 1).reshape((-1,) + (1,) * place.ndim)
        index = base.astype(np.intp) - order // 2 + steps
        inside = _outer(inside, (index >= 0) & (index < n), np.logical_and)
        flat = _outer(flat * n, continued(index, n, mode), np.add)
        weight = _outer(weight, own, np.multiply)
    values = c.reshape((*c.shape[: c.ndim - d], -1))[..., flat]
    if mode == "grid-constant" and not np.all(inside):
        values = np.where(inside, values, cval)
    return np.sum(values * weight, axis=c.ndim - d)


def _start(ndim: int) -> tuple[Any, Any, Any]:
    ones = (1,) * (1 + ndim)
    return np.zeros(ones, np.intp), np.ones(ones), np.ones(ones, bool)


def _outer(a: Any, b: Any, combine: Any) -> Any:
    """All pairs of the first axes of a and b, combined; the other axes broadcast."""
    both = combine(a[:, None], b[None])
    return both.reshape((-1, *both.shape[2:]))
