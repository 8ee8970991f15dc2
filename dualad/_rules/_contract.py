"""Sums of products over pairs of axes, on blocks of lanes, by one call of BLAS where there is one.

`contract(x, axes_x, y, axes_y)` is `np.tensordot` for an x that carries the lanes. The rows of
`matmul`, `dot`, `inner` and `tensordot` are written with it: for an answer whose axes are the
remaining axes of a, then those of b, `pair_lanes` and `pair_transpose` serve all four.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Axes = tuple[int, ...]
# From this many columns on, a stack of matrix products beats one product of a copied stack.
_WIDE = 8


def operand(x: Any) -> Any:
    """x, with lists and Python numbers made arrays."""
    return x if hasattr(x, "shape") else np.asarray(x)


def conj(x: Any) -> Any:
    """The conjugate; x itself, without a copy, where it is real."""
    if isinstance(x, complex):
        return x.conjugate()
    return np.conjugate(x) if getattr(x, "dtype", _REAL).kind == "c" else x


_REAL = np.dtype(float)


def adjoint(a: Any) -> Any:
    """The conjugate transpose of a matrix or of a stack of matrices."""
    return np.swapaxes(conj(a), -1, -2)


def unbroadcast(block: Any, shape: tuple[int, ...]) -> Any:
    """Sum the cotangent block over the axes along which an operand of `shape` was repeated."""
    full = block.shape[1:]
    if full == shape:
        return block
    extra = len(full) - len(shape)
    axes = tuple(range(1, 1 + extra)) + tuple(
        1 + extra + i for i, n in enumerate(shape) if n == 1 and full[extra + i] != 1
    )
    if axes:
        block = block.sum(axis=axes)
    return block.reshape((block.shape[0], *shape))


def align(block: Any, missing: int) -> Any:
    """Insert `missing` axes of length 1 behind the lanes, so that the rest broadcasts rightly."""
    if missing <= 0:
        return block
    shape = block.shape
    return block.reshape((shape[0], *(1,) * missing, *shape[1:]))


def column(x: Any, axis: int) -> Any:
    """x with a new axis of length 1, which then is `axis` (negative)."""
    shape = x.shape
    at = len(shape) + 1 + axis
    return x.reshape((*shape[:at], 1, *shape[at:]))


def contract(x: Any, axes_x: Axes, y: Any, axes_y: Axes) -> Any:
    """Sum over the axes `axes_x` of x and `axes_y` of y; the answer has x's other axes first."""
    shape_x, shape_y = np.shape(x), np.shape(y)
    nx, ny = len(shape_x), len(shape_y)
    if nx == 0 or ny == 0:
        return x * y
    sum_x, sum_y = [a % nx for a in axes_x], [a % ny for a in axes_y]
    rest_x = [a for a in range(nx) if a not in sum_x]
    rest_y = [a for a in range(ny) if a not in sum_y]
    out = [shape_x[a] for a in rest_x] + [shape_y[a] for a in rest_y]
    if not sum_x:
        return x.reshape(shape_x + (1,) * ny) * y
    inner = math.prod([shape_x[a] for a in sum_x])
    left = _arrange(x, rest_x + sum_x, (math.prod([shape_x[a] for a in rest_x]), inner))
    if not rest_y:
        right = _arrange(y, sum_y, (inner,))
    else:
        right = _arrange(y, sum_y + rest_y, (inner, math.prod([shape_y[a] for a in rest_y])))
    product = np.matmul(left, right)
    return product if product.shape == tuple(out) else product.reshape(out)


def _arrange(x: Any, order: list[int], shape: tuple[int, ...]) -> Any:
    if order != list(range(len(order))):
        x = x.transpose(order)
    return x if x.shape == shape else x.reshape(shape)


def _permute(x: Any, order: list[int]) -> Any:
    return x if order == list(range(len(order))) else x.transpose(order)


def lanes_last(block: Any) -> Any:
    """A view of the block with the lanes as its last axis."""
    return block.transpose((*range(1, block.ndim), 0))


