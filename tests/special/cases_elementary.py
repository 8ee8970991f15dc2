"""References for error functions, elementary functions and the gamma family."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import scipy.special as sc

from tests.special.checks import Case


def _normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _quantile(p):
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def _root(f, start):
    return mp.findroot(f, mp.mpf(start))


def _faddeeva(z):
    return mp.exp(-z * z) * mp.erfc(-1j * z)


def _voigt(x, s, g):
    return mp.re(_faddeeva((x + 1j * g) / (s * mp.sqrt(2)))) / (s * mp.sqrt(2 * mp.pi))


def _degrees(f):
    return lambda x: f(mp.pi * x / 180)


_PAIRS = ((0.3, 2.0), (1.5, 1.4999999), (40.0, 300.0))
_BOX = ((0.3, 2.0), (1.0000001, 3.0), (2.0, 1e-9), (3.0, -4.0))
_INVERSE_BOX = ((0.3, 2.0), (1.5, -0.3), (2.0, 1e-9))
_SIGNED = (-3.0, -0.3, 1e-9, 0.5, 1.5)

CASES = [
    Case("erf", mp.erf, (-1.0, 0.5, 4.0)),
    Case("erfc", mp.erfc, (-3.0, 0.5, 6.0), digits=80),
    Case("erfi", mp.erfi, (*_SIGNED, 7.5)),
    Case(
        "erfcx",
        lambda x: mp.exp(x * x) * mp.erfc(x),
        (-20.0, -0.2, 0.99, 1.01, 2.5, 30.0),
        digits=60,
    ),
    Case(
        "dawsn",
        lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
        (-1.5, 0.4, 0.99, 3.3, 6.9, 7.1, 50.0),
        digits=60,
    ),
    Case("erfinv", mp.erfinv, (-0.999999, 0.3, 0.99999999)),
    Case("erfcinv", lambda x: mp.erfinv(1 - x), (1e-3, 0.4, 1.7)),
    Case("ndtr", _normal, (-12.0, 0.7, 3.0), digits=60),
    Case("log_ndtr", lambda x: mp.log(_normal(x)), (-40.0, -1.42, -1.2, 1.0, 5.0), digits=60),
    Case("ndtri", _quantile, (1e-3, 0.3, 0.9999)),
    Case(
        "ndtri_exp",
        lambda y: _root(lambda x: mp.log(_normal(x)) - y, -mp.sqrt(-2 * y) if y < -1 else 0.5),
        (-50.0, -2.0, -0.5),
    ),
    Case(
        "voigt_profile",
        _voigt,
        ((0.5, 1.0, 0.7), (10.0, 1.0, 0.5), (6.896, 0.796, 0.1595)),
    ),
    Case(
        "owens_t",
        lambda h, a: (
            mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mp.pi)
        ),
        ((0.5, 0.7), (2.0, -1.5)),
        digits=20,
    ),
    Case(
        "wofz",
        lambda x: mp.re(_faddeeva(x + 1j)),
        (0.0016, 0.5, -6.0, 9.0),
        fn=lambda x: np.real(sc.wofz(x + 1j)),
    ),
    Case("exp2", lambda x: mp.mpf(2) ** x, (-30.0, 0.3, 45.0)),
    Case("exp10", lambda x: mp.mpf(10) ** x, (-30.0, 0.7)),
    Case("expm1", mp.expm1, (-1.0, 1e-9, 2.0)),
    Case("cosm1", lambda x: mp.cos(x) - 1, (-1.0, 2.0, 30.0)),
    Case(
        "exprel", lambda x: mp.expm1(x) / x, (-30.0, -1.0, 1e-5, 2.4, 2.6, 45.0, 712.0), digits=60
    ),
    Case("log1p", mp.log1p, (-0.99, 0.5, 3.0)),
    Case("cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)), (-8.0, 0.3)),
    Case("sindg", _degrees(mp.sin), (-700.0, 20.0, 100.0)),
    Case("cosdg", _degrees(mp.cos), (-700.0, 20.0, 100.0)),
    Case("tandg", _degrees(mp.tan), (-700.0, 20.0, 100.0)),
    Case("cotdg", _degrees(mp.cot), (-33.0, 1e-3, 100.0)),
    Case("expit", lambda x: 1 / (1 + mp.exp(-x)), (-30.0, 0.3, 45.0), digits=60),
    Case("log_expit", lambda x: -mp.log1p(mp.exp(-x)), (-30.0, 0.3, 45.0), digits=60),
    Case("logit", lambda x: mp.log(x / (1 - x)), (1e-5, 0.2, 0.99999999)),
    Case("entr", lambda x: -x * mp.log(x), (1e-5, 0.2, 7.0)),
    Case("xlogy", lambda x, y: x * mp.log(y), _PAIRS),
    Case("xlog1py", lambda x, y: x * mp.log1p(y), _PAIRS),
    Case("rel_entr", lambda x, y: x * mp.log(x / y), _PAIRS),
    Case("kl_div", lambda x, y: x * mp.log(x / y) - x + y, _PAIRS),
    Case(
        "huber",
        lambda d, r: r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2),
        ((1.0, 0.5), (1.0, -3.0)),
    ),
    Case(
        "pseudo_huber",
        lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1),
        ((1.0, 0.5), (0.2, 1e5), (2.0, 1e-5)),
        digits=60,
    ),
    Case("boxcox", lambda x, y: (x**y - 1) / y, _BOX, digits=60),
    Case("boxcox1p", lambda x, y: ((1 + x) ** y - 1) / y, (*_BOX, (-0.5, 1.7)), digits=60),
    Case("powm1", lambda x, y: x**y - 1, _BOX),
    Case("inv_boxcox", lambda y, k: (1 + k * y) ** (1 / k), _INVERSE_BOX, digits=60),
    Case("inv_boxcox1p", lambda y, k: (1 + k * y) ** (1 / k) - 1, _INVERSE_BOX, digits=60),
    Case("agm", mp.agm, ((0.3, 2.0), (1.5, 1.4999999), (40.0, 300.0))),
    Case("radian", lambda d, m, s: (d + m / 60 + s / 3600) * mp.pi / 180, ((3.0, 4.0, 5.0),)),
    Case("gamma", mp.gamma, (-20.3, -0.7, 0.3, 4.0, 150.0), digits=60),
    Case("gammaln", lambda x: mp.log(abs(mp.gamma(x))), (-3.5, 0.3, 4.0, 1e5), digits=60),
    Case("loggamma", mp.loggamma, (0.3, 2.0, 30.0)),
    Case("rgamma", mp.rgamma, (-20.3, -3.0, 0.0, 0.49, 0.51, 30.0), digits=60),
    Case("psi", mp.digamma, (-20.3, -0.7, 0.3, 4.0, 1e5), digits=60),
    Case(
        "poch",
        lambda z, m: mp.gammaprod([z + m], [z]),
        ((2.5, 1.5), (3.0, 1e-7), (1e6, 3.0), (-0.5, 2.2), (-2.0, 2.7), (-3.3, 2.0), (30.0, -20.0)),
        digits=60,
    ),
    Case("beta", mp.beta, ((0.3, 2.0), (5.0, 7.0), (2.0, 0.1)), digits=60),
    Case(
        "betaln",
        lambda a, b: mp.log(mp.beta(a, b)),
        ((0.3, 2.0), (1e4, 0.3), (50.0, 1e-3)),
        digits=60,
    ),
    Case("binom", mp.binomial, ((5.0, 2.0), (2.0, 3.0), (30.0, 15.0), (1e3, 2.0)), digits=60),
]
