"""No `DerivativeWarning` where the derivative is right: the filter turns any into a failure."""

import numpy as np
import pytest

import dualad as da
from tests.machines import differences
from tests.trust_silent import SILENT, huber, smooth_join

# Differences say nothing at a kink of higher order or at a guard.
UNJUDGED = ("at_boundary_of_guard", "normalised")
# The second derivative jumps here, and is warned of.
JOINTS = ((huber, 0.0), (smooth_join, 0.0))


@pytest.mark.parametrize(("f", "args"), SILENT)
def test_silent_and_right(f, args):
    x = args[0]
    flat = np.reshape(np.asarray(x, float), -1)
    shaped = lambda v: f(np.reshape(v, np.shape(x)) if np.ndim(x) else v[0], *args[1:])
    forward = da.grad(f, mode="forward")(*args)
    reverse = da.grad(f, mode="reverse")(*args)
    np.testing.assert_allclose(reverse, forward, rtol=1e-9, atol=1e-12)
    if f.__name__ not in UNJUDGED:
        want, error = differences(shaped, flat, 1e-4)
        assert np.all(np.abs(np.reshape(forward, -1) - want) <= 20 * error + 1e-6)
    if any(f is g and np.any(np.equal(x, v)) for g, v in JOINTS):
        with pytest.warns(da.DerivativeWarning):
            da.hessian(f)(*args)
        return
    da.hessian(f)(*args)
    da.hessian(f, mode="reverse")(*args)
    da.jacobian(da.jacobian(f))(*args)
