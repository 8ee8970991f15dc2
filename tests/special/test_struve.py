"""Struve's functions in x: near 0, and where SciPy's own values are off."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da


@pytest.mark.parametrize(("f", "sign"), [(sc.struve, -1.0), (sc.modstruve, 1.0)])
def test_second_derivative_near_zero(f, sign):
    """H_0(x) = 2/pi (x - x**3/9 + x**5/225 - ...) (DLMF 11.2.1)."""
    x = np.array([1e-8, 1e-4, 0.01, -0.01])
    want = 2.0 / np.pi * (sign * 2.0 * x / 3.0 + 4.0 * x**3 / 45.0 + sign * 2.0 * x**5 / 525.0)
    second = da.derivative(da.derivative(lambda x: f(0.0, x)))
    np.testing.assert_allclose(second(x), want, rtol=1e-13)


@pytest.mark.parametrize(
    ("f", "reference", "v", "x"),
    [
        (sc.struve, mp.struveh, 0.0, 26.1),
        (sc.struve, mp.struveh, 7.0, 22.1),
        (sc.modstruve, mp.struvel, 2.5, 13.6),
        (sc.modstruve, mp.struvel, -0.5, 12.2),
    ],
)
def test_slopes_where_values_are_off(f, reference, v, x):
    with mp.workdps(40):
        want = [float(mp.diff(lambda t: reference(v, t), x, n)) for n in (1, 2)]
    first = da.derivative(lambda x: f(v, x))
    np.testing.assert_allclose([first(x), da.derivative(first)(x)], want, rtol=4e-14)
