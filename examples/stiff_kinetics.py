"""A stiff reaction network, fitted to measurements through `solve_ivp`.

Robertson's three reactions, of rates that differ by nine orders of magnitude, are the classic of
stiff equations. All three rate constants are found from noisy concentrations: `least_squares` gets
the exact Jacobian of the whole simulation, solved by an implicit method.
Run it with `python examples/stiff_kinetics.py`, or with the name of a picture to draw.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.integrate import solve_ivp

from dualad.scipy import least_squares
from dualad.sensitivity import identifiability

TIMES = np.geomspace(1e-2, 1e4, 20)
SCALE = np.array([1.0, 1e-5, 1.0])  # the second substance is rare
NOISE = 0.01


def reactions(_t, y, k):
    """A -> B,  2 B -> B + C,  B + C -> A + C (H. Robertson 1966)."""
    a, b, c = y
    first, second, third = k[0] * a, k[1] * b * b, k[2] * b * c
    return [third - first, first - second - third, second]


def simulate(logarithms):
    """The concentrations at TIMES, scaled, for the logarithms of the rate constants."""
    k = np.exp(logarithms)
    solution = solve_ivp(
        reactions,
        (0.0, TIMES[-1]),
        [1.0, 0.0, 0.0],
        "BDF",
        TIMES,
        args=(k,),
        rtol=1e-8,
        atol=1e-12,
    )
    return (solution.y / SCALE[:, None]).ravel()


truth = np.log([0.04, 3e7, 1e4])
rng = np.random.default_rng(4)
data = simulate(truth) + NOISE * rng.normal(size=3 * TIMES.size)
runs = 0


def residuals(logarithms):
    global runs  # noqa: PLW0603  # an example may count in the plainest way
    runs += 1
    return (simulate(logarithms) - data) / NOISE


start = np.log([0.1, 1e7, 3e4])
fit = least_squares(residuals, start, x_scale=1.0)
print(f"{fit.message} {runs} simulations, {fit.derivatives}")

found = identifiability(fit, names=["log k1", "log k2", "log k3"])
print(found)

assert fit.success
assert np.all(np.abs(fit.x - truth) < 4 * found.std)
assert runs < 30


def draw(path: str) -> None:
    """Measurements and the fitted concentrations."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    labels = ("A", "B, times 10⁵", "C")
    for label, color, y, m in zip(
        labels,
        ("#3b6ea5", "#c2453c", "#4f8f4f"),
        simulate(fit.x).reshape(3, -1),
        data.reshape(3, -1),
        strict=True,
    ):
        axes.semilogx(TIMES, y, color=color, label=label)
        axes.semilogx(TIMES, m, "o", color=color, markersize=3.5)
    axes.set(xlabel="t [s]", ylabel="concentration")
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__" and len(sys.argv) > 1:
    draw(sys.argv[1])
