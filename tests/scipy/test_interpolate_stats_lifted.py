"""Code that its author wrote for floats, with interpolants and distributions, as it is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import interpolate, stats
from scipy.interpolate import CubicSpline, RegularGridInterpolator, interp1d

import dualad as da
from tests.machines import differences

X = np.linspace(0.0, 3.0, 6)
Y = np.sin(X) + 1.2
TABLE = CubicSpline(X, Y)
DENSITY = stats.gaussian_kde(Y)
SAMPLE = np.array([0.3, 1.1, 2.4])


class Engine:
    """A class that keeps its table, as engineering code does."""

    def __init__(self):
        self.map = RegularGridInterpolator((X, X), np.outer(Y, Y), method="cubic")
        self.line = interp1d(X, Y, kind="quadratic")

    def power(self, v):
        return float(self.map([v[0], v[1]])[0]) * float(self.line(v[0]))


def fitted_curve(v):
    spline = CubicSpline(X, v, bc_type="natural")
    return spline(1.3) + spline.derivative()(0.4) + spline.integrate(0.0, 2.0)


def loglike(v):
    return -stats.norm(v[0], scale=v[1]).logpdf(SAMPLE).sum()


def risk(v):
    law = stats.weibull_min(v[0], scale=v[1])
    return law.mean() + law.sf(1.4) + law.ppf(0.9)


def correlated(v):
    cov = np.array([[v[0], 0.3], [0.3, v[1]]])
    return stats.multivariate_normal.logpdf([0.2, 0.4], mean=v[:2], cov=cov)


def old_style(v):
    tck = interpolate.splrep(X, v, s=0)
    return interpolate.splev(1.7, tck, der=1) + interpolate.splint(0.2, 1.9, tck)


CASES = {
    "table": (lambda v: TABLE(v).sum() + TABLE.derivative()(v[0]), [0.7, 1.9]),
    "engine": (Engine().power, [0.7, 1.9]),
    "curve": (fitted_curve, Y),
    "likelihood": (loglike, [0.8, 1.3]),
    "risk": (risk, [1.6, 1.2]),
    "correlated": (correlated, [1.3, 1.7]),
    "tck": (old_style, Y),
    "kernel density": (lambda v: DENSITY(v)[0] + DENSITY.logpdf(v)[1], [1.3, 1.7]),
    "scores": (lambda v: stats.zscore(v)[0] + stats.linregress(X, v).slope, Y),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", CASES)
def test_gradients(name, mode):
    f, x = CASES[name]
    x = np.asarray(x)
    want, error = differences(f, x, 1e-3)
    value, got = da.value_and_grad(f, mode=mode)(x)
    assert value == f(x)
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9 + 10.0 * np.max(error))


def test_hessian():
    got = da.hessian(loglike)(np.array([0.8, 1.3]))
    want, _ = differences(da.grad(loglike), np.array([0.8, 1.3]))
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-8)


def test_refusals_name_the_line():
    def f(v):
        return stats.ncf.pdf(1.0, v[0], 4.0, 1.0)

    with pytest.raises(da.NoRuleError, match=r"(?s)ncf\.pdf.*return stats\.ncf\.pdf"):
        da.grad(f)(np.array([2.0]))
