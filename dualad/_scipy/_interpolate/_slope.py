"""Interpolants of plain data at numbers: their own derivatives, by one call of SciPy's each."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ..._rules._contract import conj
from ..._rules._dispatch import dispatched
from ..._rules._row import Differential
from .._plain import trailing

Params = tuple[Any, int, Any]


@dispatched
def at(x: Any, plain: Any, nu: int, extrapolate: Any) -> Any:
    """``plain(x, nu, extrapolate)``: shape ``x.shape + rest``."""
    if isinstance(plain, interpolate.BSpline) and nu > plain.k:
        return np.zeros(np.shape(x) + plain.c.shape[1:])[()]
    return plain(x, nu, extrapolate)[()]


def _next(params: Params, x: Any) -> Any:
    plain, nu, extrapolate = params
    return at(x, plain, nu + 1, extrapolate)


def _jvp(params: Params, y: Any, operands: Any, blocks: Any) -> Any:
    x = operands[0]
    return _next(params, x) * trailing(blocks[0], np.ndim(y) - np.ndim(x))


def _vjp(params: Params, y: Any, operands: Any, ct: Any, _i: int) -> Any:
    x = operands[0]
    back = np.real(ct * conj(_next(params, x)))
    rest = np.ndim(y) - np.ndim(x)
    return np.sum(back, axis=tuple(range(-rest, 0))) if rest else back


ROWS = [
    Differential(
        at,
        prepare=lambda x, plain, nu, extrapolate: ((x,), (plain, nu, extrapolate)),
        value=lambda params, x: at(x, *params),
        jvp=_jvp,
        vjp=_vjp,
    )
]
