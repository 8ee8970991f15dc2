"""Integrals inside lifted code: differentiated under the sign and in their limits (Leibniz).

The derivative is summed by the rule that QUADPACK uses, on the intervals that it has ended with.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import DerivativeWarning, NoRuleError
from .._lift._scalars import with_value
from .._numbers import Dual, Level, Number, primal
from .._numbers._floating import quietly
from ._user import UserFunction

# The 21-point Gauss-Kronrod rule (R. Piessens et al., "QUADPACK", Springer 1983, qk21).
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
_NODES = np.concatenate((-_HALF[:-1], _HALF[::-1]))
_WEIGHTS = np.concatenate((_HALF_WEIGHTS[:-1], _HALF_WEIGHTS[::-1]))
_FAR = 1e-6  # relative; a rule that misses the integral by more is not trusted


def _quad(func: Any, a: Any, b: Any, args: Any = (), full_output: Any = 0, **keywords: Any) -> Any:
    """`scipy.integrate.quad`, in parameters and in limits."""
    from scipy.integrate import quad

    user = UserFunction(func, args if isinstance(args, tuple) else (args,))
    found = quad(user.plain, primal(a), primal(b), (), full_output=1, **keywords)
    answer = found[0]
    if user.met or isinstance(a, Number) or isinstance(b, Number):
        if any(keywords.get(name) is not None for name in ("weight", "wvar")) or keywords.get(
            "complex_func"
        ):
            raise NoRuleError(
                "scipy.integrate.quad with weight= or complex_func= has no derivative rule",
                "the weight inside the function",
            )
        answer = with_value(quietly(_integral, user, a, b, found[0], found[2]), found[0])
    return (answer, *found[1:]) if full_output else (answer, found[1])


def _integral(user: UserFunction, a: Any, b: Any, value: float, info: dict[str, Any]) -> Any:
    """The integral as a number, right to second derivatives."""
    ends = primal(a), primal(b)
    low, high = min(ends), max(ends)
    total: Any = 0.0
    for start, stop in zip(info["alist"], info["blist"][: info["last"]], strict=False):
        middle, half = 0.5 * (start + stop), 0.5 * (stop - start)
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            for x, scale in _mapped(middle + half * node, low, high):
                y = user.number(x)
                total = total + (weight * half * scale) * y
    if ends[0] > ends[1]:
        total = -total
    if abs(primal(total) - value) > _FAR * abs(value):
        warnings.warn(
            "the derivative of an integral is not as accurate as the integral itself, whose "
            "integrand is singular or hardly resolved. Instead: points= at its singularities",
            DerivativeWarning,
            stacklevel=6,
        )
    for limit, direction in ((b, 1.0), (a, -1.0)):
        if isinstance(limit, Number):
            total = total + direction * _edge(user, limit)
    return total


def _edge(user: UserFunction, limit: Any) -> Any:
    """What a moving limit adds, ``f(b) db + f'(b)/2 db^2``; its value is 0."""
    at = primal(limit)
    level = Level((1,))
    y = user.number(Dual._make(at, np.ones(1), level))
    value, slope = (y._value, y._parts()[0]) if _is_at(y, level) else (y, 0.0)
    step = limit - at
    return value * step + 0.5 * slope * step * step


def _is_at(y: Any, level: Level) -> bool:
    return isinstance(y, Number) and y._level is level


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


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import integrate

    return {integrate.quad: _quad}


__all__ = ["standins"]
