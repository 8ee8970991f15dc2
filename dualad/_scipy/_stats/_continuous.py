"""Methods of continuous distributions, of numbers: one table of families, loc and scale once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from ..._errors import NoRuleError
from .._plain import find_number, floating, is_number, pinned, primal, primal_call
from ._families import FAMILIES
from ._families_more import MORE_FAMILIES
from ._families_rare import RARE_FAMILIES
from ._family import Family
from ._moments import MOMENTS


def _completed(name: str, family: Family) -> Family:
    """The row with its moments of another table."""
    moments = MOMENTS.get(name)
    if moments is None:
        return family
    fields = {field: getattr(family, field) for field in Family.__annotations__}
    return Family(**{**fields, **moments})


_BY_TYPE: dict[type, Family] = {
    type(getattr(stats, name)): _completed(name, family)
    for name, family in {**FAMILIES, **MORE_FAMILIES, **RARE_FAMILIES}.items()
    if hasattr(stats, name)
}
# Newton steps of quantiles from an exact start: each doubles the number of right derivatives.
_STEPS = 3


def no_method(dist: Any, method: str) -> NoRuleError:
    name = getattr(dist, "name", type(dist).__name__)
    return NoRuleError(
        f"scipy.stats.{name}.{method} has no derivative rule",
        f"its formula, or a rule of your own: @da.custom_jvp on a function that calls {method}",
    )


def formula_of(dist: Any, method: str) -> Callable[..., Any]:
    """The formula of a method on the standard scale."""
    family = _BY_TYPE.get(type(dist))
    formula = None if family is None else family.method(method)
    if formula is None:
        raise no_method(dist, method)
    return formula


def scattered(formula: Callable[..., Any], operands: list[Any], good: Any, value: Any) -> Any:
    """`value` with the derivatives of the formula where `good` holds; constant elsewhere.

    The formula sees the good elements only, as SciPy's own do.
    """
    shape = np.shape(value)
    if not np.any(good) or find_number(operands) is None:
        return value
    if np.all(good):
        with np.errstate(all="ignore"):  # the plain call has warned
            out = formula(*operands)
        if not is_number(out):
            return value
        if out.shape != shape:
            out = np.broadcast_to(out, shape) + 0.0
        return pinned(out, value)
    where = np.flatnonzero(good)
    picked = [
        v if np.ndim(v) == 0 else np.reshape(np.broadcast_to(v, shape), (-1,))[where]
        for v in operands
    ]
    with np.errstate(all="ignore"):
        out = formula(*picked)
    if not is_number(out):
        return value
    position = np.zeros(np.size(good), int)
    position[where] = np.arange(where.size)
    out = np.broadcast_to(out, where.shape)[position]
    return pinned(np.where(good, np.reshape(out, shape), value), value)


def _split(dist: Any, args: Any, keywords: Any) -> tuple[list[Any], Any, Any]:
    shapes, loc, scale = dist._parse_args(*args, **keywords)
    return [floating(s) for s in shapes], floating(loc), floating(scale)


def _valid(dist: Any, shapes: list[Any], scale: Any) -> Any:
    with np.errstate(all="ignore"):
        return dist._argcheck(*shapes) & (scale > 0.0)


def at(method: str, dist: Any, x: Any, args: Any, keywords: Any) -> Any:
    """pdf, logpdf, cdf, sf, logcdf or logsf at x."""
    value = primal_call(getattr(dist, method), x, *args, **keywords)
    formula = formula_of(dist, method)
    shapes, loc, scale = _split(dist, args, keywords)
    x = floating(x)
    plain = [primal(v) for v in (x, loc, scale, *shapes)]
    x0, loc0, scale0, *shapes0 = np.broadcast_arrays(*plain)
    with np.errstate(all="ignore"):
        z0 = (x0 - loc0) / scale0
        low, high = dist._get_support(*shapes0)
        inside = (z0 >= low) & (z0 <= high)
        if "pdf" not in method:  # distribution functions are constant from the ends on
            inside = (z0 > low) & (z0 < high)
    good = inside & np.isfinite(z0) & _valid(dist, list(shapes0), scale0)

    def of(x: Any, loc: Any, scale: Any, *shapes: Any) -> Any:
        out = formula((x - loc) / scale, *shapes)
        if method == "pdf":
            return out / scale
        return out - np.log(scale) if method == "logpdf" else out

    return scattered(of, [x, loc, scale, *shapes], good, value)


def quantile(method: str, dist: Any, q: Any, args: Any, keywords: Any) -> Any:
    """ppf or isf, by the implicit function theorem."""
    value = primal_call(getattr(dist, method), q, *args, **keywords)
    reached = formula_of(dist, "cdf" if method == "ppf" else "sf")
    density = formula_of(dist, "pdf")
    sign = 1.0 if method == "ppf" else -1.0
    shapes, loc, scale = _split(dist, args, keywords)
    q = floating(q)
    plain = [primal(v) for v in (q, loc, scale, *shapes)]
    q0, _, scale0, *shapes0 = np.broadcast_arrays(*plain)
    start = np.asarray(getattr(dist, method)(q0, *shapes0))
    good = (q0 > 0.0) & (q0 < 1.0) & np.isfinite(start) & _valid(dist, list(shapes0), scale0)

    def of(z: Any, q: Any, loc: Any, scale: Any, *shapes: Any) -> Any:
        for _ in range(_STEPS):
            z = z - sign * (reached(z, *shapes) - q) / density(z, *shapes)
        return loc + scale * z

    return scattered(of, [start, q, loc, scale, *shapes], good, value)


_MOMENTS: dict[str, Callable[..., Any]] = {
    "mean": lambda f, loc, scale, *s: loc + scale * f(*s),
    "var": lambda f, _loc, scale, *s: scale * scale * f(*s),
    "std": lambda f, _loc, scale, *s: scale * np.sqrt(f(*s)),
    "entropy": lambda f, _loc, scale, *s: f(*s) + np.log(scale),
}


def summary(method: str, dist: Any, args: Any, keywords: Any) -> Any:
    """mean, var, std or entropy."""
    value = primal_call(getattr(dist, method), *args, **keywords)
    formula = formula_of(dist, "var" if method == "std" else method)
    shapes, loc, scale = _split(dist, args, keywords)
    _, scale0, *shapes0 = np.broadcast_arrays(*[primal(v) for v in (loc, scale, *shapes)])
    good = _valid(dist, list(shapes0), scale0) & np.isfinite(value)
    change = _MOMENTS[method]
    return scattered(
        lambda *operands: change(formula, *operands), [loc, scale, *shapes], good, value
    )


def moment(dist: Any, order: Any, args: Any, keywords: Any) -> Any:
    """Raw moments of order 1 and 2."""
    if order not in (1, 2):
        raise no_method(dist, f"moment of order {order}")
    value = primal_call(dist.moment, order, *args, **keywords)
    mean = summary("mean", dist, args, keywords)
    if order == 1:
        return pinned(mean + 0.0, value)
    return pinned(summary("var", dist, args, keywords) + mean * mean, value)


def negative_loglike(dist: Any, theta: Any, x: Any) -> Any:
    """`nnlf`: minus the sum of logpdf."""
    value = primal_call(dist.nnlf, theta, x)
    if not np.isfinite(value):
        return value
    parameters = [theta[i] for i in range(len(theta))]
    return pinned(-np.sum(at("logpdf", dist, x, parameters, {})), value)


METHODS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf")
