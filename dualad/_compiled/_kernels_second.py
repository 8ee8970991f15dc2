"""Kernels of second order: parts of hyper-dual answers, in the layouts of `_numbers._hyperdual`.

``k2 = 0`` stands for the symmetric layout. Operands have the answer's columns or, as scalars, one;
their elements may lie in any steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from ._lanes import OUT, TILE, address, kernel, lane, njit, number_at, row_at
from ._partials import fill_second_binary as _fill_binary
from ._partials import fill_second_unary as _fill_unary

_IN = types.Array(types.float64, 2, "A", readonly=True)
_ROW = types.Array(types.float64, 1, "A", readonly=True)
_ROOMS = 8


@njit  # type: ignore[untyped-decorator]  # Numba's
def gathered(start: int, step: int, n: int, room: Any) -> Any:
    """The n doubles from an address on in these steps, as a contiguous array."""
    if step == 8:
        return row_at(start, n)
    if step == 0:
        room[:n] = number_at(start, 0)
    else:
        for j in range(n):
            room[j] = number_at(start, j * step)
    return row_at(address(room, 0), n)


@njit  # type: ignore[untyped-decorator]  # Numba's
def row(x: Any, start: int, n: int, room: Any) -> Any:
    """A tile of a row, or of one number for all."""
    step = x.strides[0] if x.size > 1 else 0
    return gathered(x.ctypes.data + start * step, step, n, room)


@njit  # type: ignore[untyped-decorator]  # Numba's
def _part(t: Any, r: int, start: int, n: int, room: Any) -> Any:
    """A tile of row r of the parts of an operand."""
    step = t.strides[1] if t.shape[1] > 1 else 0
    return gathered(t.ctypes.data + r * t.strides[0] + start * step, step, n, room)


@njit  # type: ignore[untyped-decorator]  # Numba's
def _next(i: int, j: int, k1: int, k2: int) -> tuple[int, int]:
    """The pair of directions after (i, j); j counts rows of e2."""
    if k2:
        return (i, j + 1) if j + 1 < k1 + k2 else (i + 1, k1)
    return (i, j + 1) if j + 1 < k1 else (i + 1, i + 1)


@njit  # type: ignore[untyped-decorator]  # Numba's
def _chain(out: Any, t: Any, d: Any, d2: Any, start: int, k1: int, k2: int, rooms: Any) -> None:
    """A tile of f(x): ``d t``, and ``d t + d2 (t_i t_j)`` for the mixed parts."""
    n = d.size
    i, j = 0, k1 if k2 else 0
    for r in range(out.shape[0]):
        u, o = _part(t, r, start, n, rooms[0]), lane(out, r, start, n)
        if r < k1 + k2:
            for m in range(n):
                o[m] = u[m] * d[m]
            continue
        a, b = _part(t, i, start, n, rooms[1]), _part(t, j, start, n, rooms[2])
        for m in range(n):
            o[m] = u[m] * d[m] + d2[m] * (a[m] * b[m])
        i, j = _next(i, j, k1, k2)


@kernel((OUT, _IN, _ROW, _ROW, types.intp, types.intp))
def second_chain(out: Any, t: Any, d: Any, d2: Any, k1: int, k2: int) -> None:
    """Parts of f(x), given both derivatives."""
    rooms = np.empty((5, TILE))
    for start in range(0, out.shape[1], TILE):
        n = min(TILE, out.shape[1] - start)
        first, second = row(d, start, n, rooms[3]), row(d2, start, n, rooms[4])
        _chain(out, t, first, second, start, k1, k2, rooms)


@kernel((types.intp, OUT, _IN, _ROW, _ROW, types.intp, types.intp))
def second_unary(op: int, out: Any, t: Any, x: Any, y: Any, k1: int, k2: int) -> None:
    """Parts of the function number `op` of `_partials.SECOND_UNARY`."""
    rooms = np.empty((7, TILE))
    for start in range(0, out.shape[1], TILE):
        n = min(TILE, out.shape[1] - start)
        d, d2 = rooms[3][:n], rooms[4][:n]
        u, v = row(x, start, n, rooms[5]), row(y, start, n, rooms[6])
        _fill_unary(op, n, (address(u, 0), address(v, 0), address(d, 0), address(d2, 0)))
        _chain(out, t, d, d2, start, k1, k2, rooms)


@kernel((OUT, _IN, _ROW, _IN, _ROW, types.intp, types.intp))
def second_product(out: Any, s: Any, x: Any, t: Any, y: Any, k1: int, k2: int) -> None:
    """Parts of a product of x with parts s and y with parts t."""
    rooms = np.empty((_ROOMS, TILE))
    for start in range(0, out.shape[1], TILE):
        n = min(TILE, out.shape[1] - start)
        p, q = row(x, start, n, rooms[6]), row(y, start, n, rooms[7])
        i, j = 0, k1 if k2 else 0
        for r in range(out.shape[0]):
            u, v = _part(s, r, start, n, rooms[0]), _part(t, r, start, n, rooms[1])
            o = lane(out, r, start, n)
            if r < k1 + k2:
                for m in range(n):
                    o[m] = u[m] * q[m] + v[m] * p[m]
                continue
            si, sj = _part(s, i, start, n, rooms[2]), _part(s, j, start, n, rooms[3])
            ti, tj = _part(t, i, start, n, rooms[4]), _part(t, j, start, n, rooms[5])
            for m in range(n):
                o[m] = (u[m] * q[m] + v[m] * p[m]) + (si[m] * tj[m] + ti[m] * sj[m])
            i, j = _next(i, j, k1, k2)


@njit  # type: ignore[untyped-decorator]  # Numba's
def _second(which: int, xx: Any, xy: Any, yy: Any, ends: Any, out: Any) -> None:
    """The second-order term of a function of two; bits of `which`: xx, xy and yy are not zero."""
    si, sj, ti, tj = ends
    begun = False
    if which & 1:
        for m in range(out.size):
            out[m] = xx[m] * (si[m] * sj[m])
        begun = True
    if which & 4:
        for m in range(out.size):
            term = yy[m] * (ti[m] * tj[m])
            out[m] = out[m] + term if begun else term
        begun = True
    if which & 2:
        for m in range(out.size):
            term = xy[m] * (si[m] * tj[m] + ti[m] * sj[m])
            out[m] = out[m] + term if begun else term


@njit  # type: ignore[untyped-decorator]  # Numba's
def _terms(
    which: int, out: Any, s: Any, t: Any, partials: Any, start: int, k1: int, k2: int, rooms: Any
) -> None:
    """A tile of f(x, y)."""
    p, q, xx, xy, yy = partials
    n = p.size
    i, j = 0, k1 if k2 else 0
    second = rooms[6][:n]
    for r in range(out.shape[0]):
        u, v = _part(s, r, start, n, rooms[0]), _part(t, r, start, n, rooms[1])
        o = lane(out, r, start, n)
        if r < k1 + k2:
            for m in range(n):
                o[m] = u[m] * p[m] + v[m] * q[m]
            continue
        ends = (
            _part(s, i, start, n, rooms[2]),
            _part(s, j, start, n, rooms[3]),
            _part(t, i, start, n, rooms[4]),
            _part(t, j, start, n, rooms[5]),
        )
        _second(which, xx, xy, yy, ends, second)
        for m in range(n):
            o[m] = (u[m] * p[m] + v[m] * q[m]) + second[m]
        i, j = _next(i, j, k1, k2)


@kernel(
    (types.intp, OUT, _IN, _ROW, _IN, _ROW, _ROW, _ROW, _ROW, types.intp, types.intp),
)
def second_terms(
    which: int,
    out: Any,
    s: Any,
    p: Any,
    t: Any,
    q: Any,
    xx: Any,
    xy: Any,
    yy: Any,
    k1: int,
    k2: int,
) -> None:
    """Parts of f(x, y), given all partials; bits of `which`: xx, xy and yy are not zero."""
    rooms = np.empty((_ROOMS + 4, TILE))
    for start in range(0, out.shape[1], TILE):
        n = min(TILE, out.shape[1] - start)
        partials = (
            row(p, start, n, rooms[7]),
            row(q, start, n, rooms[8]),
            row(xx, start, n, rooms[9]),
            row(xy, start, n, rooms[10]),
            row(yy, start, n, rooms[11]),
        )
        _terms(which, out, s, t, partials, start, k1, k2, rooms)


@kernel(
    (types.intp, types.intp, OUT, _IN, _ROW, _IN, _ROW, _ROW, types.intp, types.intp),
)
def second_binary(
    op: int, which: int, out: Any, s: Any, x: Any, t: Any, y: Any, z: Any, k1: int, k2: int
) -> None:
    """Parts of the function number `op` of `_partials.SECOND_BINARY`."""
    rooms = np.empty((_ROOMS + 8, TILE))
    for start in range(0, out.shape[1], TILE):
        n = min(TILE, out.shape[1] - start)
        a, b = row(x, start, n, rooms[12]), row(y, start, n, rooms[13])
        c = row(z, start, n, rooms[14])
        p, q, xx = rooms[7][:n], rooms[8][:n], rooms[9][:n]
        xy, yy = rooms[10][:n], rooms[11][:n]
        ins = (address(a, 0), address(b, 0), address(c, 0))
        outs = (address(p, 0), address(q, 0), address(xx, 0), address(xy, 0), address(yy, 0))
        _fill_binary(op, n, ins + outs)
        _terms(which, out, s, t, (p, q, xx, xy, yy), start, k1, k2, rooms)


KERNELS: dict[str, Any] = {
    "second_chain": second_chain,
    "second_unary": second_unary,
    "second_product": second_product,
    "second_terms": second_terms,
    "second_binary": second_binary,
}

__all__ = ["KERNELS", "gathered", "row"]
