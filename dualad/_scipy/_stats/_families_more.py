"""More continuous families, in the parametrisation of `scipy.stats`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .._plain import primal
from ._family import LOG_2, LOG_2PI, PI, SQRT_2, Family, norm_logpdf, norm_pdf, side

gammaln, betaln, psi = special.gammaln, special.betaln, special.psi
xlogy, xlog1py = special.xlogy, special.xlog1py


def _loglaplace_logpdf(x: Any, c: Any) -> Any:
    return np.log(0.5 * c) + (-side(x - 1.0) * c - 1.0) * np.log(x)


def _loglaplace_cdf(x: Any, c: Any) -> Any:
    tail = 0.5 * x ** (-side(x - 1.0) * c)
    return np.where(primal(x) > 1.0, 1.0 - tail, tail)


def _gennorm_tail(x: Any, beta: Any) -> Any:
    return 0.5 * special.gammaincc(1.0 / beta, (side(x) * x) ** beta)


def _gennorm_cdf(x: Any, beta: Any) -> Any:
    tail = _gennorm_tail(x, beta)
    return np.where(primal(x) > 0.0, 1.0 - tail, tail)


def _norminvgauss_logpdf(x: Any, a: Any, b: Any) -> Any:
    root, q = np.sqrt(a * a - b * b), np.sqrt(1.0 + x * x)
    bessel = np.log(special.k1e(a * q))
    return np.log(a / PI) + bessel + b * x - a * q + root - np.log(q)


def _foldnorm_logpdf(x: Any, c: Any) -> Any:
    return np.logaddexp(norm_logpdf(x - c), norm_logpdf(x + c))


def _two_sided(x: Any, one: Any) -> Any:
    """A distribution function of a symmetric law from the mass of one of its tails."""
    tail = 0.5 * one(side(x) * x)
    return np.where(primal(x) > 0.0, 1.0 - tail, tail)


def _asymmetric_cdf(x: Any, kappa: Any) -> Any:
    total = kappa + 1.0 / kappa
    right = 1.0 - np.exp(-branch_right(x) * kappa) / (kappa * total)
    left = np.exp(branch_left(x) / kappa) * kappa / total
    return np.where(primal(x) >= 0.0, right, left)


def branch_right(x: Any) -> Any:
    return np.where(primal(x) >= 0.0, x, 0.0)


def branch_left(x: Any) -> Any:
    return np.where(primal(x) < 0.0, x, 0.0)


def _asymmetric_logpdf(x: Any, kappa: Any) -> Any:
    total = kappa + 1.0 / kappa
    return -branch_right(x) * kappa + branch_left(x) / kappa - np.log(total)


def _wald(x: Any) -> tuple[Any, Any]:
    root = 1.0 / np.sqrt(x)
    return root * (x - 1.0), 2.0 + special.log_ndtr(-root * (x + 1.0))


def _exponnorm_log(x: Any, k: Any) -> Any:
    rate = 1.0 / k
    return rate * (0.5 * rate - x) + special.log_ndtr(x - rate)


def _skewnorm_mean(a: Any) -> Any:
    return np.sqrt(2.0 / PI) * a / np.sqrt(1.0 + a * a)


def _nakagami_mean(nu: Any) -> Any:
    return np.exp(gammaln(nu + 0.5) - gammaln(nu)) / np.sqrt(nu)


def _rice_logpdf(x: Any, b: Any) -> Any:
    d = x - b
    return np.log(x) - 0.5 * (d * d) + np.log(special.i0e(x * b))


def _rice_mean(b: Any) -> Any:
    return np.sqrt(0.5 * PI) * special.hyp1f1(-0.5, 1.0, -0.5 * b * b)


def _rice_var(b: Any) -> Any:
    mean = _rice_mean(b)
    return 2.0 + b * b - mean * mean


def _ncx2_logpdf(x: Any, df: Any, nc: Any) -> Any:
    order, root, centre = 0.5 * df - 1.0, np.sqrt(x), np.sqrt(nc)
    gap = root - centre
    bessel = np.log(0.5 * special.ive(order, root * centre))
    return 0.5 * order * np.log(x / nc) - 0.5 * (gap * gap) + bessel


def _skewcauchy_cdf(x: Any, a: Any) -> Any:
    width = 1.0 + a * side(x)
    return 0.5 * (1.0 - a) + width / PI * np.arctan(x / width)


def _wrapcauchy_cdf(x: Any, c: Any) -> Any:
    low = primal(x) < PI
    half = 0.5 * np.where(low, x, 2.0 * PI - x)
    turn = np.arctan((1.0 + c) / (1.0 - c) * np.tan(half)) / PI
    return np.where(low, turn, 1.0 - turn)


def _burr_logpdf(x: Any, c: Any, d: Any) -> Any:
    return np.log(c) + np.log(d) - (c + 1.0) * np.log(x) - (d + 1.0) * np.log1p(x**-c)


MORE_FAMILIES: dict[str, Family] = {
    "exponnorm": Family(
        lambda x, k: _exponnorm_log(x, k) - np.log(k),
        cdf=lambda x, k: special.ndtr(x) - np.exp(_exponnorm_log(x, k)),
        sf=lambda x, k: special.ndtr(-x) + np.exp(_exponnorm_log(x, k)),
        mean=lambda k: k,
        var=lambda k: 1.0 + k * k,
    ),
    "skewnorm": Family(
        lambda x, a: LOG_2 + norm_logpdf(x) + special.log_ndtr(a * x),
        cdf=lambda x, a: special.ndtr(x) - 2.0 * special.owens_t(x, a),
        sf=lambda x, a: special.ndtr(-x) + 2.0 * special.owens_t(x, a),
        mean=_skewnorm_mean,
        var=lambda a: 1.0 - _skewnorm_mean(a) * _skewnorm_mean(a),
    ),
    "nakagami": Family(
        lambda x, nu: (
            LOG_2 + nu * np.log(nu) - gammaln(nu) + xlogy(2.0 * nu - 1.0, x) - nu * (x * x)
        ),
        cdf=lambda x, nu: special.gammainc(nu, nu * (x * x)),
        sf=lambda x, nu: special.gammaincc(nu, nu * (x * x)),
        mean=_nakagami_mean,
        var=lambda nu: 1.0 - _nakagami_mean(nu) * _nakagami_mean(nu),
    ),
    "rice": Family(
        _rice_logpdf,
        cdf=lambda x, b: special.chndtr(x * x, 2.0, b * b),
        var=_rice_var,
        mean=_rice_mean,
    ),
    "ncx2": Family(
        _ncx2_logpdf,
        cdf=lambda x, df, nc: special.chndtr(x, df, nc),
        mean=lambda df, nc: df + nc,
        var=lambda df, nc: 2.0 * (df + 2.0 * nc),
    ),
    "nct": Family(None, cdf=lambda x, df, nc: special.nctdtr(df, nc, x)),
    "burr": Family(_burr_logpdf, logcdf=lambda x, c, d: -d * np.log1p(x**-c)),
    "fisk": Family(
        lambda x, c: _burr_logpdf(x, c, 1.0),
        logcdf=lambda x, c: -np.log1p(x**-c),
        logsf=lambda x, c: -np.log1p(x**c),
    ),
    "loggamma": Family(
        lambda x, c: c * x - np.exp(x) - gammaln(c),
        cdf=lambda x, c: special.gammainc(c, np.exp(x)),
        sf=lambda x, c: special.gammaincc(c, np.exp(x)),
        mean=psi,
    ),
    "powerlaw": Family(
        lambda x, a: np.log(a) + xlogy(a - 1.0, x),
        pdf=lambda x, a: a * x ** (a - 1.0),
        cdf=lambda x, a: x**a,
        logcdf=lambda x, a: a * np.log(x),
        mean=lambda a: a / (a + 1.0),
        var=lambda a: a / ((a + 2.0) * (a + 1.0) * (a + 1.0)),
        entropy=lambda a: 1.0 - 1.0 / a - np.log(a),
    ),
    "levy": Family(
        lambda x: -0.5 * LOG_2PI - 1.5 * np.log(x) - 0.5 / x,
        cdf=lambda x: special.erfc(np.sqrt(0.5 / x)),
        sf=lambda x: special.erf(np.sqrt(0.5 / x)),
    ),
    "levy_l": Family(
        lambda x: -0.5 * LOG_2PI - 1.5 * np.log(-x) + 0.5 / x,
        cdf=lambda x: special.erf(np.sqrt(-0.5 / x)),
        sf=lambda x: special.erfc(np.sqrt(-0.5 / x)),
    ),
    "moyal": Family(
        lambda x: -0.5 * (x + np.exp(-x)) - 0.5 * LOG_2PI,
        cdf=lambda x: special.erfc(np.exp(-0.5 * x) / SQRT_2),
        sf=lambda x: special.erf(np.exp(-0.5 * x) / SQRT_2),
    ),
    "halfcauchy": Family(
        lambda x: np.log(2.0 / PI) - np.log1p(x * x),
        cdf=lambda x: 2.0 / PI * np.arctan(x),
        sf=lambda x: 2.0 / PI * np.arctan2(1.0, x),
    ),
    "halflogistic": Family(
        lambda x: LOG_2 - x + 2.0 * special.log_expit(x),
        cdf=lambda x: np.tanh(0.5 * x),
        sf=lambda x: 2.0 * special.expit(-x),
    ),
    "hypsecant": Family(
        lambda x: np.log(2.0 / PI) - np.logaddexp(x, -x),
        cdf=lambda x: 2.0 / PI * np.arctan(np.exp(x)),
        sf=lambda x: 2.0 / PI * np.arctan(np.exp(-x)),
    ),
    "gompertz": Family(
        lambda x, c: np.log(c) + x - c * np.expm1(x),
        logsf=lambda x, c: -c * np.expm1(x),
    ),
    "genlogistic": Family(
        lambda x, c: np.log(c) - x + (c + 1.0) * special.log_expit(x),
        logcdf=lambda x, c: c * special.log_expit(x),
    ),
    "lomax": Family(
        lambda x, c: np.log(c) - (c + 1.0) * np.log1p(x),
        logsf=lambda x, c: -c * np.log1p(x),
        mean=lambda c: 1.0 / (c - 1.0),
        var=lambda c: c / ((c - 2.0) * (c - 1.0) * (c - 1.0)),
        entropy=lambda c: 1.0 + 1.0 / c - np.log(c),
    ),
    "loglaplace": Family(
        _loglaplace_logpdf,
        cdf=_loglaplace_cdf,
        sf=lambda x, c: _loglaplace_cdf(1.0 / x, c),
    ),
    "gennorm": Family(
        lambda x, beta: np.log(0.5 * beta) - gammaln(1.0 / beta) - (side(x) * x) ** beta,
        cdf=_gennorm_cdf,
        sf=lambda x, beta: _gennorm_cdf(-x, beta),
        mean=lambda beta: 0.0 * beta,
        var=lambda beta: np.exp(gammaln(3.0 / beta) - gammaln(1.0 / beta)),
        entropy=lambda beta: 1.0 / beta - np.log(0.5 * beta) + gammaln(1.0 / beta),
    ),
    "exponpow": Family(
        lambda x, b: 1.0 + np.log(b) + xlogy(b - 1.0, x) + x**b - np.exp(x**b),
        logsf=lambda x, b: -np.expm1(x**b),
    ),
    "exponweib": Family(
        lambda x, a, c: (
            np.log(a) + np.log(c) + xlogy(a - 1.0, -np.expm1(-(x**c))) - x**c + xlogy(c - 1.0, x)
        ),
        logcdf=lambda x, a, c: a * np.log(-np.expm1(-(x**c))),
    ),
    "fatiguelife": Family(
        lambda x, c: (
            np.log(x + 1.0)
            - (x - 1.0) * (x - 1.0) / (2.0 * x * c * c)
            - np.log(2.0 * c)
            - 0.5 * (LOG_2PI + 3.0 * np.log(x))
        ),
        cdf=lambda x, c: special.ndtr((np.sqrt(x) - 1.0 / np.sqrt(x)) / c),
        sf=lambda x, c: special.ndtr((1.0 / np.sqrt(x) - np.sqrt(x)) / c),
        mean=lambda c: 0.5 * c * c + 1.0,
    ),
    "alpha": Family(
        lambda x, a: -2.0 * np.log(x) + norm_logpdf(a - 1.0 / x) - special.log_ndtr(a),
        logcdf=lambda x, a: special.log_ndtr(a - 1.0 / x) - special.log_ndtr(a),
    ),
    "arcsine": Family(
        lambda x: -np.log(PI) - 0.5 * np.log(x) - 0.5 * np.log1p(-x),
        cdf=lambda x: 2.0 / PI * np.arcsin(np.sqrt(x)),
        sf=lambda x: 2.0 / PI * np.arcsin(np.sqrt(1.0 - x)),
    ),
    "betaprime": Family(
        lambda x, a, b: xlogy(a - 1.0, x) - xlog1py(a + b, x) - betaln(a, b),
        cdf=lambda x, a, b: special.betainc(a, b, x / (1.0 + x)),
        sf=lambda x, a, b: special.betainc(b, a, 1.0 / (1.0 + x)),
        mean=lambda a, b: a / (b - 1.0),
    ),
    "bradford": Family(
        lambda x, c: np.log(c) - np.log1p(c * x) - np.log(np.log1p(c)),
        cdf=lambda x, c: np.log1p(c * x) / np.log1p(c),
    ),
    "burr12": Family(
        lambda x, c, d: np.log(c) + np.log(d) + xlogy(c - 1.0, x) - (d + 1.0) * np.log1p(x**c),
        logsf=lambda x, c, d: -d * np.log1p(x**c),
    ),
    "invweibull": Family(
        lambda x, c: np.log(c) - (c + 1.0) * np.log(x) - x**-c,
        logcdf=lambda x, c: -(x**-c),
    ),
    "johnsonsb": Family(
        lambda x, a, b: (
            np.log(b) - np.log(x) - np.log1p(-x) + norm_logpdf(a + b * special.logit(x))
        ),
        cdf=lambda x, a, b: special.ndtr(a + b * special.logit(x)),
        sf=lambda x, a, b: special.ndtr(-a - b * special.logit(x)),
    ),
    "johnsonsu": Family(
        lambda x, a, b: np.log(b) - 0.5 * np.log1p(x * x) + norm_logpdf(a + b * np.arcsinh(x)),
        cdf=lambda x, a, b: special.ndtr(a + b * np.arcsinh(x)),
        sf=lambda x, a, b: special.ndtr(-a - b * np.arcsinh(x)),
    ),
    "mielke": Family(
        lambda x, k, s: np.log(k) + xlogy(k - 1.0, x) - (1.0 + k / s) * np.log1p(x**s),
        logcdf=lambda x, k, s: k * np.log(x) - k / s * np.log1p(x**s),
    ),
    "powernorm": Family(
        lambda x, c: np.log(c) + norm_logpdf(x) + (c - 1.0) * special.log_ndtr(-x),
        logsf=lambda x, c: c * special.log_ndtr(-x),
    ),
    "loguniform": Family(
        lambda x, a, b: -np.log(x) - np.log(np.log(b / a)),
        cdf=lambda x, a, b: np.log(x / a) / np.log(b / a),
        sf=lambda x, a, b: np.log(b / x) / np.log(b / a),
        mean=lambda a, b: (b - a) / np.log(b / a),
        entropy=lambda a, b: 0.5 * np.log(a * b) + np.log(np.log(b / a)),
    ),
    "semicircular": Family(
        lambda x: np.log(2.0 / PI) + 0.5 * np.log1p(-x * x),
        pdf=lambda x: 2.0 / PI * np.sqrt(1.0 - x * x),
        cdf=lambda x: 0.5 + (x * np.sqrt(1.0 - x * x) + np.arcsin(x)) / PI,
    ),
    "cosine": Family(
        lambda x: np.log1p(np.cos(x)) - LOG_2PI,
        pdf=lambda x: (1.0 + np.cos(x)) / (2.0 * PI),
        cdf=lambda x: (PI + x + np.sin(x)) / (2.0 * PI),
    ),
    "anglit": Family(
        lambda x: np.log(np.cos(2.0 * x)),
        pdf=lambda x: np.cos(2.0 * x),
        cdf=lambda x: np.sin(x + 0.25 * PI) * np.sin(x + 0.25 * PI),
    ),
    "truncexpon": Family(
        lambda x, b: -x - np.log(-np.expm1(-b)),
        cdf=lambda x, b: np.expm1(-x) / np.expm1(-b),
        sf=lambda x, b: (np.exp(-b) - np.exp(-x)) / np.expm1(-b),
    ),
    "wald": Family(
        lambda x: -0.5 * LOG_2PI - 1.5 * np.log(x) - (x - 1.0) * (x - 1.0) / (2.0 * x),
        cdf=lambda x: special.ndtr(_wald(x)[0]) + np.exp(_wald(x)[1]),
        sf=lambda x: special.ndtr(-_wald(x)[0]) - np.exp(_wald(x)[1]),
        mean=lambda: 1.0,
        var=lambda: 1.0,
    ),
    "wrapcauchy": Family(
        lambda x, c: np.log1p(-c * c) - LOG_2PI - np.log(1.0 + c * c - 2.0 * c * np.cos(x)),
        cdf=_wrapcauchy_cdf,
    ),
    "dweibull": Family(
        lambda x, c: np.log(0.5 * c) + xlogy(c - 1.0, side(x) * x) - (side(x) * x) ** c,
        cdf=lambda x, c: _two_sided(x, lambda v: np.exp(-(v**c))),
        sf=lambda x, c: _two_sided(-x, lambda v: np.exp(-(v**c))),
    ),
    "dgamma": Family(
        lambda x, a: xlogy(a - 1.0, side(x) * x) - side(x) * x - LOG_2 - gammaln(a),
        cdf=lambda x, a: _two_sided(x, lambda v: special.gammaincc(a, v)),
        sf=lambda x, a: _two_sided(-x, lambda v: special.gammaincc(a, v)),
    ),
    "laplace_asymmetric": Family(
        _asymmetric_logpdf,
        cdf=_asymmetric_cdf,
        sf=lambda x, kappa: _asymmetric_cdf(-x, 1.0 / kappa),
        mean=lambda kappa: 1.0 / kappa - kappa,
        var=lambda kappa: 1.0 / (kappa * kappa) + kappa * kappa,
    ),
    "foldnorm": Family(
        _foldnorm_logpdf,
        pdf=lambda x, c: norm_pdf(x - c) + norm_pdf(x + c),
        cdf=lambda x, c: special.ndtr(x - c) - special.ndtr(-x - c),
        sf=lambda x, c: special.ndtr(c - x) + special.ndtr(-x - c),
    ),
    "skewcauchy": Family(
        lambda x, a: -np.log(PI) - np.log1p(x * x / ((1.0 + a * side(x)) * (1.0 + a * side(x)))),
        cdf=_skewcauchy_cdf,
    ),
    "norminvgauss": Family(
        _norminvgauss_logpdf,
        mean=lambda a, b: b / np.sqrt(a * a - b * b),
    ),
}
