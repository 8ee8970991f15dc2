"""Norms of vectors and matrices.

Two private functions carry the derivatives: `euclidean`, also the base of the standard deviation,
and `power_norm` for the other orders. Both scale by a power of two where squares would leave the
range, and both have derivative 0 at the origin.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._contract import conj, operand
from ._dispatch import dispatched
from ._row import Composed, Differential, Flat, Row

Axes = tuple[int, ...]


def _negative(axes: Axes, ndim: int) -> Axes:
    return tuple(a if a < 0 else a - ndim for a in axes)


def _keep(y: Any, shape: tuple[int, ...], axes: Axes, lead: int = 0) -> Any:
    """An answer or a block of it with the reduced axes put back as axes of length 1."""
    ndim = len(shape)
    kept = tuple(1 if d - ndim in axes else n for d, n in enumerate(shape))
    return np.reshape(y, (*np.shape(y)[:lead], *kept))


@dispatched
def _scaling(x: Any, axes: Axes, power: float) -> Any:
    """None where powers of x stay in the range; else a power of two for each slice of x.

    Locally constant: a norm does not depend on the scale that it is computed with.
    """
    x = np.asarray(x)
    size = np.abs(x) if x.dtype.kind != "c" else np.maximum(np.abs(x.real), np.abs(x.imag))
    top = np.max(size, axis=axes, keepdims=True, initial=0)
    info = np.finfo(x.dtype)
    reach = 0.4 * info.maxexp / max(abs(power), 1.0)
    extreme = (top > 2.0**reach) | ((top < 2.0**-reach) & (top > 0))
    if not np.any(extreme):
        return None
    exponent = np.clip(np.frexp(top)[1], 2 - info.maxexp, info.maxexp)
    return np.ldexp(np.ones((), top.dtype), np.where(np.isfinite(top), -exponent, 0))


def _scaled(x: Any, scale: Any) -> Any:
    """x times its scale; of a slice with infinite elements these alone count."""
    z = x * scale
    infinite = np.isinf(z)
    if x.dtype.kind != "c" and np.any(infinite):
        z = np.where(infinite, np.sign(z), np.where(_any(infinite, scale), z * 0.0, z))
    return z


def _any(mask: Any, scale: Any) -> Any:
    """Whether any element of the slices that share one scale is set."""
    axes = tuple(d for d, n in enumerate(scale.shape) if n == 1)
    return np.any(mask, axis=axes, keepdims=True)


def _unit(z: Any, size: Any) -> Any:
    """z / size, and 0 where the size is 0."""
    zero = size == 0
    if not np.any(zero):
        return z / size
    return np.where(zero, 0.0, z / np.where(zero, 1.0, size))


# --- the Euclidean norm ------------------------------------------------------------------------


@dispatched
def euclidean(x: Any, axes: Axes, keepdims: bool = False) -> Any:
    """The root of the sum of squared magnitudes over `axes`, for numbers of every kind."""
    scale = _scaling(x, axes, 2.0)
    z = x if scale is None else x * scale
    squares = z.real * z.real + z.imag * z.imag if z.dtype.kind == "c" else z * z
    y = np.sqrt(np.sum(squares, axis=axes, keepdims=True))
    y = y if scale is None else y / scale
    if keepdims:
        return y
    return y.reshape(
        [n for d, n in enumerate(x.shape) if d - x.ndim not in _negative(axes, x.ndim)]
    )[()]


def _euclidean_prepare(x: Any, axes: Axes, keepdims: bool = False) -> tuple[tuple[Any], Any]:
    x = operand(x)
    return (x,), (_negative(axes, x.ndim), keepdims)


def _direction(y: Any, x: Any, axes: Axes) -> Any:
    """The gradient of the Euclidean norm: x over its norm, and 0 at the origin."""
    if hasattr(type(x), "_dualad_level") and x.dtype.kind == "f":
        largest = _largest(x, axes)
        if largest is not None:
            return _steady(x, largest, axes)
    scale = _scaling(x, axes, 2.0)
    if scale is None:
        return _unit(x, _keep(y, x.shape, axes))
    z = _scaled(x, scale)
    return _unit(z, euclidean(z, axes, True))


@dispatched
def _largest(x: Any, axes: Axes) -> Any:
    """Which element of each slice is the largest; None where one is zero or not finite."""
    size = np.abs(x)
    if not size.size:
        return None
    top = np.max(size, axis=axes, keepdims=True)
    if not np.all(np.isfinite(top) & (top > 0)):
        return None
    tied = size == top
    if np.all(np.sum(tied, axis=axes) == 1):
        return tied
    other = tuple(a for a in range(-x.ndim, 0) if a not in axes)
    flat = np.reshape(
        np.transpose(tied, (*other, *axes)), (-1, math.prod(x.shape[a] for a in axes))
    )
    first = np.arange(flat.shape[1]) == np.argmax(flat, axis=1)[:, None]
    ordered = first.reshape([x.shape[a] for a in (*other, *axes)])
    return np.transpose(ordered, np.argsort([a % x.ndim for a in (*other, *axes)]))


def _steady(x: Any, largest: Any, axes: Axes) -> Any:
    """x over its norm, for the derivatives of this.

    That of x/n is 1/n - (x/n)**2/n, which loses all digits where one element is nearly all of
    the norm. In ratios t to the largest element, 1/sqrt(1 + sum t**2), all terms have one sign.
    """
    dtype = x.dtype
    z = x.astype(np.float64) if dtype == np.float32 else x
    scale = _scaling(z, axes, 2.0)
    z = z if scale is None else z * scale
    top = np.sum(np.where(largest, z, 0.0), axis=axes, keepdims=True)
    t = np.where(largest, 1.0, z / top)
    rest = np.sum(np.where(largest, 0.0, t * t), axis=axes, keepdims=True)
    u = t * (np.sign(top) / np.sqrt(1.0 + rest))
    return u if u.dtype == dtype else u.astype(dtype)


def _along(u: Any, block: Any, axes: Axes, keepdims: bool) -> Any:
    """Re<u, t> over `axes` for each lane t."""
    if len(axes) == np.ndim(u) and not keepdims and u.dtype.kind != "c":
        lanes = block.shape[0]
        return np.matmul(block.reshape((lanes, u.size)), u.reshape(-1))
    product = conj(u) * block
    return np.sum(np.real(product), axis=axes, keepdims=keepdims)


def _euclidean_jvp(params: Any, y: Any, operands: Any, blocks: Any) -> Any:
    axes, keepdims = params
    return _along(_direction(y, operands[0], axes), blocks[0], axes, keepdims)


def _euclidean_vjp(params: Any, y: Any, operands: Any, ct: Any, _i: int) -> Any:
    x, axes = operands[0], params[0]
    return np.real(_keep(ct, x.shape, axes, lead=1)) * _direction(y, x, axes)


# --- the other orders --------------------------------------------------------------------------


@dispatched
def power_norm(x: Any, order: float, axes: Axes, keepdims: bool = False) -> Any:
    """The root of order p of the sum of the p-th powers of the magnitudes over `axes`."""
    scale = _scaling(x, axes, order)
    size = np.abs(x if scale is None else x * scale)
    y = np.power(np.sum(np.power(size, order), axis=axes, keepdims=True), 1.0 / order)
    y = y if scale is None else y / scale
    if keepdims:
        return y
    return y.reshape(
        [n for d, n in enumerate(x.shape) if d - x.ndim not in _negative(axes, x.ndim)]
    )[()]


def _power_prepare(
    x: Any, order: float, axes: Axes, keepdims: bool = False
) -> tuple[tuple[Any], Any]:
    x = operand(x)
    return (x,), (order, _negative(axes, x.ndim), keepdims)


def _power_direction(y: Any, x: Any, order: float, axes: Axes) -> Any:
    """The gradient: sign(x) (|x| / norm)^(p - 1)."""
    scale = _scaling(x, axes, order)
    if scale is None:
        size = _keep(y, x.shape, axes)
    else:
        x = _scaled(x, scale)
        size = power_norm(x, order, axes, True)
    ratio = _unit(np.abs(x), size)
    phase = np.sign(x) if x.dtype.kind != "c" else _unit(x, np.abs(x))
    steep = np.power(ratio, order - 1.0)
    if order < 1.0:  # infinite at zeros, where the direction is none
        steep = np.where(ratio == 0, 0.0, steep)
    return phase * steep


def _power_jvp(params: Any, y: Any, operands: Any, blocks: Any) -> Any:
    order, axes, keepdims = params
    return _along(_power_direction(y, operands[0], order, axes), blocks[0], axes, keepdims)


def _power_vjp(params: Any, y: Any, operands: Any, ct: Any, _i: int) -> Any:
    x, (order, axes, _) = operands[0], params
    return np.real(_keep(ct, x.shape, axes, lead=1)) * _power_direction(y, x, order, axes)


# --- numpy.linalg ------------------------------------------------------------------------------


def _float(x: Any) -> Any:
    x = operand(x)
    x = x if x.ndim else np.reshape(x, ())  # a Python float is no array
    return x.astype(np.float64) if x.dtype.kind in "biu" else x


def _normalized(axis: Any, ndim: int) -> Axes:
    axes = axis if isinstance(axis, tuple) else (int(axis),)
    for a in axes:
        if not -ndim <= a < ndim:
            raise np.exceptions.AxisError(a, ndim)
    return tuple(a % ndim for a in axes)


def _vector(x: Any, order: Any, axes: Axes, keepdims: bool) -> Any:
    if order is None or order == 2:
        return euclidean(x, axes, keepdims)
    if isinstance(order, str):
        raise ValueError(f"Invalid norm order '{order}' for vectors")
    if order == 0:
        count = np.count_nonzero(x != 0, axis=axes, keepdims=keepdims)
        return np.asarray(count).astype(np.finfo(x.dtype).dtype)[()]
    if order == 1:
        return np.sum(np.abs(x), axis=axes, keepdims=keepdims)
    if order == math.inf:
        if x.size == 0:
            return np.max(np.abs(x), axis=axes, keepdims=keepdims, initial=0)
        return np.max(np.abs(x), axis=axes, keepdims=keepdims)
    if order == -math.inf:
        return np.min(np.abs(x), axis=axes, keepdims=keepdims)
    return power_norm(x, float(order), axes, keepdims)


def _matrix(x: Any, order: Any, axes: Axes, keepdims: bool) -> Any:
    row, column = axes
    if row == column:
        raise ValueError("Duplicate axes given.")
    if order in (None, "fro", "f"):
        return euclidean(x, axes, keepdims)
    if order in (2, -2, "nuc"):
        return _spectral(x, order, axes, keepdims)
    if order in (1, -1):
        inner, outer = row, column
    elif order in (math.inf, -math.inf):
        inner, outer = column, row
    else:
        raise ValueError("Invalid norm order for matrices.")
    sums = np.sum(np.abs(x), axis=inner, keepdims=True)
    extreme = np.max if order > 0 else np.min
    y = extreme(sums, axis=outer, keepdims=True)
    if keepdims:
        return y
    return np.reshape(y, tuple(n for d, n in enumerate(x.shape) if d not in axes))


def _spectral(x: Any, order: Any, axes: Axes, keepdims: bool) -> Any:
    """Norms by singular values."""
    from ._svd import nuclear, singular_values  # few programs need them

    matrices = np.moveaxis(x, axes, (-2, -1))
    if order == "nuc":
        y = nuclear(matrices)
    else:
        s = singular_values(matrices)
        at = 0 if order > 0 else -1
        y = s[at] if s.ndim == 1 else s[..., at]
    return _keep(y, x.shape, _negative(axes, x.ndim)) if keepdims else y


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = _float(x)
    every = tuple(range(x.ndim))
    if axis is None:
        if ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1):
            return euclidean(x, every, keepdims)
        axes = every
    else:
        axes = _normalized(axis, x.ndim)
    if len(axes) == 1:
        return _vector(x, ord, axes, keepdims)
    if len(axes) == 2:
        return _matrix(x, ord, axes, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    x = _float(x)
    axes = tuple(range(x.ndim)) if axis is None else _normalized(axis, x.ndim)
    return _vector(x, ord, axes, keepdims)


def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    x = _float(x)
    return _matrix(x, ord, _normalized((-2, -1), x.ndim), keepdims)


NORMS: tuple[Row, ...] = (
    Flat(_scaling),
    Flat(_largest),
    Differential(
        euclidean,
        _euclidean_prepare,
        lambda params, x: euclidean(x, *params),
        _euclidean_jvp,
        _euclidean_vjp,
    ),
    Differential(
        power_norm,
        _power_prepare,
        lambda params, x: power_norm(x, *params),
        _power_jvp,
        _power_vjp,
    ),
    Composed(np.linalg.norm, _norm),
    Composed(np.linalg.vector_norm, _vector_norm),
    Composed(np.linalg.matrix_norm, _matrix_norm),
)
