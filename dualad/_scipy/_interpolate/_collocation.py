"""Coefficients of interpolating and of least-squares splines, of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._banded import banded_solve
from .._plain import is_number, trailing
from ._basis import basis, locate

Conditions = list[tuple[int, Any]]


def knots_of(x: Any, k: int, kind: str) -> Any:
    """The knots that SciPy chooses for data at x."""
    if kind == "periodic":
        return _periodic_knots(x, k)
    first, last = [x[:1]] * k, [x[-1:]] * k
    if kind == "ends":
        return np.concatenate([*first, x, *last])
    inner = x if k % 2 else (x[1:] + x[:-1]) / 2.0
    drop = (k + 1) // 2 if k % 2 else k // 2
    return np.concatenate([*first, x[:1], inner[drop:-drop], x[-1:], *last])


def _periodic_knots(x: Any, k: int) -> Any:
    if k % 2 == 0:
        h = x[1:] - x[:-1]
        x = np.concatenate([x[:1], x[1:-1] - h[:-1] / 2.0, x[-1:]])
    h = x[1:] - x[:-1]
    pieces, m = [x], h.shape[0]
    low, high = x[:1], x[-1:]
    for i in range(k):
        low = low - h[m - 1 - i % m]
        high = high + h[i % m]
        pieces = [low, *pieces, high]
    return np.concatenate(pieces)


def _rows(x: Any, t: Any, k: int, left: Conditions, right: Conditions) -> tuple[Any, Any]:
    """The nonzero entries (n, k + 1) of the collocation matrix, and the first column of each."""
    parts, columns = [], []
    for at, nus in ((x[:1], left), (x, None), (x[-1:], right)):
        i = locate(t, k, at)
        for nu in [0] if nus is None else [order for order, _ in nus]:
            parts.append(np.stack(basis(t, k, at, i, nu), axis=-1))
            columns.append(i - k)
    return np.concatenate(parts), np.concatenate(columns)


def _scattered(entries: Any, first: Any, rows: Any, columns: Any) -> Any:
    """The elements (rows, columns) of the matrix whose row i has `entries[i]` from `first[i]`."""
    n, width = entries.shape
    at = columns - first[np.clip(rows, 0, n - 1)]
    inside = (rows >= 0) & (rows < n) & (at >= 0) & (at < width)
    picked = entries[np.clip(rows, 0, n - 1), np.clip(at, 0, width - 1)]
    return np.where(inside, picked, 0.0)


def collocated(x: Any, y: Any, t: Any, k: int, left: Conditions, right: Conditions) -> Any:
    """The coefficients c with ``spline(x) = y`` and given derivatives at both ends."""
    entries, first = _rows(x, t, k, left, right)
    n = entries.shape[0]
    band, column = np.arange(2 * k + 1)[:, None], np.arange(n)[None]
    ab = _scattered(entries, first, band - k + column, column + 0 * band)
    values = [*[v[None] for _, v in left], y, *[v[None] for _, v in right]]
    return banded_solve((k, k), ab, np.concatenate(values))


def dense(x: Any, t: Any, k: int) -> Any:
    """The collocation matrix (len(x), number of coefficients)."""
    entries, first = _rows(x, t, k, [], [])
    row, column = np.indices((entries.shape[0], t.shape[0] - k - 1))
    return _scattered(entries, first, row, column)


def periodic(x: Any, y: Any, t: Any, k: int) -> Any:
    """Coefficients of the periodic spline: k - 1 derivatives agree at the ends."""
    n, rows = t.shape[0] - k - 1, []
    start, stop = x[:1], x[-1:]
    for nu in range(1, k):
        low = np.stack(basis(t, k, start, np.array([k]), nu), axis=-1)
        high = np.stack(basis(t, k, stop, np.array([n - 1]), nu), axis=-1)
        gap = np.zeros((1, n - k - 1))
        rows.append(np.concatenate([low, gap], axis=1) - np.concatenate([gap, high], axis=1))
    matrix = np.concatenate([*rows, dense(x, t, k)])
    right = np.concatenate([np.zeros((k - 1, *y.shape[1:])), y])
    flat = np.reshape(right, (n, right.size // n))
    return np.reshape(np.linalg.solve(matrix, flat), right.shape)


def fitted(x: Any, y: Any, t: Any, k: int, w: Any) -> Any:
    """Coefficients that minimise ``sum((w * (y - spline(x)))**2)``."""
    matrix = dense(x, t, k)
    if w is not None:
        matrix, y = matrix * w[:, None], y * trailing(w, y.ndim - 1)
    flat = np.reshape(y, (y.shape[0], -1))
    if is_number(matrix):
        gram = np.matmul(np.transpose(matrix), matrix)
        c = np.linalg.solve(gram, np.matmul(np.transpose(matrix), flat))
    else:
        c = np.matmul(np.linalg.pinv(matrix), flat)
    return np.reshape(c, (matrix.shape[1], *y.shape[1:]))
