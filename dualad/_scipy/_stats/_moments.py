"""Closed means, variances and entropies of the less common continuous families."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from ._family import EULER, LOG_2, PI, norm_pdf

gammaln, betaln, psi = special.gammaln, special.betaln, special.psi


def _gamma(x: Any) -> Any:
    return np.exp(gammaln(x))


def _beta(a: Any, b: Any) -> Any:
    return np.exp(betaln(a, b))


def _burr_mean(c: Any, d: Any) -> Any:
    return d * _beta(1.0 - 1.0 / c, d + 1.0 / c)


def _burr_var(c: Any, d: Any) -> Any:
    mean = _burr_mean(c, d)
    return d * _beta(1.0 - 2.0 / c, d + 2.0 / c) - mean * mean


def _burr12_mean(c: Any, d: Any) -> Any:
    return d * _beta(d - 1.0 / c, 1.0 + 1.0 / c)


def _burr12_var(c: Any, d: Any) -> Any:
    mean = _burr12_mean(c, d)
    return d * _beta(d - 2.0 / c, 1.0 + 2.0 / c) - mean * mean


def _invweibull_var(c: Any) -> Any:
    mean = _gamma(1.0 - 1.0 / c)
    return _gamma(1.0 - 2.0 / c) - mean * mean


def _betaprime_var(a: Any, b: Any) -> Any:
    return a * (a + b - 1.0) / ((b - 2.0) * (b - 1.0) * (b - 1.0))


def _bradford_mean(c: Any) -> Any:
    k = np.log1p(c)
    return (c - k) / (c * k)


def _bradford_var(c: Any) -> Any:
    k = np.log1p(c)
    return ((c + 2.0) * k - 2.0 * c) / (2.0 * c * k * k)


def _truncexpon_mean(b: Any) -> Any:
    return (1.0 - (b + 1.0) * np.exp(-b)) / -np.expm1(-b)


def _foldnorm_mean(c: Any) -> Any:
    return 2.0 * norm_pdf(c) + c * special.erf(c / np.sqrt(2.0))


def _loglaplace_var(c: Any) -> Any:
    mean, square = c * c / (c * c - 1.0), c * c / (c * c - 4.0)
    return square - mean * mean


def _johnsonsu_mean(a: Any, b: Any) -> Any:
    return -np.exp(0.5 / (b * b)) * np.sinh(a / b)


def _johnsonsu_var(a: Any, b: Any) -> Any:
    w = np.exp(1.0 / (b * b))
    return 0.5 * np.expm1(1.0 / (b * b)) * (w * np.cosh(2.0 * a / b) + 1.0)


def _norminvgauss_var(a: Any, b: Any) -> Any:
    root = np.sqrt(a * a - b * b)
    return a * a / (root * root * root)


def _loguniform_var(a: Any, b: Any) -> Any:
    log = np.log(b / a)
    mean = (b - a) / log
    return 0.5 * (b * b - a * a) / log - mean * mean


MOMENTS: dict[str, dict[str, Callable[..., Any]]] = {
    "anglit": {"mean": lambda: 0.0, "var": lambda: PI * PI / 16.0 - 0.5},
    "arcsine": {"mean": lambda: 0.5, "var": lambda: 0.125, "entropy": lambda: np.log(0.25 * PI)},
    "betaprime": {"var": _betaprime_var},
    "bradford": {"mean": _bradford_mean, "var": _bradford_var},
    "burr": {"mean": _burr_mean, "var": _burr_var},
    "burr12": {"mean": _burr12_mean, "var": _burr12_var},
    "cosine": {
        "mean": lambda: 0.0,
        "var": lambda: (PI * PI - 6.0) / 3.0,
        "entropy": lambda: np.log(4.0 * PI) - 1.0,
    },
    "dgamma": {"mean": lambda a: 0.0 * a, "var": lambda a: a * (a + 1.0)},
    "dweibull": {"mean": lambda c: 0.0 * c, "var": lambda c: _gamma(1.0 + 2.0 / c)},
    "fatiguelife": {"var": lambda c: c * c * (1.0 + 1.25 * c * c)},
    "fisk": {"mean": lambda c: _burr_mean(c, 1.0), "var": lambda c: _burr_var(c, 1.0)},
    "foldnorm": {
        "mean": _foldnorm_mean,
        "var": lambda c: 1.0 + c * c - _foldnorm_mean(c) * _foldnorm_mean(c),
    },
    "genlogistic": {"mean": lambda c: EULER + psi(c)},
    "halflogistic": {
        "mean": lambda: 2.0 * LOG_2,
        "var": lambda: PI * PI / 3.0 - 4.0 * LOG_2 * LOG_2,
        "entropy": lambda: 2.0 - LOG_2,
    },
    "hypsecant": {
        "mean": lambda: 0.0,
        "var": lambda: 0.25 * PI * PI,
        "entropy": lambda: np.log(2.0 * PI),
    },
    "invweibull": {
        "mean": lambda c: _gamma(1.0 - 1.0 / c),
        "var": _invweibull_var,
        "entropy": lambda c: 1.0 + EULER + EULER / c - np.log(c),
    },
    "johnsonsu": {"mean": _johnsonsu_mean, "var": _johnsonsu_var},
    "laplace_asymmetric": {"entropy": lambda kappa: 1.0 + np.log(kappa + 1.0 / kappa)},
    "loglaplace": {
        "mean": lambda c: c * c / (c * c - 1.0),
        "var": _loglaplace_var,
        "entropy": lambda c: np.log(2.0 / c) + 1.0,
    },
    "loguniform": {"var": _loguniform_var},
    "moyal": {"mean": lambda: EULER + LOG_2, "var": lambda: 0.5 * PI * PI},
    "norminvgauss": {"var": _norminvgauss_var},
    "semicircular": {
        "mean": lambda: 0.0,
        "var": lambda: 0.25,
        "entropy": lambda: np.log(PI) - 0.5,
    },
    "truncexpon": {"mean": _truncexpon_mean},
}
