"""How close a decision is: whether a small step of the inputs would turn it.

A comparison of a and b is doubtful where ``|a - b| <= delta |a' - b'|``, with derivatives along a
direction that moves each input by about its own size. Any other locally constant function is asked
again, of operands moved by that step.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._level import hush, unhush

# A small step: this part of the input's scale.
DELTA = 1e-6
# Comparisons further from equality than this, absolutely and relatively, are not close. It saves
# the cost of looking at tangents, and is the same in every mode.
CLOSE = 1e-4
_REAL = frozenset((float, np.float64))


def is_number(x: Any) -> bool:
    return hasattr(type(x), "_dualad_level")


def at_level(x: Any, level: Any) -> Any:
    """x as a number of this level; None where it is a constant there."""
    while is_number(x):
        if x._level is level:
            return x
        x = x._value
    return None


def plain(x: Any) -> Any:
    """The primal of a number or of the members of a tree."""
    if is_number(x):
        while is_number(x):
            x = x._value
        return x
    kind = type(x)
    if kind is tuple or kind is list:
        return kind([plain(i) for i in x])
    if kind is dict:
        return {key: plain(i) for key, i in x.items()}
    return x


def replaced(tree: Any, make: Callable[[Any], Any]) -> Any:
    """A tree with `make` of every number in it."""
    if is_number(tree):
        return make(tree)
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind([replaced(i, make) for i in tree])
    if kind is dict:
        return {key: replaced(i, make) for key, i in tree.items()}
    return tree


def numbers_at(tree: Any, level: Any) -> list[Any]:
    """The numbers of a level in a tree."""
    found: list[Any] = []

    def add(x: Any) -> Any:
        own = at_level(x, level)
        if own is not None:
            found.append(own)
        return x

    replaced(tree, add)
    return found


def difference(x: Any, y: Any, level: Any, weights: Callable[[], np.ndarray]) -> tuple[Any, Any]:
    """(a - b, its derivative along the weights) of two operands; (1, 0) where none is known."""
    token = hush()
    try:
        a = plain(x)
        d = np.subtract(a, plain(y))
        if not (np.abs(d) <= CLOSE * (1.0 + np.abs(a))).any():
            return 1.0, 0.0
        return d, cancelled(*(tangent_along(v, level, weights()) for v in (x, y)))
    except (TypeError, ValueError):  # text, None, shapes that do not fit
        return 1.0, 0.0
    finally:
        unhush(token)


def cancelled(a: Any, b: Any) -> Any:
    """a - b, where differences that are rounding are 0."""
    t = np.subtract(a, b)
    if type(a) is float or type(b) is float:  # 0.0: one of the operands is a constant
        return t
    return np.where(np.abs(t) <= 1e-12 * (np.abs(a) + np.abs(b)), 0.0, t)


def tangent_along(x: Any, level: Any, w: np.ndarray) -> Any:
    """The derivative of x at this level along weights of its directions; 0 for a constant."""
    own = at_level(x, level)
    if own is None:
        return 0.0
    t = np.asarray(plain(own._parts()))[: w.size]
    return np.tensordot(w, t, 1)


def is_blind(x: Any, y: Any) -> bool:
    """Whether a number among two operands is one number 0, at which abs and norm have slope 0."""
    for v in (x, y):
        if is_number(v):
            value = plain(v)
            if np.ndim(value) == 0 and value == 0:
                return True
    return False


def turns(pair: tuple[Any, Any], delta: float) -> bool:
    """Whether a difference changes its sign, or leaves or meets zero, within a small step."""
    d, t = pair
    near = np.abs(d) <= delta * np.abs(t)
    return bool(near.any()) and bool(np.any(near & (t != 0)))


def reach(function: Any, delta: float) -> float:
    """How far to step: tests of closeness have a width of their own."""
    return delta * 1e4 if function in _CLOSENESS else delta


_CLOSENESS = (np.isclose, np.allclose, math.isclose)


def nudged(
    function: Any, args: Any, keywords: Any, result: Any, level: Any, watch: Any, h: float
) -> Any:
    """The function of operands moved by h along the watch's direction; `result` where it fails."""

    def move(x: Any) -> Any:
        own = at_level(x, level)
        value = plain(x)
        if own is None:
            return value
        moved = value + h * watch.along(own, level)
        if isinstance(value, np.ndarray):
            return np.asarray(moved, value.dtype)
        return type(value)(moved) if type(value) in _REAL else moved

    try:
        with np.errstate(all="ignore"):
            return function(*replaced(args, move), **replaced(keywords, move))
    except (TypeError, ValueError, ArithmeticError):
        return result


def same_decision(a: Any, b: Any) -> bool:
    """Whether two results of a decision are the same; NaNs are."""
    if a is b:
        return True
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same_decision, a, b))
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape:
        return False
    return bool(np.array_equal(x, y, equal_nan=x.dtype.kind in "fc"))


# --- the direction -------------------------------------------------------------------------------


def direction_weights(leaves: Any, blocks: Any) -> np.ndarray:
    """A weight for each seed, so that their sum moves each input by about its own size.

    The weights look random, and are the same in every run and in every mode.
    """
    scales = [scale_of(plain(x)) for x in leaves]
    if blocks is None:
        flat_scales = np.concatenate([np.ravel(s) for s in scales]) if scales else np.zeros(0)
        return flat_scales * scattered(flat_scales.size)
    k = np.shape(blocks[0])[0]
    largest = np.zeros(k)
    for s, block in zip(scales, blocks, strict=True):
        ratio = np.abs(plain(block)) / s
        largest = np.maximum(largest, ratio.reshape(k, -1).max(axis=1, initial=0.0))
    size = np.divide(1.0, largest, out=np.zeros(k), where=largest > 0)
    return size * scattered(k)


def scale_of(x: Any) -> np.ndarray:
    """The size of each element; of zeros that of the others, at most 1."""
    size = np.abs(np.asarray(x, float) if not np.iscomplexobj(x) else x)
    if math.isfinite(size.sum()) and size.all():
        return size
    usable = (size > 0) & np.isfinite(size)
    others = min(1.0, float(np.median(size[usable]))) if usable.any() else 1.0
    return np.where(usable, size, others)


@functools.lru_cache(maxsize=64)
def scattered(k: int, seed: float = 78.233) -> np.ndarray:
    """k numbers of either sign between 1/2 and 3/2 in size, without a pattern."""
    i = np.arange(k)
    part = np.modf(np.abs(np.sin(12.9898 * i + seed)) * 43758.5453)[0]
    sign = np.where(np.modf(part * 1024.0)[0] < 0.5, -1.0, 1.0)
    out = sign * (0.5 + part)
    out.flags.writeable = False
    return out
