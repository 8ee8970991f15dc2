"""The 21-point rule on given intervals, for integrands whose numbers cannot be told from outside.

QUADPACK ends with intervals that the value needed; the rule is summed on them with numbers. A
derivative that varies where the integrand itself does not may need finer ones, which is not seen
here: it is the way for functions that reach their numbers through globals or foreign objects only.

References
----------
R. Piessens et al., "QUADPACK", Springer 1983: qk21, qagi.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._lift._scalars import scalar
from .._numbers import primal
from ._user import UserFunction

_HALF = np.array([
    0.995657163025808080735527280689003, 0.973906528517171720077964012084452,
    0.930157491355708226001207180059508, 0.865063366688984510732096688423493,
    0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
    0.562757134668604683339000099272694, 0.433395394129247190799265943165784,
    0.294392862701460198131126603103866, 0.14887433898163121088482600112972, 0.0,
])  # fmt: skip
_HALF_WEIGHTS = np.array([
    0.011694638867371874278064396062192, 0.03255816230796472747881897245939,
    0.05475589657435199603138130024458, 0.07503967481091995276704314091619,
    0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
    0.123491976262065851077958109585166, 0.134709217311473325928054001771707,
    0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
    0.149445554002916905664936468389821,
])  # fmt: skip
NODES = np.concatenate((-_HALF[:-1], _HALF[::-1]))
WEIGHTS = np.concatenate((_HALF_WEIGHTS[:-1], _HALF_WEIGHTS[::-1]))


def summed(user: UserFunction, a: Any, b: Any, info: dict[str, Any]) -> Any:
    """The integral between the plain values of a and b, on QUADPACK's intervals."""
    ends = primal(a), primal(b)
    low, high = min(ends), max(ends)
    total: Any = 0.0
    for start, stop in zip(info["alist"], info["blist"][: info["last"]], strict=False):
        middle, half = 0.5 * (start + stop), 0.5 * (stop - start)
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            for x, scale in _mapped(middle + half * node, low, high):
                total = total + (weight * half * scale) * scalar(user.number(x))
    return total if ends[0] <= ends[1] else -total


def _mapped(t: float, low: float, high: float) -> list[tuple[float, float]]:
    """The points x that stand for QUADPACK's variable t, and dx/dt there.

    Infinite intervals are mapped to (0, 1] by ``x = (1 - t) / t`` (qagi).
    """
    if np.isfinite(low) and np.isfinite(high):
        return [(t, 1.0)]
    far, scale = (1.0 - t) / t, 1.0 / t**2
    if np.isfinite(low):
        return [(low + far, scale)]
    if np.isfinite(high):
        return [(high - far, scale)]
    return [(far, scale), (-far, scale)]


__all__ = ["summed"]
