"""Fused kernels for eager numbers: all parts of an answer in one pass over the blocks.

Values come from NumPy's own loops, and so do partial derivatives that call functions; what is
fused here is the chain rule: partial times tangent, summed over operands, for all lanes. A
kernel rounds where the NumPy expression rounds (no contraction, the same order), so both give the
same bits and calls answer alike whenever the kernels arrive.

Importing this module imports Numba and takes the kernels from its cache on disk, or compiles them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from . import _kernels_second, _partials
from ._kernels_second import gathered, row
from ._lanes import (
    IN,
    LANES,
    OUT,
    ROW,
    TILE,
    address,
    kernel,
    lane,
    njit,
    row_at,
)

_TINY = 2.2250738585072014e-308
_fill_unary, _fill_binary = _partials.fill_unary, _partials.fill_binary


@kernel((OUT, IN, IN), returns=types.boolean)
def product(block: Any, a: Any, b: Any) -> bool:
    """A product: ``a_0 b_0``, ``b_l a_0 + a_l b_0``. Row 0 of the blocks holds the values.

    False where NumPy may have something to say about a value: it is then to compute them.
    """
    doubtful = 0
    for start in range(0, block.shape[1], TILE):
        n = min(TILE, block.shape[1] - start)
        x, y, out = lane(a, 0, start, n), lane(b, 0, start, n), lane(block, 0, start, n)
        for i in range(n):
            z = x[i] * y[i]
            size = abs(z)
            doubtful += 0 if _TINY <= size < np.inf else 1
            out[i] = z
        for r in range(1, a.shape[0]):
            u, v, out = lane(a, r, start, n), lane(b, r, start, n), lane(block, r, start, n)
            for i in range(n):
                out[i] = v[i] * x[i] + u[i] * y[i]
    return doubtful == 0


@kernel((types.intp, OUT, IN))
def unary(op: int, block: Any, a: Any) -> None:
    """Tangents of the function number `op` of `_partials.UNARY`; its value is there."""
    p = np.empty(min(TILE, block.shape[1]))
    for start in range(0, block.shape[1], TILE):
        n = min(TILE, block.shape[1] - start)
        x, y = lane(a, 0, start, n), lane(block, 0, start, n)
        _fill_unary(op, n, (address(x, 0), address(y, 0), address(p, 0)))
        for r in range(1, a.shape[0]):
            u, out = lane(a, r, start, n), lane(block, r, start, n)
            for i in range(n):
                out[i] = u[i] * p[i]


@kernel((types.intp, OUT, IN, IN))
def binary(op: int, block: Any, a: Any, b: Any) -> None:
    """Tangents of the function number `op` of `_partials.BINARY`; its value is there."""
    size = min(TILE, block.shape[1])
    p, q = np.empty(size), np.empty(size)
    for start in range(0, block.shape[1], TILE):
        n = min(TILE, block.shape[1] - start)
        x, y, z = lane(a, 0, start, n), lane(b, 0, start, n), lane(block, 0, start, n)
        places = (address(x, 0), address(y, 0), address(z, 0), address(p, 0), address(q, 0))
        _fill_binary(op, n, places)
        for r in range(1, a.shape[0]):
            u, v, out = lane(a, r, start, n), lane(b, r, start, n), lane(block, r, start, n)
            for i in range(n):
                out[i] = u[i] * p[i] + v[i] * q[i]


@kernel((OUT, IN, ROW))
def scale(tail: Any, s: Any, p: Any) -> None:
    """Tangents of a function of one operand: ``s_l p``."""
    for start in range(0, tail.shape[1], TILE):
        n = min(TILE, tail.shape[1] - start)
        x = row_at(address(p, start), n)
        for r in range(tail.shape[0]):
            u, out = lane(s, r, start, n), lane(tail, r, start, n)
            for i in range(n):
                out[i] = u[i] * x[i]


@kernel((OUT, IN, ROW, IN, ROW))
def terms(tail: Any, s: Any, p: Any, t: Any, q: Any) -> None:
    """Tangents of a function of two operands: ``s_l p + t_l q``."""
    for start in range(0, tail.shape[1], TILE):
        n = min(TILE, tail.shape[1] - start)
        x, y = row_at(address(p, start), n), row_at(address(q, start), n)
        for r in range(tail.shape[0]):
            u, v, out = lane(s, r, start, n), lane(t, r, start, n), lane(tail, r, start, n)
            for i in range(n):
                out[i] = u[i] * x[i] + v[i] * y[i]


# --- single precision: partials are double, and products are rounded once ------------------------

_IN4 = types.Array(types.float32, 2, "C", readonly=True)
_OUT4 = types.Array(types.float32, 2, "C")


@kernel((_OUT4, _IN4, ROW))
def scale_single(tail: Any, s: Any, p: Any) -> None:
    """`scale` of float32 blocks."""
    for r in range(tail.shape[0]):
        u, out = s[r], tail[r]
        for i in range(out.size):
            out[i] = np.float32(np.float64(u[i]) * p[i])


@kernel((_OUT4, _IN4, ROW, _IN4, ROW))
def terms_single(tail: Any, s: Any, p: Any, t: Any, q: Any) -> None:
    """`terms` of float32 blocks."""
    for r in range(tail.shape[0]):
        u, v, out = s[r], t[r], tail[r]
        for i in range(out.size):
            out[i] = np.float32(np.float64(u[i]) * p[i] + np.float64(v[i]) * q[i])


# --- operands of other shapes, or with gaps ------------------------------------------------------

_GRID = types.Array(types.float64, 3, "A", readonly=True)
_PLANE = types.Array(types.float64, 2, "A", readonly=True)
_OUT3 = types.Array(types.float64, 3, "C")


@njit  # type: ignore[untyped-decorator]  # Numba's
def _steps(a: Any) -> tuple[int, int]:
    """Bytes between rows and between columns of the last two axes; none along an axis of one."""
    m, n = a.shape[-2], a.shape[-1]
    return (a.strides[-2] if m > 1 else 0), (a.strides[-1] if n > 1 else 0)


@kernel((_OUT3, _GRID, _PLANE, _GRID, _PLANE))
def grid(tail: Any, s: Any, p: Any, t: Any, q: Any) -> None:
    """`terms` of operands and partials with one row or column, or with gaps between elements."""
    size = min(TILE, tail.shape[2])
    rooms = np.empty((4, size))
    (si, sj), (pi, pj), (ti, tj), (qi, qj) = _steps(s), _steps(p), _steps(t), _steps(q)
    for i in range(tail.shape[1]):
        for start in range(0, tail.shape[2], TILE):
            n = min(TILE, tail.shape[2] - start)
            x = gathered(p.ctypes.data + i * pi + start * pj, pj, n, rooms[0])
            y = gathered(q.ctypes.data + i * qi + start * qj, qj, n, rooms[1])
            for r in range(tail.shape[0]):
                here = s.ctypes.data + r * s.strides[0] + i * si + start * sj
                there = t.ctypes.data + r * t.strides[0] + i * ti + start * tj
                u, v = gathered(here, sj, n, rooms[2]), gathered(there, tj, n, rooms[3])
                out = tail[r, i, start : start + n]
                for j in range(n):
                    out[j] = u[j] * x[j] + v[j] * y[j]


# --- scalars among arrays: of the parameters of a model, each has one lane -----------------------
# As NumPy's expressions do (`_numbers._fast_binary._place`), only that lane is touched.


@njit  # type: ignore[untyped-decorator]  # Numba's
def _only(s: Any) -> int:
    """The one lane of a scalar that is not zero; -1 where there are others or none."""
    found = -1
    for r in range(s.size):
        if s[r] != 0.0:
            if found >= 0:
                return -1
            found = r
    return found


@kernel((OUT, LANES, LANES))
def spread(tail: Any, s: Any, q: Any) -> None:
    """Tangents of a function of one scalar: ``s_l q``. Partials are rows, or one number for all."""
    only = _only(s)
    room = np.empty(TILE)
    for start in range(0, tail.shape[1], TILE):
        n = min(TILE, tail.shape[1] - start)
        y = row(q, start, n, room)
        for r in range(tail.shape[0]):
            out = lane(tail, r, start, n)
            if only < 0:
                for i in range(n):
                    out[i] = s[r] * y[i]
            elif r == only:
                for i in range(n):
                    out[i] = 0.0 + y[i] * s[r]
            else:
                out[:] = 0.0


@kernel((OUT, IN, LANES, LANES, LANES))
def array_scalar(tail: Any, t: Any, p: Any, s: Any, q: Any) -> None:
    """Tangents of a function of an array and a scalar: ``t_l p + s_l q``."""
    only = _only(s)
    rooms = np.empty((2, TILE))
    for start in range(0, tail.shape[1], TILE):
        n = min(TILE, tail.shape[1] - start)
        x, y = row(p, start, n, rooms[0]), row(q, start, n, rooms[1])
        for r in range(tail.shape[0]):
            u, out = lane(t, r, start, n), lane(tail, r, start, n)
            if only < 0 or r == only:
                for i in range(n):
                    out[i] = u[i] * x[i] + y[i] * s[r]
            else:
                for i in range(n):
                    out[i] = u[i] * x[i]


@kernel((OUT, LANES, LANES, IN, LANES))
def scalar_array(tail: Any, s: Any, p: Any, t: Any, q: Any) -> None:
    """Tangents of a function of a scalar and an array: ``s_l p + t_l q``."""
    only = _only(s)
    rooms = np.empty((2, TILE))
    for start in range(0, tail.shape[1], TILE):
        n = min(TILE, tail.shape[1] - start)
        x, y = row(p, start, n, rooms[0]), row(q, start, n, rooms[1])
        for r in range(tail.shape[0]):
            u, out = lane(t, r, start, n), lane(tail, r, start, n)
            if only < 0:
                for i in range(n):
                    out[i] = s[r] * x[i] + u[i] * y[i]
            elif r == only:
                for i in range(n):
                    out[i] = (0.0 + x[i] * s[r]) + u[i] * y[i]
            else:
                for i in range(n):
                    out[i] = 0.0 + u[i] * y[i]


def _numbered(rows: Any) -> dict[Any, int]:
    return {r: number for number, r in enumerate(rows)}


KERNELS: dict[str, Any] = {
    "product": product,
    "unary": unary,
    "binary": binary,
    "scale": scale,
    "terms": terms,
    "scale_single": scale_single,
    "terms_single": terms_single,
    "grid": grid,
    "spread": spread,
    "array_scalar": array_scalar,
    "scalar_array": scalar_array,
    **_kernels_second.KERNELS,
    # The rows whose partials are computed inside, and by which number.
    "unary_rows": _numbered(_partials.UNARY),
    "binary_rows": _numbered(_partials.BINARY),
    "second_unary_rows": _numbered(_partials.SECOND_UNARY),
    "second_binary_rows": _numbered(_partials.SECOND_BINARY),
}

__all__ = ["KERNELS"]
