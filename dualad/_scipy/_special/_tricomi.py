"""Derivatives of Tricomi's U(a, b, x) in a and b, for x > 0.

For a >= 1/2 the integral of t**(a - 1) (1 + t)**(b - a - 1) exp(-x t) / Gamma(a) is differentiated
(DLMF 13.4.4); in log t its integrand has one peak, and the integral is split there and where 1 + t
and exp(-x t) bend. Below, U comes down from a + 1 and a + 2 (DLMF 13.3.7), which is stable but
where U cancels: the value is compared with SciPy's, which has other means, and the call raises if
they differ.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ._many import Refused
from ._quadrature import DROP, LEFT, derivative_of_exp, integral, on_arrays

_HIGHEST = 2
_LIMIT = 1e-10
Orders = tuple[int, int]
Jet = dict[Orders, Any]
_ORDERS: tuple[Orders, ...] = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))


def _log_integrand(a: Any, b: Any, x: Any, s: Any) -> Any:
    t = np.exp(s)
    return a * s - x * t + (b - a - 1.0) * np.log1p(t)


def _width(f: Callable[[Any], Any], peak: Any, direction: float) -> Any:
    """How far from its peak f falls by DROP; by bisection."""
    low, high = np.full_like(peak, -16.0), np.full_like(peak, 8.0)
    top = f(peak)
    for _ in range(12):
        middle = 0.5 * (low + high)
        short = top - f(peak + direction * np.exp(middle)) < DROP
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.exp(high)


def _by_integral(a: Any, b: Any, x: Any, wanted: tuple[Orders, ...] = _ORDERS) -> Jet:
    """U and its derivatives up to second order, for a >= 1/2."""
    linear = b - 1.0 - x
    root = np.hypot(linear, 2.0 * np.sqrt(a * x))
    t = np.where(linear > 0.0, (linear + root) / (2.0 * x), 2.0 * a / (root - linear))
    peak = np.log(t)

    def f(s: Any) -> Any:
        return _log_integrand(a, b, x, s)

    top = f(peak)
    low, high = peak - _width(f, peak, -1.0), peak + _width(f, peak, 1.0)
    corners = (np.clip(c, low, high) for c in (peak, np.zeros_like(x), -np.log(x)))
    cuts = [low, *np.sort(np.stack(list(corners)), axis=0), high]
    total: Jet = dict.fromkeys(wanted, 0.0)
    for start, end in itertools.pairwise(cuts):
        s = start + (end - start) * LEFT
        weight = (end - start) * np.exp(f(s) - top)
        slopes = {(1, 0): -np.log1p(np.exp(-s)) - sc.psi(a), (0, 1): np.log1p(np.exp(s))}
        logs: dict[Any, Any] = {
            **dict.fromkeys(_ORDERS, 0.0),
            **slopes,
            (2, 0): -sc.polygamma(1, a),
        }
        for orders in wanted:
            ratio = derivative_of_exp(orders, logs.get)
            total[orders] = total[orders] + integral(weight * ratio)
    front = np.exp(top - sc.gammaln(a))
    return {orders: front * part for orders, part in total.items()}


def _product(p: Jet, f: Jet) -> Jet:
    """Leibniz's rule for a polynomial p, given by those derivatives that are not zero."""
    out: Jet = {}
    for n in _ORDERS:
        out[n] = 0.0
        for m, q in p.items():
            if m[0] <= n[0] and m[1] <= n[1]:
                ways = math.comb(n[0], m[0]) * math.comb(n[1], m[1])
                out[n] = out[n] + float(ways) * q * f[n[0] - m[0], n[1] - m[1]]
    return out


def _down(a: Any, b: Any, x: Any, at: Jet, above: Jet) -> Jet:
    """U at a - 1 from U at a and a + 1."""
    first = _product({(0, 0): 2.0 * a + x - b, (1, 0): 2.0, (0, 1): -1.0}, at)
    q = {(0, 0): a * (a - b + 1.0), (1, 0): 2.0 * a - b + 1.0, (0, 1): -a, (2, 0): 2.0}
    second = _product({**q, (1, 1): -1.0}, above)
    return {n: first[n] - second[n] for n in _ORDERS}


