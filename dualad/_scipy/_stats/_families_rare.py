"""Continuous families that are met less often, in the parametrisation of `scipy.stats`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .._plain import primal
from ._family import LOG_2PI, PI, Family, norm_logpdf

gammaln, xlogy = special.gammaln, special.xlogy


def _gengamma_logpdf(x: Any, a: Any, c: Any) -> Any:
    return np.log(np.abs(c)) + xlogy(c * a - 1.0, x) - x**c - gammaln(a)


def _gengamma_cdf(x: Any, a: Any, c: Any) -> Any:
    """Increasing in x**c; for negative c the tails change places."""
    power = x**c
    low, high = special.gammainc(a, power), special.gammaincc(a, power)
    return np.where(primal(c) > 0.0, low, high)


def _gengamma_sf(x: Any, a: Any, c: Any) -> Any:
    power = x**c
    low, high = special.gammainc(a, power), special.gammaincc(a, power)
    return np.where(primal(c) > 0.0, high, low)


def _foldcauchy_cdf(x: Any, c: Any) -> Any:
    return (np.arctan(x - c) + np.arctan(x + c)) / PI


def _foldcauchy_logpdf(x: Any, c: Any) -> Any:
    left, right = x - c, x + c
    return np.log((1.0 / (1.0 + left * left) + 1.0 / (1.0 + right * right)) / PI)


def _kappa3_logpdf(x: Any, a: Any) -> Any:
    return np.log(a) - (1.0 + 1.0 / a) * np.log(a + x**a)


def _truncpareto_logpdf(x: Any, b: Any, c: Any) -> Any:
    return np.log(b) - (b + 1.0) * np.log(x) - np.log(-np.expm1(-b * np.log(c)))


def _truncpareto_cdf(x: Any, b: Any, c: Any) -> Any:
    return np.expm1(-b * np.log(x)) / np.expm1(-b * np.log(c))


def _truncweibull_mass(c: Any, a: Any, b: Any) -> Any:
    """exp(-a**c) - exp(-b**c)."""
    return -np.exp(-(a**c)) * np.expm1(a**c - b**c)


def _truncweibull_logpdf(x: Any, c: Any, a: Any, b: Any) -> Any:
    return np.log(c) + xlogy(c - 1.0, x) - x**c - np.log(_truncweibull_mass(c, a, b))


def _recipinvgauss_logpdf(x: Any, mu: Any) -> Any:
    gap = 1.0 - mu * x
    return -(gap * gap) / (2.0 * x * mu * mu) - 0.5 * (LOG_2PI + np.log(x))


def _recipinvgauss_parts(x: Any, mu: Any) -> tuple[Any, Any, Any]:
    root = 1.0 / np.sqrt(x)
    return -root * (1.0 / mu - x), -root * (1.0 / mu + x), 2.0 / mu


def _recipinvgauss_cdf(x: Any, mu: Any) -> Any:
    first, second, shift = _recipinvgauss_parts(x, mu)
    return special.ndtr(first) - np.exp(shift + special.log_ndtr(second))


def _recipinvgauss_sf(x: Any, mu: Any) -> Any:
    first, second, shift = _recipinvgauss_parts(x, mu)
    return special.ndtr(-first) + np.exp(shift + special.log_ndtr(second))


def _powerlognorm_log(x: Any, s: Any) -> Any:
    return special.log_ndtr(-np.log(x) / s)


RARE_FAMILIES: dict[str, Family] = {
    "gibrat": Family(
        lambda x: norm_logpdf(np.log(x)) - np.log(x),
        cdf=lambda x: special.ndtr(np.log(x)),
        sf=lambda x: special.ndtr(-np.log(x)),
        mean=lambda: np.exp(0.5),
        var=lambda: np.e * np.expm1(1.0),
        entropy=lambda: 0.5 * (LOG_2PI + 1.0),
    ),
    "foldcauchy": Family(_foldcauchy_logpdf, cdf=_foldcauchy_cdf),
    "halfgennorm": Family(
        lambda x, beta: np.log(beta) - gammaln(1.0 / beta) - x**beta,
        cdf=lambda x, beta: special.gammainc(1.0 / beta, x**beta),
        sf=lambda x, beta: special.gammaincc(1.0 / beta, x**beta),
        entropy=lambda beta: 1.0 / beta - np.log(beta) + gammaln(1.0 / beta),
    ),
    "kappa3": Family(
        _kappa3_logpdf,
        logcdf=lambda x, a: np.log(x) - np.log(a + x**a) / a,
    ),
    "powerlognorm": Family(
        lambda x, c, s: (
            np.log(c)
            - np.log(x)
            - np.log(s)
            + norm_logpdf(np.log(x) / s)
            + (c - 1.0) * _powerlognorm_log(x, s)
        ),
        logsf=lambda x, c, s: c * _powerlognorm_log(x, s),
    ),
    "truncpareto": Family(_truncpareto_logpdf, cdf=_truncpareto_cdf),
    "truncweibull_min": Family(
        _truncweibull_logpdf,
        cdf=lambda x, c, a, b: _truncweibull_mass(c, a, x) / _truncweibull_mass(c, a, b),
        sf=lambda x, c, a, b: _truncweibull_mass(c, x, b) / _truncweibull_mass(c, a, b),
    ),
    "recipinvgauss": Family(
        _recipinvgauss_logpdf,
        cdf=_recipinvgauss_cdf,
        sf=_recipinvgauss_sf,
    ),
    "rdist": Family(
        lambda x, c: (0.5 * c - 1.0) * np.log1p(-x * x) - special.betaln(0.5, 0.5 * c),
        cdf=lambda x, c: special.betainc(0.5 * c, 0.5 * c, 0.5 * (1.0 + x)),
        sf=lambda x, c: special.betainc(0.5 * c, 0.5 * c, 0.5 * (1.0 - x)),
        mean=lambda c: 0.0 * c,
        var=lambda c: 1.0 / (c + 1.0),
    ),
    "gengamma": Family(_gengamma_logpdf, cdf=_gengamma_cdf, sf=_gengamma_sf),
}
