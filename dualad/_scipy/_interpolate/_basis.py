"""B-splines of numbers: the k + 1 basis functions at a point, by the recurrence of de Boor."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._plain import chosen, primal, trailing
from ._piecewise import undefined, wrapped


def locate(t: Any, k: int, x: Any) -> Any:
    """The index i of ``t[i] <= x < t[i + 1]``, among the intervals of the spline."""
    knots = primal(t)
    i = np.searchsorted(knots, primal(x), side="right") - 1
    return np.clip(i, k, knots.shape[0] - k - 2)


def basis(t: Any, k: int, x: Any, i: Any, nu: int = 0) -> list[Any]:
    """The derivatives nu of the basis functions i - k, ..., i at x, one array each.

    de Boor, A Practical Guide to Splines, chapter X, (8) and (15): nu of the k steps are steps of
    differentiation.
    """
    h: list[Any] = [np.ones(np.shape(x))]
    for j in range(1, k + 1):
        slope = j > k - nu
        parts: list[Any] = [0.0] * (j + 1)
        for n in range(1, j + 1):
            right, left = t[i + n], t[i + (n - j)]
            width = right - left
            empty = primal(width) == 0.0
            w = h[n - 1] / chosen(empty, 1.0, width)
            w = chosen(empty, 0.0, w)
            if slope:
                parts[n - 1] = parts[n - 1] - w * float(j)
                parts[n] = w * float(j)
            else:
                parts[n - 1] = parts[n - 1] + w * (right - x)
                parts[n] = w * (x - left)
        h = parts
    return h


def evaluate(t: Any, c: Any, k: int, x: Any, nu: int, extrapolate: Any) -> Any:
    """The derivative nu of the spline at x, of shape ``x.shape + c.shape[1:]``."""
    n = t.shape[0] - k - 1
    if extrapolate == "periodic":
        x, extrapolate = wrapped(x, t[k], t[n]), False
    knots, points = primal(t), primal(x)
    lost = np.isnan(points)
    if not extrapolate:
        lost = ~((points >= knots[k]) & (points <= knots[n]))
    if nu > k:
        return undefined(np.zeros(np.shape(points) + c.shape[1:]), lost)
    i = locate(t, k, x)
    total: Any = 0.0
    for a, h in enumerate(basis(t, k, x, i, nu)):
        total = total + c[i - k + a] * trailing(h, c.ndim - 1)
    return undefined(total, lost)


def derived(t: Any, c: Any, k: int) -> tuple[Any, Any, int]:
    """Knots, coefficients and degree of the derivative."""
    n = t.shape[0] - k - 1
    width = trailing(t[k + 1 : k + n] - t[1:n], c.ndim - 1)
    return t[1:-1], (c[1:n] - c[: n - 1]) * float(k) / width, k - 1


def integrated(t: Any, c: Any, k: int) -> tuple[Any, Any, int]:
    """Knots, coefficients and degree of the antiderivative that is 0 at the left end."""
    n = t.shape[0] - k - 1
    width = trailing(t[k + 1 :] - t[:n], c.ndim - 1)
    sums = np.cumsum(c[:n] * width, axis=0) / float(k + 1)
    return np.concatenate([t[:1], t, t[-1:]]), np.concatenate([sums[:1] * 0.0, sums]), k + 1


def padded(c: Any, length: int) -> Any:
    """c with zeros behind, as FITPACK keeps its coefficients."""
    missing = length - c.shape[0]
    return np.concatenate([c, np.zeros((missing, *c.shape[1:]))]) if missing > 0 else c


def repeated(c: Any, length: int) -> Any:
    """c with its last member behind, as SciPy leaves the coefficients of antiderivatives."""
    missing = length - c.shape[0]
    return np.concatenate([c, *[c[-1:]] * missing]) if missing > 0 else c
