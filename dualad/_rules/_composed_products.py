"""Products that are written in terms of others: outer, kron, cross, vdot, multi_dot, ..."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import operand
from ._row import Composed, Row


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    _no_out("outer", out)
    return np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, (1, -1)))


def _no_out(name: str, out: Any) -> None:
    if out is not None:
        raise NoRuleError(f"np.{name} with out= has no derivative rule", "the answer itself")


def _linalg_outer(x1: Any, x2: Any, /) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            "Input arrays must be one-dimensional, but they are "
            f"x1.ndim={np.ndim(x1)} and x2.ndim={np.ndim(x2)}."
        )
    return _outer(x1, x2)


def _kron(a: Any, b: Any) -> Any:
    a, b = operand(a), operand(b)
    if a.ndim == 0 or b.ndim == 0:
        # As arrays, also where one of them is a Python float: these are not weak in promotion.
        a, b = np.reshape(a, a.shape), np.reshape(b, b.shape)
        return np.multiply(a, b)
    n = max(a.ndim, b.ndim)
    shape_a = (1,) * (n - a.ndim) + a.shape
    shape_b = (1,) * (n - b.ndim) + b.shape
    # (a1, 1, a2, 1, ...) times (1, b1, 1, b2, ...)
    wide_a = a.reshape([m for length in shape_a for m in (length, 1)])
    wide_b = b.reshape([m for length in shape_b for m in (1, length)])
    return np.multiply(wide_a, wide_b).reshape(
        [p * q for p, q in zip(shape_a, shape_b, strict=True)]
    )


def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(operand(a), axisa, -1), np.moveaxis(operand(b), axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    a0, a1, b0, b1 = a[..., 0], a[..., 1], b[..., 0], b[..., 1]
    last = a0 * b1 - a1 * b0
    if a.shape[-1] == b.shape[-1] == 2:
        return last
    if b.shape[-1] == 2:
        a2 = a[..., 2]
        parts = (-(a2 * b1), a2 * b0, last)
    elif a.shape[-1] == 2:
        b2 = b[..., 2]
        parts = (a1 * b2, -(a0 * b2), last)
    else:
        a2, b2 = a[..., 2], b[..., 2]
        parts = (a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, last)
    return np.moveaxis(np.stack(parts, axis=-1), -1, axisc)


def _linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    x1, x2 = operand(x1), operand(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{x1.shape[axis]} and {x2.shape[axis]} dimensional instead."
        )
    return _cross(x1, x2, axis=axis)


def _vdot(a: Any, b: Any, /) -> Any:
    return np.vecdot(np.reshape(a, -1), np.reshape(b, -1))


def _chain_order(sizes: Sequence[int]) -> list[list[int]]:
    """Where to split each product of matrices i..j; `sizes` are their rows and the last columns.

    Cormen et al., "Introduction to Algorithms", chapter 15.2. Equal costs are resolved as NumPy
    does, so that the sums are the same to the last bit.
    """
    n = len(sizes) - 1
    cost = [[0.0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j] = float("inf")
            for k in range(i, j):
                q = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                if q < cost[i][j]:
                    cost[i][j], split[i][j] = q, k
    return split


def _chain(arrays: Sequence[Any], split: list[list[int]], i: int, j: int) -> Any:
    if i == j:
        return arrays[i]
    k = split[i][j]
    return np.dot(_chain(arrays, split, i, k), _chain(arrays, split, k + 1, j))


def _multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    _no_out("linalg.multi_dot", out)
    n = len(arrays)
    if n < 2:
        raise ValueError("Expecting at least two arrays.")
    if n == 2:
        return np.dot(arrays[0], arrays[1])
    arrays = [operand(a) for a in arrays]
    row, col = arrays[0].ndim == 1, arrays[-1].ndim == 1
    if row:
        arrays[0] = arrays[0].reshape((1, -1))
    if col:
        arrays[-1] = arrays[-1].reshape((-1, 1))
    for a in arrays:
        if a.ndim != 2:
            raise np.linalg.LinAlgError(
                f"{a.ndim}-dimensional array given. Array must be two-dimensional"
            )
    if n == 3:
        answer = _three(*arrays)
    else:
        sizes = [a.shape[0] for a in arrays] + [arrays[-1].shape[1]]
        answer = _chain(arrays, _chain_order(sizes), 0, n - 1)
    if row and col:
        return answer[0, 0]
    return answer.reshape(-1) if row or col else answer


def _three(a: Any, b: Any, c: Any) -> Any:
    rows, inner = a.shape
    middle, columns = c.shape
    if rows * middle * (inner + columns) < inner * columns * (rows + middle):
        return np.dot(np.dot(a, b), c)
    return np.dot(a, np.dot(b, c))


def _matrix_power(a: Any, n: int) -> Any:
    a, n = operand(a), operator.index(n)
    if n == 0:
        eye = np.eye(a.shape[-1], dtype=a.dtype)
        return np.broadcast_to(eye, a.shape).copy()
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 3:
        return np.matmul(np.matmul(a, a), a)
    answer = square = None
    while n > 0:
        square = a if square is None else np.matmul(square, square)
        n, bit = divmod(n, 2)
        if bit:
            answer = square if answer is None else np.matmul(answer, square)
    return answer


def _linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    vecdot: Any = np.vecdot  # its stub does not know `axis`
    return vecdot(x1, x2, axis=axis)


COMPOSED_PRODUCTS: tuple[Row, ...] = (
    Composed(np.outer, _outer, pin=False),
    Composed(np.kron, _kron, pin=False),
    Composed(np.cross, _cross, pin=False),
    Composed(np.vdot, _vdot),
    Composed(np.linalg.outer, _linalg_outer, pin=False),
    Composed(np.linalg.cross, _linalg_cross, pin=False),
    Composed(np.linalg.multi_dot, _multi_dot, pin=False),
    Composed(np.linalg.matrix_power, _matrix_power, pin=False),
    Composed(np.linalg.matmul, lambda x1, x2, /: np.matmul(x1, x2), pin=False),
    Composed(np.linalg.vecdot, _linalg_vecdot, pin=False),
    Composed(
        np.linalg.tensordot,
        lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes=axes),
        pin=False,
    ),
)
