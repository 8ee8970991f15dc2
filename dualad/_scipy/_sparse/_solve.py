"""Sparse linear systems, in the matrix's entries and the right-hand sides.

A x = b gives A dx = db - dA x, and with w = A^-H ct the cotangents w of b and -w x^H of A, of which
the places of the entries are kept. Factorizations and iterations are SciPy's own; what an iterative
solver left as an error of the value is none of the derivative's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg as sl

from ..._errors import NoRuleError
from ..._rules._contract import conj
from ..._rules._dispatch import dispatched
from ..._rules._moving import Shapes
from ..._rules._registry import register
from ..._rules._row import Differential, Linear
from .._plain import array, find_number, pinned, primal, primal_call
from .._standins import Standins, no_rule, refuse_numbers
from ._numbers import SparseNumber, as_sparse, gathered, is_sparse
from ._products import adjoint_of, columns_of

STANDINS = Standins()
Operands = tuple[Any, ...]


def _columns(solve: Any, b: Any, axis: int, is_complex: bool) -> Any:
    """A solver of real or complex columns, on the lines of b along a negative axis."""
    matrix, rest = columns_of(b, axis)
    if matrix.dtype.kind == "c" and not is_complex:
        solved = solve(matrix.real.copy()) + 1j * solve(matrix.imag.copy())
    else:
        solved = solve(np.asarray(matrix, np.complex128 if is_complex else np.float64))
    return np.moveaxis(solved.reshape((b.shape[axis], *rest)), 0, axis)


# --- the matrix by its entries -------------------------------------------------------------------


@dispatched
def entries_solve(data: Any, b: Any, rows: Any, columns: Any, axis: int) -> Any:
    """A^-1 along a negative axis of b, for the square A of these entries."""
    n = b.shape[axis]
    a = scipy.sparse.csc_array((data, (rows, columns)), shape=(n, n))
    try:
        factor = sl.splu(a if a.dtype.char in "dD" else a.astype(np.float64))
    except RuntimeError:  # singular: spsolve answers NaN, and so do its derivatives
        return np.full(b.shape, np.nan, np.result_type(a.dtype, b))
    return _columns(factor.solve, b, axis, a.dtype.kind == "c")


def _entries_prepare(data: Any, b: Any, *params: Any) -> tuple[Operands, Any]:
    return (data, b), params


def _entries_jvp(params: Any, x: Any, operands: Operands, blocks: Operands) -> Any:
    rows, columns, axis = params
    rhs = blocks[1]
    if blocks[0] is not None:
        # (dA x) for each lane: products at the entries' places, added up by rows.
        lines = np.moveaxis(x, axis, -1)
        lanes = blocks[0].reshape((blocks[0].shape[0],) + (1,) * (x.ndim - 1) + (-1,))
        moved = gathered(rows, x.shape[axis], lanes * lines[..., columns])
        moved = np.moveaxis(moved, -1, axis)
        rhs = -moved if rhs is None else rhs - moved
    return entries_solve(operands[0], rhs, rows, columns, axis)


def _entries_vjp(params: Any, x: Any, operands: Operands, ct: Any, i: int) -> Any:
    rows, columns, axis = params
    w = entries_solve(conj(operands[0]), ct, columns, rows, axis)
    if i == 1:
        return w
    pairs = np.moveaxis(w, axis, -1)[..., rows] * conj(np.moveaxis(x, axis, -1)[..., columns])
    return -np.sum(pairs, axis=tuple(range(1, pairs.ndim - 1)))


register(
    [
        Differential(
            entries_solve,
            _entries_prepare,
            lambda params, data, b: entries_solve(data, b, *params),
            _entries_jvp,
            _entries_vjp,
        )
    ]
)


def solved(a: Any, b: Any) -> Any:
    """A^-1 b of a sparse A, of numbers or not, and a dense b."""
    a, b = as_sparse(a), array(b)
    axis = -1 if b.ndim == 1 else -2
    return entries_solve(a.data, b, a.rows, a.columns, axis)


def _under(fn: Any, a: Any, b: Any, keywords: dict[str, Any]) -> Any:
    """SciPy's own answer for the primal matrix and right-hand side."""
    plain = a.plain() if isinstance(a, SparseNumber) else a
    return primal_call(fn, plain, primal(b) if find_number(b) is not None else b, **keywords)


