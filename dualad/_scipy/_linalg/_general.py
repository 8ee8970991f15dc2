"""Eigenvalues of general matrices, and Schur's form of real matrices with real eigenvalues.

Z^T A Z = T is upper triangular. With dZ = Z S, S antisymmetric, the part of Z^T dA Z + T S - S T
below the diagonal vanishes: a linear system for the entries of S there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from ..._errors import NoRuleError
from ..._rules._contract import adjoint, lanes_last
from ..._rules._dispatch import dispatched
from ..._rules._eigen import eig_jvp, eig_vjp, matching
from ..._rules._row import Differential, Flat
from ..._rules._spectral import reached
from .._plain import array, primal, primal_call
from .._standins import Standins, no_rule

Operands = tuple[Any, ...]
ALL = Standins()


# --- eigenvalues -------------------------------------------------------------------------------


@dispatched
def _eig_of(a: Any) -> tuple[Any, Any]:
    """SciPy's answer: the eigenvalues are complex in any case."""
    w, v = scipy.linalg.eig(a)
    return w, v


def _same_kind(y: Any) -> tuple[Any, Any]:
    w, v = y
    return (w if v.dtype.kind == "c" else np.real(w)), v


ALL.rows.append(
    Differential(
        _eig_of,
        lambda a: ((a,), ()),
        lambda _, a: _eig_of(a),
        lambda params, y, operands, blocks: eig_jvp(params, _same_kind(y), operands, blocks),
        lambda params, y, operands, ct, i: eig_vjp(params, _same_kind(y), operands, ct, i),
    )
)


def _ordered(wanted: Any, w: Any) -> Any:
    """The order in which w are SciPy's eigenvalues."""
    order = matching(wanted, primal(w))
    return np.broadcast_to(np.arange(w.shape[-1]), w.shape) if order is None else order


