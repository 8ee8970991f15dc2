"""The common continuous families: densities, distribution functions and moments.

Formulas as in Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, in the
parametrisation of `scipy.stats`; they take x on the standard scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from .._plain import chosen, primal
from ._family import (
    EULER,
    LOG_2,
    LOG_2PI,
    PI,
    SQRT_2,
    Family,
    log1p_ratio,
    log_mass,
    norm_logpdf,
    norm_pdf,
    side,
)

gammaln, betaln, psi = special.gammaln, special.betaln, special.psi
xlogy, xlog1py = special.xlogy, special.xlog1py


def _gamma(x: Any) -> Any:
    return np.exp(gammaln(x))


def _beta_var(a: Any, b: Any) -> Any:
    return a * b / ((a + b) * (a + b) * (a + b + 1.0))


def _beta_entropy(a: Any, b: Any) -> Any:
    outer = (a - 1.0) * psi(a) + (b - 1.0) * psi(b)
    return betaln(a, b) - outer + (a + b - 2.0) * psi(a + b)


def _t_logpdf(x: Any, df: Any) -> Any:
    half = 0.5 * (df + 1.0)
    head = gammaln(half) - gammaln(0.5 * df) - 0.5 * np.log(df * PI)
    return head - half * np.log1p(x * x / df)


def _f_logpdf(x: Any, n: Any, m: Any) -> Any:
    head = 0.5 * m * np.log(m) + 0.5 * n * np.log(n) - betaln(0.5 * n, 0.5 * m)
    return head + xlogy(0.5 * n - 1.0, x) - 0.5 * (n + m) * np.log(m + n * x)


def _f_var(n: Any, m: Any) -> Any:
    return 2.0 * m * m * (n + m - 2.0) / (n * (m - 2.0) * (m - 2.0) * (m - 4.0))


def _laplace_cdf(x: Any) -> Any:
    s = side(x)
    tail = 0.5 * np.exp(-s * x)
    return np.where(primal(x) > 0.0, 1.0 - tail, tail)


def _logistic_logpdf(x: Any) -> Any:
    y = -side(x) * x
    return y - 2.0 * np.log1p(np.exp(y))


def _weibull_var(c: Any) -> Any:
    mean = _gamma(1.0 + 1.0 / c)
    return _gamma(1.0 + 2.0 / c) - mean * mean


def _weibull_logpdf(x: Any, c: Any) -> Any:
    return np.log(c) + xlogy(c - 1.0, x) - x**c


def _weibull_entropy(c: Any) -> Any:
    return -EULER / c - np.log(c) + EULER + 1.0


def _gev(x: Any, c: Any) -> tuple[Any, Any]:
    """log(1 - c x) and log(1 - c x) / c."""
    return np.log1p(-c * x), -x * log1p_ratio(-c * x)


def _gev_logpdf(x: Any, c: Any) -> Any:
    log, scaled = _gev(x, c)
    return -np.exp(scaled) + scaled - log


def _gpd_log(x: Any, c: Any) -> Any:
    return x * log1p_ratio(c * x)


def _triang_pdf(x: Any, c: Any) -> Any:
    left = primal(x) < primal(c)
    up = 2.0 * x / chosen(~left, 1.0, c + 0.0 * x)
    down = 2.0 * (1.0 - x) / (1.0 - chosen(left, 0.0, c + 0.0 * x))
    return np.where(left, up, down)


def _triang_cdf(x: Any, c: Any) -> Any:
    left = primal(x) < primal(c)
    up = x * x / chosen(~left, 1.0, c + 0.0 * x)
    down = 1.0 - (1.0 - x) * (1.0 - x) / (1.0 - chosen(left, 0.0, c + 0.0 * x))
    return np.where(left, up, down)


def _edge(x: Any) -> Any:
    """x times the normal density, 0 at infinity."""
    far = np.isinf(primal(x))
    x = chosen(far, 0.0, x)
    return chosen(far, 0.0, x * norm_pdf(x))


def _truncnorm_mean(a: Any, b: Any) -> Any:
    return (norm_pdf(a) - norm_pdf(b)) / np.exp(log_mass(a, b))


def _truncnorm_var(a: Any, b: Any) -> Any:
    mean = _truncnorm_mean(a, b)
    return 1.0 + (_edge(a) - _edge(b)) / np.exp(log_mass(a, b)) - mean * mean


def _invgauss_logs(x: Any, mu: Any) -> tuple[Any, Any]:
    root = 1.0 / np.sqrt(x)
    return root * (x / mu - 1.0), 2.0 / mu + special.log_ndtr(-root * (x / mu + 1.0))


def _invgauss_logcdf(x: Any, mu: Any) -> Any:
    z, second = _invgauss_logs(x, mu)
    first = special.log_ndtr(z)
    return first + np.log1p(np.exp(second - first))


def _invgauss_logsf(x: Any, mu: Any) -> Any:
    z, second = _invgauss_logs(x, mu)
    first = special.log_ndtr(-z)
    return first + np.log1p(-np.exp(second - first))


def _invgauss_logpdf(x: Any, mu: Any) -> Any:
    d = x / mu - 1.0
    return -0.5 * LOG_2PI - 1.5 * np.log(x) - d * d / (2.0 * x)


def _vonmises_logpdf(x: Any, kappa: Any) -> Any:
    s = np.sin(0.5 * x)
    return -2.0 * kappa * (s * s) - LOG_2PI - np.log(special.i0e(kappa))


def _chi_mean(df: Any) -> Any:
    return SQRT_2 * np.exp(gammaln(0.5 * df + 0.5) - gammaln(0.5 * df))


FAMILIES: dict[str, Family] = {
    "norm": Family(
        norm_logpdf,
        cdf=special.ndtr,
        sf=lambda x: special.ndtr(-x),
        logcdf=special.log_ndtr,
        logsf=lambda x: special.log_ndtr(-x),
        mean=lambda: 0.0,
        var=lambda: 1.0,
        entropy=lambda: 0.5 * (LOG_2PI + 1.0),
    ),
    "lognorm": Family(
        lambda x, s: norm_logpdf(np.log(x) / s) - np.log(s * x),
        cdf=lambda x, s: special.ndtr(np.log(x) / s),
        sf=lambda x, s: special.ndtr(-np.log(x) / s),
        logcdf=lambda x, s: special.log_ndtr(np.log(x) / s),
        logsf=lambda x, s: special.log_ndtr(-np.log(x) / s),
        mean=lambda s: np.exp(0.5 * s * s),
        var=lambda s: np.exp(s * s) * np.expm1(s * s),
        entropy=lambda s: 0.5 * (1.0 + LOG_2PI) + np.log(s),
    ),
    "expon": Family(
        lambda x: -x,
        logsf=lambda x: -x,
        mean=lambda: 1.0,
        var=lambda: 1.0,
        entropy=lambda: 1.0,
    ),
    "gamma": Family(
        lambda x, a: xlogy(a - 1.0, x) - x - gammaln(a),
        pdf=lambda x, a: x ** (a - 1.0) * np.exp(-x - gammaln(a)),
        cdf=lambda x, a: special.gammainc(a, x),
        sf=lambda x, a: special.gammaincc(a, x),
        mean=lambda a: a,
        var=lambda a: a,
        entropy=lambda a: psi(a) * (1.0 - a) + a + gammaln(a),
    ),
    "erlang": Family(
        lambda x, a: xlogy(a - 1.0, x) - x - gammaln(a),
        cdf=lambda x, a: special.gammainc(a, x),
        sf=lambda x, a: special.gammaincc(a, x),
        mean=lambda a: a,
        var=lambda a: a,
    ),
    "invgamma": Family(
        lambda x, a: -(a + 1.0) * np.log(x) - gammaln(a) - 1.0 / x,
        cdf=lambda x, a: special.gammaincc(a, 1.0 / x),
        sf=lambda x, a: special.gammainc(a, 1.0 / x),
        mean=lambda a: 1.0 / (a - 1.0),
        var=lambda a: 1.0 / ((a - 1.0) * (a - 1.0) * (a - 2.0)),
        entropy=lambda a: a - (a + 1.0) * psi(a) + gammaln(a),
    ),
    "beta": Family(
        lambda x, a, b: xlog1py(b - 1.0, -x) + xlogy(a - 1.0, x) - betaln(a, b),
        pdf=lambda x, a, b: x ** (a - 1.0) * (1.0 - x) ** (b - 1.0) * np.exp(-betaln(a, b)),
        cdf=lambda x, a, b: special.betainc(a, b, x),
        sf=lambda x, a, b: special.betainc(b, a, 1.0 - x),
        mean=lambda a, b: a / (a + b),
        var=_beta_var,
        entropy=_beta_entropy,
    ),
    "t": Family(
        _t_logpdf,
        cdf=lambda x, df: special.stdtr(df, x),
        sf=lambda x, df: special.stdtr(df, -x),
        mean=lambda df: 0.0 * df,
        var=lambda df: df / (df - 2.0),
        entropy=lambda df: (
            0.5 * (df + 1.0) * (psi(0.5 * (df + 1.0)) - psi(0.5 * df))
            + 0.5 * np.log(df)
            + betaln(0.5 * df, 0.5)
        ),
    ),
    "chi2": Family(
        lambda x, df: xlogy(0.5 * df - 1.0, x) - 0.5 * x - gammaln(0.5 * df) - 0.5 * LOG_2 * df,
        pdf=lambda x, df: (
            x ** (0.5 * df - 1.0) * np.exp(-0.5 * x - gammaln(0.5 * df) - 0.5 * LOG_2 * df)
        ),
        cdf=lambda x, df: special.gammainc(0.5 * df, 0.5 * x),
        sf=lambda x, df: special.gammaincc(0.5 * df, 0.5 * x),
        mean=lambda df: df,
        var=lambda df: 2.0 * df,
        entropy=lambda df: 0.5 * df + LOG_2 + gammaln(0.5 * df) + (1.0 - 0.5 * df) * psi(0.5 * df),
    ),
    "chi": Family(
        lambda x, df: (
            LOG_2 - 0.5 * LOG_2 * df - gammaln(0.5 * df) + xlogy(df - 1.0, x) - 0.5 * x * x
        ),
        cdf=lambda x, df: special.gammainc(0.5 * df, 0.5 * x * x),
        sf=lambda x, df: special.gammaincc(0.5 * df, 0.5 * x * x),
        mean=_chi_mean,
        var=lambda df: df - _chi_mean(df) * _chi_mean(df),
    ),
    "f": Family(
        _f_logpdf,
        cdf=lambda x, n, m: special.betainc(0.5 * n, 0.5 * m, n * x / (m + n * x)),
        sf=lambda x, n, m: special.betainc(0.5 * m, 0.5 * n, m / (m + n * x)),
        mean=lambda n, m: m / (m - 2.0) + 0.0 * n,
        var=_f_var,
    ),
    "uniform": Family(
        lambda x: 0.0 * x,
        cdf=lambda x: x + 0.0,
        sf=lambda x: 1.0 - x,
        mean=lambda: 0.5,
        var=lambda: 1.0 / 12.0,
        entropy=lambda: 0.0,
    ),
    "cauchy": Family(
        lambda x: -np.log(PI) - np.log1p(x * x),
        cdf=lambda x: np.arctan2(1.0, -x) / PI,
        sf=lambda x: np.arctan2(1.0, x) / PI,
        entropy=lambda: np.log(4.0 * PI),
    ),
    "laplace": Family(
        lambda x: -LOG_2 - np.abs(x),
        cdf=_laplace_cdf,
        sf=lambda x: _laplace_cdf(-x),
        mean=lambda: 0.0,
        var=lambda: 2.0,
        entropy=lambda: LOG_2 + 1.0,
    ),
    "logistic": Family(
        _logistic_logpdf,
        cdf=special.expit,
        sf=lambda x: special.expit(-x),
        logcdf=special.log_expit,
        logsf=lambda x: special.log_expit(-x),
        mean=lambda: 0.0,
        var=lambda: PI * PI / 3.0,
        entropy=lambda: 2.0,
    ),
    "weibull_min": Family(
        _weibull_logpdf,
        pdf=lambda x, c: c * x ** (c - 1.0) * np.exp(-(x**c)),
        logsf=lambda x, c: -(x**c),
        mean=lambda c: _gamma(1.0 + 1.0 / c),
        var=_weibull_var,
        entropy=_weibull_entropy,
    ),
    "weibull_max": Family(
        lambda x, c: _weibull_logpdf(-x, c),
        pdf=lambda x, c: c * (-x) ** (c - 1.0) * np.exp(-((-x) ** c)),
        logcdf=lambda x, c: -((-x) ** c),
        mean=lambda c: -_gamma(1.0 + 1.0 / c),
        var=_weibull_var,
        entropy=_weibull_entropy,
    ),
    "gumbel_r": Family(
        lambda x: -x - np.exp(-x),
        logcdf=lambda x: -np.exp(-x),
        mean=lambda: EULER,
        var=lambda: PI * PI / 6.0,
        entropy=lambda: 1.0 + EULER,
    ),
    "gumbel_l": Family(
        lambda x: x - np.exp(x),
        logsf=lambda x: -np.exp(x),
        mean=lambda: -EULER,
        var=lambda: PI * PI / 6.0,
        entropy=lambda: 1.0 + EULER,
    ),
    "genextreme": Family(
        _gev_logpdf,
        logcdf=lambda x, c: -np.exp(_gev(x, c)[1]),
        entropy=lambda c: EULER * (1.0 - c) + 1.0,
    ),
    "pareto": Family(
        lambda x, b: np.log(b) - (b + 1.0) * np.log(x),
        logsf=lambda x, b: -b * np.log(x),
        mean=lambda b: b / (b - 1.0),
        var=lambda b: b / ((b - 2.0) * (b - 1.0) * (b - 1.0)),
        entropy=lambda b: 1.0 + 1.0 / b - np.log(b),
    ),
    "genpareto": Family(
        lambda x, c: -_gpd_log(x, c) - np.log1p(c * x),
        logsf=lambda x, c: -_gpd_log(x, c),
        mean=lambda c: 1.0 / (1.0 - c),
        var=lambda c: 1.0 / ((1.0 - c) * (1.0 - c) * (1.0 - 2.0 * c)),
        entropy=lambda c: 1.0 + c,
    ),
    "rayleigh": Family(
        lambda x: np.log(x) - 0.5 * (x * x),
        pdf=lambda x: x * np.exp(-0.5 * (x * x)),
        logsf=lambda x: -0.5 * (x * x),
        mean=lambda: np.sqrt(0.5 * PI),
        var=lambda: 0.5 * (4.0 - PI),
        entropy=lambda: 0.5 * EULER + 1.0 - 0.5 * LOG_2,
    ),
    "maxwell": Family(
        lambda x: 0.5 * np.log(2.0 / PI) + 2.0 * np.log(x) - 0.5 * (x * x),
        pdf=lambda x: np.sqrt(2.0 / PI) * (x * x) * np.exp(-0.5 * (x * x)),
        cdf=lambda x: special.gammainc(1.5, 0.5 * (x * x)),
        sf=lambda x: special.gammaincc(1.5, 0.5 * (x * x)),
        mean=lambda: 2.0 * np.sqrt(2.0 / PI),
        var=lambda: 3.0 - 8.0 / PI,
        entropy=lambda: EULER + 0.5 * LOG_2PI - 0.5,
    ),
    "halfnorm": Family(
        lambda x: 0.5 * np.log(2.0 / PI) - 0.5 * (x * x),
        cdf=lambda x: special.erf(x / SQRT_2),
        sf=lambda x: special.erfc(x / SQRT_2),
        mean=lambda: np.sqrt(2.0 / PI),
        var=lambda: 1.0 - 2.0 / PI,
        entropy=lambda: 0.5 * np.log(0.5 * PI) + 0.5,
    ),
    "triang": Family(
        lambda x, c: np.log(_triang_pdf(x, c)),
        pdf=_triang_pdf,
        cdf=_triang_cdf,
        mean=lambda c: (c + 1.0) / 3.0,
        var=lambda c: (1.0 - c + c * c) / 18.0,
        entropy=lambda c: 0.5 - LOG_2 + 0.0 * c,
    ),
    "truncnorm": Family(
        lambda x, a, b: norm_logpdf(x) - log_mass(a, b),
        logcdf=lambda x, a, b: log_mass(a, x) - log_mass(a, b),
        logsf=lambda x, a, b: log_mass(x, b) - log_mass(a, b),
        mean=_truncnorm_mean,
        var=_truncnorm_var,
    ),
    "vonmises": Family(_vonmises_logpdf),
    "invgauss": Family(
        _invgauss_logpdf,
        logcdf=_invgauss_logcdf,
        logsf=_invgauss_logsf,
        mean=lambda mu: mu,
        var=lambda mu: mu * mu * mu,
    ),
}
