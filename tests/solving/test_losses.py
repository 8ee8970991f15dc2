"""Derivatives through robust least squares, against 40 digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import optimize

import dualad as da
from tests.solving.solved import P, check

CLOSE = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}
LOCATIONS = np.array([0.0, 0.4, 0.5, 0.7, 3.0])
SLOPES = {
    "soft_l1": lambda z: 1 / mpmath.sqrt(1 + z),
    "huber": lambda z: 1 if z <= 1 else 1 / mpmath.sqrt(z),
    "cauchy": lambda z: 1 / (1 + z),
    "arctan": lambda z: 1 / (1 + z * z),
}


def location(p, loss):
    """A robust mean of numbers, of which the last is an outlier."""
    y = LOCATIONS * p[0]
    return optimize.least_squares(
        lambda x: x[0] - y,
        [0.5 * P[0]],
        lambda x: np.ones((5, 1)),
        loss=loss,
        f_scale=p[1],
        **CLOSE,
    ).x[0]


def precise(p, loss):
    """The same by 40 digits."""

    def force(x):
        r = [x - mpmath.mpf(float(y)) * p[0] for y in LOCATIONS]
        return sum(SLOPES[loss]((a / p[1]) ** 2) * a for a in r)

    return mpmath.findroot(force, 0.6)


@pytest.mark.parametrize("loss", SLOPES)
def test_losses(loss):
    with mpmath.workdps(40):
        p = [mpmath.mpf(float(v)) for v in P]
        want = [
            float(mpmath.diff(lambda *q: precise(q, loss), tuple(p), n)) for n in [(1, 0), (0, 1)]
        ]
        mixed = float(mpmath.diff(lambda *q: precise(q, loss), tuple(p), (1, 1)))
    for mode in ("forward", "reverse"):
        got = da.grad(location, mode=mode)(P, loss)
        np.testing.assert_allclose(got, want, rtol=1e-9)
        np.testing.assert_allclose(
            da.hessian(location, mode=mode)(P, loss)[0, 1], mixed, rtol=1e-7, atol=1e-12
        )


def test_a_loss_of_ones_own():
    def cauchy(z):
        rho = np.empty((3, z.size))
        rho[0], rho[1], rho[2] = np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2
        return rho

    value, got = da.value_and_grad(location)(P, cauchy)
    assert value == location(P, "cauchy")
    np.testing.assert_allclose(got, da.grad(location)(P, "cauchy"), rtol=1e-12)


def test_jacobians_with_a_loss():
    """Scaled as SciPy scales them."""

    def field(p, name):
        y = LOCATIONS * p[0]
        return optimize.least_squares(
            lambda x: x[0] - y,
            [0.5 * P[0]],
            lambda x: np.ones((5, 1)),
            loss="cauchy",
            f_scale=p[1],
            **CLOSE,
        )[name]

    def closed(p, name):
        x, y = location(p, "cauchy"), LOCATIONS * p[0]
        z = ((x - y) / p[1]) ** 2
        weight = np.maximum(1 / (1 + z) - 2 * z / (1 + z) ** 2, np.finfo(float).eps)
        return {"jac": np.sqrt(weight)[:, None], "cost": 0.5 * p[1] ** 2 * np.sum(np.log1p(z))}[
            name
        ]

    for name in ("jac", "cost"):
        check(
            lambda p, name=name: field(p, name), lambda p, name=name: closed(p, name), second=False
        )
