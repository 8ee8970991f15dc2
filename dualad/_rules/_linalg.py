"""The rows of `numpy.linalg`: those of `solve`, `inv`, `det` and `slogdet`, and all others joined.

Rules after M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008). The determinant's is written with the cofactors, so it holds for singular
matrices too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._cofactor import COFACTOR, cofactor
from ._contract import (
    adjoint,
    align,
    column,
    conj,
    lanes_first,
    lanes_last,
    operand,
    unbroadcast,
)
from ._eigen import EIGEN
from ._factor import FACTOR
from ._inverses import INVERSES
from ._norms import NORMS
from ._row import Differential, Row
from ._spectral import reached
from ._svd import SVD

Operands = tuple[Any, ...]


def _one(a: Any) -> tuple[tuple[Any], tuple[()]]:
    return (operand(a),), ()


# --- solve -------------------------------------------------------------------------------------


def _solve_prepare(a: Any, b: Any) -> tuple[tuple[Any, Any], tuple[()]]:
    return (operand(a), operand(b)), ()


def _solve_lanes(a: Any, block: Any, vector: bool) -> Any:
    """a^-1 on a block ``(k,) + answer.shape``: the lanes become columns, for one factorization."""
    columns = lanes_last(block)
    if vector:
        return lanes_first(np.linalg.solve(a, columns))
    shape = columns.shape
    joined = columns.reshape((*shape[:-2], shape[-2] * shape[-1]))
    return lanes_first(np.linalg.solve(a, joined).reshape(shape))


def _solve_jvp(_params: Any, x: Any, operands: Operands, blocks: Operands) -> Any:
    a, b = operands
    vector = b.ndim == 1
    rhs: Any = None
    if blocks[0] is not None:
        if vector:
            rhs = -np.matmul(blocks[0], column(x, -1))[..., 0]
        else:
            rhs = -np.matmul(align(blocks[0], x.ndim - a.ndim), x)
    if blocks[1] is not None:
        db = blocks[1]
        if vector:
            db = align(db, a.ndim - 2)
        else:
            db = align(db, x.ndim - b.ndim)
        shape = (db.shape[0], *x.shape)
        rhs = (db if db.shape == shape else np.broadcast_to(db, shape)) if rhs is None else rhs + db
    return _solve_lanes(a, rhs, vector)


def _solve_vjp(_params: Any, x: Any, operands: Operands, ct: Any, i: int) -> Any:
    a, b = operands
    vector = b.ndim == 1
    w = _solve_lanes(adjoint(a), ct, vector)
    if i == 1:
        return unbroadcast(w, b.shape)
    if vector:
        return -(column(w, -1) * column(conj(x), -2))
    return unbroadcast(-np.matmul(w, adjoint(x)), a.shape)


# --- inv ---------------------------------------------------------------------------------------


def _inv_jvp(_params: Any, y: Any, _operands: Operands, blocks: Operands) -> Any:
    return -np.matmul(np.matmul(y, blocks[0]), y)


def _inv_vjp(_params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    h = adjoint(y)
    return -np.matmul(np.matmul(h, ct), h)


# --- det, slogdet ------------------------------------------------------------------------------


def _traces(c: Any, block: Any) -> Any:
    """The sum of the products of the entries of c and of each lane, over the matrix axes."""
    if c.ndim == 2:
        lanes = block.shape[0]
        return np.matmul(block.reshape((lanes, -1)), c.reshape(-1))
    return np.sum(block * c, axis=(-2, -1))


def _spread(ct: Any, c: Any) -> Any:
    """`ct` of shape ``(k,) + batch`` times the matrices c."""
    return ct.reshape((*ct.shape, 1, 1)) * c


def _det_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    return _traces(cofactor(operands[0], y), blocks[0])


def _det_vjp(_params: Any, y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    return _spread(ct, conj(cofactor(operands[0], y)))


def _logarithmic(a: Any, y: Any) -> tuple[Any, Any]:
    """C and d such that C/d is the transpose of the inverse.

    For singular matrices C are the cofactors and d is 0: the derivative of log|det| is infinite in
    the directions that make the matrix regular.
    """
    if not np.any(np.isneginf(y[1])):
        return np.swapaxes(np.linalg.inv(a), -1, -2), None
    det = np.linalg.det(a)
    return cofactor(a, det), det


def _slogdet_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> tuple[Any, Any]:
    a = operands[0]
    c, det = _logarithmic(a, y)
    trace = _traces(c, blocks[0])
    if det is not None:
        trace = trace / det
    if a.dtype.kind != "c" and blocks[0].dtype.kind != "c":
        return np.zeros(trace.shape, trace.dtype), trace
    return 1j * np.imag(trace) * y[0], np.real(trace)


def _slogdet_vjp(_params: Any, y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    a = operands[0]
    c, det = _logarithmic(a, y)
    h = conj(c if det is None else c / np.reshape(det, (*np.shape(det), 1, 1)))
    ct_sign, ct_log = (reached(ct, k) for k in range(2))
    if a.dtype.kind != "c":
        lanes = next(np.shape(c) for c in ct if c is not None)
        return _spread(np.zeros(lanes, h.dtype) if ct_log is None else ct_log, h)
    # d sign = i Im(tr) sign, d log = Re(tr)
    weight = 0.0 if ct_log is None else np.real(ct_log)
    if ct_sign is not None:
        weight = weight + 1j * np.real(conj(1j * y[0]) * ct_sign)
    return _spread(weight, h)


LINALG: tuple[Row, ...] = (
    Differential(
        np.linalg.solve,
        _solve_prepare,
        lambda _, a, b: np.linalg.solve(a, b),
        _solve_jvp,
        _solve_vjp,
    ),
    Differential(np.linalg.inv, _one, lambda _, a: np.linalg.inv(a), _inv_jvp, _inv_vjp),
    Differential(np.linalg.det, _one, lambda _, a: np.linalg.det(a), _det_jvp, _det_vjp),
    Differential(
        np.linalg.slogdet, _one, lambda _, a: np.linalg.slogdet(a), _slogdet_jvp, _slogdet_vjp
    ),
    *COFACTOR,
    *NORMS,
    *EIGEN,
    *SVD,
    *FACTOR,
    *INVERSES,
)
