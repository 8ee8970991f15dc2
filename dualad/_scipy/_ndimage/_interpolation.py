"""Stand-ins of `map_coordinates` and its kin, in the image, the coordinates and the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.ndimage

from .._convolution import extended
from .._plain import array, floating, primal
from .._standins import Standins, refuse_numbers
from ._correlate import no_output, per_axis
from ._splines import COEFFICIENTS, coefficients, interpolated

STANDINS = Standins()
# SciPy extends the image by so many elements where no exact continuation is known.
_PAD = 12


def _filtered(x: Any, axes: int, order: int, mode: str) -> Any:
    for axis in range(-axes, 0):
        x = coefficients(x, order, axis, mode, False)
    return x


def sampled(x: Any, places: list[Any], order: int, mode: str, cval: Any, prefilter: bool) -> Any:
    """The interpolant of x (over its last axes) at `places`, one array for each of these axes."""
    x = floating(x)
    d, pad = len(places), 0
    shape = x.shape[x.ndim - d :]
    if prefilter and order > 1:
        if mode in ("nearest", "grid-constant"):
            pad = _PAD
            for axis in range(-d, 0):
                x = extended(x, axis, pad, pad, mode, cval)
        x = _filtered(x, d, order, mode)
    outside: Any = False
    moved = []
    for place, n in zip(places, shape, strict=True):
        plain = primal(place)
        if mode == "constant":
            outside = outside | (plain < 0) | (plain > n - 1)
            place = np.where(outside, 0.0, place)
        elif mode == "wrap":
            place = _wrapped(place, plain, n)
        moved.append(place + pad)
    y = interpolated(x, moved, order, COEFFICIENTS.get(mode, mode), cval)
    return np.where(outside, cval, y) if np.any(outside) else y


def _wrapped(place: Any, plain: Any, n: int) -> Any:
    """Coordinates moved by whole periods of n - 1 into the image; those inside stay."""
    if n == 1:
        return 0.0 * place
    turns = np.trunc(plain / (n - 1)) - (plain < 0)
    return place - (n - 1) * np.where((plain < 0) | (plain > n - 1), turns, 0.0)


def _grid(shape: Any) -> list[np.ndarray]:
    return list(np.meshgrid(*(np.arange(float(n)) for n in shape), indexing="ij"))


def _map_coordinates(
    input: Any,
    coordinates: Any,
    output: Any = None,
    order: int = 3,
    mode: str = "constant",
    cval: Any = 0.0,
    prefilter: bool = True,
) -> Any:
    x, places = array(input), array(coordinates)
    no_output(scipy.ndimage.map_coordinates, output, x)
    parts = [places[i] for i in range(places.shape[0])]
    return sampled(x, parts, order, mode, cval, prefilter)


def _affine(
    x: Any, matrix: list[list[Any]], offset: Any, shape: Any, options: tuple[Any, ...]
) -> Any:
    """x at ``matrix @ o + offset`` for each place o of an answer of this shape."""
    grid = _grid(shape)
    offsets = per_axis(offset, len(matrix))
    places = []
    for row, start in zip(matrix, offsets, strict=True):
        place: Any = start
        for factor, axis in zip(row, grid, strict=True):
            if factor is not None:
                place = place + factor * axis
        places.append(place)
    return sampled(x, places, *options)


def _rows(matrix: Any) -> list[list[Any]]:
    """The entries of a matrix, or of a diagonal one of which only the diagonal is given."""
    n = matrix.shape[0]
    if matrix.ndim == 1:
        return [[matrix[i] if i == j else None for j in range(n)] for i in range(n)]
    return [[matrix[i, j] for j in range(matrix.shape[1])] for i in range(n)]


def _affine_transform(
    input: Any,
    matrix: Any,
    offset: Any = 0.0,
    output_shape: Any = None,
    output: Any = None,
    order: int = 3,
    mode: str = "constant",
    cval: Any = 0.0,
    prefilter: bool = True,
) -> Any:
    x, matrix = array(input), array(matrix)
    no_output(scipy.ndimage.affine_transform, output, x)
    shape = x.shape if output_shape is None else tuple(output_shape)
    d = x.ndim
    if matrix.ndim == 2 and matrix.shape[1] == d + 1:
        matrix, offset = matrix[:d, :d], matrix[:d, d]
    offset = offset if np.ndim(offset) == 0 else array(offset)
    return _affine(x, _rows(matrix), offset, shape, (order, mode, cval, prefilter))


def _shift(
    input: Any,
    shift: Any,
    output: Any = None,
    order: int = 3,
    mode: str = "constant",
    cval: Any = 0.0,
    prefilter: bool = True,
) -> Any:
    x = array(input)
    no_output(scipy.ndimage.shift, output, x)
    steps = per_axis(shift if np.ndim(shift) == 0 else array(shift), x.ndim)
    places = [axis - step for axis, step in zip(_grid(x.shape), steps, strict=True)]
    return sampled(x, places, order, mode, cval, prefilter)


def _zoom(
    input: Any,
    zoom: Any,
    output: Any = None,
    order: int = 3,
    mode: str = "constant",
    cval: Any = 0.0,
    prefilter: bool = True,
    *,
    grid_mode: bool = False,
) -> Any:
    # The shape of the answer follows the factors in steps; the sampled places follow the shape.
    refuse_numbers(scipy.ndimage.zoom, zoom=zoom)
    x = array(input)
    no_output(scipy.ndimage.zoom, output, x)
    factors = per_axis(zoom, x.ndim)
    shape = [round(n * z) for n, z in zip(x.shape, factors, strict=True)]
    if all(z == 1 for z in factors) and prefilter:
        return x * 1.0
    places = []
    for axis, n, m in zip(_grid(shape), x.shape, shape, strict=True):
        if grid_mode:
            places.append((axis + 0.5) * (n / m if m else 1.0) - 0.5)
        else:
            places.append(axis * ((n - 1) / (m - 1) if m > 1 else 1.0))
    return sampled(x, places, order, mode, cval, prefilter)


def _rotate(
    input: Any,
    angle: Any,
    axes: Any = (1, 0),
    reshape: bool = True,
    output: Any = None,
    order: int = 3,
    mode: str = "constant",
    cval: Any = 0.0,
    prefilter: bool = True,
) -> Any:
    x = array(input)
    no_output(scipy.ndimage.rotate, output, x)
    plane = sorted(a % x.ndim for a in axes)
    x = np.moveaxis(x, plane, (-2, -1))
    radians = angle * (np.pi / 180.0)
    c, s = np.cos(radians), np.sin(radians)
    shape = x.shape[-2:]
    if reshape:
        turn = primal(angle)
        like = np.zeros(shape)
        shape = scipy.ndimage.rotate(like, float(turn), order=0, prefilter=False).shape
    out = [(n - 1) / 2 for n in shape]
    middle = [(n - 1) / 2 for n in x.shape[-2:]]
    offset = [middle[0] - (c * out[0] + s * out[1]), middle[1] - (c * out[1] - s * out[0])]
    rows = [[c, s], [-s, c]]
    y = _affine(x, rows, offset, shape, (order, mode, cval, prefilter))
    return np.moveaxis(y, (-2, -1), plane)


def _spline_filter1d(
    input: Any, order: int = 3, axis: int = -1, output: Any = np.float64, mode: str = "mirror"
) -> Any:
    x = floating(input)
    axis = axis - x.ndim if axis >= 0 else axis
    return coefficients(x, order, axis, mode, False)


def _spline_filter(
    input: Any, order: int = 3, output: Any = np.float64, mode: str = "mirror"
) -> Any:
    x = floating(input)
    return _filtered(x, x.ndim, order, mode)


STANDINS.composed(scipy.ndimage.map_coordinates, _map_coordinates)
STANDINS.composed(scipy.ndimage.affine_transform, _affine_transform)
STANDINS.composed(scipy.ndimage.shift, _shift)
STANDINS.composed(scipy.ndimage.zoom, _zoom)
STANDINS.composed(scipy.ndimage.rotate, _rotate)
STANDINS.composed(scipy.ndimage.spline_filter1d, _spline_filter1d)
STANDINS.composed(scipy.ndimage.spline_filter, _spline_filter)
STANDINS.refused(
    "of numbers",
    "scipy.ndimage.map_coordinates with the coordinates as one array",
    scipy.ndimage.geometric_transform,
)