def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: bool = True) -> Any:
    """`scipy.sparse.linalg.spsolve` of sparse matrices and right-hand sides of numbers."""
    if is_sparse(b):
        no_rule(sl.spsolve, "with a sparse right-hand side", "b.toarray()")
    keywords = {"permc_spec": permc_spec, "use_umfpack": use_umfpack}
    value = _under(sl.spsolve, A, b, keywords)
    b = array(b)
    flat = b.reshape(-1) if b.ndim == 2 and b.shape[1] == 1 else b
    return pinned(solved(A, flat), value)


# --- factorizations ------------------------------------------------------------------------------


@dispatched
def factor_solve(factor: Any, b: Any, trans: str, axis: int) -> Any:
    """A solve by a SuperLU object along a negative axis of b."""
    solve = lambda rhs: factor.solve(np.asarray(rhs), trans)
    return _columns(solve, b, axis, factor.L.dtype.kind == "c")


def _factor_prepare(factor: Any, b: Any, *params: Any) -> tuple[tuple[Any], Any]:
    return (b,), (factor, *params)


def _factor_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    factor, trans, axis = params
    if trans == "T":  # the adjoint of A^-T is conj(A)^-1
        return (conj(factor_solve(factor, conj(ct), "N", axis)),)
    return (factor_solve(factor, ct, "H" if trans == "N" else "N", axis),)


register(
    [
        Linear(
            factor_solve,
            _factor_prepare,
            lambda params, b: factor_solve(params[0], b, *params[1:]),
            _factor_transpose,
        )
    ]
)


def _superlu_solve(factor: Any, rhs: Any, trans: str = "N") -> Any:
    b = array(rhs)
    value = primal_call(lambda v: factor.solve(np.asarray(v), trans), b)
    return pinned(factor_solve(factor, b, trans, -1 if b.ndim == 1 else -2), value)


class Factor:
    """What `splu` and `factorized` answer for a sparse matrix of numbers."""

    def __init__(self, a: Any) -> None:
        self._a = a

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        a = {"N": self._a, "T": self._a.T, "H": self._a.H}[trans]
        return spsolve(a, rhs)

    __call__ = solve


def _splu(A: Any, *_: Any, **__: Any) -> Any:
    return Factor(A)


# --- iterations ----------------------------------------------------------------------------------


@dispatched
def iterated(a: Any, b: Any, fn: Any, options: Any, axis: int) -> Any:
    """An iterative solver on each line along a negative axis of b, until nothing is gained."""
    matrix, rest = columns_of(b, axis)
    parts = []
    for line in matrix.T:
        if line.dtype.kind == "c" and a.dtype.kind != "c":
            pair = [_iterate(a, part, fn, options) for part in (line.real, line.imag)]
            parts.append(pair[0] + 1j * pair[1])
        else:
            parts.append(_iterate(a, line, fn, options))
    return np.moveaxis(np.stack(parts, axis=1).reshape((b.shape[axis], *rest)), 0, axis)


_TIGHT = 1e-13


def _iterate(a: Any, b: Any, fn: Any, options: Any) -> Any:
    scale = np.linalg.norm(b)
    if scale == 0:
        return np.zeros(b.shape, np.result_type(a.dtype, b))
    tight = {"rtol": _TIGHT} if fn is sl.minres else {"rtol": _TIGHT, "atol": 0.0}
    x, info = fn(a, b / scale, **{**dict(options), **tight})
    error = np.linalg.norm(a @ x - b / scale)
    if info and error > 1e-8:
        raise NoRuleError(
            f"{fn.__name__} did not converge for a tangent or cotangent (residual {error:.1e})",
            "more iterations (maxiter=), a preconditioner, or spsolve",
        )
    return x * scale


def _iterated_prepare(a: Any, b: Any, *params: Any) -> tuple[tuple[Any], Any]:
    return (b,), (a, *params)


