"""Derivatives in parameters of what is made of the incomplete beta function.

betainc(a, b, x) = I(a, b, logit(x)); bdtr, nbdtr, F and Student's t by DLMF 8.17(i), and inverse
functions by the implicit function theorem.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc

from ._beta_parameter import H_A, H_B, H_V, I_A, I_B, I_L, RATIO
from ._inverse import PROBABILITY, inverse
from ._many import Refused
from ._polygamma import PSI
from ._quadrature import log_minus_line, on_arrays, stirling_error

# --- betainc -------------------------------------------------------------------------------------


def _a(a: Any, b: Any, x: Any) -> Any:
    return I_A(a, b, sc.logit(x))


def _b(a: Any, b: Any, x: Any) -> Any:
    return I_B(a, b, sc.logit(x))


def _x(a: Any, b: Any, x: Any) -> Any:
    return I_L(a, b, sc.logit(x)) / (x * (1.0 - x))


BETA = (_a, _b, _x)

# bdtr(k, n, p) = I(n - k, k + 1, logit(1 - p)) and nbdtr(k, n, p) = I(n, k + 1, logit(p)), with
# real k and n.
BINOMIAL = (
    lambda k, n, p: I_B(n - k, k + 1.0, -sc.logit(p)) - I_A(n - k, k + 1.0, -sc.logit(p)),
    lambda k, n, p: I_A(n - k, k + 1.0, -sc.logit(p)),
    lambda k, n, p: -I_L(n - k, k + 1.0, -sc.logit(p)) / (p * (1.0 - p)),
)
NEGATIVE_BINOMIAL = (
    lambda k, n, p: I_B(n, k + 1.0, sc.logit(p)),
    lambda k, n, p: I_A(n, k + 1.0, sc.logit(p)),
    lambda k, n, p: I_L(n, k + 1.0, sc.logit(p)) / (p * (1.0 - p)),
)

# --- Fisher's F ----------------------------------------------------------------------------------

FISHER = (
    lambda m, n, x: 0.5 * H_A(0.5 * m, 0.5 * n, np.log(x)),
    lambda m, n, x: 0.5 * H_B(0.5 * m, 0.5 * n, np.log(x)),
    lambda m, n, x: H_V(0.5 * m, 0.5 * n, np.log(x)) / x,
)

# --- Student's t ---------------------------------------------------------------------------------


def _t_density(n: Any, t: Any) -> Any:
    ratio = stirling_error(0.5 * n + 0.5) - stirling_error(0.5 * n)
    ratio = ratio + 0.5 * n * log_minus_line(1.0 / n)
    logarithm = np.log1p(t / n * t)
    # Far out exp would multiply the rounding of the logarithm, and t*t leaves the range.
    far = logarithm > 8.0
    tail = np.power(np.hypot(1.0, t / np.sqrt(n)), np.where(far, -(n + 1.0), 0.0))
    power = -0.5 * (n + 1.0) * np.where(far, 0.0, logarithm)
    normal = -0.5 * t * t
    bell = np.exp(ratio + np.where(np.isposinf(n), normal, power))
    return np.where(far, tail, 1.0) * bell / np.sqrt(2.0 * np.pi)


T_DENSITY = on_arrays(
    "stdtr_t",
    _t_density,
    lambda n, t: (n > 0.0) & ~np.isnan(t),
    "The density of Student's t: the derivative of stdtr in t.",
)


def _t_half(n: Any, t: Any) -> Any:
    """The derivative of stdtr in df: t*t has Fisher's distribution of 1 and df degrees."""
    size = np.where(t == 0.0, 1.0, np.abs(t))
    one = H_B(np.full_like(n, 0.5), 0.5 * n, 2.0 * np.log(size))
    return np.where(np.isposinf(n), 0.0, 0.25 * np.sign(t) * one)


T_DF = on_arrays(
    "stdtr_df",
    _t_half,
    lambda n, t: (n > 0.0) & ~np.isnan(t),
    "The derivative of stdtr in df.",
)


