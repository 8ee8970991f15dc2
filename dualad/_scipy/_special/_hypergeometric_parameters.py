"""Derivatives of hypergeometric and Wright's functions in their parameters.

The functions are entire in the upper parameters and have poles in the lower ones; derivatives come
from values around (`_stencil`), and those of the slopes in x (DLMF 13.3.15, 15.5.1) likewise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc

from ._stencil import family


def _to_pole(c: Any) -> Any:
    """How far around c a function with poles at 0, -1, ... has a tame interpolating polynomial."""
    distance = np.where(c > 0.0, c, np.abs(c - np.rint(c)))
    return np.minimum(1.0, 0.6 * distance)


def _wright_log_slope(a: Any, b: Any, x: Any) -> Any:
    return np.exp(sc.log_wright_bessel(a, a + b, x) - sc.log_wright_bessel(a, b, x))


def _wide(b: Any) -> Any:
    """The radius in a lower parameter: functions of a large one change on its own scale."""
    return np.maximum(_to_pole(b), 0.25 * b)


def _inside(a: Any, b: Any, _x: Any) -> Any:
    """Wright's function is there for a, b >= 0 only."""
    return np.minimum(1.0, 0.9 * np.minimum(a, b))


PARTIALS: dict[Any, dict[int, Any]] = {
    **family(
        "hyp0f1",
        sc.hyp0f1,
        {0: "v"},
        {1: lambda v, z: sc.hyp0f1(v + 1.0, z) / v},
        radius=lambda v, z: (_wide(v), np.ones_like(z)),
    ),
    **family(
        "hyp1f1",
        sc.hyp1f1,
        {0: "a", 1: "b"},
        {2: lambda a, b, x: a / b * sc.hyp1f1(a + 1.0, b + 1.0, x)},
        radius=lambda _a, b, _x: (_to_pole(b), _wide(b), _to_pole(b)),
    ),
    **family(
        "hyp2f1",
        sc.hyp2f1,
        {0: "a", 1: "b", 2: "c"},
        {3: lambda a, b, c, z: a * b / c * sc.hyp2f1(a + 1.0, b + 1.0, c + 1.0, z)},
        radius=lambda _a, _b, c, _z: (_to_pole(c), _to_pole(c), _wide(c), _to_pole(c)),
    ),
    **family(
        "wright_bessel",
        sc.wright_bessel,
        {0: "a", 1: "b"},
        {2: lambda a, b, x: sc.wright_bessel(a, a + b, x)},
        radius=_inside,
    ),
}
if hasattr(sc, "log_wright_bessel"):
    PARTIALS.update(
        family(
            "log_wright_bessel",
            sc.log_wright_bessel,
            {0: "a", 1: "b"},
            {2: _wright_log_slope},
            radius=_inside,
        )
    )
