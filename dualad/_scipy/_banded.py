"""Linear systems with a banded matrix, the matrix in the layout of `scipy.linalg.solve_banded`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.linalg import solve_banded

from .._rules._contract import conj
from .._rules._dispatch import dispatched
from .._rules._registry import register
from .._rules._row import Differential


@dispatched
def banded_solve(bands: tuple[int, int], ab: Any, b: Any) -> Any:
    """x of ``A x = b`` for b of shape ``(n, ...)``; `bands` are the numbers below and above."""
    columns = np.reshape(b, (b.shape[0], math.prod(b.shape[1:])))
    return np.reshape(solve_banded(bands, ab, columns, check_finite=False), b.shape)


def shifted(rows: Any, d: int) -> Any:
    """``out[..., i] = rows[..., i + d]`` along the last axis, 0 from outside."""
    n = rows.shape[-1]
    if d == 0:
        return rows
    gap = np.zeros((*rows.shape[:-1], min(abs(d), n)))
    if d > 0:
        return np.concatenate([rows[..., d:], gap], axis=-1)
    return np.concatenate([gap, rows[..., : n + d]], axis=-1)


def transposed(bands: tuple[int, int], ab: Any) -> Any:
    """The transpose of the matrix, whose bands are ``bands[::-1]``."""
    below, above = bands
    # Row r of the transpose is the diagonal of offset below - r: A[j, j - offset].
    return np.stack([shifted(ab[above + d], -d) for d in range(below, -above - 1, -1)])


def _times(bands: tuple[int, int], ab: Any, x: Any) -> Any:
    """A x for blocks ``ab`` of shape (k, rows, n) and x of shape (n, m): (k, n, m)."""
    above = bands[1]
    total: Any = 0.0
    for r in range(sum(bands) + 1):
        terms = np.swapaxes(ab[:, r, :, None] * x, -1, -2)
        total = total + shifted(terms, above - r)
    return np.swapaxes(total, -1, -2)


def _solve_lanes(bands: tuple[int, int], ab: Any, block: Any) -> Any:
    """`banded_solve` of a block of right-hand sides, lanes first."""
    return np.moveaxis(banded_solve(bands, ab, np.moveaxis(block, 0, -1)), -1, 0)


def _jvp(bands: Any, y: Any, operands: Any, blocks: Any) -> Any:
    ab = operands[0]
    d_ab, d_b = blocks
    right = d_b
    if d_ab is not None:
        n = y.shape[0]
        change = _times(bands, d_ab, np.reshape(y, (n, math.prod(y.shape[1:]))))
        change = np.reshape(change, (change.shape[0], *y.shape))
        right = -change if right is None else right - change
    return _solve_lanes(bands, ab, right)


def _vjp(bands: Any, y: Any, operands: Any, ct: Any, i: int) -> Any:
    ab = operands[0]
    back = _solve_lanes(bands[::-1], conj(transposed(bands, ab)), ct)
    if i == 1:
        return back if operands[1].dtype.kind == "c" else np.real(back)
    size = math.prod(y.shape[1:])
    flat = np.reshape(conj(y), (y.shape[0], size))
    back = np.reshape(back, (back.shape[0], y.shape[0], size))
    rows = [
        np.sum(shifted(np.swapaxes(back, -1, -2), r - bands[1]) * np.transpose(flat), axis=-2)
        for r in range(sum(bands) + 1)
    ]
    out = -np.stack(rows, axis=1)
    return out if ab.dtype.kind == "c" else np.real(out)


register(
    [
        Differential(
            banded_solve,
            prepare=lambda bands, ab, b: ((ab, b), bands),
            value=banded_solve,
            jvp=_jvp,
            vjp=_vjp,
        )
    ]
)
