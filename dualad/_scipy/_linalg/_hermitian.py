"""Hermitian eigenvalue problems: standard and generalized, tridiagonal and banded, and subsets.

With V^H B V = I and A V = B V diag(w), a change of A and B changes them by

    dw_j = v_j^H (dA - w_j dB) v_j
    dV = V (F * (V^H (dA V - dB V diag(w)) - 1/2 S * (V^H dB V)),    F_ij = 1 / (w_j - w_i)

where S is 1 on the diagonal and within clusters of equal eigenvalues, and F is 0 there (M. Giles,
2008, section 3.1, and `_rules._spectral`). All eigenvectors serve for the tangents of a subset.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from ..._rules._contract import adjoint, column, conj
from ..._rules._dispatch import dispatched
from ..._rules._eigen import phase_adjoint
from ..._rules._row import Differential, Flat
from ..._rules._spectral import (
    averaged,
    clusters,
    diagonal,
    diagonal_matrix,
    hermitian,
    reached,
    real_row,
    refuse_cluster,
    scalar_blocks,
    turned,
    unless_split,
)
from .._plain import array
from .._standins import Standins, no_rule
from ._factorizations import bands, dense

Operands = tuple[Any, ...]
ALL = Standins()


def _call(a: Any, b: Any, how: tuple[str, tuple[tuple[str, Any], ...]]) -> tuple[Any, Any]:
    """SciPy's eigenvalues and vectors of a Hermitian matrix, by the function that is meant."""
    kind, pairs = how
    options = dict(pairs)
    if kind == "tridiagonal":
        d, e = diagonal(a), np.diagonal(a, -1, -2, -1)
        found = scipy.linalg.eigh_tridiagonal(d, e, **options)
    elif kind == "banded":
        u, lower = options.pop("u"), options.get("lower", False)
        found = scipy.linalg.eig_banded(bands(a, u, lower)[0], **options)
    else:
        found = scipy.linalg.eigh(a, b, **options)
    return found[0], found[1]


@dispatched
def spectrum(a: Any, b: Any, how: Any) -> tuple[Any, Any]:
    """Eigenvalues and vectors, some or all, of the Hermitian matrix a (and b, or None)."""
    return _call(a, b, how)


def _prepare(a: Any, b: Any, how: Any) -> tuple[Operands, Any]:
    return ((a,) if b is None else (a, b)), how


def _all(operands: Operands) -> tuple[Any, Any]:
    return spectrum(operands[0], operands[1] if len(operands) > 1 else None, ("eigh", ()))


vars(spectrum)["vectors_of"] = "hermitian"  # for repeated eigenvalues


@dispatched
def _values(a: Any, b: Any, how: Any) -> Any:
    """The eigenvalues of `spectrum`, which may repeat."""
    return _call(a, b, how)[0]


vars(_values)["vectors_of"] = "values of hermitian"
vars(_values)["whole"] = lambda a: _call(a, None, ("eigh", ()))


@dispatched
def _place(wf: Any, w: Any) -> int:
    """Where the selected eigenvalues w stand among all of them."""
    wf, w = np.asarray(wf), np.asarray(w)
    n, s = wf.shape[-1], w.shape[-1]
    misfit = [np.sum(np.abs(wf[..., o : o + s] - w)) for o in range(n - s + 1)]
    return int(np.argmin(misfit))


def _frame(y: Any, operands: Operands) -> tuple[Any, Any, int, Any]:
    """All eigenvalues and vectors, the place of the selected ones, and the clusters."""
    w, v = y
    wf, vf, at = w, v, 0
    if v.shape[-1] != v.shape[-2]:
        wf, vf = _all(operands)
        at = _place(wf, w)
    return wf, vf, at, clusters(wf, True)


def _factors(wf: Any, w: Any, at: int, same: Any) -> tuple[Any, Any]:
    """F and S of the selected columns."""
    n, s = wf.shape[-1], w.shape[-1]
    near = np.eye(n, dtype=bool) if same is None else same
    near = near[..., at : at + s]
    gap = column(w, -2) - column(wf, -1)
    return np.where(near, 0.0, 1.0 / np.where(near, 1.0, gap)), near


