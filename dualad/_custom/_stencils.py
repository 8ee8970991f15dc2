"""Difference quotients of first and second order of a real vector function, with their errors.

A formula is taken at steps h, 2h (and 4h); the error is the difference between the two most
accurate answers, plus what rounding leaves, plus what two one-sided differences disagree by where
they do not approach each other (a kink). Steps are the optimal ones of [1]_ (section 8.1) for the
order p of a formula, eps**(1/(p + 1)) for first and eps**(1/(p + 2)) for second derivatives, times
``max(1, |x|)`` as SciPy has it. "5-point" is one step of Richardson's extrapolation [2]_ of central
differences. Complex steps are those of [3]_.

References
----------
.. [1] J. Nocedal, S. Wright, "Numerical Optimization", Springer 2006.
.. [2] L. Richardson, "The approximate arithmetical solution by finite differences of physical
   problems including differential equations", Phil. Trans. A 210, 1911.
.. [3] W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions",
   SIAM Review 40, 1998.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


class Formula(NamedTuple):
    """The order of a formula before it is extrapolated, and of what it gives in the end."""

    base: int
    order: int


FORMULAS = {
    "2-point": Formula(1, 1),
    "3-point": Formula(2, 2),
    "5-point": Formula(2, 4),
    "cs": Formula(2, 2),
}
TINY = 1e-20  # of a complex step, of which no digit is lost


class Differences:
    """Derivatives of a vector function g at v by differences.

    Parameters
    ----------
    g : callable
        From a real vector to a real vector; with "cs" also of complex ones.
    v : ndarray
        The point.
    value : ndarray
        ``g(v)``.
    method : str
        A key of `FORMULAS`.
    eps : float
        The precision of g and of its arguments.
    step : ndarray or None
        The user's own steps along each element of v.
    estimate : bool
        Whether errors are wanted; without them fewer steps are taken.
    """

    def __init__(
        self,
        g: Function,
        v: np.ndarray,
        value: np.ndarray,
        method: str,
        eps: float,
        step: np.ndarray | None,
        estimate: bool,
    ) -> None:
        self.g, self.v, self.value, self.method = g, v, value, method
        self.eps, self.estimate = eps, estimate
        self.formula = FORMULAS[method]
        self.scale = np.maximum(1.0, np.abs(v))
        # What errors are compared with; an answer that is exactly 0 says nothing of its size.
        self.size = np.where(value == 0, 1e-4, np.abs(value))
        order = self.formula.order
        relative = eps ** (1.0 / (order + 1)) if method != "cs" else TINY
        self.step = relative * self.scale if step is None else step
        # Second differences want steps of eps**(1/(p + 2)).
        if method == "cs":
            self.second_step = eps ** (1.0 / 3.0) * self.scale
        else:
            power = (order + 1.0) / (order + 2.0)
            self.second_step = np.abs(self.step / self.scale) ** power * self.scale

    # --- first derivatives -----------------------------------------------------------------------

    def along(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The derivative along t, and its error."""
        size = np.abs(t) / np.abs(self.step)
        largest = np.max(size, initial=0.0)
        if not largest > 0.0 or not np.isfinite(largest):
            answer = np.zeros_like(self.value) if largest == 0.0 else self.value * np.nan
            return answer, np.zeros_like(self.value)
        i = int(np.argmax(size))
        h = np.copysign(1.0 / largest, self.step[i] * t[i])
        if self.method == "cs":
            return self._complex_step(t, h)
        return self._extrapolated(lambda s: self._quotient(t, s * h))

    def _complex_step(self, t: np.ndarray, h: float) -> tuple[np.ndarray, np.ndarray]:
        found = self.g(self.v + 1j * (h * t)).imag / h
        return found, self.eps * np.abs(found)

    def _quotient(self, t: np.ndarray, h: float) -> tuple[np.ndarray, Any, Any]:
        """The formula along t, its rounding error, and how its two sides differ."""
        up = self.v + h * t
        if self.method == "2-point":
            above = self.g(up)
            taken = _ratio(up - self.v, t)
            return (above - self.value) / taken, self._rounding(above) / np.abs(taken), 0.0
        down = self.v - h * t
        above, below = self.g(up), self.g(down)
        taken = 0.5 * _ratio(up - down, t)
        bend = (above - 2.0 * self.value + below) / taken
        noise = self._rounding(above) / np.abs(taken)
        return (above - below) / (2.0 * taken), noise, bend

    def _rounding(self, near: np.ndarray) -> np.ndarray:
        return self.eps * np.maximum(np.abs(near), np.abs(self.value))

    def _extrapolated(
        self, quotient: Callable[[float], tuple[np.ndarray, Any, Any]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The quotients of h, 2h (and 4h) put together, and the error of the answer."""
        first, noise, bend = quotient(1.0)
        extrapolate = self.formula.order > self.formula.base
        if not self.estimate and not extrapolate:
            return first, np.zeros_like(first)
        second, _, wider = quotient(2.0)
        # One-sided differences of a smooth function differ by h f'' + O(h**3), those at a kink by
        # a constant; where the formula is extrapolated, so is this, by one order more.
        kink = 2.0 * bend - wider
        if not extrapolate:
            return first, np.abs(first - second) + noise + 0.5 * np.abs(kink)
        best = (4.0 * first - second) / 3.0
        if not self.estimate:
            return best, np.zeros_like(best)
        third, _, widest = quotient(4.0)
        kink = (8.0 * kink - (2.0 * wider - widest)) / 7.0
        other = (4.0 * second - third) / 3.0
        return best, np.abs(best - other) + noise + 0.5 * np.abs(kink)

    def jacobian(self) -> tuple[np.ndarray, np.ndarray]:
        """All first derivatives, shape (m, n), and their errors."""
        return _columns([self.along(unit) for unit in np.eye(self.v.size)], self.value.size)

    def check(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The derivative along t by central differences, whatever the method."""
        real = Differences(self.g, self.v, self.value, "3-point", self.eps, None, True)
        return real.along(t)

    # --- second derivatives ----------------------------------------------------------------------

    def hessian(self) -> tuple[np.ndarray, np.ndarray]:
        """All second derivatives, shape (m, n, n), and their errors."""
        m, n = self.value.size, self.v.size
        found, error = np.zeros((2, m, n, n))
        units = np.eye(n)
        for i in range(n):
            for j in range(i + 1):
                d, e = units[i] * self.second_step, units[j] * self.second_step
                area = float(self.second_step[i] * self.second_step[j])
                pair = self._extrapolated(functools.partial(self._second, d, e, area))
                for out, entry in zip((found, error), pair, strict=True):
                    out[:, i, j] = out[:, j, i] = entry
        return found, error

    def _second(
        self, d: np.ndarray, e: np.ndarray, area: float, s: float
    ) -> tuple[np.ndarray, Any, Any]:
        """The second difference along s d and s e."""
        v, g = self.v, self.g
        if self.method == "cs":  # a complex step along d, and a real one along e
            e, area = s * e, s * area
            above, below = (g(v + 1j * TINY * d + side).imag / TINY for side in (e, -e))
            return (above - below) / (2.0 * area), self.eps * np.abs(above) / area, 0.0
        d, e, area = s * d, s * e, s * s * area
        both = g(v + d + e)
        if self.method == "2-point":
            found = (both - g(v + d) - g(v + e) + self.value) / area
        elif np.array_equal(d, e):
            found = (both - 2.0 * self.value + g(v - d - e)) / (4.0 * area)
        else:
            found = (both - g(v + d - e) - g(v - d + e) + g(v - d - e)) / (4.0 * area)
        return found, self._rounding(both) / area, 0.0


def _ratio(moved: np.ndarray, t: np.ndarray) -> float:
    """The step h that was really taken: ``moved`` is h t but for rounding."""
    return float(moved @ t / (t @ t))


def _columns(
    pairs: list[tuple[np.ndarray, np.ndarray]], rows: int
) -> tuple[np.ndarray, np.ndarray]:
    if not pairs:
        return np.zeros((rows, 0)), np.zeros((rows, 0))
    found, error = (np.stack(part, axis=1) for part in zip(*pairs, strict=True))
    return found, error
