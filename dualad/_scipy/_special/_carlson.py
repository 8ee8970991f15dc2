"""Derivatives of Carlson's R_D and R_J by quadrature.

They are integrals over t > 0 of products of powers of t + a (DLMF 19.16), and so are their
derivatives, of one sign whatever their order. In log t the integrand falls exponentially on both
sides and bends at each log a, where the integral is split. Complex steps of SciPy's values, and
(R_D - R_J)/(p - x), lose their digits where p is near x.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..._rules._dispatch import dispatched
from ._many import INTEGER
from ._quadrature import DROP, LEFT, integral

_LOWEST = 1e-300


def product_integral(powers: tuple[float, ...], *args: Any) -> Any:
    """The integral over t > 0 of the product of (t + a)**-power, for a >= 0.

    Infinite where an a of 0 makes it so, NaN where an a is negative.
    """
    arrays = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in args))
    flat = [a.ravel() for a in arrays]
    with np.errstate(all="ignore"):
        answer = _on_vectors(powers, flat)
        for a in flat:
            answer = np.where(a >= 0.0, answer, np.nan)
    return answer.reshape(arrays[0].shape)[()]


def _on_vectors(powers: tuple[float, ...], flat: list[Any]) -> Any:
    rate = 1.0 - sum(np.where(a == 0.0, p, 0.0) for p, a in zip(powers, flat, strict=True))
    logs = [np.log(np.maximum(a, _LOWEST)) for a in flat]
    shown = np.stack([np.where(a == 0.0, np.inf, v) for a, v in zip(flat, logs, strict=True)])
    first = np.min(shown, axis=0)
    corners = np.sort(np.where(np.isinf(shown), first, shown), axis=0)
    low = corners[0] - DROP / np.where(rate > 0.0, rate, 1.0)
    high = corners[-1] + DROP / (sum(powers) - 1.0)
    total = np.zeros_like(low)
    for start, end in itertools.pairwise([low, *corners, high]):
        s = start + (end - start) * LEFT
        log_integrand = s
        for p, a, v in zip(powers, flat, logs, strict=True):
            larger = np.where(a == 0.0, s, np.maximum(s, v))
            smaller = np.where(a == 0.0, -np.inf, np.minimum(s, v))
            log_integrand = log_integrand - p * (larger + np.log1p(np.exp(smaller - larger)))
        total = total + (end - start) * integral(np.exp(log_integrand))
    return np.where(rate > 0.0, total, np.inf)


# --- derivatives of any order, which are rows of one another


def _family(name: str, front: float, powers: tuple[float, ...]) -> Callable[..., Any]:
    """`front` times the integral of these powers, differentiated: ``(*orders, *arguments)``."""
    size = len(powers)

    def function(*args: Any) -> Any:
        orders = [int(n) for n in args[:size]]
        # The n-th derivative of (t + a)**-p is p (p + 1) ... (p + n - 1) (-1)**n (t + a)**(-p - n).
        pairs = list(zip(powers, orders, strict=True))
        factor = math.prod(-p - i for p, n in pairs for i in range(n))
        return front * factor * product_integral(tuple(p + n for p, n in pairs), *args[size:])

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "The derivative of such orders."
    return dispatched(function)


rd = _family("rd", 1.5, (0.5, 0.5, 1.5))
rj = _family("rj", 1.5, (0.5, 0.5, 0.5, 1.0))


def once_more(fn: Callable[..., Any], orders: tuple[int, ...]) -> dict[int, Any]:
    """The partials of the derivative of such orders, as a function of the arguments alone."""

    def along(i: int) -> Callable[..., Any]:
        raised = tuple(n + (j == i) for j, n in enumerate(orders))
        return lambda *args: fn(*raised, *args[:-1])

    return {i: along(i) for i in range(len(orders))}


def _partials(fn: Callable[..., Any], size: int) -> dict[int, Any]:
    def along(i: int) -> Callable[..., Any]:
        def formula(*args: Any) -> Any:
            orders = [int(n) + (j == i) for j, n in enumerate(args[:size])]
            return fn(*orders, *args[size:-1])

        return formula

    return {**dict.fromkeys(range(size), INTEGER), **{size + i: along(i) for i in range(size)}}


PARTIALS: dict[Any, dict[int, Any]] = {rd: _partials(rd, 3), rj: _partials(rj, 4)}
INTEGERS: dict[Any, tuple[int, ...]] = {rd: (0, 1, 2), rj: (0, 1, 2, 3)}
