"""Lift: code for floats as it stands, in every mode, against differences and the plain call."""

import numpy as np
import pytest

import dualad as da
from tests import lift_cases

X = lift_cases.X
CASES = lift_cases.CASES
MODES = ("forward", "reverse")


def differences(f, x, h=1e-5):
    """Central differences of order four."""
    columns = []
    for e in h * np.eye(x.size):
        near = np.array(f(x + e)) - np.array(f(x - e))
        far = np.array(f(x + 2 * e)) - np.array(f(x - 2 * e))
        columns.append((8 * near - far) / (12 * h))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_first_derivatives_and_values(name, mode):
    f = CASES[name]
    value, got = da.value_and_jacobian(f, mode=mode)(X)
    np.testing.assert_allclose(got, differences(f, X), rtol=1e-8, atol=1e-8)
    np.testing.assert_array_equal(value, f(X))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_second_derivatives(name, mode):
    f = CASES[name]
    want = differences(da.jacobian(f, mode=mode), X)
    np.testing.assert_allclose(da.hessian(f, mode=mode)(X), want, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_nested(name):
    f = CASES[name]
    want = da.hessian(f)(X)
    for outer, inner in (("forward", "reverse"), ("reverse", "forward")):
        got = da.jacobian(da.jacobian(f, mode=inner), mode=outer)(X)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
