"""The row of `np.i0`, the modified Bessel function of order 0.

SciPy has the derivative (`i1`), but this table needs NumPy only. Below 20 the power series is used:
all of its terms are positive, so nothing cancels. Beyond, the asymptotic series has more digits
than a double holds. Textbook forms such as i0 - i1/x cancel at 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._helpers import polynomial, select
from ._row import Row, Unary

_BORDER = 20.0
_TERMS = 48
_TERMS_FAR = 28
_ROOT_TWO_PI = 2.5066282746310002

# I1(x) = x * sum of q**k / (2 k! (k+1)!), q = x*x/4; highest power first.
_NEAR1 = tuple(0.5 / (math.factorial(k) * math.factorial(k + 1)) for k in range(_TERMS - 1, -1, -1))
# I0''(x) = sum of (2k+1) q**k / (2 k! (k+1)!)
_NEAR2 = tuple(
    (k + 0.5) / (math.factorial(k) * math.factorial(k + 1)) for k in range(_TERMS - 1, -1, -1)
)


def _hankel(order: int) -> list[float]:
    """Coefficients of sqrt(2*pi*x) * exp(-x) * I_order(x) in powers of 1/x."""
    terms = [1.0]
    for k in range(1, _TERMS_FAR):
        terms.append(-terms[-1] * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
    return terms


_FAR0, _FAR1 = _hankel(0), _hankel(1)
_FAR1_POWERS = tuple(reversed(_FAR1))
# I0'' = I0 - I1/x
_FAR2_POWERS = tuple(
    reversed([_FAR0[0], *(a - b for a, b in zip(_FAR0[1:], _FAR1[:-1], strict=True))])
)


def _far(size: Any, coefficients: tuple[float, ...]) -> Any:
    # exp in two halves: it overflows before the Bessel function does.
    half = np.exp(0.5 * size)
    return half * (polynomial(1.0 / size, coefficients) / (_ROOT_TWO_PI * np.sqrt(size))) * half


def _i1(x: Any, _y: Any) -> Any:
    size = select(x < 0.0, -x, x)
    far = _far(size, _FAR1_POWERS)
    near = x * polynomial(0.25 * x * x, _NEAR1)
    return select(size < _BORDER, near, select(x < 0.0, -far, far))


def _i0_bend(x: Any, _y: Any, _d: Any) -> Any:
    size = select(x < 0.0, -x, x)
    near = polynomial(0.25 * x * x, _NEAR2)
    return select(size < _BORDER, near, _far(size, _FAR2_POWERS))


BESSEL: tuple[Row, ...] = (
    Unary(
        np.i0,
        _i1,
        _i0_bend,
        at=(-500.0, -21.0, -3.0, -1e-9, 0.0, 1e-300, 0.1, 1.0, 7.9, 8.1, 19.9, 20.1, 60.0, 700.0),
        sympy=lambda sp, x: sp.besseli(0, x),
    ),
)
