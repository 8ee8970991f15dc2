"""What the rules of eigenvalues and of singular values share: triangles, clusters, gaps, phases.

Eigenvalues that differ by rounding only form a *cluster*. A perturbation splits it, in a way that
is no linear function of the perturbation; the mean of the cluster stays smooth (T. Kato,
"Perturbation Theory for Linear Operators", chapter II). Each member gets the derivative of the
mean: members of a cluster share, as ties of `max` do, and functions that are symmetric in them have
their true first derivative. Vectors of a cluster that splits have no derivative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import adjoint, column
from ._dispatch import dispatched
from ._row import Flat, Row

# How many roundings of the largest eigenvalue count as equal, times the root of the size.
_EQUAL = 32.0


def diagonal(x: Any) -> Any:
    """The diagonals of the matrices x."""
    return np.diagonal(x, axis1=-2, axis2=-1)


def diagonal_matrix(d: Any) -> Any:
    """Matrices with the diagonals d."""
    return column(d, -1) * np.eye(d.shape[-1], dtype=bool)


def hermitian(block: Any, lower: bool) -> Any:
    """The Hermitian matrices whose lower (or upper) triangle is that of `block`."""
    half = np.tril(block, -1) if lower else np.triu(block, 1)
    return half + adjoint(half) + diagonal_matrix(np.real(diagonal(block)))


def triangle(g: Any, lower: bool) -> Any:
    """The adjoint of `hermitian`: what reaches the triangle that is read."""
    both = g + adjoint(g)
    half = np.tril(both, -1) if lower else np.triu(both, 1)
    return half + diagonal_matrix(np.real(diagonal(g)))


def reached(ct: Any, k: int) -> Any:
    """The cotangent of answer k of several; None where nothing depends on that answer."""
    if k >= len(ct) or ct[k] is None:
        return None
    x = ct[k]
    if type(x) is np.ndarray and x.size and not any(x.strides) and x.flat[0] == 0:
        return None  # zeros that stand for nothing, see `_graph._backward`
    return x


# --- clusters ----------------------------------------------------------------------------------


def clusters(w: Any, ordered: bool) -> Any:
    """Which pairs of eigenvalues are equal, ``(..., n, n)``; None where all are apart.

    Eigenvalues that are `ordered` are chained: each one is compared with its neighbour. Those that
    have been taken apart formally (see `_numbers._splitting`) are apart.
    """
    same = _near(w, ordered)
    if same is None:
        return None
    while hasattr(type(w), "_dualad_level"):
        if hasattr(type(w), "are_apart"):
            return None if w.are_apart(same) else same
        w = w._value
    return same


@dispatched
def _near(w: Any, ordered: bool) -> Any:
    w = np.asarray(w)
    n = w.shape[-1]
    if n < 2 or w.size == 0:
        return None
    size = np.max(np.abs(w), axis=-1, keepdims=True)
    bound = _EQUAL * math.sqrt(n) * np.finfo(w.dtype).eps * size
    if ordered:
        near = np.abs(np.diff(w, axis=-1)) <= bound
        if not near.any():
            return None
        first = np.zeros((*w.shape[:-1], 1), np.intp)
        label = np.concatenate((first, np.cumsum(~near, axis=-1)), axis=-1)
        return label[..., :, None] == label[..., None, :]
    same = np.abs(w[..., :, None] - w[..., None, :]) <= bound[..., None]
    return same if np.count_nonzero(same) > w.size else None


def averaged(dw: Any, same: Any) -> Any:
    """The means over the clusters; self-adjoint."""
    if same is None:
        return dw
    weights = (same / np.sum(same, axis=-1, keepdims=True)).astype(dw.real.dtype)
    return np.sum(weights * column(dw, -2), axis=-1)


def inverse_differences(w: Any, same: Any) -> Any:
    """1 / (w_j - w_i) at [i, j], and 0 within clusters."""
    near = np.eye(w.shape[-1], dtype=bool) if same is None else same
    gap = column(w, -2) - column(w, -1)
    return np.where(near, 0.0, 1.0 / np.where(near, 1.0, gap))


@dispatched
def _splits(p: Any, same: Any) -> Any:
    """Factors 1, or NaN for the vectors of a cluster that the perturbation p splits; or None.

    A cluster stays whole where the block of p in it is a multiple of the identity.
    """
    p = np.asarray(p)
    inside = np.where(same, p, 0.0)
    mean = np.sum(same * diagonal(p)[..., None, :], axis=-1) / np.sum(same, axis=-1)
    rest = np.abs(inside - mean[..., None, :] * np.eye(p.shape[-1]))
    bound = 1e3 * np.finfo(p.dtype).eps * np.max(np.abs(p), axis=(-2, -1), initial=0.0)
    each = np.max(rest, axis=-2) > bound[..., None]
    bad = np.any(same & each[..., None, :], axis=-1)
    if not bad.any():
        return None
    return np.where(bad, np.nan, 1.0).astype(p.real.dtype)


def unless_split(dv: Any, p: Any, same: Any) -> Any:
    """Tangents of vectors, NaN where they belong to a cluster that splits."""
    if same is None:
        return dv
    factor = _splits(p, same)
    if factor is None:
        return dv
    return dv * column(factor, -2)


class RepeatedValueError(NoRuleError):
    """A cotangent reached vectors of a repeated value."""


def refuse_cluster(what: str) -> RepeatedValueError:
    """The error for a cotangent of vectors of a repeated value."""
    return RepeatedValueError(
        f"{what} of a repeated value have no derivative",
        "a function of the matrix, such as scipy.linalg.expm, sqrtm, logm, funm, np.linalg.pinv or "
        "norm; np.linalg.eigvalsh or svdvals for the values alone",
    )


@dispatched
def scalar_blocks(m: Any, same: Any) -> bool:
    """Whether m is a nonzero multiple of the identity in each cluster of more than one."""
    m, many = np.asarray(m), np.sum(same, axis=-1) > 1
    inside = np.where(same & many[..., None], m, 0.0)
    diag = diagonal(inside)
    mean = np.sum(same * diag[..., None, :], axis=-1) / np.sum(same, axis=-1)
    rest = np.abs(inside - mean[..., None, :] * np.eye(m.shape[-1]))
    bound = 1e-12 * np.max(np.abs(m), initial=0.0)
    size = np.abs(diag) + np.where(many, 0.0, np.inf)
    return bool(np.all(rest <= bound) and np.all(size > bound))


# --- phases ------------------------------------------------------------------------------------


@dispatched
def _real_row(v: Any) -> Any:
    """(r, where v[r] vanishes) for the row r of the vectors v that LAPACK's scaling makes real.

    None where v is real or has no such row.
    """
    v = np.asarray(v)
    if v.dtype.kind != "c" or v.size == 0:
        return None
    bound = 16 * np.finfo(v.dtype).eps
    for r in (0, -1):
        row = v[..., r, :]
        if np.all(np.abs(row.imag) <= bound):
            return r, np.abs(row) <= 1e3 * bound
    return None


def real_row(v: Any) -> Any:
    """(r, 1/v[r]) for the row r of the vectors v that LAPACK's scaling makes real, or None.

    The reciprocal is 0 where the entry vanishes: the phase is then left as it is.
    """
    found = _real_row(v)
    if found is None:
        return None
    r, small = found
    row = np.real(v[..., r, :])
    return r, np.where(small, 0.0, 1.0 / np.where(small, 1.0, row))


def turned(dv: Any, v: Any, row: Any) -> Any:
    """Angles by which the vectors turn, so that their entry in the real row stays real."""
    r, inverse = row
    return -np.imag(dv[..., r, :]) * inverse


SPECTRAL: tuple[Row, ...] = (Flat(_near), Flat(_splits), Flat(scalar_blocks), Flat(_real_row))