def _iterated_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    a, fn, options, axis = params
    turned = tuple((k, adjoint_of(v) if k == "M" else v) for k, v in options)
    return (iterated(adjoint_of(a), ct, fn, turned, axis),)


register(
    [
        Linear(
            iterated,
            _iterated_prepare,
            lambda params, b: iterated(params[0], b, *params[1:]),
            _iterated_transpose,
        )
    ]
)


def _iterative(fn: Any) -> Any:
    def body(A: Any, b: Any, x0: Any = None, **keywords: Any) -> Any:
        refuse_numbers(fn, M=keywords.get("M"))
        start = None if x0 is None else primal(x0)
        x, info = _under(fn, A, b, {"x0": start, **keywords})
        b = array(b)
        flat = b.reshape(-1)
        if is_sparse(A) or isinstance(A, np.ndarray):
            return pinned(solved(A, flat), x), info
        if not isinstance(A, sl.LinearOperator):
            no_rule(fn, f"with a matrix of type {type(A).__name__}", "a sparse array")
        kept = tuple((k, v) for k, v in keywords.items() if k in ("M", "maxiter", "restart"))
        return pinned(iterated(A, flat, fn, kept, -1), x), info

    return body


# --- the exponential -----------------------------------------------------------------------------


@dispatched
def exponential(a: Any, b: Any, axis: int) -> Any:
    """exp(A) along a negative axis of b."""
    matrix, rest = columns_of(b, axis)
    return np.moveaxis(sl.expm_multiply(a, matrix).reshape((b.shape[axis], *rest)), 0, axis)


def _exponential_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    a, axis = params
    return (exponential(adjoint_of(a), ct, axis),)


register(
    [
        Linear(
            exponential,
            lambda a, b, axis: ((b,), (a, axis)),
            lambda params, b: exponential(params[0], b, params[1]),
            _exponential_transpose,
        )
    ]
)


def _expm_multiply(A: Any, B: Any, start: Any = None, *_: Any, **keywords: Any) -> Any:
    if start is not None or any(k != "traceA" for k in keywords):
        no_rule(sl.expm_multiply, "with a grid of times", "expm_multiply(t * A, B) for each t")
    if isinstance(A, np.ndarray):
        A = scipy.sparse.csr_array(A)
    B = array(B)
    return exponential(A, B, -1 if B.ndim == 1 else -2)


def entrance(fn: Any, body: Any) -> None:
    """A stand-in that answers also where the numbers stand inside a sparse matrix."""

    def standin(*args: Any, **keywords: Any) -> Any:
        sparse = any(isinstance(x, SparseNumber) for x in (*args, *keywords.values()))
        if not sparse and find_number((args, keywords)) is None:
            return fn(*args, **keywords)
        return body(*args, **keywords)

    STANDINS.table[fn] = standin


def _refuse_matrix(fn: Any, body: Any) -> Any:
    def checked(A: Any, *args: Any, **keywords: Any) -> Any:
        if isinstance(A, SparseNumber) or find_number(A) is not None:
            no_rule(fn, "of a matrix of numbers", "scipy.linalg.expm(A.toarray()) @ B")
        return body(A, *args, **keywords)

    return checked


def _norm(x: Any, ord: Any = None, axis: Any = None) -> Any:
    if ord not in (None, "fro") or axis is not None:
        no_rule(sl.norm, "of a matrix of numbers with ord= or axis=", "np.linalg.norm(x.toarray())")
    return np.linalg.norm(as_sparse(x).summed().data)


entrance(sl.norm, _norm)
entrance(sl.spsolve, spsolve)
entrance(sl.splu, _splu)
entrance(sl.factorized, _splu)
STANDINS.table[sl.SuperLU.solve] = _superlu_solve
for _name in (
    "cg",
    "cgs",
    "bicg",
    "bicgstab",
    "gmres",
    "lgmres",
    "minres",
    "qmr",
    "gcrotmk",
    "tfqmr",
):
    entrance(getattr(sl, _name), _iterative(getattr(sl, _name)))
STANDINS.composed(sl.expm_multiply, _refuse_matrix(sl.expm_multiply, _expm_multiply))