def _jvp(_how: Any, y: Any, operands: Operands, blocks: Operands) -> tuple[Any, Any]:
    w, v = y
    wf, vf, at, same = _frame(y, operands)
    f, near = _factors(wf, w, at, same)
    da, db = blocks[0], blocks[1] if len(blocks) > 1 else None
    moved, all_moved = _moved(da, db, v, w), _moved(da, db, vf, wf)
    dw = _shared_part(vf, all_moved, same, at, w)
    inner = f * np.matmul(adjoint(vf), moved)
    if db is not None:
        inner = inner - 0.5 * near * np.matmul(adjoint(vf), np.matmul(db, v))
    dv = np.matmul(vf, inner)
    if same is not None and v.shape[-1] == v.shape[-2]:
        dv = unless_split(dv, np.matmul(adjoint(vf), all_moved), same)
    elif same is not None:
        raise refuse_cluster("a subset of the eigenvectors")
    row = real_row(v)
    if row is not None:
        dv = dv + v * column(1j * turned(dv, v, row), -2)
    elif _has_real_product(v, operands):
        first = operands[1][..., :, 0]
        change = _product(first, dv)
        if db is not None:
            change = change + _product(db[..., :, 0], v)
        dv = dv - v * column(1j * np.imag(change) / np.real(_product(first, v)), -2)
    return dw, dv


@dispatched
def _is_real(x: Any) -> bool:
    x = np.asarray(x)
    return bool(np.all(np.abs(x.imag) <= 1e3 * np.finfo(x.dtype).eps * np.abs(x)))


def _product(first: Any, v: Any) -> Any:
    """c^H v for each vector v."""
    return np.sum(conj(column(first, -1)) * v, axis=-2)


def _has_real_product(v: Any, operands: Operands) -> bool:
    """Whether LAPACK made c^H v real, c the first column of b: the first row of L^H V."""
    if len(operands) < 2 or v.dtype.kind != "c" or v.size == 0:
        return False
    return bool(_is_real(_product(operands[1][..., :, 0], v)))


def _shared_part(vf: Any, moved: Any, same: Any, at: int, w: Any) -> Any:
    """Tangents of the selected eigenvalues."""
    dw = averaged(np.real(np.sum(conj(vf) * moved, axis=-2)), same)
    return dw[..., at : at + w.shape[-1]]


def _moved(da: Any, db: Any, v: Any, w: Any) -> Any:
    """dA V - dB V diag(w)."""
    total = None if da is None else np.matmul(da, v)
    if db is None:
        return total
    term = np.matmul(db, v) * column(w, -2)
    return -term if total is None else total - term


def _vjp(_how: Any, y: Any, operands: Operands, ct: Any, i: int) -> Any:
    w, v = y
    wf, vf, at, same = _frame(y, operands)
    f, near = _factors(wf, w, at, same)
    total: Any = np.zeros((1, *vf.shape), vf.dtype)
    ct_w, ct_v = reached(ct, 0), reached(ct, 1)
    if ct_w is not None:
        total = total + _values_adjoint(ct_w, wf, vf, at, same, i)
    if ct_v is not None:
        total = total + _phase_part(ct_v, v, operands, i)
        ct_v = _before_phases(ct_v, v, operands)
        turn = np.matmul(adjoint(vf), ct_v)
        square = v.shape[-1] == v.shape[-2]
        if same is not None and not (square and scalar_blocks(turn, same)):
            raise refuse_cluster("eigenvectors")
        inner = f * turn
        if i == 1:
            inner = -inner * column(w, -2) - 0.5 * near * turn
        total = total + np.matmul(np.matmul(vf, inner), adjoint(v))
    return total


def _push(ct_v: Any, v: Any, first: Any) -> Any:
    inner = np.sum(np.imag(conj(v) * ct_v), axis=-2)
    return column(1j * inner / np.real(_product(first, v)), -2)


def _before_phases(ct_v: Any, v: Any, operands: Operands) -> Any:
    """The cotangent of the vectors before their phases were chosen."""
    if real_row(v) is not None or not _has_real_product(v, operands):
        return phase_adjoint(ct_v, v)
    first = operands[1][..., :, 0]
    return ct_v - column(first, -1) * _push(ct_v, v, first)


def _phase_part(ct_v: Any, v: Any, operands: Operands, i: int) -> Any:
    """What the choice of the phases adds to the cotangent of b: to its first column."""
    if i == 0 or real_row(v) is not None or not _has_real_product(v, operands):
        return 0.0
    first = np.sum(v * _push(ct_v, v, operands[1][..., :, 0]), axis=-1)
    unit = np.arange(v.shape[-2]) == 0
    return column(first, -1) * unit


