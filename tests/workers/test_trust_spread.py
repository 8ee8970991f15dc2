"""The functions of the tests of trust, in pieces: warnings and derivatives of a serial run."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import dualad as da
from tests.trust_cases import PLANTED
from tests.trust_more import MORE
from tests.trust_silent import SILENT

CASES = [(f, (x,)) for f, x, _ in PLANTED + MORE] + SILENT
IDS = [f"{i}-{f.__name__}" for i, (f, _) in enumerate(CASES)]


def told(run, args):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        out = run(*args)
    return out, {(w.category, str(w.message), w.filename, w.lineno) for w in seen}


def stacked(f):
    """f of several points, so that there is something to spread in either mode."""

    def wide(x, *args):
        return f(x, *args) + np.zeros(3)

    return wide


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(("f", "args"), CASES, ids=IDS)
def test_jacobians(f, args, mode):
    if np.size(args[0]) < 2 and mode == "forward":
        return  # one column
    g = f if mode == "forward" else stacked(f)
    expected, serial = told(da.jacobian(g, mode=mode, chunk_size=1), args)
    got, spread = told(da.jacobian(g, mode=mode, chunk_size=1, workers=map), args)
    np.testing.assert_array_equal(got, expected)
    assert spread == serial


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(("f", "args"), CASES, ids=IDS)
def test_hessians(f, args, mode):
    if np.size(args[0]) < 2:
        return  # one column
    expected, serial = told(da.hessian(f, mode=mode), args)
    got, spread = told(da.hessian(f, mode=mode, workers=map), args)
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)
    assert spread == serial
