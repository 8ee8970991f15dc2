"""The rows of products: matmul, dot, inner, tensordot, einsum, vecdot, convolve and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._composed_products import COMPOSED_PRODUCTS
from ._contract import (
    adjoint,
    align,
    column,
    conj,
    contract,
    lanes_first,
    operand,
    pair_lanes,
    pair_transpose,
    product_lanes,
    product_transpose,
    unbroadcast,
)
from ._convolve import CONVOLVE
from ._einsum import EINSUM
from ._row import Multilinear, Row

Pair = tuple[Any, Any]
_vecdot: Any = np.vecdot  # its stub does not know `axis`


def _no_keywords(name: str, keywords: dict[str, Any], instead: str) -> None:
    given = sorted(k for k, v in keywords.items() if v is not None)
    if given:
        raise NoRuleError(f"np.{name} with {', '.join(given)}= has no derivative rule", instead)


# --- matmul ------------------------------------------------------------------------------------


def _pair_of(name: str) -> Any:
    def prepare(x1: Any, x2: Any, /, **keywords: Any) -> tuple[Pair, tuple[()]]:
        _no_keywords(name, keywords, f"np.moveaxis on the operands, then np.{name} without it")
        return (operand(x1), operand(x2)), ()

    return prepare


def _plain_axes(nb: int) -> tuple[tuple[int], tuple[int]]:
    return (-1,), (-1 if nb == 1 else -2,)


def _matmul_lanes(_params: Any, i: int, block: Any, operands: Pair) -> Any:
    a, b = operands
    na, nb = a.ndim, b.ndim
    if na <= 2 and nb <= 2:
        return product_lanes(i, block, a, b)
    if i == 0:
        if nb <= 2:
            return contract(block, (-1,), b, _plain_axes(nb)[1])
        if na == 1:
            return np.moveaxis(np.matmul(block, b), -2, 0)
        return np.matmul(align(block, nb - na), b)
    if na == 1:
        return contract(block, (-2,), a, (0,))
    if nb == 1:
        return lanes_first(np.matmul(a, block.transpose()))
    return np.matmul(a, align(block, na - nb))


def _matmul_transpose(_params: Any, i: int, ct: Any, operands: Pair) -> Any:
    a, b = operands
    na, nb = a.ndim, b.ndim
    if na <= 2 and nb <= 2:
        return product_transpose(i, ct, a, b)
    if i == 0:
        if nb == 1:
            return column(ct, -1) * conj(b)
        if nb == 2:
            return contract(ct, (-1,), conj(b), (-1,))
        if na <= 2:  # b is a stack: its members are summed
            return contract(ct, (*range(1, nb - 1), -1), conj(b), (*range(nb - 2), -1))
        return unbroadcast(np.matmul(ct, adjoint(b)), a.shape)
    if nb == 1:
        return contract(ct, tuple(range(1, na)), conj(a), tuple(range(na - 1)))
    if na == 1:
        return column(conj(a), -1) * column(ct, -2)
    if nb == 2:
        product = contract(ct, tuple(range(1, na)), conj(a), tuple(range(na - 1)))
        return np.swapaxes(product, -1, -2)
    return unbroadcast(np.matmul(adjoint(a), ct), b.shape)


# --- dot, inner, tensordot: params are the two tuples of summed axes ----------------------------


def _dot_prepare(a: Any, b: Any, out: Any = None) -> tuple[Pair, Any]:
    _no_keywords("dot", {"out": out}, "the answer itself")
    a, b = operand(a), operand(b)
    if a.ndim == 0 or b.ndim == 0:
        return (a, b), ((), ())
    return (a, b), _plain_axes(b.ndim)


def _inner_prepare(a: Any, b: Any, /) -> tuple[Pair, Any]:
    a, b = operand(a), operand(b)
    if a.ndim == 0 or b.ndim == 0:
        return (a, b), ((), ())
    return (a, b), ((-1,), (-1,))


def _tensordot_prepare(a: Any, b: Any, axes: Any = 2) -> tuple[Pair, Any]:
    a, b = operand(a), operand(b)
    if np.iterable(axes):
        first, second = axes
        sums = [tuple(s) if np.iterable(s) else (s,) for s in (first, second)]
    else:
        sums = [tuple(range(-axes, 0)), tuple(range(axes))]
    ndims = a.ndim, b.ndim
    axes_a, axes_b = (
        tuple(int(s) - n if s >= 0 else int(s) for s in part)
        for part, n in zip(sums, ndims, strict=True)
    )
    return (a, b), (axes_a, axes_b)


def _dot_lanes(params: Any, i: int, block: Any, operands: Pair) -> Any:
    a, b = operands
    if params[0] and a.ndim <= 2 and b.ndim <= 2:
        return product_lanes(i, block, a, b)
    return _pair_lanes(params, i, block, operands)


def _dot_transpose(params: Any, i: int, ct: Any, operands: Pair) -> Any:
    a, b = operands
    if params[0] and a.ndim <= 2 and b.ndim <= 2:
        return product_transpose(i, ct, a, b)
    return _pair_transpose(params, i, ct, operands)


def _pair_lanes(params: Any, i: int, block: Any, operands: Pair) -> Any:
    a, b = operands
    if not params[0]:  # a product without a sum: the lanes must not meet the axes of the other
        x, other = (block, b) if i == 0 else (block, a)
        n = np.ndim(other)
        if i == 0:
            return x.reshape(x.shape + (1,) * n) * other
        return align(x, n) * np.reshape(other, np.shape(other) + (1,) * np.ndim(b))
    return pair_lanes(params[0], params[1], i, block, operands)


def _pair_transpose(params: Any, i: int, ct: Any, operands: Pair) -> Any:
    a, b = operands
    if not params[0]:
        na = np.ndim(a)
        if i == 0:
            product = ct * conj(b)
            axes = tuple(range(1 + na, ct.ndim))
        else:
            product = ct * np.reshape(conj(a), np.shape(a) + (1,) * np.ndim(b))
            axes = tuple(range(1, 1 + na))
        return product.sum(axis=axes) if axes else product
    return pair_transpose(params[0], params[1], i, ct, operands)


# --- vecdot, matvec, vecmat: the first operand of vecdot and vecmat is conjugated ---------------


def _vecdot_prepare(x1: Any, x2: Any, /, axis: int = -1, **keywords: Any) -> tuple[Pair, int]:
    _no_keywords("vecdot", keywords, "np.moveaxis on the operands, then np.vecdot without it")
    x1, x2 = operand(x1), operand(x2)
    if axis >= 0:
        if x1.ndim != x2.ndim:
            raise NoRuleError(
                f"np.vecdot with axis={axis} and operands of {x1.ndim} and {x2.ndim} axes",
                "a negative axis",
            )
        axis -= x1.ndim
    return (x1, x2), axis


def _vecdot_lanes(axis: int, i: int, block: Any, operands: Pair) -> Any:
    other = operands[1 - i]
    missing = other.ndim - operands[i].ndim
    if other.ndim == 1:
        return np.matmul(conj(block), other) if i == 0 else np.matmul(block, conj(other))
    block = align(block, missing)
    pair = (block, other) if i == 0 else (other, block)
    return _vecdot(*pair, axis=axis)


def _vecdot_transpose(axis: int, i: int, ct: Any, operands: Pair) -> Any:
    ct = column(conj(ct) if i == 0 else ct, axis)
    return unbroadcast(ct * operands[1 - i], operands[i].shape)


def _matvec_lanes(_params: Any, i: int, block: Any, operands: Pair) -> Any:
    a, x = operands
    missing = (a.ndim - 1) - x.ndim
    if i == 0:
        return np.matvec(align(block, -missing), x)
    if a.ndim == 2:
        return contract(block, (-1,), a, (-1,))
    return np.matvec(a, align(block, missing))


def _matvec_transpose(_params: Any, i: int, ct: Any, operands: Pair) -> Any:
    a, x = operands
    if i == 0:
        if a.ndim == 2:
            over = tuple(range(x.ndim - 1))
            return contract(ct, tuple(1 + d for d in over), conj(x), over)
        return unbroadcast(column(ct, -1) * column(conj(x), -2), a.shape)
    return unbroadcast(np.matvec(adjoint(a), ct), x.shape)


def _vecmat_lanes(_params: Any, i: int, block: Any, operands: Pair) -> Any:
    x, a = operands
    missing = (a.ndim - 1) - x.ndim
    if i == 1:
        return np.vecmat(x, align(block, -missing))
    if a.ndim == 2:
        return contract(conj(block), (-1,), a, (-2,))
    return np.vecmat(align(block, missing), a)


def _vecmat_transpose(_params: Any, i: int, ct: Any, operands: Pair) -> Any:
    x, a = operands
    if i == 0:
        return unbroadcast(np.matvec(a, conj(ct)), x.shape)
    if a.ndim == 2:
        over = tuple(range(x.ndim - 1))
        product = contract(ct, tuple(1 + d for d in over), x, over)
        return np.swapaxes(product, -1, -2)
    return unbroadcast(column(x, -1) * column(ct, -2), a.shape)


def _call(name: str) -> Any:
    function = getattr(np, name)

    def value(_params: Any, *operands: Any) -> Any:
        return function(*operands)

    return value


_MATVEC: tuple[Row, ...] = ()
if hasattr(np, "matvec"):  # NumPy 2.2
    _MATVEC = (
        Multilinear(
            np.matvec, _pair_of("matvec"), _call("matvec"), _matvec_lanes, _matvec_transpose
        ),
        Multilinear(
            np.vecmat, _pair_of("vecmat"), _call("vecmat"), _vecmat_lanes, _vecmat_transpose
        ),
    )

PRODUCTS: tuple[Row, ...] = (
    Multilinear(np.matmul, _pair_of("matmul"), _call("matmul"), _matmul_lanes, _matmul_transpose),
    Multilinear(np.dot, _dot_prepare, _call("dot"), _dot_lanes, _dot_transpose),
    Multilinear(np.inner, _inner_prepare, _call("inner"), _pair_lanes, _pair_transpose),
    Multilinear(
        np.tensordot,
        _tensordot_prepare,
        lambda params, a, b: np.tensordot(a, b, axes=params),
        _pair_lanes,
        _pair_transpose,
    ),
    EINSUM,
    Multilinear(
        np.vecdot,
        _vecdot_prepare,
        lambda axis, a, b: _vecdot(a, b, axis=axis),
        _vecdot_lanes,
        _vecdot_transpose,
    ),
    *_MATVEC,
    *CONVOLVE,
    *COMPOSED_PRODUCTS,
)
