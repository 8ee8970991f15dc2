"""Parabolic cylinder and Legendre functions in their orders.

Derivatives in parameters come from values around (`_stencil`); those in x from the differential
equations (DLMF 12.2, 14.10.5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.special as sc

from ._many import INTEGER
from ._stencil import family, in_parameters

_Table = dict[Any, dict[int, Any]]


def _width(*_: Any) -> float:
    return 1.0


def _cylinder(fn: Any, bend: Callable[[Any, Any], Any], slope: float) -> _Table:
    """The rows of a function w and its derivative in x, where w'' = bend(v, x) w.

    Parameters
    ----------
    fn : ufunc
        Its answers are w and w'.
    bend : callable
    slope : float
        The derivative of bend in v.
    """
    name = fn.__name__

    def made(answer: int, n: int) -> Callable[..., Any]:
        label = f"{name} in {'v' * n}, answer {answer},"
        return in_parameters(label, lambda v, x: fn(v, x)[answer], (n, 0), _width)

    (w, w2), (dw, dw2) = ((made(i, 1), made(i, 2)) for i in (0, 1))
    return {
        name: {
            0: lambda v, x, _y: (w(v, x), dw(v, x)),
        },
        w: {0: lambda v, x, _y: w2(v, x), 1: lambda v, x, _y: dw(v, x)},
        dw: {
            0: lambda v, x, _y: dw2(v, x),
            1: lambda v, x, _y: bend(v, x) * w(v, x) + slope * fn(v, x)[0],
        },
    }


def _weber(v: Any, x: Any) -> Any:
    return 0.25 * x * x - v - 0.5


def _legendre_slope(m: Any, v: Any, x: Any) -> Any:
    low, here = sc.lpmv(m, v - 1.0, x), sc.lpmv(m, v, x)
    return ((m + v) * low - v * x * here) / ((1.0 - x) * (1.0 + x))


PARTIALS: _Table = {
    **_cylinder(sc.pbdv, _weber, -1.0),
    **_cylinder(sc.pbvv, _weber, -1.0),
    **_cylinder(sc.pbwa, lambda a, x: a - 0.25 * x * x, 1.0),
    **family("lpmv", sc.lpmv, {1: "v"}, {2: _legendre_slope}),
}
PARTIALS["lpmv"][0] = INTEGER
