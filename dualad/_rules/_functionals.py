"""Functions that call a function of the user: piecewise, apply_along_axis, apply_over_axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._later import array_of


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x = array_of(x)
    funclist = list(funclist)
    if np.isscalar(condlist) or (not isinstance(condlist[0], (list, np.ndarray)) and x.ndim != 0):
        condlist = [condlist]
    conditions = [np.asarray(c, dtype=bool) for c in condlist]
    if len(conditions) == len(funclist) - 1:  # the last function is for all other elements
        conditions.append(~np.any(conditions, axis=0))
    elif len(conditions) != len(funclist):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    # Where each element of the answer comes from: 0 is "from nowhere", which is the value 0.
    source = np.zeros(x.shape, np.intp)
    pieces, start = [np.zeros(1, x.dtype)], 1
    for condition, f in zip(conditions, funclist, strict=True):
        chosen = x[condition]
        if callable(f):
            if chosen.size == 0:
                continue
            f = f(chosen, *args, **kw)
        count = int(np.count_nonzero(np.broadcast_to(condition, x.shape)))
        values = array_of(f)
        values = values if values.dtype == x.dtype else values.astype(x.dtype)
        pieces.append(np.reshape(np.broadcast_to(values, chosen.shape), -1))
        source[condition] = np.arange(start, start + count).reshape(source[condition].shape)
        start += count
    return np.concatenate(pieces)[source][...]


def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    arr = array_of(arr)
    if not -arr.ndim <= axis < arr.ndim:
        raise np.exceptions.AxisError(axis, arr.ndim)
    axis %= arr.ndim
    view = np.moveaxis(arr, axis, -1)
    lead = view.shape[:-1]
    if math.prod(lead) == 0:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    answers = [
        array_of(func1d(view[(*place, Ellipsis)], *args, **kwargs)) for place in np.ndindex(lead)
    ]
    out = np.reshape(np.stack(answers), lead + answers[0].shape)
    # The axes of an answer stand where the axis was.
    order = [*range(axis), *range(len(lead), out.ndim), *range(axis, len(lead))]
    return np.transpose(out, order)


def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    value = array_of(a)
    n = value.ndim
    for axis in (axes,) if np.ndim(axes) == 0 else axes:
        answer = func(value, axis + n if axis < 0 else axis)
        if answer.ndim != value.ndim:
            answer = np.expand_dims(answer, axis)
            if answer.ndim != value.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        value = answer
    return value