def _score(n: Any, t: Any) -> Any:
    """The derivative of the density's logarithm in df."""
    u = t * t / n
    digammas = PSI[0](0.5 * n + 0.5) - PSI[0](0.5 * n)
    return 0.5 * (digammas - 1.0 / n - np.log1p(u) + (1.0 + 1.0 / n) * (u / (1.0 + u)))


def _t_half_2(n: Any, t: Any) -> Any:
    size = np.where(t == 0.0, 1.0, np.abs(t))
    two = RATIO[0, 2](np.full_like(n, 0.5), 0.5 * n, 2.0 * np.log(size))
    return 0.125 * np.sign(t) * two


T_DF2 = on_arrays(
    "stdtr_df2",
    _t_half_2,
    lambda n, t: (n > 0.0) & (n < np.inf) & ~np.isnan(t),
    "The second derivative of stdtr in df.",
)


def _score_2(n: Any, t: Any) -> Any:
    """The derivative of `_score` in df."""
    u = t * t / n
    digammas = 0.5 * (PSI[1](0.5 * n + 0.5) - PSI[1](0.5 * n))
    fraction = u / (1.0 + u)
    slope = -(u / n) / ((1.0 + u) * (1.0 + u))
    rest = 1.0 / (n * n) + fraction / n - fraction / (n * n) + (1.0 + 1.0 / n) * slope
    return 0.5 * (digammas + rest)


STUDENT = (T_DF, T_DENSITY)

PARTIALS: dict[Any, dict[int, Any]] = {
    "betainc": {0: lambda a, b, x, _y: _a(a, b, x), 1: lambda a, b, x, _y: _b(a, b, x)},
    "betaincc": {0: lambda a, b, x, _y: -_a(a, b, x), 1: lambda a, b, x, _y: -_b(a, b, x)},
    "betaincinv": inverse(BETA, 2, (0, 1, PROBABILITY)),
    "betainccinv": inverse(BETA, 2, (0, 1, PROBABILITY), -1.0),
    "btdtria": inverse(BETA, 0, (PROBABILITY, 1, 2)),
    "btdtrib": inverse(BETA, 1, (0, PROBABILITY, 2)),
    "bdtrik": inverse(BINOMIAL, 0, (PROBABILITY, 1, 2), least=0.0),
    "bdtrin": inverse(BINOMIAL, 1, (0, PROBABILITY, 2)),
    "nbdtrik": inverse(NEGATIVE_BINOMIAL, 0, (PROBABILITY, 1, 2), least=0.0),
    "nbdtrin": inverse(NEGATIVE_BINOMIAL, 1, (0, PROBABILITY, 2)),
    "fdtr": {i: lambda m, n, x, _y, f=f: f(m, n, x) for i, f in enumerate(FISHER)},
    "fdtrc": {i: lambda m, n, x, _y, f=f: -f(m, n, x) for i, f in enumerate(FISHER)},
    "fdtri": inverse(FISHER, 2, (0, 1, PROBABILITY)),
    "fdtridfd": inverse(FISHER, 1, (0, PROBABILITY, 2)),
    "stdtr": {i: lambda n, t, _y, f=f: f(n, t) for i, f in enumerate(STUDENT)},
    "stdtrit": inverse(STUDENT, 1, (0, PROBABILITY)),
    "stdtridf": inverse(STUDENT, 0, (PROBABILITY, 1), farthest=1e10, nearest=1e-99),
    T_DENSITY: {
        0: lambda n, t, y: y * _score(n, t),
        1: lambda n, t, y: -(n + 1.0) * (y * t) / (n + t * t),
    },
    T_DF: {
        0: lambda n, t, _y: T_DF2(n, t),
        1: lambda n, t, _y: T_DENSITY(n, t) * _score(n, t),
    },
    T_DF2: {
        0: Refused("in df has no rule beyond order 2"),
        1: lambda n, t, _y: T_DENSITY(n, t) * (_score(n, t) * _score(n, t) + _score_2(n, t)),
    },
}
