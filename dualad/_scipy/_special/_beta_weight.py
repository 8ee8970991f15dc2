"""The weight of the incomplete beta function in the logit of its variable, on plain arrays.

With l = log(t/(1 - t)), l0 = log(a/b) and v = l - l0, the distribution has the density c exp(E(v)),
E = a log(x/x0) + b log(y/y0), where x = t, y = 1 - t and x0 = a/(a + b), y0 = b/(a + b) are their
values at the peak. E is concave and E(0) = 0. With q the smaller of x0 and y0, and v
reversed where that is x0,

    log(x/x0) = -log1p(q expm1(-v)),    log(y/y0) = log(x/x0) - v,
    E = -(a + b) log1p(q expm1(-v)) - b v,

which near v = 0 is written with log(1 + z) - z and exp(z) - 1 - z, for the linear terms cancel.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._quadrature import DROP, exp_minus_line, log_minus_line, log_minus_psi, stirling_error

_HALVINGS = 10


def peak(a: Any, b: Any) -> Any:
    """c: a**a b**b / (a + b)**(a + b) / B(a, b)."""
    s = a + b
    error = stirling_error(s) - stirling_error(a) - stirling_error(b)
    return np.sqrt(a / s * b / (2.0 * np.pi)) * np.exp(error)


class Weight:
    """E and its parts for given a and b."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b, self.total = a, b, a + b
        self.swap = a < b
        self.small = np.where(self.swap, a, b)
        self.q = self.small / self.total

    def _down(self, v: Any) -> Any:
        """-v, in the orientation in which b is the smaller."""
        return np.where(self.swap, v, -v)

    def _log1p(self, w: Any) -> Any:
        """log1p(q expm1(w)), for w that expm1 overflows at, too."""
        near = np.log1p(self.q * np.expm1(np.minimum(w, 30.0)))
        far = w + np.log(self.q + (1.0 - self.q) * np.exp(-np.maximum(w, 30.0)))
        return np.where(w < 30.0, near, far)

    def logs(self, v: Any) -> tuple[Any, Any]:
        """log(x/x0) and log(y/y0)."""
        w = self._down(v)
        large = -self._log1p(w)
        small = large + w
        return np.where(self.swap, small, large), np.where(self.swap, large, small)

    def exponent(self, v: Any) -> Any:
        """E(v)."""
        w = self._down(v)
        far = self.small * w - self.total * self._log1p(w)
        z = np.where(np.abs(w) < 0.5, w, 0.0)
        bend = log_minus_line(self.q * np.expm1(z)) + self.q * exp_minus_line(z)
        return np.where(np.abs(w) < 0.5, -self.total * bend, far)

    def length(self, end: Any, direction: Any) -> Any:
        """How far from `end` E falls by `DROP`, in steps of one twentieth; by bisection."""
        low, high = np.full_like(end, -20.0), np.full_like(end, 30.0)
        start = self.exponent(end)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            short = start - self.exponent(end + direction * np.exp(middle)) < DROP
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.exp(high)


def gap(a: Any, b: Any) -> Any:
    """(log(a) - psi(a)) - (log(s) - psi(s)), s = a + b: the slope of log c in a."""
    s = a + b
    half = 0.5 * (b / a) / s
    rest = (log_minus_psi(a) - 0.5 / a) - (log_minus_psi(s) - 0.5 / s)
    return half + rest
