"""Two planets weighed by their pull on one another, with a compiled model.

Jupiter and Saturn are observed in the sky for twelve years. Without their pull on one another each
would keep to its ellipse; they leave it by some hundredths of an astronomical unit, and that says
what they weigh. The orbits are integrated by a function compiled with Numba, and SciPy's
`least_squares` gets the derivative of all of its steps in ten unknowns: two masses, and where the
planets were and how they moved at first. Run it with `python examples/weighing_planets.py`, or with
the name of a picture to draw.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from numba import njit
from scipy.optimize import least_squares

import dualad as da

# Astronomical units, years and masses of the sun.
G = 4.0 * math.pi**2
STEP, EVERY, SEEN = 0.02, 12, 50  # a measurement each 0.24 years
NOISE = 1e-4


@njit
def pull(state, masses, acceleration):
    """Accelerations as seen from the sun, which is pulled itself."""
    for i in range(2):
        j = 1 - i
        x, y = state[2 * i], state[2 * i + 1]
        u, v = state[2 * j], state[2 * j + 1]
        own = (x * x + y * y) ** -1.5
        other = (u * u + v * v) ** -1.5
        near = ((u - x) ** 2 + (v - y) ** 2) ** -1.5
        acceleration[2 * i] = G * (masses[j] * ((u - x) * near - u * other))
        acceleration[2 * i + 1] = G * (masses[j] * ((v - y) * near - v * other))
        acceleration[2 * i] -= G * (1.0 + masses[i]) * x * own
        acceleration[2 * i + 1] -= G * (1.0 + masses[i]) * y * own


@njit
def orbits(p):
    """Positions of both planets at the times of observation; p: masses, positions, velocities."""
    masses, state, velocity = p[:2], p[2:6].copy(), p[6:].copy()
    acceleration = np.zeros(4)
    seen = np.empty((SEEN, 4))
    pull(state, masses, acceleration)
    for k in range(SEEN):
        for _ in range(EVERY):  # the leapfrog
            velocity += 0.5 * STEP * acceleration
            state += STEP * velocity
            pull(state, masses, acceleration)
            velocity += 0.5 * STEP * acceleration
        seen[k] = state
    return seen


def observe(truth):
    rng = np.random.default_rng(1846)
    return orbits(truth) + NOISE * rng.standard_normal((SEEN, 4))


def fit(seen):
    """Masses and orbits, from circles and from planets without weight."""
    jupiter, saturn = seen[0, :2], seen[0, 2:]
    start = np.concatenate([[0.0, 0.0], seen[0], circular(jupiter), circular(saturn)])
    jacobian = da.jacobian(orbits)
    return least_squares(
        lambda p: ((orbits(p) - seen) / NOISE).ravel(),
        start,
        jac=lambda p: jacobian(p).reshape(-1, 10) / NOISE,
        x_scale="jac",
        xtol=1e-12,
    )


def circular(position):
    x, y = position
    r = math.hypot(x, y)
    return math.sqrt(G / r**3) * np.array([-y, x])


TRUTH = np.array([9.546e-4, 2.858e-4, 4.95, -0.8, -6.5, 6.6, 0.43, 2.76, -1.52, -1.36])
seen = observe(TRUTH)
result = fit(seen)
covariance = np.linalg.inv(result.jac.T @ result.jac)
errors = np.sqrt(np.diag(covariance))

print(f"{result.nfev} simulations, {result.njev} Jacobians; chi2 / degrees of freedom", end=" ")
print(f"{2.0 * result.cost / (seen.size - 10):.2f}")
for name, mass, error, true in zip(("Jupiter", "Saturn"), result.x, errors, TRUTH, strict=False):
    print(f"{name:8} {mass:.4e} +- {error:.0e} masses of the sun; put in: {true:.4e}")

assert result.success
assert np.all(np.abs(result.x - TRUTH) < 4.0 * errors)
assert np.all(errors[:2] < 0.02 * TRUTH[:2])  # both are weighed to two per cent or better
# The Jacobian of 600 steps is right to the last digits that differences can see.
J = da.jacobian(orbits)(result.x)
step = 1e-4 * np.maximum(np.abs(result.x), 1e-2)
for j, h in enumerate(step):
    e = h * np.eye(10)[j]
    two = (orbits(result.x + e) - orbits(result.x - e)) / (2.0 * h)
    assert np.allclose(J[..., j], two, rtol=1e-5, atol=1e-5 * np.abs(two).max())


def draw(path: str) -> None:
    """The orbits, and how far the planets leave what they would do alone."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    years = STEP * EVERY * np.arange(1, SEEN + 1)
    alone = np.concatenate([[0.0, 0.0], result.x[2:]])
    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(0.0, 0.0, "o", color="#d9a400", markersize=8)
    fitted, free = orbits(result.x), orbits(alone)
    for i, (name, color) in enumerate((("Jupiter", "#c2453c"), ("Saturn", "#3b6ea5"))):
        path_of = fitted[:, 2 * i : 2 * i + 2]
        left.plot(*seen[:, 2 * i : 2 * i + 2].T, ".", color=color, markersize=4)
        left.plot(*path_of.T, color=color, linewidth=0.8, label=name)
        away = np.hypot(*(seen - free)[:, 2 * i : 2 * i + 2].T)
        right.plot(years, away, ".", color=color, markersize=4)
        right.plot(years, np.hypot(*(path_of - free[:, 2 * i : 2 * i + 2]).T), color=color)
    left.set(aspect="equal", xlabel="x [AU]", ylabel="y [AU]")
    left.legend(loc="lower right", fontsize="small")
    right.set(xlabel="t [years]", ylabel="distance from weightless planets [AU]")
    figure.savefig(path)


if __name__ == "__main__" and len(sys.argv) > 1:
    draw(sys.argv[1])
