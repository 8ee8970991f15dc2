"""What the tests of solvers share: a solution map held against its closed form in every mode."""

from __future__ import annotations

import numpy as np

import dualad as da

P = np.array([1.3, 0.7])


def check(f, exact, p=P, rtol=1e-9, atol=1e-10, second=True):
    """Derivatives of f, which calls a solver, against those of a closed form.

    Forward, reverse, and second derivatives by hyper-duals, by forward over reverse, and by
    Jacobians of Jacobians; the value is the plain call's, bit for bit.
    """
    plain = np.asarray(f(p))
    want = da.jacobian(exact)(p)
    for mode in ("forward", "reverse"):
        value, got = da.value_and_jacobian(f, mode=mode)(p)
        assert np.array_equal(value, plain), mode
        np.testing.assert_allclose(got, want, rtol=rtol, atol=atol, err_msg=mode)
    if not second:
        return
    want = da.hessian(exact)(p)
    for mode in ("forward", "reverse"):
        got = da.hessian(f, mode=mode)(p)
        np.testing.assert_allclose(got, want, rtol=10 * rtol, atol=10 * atol, err_msg=mode)
    nested = da.jacobian(da.jacobian(f, mode="reverse"), mode="forward")(p)
    np.testing.assert_allclose(nested, want, rtol=10 * rtol, atol=10 * atol, err_msg="nested")
