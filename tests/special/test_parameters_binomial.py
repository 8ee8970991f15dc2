"""Derivatives of poch and binom in both arguments, left of their poles."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da


def rising(z, m):
    return mp.gammaprod([z + m], [z])


@pytest.mark.parametrize(
    ("f", "exact", "points"),
    [
        (sc.poch, rising, ((-3.3, 2.0), (-0.7, -2.0), (-2.6, 1.0), (-3.3, 0.0), (-3.05, 2.0))),
        (sc.binom, mp.binomial, ((-3.3, 2.0), (-2.5, 1.0), (-3.3, 0.0))),
    ],
)
def test_mixed_derivatives_at_integers_in_either_order(f, exact, points):
    # Formulas that hold for integers m alone are not to be differentiated in m.
    a, b = np.array(points).T
    d = da.derivative
    a_then_b = d(lambda y: d(lambda x: f(x, y))(a))
    b_then_a = d(lambda x: d(lambda y: f(x, y))(b))
    with mp.workdps(40):
        want = np.array([[float(mp.diff(exact, p, (1, n))) for p in points] for n in (1, 2)])
    np.testing.assert_allclose(a_then_b(b), want[0], rtol=1e-13)
    np.testing.assert_allclose(b_then_a(a), want[0], rtol=1e-13)
    np.testing.assert_allclose(d(a_then_b)(b), want[1], rtol=1e-13)
