"""The weight functions of `scipy.integrate.quad`, when their parameters or limits are numbers.

Names of weights as in QUADPACK: cos and sin of ``wvar x``; ``(x - a)^alpha (b - x)^beta`` with or
without logarithms; cauchy, ``1 / (x - wvar)`` as a principal value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers import primal, primal_tree
from .._numbers._number import holds_number
from ._functional import Function

_WAVES = ("cos", "sin")


def weighted(weight: str, wvar: Any, x: Any) -> Any:
    """The weight at x, of those that do not depend on the limits."""
    if weight in _WAVES:
        return np.cos(wvar * x) if weight == "cos" else np.sin(wvar * x)
    return 1.0 / (x - wvar)


def weights_moved(weight: str, wvar: Any, limits: Any) -> bool:
    """Whether the weight changes with numbers: it is not the plain weight under the integral."""
    parameters = holds_number(wvar if isinstance(wvar, (tuple, list)) else [wvar])
    return parameters or (weight not in (*_WAVES, "cauchy") and holds_number(limits))


def weighted_body(integral: Any, a: Any, b: Any) -> Any:
    """The integral with a weight that changes with numbers."""
    weight, wvar = integral.weight, integral.wvar
    if weight in _WAVES:
        return _waves(integral, a, b)
    if weight == "cauchy":
        return _cauchy(integral, a, b)
    integral.weight = integral.wvar = None  # it goes into the integrand; `quad` copes with ends
    return integral.mapped(a, b, _FACTORS[weight], tuple(wvar))


def _algebraic(u: Any, low: float, high: float, ratio: Any, alpha: Any, beta: Any) -> Any:
    return (ratio * (u - low)) ** alpha * (ratio * (high - u)) ** beta


def _log_left(u: Any, low: float, high: float, ratio: Any, alpha: Any, beta: Any) -> Any:
    return _algebraic(u, low, high, ratio, alpha, beta) * np.log(ratio * (u - low))


def _log_right(u: Any, low: float, high: float, ratio: Any, alpha: Any, beta: Any) -> Any:
    return _algebraic(u, low, high, ratio, alpha, beta) * np.log(ratio * (high - u))


def _log_both(u: Any, low: float, high: float, ratio: Any, alpha: Any, beta: Any) -> Any:
    return _log_left(u, low, high, ratio, alpha, beta) * np.log(ratio * (high - u))


_FACTORS = {
    "alg": _algebraic,
    "alg-loga": _log_left,
    "alg-logb": _log_right,
    "alg-log": _log_both,
}


def _waves(integral: Any, a: Any, b: Any) -> Any:
    """``cos(w x)`` is ``cos(w0 x) cos(d x) - sin(w0 x) sin(d x)``, w0 plain; sin likewise."""
    weight, w = integral.weight, integral.wvar
    w0 = primal(w)
    ends = primal(a), primal(b)
    other = "sin" if weight == "cos" else "cos"
    total = integral.body(*ends, _times_cosine, (w - w0,), weight=weight, wvar=w0)
    turned = integral.body(*ends, _times_sine, (w - w0,), weight=other, wvar=w0)
    total = total - turned if weight == "cos" else total + turned

    def f(x: Any) -> Any:
        return integral.user.number(x) * weighted(weight, w, x)

    return total + integral.edges(f, a, b)


def _times_cosine(f: Function, x: Any, d: Any) -> Any:
    return f(x) * np.cos(d * x)


def _times_sine(f: Function, x: Any, d: Any) -> Any:
    return f(x) * np.sin(d * x)


def _cauchy(integral: Any, a: Any, b: Any) -> Any:
    """The pole is moved to its plain place, and the function and its limits with it."""
    c = integral.wvar
    c0 = primal(c)
    total = integral.body(
        primal(a), primal(b), _shifted, (c - c0,), weight="cauchy", wvar=primal_tree(c0)
    )

    def f(x: Any) -> Any:
        return integral.user.number(x + (c - c0)) / (x - c0)

    return total + integral.edges(f, a - (c - c0), b - (c - c0))


def _shifted(f: Function, x: Any, d: Any) -> Any:
    return f(x + d)


__all__ = ["weighted", "weighted_body", "weights_moved"]
