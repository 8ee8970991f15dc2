"""The rows of functions that change the shape: reshape, transpose, flip, broadcast and their kin.

The values here serve an array and a block alike: the axes in front of the operand's own are left
as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ._contract import align, unbroadcast
from ._copying import COPYING, reverse_axes
from ._moving import Shape, Shapes, leading, shape_of
from ._row import Linear, Row

Axes = tuple[int, ...]


def _negative(axis: Any, ndim: int) -> Axes:
    return tuple(a - ndim for a in normalize_axis_tuple(axis, ndim))


def memory_axes(x: Any, order: str) -> Axes:
    """The axes of x from the slowest to the fastest when its elements are read in `order`.

    'A' and 'K' depend on the memory of x, and are settled here.
    """
    ndim = len(shape_of(x))
    forward = tuple(range(ndim))
    order = "C" if order is None else order.upper()
    if order not in ("C", "F", "A", "K"):
        raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got {order!r})")
    if order == "C" or ndim < 2 or (order != "F" and not hasattr(x, "strides")):
        return forward
    if order == "F" or x.flags.fnc:
        return forward[::-1]
    if order == "A" or x.flags.c_contiguous:
        return forward
    return _by_stride(x.strides)


def _by_stride(strides: tuple[int, ...]) -> Axes:
    """The axes by falling stride, as NumPy's iterator sorts them: a stride of 0 says nothing."""
    order: list[int] = []  # from the fastest to the slowest
    for axis in reversed(range(len(strides))):
        place = len(order)
        for i in reversed(range(len(order))):
            own, other = abs(strides[axis]), abs(strides[order[i]])
            if own and other:
                if other <= own:
                    break
                place = i
        order.insert(place, axis)
    return tuple(reversed(order))


# --- reshape: params are (shape of x, shape of the answer, axes of x in reading order, whether the
# answer is written with its first axis fastest) ------------------------------------------------


