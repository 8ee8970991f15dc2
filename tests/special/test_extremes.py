"""Derivatives at the ends of the floating-point range: right, or infinite where they leave it.

Sources: DLMF 7.2, 8.8, 10.30 and 10.61, and the density of Student's t, in mpmath.
"""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da

HUGE = np.finfo(float).max


def gamma_slope(x):
    return x ** mp.mpf(1.5) * mp.exp(-x) / mp.gamma(2.5)


def t_density(t):
    return 2 / (mp.sqrt(3) * mp.pi * (1 + t * t / 3) ** 2)


# The formula by reflection cancels near 0, where zeta(1 - s) has its pole.
ZETA = (-0.51, -0.3, -0.15, -0.05, -1e-3, -1e-14, -5e-324, 1e-300)

CASES = [
    # function, order, argument, exact derivative
    (sc.erf, 2, HUGE, 0.0),
    (sc.erfc, 2, -HUGE, 0.0),
    (sc.k0e, 1, 1e-307, -1e307),
    (sc.k0e, 2, 1e-200, math.inf),
    (sc.k1e, 1, 1e-307, -math.inf),
    (sc.k1e, 2, 1e-90, 2e270),
    (sc.i0, 2, 1e-310, 0.5),
    (sc.i1, 1, -1e-310, 0.5),
    (sc.i1, 2, 1e-309, 0.375e-309),
    *((sc.zetac, n, s, mp.zeta(s, derivative=n)) for n in (1, 2) for s in ZETA),
    (sc.kolmogorov, 1, HUGE, 0.0),
    (sc.kolmogorov, 2, 1e300, 0.0),
    (sc.ker, 1, 1e12, 0.0),
    (sc.kei, 2, HUGE, 0.0),
    (sc.keip, 1, 1e200, 0.0),
    (sc.kei, 2, -1.0, math.nan),
    (sc.ellipk, 2, 1.5, math.nan),
    (sc.ellipe, 2, 1.5, math.nan),
    (sc.ellipkm1, 2, -0.5, math.nan),
    (sc.tandg, 1, 1e20, mp.pi / 180 / mp.cos(mp.mpf(80) * mp.pi / 180) ** 2),  # 1e20 = 80 mod 180
    (sc.cotdg, 1, 1e20, -mp.pi / 180 / mp.sin(mp.mpf(80) * mp.pi / 180) ** 2),
    (lambda x: sc.gammainc(2.5, x), 1, 1e-167, gamma_slope(mp.mpf(1e-167))),
    (lambda x: sc.gammainc(2.5, x), 2, 1e-240, 1.5 * mp.mpf(1e-240) ** 0.5 / mp.gamma(2.5)),
    (lambda x: sc.gammainc(2.5, x), 2, 0.0, 0.0),
    (lambda x: sc.stdtr(3.0, x), 1, 2e74, t_density(mp.mpf(2e74))),
    (lambda x: sc.stdtr(3.0, x), 2, HUGE, 0.0),
    (lambda x: sc.boxcox1p(x, 0.25), 1, 1e132, (1 + mp.mpf(1e132)) ** mp.mpf(-0.75)),
    (lambda x: sc.boxcox1p(x, 0.25), 1, 1e-16, 1 - mp.mpf(0.75e-16)),
    (lambda x: sc.boxcox1p(x, 2.0), 1, -3.0, math.nan),
]


@pytest.mark.parametrize(("f", "order", "x", "want"), CASES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::dualad.DerivativeWarning")
def test_extremes(f, order, x, want):
    got = da.derivative(f, order=order)(x)
    np.testing.assert_allclose(got, float(want), rtol=3e-14)