def _eig(
    a: Any,
    b: Any = None,
    left: bool = False,
    right: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    if left or homogeneous_eigvals:
        no_rule(
            scipy.linalg.eig,
            "with left=True or homogeneous_eigvals=True",
            "scipy.linalg.eig of the conjugate transpose",
        )
    if not right:
        return _eigvals(a, b)
    if b is None:
        return _eig_of(array(a))
    wanted, vectors = primal_call(scipy.linalg.eig, a, b)
    w, v = np.linalg.eig(np.linalg.solve(array(b), array(a)))
    if np.iscomplexobj(vectors):
        no_rule(
            scipy.linalg.eig,
            "of a pencil with complex eigenvectors, whose phases are arbitrary,",
            "scipy.linalg.eigvals, or eig(solve(b, a))",
        )
    order = _ordered(wanted, w)
    v = np.take_along_axis(np.real(v), order[..., None, :], axis=-1)
    sign = np.sign(np.sum(vectors * primal(v), axis=-2))
    return np.take_along_axis(w, order, axis=-1), v * sign[..., None, :]


def _eigvals(
    a: Any,
    b: Any = None,
    overwrite_a: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any:
    if homogeneous_eigvals:
        no_rule(scipy.linalg.eigvals, "with homogeneous_eigvals=True", "eigvals without it")
    wanted = primal_call(scipy.linalg.eigvals, a, b)
    a = array(a)
    w = np.linalg.eigvals(a if b is None else np.linalg.solve(array(b), a))
    return np.take_along_axis(w, _ordered(wanted, w), axis=-1)


ALL.composed(scipy.linalg.eig, _eig)
ALL.composed(scipy.linalg.eigvals, _eigvals)


# --- Schur -------------------------------------------------------------------------------------


@dispatched
def real_schur(a: Any, sort: Any) -> tuple[Any, Any]:
    """T and Z of one real matrix."""
    found = scipy.linalg.schur(a, output="real", sort=sort)
    return found[0], found[1]


@dispatched
def _refuse_pairs(t: Any) -> None:
    t = np.asarray(t)
    values = np.sort(np.diag(t))
    gaps = np.diff(values)
    top = np.max(np.abs(values), initial=0.0)
    if np.any(np.diag(t, -1) != 0) or np.any(gaps <= 1e-12 * top):
        raise NoRuleError(
            "scipy.linalg.schur of a matrix with complex or repeated eigenvalues has no derivative "
            "rule: its vectors are arbitrary there",
            "scipy.linalg.eigvals, or a function of the matrix such as expm, sqrtm, funm",
        )


def _below(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.tril_indices(n, -1)


def _system(t: Any) -> Any:
    """The matrix of S -> T S - S T on the entries below the diagonal."""
    row, col = _below(t.shape[-1])
    left = t[row[:, None], row] * (col[:, None] == col)
    return left - t[col, col[:, None]] * (row[:, None] == row)


def _schur_jvp(_params: Any, y: Any, _operands: Operands, blocks: Operands) -> tuple[Any, Any]:
    t, z = y
    _refuse_pairs(t)
    n = t.shape[-1]
    p = np.matmul(adjoint(z), np.matmul(blocks[0], z))
    if n > 1:
        row, col = _below(n)
        entries = np.linalg.solve(_system(t), lanes_last(-p[:, row, col]))
        s = _antisymmetric(np.transpose(entries), n)
        p = p + np.matmul(t, s) - np.matmul(s, t)
        return np.triu(p), np.matmul(z, s)
    return p, np.zeros((p.shape[0], *z.shape), z.dtype)


def _antisymmetric(entries: Any, n: int) -> Any:
    """Lanes of antisymmetric matrices from their entries below the diagonal."""
    row, col = _below(n)
    source = np.zeros((n, n), np.intp)
    source[row, col] = source[col, row] = np.arange(len(row))
    signs = np.tri(n, n, -1) - np.tri(n, n, -1).T
    return entries[:, source] * signs.astype(entries.dtype)


def _schur_vjp(_params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    t, z = y
    _refuse_pairs(t)
    n = t.shape[-1]
    ct_t, ct_z = reached(ct, 0), reached(ct, 1)
    ct_p: Any = np.zeros((1, n, n), t.dtype) if ct_t is None else np.triu(ct_t)
    ct_s = np.matmul(adjoint(t), ct_p) - np.matmul(ct_p, adjoint(t))
    if ct_z is not None:
        ct_s = ct_s + np.matmul(adjoint(z), ct_z)
    if n > 1:
        row, col = _below(n)
        entries = ct_s[:, row, col] - ct_s[:, col, row]
        solved = -np.transpose(np.linalg.solve(np.transpose(_system(t)), lanes_last(entries)))
        source = np.full((n, n), len(row))
        source[row, col] = np.arange(len(row))
        padded = np.concatenate((solved, np.zeros((solved.shape[0], 1), t.dtype)), axis=-1)
        ct_p = ct_p + padded[:, source]
    return np.matmul(np.matmul(z, ct_p), adjoint(z))


ALL.rows += [
    Flat(_refuse_pairs),
    Differential(
        real_schur,
        lambda a, sort: ((a,), (sort,)),
        lambda params, a: real_schur(a, *params),
        _schur_jvp,
        _schur_vjp,
    ),
]


def _schur(
    a: Any,
    output: str = "real",
    lwork: Any = None,
    overwrite_a: bool = False,
    sort: Any = None,
    check_finite: bool = True,
) -> Any:
    a = array(a)
    if output not in ("real", "r") or a.dtype.kind == "c" or a.ndim > 2:
        no_rule(
            scipy.linalg.schur,
            "in complex form, whose phases are arbitrary,",
            "scipy.linalg.eigvals, or a function of the matrix such as expm, sqrtm, funm",
        )
    t, z = real_schur(a, sort)
    return (t, z) if sort is None else (t, z, None)


ALL.composed(scipy.linalg.schur, _schur)
