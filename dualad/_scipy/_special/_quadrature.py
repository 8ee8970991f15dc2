"""Derivatives in parameters by numerical means: what every module of them needs.

A derivative in a parameter is an integral or a series that the parameter stands in, differentiated
term by term. It is computed here for plain arrays, as a function made by `dispatched`, one for
each order, so that the next order is its row.

Quadrature is by tanh and sinh (Takahasi and Mori 1974) with 129 nodes: it does not mind
singularities at the ends, and reaches 1e-13 on the integrands of this package, which are analytic
and are cut where they have fallen by exp(-45).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._rules._dispatch import dispatched

DROP = 45.0
_STEP = 0.05
_REACH = 64
_BLOCK = 2048  # elements at a time: the nodes of that many are 2 MB


def _tanh_sinh() -> tuple[Any, Any, Any]:
    """Nodes in [0, 1] by their distance from 0 and from 1, and weights."""
    s = _STEP * np.arange(-_REACH, _REACH + 1)
    e = np.pi * np.sinh(s)
    left, right = 1.0 / (1.0 + np.exp(-e)), 1.0 / (1.0 + np.exp(e))
    return left, right, _STEP * np.pi * np.cosh(s) * left * right


LEFT, RIGHT, WEIGHTS = (v[:, None] for v in _tanh_sinh())


def integral(f: Any) -> Any:
    """The integral over [0, 1] of a function given at the nodes, along axis 0."""
    return np.sum(WEIGHTS * f, axis=0)


def on_arrays(
    name: str, compute: Callable[..., Any], inside: Callable[..., Any], doc: str
) -> Callable[..., Any]:
    """A dispatched elementwise function from one of vectors.

    Parameters
    ----------
    name : str
    compute : callable
        Takes vectors of one length, of float64, and returns one.
    inside : callable
        Takes the same vectors; the answer is NaN where it is False.
    doc : str
        What is computed, and the source of the formula.
    """

    def function(*args: Any) -> Any:
        arrays = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in args))
        out = np.full(arrays[0].size, np.nan)
        with np.errstate(all="ignore"):
            flat = [x.ravel() for x in arrays]
            (good,) = np.nonzero(inside(*flat))
            for start in range(0, good.size, _BLOCK):
                part = good[start : start + _BLOCK]
                out[part] = compute(*(x[part] for x in flat))
        return out.reshape(arrays[0].shape)[()]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return dispatched(function)


def derivative_of_exp(orders: Sequence[int], cumulant: Callable[[tuple[int, ...]], Any]) -> Any:
    """The derivative of exp(g) over exp(g), from the derivatives of g: a polynomial of Bell.

    Parameters
    ----------
    orders : sequence of int
        How often in each variable.
    cumulant : callable
        The derivative of g of such orders.

    Notes
    -----
    M(n + e_i) = sum over m <= n of binomials (n, m) M(n - m) g(m + e_i).
    """
    known: dict[tuple[int, ...], Any] = {(0,) * len(orders): 1.0}

    def moment(n: tuple[int, ...]) -> Any:
        if n not in known:
            i = next(j for j, order in enumerate(n) if order)
            rest = tuple(order - (j == i) for j, order in enumerate(n))
            total = 0.0
            for m in np.ndindex(*(order + 1 for order in rest)):
                factor = float(math.prod(math.comb(a, b) for a, b in zip(rest, m, strict=True)))
                lower = moment(tuple(a - b for a, b in zip(rest, m, strict=True)))
                raised = tuple(b + (j == i) for j, b in enumerate(m))
                total = total + factor * lower * cumulant(raised)
            known[n] = total
        return known[n]

    return moment(tuple(orders))


# --- pieces of gamma functions -------------------------------------------------------------------

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_LOG_MINUS_PSI = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
_FAR = 15.0


def _series(a: Any, coefficients: tuple[float, ...]) -> Any:
    z = 1.0 / (a * a)
    total = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * z + c
    return total


def stirling_error(a: Any) -> Any:
    """gammaln(a) - (a - 1/2) log(a) + a - log(2 pi)/2, for plain a > 0 (DLMF 5.11.1)."""
    import scipy.special as sc

    far = np.where(a > _FAR, a, _FAR)
    near = np.where(a > _FAR, 1.0, a)
    exact = sc.gammaln(near) - (near - 0.5) * np.log(near) + near - 0.91893853320467274178
    return np.where(a > _FAR, _series(far, _STIRLING) / far, exact)


def log_minus_psi(a: Any) -> Any:
    """log(a) - psi(a) for plain a > 0, without cancellation for large a (DLMF 5.11.2)."""
    import scipy.special as sc

    far = np.where(a > _FAR, a, _FAR)
    series = 0.5 / far + _series(far, _LOG_MINUS_PSI) / (far * far)
    return np.where(a > _FAR, series, np.log(a) - sc.psi(a))


def exp_minus_line(u: Any) -> Any:
    """exp(u) - 1 - u for plain u, without cancellation at 0."""
    small = np.abs(u) < 0.5
    v = np.where(small, u, 0.0)
    series = np.ones_like(v)
    for k in range(18, 2, -1):
        series = 1.0 + v * series / k
    return np.where(small, 0.5 * v * v * series, np.expm1(u) - u)


def log_minus_line(v: Any) -> Any:
    """log(1 + v) - v for plain v > -1, without cancellation at 0.

    With r = v/(2 + v): log(1 + v) = 2 (r + r**3/3 + ...), and 2 r - v = -r v.
    """
    small = np.abs(v) < 0.4
    w = np.where(small, v, 0.0)
    r = w / (2.0 + w)
    z = r * r
    series = np.zeros_like(w)
    for k in range(23, 1, -2):
        series = z * (series + 1.0 / k)
    return np.where(small, r * (2.0 * series - w), np.log1p(v) - v)
