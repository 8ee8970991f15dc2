"""Derivatives of Bessel's, Struve's and their kin in the order (DLMF 10.15, 10.38).

The functions are entire in the order; derivatives come from values around it (`_stencil`), but for
K, whose integral over t of exp(-x cosh t) cosh(v t) is differentiated (DLMF 10.32.9): all of its
terms have one sign, so it keeps its digits also where it is small, near v = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._helpers import is_complex
from ._many import Refused
from ._quadrature import DROP, LEFT, integral, on_arrays
from ._stencil import family, in_parameters


def _half_difference(f: Any, v: Any, z: Any) -> Any:
    return 0.5 * (f(v - 1.0, z) - f(v + 1.0, z))


def _half_sum(f: Any, v: Any, z: Any) -> Any:
    return 0.5 * (f(v - 1.0, z) + f(v + 1.0, z))


def _order(name: str, recurrence: Any) -> dict[Any, dict[int, Any]]:
    return family(name, getattr(sc, name), {0: "v"}, None, {1: recurrence}, 3)


def _scaled(name: str, rate: Any, half: Any) -> dict[Any, dict[int, Any]]:
    """exp(rate z) times a function with the recurrence `half`."""
    return _order(name, lambda f, v, z: half(f, v, z) + rate * f(v, z))


def _struve(fn: Any, sign: float) -> Any:
    """The slope of Struve's functions in x (DLMF 11.4.27, 11.4.30), on plain arrays."""

    def slope(v: Any, x: Any) -> Any:
        step = np.power(0.5 * x, v) * sc.rgamma(v + 1.5) / np.sqrt(np.pi)
        return 0.5 * (fn(v - 1.0, x) - sign * fn(v + 1.0, x) + step)

    return {1: slope}


# --- K -------------------------------------------------------------------------------------------


def _fall(x: Any, peak: Any, start: Any) -> Any:
    """How far beyond its peak x (cosh t - 1) - v t has risen by DROP; by bisection."""
    low, high = np.full_like(x, -25.0), np.full_like(x, 7.0)
    for _ in range(12):
        middle = 0.5 * (low + high)
        short = _rise(x, peak, start * np.exp(middle)) < DROP
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.exp(high)


def _rise(x: Any, peak: Any, t: Any) -> Any:
    """x cosh(peak + t) - v (peak + t) less its value at t = 0, where v = x sinh(peak).

    x cosh(peak) (cosh t - 1) + v (sinh t - t), without cancellation.
    """
    half = np.sinh(0.5 * t)
    small = np.abs(t) < 0.5
    s = np.where(small, t, 0.0)
    z = s * s
    series = np.ones_like(s)
    for k in range(8, 1, -1):
        series = 1.0 + series * z / ((2 * k) * (2 * k + 1))
    bend = np.where(small, s * z * series / 6.0, np.sinh(t) - t)
    return x * np.cosh(peak) * (2.0 * half * half) + x * np.sinh(peak) * bend


def _scaled_k(n: int) -> Any:
    """The derivative of order n of kve in v."""

    def compute(v: Any, x: Any) -> Any:
        size = np.abs(v)
        peak = np.arcsinh(size / x)
        right = _fall(x, peak, 1.0)
        left = np.minimum(_fall(x, peak, -1.0), peak)
        total = 0.0
        for width in (right, -left):
            t = width * LEFT
            at = peak + t
            even = 1.0 + (-1.0) ** n * np.exp(-2.0 * size * at)
            odd = -np.expm1(-2.0 * size * at)
            weight = 0.5 * at**n * (odd if n % 2 else even)
            total = total + np.abs(width) * integral(np.exp(-_rise(x, peak, t)) * weight)
        top = size * peak - x * (2.0 * np.sinh(0.5 * peak) ** 2)
        answer = np.exp(top) * total
        return np.where(v < 0.0, -answer, answer) if n % 2 else answer

    return on_arrays(
        f"kve_v{n}",
        compute,
        lambda v, x: (x > 0.0) & (x < np.inf) & np.isfinite(v),
        f"The derivative of order {n} of kve in v at x > 0.",
    )


_REAL_K = {n: _scaled_k(n) for n in range(1, 4)}
_ANY_K = {
    n: in_parameters(f"kve in {'v' * n}", sc.kve, (n, 0), lambda *_: 1.0) for n in range(1, 4)
}


def _k(n: int, v: Any, z: Any) -> Any:
    return (_ANY_K if is_complex(z) else _REAL_K)[n](v, z)


def _k_partials(n: int, functions: Any) -> dict[int, Any]:
    def along(v: Any, z: Any, y: Any) -> Any:
        f = functions[n]
        return y - 0.5 * (f(v - 1.0, z) + f(v + 1.0, z))

    if n == 3:
        return {0: Refused("has no rule beyond order 3"), 1: along}
    return {0: lambda v, z, _y: functions[n + 1](v, z), 1: along}


PARTIALS: dict[Any, dict[int, Any]] = {
    **_order("jv", _half_difference),
    **_order("yv", _half_difference),
    **_order("hankel1", _half_difference),
    **_order("hankel2", _half_difference),
    **_order("iv", _half_sum),
    **_order("jve", _half_difference),
    **_order("yve", _half_difference),
    **_scaled("hankel1e", -1j, _half_difference),
    **_scaled("hankel2e", 1j, _half_difference),
    **_scaled("ive", -1.0, _half_sum),
    **family("struve", sc.struve, {0: "v"}, _struve(sc.struve, 1.0)),
    **family("modstruve", sc.modstruve, {0: "v"}, _struve(sc.modstruve, -1.0)),
    "kve": {0: lambda v, z, _y: _k(1, v, z)},
    "kv": {0: lambda v, z, _y: _k(1, v, z) * np.exp(-z)},
    **{f: _k_partials(n, _REAL_K) for n, f in _REAL_K.items()},
    **{f: _k_partials(n, _ANY_K) for n, f in _ANY_K.items()},
}
