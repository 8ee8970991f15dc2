"""Distributions of independent parameters, and their Poincare constants.

The Poincare constant C of a distribution is the smallest for which ``Var g(X) <= C E[g'(X)**2]``
holds for every smooth g. It turns mean squared derivatives into bounds of total Sobol' indices.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError, shown

# Exact constants in parts of the variance. Uniform: (b - a)**2 / pi**2 (I. Sobol', S. Kucherenko
# 2009); normal, exponential, Laplace, logistic: O. Roustant, F. Barthe, B. Iooss, "Poincare
# inequalities on intervals", Electronic Journal of Statistics 11, 2017, table 1.
_EXACT = {
    "uniform": 12 / math.pi**2,
    "norm": 1.0,
    "expon": 4.0,
    "laplace": 2.0,
    "logistic": 12 / math.pi**2,
}
_TAIL = 1e-12  # probability up to which a density is looked at
_POINTS = 4001
_NODES, _STEPS = 1001, 40
_GROWTH = 1.02  # of min(F, 1 - F) / p over the last decades; more is a heavy tail


class Marginal:
    """The distribution of one parameter.

    Attributes
    ----------
    text : str
    constant : float
        The Poincare constant, or an upper bound of it; inf where there is none.
    exact : bool
        Whether it is the constant itself.
    """

    def __init__(self, name: str, given: Any) -> None:
        self.name = name
        self._ppf: Callable[[Any], Any]
        if isinstance(given, (tuple, list)):
            self._uniform(given)
        else:
            self._frozen(given)

    def _uniform(self, given: Any) -> None:
        try:
            low, high = (float(x) for x in given)
        except (TypeError, ValueError):
            raise InputError(
                f"the range of {self.name} is {shown(given)}", "(low, high), two numbers"
            ) from None
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InputError(
                f"the range of {self.name} is ({low:.6g}, {high:.6g})", "finite low < high"
            )
        self.text = f"uniform({low:.6g}, {high:.6g})"
        self._ppf = lambda u: low + (high - low) * u
        self.constant, self.exact = (high - low) ** 2 / math.pi**2, True

    def _frozen(self, given: Any) -> None:
        ppf = getattr(given, "ppf", None) or getattr(given, "icdf", None)
        if not callable(ppf):
            raise InputTypeError(
                f"{self.name} has no distribution: {shown(given)}",
                "(low, high), or a frozen distribution such as scipy.stats.norm(0, 1)",
            )
        if not hasattr(given, "pdf") or not math.isfinite(float(ppf(0.5))):
            raise InputError(
                f"the distribution of {self.name} is discrete or not valid: {shown(given)}",
                "a continuous distribution, with valid parameters",
            )
        family = getattr(getattr(given, "dist", None), "name", type(given).__name__.lower())
        self.text, self._ppf = str(family), ppf
        if family in _EXACT:
            spread = given.std() if hasattr(given, "std") else given.standard_deviation()
            self.constant, self.exact = _EXACT[family] * float(spread) ** 2, True
            return
        low, high = (float(x) for x in given.support())
        if math.isfinite(low) and math.isfinite(high):
            self.constant, self.exact = on_interval(given.cdf, ppf), True
        else:
            self.constant, self.exact = cheeger(given, ppf), False

    def points(self, u: np.ndarray) -> np.ndarray:
        """Values with these cumulative probabilities."""
        out = np.asarray(self._ppf(u), dtype=float)
        if not np.isfinite(out).all():
            raise InputError(
                f"{self.name}: the distribution {self.text} gave infinite values",
                "a sampler that leaves out 0 and 1 (scrambled)",
            )
        return out


def cheeger(given: Any, ppf: Callable[[Any], Any]) -> float:
    """``4 sup(min(F, 1 - F) / p)**2``, which bounds the Poincare constant; inf for heavy tails.

    See M. Lamboni, B. Iooss, A.-L. Popelin, F. Gamboa, "Derivative-based global sensitivity
    measures: general links with Sobol' indices and numerical tests", Mathematics and Computers in
    Simulation 87, 2013.
    """
    half = np.geomspace(_TAIL, 0.5, _POINTS)
    below = np.asarray(ppf(half), dtype=float)
    above = _upper(given, ppf, half)
    with np.errstate(all="ignore"):
        ratios = [half / np.asarray(given.pdf(x), dtype=float) for x in (below, above)]
    decades = np.searchsorted(half, _TAIL * 1e3)
    for r in ratios:
        # Where the ratio still grows in the last decades of probability it grows without bound.
        if not np.isfinite(r).all() or r[0] > _GROWTH * r[decades] > 0:
            return math.inf
    return 4.0 * float(max(r.max() for r in ratios)) ** 2


def on_interval(cdf: Callable[[Any], Any], ppf: Callable[[Any], Any]) -> float:
    """The Poincare constant of a distribution on an interval, to about five digits.

    It is the inverse of the smallest positive eigenvalue of ``-(p u')' = c p u`` with ``u' = 0`` at
    both ends: linear finite elements with lumped masses, as in the paper by Roustant et al., by
    inverse iteration, each step of which is two cumulative sums.
    """
    # Even in x and in probability, where there is any to speak of.
    u = np.linspace(_TAIL, 1.0 - _TAIL, _NODES)
    by_probability = np.asarray(ppf(u), dtype=float)
    x = np.union1d(np.linspace(by_probability[0], by_probability[-1], _NODES), by_probability)
    x = x[np.concatenate(([True], np.diff(x) > 1e-9 * (x[-1] - x[0])))]
    stiff = np.diff(cdf(x)) / np.diff(x) ** 2
    mass = np.diff(np.concatenate(([0.0], cdf(0.5 * (x[1:] + x[:-1])), [1.0])))
    if not (stiff > 0).all() or not (mass > 0).all():
        return math.inf  # the parts of the interval do not hang together
    v, constant = x - mass @ x, 0.0
    for _ in range(_STEPS):
        v = v / math.sqrt(mass @ (v * v))
        flux = np.cumsum(mass * v)[:-1]
        w = np.concatenate(([0.0], -np.cumsum(flux / stiff)))
        w -= mass @ w
        constant, v = float(mass @ (v * w)), w
    return constant


def _upper(given: Any, ppf: Callable[[Any], Any], half: np.ndarray) -> np.ndarray:
    """Values with these probabilities above them."""
    isf = getattr(given, "isf", None) or getattr(given, "iccdf", None)
    return np.asarray(isf(half) if callable(isf) else ppf(1.0 - half), dtype=float)
