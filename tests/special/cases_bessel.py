"""References for Bessel functions, Airy's and Kelvin's functions, and integrals."""

from __future__ import annotations

from operator import itemgetter

import mpmath as mp
import numpy as np

from tests.special.checks import Case

_IN_X = (1,)
_ORDERS = ((0.3, 0.7), (2.5, 8.0), (-0.7, 3.0), (10.0, 25.0))
_SCALED = ((0.3, 0.7), (0.25, 100.0), (3.25, 45.0), (3.25, 24.5), (0.3, 1.4238), (2.5, 1e4))
_K = (0.4, 11.0)


def _order(f, v):
    return lambda x: f(v, x)


def _be(x):
    return mp.besselj(0, x * mp.expjpi(mp.mpf(3) / 4))


def _bep(x):
    w = mp.expjpi(mp.mpf(3) / 4)
    return -w * mp.besselj(1, x * w)


def _ke(x):
    return mp.besselk(0, x * mp.expjpi(mp.mpf(1) / 4))


def _kep(x):
    w = mp.expjpi(mp.mpf(1) / 4)
    return -w * mp.besselk(1, x * w)


def _part(part, f):
    return lambda *x: part(f(*x))


def _hankel(f, sign=0):
    return lambda v, x: mp.re(f(v, x) * mp.exp(sign * 1j * x))


def _airye(f, derivative, sign):
    def g(z):
        scale = mp.exp(sign * mp.mpf(2) / 3 * z * mp.sqrt(z)) if z > 0 else 1
        return f(z, derivative=derivative) * scale

    return g


def _turned(x):
    """Faddeeva's w at exp(i pi/4) x."""
    z = mp.expjpi(mp.mpf(1) / 4) * x
    return mp.exp(-z * z) * mp.erfc(-1j * z)


_KELVIN = (
    [
        case
        for names, f, at in (
            (("ber", "bei"), _be, _K),
            (("ker", "kei"), _ke, _K),
            (("berp", "beip"), _bep, (*_K, -11.52, -14.38, -1e-9)),
            (("kerp", "keip"), _kep, _K),
        )
        for case in (Case(names[0], _part(mp.re, f), at), Case(names[1], _part(mp.im, f), at))
    ]
    + []
    + [
        Case(
            "kelvin",
            _part(mp.re, f),
            (0.4, 3.0),
            take=_part(np.real, itemgetter(i)),
            ulp=(50.0, 400.0),
        )
        for i, f in enumerate((_be, _ke, _bep, _kep))
    ]
)

_AIRY = [
    Case("airy", lambda z, f=f, d=d: f(z, derivative=d), (-9.0, 0.5, 4.0), take=itemgetter(i))
    for i, (f, d) in enumerate(((mp.airyai, 0), (mp.airyai, 1), (mp.airybi, 0), (mp.airybi, 1)))
] + [
    Case(
        "airye",
        _airye(f, d, sign),
        (0.5, 1.4616, 2.0, 9.9, 10.1, 1e3),
        take=itemgetter(i),
        ulp=(400.0, 1e4),
    )
    for i, (f, d, sign) in enumerate(
        ((mp.airyai, 0, 1), (mp.airyai, 1, 1), (mp.airybi, 0, -1), (mp.airybi, 1, -1))
    )
]

