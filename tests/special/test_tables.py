"""Derivatives from tables: one element as many, and no jumps between their regions."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special as sc

import dualad as da

# Where one formula or one point of the grid gives way to the next.
BORDERS = {
    "dawsn": (7.0, 0.0625, 3.4375, 6.9375),
    "i0e": (30.0, 1.0, 0.125, 2.5),
    "i1e": (30.0, 1.0, 0.125, 2.5),
    "k0e": (30.0, 0.25, 0.28125, 4.0),
    "k1e": (30.0, 0.25, 0.28125, 4.0),
}


@pytest.mark.parametrize("name", BORDERS)
def test_one_element_as_many(name):
    f = getattr(sc, name)
    x = np.concatenate([np.geomspace(1e-3, 1e3, 41), BORDERS[name], [31.0, np.inf, np.nan]])
    for d in (da.derivative(f), da.derivative(da.derivative(f))):
        with np.errstate(all="ignore"):
            many = d(x)
            one = np.array([d(v) for v in x])
        np.testing.assert_array_equal(many, one)
        assert np.isnan(many[-1])
        assert np.all(np.isfinite(many[:-2]))


@pytest.mark.parametrize("name", BORDERS)
def test_regions_meet(name):
    border = np.array(BORDERS[name])
    d = getattr(sc, name)
    for _ in range(3):
        d = da.derivative(d)
        low, high = d(np.nextafter(border, 0.0)), d(np.nextafter(border, np.inf))
        assert np.max(np.abs(high / low - 1.0)) <= 2e-14
