"""Stand-ins of the linear filters of `scipy.ndimage`, in the image and in the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.ndimage

from .._convolution import conv, correlated, extended
from .._plain import array, primal
from .._standins import Function, Standins, no_rule

STANDINS = Standins()
Body = Callable[..., Any]


def no_output(fn: Function, output: Any, x: Any) -> None:
    """Raise where `output` asks for more than the plain answer."""
    if output is not None and not (
        isinstance(output, (type, np.dtype, str)) and np.dtype(output) == x.dtype
    ):
        no_rule(fn, "with output=", "the answer itself")


def per_axis(values: Any, count: int) -> list[Any]:
    """One value for each axis, of a single one or of a sequence."""
    if isinstance(values, (list, tuple)):
        return list(values)
    if isinstance(values, str) or np.ndim(values) == 0:
        return [values] * count
    return [values[i] for i in range(count)]


def chosen_axes(axes: Any, ndim: int) -> list[int]:
    """The axes of a filter, counted from the end."""
    if axes is None:
        return list(range(-ndim, 0))
    return [a - ndim if a >= 0 else a for a in np.atleast_1d(axes).tolist()]


# --- along one axis ------------------------------------------------------------------------------


def correlate1d(
    input: Any,
    weights: Any,
    axis: int = -1,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
) -> Any:
    """`scipy.ndimage.correlate1d` by functions with rows."""
    x, weights = array(input), array(weights)
    no_output(scipy.ndimage.correlate1d, output, x)
    axis = axis - x.ndim if axis >= 0 else axis
    size = weights.shape[0]
    before = size // 2 + origin
    x = extended(x, axis, before, size - 1 - before, mode, cval)
    return correlated(x, weights, axis)


def convolve1d(
    input: Any,
    weights: Any,
    axis: int = -1,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
) -> Any:
    """`scipy.ndimage.convolve1d` by functions with rows."""
    weights = array(weights)
    origin = -origin - (weights.shape[0] % 2 == 0)
    return correlate1d(input, np.flip(weights), axis, output, mode, cval, origin)


# --- over several axes ---------------------------------------------------------------------------


def _grid(
    fn: Function, x: Any, weights: Any, mode: Any, cval: Any, origins: list[int], axes: list[int]
) -> Any:
    """A correlation; the weights have one axis for each of `axes`."""
    if weights.ndim != len(axes):
        no_rule(fn, "with weights of fewer axes than the image", "weights of as many axes")
    order = sorted(range(len(axes)), key=axes.__getitem__)
    weights, axes = weights.transpose(order), [axes[i] for i in order]
    origins = [origins[i] for i in order]
    modes = [per_axis(mode, len(order))[i] for i in order]
    for axis, size, origin, kind in zip(axes, weights.shape, origins, modes, strict=True):
        before = size // 2 + origin
        x = extended(x, axis, before, size - 1 - before, kind, cval)
    d = len(axes)
    last = tuple(range(-d, 0))
    moved = np.moveaxis(x, axes, last)
    mirrored = np.flip(weights).reshape((1,) * (x.ndim - d) + weights.shape)
    full = conv(moved, mirrored, d, False)
    window = tuple(
        slice(m - 1, n) for n, m in zip(moved.shape[x.ndim - d :], weights.shape, strict=True)
    )
    return np.moveaxis(full[(Ellipsis, *window)], last, axes)


def _correlate(
    input: Any,
    weights: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    *,
    axes: Any = None,
) -> Any:
    x, weights = array(input), array(weights)
    no_output(scipy.ndimage.correlate, output, x)
    chosen = chosen_axes(axes, x.ndim)
    origins = per_axis(origin, len(chosen))
    return _grid(scipy.ndimage.correlate, x, weights, mode, cval, origins, chosen)


def _convolve(
    input: Any,
    weights: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    *,
    axes: Any = None,
) -> Any:
    x, weights = array(input), array(weights)
    no_output(scipy.ndimage.convolve, output, x)
    chosen = chosen_axes(axes, x.ndim)
    origins = [
        -o - (m % 2 == 0) for o, m in zip(per_axis(origin, len(chosen)), weights.shape, strict=True)
    ]
    return _grid(scipy.ndimage.convolve, x, np.flip(weights), mode, cval, origins, chosen)


# --- Gaussian filters ----------------------------------------------------------------------------


def _hermite(order: int, x: Any, sigma: Any) -> Any:
    """The factor of exp(-x^2/2 sigma^2) in its derivative, by the recurrence of its polynomial."""
    before, factor = 0.0 * x, 1.0 + 0.0 * x
    square = sigma * sigma
    for n in range(order):
        # (q exp)' = (q' - q x/sigma^2) exp, and q_n' = -n/sigma^2 q_(n-1) of Hermite's polynomials.
        before, factor = factor, -(x * factor + n * before) / square
    return factor


def gaussian_weights(sigma: Any, order: int, radius: int) -> Any:
    """SciPy's samples of a Gaussian of sum 1, or of its derivative, in sigma too."""
    x = np.arange(-radius, radius + 1)
    phi = np.exp(-0.5 / (sigma * sigma) * x**2)
    return phi / np.sum(phi) * _hermite(order, x, sigma)


def gaussian_filter1d(
    input: Any,
    sigma: Any,
    axis: int = -1,
    order: int = 0,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    truncate: float = 4.0,
    *,
    radius: Any = None,
) -> Any:
    """`scipy.ndimage.gaussian_filter1d` by functions with rows; the width's radius is constant."""
    reach = int(truncate * float(primal(sigma)) + 0.5) if radius is None else int(radius)
    weights = np.flip(gaussian_weights(sigma, order, reach))
    return correlate1d(input, weights, axis, output, mode, cval, 0)