def _values_adjoint(ct: Any, wf: Any, vf: Any, at: int, same: Any, i: int) -> Any:
    """The cotangent of matrix i (0: a, 1: b) that those of the selected eigenvalues give."""
    ct = np.real(ct)
    rest = wf.shape[-1] - at - ct.shape[-1]
    front, back = (np.zeros((*ct.shape[:-1], k), ct.dtype) for k in (at, rest))
    weights = averaged(np.concatenate((front, ct, back), axis=-1), same)
    weights = weights if i == 0 else -weights * wf
    return np.matmul(vf * column(weights, -2), adjoint(vf))


def _values_jvp(_how: Any, w: Any, operands: Operands, blocks: Operands) -> Any:
    wf, vf = _all(operands)
    moved = _moved(blocks[0], blocks[1] if len(blocks) > 1 else None, vf, wf)
    return _shared_part(vf, moved, clusters(wf, True), _place(wf, w), w)


def _values_vjp(_how: Any, w: Any, operands: Operands, ct: Any, i: int) -> Any:
    wf, vf = _all(operands)
    return _values_adjoint(ct, wf, vf, _place(wf, w), clusters(wf, True), i)


ALL.rows += [
    Flat(_place),
    Flat(_is_real),
    Differential(spectrum, _prepare, lambda how, a, b=None: spectrum(a, b, how), _jvp, _vjp),
    Differential(
        _values, _prepare, lambda how, a, b=None: _values(a, b, how), _values_jvp, _values_vjp
    ),
]


# --- bodies ------------------------------------------------------------------------------------


def _eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: Any = None,
) -> Any:
    if b is not None and type != 1:
        no_rule(scipy.linalg.eigh, f"with type={type}", "type=1 and products of a and b")
    options = {
        "lower": lower,
        "subset_by_index": subset_by_index,
        "subset_by_value": subset_by_value,
        "driver": driver,
    }
    a = hermitian(array(a), lower)
    b = None if b is None else hermitian(array(b), lower)
    return (_values if eigvals_only else spectrum)(a, b, ("eigh", _kept(options)))


def _kept(options: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((k, v) for k, v in options.items() if v is not None)


def _eigvalsh(a: Any, b: Any = None, **options: Any) -> Any:
    return _eigh(a, b, eigvals_only=True, **options)


def _eigh_tridiagonal(
    d: Any,
    e: Any,
    eigvals_only: bool = False,
    select: Any = "a",
    select_range: Any = None,
    check_finite: bool = True,
    tol: float = 0.0,
    lapack_driver: str = "auto",
) -> Any:
    d, e = array(d), array(e)
    if e.shape[0] == 0:
        a = diagonal_matrix(d)
    else:
        beside = np.diag(e, -1)
        a = diagonal_matrix(d) + beside + np.transpose(beside)
    options = {
        "select": select,
        "select_range": select_range,
        "tol": tol,
        "lapack_driver": "auto" if eigvals_only and lapack_driver == "sterf" else lapack_driver,
    }
    return (_values if eigvals_only else spectrum)(a, None, ("tridiagonal", _kept(options)))


def _eigvalsh_tridiagonal(d: Any, e: Any, *rest: Any, **options: Any) -> Any:
    return _eigh_tridiagonal(d, e, True, *rest, **options)


def _eig_banded(
    a_band: Any,
    lower: bool = False,
    eigvals_only: bool = False,
    overwrite_a_band: bool = False,
    select: Any = "a",
    select_range: Any = None,
    max_ev: int = 0,
    check_finite: bool = True,
) -> Any:
    ab = array(a_band)
    a = hermitian(dense(ab, lower), lower)
    options = {
        "u": ab.shape[0] - 1,
        "lower": lower,
        "select": select,
        "select_range": select_range,
        "max_ev": max_ev,
    }
    return (_values if eigvals_only else spectrum)(a, None, ("banded", _kept(options)))


def _eigvals_banded(
    a_band: Any,
    lower: bool = False,
    overwrite_a_band: bool = False,
    select: Any = "a",
    select_range: Any = None,
    check_finite: bool = True,
) -> Any:
    return _eig_banded(a_band, lower, True, select=select, select_range=select_range)


ALL.bodies(
    {
        scipy.linalg.eigh: _eigh,
        scipy.linalg.eigvalsh: _eigvalsh,
        scipy.linalg.eigh_tridiagonal: _eigh_tridiagonal,
        scipy.linalg.eigvalsh_tridiagonal: _eigvalsh_tridiagonal,
        scipy.linalg.eig_banded: _eig_banded,
        scipy.linalg.eigvals_banded: _eigvals_banded,
    }
)
