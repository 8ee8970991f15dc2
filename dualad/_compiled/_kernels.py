"""Fused kernels for eager numbers: all parts of an answer in one pass over the blocks.

Values and partial derivatives come from NumPy's own loops, which the rows call as they stand; what
is fused here is the chain rule: partial times tangent, summed over operands, for all lanes. A
kernel rounds where the NumPy expression rounds (no contraction, the same order), so both give the
same bits and calls answer alike whenever the kernels arrive.

Importing this module imports Numba and takes the kernels from its cache on disk, or compiles them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

njit: Any = numba.njit  # its stubs know no signatures
carray: Any = numba.carray  # type: ignore[attr-defined]  # exported, but not by name

# Blocks are any views with their elements in steps of a row, read-only ones too; answers are fresh
# and C-contiguous.
_IN = types.Array(types.float64, 2, "A", readonly=True)
_ROW = types.Array(types.float64, 1, "C", readonly=True)
_LANES = types.Array(types.float64, 1, "A", readonly=True)
_OUT = types.Array(types.float64, 2, "C")
_SCALAR = types.float64


def _pointer_type(_context: Any, address: Any) -> Any:
    def generate(_codegen: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.intp), generate


_pointer: Any = intrinsic(_pointer_type)


@njit  # type: ignore[untyped-decorator]  # Numba's
def _lane(block: Any, i: int) -> Any:
    """Row i as a contiguous array, which LLVM vectorises; the rows themselves may lie apart."""
    return carray(_pointer(block.ctypes.data + i * block.strides[0]), block.shape[1], np.float64)


def _kernel(*arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    signatures = [types.void(*a) for a in arguments]
    compiled = njit(signatures, error_model="numpy", nogil=True, cache=True)
    return lambda f: compiled(f)


@_kernel((_OUT, _IN, _IN))
def product(block: Any, a: Any, b: Any) -> None:
    """Tangents of a product: ``b_l a_0 + a_l b_0``. Row 0 of the blocks holds the values."""
    x, y = _lane(a, 0), _lane(b, 0)
    for lane in range(1, a.shape[0]):
        u, v, out = _lane(a, lane), _lane(b, lane), block[lane]
        for i in range(out.size):
            out[i] = v[i] * x[i] + u[i] * y[i]


@_kernel((_OUT, _IN, _ROW, _IN, _ROW))
def terms(tail: Any, s: Any, p: Any, t: Any, q: Any) -> None:
    """Tangents of a function of two operands: ``s_l p + t_l q``."""
    for lane in range(tail.shape[0]):
        u, v, out = _lane(s, lane), _lane(t, lane), tail[lane]
        for i in range(out.size):
            out[i] = u[i] * p[i] + v[i] * q[i]


# --- scalars among arrays: of the parameters of a model, each has one lane -----------------------
# As NumPy's expressions do (`_numbers._fast_binary._place`), only that lane is touched.


@njit  # type: ignore[untyped-decorator]  # Numba's
def _only(s: Any) -> int:
    """The one lane of a scalar that is not zero; -1 where there are others or none."""
    found = -1
    for lane in range(s.size):
        if s[lane] != 0.0:
            if found >= 0:
                return -1
            found = lane
    return found


def _at(p: Any, _i: int) -> Any:
    """Element i of a partial, which may be one number for all."""
    return p if np.ndim(p) == 0 else p[_i]


@overload(_at, strict=False)  # the check of signatures compares annotations too
def _at_compiled(p: Any, _i: Any) -> Any:
    if isinstance(p, types.Float):
        return lambda p, _i: p
    return lambda p, _i: p[_i]


_PARTIALS = [(p, q) for p in (_SCALAR, _ROW) for q in (_SCALAR, _ROW)]


@_kernel(*((_OUT, _LANES, q) for q in (_SCALAR, _ROW)))
def spread(tail: Any, s: Any, q: Any) -> None:
    """Tangents of a function of one scalar: ``s_l q``."""
    only = _only(s)
    for lane in range(tail.shape[0]):
        out = tail[lane]
        if only < 0:
            for i in range(out.size):
                out[i] = s[lane] * _at(q, i)
        elif lane == only:
            for i in range(out.size):
                out[i] = 0.0 + _at(q, i) * s[lane]
        else:
            out[:] = 0.0


@_kernel(*((_OUT, _IN, p, _LANES, q) for p, q in _PARTIALS))
def array_scalar(tail: Any, t: Any, p: Any, s: Any, q: Any) -> None:
    """Tangents of a function of an array and a scalar: ``t_l p + s_l q``."""
    only = _only(s)
    for lane in range(tail.shape[0]):
        u, out = _lane(t, lane), tail[lane]
        if only < 0 or lane == only:
            for i in range(out.size):
                out[i] = u[i] * _at(p, i) + _at(q, i) * s[lane]
        else:
            for i in range(out.size):
                out[i] = u[i] * _at(p, i)


@_kernel(*((_OUT, _LANES, p, _IN, q) for p, q in _PARTIALS))
def scalar_array(tail: Any, s: Any, p: Any, t: Any, q: Any) -> None:
    """Tangents of a function of a scalar and an array: ``s_l p + t_l q``."""
    only = _only(s)
    for lane in range(tail.shape[0]):
        u, out = _lane(t, lane), tail[lane]
        if only < 0:
            for i in range(out.size):
                out[i] = s[lane] * _at(p, i) + u[i] * _at(q, i)
        elif lane == only:
            for i in range(out.size):
                out[i] = (0.0 + _at(p, i) * s[lane]) + u[i] * _at(q, i)
        else:
            for i in range(out.size):
                out[i] = 0.0 + u[i] * _at(q, i)


# --- second order: the layouts of `_numbers._hyperdual`; k2 = 0 stands for the symmetric one -----


@njit  # type: ignore[untyped-decorator]  # Numba's
def _next(i: int, j: int, k1: int, k2: int) -> tuple[int, int]:
    """The pair of directions after (i, j); j counts rows of e2."""
    if k2:
        return (i, j + 1) if j + 1 < k1 + k2 else (i + 1, k1)
    return (i, j + 1) if j + 1 < k1 else (i + 1, i + 1)


@_kernel((_OUT, _IN, _ROW, _ROW, types.intp, types.intp))
def second_chain(out: Any, t: Any, d: Any, d2: Any, k1: int, k2: int) -> None:
    """Parts of f(x): ``d t``, and ``d t + d2 (t_i t_j)`` for the mixed ones."""
    for r in range(k1 + k2):
        u, o = _lane(t, r), out[r]
        for n in range(o.size):
            o[n] = u[n] * d[n]
    i, j = 0, k1 if k2 else 0
    for r in range(k1 + k2, out.shape[0]):
        u, a, b, o = _lane(t, r), _lane(t, i), _lane(t, j), out[r]
        for n in range(o.size):
            o[n] = u[n] * d[n] + d2[n] * (a[n] * b[n])
        i, j = _next(i, j, k1, k2)


@_kernel((_OUT, _IN, _ROW, _IN, _ROW, types.intp, types.intp))
def second_product(out: Any, s: Any, x: Any, t: Any, y: Any, k1: int, k2: int) -> None:
    """Parts of a product of x with parts s and y with parts t."""
    for r in range(k1 + k2):
        u, v, o = _lane(s, r), _lane(t, r), out[r]
        for n in range(o.size):
            o[n] = u[n] * y[n] + v[n] * x[n]
    i, j = 0, k1 if k2 else 0
    for r in range(k1 + k2, out.shape[0]):
        u, v, o = _lane(s, r), _lane(t, r), out[r]
        si, sj, ti, tj = _lane(s, i), _lane(s, j), _lane(t, i), _lane(t, j)
        for n in range(o.size):
            o[n] = (u[n] * y[n] + v[n] * x[n]) + (si[n] * tj[n] + ti[n] * sj[n])
        i, j = _next(i, j, k1, k2)


@_kernel((_OUT, _IN, _ROW, _IN, _ROW, _ROW, _ROW, _ROW, types.intp, types.intp))
def second_terms(
    out: Any, s: Any, p: Any, t: Any, q: Any, xx: Any, xy: Any, yy: Any, k1: int, k2: int
) -> None:
    """Parts of f(x, y); of xx, xy and yy, the second partials, those of size 0 vanish."""
    for r in range(k1 + k2):
        u, v, o = _lane(s, r), _lane(t, r), out[r]
        for n in range(o.size):
            o[n] = u[n] * p[n] + v[n] * q[n]
    i, j = 0, k1 if k2 else 0
    second = np.empty(out.shape[1])
    for r in range(k1 + k2, out.shape[0]):
        u, v, o = _lane(s, r), _lane(t, r), out[r]
        si, sj, ti, tj = _lane(s, i), _lane(s, j), _lane(t, i), _lane(t, j)
        begun = False
        if xx.size:
            for n in range(o.size):
                second[n] = xx[n] * (si[n] * sj[n])
            begun = True
        if yy.size:
            for n in range(o.size):
                term = yy[n] * (ti[n] * tj[n])
                second[n] = second[n] + term if begun else term
            begun = True
        if xy.size:
            for n in range(o.size):
                term = xy[n] * (si[n] * tj[n] + ti[n] * sj[n])
                second[n] = second[n] + term if begun else term
        for n in range(o.size):
            o[n] = (u[n] * p[n] + v[n] * q[n]) + second[n]
        i, j = _next(i, j, k1, k2)


KERNELS: dict[str, Any] = {
    "product": product,
    "terms": terms,
    "spread": spread,
    "array_scalar": array_scalar,
    "scalar_array": scalar_array,
    "second_chain": second_chain,
    "second_product": second_product,
    "second_terms": second_terms,
}

__all__ = ["KERNELS"]
