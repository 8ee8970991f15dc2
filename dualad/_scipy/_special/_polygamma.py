"""psi and its derivatives for positive arguments, as a chain of functions that are rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.special as sc

from ._many import Refused
from ._quadrature import on_arrays

_HIGHEST = 6


def _order(n: int) -> Callable[..., Any]:
    return on_arrays(
        f"polygamma_{n}",
        lambda a: sc.polygamma(n, a),
        lambda a: a > 0.0,
        f"The derivative of order {n} of psi, for positive arguments.",
    )


PSI: tuple[Callable[..., Any], ...] = tuple(_order(n) for n in range(_HIGHEST + 1))


def _next(n: int) -> dict[int, Any]:
    if n == _HIGHEST:
        return {0: Refused("has no rule at this order")}
    return {0: lambda a, _y: PSI[n + 1](a)}


PARTIALS: dict[Any, dict[int, Any]] = {PSI[n]: _next(n) for n in range(_HIGHEST + 1)}

__all__ = ["PARTIALS", "PSI"]