def _complete(size: int, shape: Any) -> Shape:
    """The new shape, with -1 worked out."""
    shape = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    shape = tuple(int(n) for n in shape)
    if shape.count(-1) == 1:
        rest = -math.prod(shape)
        if rest and size % rest == 0:
            shape = tuple(size // rest if n == -1 else n for n in shape)
    if math.prod(shape) != size or min(shape, default=0) < 0:
        raise ValueError(f"cannot reshape array of size {size} into shape {shape}")
    return shape


def _reshape_prepare(
    a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None
) -> tuple[tuple[Any], Any]:
    del copy
    shape = newshape if shape is None else shape
    old = shape_of(a)
    axes = memory_axes(a, order if order.upper() != "K" else "?")
    new = _complete(math.prod(old), shape)
    return (a,), (old, new, axes, (len(old) > 1 and axes[0] > 0) or order in "Ff")


def _ravel_prepare(a: Any, order: str = "C") -> tuple[tuple[Any], Any]:
    old = shape_of(a)
    axes = memory_axes(a, order)
    return (a,), ((old, (math.prod(old),), axes, False), _is_contiguous(a, axes))


def _is_contiguous(a: Any, axes: Axes) -> bool:
    """Whether the elements follow each other in memory when read along `axes`."""
    if not hasattr(a, "strides"):
        return True
    step = a.itemsize
    for axis in reversed(axes):
        if a.shape[axis] != 1:
            if a.strides[axis] != step:
                return False
            step *= a.shape[axis]
    return True


def _ravel_value(params: Any, x: Any) -> Any:
    """A view of contiguous arrays only, whereas `reshape` makes one wherever it can."""
    inner, contiguous = params
    out = _reshape_value(inner, x)
    return out if contiguous else out.copy()


def _ravel_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return _reshape_transpose(params[0], ct, shapes)


def _reshape_value(params: Any, x: Any) -> Any:
    old, new, axes, reverse = params
    outer = leading(x, len(old))
    if axes != tuple(range(len(old))):
        n = len(outer)
        x = x.transpose((*range(n), *(n + a for a in axes)))
    if not reverse:
        return np.reshape(x, outer + new)
    return reverse_axes(np.reshape(x, outer + new[::-1]), len(outer))


def _reshape_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    old, _, axes, reverse = params
    if reverse:
        ct = reverse_axes(ct, 1)
    ct = ct.reshape((ct.shape[0], *(old[a] for a in axes)))
    if axes != tuple(range(len(old))):
        back = sorted(range(len(axes)), key=axes.__getitem__)
        ct = ct.transpose((0, *(1 + b for b in back)))
    return (ct,)


# --- functions that only insert or drop axes of length 1: params are (old shape, new shape) ----


def _refit_value(params: Any, x: Any) -> Any:
    old, new = params
    return np.reshape(x, leading(x, len(old)) + new)


def _refit_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (ct.reshape((ct.shape[0], *shapes[0])),)


def _refit(fn: Any, prepare: Any) -> Linear:
    return Linear(fn, prepare, _refit_value, _refit_transpose, one_call=True, view=True)


def _expand_dims_prepare(a: Any, axis: Any) -> tuple[tuple[Any], Any]:
    old = shape_of(a)
    axis = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    at = normalize_axis_tuple(axis, len(old) + len(axis))
    rest = iter(old)
    return (a,), (old, tuple(1 if i in at else next(rest) for i in range(len(old) + len(axis))))


def _squeeze_prepare(a: Any, axis: Any = None) -> tuple[tuple[Any], Any]:
    old = shape_of(a)
    if axis is None:
        return (a,), (old, tuple(n for n in old if n != 1))
    drop = normalize_axis_tuple(axis, len(old)) if old or axis not in (0, -1) else ()
    if any(old[i] != 1 for i in drop):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return (a,), (old, tuple(n for i, n in enumerate(old) if i not in drop))


# --- permutations of axes: params are the axes, as np.transpose takes them ---------------------


def _permute_value(axes: Axes, x: Any) -> Any:
    n = len(shape_of(x)) - len(axes)
    return x.transpose((*range(n), *(n + a for a in axes))) if axes else np.transpose(x)


def _permute_transpose(axes: Axes, ct: Any, shapes: Shapes) -> tuple[Any]:
    back = sorted(range(len(axes)), key=axes.__getitem__)
    return (ct.transpose((0, *(1 + b for b in back))),)


def _permutation(fn: Any, axes_of: Callable[..., Any]) -> Linear:
    """The row of a function whose answer has the axes ``axes_of(ndim, ...)`` of its operand."""

    def prepare(a: Any, *args: Any, **keywords: Any) -> tuple[tuple[Any], Axes]:
        return (a,), tuple(int(i) for i in axes_of(len(shape_of(a)), *args, **keywords))

    return Linear(fn, prepare, _permute_value, _permute_transpose, one_call=True, view=True)


def _transpose_axes(ndim: int, axes: Any = None) -> Any:
    if axes is None:
        return range(ndim - 1, -1, -1)
    axes = normalize_axis_tuple(axes, ndim)
    if len(axes) != ndim:
        raise ValueError("axes don't match array")
    return axes


def _like_numpy(fn: Any) -> Callable[..., Axes]:
    """The axes, found by letting the function act on a small array of as many axes."""

    def axes_of(ndim: int, *args: Any, **keywords: Any) -> Axes:
        # The axes are told apart by their strides; the array has one element.
        probe = np.lib.stride_tricks.as_strided(np.zeros(1), (1,) * ndim, range(ndim))
        return fn(probe, *args, **keywords).strides

    return axes_of


# --- flips: params are the axes (negative); their own transpose --------------------------------


def _flip_value(axes: Axes, m: Any) -> Any:
    return np.flip(m, axes)


def _flip_transpose(axes: Axes, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (np.flip(ct, axes),)


def _flip_row(fn: Any, prepare: Any) -> Linear:
    return Linear(fn, prepare, _flip_value, _flip_transpose, one_call=True, view=True)


def _flip_prepare(m: Any, axis: Any = None) -> tuple[tuple[Any], Axes]:
    ndim = len(shape_of(m))
    return (m,), tuple(range(-ndim, 0)) if axis is None else _negative(axis, ndim)


def _fliplr_prepare(m: Any) -> tuple[tuple[Any], Axes]:
    ndim = len(shape_of(m))
    if ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return (m,), (1 - ndim,)


def _flipud_prepare(m: Any) -> tuple[tuple[Any], Axes]:
    ndim = len(shape_of(m))
    if ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return (m,), (-ndim,)


# --- rot90: params are (k, axes) ---------------------------------------------------------------


def _rot90_prepare(m: Any, k: int = 1, axes: Any = (0, 1)) -> tuple[tuple[Any], Any]:
    if len(tuple(axes)) != 2:
        raise ValueError("len(axes) must be 2.")
    ndim = len(shape_of(m))
    pair = tuple(normalize_axis_index(a, ndim) - ndim for a in axes)
    if pair[0] == pair[1]:
        raise ValueError("Axes must be different.")
    return (m,), (int(k), pair)


def _rot90_value(params: Any, m: Any) -> Any:
    return np.rot90(m, params[0], params[1])


def _rot90_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (np.rot90(ct, -params[0], params[1]),)


# --- broadcast_to: params are (old shape, new shape) -------------------------------------------


def _broadcast_prepare(array: Any, shape: Any, subok: bool = False) -> tuple[tuple[Any], Any]:
    del subok
    new = (int(shape),) if np.ndim(shape) == 0 else tuple(int(n) for n in shape)
    return (array,), (shape_of(array), new)


def _broadcast_value(params: Any, array: Any) -> Any:
    old, new = params
    outer = leading(array, len(old))
    if not outer:
        return np.broadcast_to(array, new)
    if len(new) < len(old):
        raise ValueError("input operand has more dimensions than allowed by the axis remapping")
    return np.broadcast_to(align(array, len(new) - len(old)), outer + new)


def _broadcast_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (unbroadcast(ct, shapes[0]),)


SHAPES: tuple[Row, ...] = (
    Linear(
        np.reshape, _reshape_prepare, _reshape_value, _reshape_transpose, one_call=True, view=True
    ),
    Linear(np.ravel, _ravel_prepare, _ravel_value, _ravel_transpose, one_call=True, view=True),
    _refit(np.expand_dims, _expand_dims_prepare),
    _refit(np.squeeze, _squeeze_prepare),
    _permutation(np.transpose, _transpose_axes),
    _permutation(np.moveaxis, _like_numpy(np.moveaxis)),
    _permutation(np.swapaxes, _like_numpy(np.swapaxes)),
    _permutation(np.rollaxis, _like_numpy(np.rollaxis)),
    _permutation(np.matrix_transpose, _like_numpy(np.matrix_transpose)),
    _permutation(np.linalg.matrix_transpose, _like_numpy(np.matrix_transpose)),
    _flip_row(np.flip, _flip_prepare),
    _flip_row(np.fliplr, _fliplr_prepare),
    _flip_row(np.flipud, _flipud_prepare),
    Linear(np.rot90, _rot90_prepare, _rot90_value, _rot90_transpose, one_call=True, view=True),
    Linear(
        np.broadcast_to,
        _broadcast_prepare,
        _broadcast_value,
        _broadcast_transpose,
        one_call=True,
        view=True,
    ),
    *COPYING,
)
