"""Robertson's reactions against a reference, and right-hand sides of scalars beside arrays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dualad as da
from dualad._solving import solver

differentiated = solver(solve_ivp)
RATES = np.array([0.04, 3e7, 1e4])
TIMES = [0.4, 40.0]
# dy/d(rates) at TIMES, of shape (rates, y, times): the variational equations written by hand,
# solved by SciPy's Radau with rtol=3e-14; with rtol=1e-12 twelve digits are the same.
REFERENCE = np.array([
    [
        [-0.3559525659828552, -4.247558771705735],
        [0.00039025440538182173, 4.591196249253937e-05],
        [0.3555623115774737, 4.247512859743234],
    ],
    [
        [-1.5831766355576408e-11, -2.28835508890567e-09],
        [-5.290041093214812e-13, -1.1380595093501255e-13],
        [1.6360770464897894e-11, 2.2884688948566084e-09],
    ],
    [
        [9.542381427849802e-08, 1.3730807973446231e-05],
        [-2.1309610301936448e-10, -2.357192113846335e-10],
        [-9.521071817547872e-08, -1.3730572254234907e-05],
    ],
])  # fmt: skip


def robertson(t, y, k):
    a, b, c = y
    slow, fast = k[0] * a - k[2] * b * c, k[1] * b * b
    return [-slow, slow - fast, fast]


def sensitivities(method, rtol, **options):
    seen = []

    def f(k):
        found = differentiated(
            robertson, (0.0, 40.0), [1.0, 0.0, 0.0], method, t_eval=TIMES, args=(k,), rtol=rtol,
            atol=1e-3 * rtol * np.array([1.0, 1e-4, 1.0]), **options,
        )  # fmt: skip
        seen.append(found)
        return found.y

    return np.moveaxis(da.jacobian(f, mode="forward")(RATES), -1, 0), seen[-1]


@pytest.mark.parametrize(
    ("method", "rtol", "tolerance"),
    [("Radau", 1e-9, 1e-10), ("Radau", 1e-6, 1e-5), ("BDF", 1e-6, 1e-4), ("LSODA", 1e-6, 1e-4)],
)
def test_robertson(method, rtol, tolerance):
    got, found = sensitivities(method, rtol)
    np.testing.assert_allclose(got, REFERENCE, rtol=tolerance, atol=0)
    # Each step solves for y first; all columns at once would take twenty times as many steps.
    assert found.sensitivity["nfev"] < 4 * found.nfev + 100


def equal_ways(fun, y0, p, **options):
    """The right-hand side by duals of floats, and one that needs arrays, agree."""

    def scalars(p):
        return differentiated(fun, (0.0, 2.0), y0, args=(p,), **options).y[:, -1]

    def arrays(p):
        def by_array(t, y, p):
            y = y.reshape(-1)
            return np.stack(fun(t, y, p))

        return differentiated(by_array, (0.0, 2.0), y0, args=(p,), **options).y[:, -1]

    got = da.jacobian(scalars, mode="forward")(p)
    np.testing.assert_allclose(got, da.jacobian(arrays, mode="forward")(p), rtol=1e-9, atol=1e-12)


def swallowing(t, y, p):
    try:
        total = np.sum(y)
    except Exception:  # as users write
        total = 0.0
    return [p[0] * total, -p[1] * y[1]]


FUNCTIONS = {
    "arithmetic": lambda t, y, p: [2 - p[0] * y[0] / (1 + y[1]), -p[1] + y[0] ** 2 - 1 / y[1]],
    "powers": lambda t, y, p: [-p[0] * y[0] ** 1.5, -(p[1] ** 3) * y[1]],
    "functions": lambda t, y, p: [
        np.sin(p[0] * y[0]) - np.cos(y[1]), np.exp(-p[1] * y[1]) - np.sqrt(y[0]) * np.tanh(y[1])
    ],
    "numpy scalars": lambda t, y, p: [np.float64(-0.3) * y[0], p[1] - np.float64(2.0) * y[1]],
    "other functions": lambda t, y, p: [np.arctan(p[0] * y[0]), -np.log1p(y[1]) * p[1]],
    "constants": lambda t, y, p: [1.0, -p[0] * p[1] * y[1]],
    "swallowed": swallowing,
    "maxima": lambda t, y, p: [max(p[0], p[1]) * -y[0], min(y[0], 5.0) * p[1]],
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_scalar_right_hand_sides(name):
    equal_ways(FUNCTIONS[name], [1.1, 0.7], np.array([0.8, 0.45]), rtol=1e-6, atol=1e-8)
