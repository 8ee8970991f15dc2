"""Derivatives of the incomplete beta function in a and b, and of Fisher's F in its degrees.

I(a, b, x) as a function of l = log(x/(1 - x)) is the integral of c exp(E) from -inf to l (see
`_beta_weight`), and its derivative in a that of the weight times log x - psi(a) + psi(a + b), which
changes its sign once: the integral runs on that side of l where it keeps it, so nothing cancels.

The variable of Fisher's distribution is v = l - log(a/b) = log F itself. At fixed v the weight's
logarithm has the derivative

    (log a - psi(a)) - (log(a + b) - psi(a + b)) - (exp(z) - 1 - z),    z = log(x/x0),

which is small of second order for large degrees, as the derivative of the distribution is; that at
fixed l, and the chain rule, would cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ._beta_weight import Weight, gap, peak
from ._many import Refused
from ._polygamma import PSI
from ._quadrature import LEFT, derivative_of_exp, exp_minus_line, integral, on_arrays

_HIGHEST = 3
_FAR = 1e12
_HIGHEST_F = 2
Orders = tuple[int, int]


def _positive(a: Any, b: Any, v: Any) -> Any:
    return (a > 0.0) & (b > 0.0) & (a < np.inf) & (b < np.inf) & ~np.isnan(v)


def _polygammas(order: Orders, a: Any, b: Any) -> Any:
    """The derivatives of log B(a, b) from order 2 on, negative."""
    n = sum(order) - 1
    answer = sc.polygamma(n, a + b)
    if order[1] == 0:
        return answer - sc.polygamma(n, a)
    return answer - sc.polygamma(n, b) if order[0] == 0 else answer


def _at_fixed_logit(weight: Weight, v: Any) -> Callable[[Orders], Any]:
    a, b = weight.a, weight.b
    x, y = weight.logs(v)
    first = {(1, 0): x + gap(a, b), (0, 1): y + gap(b, a)}
    return lambda order: first[order] if order in first else _polygammas(order, a, b)


def _at_fixed_ratio(weight: Weight, v: Any) -> Callable[[Orders], Any]:
    a, b, s = weight.a, weight.b, weight.total
    x, y = weight.logs(v)
    known = {
        (1, 0): lambda: gap(a, b) - exp_minus_line(x),
        (0, 1): lambda: gap(b, a) - exp_minus_line(y),
        (2, 0): lambda: _polygammas((2, 0), a, b) + b / a / s + np.expm1(x) ** 2 / s,
        (1, 1): lambda: _polygammas((1, 1), a, b) - 1.0 / s + np.expm1(x) * np.expm1(y) / s,
        (0, 2): lambda: _polygammas((0, 2), a, b) + a / b / s + np.expm1(y) ** 2 / s,
    }
    return lambda order: known[order]()


def _below(orders: Orders, cumulants: Any, weight: Weight, end: Any) -> Any:
    """Whether to integrate below `end`: the slope of the weight's logarithm keeps its sign there.

    It changes its sign once, and is positive at one end; or it is positive between two places.
    """
    if 0 not in orders:
        return end < 0.0
    first = (1, 0) if orders[1] == 0 else (0, 1)
    far = np.full_like(end, _FAR)
    here, low, high = (cumulants(weight, v)(first) > 0.0 for v in (end, -far, far))
    return np.where(low, here, np.where(high, ~here, end < 0.0))


def _integrate(orders: Orders, cumulants: Any, a: Any, b: Any, v: Any) -> Any:
    """The integral of a derivative of the weight up to v, over the side where it keeps its sign."""
    weight = Weight(a, b)
    end = np.clip(v, -_FAR, _FAR)
    span = np.where(_below(orders, cumulants, weight, end), -1.0, 1.0)
    span = span * weight.length(end, span)

    def part(start: Any, width: Any) -> Any:
        nodes = start + width * LEFT
        polynomial = derivative_of_exp(orders, cumulants(weight, nodes))
        return width * integral(np.exp(weight.exponent(nodes)) * polynomial)

    # The weight bends at x = 1/2, on a scale of 1, which small a or b make a small part of all.
    corner = -np.log(a / b)
    within = (corner - end) / span
    split = (within > 0.0) & (within < 1.0)
    total = part(end, np.where(split, corner - end, span))
    if split.any():
        total = total + part(corner, np.where(split, end + span - corner, 0.0))
    return np.where(np.isinf(v), 0.0, -peak(a, b) * total)


def _derivative(orders: Orders) -> Callable[..., Any]:
    def compute(a: Any, b: Any, logit: Any) -> Any:
        return _integrate(orders, _at_fixed_logit, a, b, logit - np.log(a / b))

    return on_arrays(
        f"betainc_a{orders[0]}b{orders[1]}",
        compute,
        _positive,
        f"The derivative of betainc, as a function of (a, b, logit(x)), of orders {orders}.",
    )


def _derivative_f(orders: Orders) -> Callable[..., Any]:
    def compute(a: Any, b: Any, v: Any) -> Any:
        return _integrate(orders, _at_fixed_ratio, a, b, v)

    return on_arrays(
        f"fdtr_a{orders[0]}b{orders[1]}",
        compute,
        _positive,
        f"The derivative of fdtr in half its degrees and log(x), of orders {orders}.",
    )


def _up_to(highest: int) -> list[Orders]:
    return [(i, n - i) for n in range(1, highest + 1) for i in range(n + 1)]


INCOMPLETE = {orders: _derivative(orders) for orders in _up_to(_HIGHEST)}
RATIO = {orders: _derivative_f(orders) for orders in _up_to(_HIGHEST_F)}
I_A, I_B = INCOMPLETE[1, 0], INCOMPLETE[0, 1]
H_A, H_B = RATIO[1, 0], RATIO[0, 1]


# --- the weight itself, as functions with rows ---------------------------------------------------


def _density(a: Any, b: Any, logit: Any) -> Any:
    v = logit - np.log(a / b)
    return peak(a, b) * np.exp(Weight(a, b).exponent(v))


def _density_f(a: Any, b: Any, v: Any) -> Any:
    return peak(a, b) * np.exp(Weight(a, b).exponent(v))


I_L = on_arrays(
    "betainc_logit",
    _density,
    _positive,
    "x**a (1 - x)**b / B(a, b) at x = expit(l): the derivative of betainc in l.",
)
H_V = on_arrays(
    "fdtr_log",
    _density_f,
    _positive,
    "The derivative of fdtr, as a function of half its degrees, in log(x).",
)


def _logit_cumulants(a: Any, b: Any, logit: Any) -> Callable[[Orders], Any]:
    def cumulant(order: Orders) -> Any:
        n = sum(order) - 1
        answer = PSI[n](a + b)
        if order[1] == 0:
            answer = answer - PSI[n](a)
        if order[0] == 0:
            answer = answer - PSI[n](b)
        if order == (1, 0):
            return answer + sc.log_expit(logit)
        return answer + sc.log_expit(-logit) if order == (0, 1) else answer

    return cumulant


def _ratio_cumulants(a: Any, b: Any, v: Any) -> Callable[[Orders], Any]:
    s, logit = a + b, v + np.log(a / b)
    x = sc.log_expit(logit) - np.log(a / s)
    y = sc.log_expit(-logit) - np.log(b / s)
    known = {
        (1, 0): lambda: np.log(a / s) - PSI[0](a) + PSI[0](s) + x - np.expm1(x),
        (0, 1): lambda: np.log(b / s) - PSI[0](b) + PSI[0](s) + y - np.expm1(y),
        (2, 0): lambda: PSI[1](s) - PSI[1](a) + b / a / s + np.expm1(x) * np.expm1(x) / s,
        (1, 1): lambda: PSI[1](s) - 1.0 / s + np.expm1(x) * np.expm1(y) / s,
        (0, 2): lambda: PSI[1](s) - PSI[1](b) + a / b / s + np.expm1(y) * np.expm1(y) / s,
    }
    return lambda order: known[order]()


def _chain(functions: Any, density: Any, cumulants: Any, orders: Orders) -> dict[int, Any]:
    """The partials of a derivative of such orders."""

    def further(i: int) -> Any:
        key = (orders[0] + (i == 0), orders[1] + (i == 1))
        if key not in functions:
            return Refused(f"has no rule beyond order {sum(orders)} in parameters")
        return lambda a, b, u, _y: functions[key](a, b, u)

    def along(a: Any, b: Any, u: Any, _y: Any) -> Any:
        return density(a, b, u) * derivative_of_exp(orders, cumulants(a, b, u))

    return {0: further(0), 1: further(1), 2: along}


def _density_partials(cumulants: Any, shift: bool) -> dict[int, Any]:
    def along(a: Any, b: Any, u: Any, y: Any) -> Any:
        logit = u + np.log(a / b) if shift else u
        return y * (a * sc.expit(-logit) - b * sc.expit(logit))

    return {
        0: lambda a, b, u, y: y * cumulants(a, b, u)((1, 0)),
        1: lambda a, b, u, y: y * cumulants(a, b, u)((0, 1)),
        2: along,
    }


PARTIALS: dict[Any, dict[int, Any]] = {
    **{f: _chain(INCOMPLETE, I_L, _logit_cumulants, n) for n, f in INCOMPLETE.items()},
    **{f: _chain(RATIO, H_V, _ratio_cumulants, n) for n, f in RATIO.items()},
    I_L: _density_partials(_logit_cumulants, False),
    H_V: _density_partials(_ratio_cumulants, True),
}
