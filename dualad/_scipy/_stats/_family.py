"""What a row of a family of continuous distributions says, and what follows from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from ..._record import record
from .._plain import chosen, primal

LOG_2PI = 1.8378770664093453
LOG_2 = 0.6931471805599453
PI = 3.141592653589793
EULER = 0.5772156649015329
SQRT_2 = 1.4142135623730951


@record(frozen=True, slots=True, eq=False)
class Family:
    """A family on its standard scale; formulas take x and the shape parameters.

    Formulas are smooth continuations inside the support; SciPy's own answer is the value. Of the
    four distribution functions one is enough; give those that lose no digits in a tail.

    Parameters
    ----------
    logpdf : callable ``(x, *shapes)``, or None
    pdf : callable, optional
        Where the density is smooth at an end of the support and its logarithm is not.
    cdf, sf, logcdf, logsf : callable, optional
    mean, var, entropy : callable ``(*shapes)``, optional
    """

    logpdf: Any
    pdf: Any = None
    cdf: Any = None
    sf: Any = None
    logcdf: Any = None
    logsf: Any = None
    mean: Any = None
    var: Any = None
    entropy: Any = None

    def method(self, name: str) -> Any:
        """The formula of a method; None where the row does not tell."""
        given = getattr(self, name, None)
        if given is not None:
            return given
        if name == "pdf" and self.logpdf is not None:
            return lambda *a: np.exp(self.logpdf(*a))
        for source, change in _DERIVED.get(name, ()):
            known = getattr(self, source)
            if known is not None:
                return lambda *a, f=known, g=change: g(f(*a))
        return None


def log1mexp(y: Any) -> Any:
    """log(1 - exp(y)) for y < 0 (Maechler 2012)."""
    near = primal(y) > -LOG_2
    a = np.log(-np.expm1(chosen(~near, -1.0, y)))
    return chosen(near, a, np.log1p(-np.exp(chosen(near, -1.0, y))))


# By preference: those that keep the digits of a small answer come first.
_DERIVED: dict[str, tuple[tuple[str, Any], ...]] = {
    "cdf": (
        ("logcdf", np.exp),
        ("logsf", lambda y: -np.expm1(y)),
        ("sf", lambda y: 1.0 - y),
    ),
    "sf": (
        ("logsf", np.exp),
        ("logcdf", lambda y: -np.expm1(y)),
        ("cdf", lambda y: 1.0 - y),
    ),
    "logcdf": (("cdf", np.log), ("logsf", log1mexp), ("sf", lambda y: np.log1p(-y))),
    "logsf": (("sf", np.log), ("logcdf", log1mexp), ("cdf", lambda y: np.log1p(-y))),
}


def side(x: Any) -> Any:
    """1 for x > 0, else -1: locally constant, for functions of |x| smooth on either side."""
    return np.where(primal(x) > 0.0, 1.0, -1.0)


def branch(cond: Any, a: Any, b: Any, x: Any, inside: tuple[float, float]) -> Any:
    """a(x) where the plain mask holds, else b(x), each at a harmless point where it is not used."""
    if np.all(cond):
        return a(x)
    if not np.any(cond):
        return b(x)
    return np.where(cond, a(np.where(cond, x, inside[0])), b(np.where(cond, inside[1], x)))


def log1p_ratio(u: Any) -> Any:
    """log(1 + u) / u, which is 1 at 0."""
    small = np.abs(primal(u)) < 0.02
    near = chosen(~small, 0.0, u)
    total = near * (-1.0 / 14.0) + 1.0 / 13.0
    for i in range(12, 0, -1):
        total = total * near + (1.0 if i % 2 else -1.0) / i
    far = chosen(small, 1.0, u)
    return chosen(small, total, np.log1p(far) / far)


def norm_logpdf(x: Any) -> Any:
    return -0.5 * (x * x) - 0.5 * LOG_2PI


def norm_pdf(x: Any) -> Any:
    return np.exp(norm_logpdf(x))


def log_mass(a: Any, b: Any) -> Any:
    """The logarithm of the mass of the normal distribution between a and b."""
    left, right = primal(b) <= 0.0, primal(a) > 0.0
    # Mirrored to the left where both ends are on the right; through the centre by complements.
    low, high = chosen(right, -b, a), chosen(right, -a, b)
    tail = left | right
    one_sided = _log_left(chosen(~tail, -2.0, low), chosen(~tail, -1.0, high))
    outer = special.ndtr(chosen(tail, -1.0, a)) + special.ndtr(-chosen(tail, 1.0, b))
    return chosen(tail, one_sided, np.log1p(-outer))


def _log_left(a: Any, b: Any) -> Any:
    """`log_mass` for a < b <= 0."""
    last = special.log_ndtr(b)
    empty = np.isinf(primal(a))
    first = special.log_ndtr(chosen(empty, -1.0, a))
    both = last + log1mexp(chosen(empty, -1.0, first - last))
    return chosen(empty, last, both)