def gaussian_filter(
    input: Any,
    sigma: Any,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: float = 4.0,
    *,
    radius: Any = None,
    axes: Any = None,
) -> Any:
    """`scipy.ndimage.gaussian_filter` by functions with rows."""
    x = array(input)
    no_output(scipy.ndimage.gaussian_filter, output, x)
    chosen = chosen_axes(axes, x.ndim)
    sigma = sigma if np.ndim(sigma) == 0 else array(sigma)
    columns = zip(
        chosen,
        *(per_axis(v, len(chosen)) for v in (sigma, order, mode, radius)),
        strict=True,
    )
    for axis, s, n, m, r in columns:
        if float(primal(s)) > 1e-15:
            x = gaussian_filter1d(x, s, axis, n, None, m, cval, truncate, radius=r)
    return x


def _uniform1d(
    input: Any,
    size: int,
    axis: int = -1,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
) -> Any:
    return correlate1d(input, np.full(size, 1.0 / size), axis, output, mode, cval, origin)


def _uniform(
    input: Any,
    size: Any = 3,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
    *,
    axes: Any = None,
) -> Any:
    x = array(input)
    no_output(scipy.ndimage.uniform_filter, output, x)
    chosen = chosen_axes(axes, x.ndim)
    columns = zip(chosen, *(per_axis(v, len(chosen)) for v in (size, origin, mode)), strict=True)
    for axis, n, o, m in columns:
        if int(n) > 1:
            x = _uniform1d(x, int(n), axis, None, m, cval, o)
    return x


# --- edges ---------------------------------------------------------------------------------------


def _edges(smooth: tuple[float, ...]) -> Body:
    """Prewitt's and Sobel's filters: a difference along one axis, smoothed along the others."""

    def body(
        input: Any, axis: int = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0
    ) -> Any:
        x = array(input)
        no_output(scipy.ndimage.sobel, output, x)
        axis = axis - x.ndim if axis >= 0 else axis
        modes = per_axis(mode, x.ndim)
        y = correlate1d(x, np.array([-1.0, 0.0, 1.0]), axis, None, modes[axis], cval)
        for other in range(-x.ndim, 0):
            if other != axis:
                y = correlate1d(y, np.array(smooth), other, None, modes[other], cval)
        return y

    return body


def _second_difference(
    x: Any, axis: int, _output: Any, mode: str, cval: Any, *_args: Any, **_keywords: Any
) -> Any:
    return correlate1d(x, np.array([1.0, -2.0, 1.0]), axis, None, mode, cval)


def _sum_of(parts: list[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _laplace(
    input: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None
) -> Any:
    x = array(input)
    no_output(scipy.ndimage.laplace, output, x)
    chosen = chosen_axes(axes, x.ndim)
    pairs = zip(chosen, per_axis(mode, len(chosen)), strict=True)
    return _sum_of([_second_difference(x, axis, None, m, cval) for axis, m in pairs])


def _gaussian_parts(
    x: Any, sigma: Any, degree: int, mode: Any, cval: Any, chosen: list[int], k: dict[str, Any]
) -> list[Any]:
    """Derivatives of this degree along each axis in turn, smoothed along all in its mode."""
    parts, modes = [], per_axis(mode, len(chosen))
    for i in range(len(chosen)):
        order = [degree if j == i else 0 for j in range(len(chosen))]
        parts.append(gaussian_filter(x, sigma, order, None, modes[i], cval, axes=chosen, **k))
    return parts


def _gaussian_laplace(
    input: Any,
    sigma: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    *,
    axes: Any = None,
    **keywords: Any,
) -> Any:
    x = array(input)
    no_output(scipy.ndimage.gaussian_laplace, output, x)
    chosen = chosen_axes(axes, x.ndim)
    return _sum_of(_gaussian_parts(x, sigma, 2, mode, cval, chosen, keywords))


def _gaussian_gradient_magnitude(
    input: Any,
    sigma: Any,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    *,
    axes: Any = None,
    **keywords: Any,
) -> Any:
    x = array(input)
    no_output(scipy.ndimage.gaussian_gradient_magnitude, output, x)
    parts = _gaussian_parts(x, sigma, 1, mode, cval, chosen_axes(axes, x.ndim), keywords)
    return np.linalg.norm(np.stack(parts), axis=0)


STANDINS.composed(scipy.ndimage.correlate1d, correlate1d)
STANDINS.composed(scipy.ndimage.convolve1d, convolve1d)
STANDINS.composed(scipy.ndimage.correlate, _correlate)
STANDINS.composed(scipy.ndimage.convolve, _convolve)
STANDINS.composed(scipy.ndimage.gaussian_filter1d, gaussian_filter1d)
STANDINS.composed(scipy.ndimage.gaussian_filter, gaussian_filter)
STANDINS.composed(scipy.ndimage.uniform_filter1d, _uniform1d)
STANDINS.composed(scipy.ndimage.uniform_filter, _uniform)
STANDINS.composed(scipy.ndimage.prewitt, _edges((1.0, 1.0, 1.0)))
STANDINS.composed(scipy.ndimage.sobel, _edges((1.0, 2.0, 1.0)))
STANDINS.composed(scipy.ndimage.laplace, _laplace)
STANDINS.composed(scipy.ndimage.gaussian_laplace, _gaussian_laplace)
STANDINS.composed(scipy.ndimage.gaussian_gradient_magnitude, _gaussian_gradient_magnitude)