def lanes_first(block: Any) -> Any:
    """The inverse of `lanes_last`."""
    last = block.ndim - 1
    return block.transpose((last, *range(last)))


def product_lanes(i: int, block: Any, a: Any, b: Any) -> Any:
    """Lanes of a matrix product of vectors and matrices: the hot cases of `pair_lanes`."""
    if i == 0:
        if block.ndim == 2 or b.ndim == 1:
            return np.matmul(block, b)
        k, n, m = block.shape
        return np.matmul(block.reshape((k * n, m)), b).reshape((k, n, b.shape[1]))
    if block.ndim == 2:
        return np.matmul(block, a.transpose())
    if a.ndim == 1 or block.shape[2] >= _WIDE:
        return np.matmul(a, block)
    k, m, p = block.shape
    product = np.matmul(block.transpose((0, 2, 1)).reshape((k * p, m)), a.transpose())
    return product.reshape((k, p, a.shape[0])).transpose((0, 2, 1))


def product_transpose(i: int, ct: Any, a: Any, b: Any) -> Any:
    """Cotangents of the same product."""
    k = ct.shape[0]
    if i == 0:
        b = conj(b)
        if b.ndim == 1:
            return ct.reshape((*ct.shape, 1)) * b
        if a.ndim == 1:
            return np.matmul(ct, b.transpose())
        n, p = ct.shape[1:]
        return np.matmul(ct.reshape((k * n, p)), b.transpose()).reshape((k, n, b.shape[0]))
    a = conj(a)
    if a.ndim == 1:
        if b.ndim == 1:
            return ct.reshape((k, 1)) * a
        return ct.reshape((k, 1, -1)) * a.reshape((-1, 1))
    if b.ndim == 1:
        return np.matmul(ct, a)
    n, p = ct.shape[1:]
    if p >= _WIDE:
        return np.matmul(a.transpose(), ct)
    product = np.matmul(ct.transpose((0, 2, 1)).reshape((k * p, n)), a)
    return product.reshape((k, p, a.shape[1])).transpose((0, 2, 1))


def pair_lanes(axes_a: Axes, axes_b: Axes, i: int, block: Any, operands: tuple[Any, ...]) -> Any:
    """Lanes of the sum over the (negative) axes of both operands, the rest in order."""
    a, b = operands
    if i == 0:
        return contract(block, axes_a, b, axes_b)
    nb = np.ndim(b)
    product = contract(block, axes_b, a, axes_a)  # (k,) + rest of b + rest of a
    split, end = 1 + nb - len(axes_b), np.ndim(product)
    return _permute(product, [0, *range(split, end), *range(1, split)])


def pair_transpose(axes_a: Axes, axes_b: Axes, i: int, ct: Any, operands: tuple[Any, ...]) -> Any:
    """The cotangent block of operand i of the same sum."""
    a, b = operands
    na, nb = np.ndim(a), np.ndim(b)
    free_a = [d for d in range(-na, 0) if d not in axes_a]
    free_b = [d for d in range(-nb, 0) if d not in axes_b]
    if i == 0:
        own, free, n, sums, other_sums = conj(b), free_b, na, axes_a, axes_b
        ct_axes = tuple(range(1 + len(free_a), 1 + len(free_a) + len(free_b)))
        kept = free_a
    else:
        own, free, n, sums, other_sums = conj(a), free_a, nb, axes_b, axes_a
        ct_axes = tuple(range(1, 1 + len(free_a)))
        kept = free_b
    product = contract(ct, ct_axes, own, tuple(free))
    # Its axes: the lanes, the kept axes of the operand, and its summed axes in the other's order.
    partner = dict(zip(other_sums, sums, strict=True))
    where = [d + n for d in kept] + [partner[d] + n for d in sorted(other_sums)]
    order = sorted(range(n), key=where.__getitem__)
    return _permute(product, [0, *(1 + d for d in order)])
