"""Methods of discrete distributions, of numbers among their real parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

from ..._errors import NoRuleError
from .._plain import find_number, floating, primal, primal_call
from ._continuous import no_method, scattered
from ._family import Family

gammaln, betaln = special.gammaln, special.betaln
xlogy, xlog1py = special.xlogy, special.xlog1py


def _nbinom_logpmf(k: Any, n: Any, p: Any) -> Any:
    head = gammaln(n + k) - gammaln(k + 1.0) - gammaln(n)
    return head + n * np.log(p) + xlog1py(k, -p)


def _binom_logpmf(k: Any, n: Any, p: Any) -> Any:
    head = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return head + xlogy(k, p) + xlog1py(n - k, -p)


def _betabinom_logpmf(k: Any, n: Any, a: Any, b: Any) -> Any:
    head = -np.log(n + 1.0) - betaln(n - k + 1.0, k + 1.0)
    return head + betaln(k + a, n - k + b) - betaln(a, b)


def _bernoulli_pmf(k: Any, p: Any) -> Any:
    return k * p + (1.0 - k) * (1.0 - p)


# `logpdf` is the logarithm of the mass function; cdf and sf take the integer part of k.
FAMILIES: dict[str, Family] = {
    "poisson": Family(
        lambda k, mu: xlogy(k, mu) - gammaln(k + 1.0) - mu,
        cdf=lambda k, mu: special.gammaincc(k + 1.0, mu),
        sf=lambda k, mu: special.gammainc(k + 1.0, mu),
        mean=lambda mu: mu,
        var=lambda mu: mu,
    ),
    "bernoulli": Family(
        lambda k, p: np.log(_bernoulli_pmf(k, p)),
        pdf=_bernoulli_pmf,
        cdf=lambda k, p: 1.0 - p + 0.0 * k,
        sf=lambda k, p: p + 0.0 * k,
        mean=lambda p: p,
        var=lambda p: p * (1.0 - p),
        entropy=lambda p: special.entr(p) + special.entr(1.0 - p),
    ),
    "binom": Family(
        _binom_logpmf,
        cdf=lambda k, n, p: special.betainc(n - k, k + 1.0, 1.0 - p),
        sf=lambda k, n, p: special.betainc(k + 1.0, n - k, p),
        mean=lambda n, p: n * p,
        var=lambda n, p: n * p * (1.0 - p),
    ),
    "nbinom": Family(
        _nbinom_logpmf,
        cdf=lambda k, n, p: special.betainc(n, k + 1.0, p),
        sf=lambda k, n, p: special.betainc(k + 1.0, n, 1.0 - p),
        mean=lambda n, p: n * (1.0 - p) / p,
        var=lambda n, p: n * (1.0 - p) / (p * p),
    ),
    "geom": Family(
        lambda k, p: xlog1py(k - 1.0, -p) + np.log(p),
        logsf=lambda k, p: k * np.log1p(-p),
        mean=lambda p: 1.0 / p,
        var=lambda p: (1.0 - p) / (p * p),
    ),
    "logser": Family(
        lambda k, p: xlogy(k, p) - np.log(k) - np.log(-np.log1p(-p)),
        mean=lambda p: p / ((p - 1.0) * np.log1p(-p)),
    ),
    "betabinom": Family(
        _betabinom_logpmf,
        mean=lambda n, a, b: n * a / (a + b),
        var=lambda n, a, b: n * (a + b + n) * a * b / ((a + b) * (a + b) * (a + b + 1.0)),
    ),
    "planck": Family(
        lambda k, a: np.log(-np.expm1(-a)) - a * k,
        logsf=lambda k, a: -a * (k + 1.0),
        mean=lambda a: 1.0 / np.expm1(a),
        var=lambda a: np.exp(-a) / (np.expm1(-a) * np.expm1(-a)),
    ),
    "dlaplace": Family(
        lambda k, a: np.log(np.tanh(0.5 * a)) - a * np.abs(k),
        mean=lambda a: 0.0 * a,
        var=lambda a: 2.0 * np.exp(a) / (np.expm1(a) * np.expm1(a)),
    ),
    "boltzmann": Family(
        lambda k, a, n: np.log(-np.expm1(-a)) - a * k - np.log(-np.expm1(-a * n)),
    ),
}
_BY_TYPE = {
    type(getattr(stats, name)): family for name, family in FAMILIES.items() if hasattr(stats, name)
}
_NAMES = {"pmf": "pdf", "logpmf": "logpdf"}


def _formula(dist: Any, method: str) -> Callable[..., Any]:
    family = _BY_TYPE.get(type(dist))
    formula = None if family is None else family.method(_NAMES.get(method, method))
    if formula is None:
        raise no_method(dist, method)
    return formula


def _parameters(dist: Any, args: Any, keywords: Any) -> tuple[list[Any], Any]:
    shapes, loc, _ = dist._parse_args(*args, **keywords)
    return [floating(s) for s in shapes], floating(loc)


def at(method: str, dist: Any, k: Any, args: Any, keywords: Any) -> Any:
    """pmf, logpmf, cdf, sf, logcdf or logsf in the parameters; k and loc are integers."""
    value = primal_call(getattr(dist, method), k, *args, **keywords)
    formula = _formula(dist, method)
    shapes, loc = _parameters(dist, args, keywords)
    if "pmf" in method and find_number((k, loc)) is not None:
        name = f"scipy.stats.{dist.name}.{method}"
        raise NoRuleError(
            f"{name} is defined at integers only: it has no derivative in k and loc",
            "da.primal of them",
        )
    k0, loc0, *shapes0 = np.broadcast_arrays(*[primal(v) for v in (floating(k), loc, *shapes)])
    with np.errstate(all="ignore"):
        z = np.floor(k0 - loc0)
        low, high = dist._get_support(*shapes0)
        good = (z >= low) & (z <= high) & dist._argcheck(*shapes0) & np.isfinite(z)
        if "pmf" in method:
            good &= z == k0 - loc0
        else:
            good &= z < high
    return scattered(formula, [z, *shapes], good, value)


def quantile(method: str, dist: Any, q: Any, args: Any, keywords: Any) -> Any:
    """ppf and isf are integers: locally constant."""
    return primal_call(getattr(dist, method), q, *args, **keywords)


def summary(method: str, dist: Any, args: Any, keywords: Any) -> Any:
    """mean, var, std or entropy."""
    value = primal_call(getattr(dist, method), *args, **keywords)
    formula = _formula(dist, "var" if method == "std" else method)
    shapes, loc = _parameters(dist, args, keywords)
    loc0, *shapes0 = np.broadcast_arrays(*[primal(v) for v in (loc, *shapes)])
    good = dist._argcheck(*shapes0) & np.isfinite(value) & np.isfinite(loc0)

    def of(loc: Any, *shapes: Any) -> Any:
        out = formula(*shapes)
        if method == "mean":
            return loc + out
        return np.sqrt(out) if method == "std" else out

    return scattered(of, [loc, *shapes], good, value)


METHODS = ("pmf", "logpmf", "cdf", "logcdf", "sf", "logsf")
