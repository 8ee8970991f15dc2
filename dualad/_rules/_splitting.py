"""Functions with several answers, and others that are written in terms of reshape and slices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ._joining import three
from ._moving import shape_of
from ._row import Composed, Row


def _slices(x: Any, bounds: list[int], axis: int) -> list[Any]:
    """The pieces of x between neighbouring bounds along an axis."""
    before = (slice(None),) * axis
    return [x[(*before, slice(start, stop))] for start, stop in pairwise(bounds)]


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    shape = shape_of(ary)
    axis = normalize_axis_index(axis, len(shape))
    n = shape[axis]
    if np.ndim(indices_or_sections):
        bounds = [0, *(int(i) for i in indices_or_sections), n]
        return _slices(ary, bounds, axis)
    sections = int(indices_or_sections)
    if sections <= 0:
        raise ValueError("number sections must be larger than 0.")
    size, longer = divmod(n, sections)
    bounds = [i * size + min(i, longer) for i in range(sections + 1)]
    return _slices(ary, bounds, axis)


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if np.ndim(indices_or_sections) == 0 and shape_of(ary)[axis] % int(indices_or_sections):
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, indices_or_sections, axis)


def _hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    ndim = len(shape_of(ary))
    if ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return _split(ary, indices_or_sections, 1 if ndim > 1 else 0)


def _vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if len(shape_of(ary)) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return _split(ary, indices_or_sections, 0)


def _dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if len(shape_of(ary)) < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return _split(ary, indices_or_sections, 2)


def _unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    shape = shape_of(x)
    if not shape:
        raise ValueError("Input array must be at least 1-d.")
    before = (slice(None),) * normalize_axis_index(axis, len(shape))
    return tuple(x[(*before, i)] for i in range(shape[axis]))


def _array(x: Any) -> Any:
    return x if hasattr(x, "shape") else np.asarray(x)


def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    del subok
    shape = np.broadcast_shapes(*map(shape_of, args))
    # NumPy gives back what has the shape already; of a scalar it makes an array.
    return tuple(
        x if shape and shape_of(x) == shape else np.broadcast_to(x, shape)
        for x in map(_array, args)
    )


def _at_least(ndim: int) -> Any:
    def body(*arys: Any) -> Any:
        answers = []
        for x in map(_array, arys):
            shape = shape_of(x)
            if len(shape) < ndim:
                x = np.reshape(x, three(shape) if ndim == 3 else (1,) * (ndim - len(shape)) + shape)
            answers.append(x)
        return answers[0] if len(answers) == 1 else tuple(answers)

    return body


def _meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> Sequence[Any]:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    order = list(range(n))
    if indexing == "xy" and n > 1:
        order[:2] = 1, 0
    sizes = [math.prod(shape_of(x)) for x in xi]
    shape = [1] * n
    for axis, size in zip(order, sizes, strict=True):
        shape[axis] = size
    grids = []
    for x, axis, size in zip(xi, order, sizes, strict=True):
        grid = np.reshape(x, tuple(size if i == axis else 1 for i in range(n)))
        grids.append(grid if sparse else np.broadcast_to(grid, tuple(shape)))
    if copy:
        return tuple(np.copy(g, "C") for g in grids)
    if not sparse:
        return tuple(grids)
    # NumPy's own answer here is a list until 2.4 and a tuple since 2.5.
    kind: Any = type(np.meshgrid(0.0, sparse=True, copy=False))
    return kind(grids)


def _real_if_close(a: Any, tol: float = 100) -> Any:
    if not np.iscomplexobj(a):
        return a
    if tol > 1:
        tol = np.finfo(a.dtype).eps * tol
    # A comparison: it looks at the primal value, and the branch is locally constant.
    return np.real(a) if np.all(np.absolute(np.imag(a)) < tol) else a


SPLITTING: tuple[Row, ...] = (
    Composed(np.array_split, _array_split, pin=False),
    Composed(np.split, _split, pin=False),
    Composed(np.hsplit, _hsplit, pin=False),
    Composed(np.vsplit, _vsplit, pin=False),
    Composed(np.dsplit, _dsplit, pin=False),
    Composed(np.broadcast_arrays, _broadcast_arrays, pin=False),
    Composed(np.atleast_1d, _at_least(1), pin=False),
    Composed(np.atleast_2d, _at_least(2), pin=False),
    Composed(np.atleast_3d, _at_least(3), pin=False),
    Composed(np.meshgrid, _meshgrid, pin=False),
    Composed(np.real_if_close, _real_if_close, pin=False),
)
if hasattr(np, "unstack"):
    SPLITTING += (Composed(np.unstack, _unstack, pin=False),)
