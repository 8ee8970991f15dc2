"""References for elliptic integrals, polynomials, distributions and differential equations."""

from __future__ import annotations

from operator import itemgetter

import mpmath as mp
import numpy as np
import scipy.special as sc

from tests.special.checks import Case

_M = (-2.0, 1e-5, 0.2, 0.9, 0.999999)
_INCOMPLETE = ((0.7, 0.3), (-1.2, 0.9), (7.0, -3.0), (1e-3, 0.5))
_IN_X = (1,)
_N = ((0, 0.3), (1, 0.3), (5, -0.7), (12, 0.9))


def _elliptic(name):
    return lambda u, m: mp.ellipfun(name, u, m=m)


def _beta(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def _gamma(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def _solved(name, f):
    """The inverse function: the root of f(x, *arguments), near SciPy's."""

    def g(*args):
        with np.errstate(all="ignore"):
            start = getattr(sc, name)(*(x if isinstance(x, int) else float(x) for x in args))
        return mp.findroot(lambda x: f(x, *args), mp.mpf(float(start)))

    return g


def _kolmogorov(x):
    # 1 - theta_4(0, exp(-2 x*x)): its series for large x, and that of the reciprocal for small x.
    if x <= 0:
        return mp.mpf(1)
    if x > 1:
        return 2 * mp.fsum((-1) ** (k - 1) * mp.exp(-2 * k * k * x * x) for k in range(1, 60))
    terms = (mp.exp(-((k * mp.pi / x) ** 2) / 8) for k in range(1, 120, 2))
    return 1 - mp.sqrt(2 * mp.pi) / x * mp.fsum(terms)


def _smirnov(n, d):
    terms = (
        mp.binomial(n, j) * (d + mp.mpf(j) / n) ** (j - 1) * (1 - d - mp.mpf(j) / n) ** (n - j)
        for j in range(int(mp.floor(n * (1 - d))) + 1)
    )
    return d * mp.fsum(terms)


def _noncentral(x, df, nc):
    return mp.fsum(
        mp.exp(-nc / 2) * (nc / 2) ** j / mp.factorial(j) * _gamma(df / 2 + j, x / 2)
        for j in range(40)
    )


def _normal_quantile(p):
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def _wright(a, b, x):
    return mp.fsum(x**j / mp.factorial(j) * mp.rgamma(a * j + b) for j in range(40))


_ELLIPTIC = [
    Case("ellipk", mp.ellipk, _M),
    Case("ellipe", mp.ellipe, _M),
    Case("ellipkm1", lambda p: mp.ellipk(1 - p), (1e-6, 0.2, 7.0)),
    Case("ellipkinc", mp.ellipf, _INCOMPLETE),
    Case("ellipeinc", mp.ellipe, _INCOMPLETE),
    *(
        Case("ellipj", _elliptic(name), ((0.7, 0.3), (4.0, 0.5)), take=itemgetter(i))
        for i, name in enumerate(("sn", "cn", "dn"))
    ),
    Case("elliprc", mp.elliprc, ((0.7, 0.3), (2.0, 2.0), (1.0, -2.0)), digits=30),
    Case("elliprf", mp.elliprf, ((0.7, 0.3, 1.2), (2.0, 2.0, 2.0)), digits=25),
    Case("elliprg", mp.elliprg, ((0.7, 0.3, 1.2), (2.0, 2.0, 2.0)), digits=25),
    Case(
        "elliprd",
        mp.elliprd,
        ((0.7, 0.3, 1.2), (2.0, 2.0, 2.0)),
        digits=25,
    ),
    Case(
        "elliprj",
        mp.elliprj,
        ((0.7, 0.3, 1.2, 0.4),),
        args=(0, 3),
        digits=25,
    ),
    Case(
        "elliprj",
        mp.elliprj,
        ((2.0, 3.0, 1.0, -0.5),),
        orders=1,
        digits=25,
    ),
]

_POLYNOMIALS = [
    Case("eval_legendre", mp.legendre, _N, args=_IN_X),
    Case("eval_chebyt", mp.chebyt, _N, args=_IN_X),
    Case("eval_chebyu", mp.chebyu, _N, args=_IN_X),
    Case("eval_chebyc", lambda n, x: 2 * mp.chebyt(n, x / 2), _N, args=_IN_X),
    Case("eval_chebys", lambda n, x: mp.chebyu(n, x / 2), _N, args=_IN_X),
    Case("eval_sh_legendre", lambda n, x: mp.legendre(n, 2 * x - 1), _N[:3], args=_IN_X),
    Case("eval_sh_chebyt", lambda n, x: mp.chebyt(n, 2 * x - 1), _N[:3], args=_IN_X),
    Case("eval_sh_chebyu", lambda n, x: mp.chebyu(n, 2 * x - 1), _N[:3], args=_IN_X),
    Case("eval_hermite", mp.hermite, _N, args=_IN_X),
    Case(
        "eval_hermitenorm",
        lambda n, x: mp.hermite(n, x / mp.sqrt(2)) / mp.mpf(2) ** (mp.mpf(n) / 2),
        _N,
        args=_IN_X,
    ),
    Case("eval_laguerre", lambda n, x: mp.laguerre(n, 0, x), _N, args=_IN_X),
    Case("eval_genlaguerre", mp.laguerre, ((0, 0.5, 0.3), (5, 1.5, 0.7)), args=(2,)),
    Case("eval_gegenbauer", mp.gegenbauer, ((0, 0.5, 0.3), (5, 1.5, 0.7)), args=(2,)),
    Case("eval_jacobi", mp.jacobi, ((0, 0.5, 0.2, 0.3), (5, 1.5, 0.3, 0.7)), args=(3,)),
    Case(
        "eval_sh_jacobi",
        lambda n, p, q, x: mp.jacobi(n, p - q, q - 1, 2 * x - 1) / mp.binomial(2 * n + p - 1, n),
        ((1, 2.5, 1.2, 0.3), (4, 2.5, 1.3, 0.7)),
        args=(3,),
    ),
    Case(
        "lpmv",
        lambda m, v, x: mp.legenp(v, m, x),
        ((0, 3, 0.3), (2, 4, -0.5)),
        args=(2,),
        digits=20,
    ),
    Case("hyp0f1", mp.hyp0f1, ((1.5, 0.7), (2.0, -30.0)), args=_IN_X),
    Case("hyp1f1", mp.hyp1f1, ((1.5, 2.5, 0.7), (0.3, 1.2, -5.0)), args=(2,)),
    Case("hyperu", mp.hyperu, ((1.5, 2.5, 0.7), (0.3, 1.2, 5.0)), args=(2,)),
    Case("hyp2f1", mp.hyp2f1, ((1.5, 0.5, 2.5, 0.7), (0.3, 1.2, 2.0, -5.0)), args=(3,)),
    Case("wright_bessel", _wright, ((0.5, 1.2, 0.7),), args=(2,)),
    Case("log_wright_bessel", lambda *x: mp.log(_wright(*x)), ((0.5, 1.2, 0.7),), args=(2,)),
]

_DISTRIBUTIONS = [
    Case("betainc", _beta, ((2.0, 3.0, 0.3), (0.5, 0.5, 0.9), (40.0, 30.0, 0.6)), args=(2,)),
    Case("betaincc", lambda *x: -_beta(*x), ((2.0, 3.0, 0.3),), args=(2,)),
    Case("bdtr", lambda k, n, p: _beta(n - k, k + 1, 1 - p), ((2, 5, 0.3),), args=(2,)),
    Case("bdtrc", lambda k, n, p: -_beta(n - k, k + 1, 1 - p), ((2, 5, 0.3),), args=(2,)),
    Case("nbdtr", lambda k, n, p: _beta(n, k + 1, p), ((2, 5, 0.3),), args=(2,)),
    Case("nbdtrc", lambda k, n, p: -_beta(n, k + 1, p), ((2, 5, 0.3),), args=(2,)),
    Case(
        "bdtri",
        _solved("bdtri", lambda p, k, n, y: _beta(n - k, k + 1, 1 - p) - y),
        ((2, 5, 0.3),),
        args=(2,),
    ),
    Case(
        "nbdtri",
        _solved("nbdtri", lambda p, k, n, y: _beta(n, k + 1, p) - y),
        ((2, 5, 0.3),),
        args=(2,),
    ),
    Case("pdtr", lambda k, m: -_gamma(k + 1, m), ((2, 1.3),), args=_IN_X),
    Case("pdtrc", lambda k, m: _gamma(k + 1, m), ((2, 1.3),), args=_IN_X),
    Case("pdtri", _solved("pdtri", lambda m, k, y: 1 - _gamma(k + 1, m) - y), ((2, 0.3),),
         args=_IN_X),
    Case("gammainc", _gamma, ((0.5, 0.2), (3.0, 2.0), (100.0, 99.0), (100.0, 150.0)), args=_IN_X),
    Case("gammaincc", lambda a, x: -_gamma(a, x), ((0.5, 0.2), (100.0, 99.0)), args=_IN_X),
    Case(
        "gammaincinv",
        _solved("gammaincinv", lambda x, a, p: _gamma(a, x) - p),
        ((0.5, 0.2), (3.0, 0.7)),
        args=_IN_X,
    ),
    Case(
        "gammainccinv",
        _solved("gammainccinv", lambda x, a, p: 1 - _gamma(a, x) - p),
        ((0.5, 0.2), (3.0, 0.7)),
        args=_IN_X,
    ),
    Case("chdtr", lambda v, x: _gamma(v / 2, x / 2), ((3.0, 2.0),), args=_IN_X),
    Case("chdtrc", lambda v, x: -_gamma(v / 2, x / 2), ((3.0, 2.0),), args=_IN_X),
    Case(
        "chdtri",
        _solved("chdtri", lambda x, v, p: 1 - _gamma(v / 2, x / 2) - p),
        ((3.0, 0.2),),
        args=_IN_X,
    ),
    Case("gdtr", lambda a, b, x: _gamma(b, a * x), ((2.0, 3.0, 1.2),), args=(0, 2)),
    Case("gdtrc", lambda a, b, x: -_gamma(b, a * x), ((2.0, 3.0, 1.2),), args=(0, 2)),
    Case(
        "gdtria",
        _solved("gdtria", lambda a, p, b, x: _gamma(b, a * x) - p),
        ((0.3, 3.0, 1.2),),
        args=(0, 2),
        orders=1,
    ),
    Case(
        "gdtrix",
        _solved("gdtrix", lambda x, a, b, p: _gamma(b, a * x) - p),
        ((2.0, 3.0, 0.3),),
        args=(0, 2),
        orders=1,
    ),
    Case("chndtr", _noncentral, ((3.0, 2.5, 1.2), (9.0, 4.0, 6.0)), args=(0, 2), digits=25),
    Case("kolmogorov", _kolmogorov, (0.12, 0.5, 0.81, 0.83, 2.0)),
    Case("kolmogi", _solved("kolmogi", lambda x, p: _kolmogorov(x) - p), (0.1, 0.5, 0.99)),
    Case("smirnov", _smirnov, ((3, 0.2), (10, 0.33), (50, 0.05)), args=_IN_X),
    Case("smirnovi", _solved("smirnovi", lambda d, n, p: _smirnov(n, d) - p), ((3, 0.2),),
         args=_IN_X),
    Case(
        "tklmbda",
        _solved("tklmbda", lambda p, x, k: (p**k - (1 - p) ** k) / k - x),
        ((0.3, 0.5), (-1.0, -0.7)),
    ),
    Case("nrdtrimn", lambda p, s, x: x - s * _normal_quantile(p), ((0.3, 2.0, 1.0),)),
    Case("nrdtrisd", lambda m, p, x: (x - m) / _normal_quantile(p), ((0.3, 0.8, 1.0),)),
]  # fmt: skip

_EQUATIONS = [
    Case(name, f, ((0.3, 1.0),), args=_IN_X, take=itemgetter(0), digits=25)
    for name, f in (
        ("pbdv", mp.pcfd),
        ("pbvv", lambda v, x: mp.pcfv(-v - mp.mpf(1) / 2, x)),
        ("pbwa", mp.pcfw),
    )
]

CASES = [*_ELLIPTIC, *_POLYNOMIALS, *_DISTRIBUTIONS, *_EQUATIONS]