_INTEGRALS = [
    Case("exp1", mp.e1, (1e-3, 0.9, 30.0)),
    Case("expi", mp.ei, (-20.0, -0.4, 0.9, 30.0)),
    Case("expn", mp.expint, ((3, 0.5), (1, 2.0), (0, 0.7), (20, 3.0)), args=_IN_X),
    Case("sici", mp.si, (-3.0, 0.4, 0.9, 30.0), take=itemgetter(0)),
    Case("sici", mp.ci, (0.4, 0.9, 30.0), take=itemgetter(1)),
    Case("shichi", mp.shi, (-3.0, 0.4, 0.9, 30.0), take=itemgetter(0)),
    Case("shichi", mp.chi, (0.4, 0.9, 30.0), take=itemgetter(1)),
    Case("fresnel", mp.fresnels, (0.3, -2.0, 40.0), take=itemgetter(0)),
    Case("fresnel", mp.fresnelc, (0.3, -2.0, 40.0), take=itemgetter(1)),
    Case("spence", lambda x: mp.re(mp.polylog(2, 1 - x)), (1e-3, 0.6, 0.999, 1.4)),
    *(
        Case("itairy", f, (0.5, -2.0), take=itemgetter(i), slope=True)
        for i, f in enumerate(
            (mp.airyai, mp.airybi, lambda x: mp.airyai(-x), lambda x: mp.airybi(-x))
        )
    ),
    *(
        Case(name, f, (0.5, 1.9, 2.1), take=itemgetter(i), slope=True, digits=25)
        for name, pair in (
            ("iti0k0", (lambda x: mp.besseli(0, x), lambda x: mp.besselk(0, x))),
            ("itj0y0", (lambda x: mp.besselj(0, x), lambda x: mp.bessely(0, x))),
            (
                "it2i0k0",
                (lambda x: (mp.besseli(0, x) - 1) / x, lambda x: -mp.besselk(0, x) / x),
            ),
            (
                "it2j0y0",
                (lambda x: (1 - mp.besselj(0, x)) / x, lambda x: -mp.bessely(0, x) / x),
            ),
        )
        for i, f in enumerate(pair)
    ),
    Case("itstruve0", lambda x: mp.struveh(0, x), (0.5, 3.0), slope=True),
    Case("itmodstruve0", lambda x: mp.struvel(0, x), (0.5, 3.0), slope=True),
    Case("it2struve0", lambda x: -mp.struveh(0, x) / x, (0.5, 3.0), slope=True),
    Case(
        "modfresnelp",
        lambda x: -mp.cos(x * x),
        (0.3, 2.0, 5.0),
        take=_part(np.real, itemgetter(0)),
        slope=True,
    ),
    Case(
        "modfresnelp",
        lambda x: mp.re(_turned(x)) / 2,
        (-1e-9, 0.3, 2.0, 20.0),
        take=_part(np.real, itemgetter(1)),
    ),
    Case(
        "modfresnelm",
        lambda x: -mp.im(_turned(x)) / 2,
        (0.3, 2.0, 20.0),
        take=_part(np.imag, itemgetter(1)),
    ),
]

CASES = [
    *(Case(f"{c}{v}", _order(f, v), (0.7, 20.0), ulp=(10.0, 10.0), digits=30)
      for c, f in (("j", mp.besselj), ("y", mp.bessely), ("i", mp.besseli), ("k", mp.besselk))
      for v in (0, 1)),
    *(Case(f"i{v}e", lambda x, v=v: mp.besseli(v, x) * mp.exp(-abs(x)),
           (-20.0, -2.0, 0.7, 9.0, 31.0, 1e5),
           digits=30) for v in (0, 1)),
    *(Case(f"k{v}e", lambda x, v=v: mp.besselk(v, x) * mp.exp(x), (0.2, 1.4616, 10.9, 31.0),
           digits=30) for v in (0, 1)),
    Case("jv", mp.besselj, _ORDERS, args=_IN_X),
    Case("yv", mp.bessely, _ORDERS, args=_IN_X),
    Case("iv", mp.besseli, _ORDERS, args=_IN_X),
    Case("kv", mp.besselk, _ORDERS[:2], args=_IN_X),
    Case("jve", mp.besselj, _ORDERS, args=_IN_X),
    Case("yve", mp.bessely, _ORDERS, args=_IN_X),
    Case("ive", lambda v, x: mp.besseli(v, x) * mp.exp(-abs(x)), _SCALED, args=_IN_X, digits=30),
    Case("kve", lambda v, x: mp.besselk(v, x) * mp.exp(x), _SCALED, args=_IN_X, digits=30),
    Case("hankel1", _hankel(mp.hankel1), _ORDERS[:3], args=_IN_X, take=np.real),
    Case("hankel2", _hankel(mp.hankel2), _ORDERS[:3], args=_IN_X, take=np.real),
    Case("hankel1e", _hankel(mp.hankel1, -1), _SCALED[:5], args=_IN_X, take=np.real),
    Case("hankel2e", _hankel(mp.hankel2, 1), _SCALED[:5], args=_IN_X, take=np.real),
    Case("yn", mp.bessely, ((2, 3.0), (0, 0.5)), args=_IN_X),
    Case("kn", mp.besselk, ((2, 3.0), (0, 0.5)), args=_IN_X),
    Case("struve", mp.struveh, ((0.0, 0.7), (2.5, 8.0), (5.0, 1e-4), (0.3, 30.0)), args=_IN_X),
    Case("modstruve", mp.struvel, ((0.0, 0.7), (2.5, 8.0), (5.0, 1e-4)), args=_IN_X),
    Case("wrightomega", lambda x: mp.lambertw(mp.exp(x)), (-40.0, -3.0, 1.0, 30.0)),
    Case("besselpoly", lambda a, p, v: mp.quad(lambda x: x**p * mp.besselj(v, 2 * a * x), [0, 1]),
         ((0.7, 1.2, 2.0),), args=(0,), digits=20),
    *_KELVIN,
    *_AIRY,
    *_INTEGRALS,
]  # fmt: skip