def _jet(a: Any, b: Any, x: Any) -> Jet:
    steps = np.maximum(np.ceil(0.5 - a), 0.0)
    start = a + steps
    at = _by_integral(start, b, x)
    if not np.any(steps):
        return at
    above = _by_integral(start + 1.0, b, x)
    for k in range(int(steps.max(initial=0.0))):
        below = _down(start - k, b, x, at, above)
        moving = steps > k
        above = {n: np.where(moving, at[n], above[n]) for n in _ORDERS}
        at = {n: np.where(moving, below[n], at[n]) for n in _ORDERS}
    _compare(a, b, x, at[0, 0])
    return at


def _compare(a: Any, b: Any, x: Any, value: Any) -> None:
    scipys = sc.hyperu(a, b, x)
    bad = (a < 0.5) & np.isfinite(scipys) & ~(np.abs(value - scipys) <= _LIMIT * np.abs(scipys))
    if np.any(bad):
        where = ", ".join(f"{v[bad][0]:.6g}" for v in (a, b, x))
        raise NoRuleError(
            f"scipy.special.hyperu: the derivative in a and b at ({where}) cannot be had to 1e-9",
            "da.finite_difference(f) where fewer digits will do",
        )


def _derivative(orders: Orders) -> Callable[..., Any]:
    return on_arrays(
        f"hyperu_a{orders[0]}b{orders[1]}",
        lambda a, b, x: _jet(a, b, x)[orders],
        lambda a, b, x: np.isfinite(a) & np.isfinite(b) & (x > 0.0) & (x < np.inf) & (a > -200.0),
        f"The derivative of hyperu of orders {orders} in a and b.",
    )


U: dict[Orders, Callable[..., Any]] = {n: _derivative(n) for n in _ORDERS[1:]}


def _partials(n: Orders) -> dict[int, Any]:
    def along(a: Any, b: Any, x: Any, _y: Any) -> Any:
        """The slope in x, -a U(a + 1, b + 1, x), differentiated."""
        answer = -a * U[n](a + 1.0, b + 1.0, x)
        lower = (n[0] - 1, n[1])
        if n[0] == 0:
            return answer
        inner = sc.hyperu if lower == (0, 0) else U[lower]
        return answer - n[0] * inner(a + 1.0, b + 1.0, x)

    if sum(n) == _HIGHEST:
        refused = Refused("has no rule beyond order 2")
        return {0: refused, 1: refused, 2: along}
    return {
        0: lambda a, b, x, _y: U[n[0] + 1, n[1]](a, b, x),
        1: lambda a, b, x, _y: U[n[0], n[1] + 1](a, b, x),
        2: along,
    }


_integral_alone = on_arrays(
    "hyperu_by_integral",
    lambda a, b, x: _by_integral(a, b, x, ((0, 0),))[0, 0],
    lambda a, b, x: (a >= 0.5) & (a < np.inf) & np.isfinite(b) & (x > 0.25) & (x < np.inf),
    "U by its integral.",
)


@dispatched
def tricomi(a: Any, b: Any, x: Any) -> Any:
    """`hyperu`; by the integral from x = 1/4 on, where SciPy's keeps six digits at places."""
    y = _integral_alone(a, b, x)
    return np.where(np.isnan(y), sc.hyperu(a, b, x), y)[()]


_ALONG: dict[int, Any] = {
    0: lambda a, b, x, _y: U[1, 0](a, b, x),
    1: lambda a, b, x, _y: U[0, 1](a, b, x),
    2: lambda a, b, x, _y: -a * tricomi(a + 1.0, b + 1.0, x),
}
PARTIALS: dict[Any, dict[int, Any]] = {
    "hyperu": _ALONG,
    tricomi: _ALONG,
    **{U[n]: _partials(n) for n in U},
}
