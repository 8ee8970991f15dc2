"""Derivatives of the incomplete gamma functions in a, and of what is made of them.

P(a, x) is the integral of p(t) = t**(a - 1) exp(-t) / Gamma(a) from 0 to x, and its derivative in
a that of (log t - psi(a)) p(t), which has one sign on each side of t0 = exp(psi(a)); the integral
over all t is 0. So the integral runs from 0 to x where x < t0, and beyond x elsewhere: nothing
cancels, and the tails keep their digits. In u = log(t/a) the weight is exp(-a (exp(u) - 1 - u)),
and log t - psi(a) = u + (log a - psi(a)). Higher derivatives multiply the weight by Bell's
polynomials.

The inverse functions follow from F(a, x) = p: dx/da = -F_a/F_x.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ..._rules._dispatch import dispatched
from ..._rules._helpers import select
from ._inverse import where_solved
from ._many import Refused
from ._polygamma import PSI
from ._quadrature import (
    DROP,
    LEFT,
    derivative_of_exp,
    exp_minus_line,
    integral,
    log_minus_psi,
    on_arrays,
    stirling_error,
)

_HIGHEST = 4


def _peak(a: Any) -> Any:
    """a**a exp(-a) / Gamma(a)."""
    far = np.sqrt(a / (2.0 * np.pi)) * np.exp(-stirling_error(a))
    near = np.exp(a * np.log(a) - a - sc.gammaln(a))
    return np.where(a > 15.0, far, near)


def _log_ratio(a: Any, x: Any) -> Any:
    """log(x/a)."""
    return np.where(np.abs(x - a) < 0.5 * a, np.log1p((x - a) / a), np.log(x) - np.log(a))


def _lengths(a: Any, x: Any) -> tuple[Any, Any]:
    """How far left and right of log(x/a) the weight falls by exp(-DROP); Newton from above."""
    ratio = x / a
    narrow = 3.0 * DROP / a
    left = np.where(narrow < 1.0, np.minimum(DROP / a + ratio, np.sqrt(narrow)), DROP / a + ratio)
    for _ in range(4):
        excess = left + ratio * np.expm1(-left) - DROP / a
        left = left - excess / (1.0 - ratio * np.exp(-left))
    step = 2.0 * DROP + np.sqrt(2.0 * DROP * a) + np.maximum(a - x, 0.0)
    for _ in range(4):
        excess = step - a * np.log1p(step / x) - DROP
        step = step - excess / (1.0 - a / (x + step))
    return left, np.log1p(step / x)


def _in_a(n: int) -> Callable[..., Any]:
    """The derivative of order n of gammainc in a."""

    def compute(a: Any, x: Any) -> Any:
        end, gap = _log_ratio(a, x), log_minus_psi(a)
        below = end + gap < 0.0
        left, right = _lengths(a, x)
        length = np.where(below, -left, right)
        u = end + length * LEFT
        slope = u + gap

        def cumulant(order: tuple[int, ...]) -> Any:
            return slope if order == (1,) else -sc.polygamma(order[0] - 1, a)

        weight = np.exp(-a * exp_minus_line(u))
        total = integral(weight * derivative_of_exp((n,), cumulant))
        answer = -length * _peak(a) * total
        edge = (x == 0.0) | np.isposinf(x)
        if n == 1:
            answer = np.where(a == 0.0, -sc.exp1(x), answer)
        return np.where(edge & (a > 0.0), 0.0, answer)

    return on_arrays(
        f"gammainc_a{n}",
        compute,
        lambda a, x: (a >= 0.0) & (x >= 0.0) & (a < np.inf),
        f"The derivative of order {n} of gammainc in a, by quadrature.",
    )


GAMMAINC_A: tuple[Callable[..., Any], ...] = tuple(_in_a(n) for n in range(1, _HIGHEST + 1))
P_A = GAMMAINC_A[0]


def _density(a: Any, x: Any) -> Any:
    # Far below a the exponential falls out of the range, or multiplies its argument's rounding.
    small = (x < 0.01 * a) & (a > 1e-3) & (a < 100.0)
    b, z = np.where(small, a, 1.0), np.where(small, x, 1.0)
    power = np.power(z, b - 1.0) * np.exp(-z) * sc.rgamma(b)
    return np.where(small, power, np.exp(-a * exp_minus_line(_log_ratio(a, x))) * _peak(a) / x)


def _density_everywhere(a: Any, x: Any) -> Any:
    at_zero = np.where(a < 1.0, np.inf, np.where(a == 1.0, 1.0, 0.0))
    answer = np.where(x == 0.0, at_zero, _density(a, x))
    return np.where(np.isposinf(x) | (a == 0.0), 0.0, answer)


P_X = on_arrays(
    "gammainc_x",
    _density_everywhere,
    lambda a, x: (a >= 0.0) & (x >= 0.0) & (a < np.inf),
    "The derivative of gammainc in x: x**(a - 1) exp(-x) / Gamma(a), by Loader's saddle point.",
)


def _density_x(a: Any, x: Any, y: Any) -> Any:
    # y may be out of the range where its slope is not: that of x**(a - 1) is P_X(a - 1, x).
    near = (x < 1e-30) & (a > 1.01)
    z = select(near, 1.0, x)
    return select(near, P_X(select(near, a - 1.0, 1.0), x), y * ((a - 1.0 - z) / z))


_BORDER = 1.2


@dispatched
def upper_quantile(a: Any, p: Any) -> Any:
    """`gammainccinv`, with one step of Newton's where SciPy's value is off by some hundred ulp.

    So is gammaincc at x < 1.1, but not the series of its complement, of positive terms (DLMF
    8.7.1), from which a p that is not small follows without loss.
    """
    a, p = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(p, np.float64))
    x = sc.gammainccinv(a, p)
    with np.errstate(all="ignore"):
        density = P_X(a, x)
        z = np.where(x < _BORDER, x, 0.0)
        sums = np.ones_like(z)
        for n in range(30, 0, -1):
            sums = 1.0 + sums * z / (a + n)
        step = ((1.0 - p) - density * z / a * sums) / density
        good = (p > 0.05) & (p < 0.9) & (x < _BORDER) & (np.abs(step) < 1e-9 * x)
        return (x + np.where(good, step, 0.0))[()]


def _mixed(n: int) -> Callable[..., Any]:
    """The derivative in x of that of order n in a."""

    def formula(a: Any, x: Any, _y: Any) -> Any:
        def cumulant(order: tuple[int, ...]) -> Any:
            k = order[0]
            return np.log(x) - PSI[0](a) if k == 1 else -PSI[k - 1](a)

        return P_X(a, x) * derivative_of_exp((n,), cumulant)

    return formula


def _higher(n: int) -> Any:
    if n == _HIGHEST:
        return Refused(f"in a has no rule beyond order {_HIGHEST}")
    return lambda a, x, _y: GAMMAINC_A[n](a, x)


def _quantile_a(a: Any, x: Any) -> Any:
    return -P_A(a, x) / P_X(a, x)


PARTIALS: dict[Any, dict[int, Any]] = {
    **{GAMMAINC_A[n - 1]: {0: _higher(n), 1: _mixed(n)} for n in range(1, _HIGHEST + 1)},
    P_X: {
        0: lambda a, x, y: y * (np.log(x) - PSI[0](a)),
        1: _density_x,
    },
    "gammainc": {0: lambda a, x, _y: P_A(a, x)},
    "gammaincc": {0: lambda a, x, _y: -P_A(a, x)},
    "gammaincinv": {0: lambda a, _p, x: -P_A(a, x) / P_X(a, x)},
    "gammainccinv": {0: lambda a, p, _x: _quantile_a(a, upper_quantile(a, p))},
    upper_quantile: {0: lambda a, _p, x: _quantile_a(a, x)},
    "chdtr": {0: lambda v, x, _y: 0.5 * P_A(0.5 * v, 0.5 * x)},
    "chdtrc": {0: lambda v, x, _y: -0.5 * P_A(0.5 * v, 0.5 * x)},
    "chdtri": {0: lambda v, _p, x: -P_A(0.5 * v, 0.5 * x) / P_X(0.5 * v, 0.5 * x)},
    # v of chdtr(v, x) = p
    "chdtriv": {
        0: lambda _p, x, v: 2.0 / P_A(0.5 * v, 0.5 * x),
        1: lambda _p, x, v: -P_X(0.5 * v, 0.5 * x) / P_A(0.5 * v, 0.5 * x),
    },
    # gdtr(a, b, x) = gammainc(b, a x)
    "gdtr": {1: lambda a, b, x, _y: P_A(b, a * x)},
    "gdtrc": {1: lambda a, b, x, _y: -P_A(b, a * x)},
    "gdtria": {1: lambda _p, b, x, a: -P_A(b, a * x) / (x * P_X(b, a * x))},
    "gdtrix": {1: lambda a, b, _p, x: -P_A(b, a * x) / (a * P_X(b, a * x))},
    "gdtrib": {
        0: lambda a, _p, x, b: -x * P_X(b, a * x) / P_A(b, a * x),
        1: lambda a, _p, x, b: 1.0 / P_A(b, a * x),
        2: lambda a, _p, x, b: -a * P_X(b, a * x) / P_A(b, a * x),
    },
    # k of gammaincc(k + 1, m) = p
    "pdtrik": {
        0: lambda _p, m, k: where_solved(k, -1.0 / P_A(k + 1.0, m), 0.0),
        1: lambda _p, m, k: where_solved(k, -P_X(k + 1.0, m) / P_A(k + 1.0, m), 0.0),
    },
}
