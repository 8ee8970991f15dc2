"""The view of a number that corresponds to a view of a plain array, found by its memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import EscapeError


def view_of_root(root: np.ndarray, x: np.ndarray, number: Any) -> Any:
    """The part of `number` that x is of `root`: the same elements, and the same memory.

    Raises
    ------
    EscapeError
        No chain of slices and reshapes leads from the root to x.
    """
    if x.dtype == root.dtype:
        for plain, view in ((root, number), *_flat(root, number)):
            found = _sliced(plain, x, view)
            if found is not None:
                return found
    raise EscapeError(
        f"a derivative was stored in an array of which another view of shape {x.shape}, strides "
        f"{x.strides} and dtype {x.dtype} is in use",
        "slices or reshapes of the array itself",
    )


def _flat(root: np.ndarray, number: Any) -> list[tuple[np.ndarray, Any]]:
    if root.flags.c_contiguous:
        return [(root.reshape(-1), number.reshape(-1))]
    if root.flags.f_contiguous:
        return [(root.T.reshape(-1), number.T.reshape(-1))]
    return []


def _address(x: np.ndarray) -> int:
    return int(x.__array_interface__["data"][0])


def _sliced(root: np.ndarray, x: np.ndarray, number: Any) -> Any:
    """``number[slices]``, transposed and reshaped, where that is what x is of root."""
    offset = _address(x) - _address(root)
    order = sorted(range(root.ndim), key=lambda axis: -abs(root.strides[axis]))
    starts = [0] * root.ndim
    for axis in order:  # of the first element
        stride = root.strides[axis]
        if stride:
            starts[axis], offset = divmod(offset, stride)
    if offset or any(not 0 <= s < max(n, 1) for s, n in zip(starts, root.shape, strict=True)):
        return None
    found = _along_axes(root, x, number, starts)
    return _reshaped(root, x, number, starts) if found is None else found


def _along_axes(root: np.ndarray, x: np.ndarray, number: Any, starts: list[int]) -> Any:
    """x takes every axis of root by one slice or one integer, in any order."""
    index: list[Any] = list(starts)
    taken: list[int] = []
    for size, stride in zip(x.shape, x.strides, strict=True):
        axis = _axis_of(root, index, size, stride, starts)
        if axis is None:
            return None
        step = stride // root.strides[axis]
        stop = starts[axis] + step * size
        index[axis] = slice(starts[axis], stop if stop >= 0 else None, step)
        taken.append(axis)
    plain, view = root[tuple(index)], number[tuple(index)]
    kept = sorted(taken)
    axes = [kept.index(axis) for axis in taken]
    return _checked(plain.transpose(axes), x, lambda: view.transpose(axes))


def _axis_of(
    root: np.ndarray, index: list[Any], size: int, stride: int, starts: list[int]
) -> int | None:
    """An axis of root that is still free and has this step."""
    for axis in sorted(range(root.ndim), key=lambda a: -abs(root.strides[a])):
        own = root.strides[axis]
        if isinstance(index[axis], slice) or not own or not stride or stride % own:
            continue
        last = starts[axis] + stride // own * (size - 1)
        if 0 <= last < root.shape[axis]:
            return axis
    return None


def _reshaped(root: np.ndarray, x: np.ndarray, number: Any, starts: list[int]) -> Any:
    """x is a run of elements of a root of one axis, in another shape."""
    if root.ndim != 1 or not (x.flags.c_contiguous or x.flags.f_contiguous):
        return None
    run = slice(starts[0], starts[0] + x.size)
    plain, view = root[run], number[run]
    if x.flags.c_contiguous:
        return _checked(plain.reshape(x.shape), x, lambda: view.reshape(x.shape))
    shape = x.shape[::-1]
    return _checked(plain.reshape(shape).T, x, lambda: view.reshape(shape).T)


def _checked(plain: np.ndarray, x: np.ndarray, view: Any) -> Any:
    if plain.shape != x.shape or _address(plain) != _address(x):
        return None
    steps = zip(x.shape, plain.strides, x.strides, strict=True)
    return view() if all(n < 2 or a == b for n, a, b in steps) else None


__all__ = ["view_of_root"]
