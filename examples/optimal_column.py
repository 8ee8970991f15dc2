"""A constrained design: the lightest tubular column that neither yields nor buckles.

Diameter d and wall thickness t are found by `minimize(method="trust-constr")` with the exact
gradient and Hessian of the cost and of both constraints (after S. Rao, "Engineering Optimization",
5th ed., Wiley 2019, section 1.4). The solution is then differentiated itself: how does the lightest
design answer to the load? Run it with `python examples/optimal_column.py`, or with the name of a
picture to draw.
"""

from __future__ import annotations

import sys

import numpy as np

import dualad as da
from dualad.scipy import NonlinearConstraint, minimize

YIELD, MODULUS, LENGTH = 500.0, 0.85e6, 250.0  # kgf/cm2, kgf/cm2, cm
DENSITY = 0.0025  # kgf/cm3


def weight_and_cost(x):
    d, t = x
    return 5 * (DENSITY * LENGTH * np.pi * d * t) + 2 * d


def stresses(x, load):
    """Stress over yield stress, and over the stress at which the column buckles (Euler)."""
    d, t = x
    stress = load / (np.pi * d * t)
    buckling = np.pi**2 * MODULUS * (d**2 + t**2) / (8 * LENGTH**2)
    return np.stack([stress / YIELD, stress / buckling])


def design(load):
    """The best (d, t) in cm for a load in kgf."""
    limit = NonlinearConstraint(lambda x: stresses(x, load), -np.inf, 1.0)
    found = minimize(
        weight_and_cost,
        np.array([8.0, 0.5]),
        method="trust-constr",
        bounds=[(2.0, 14.0), (0.2, 0.8)],
        constraints=[limit],
        options={"gtol": 1e-10, "xtol": 1e-12, "maxiter": 500},
    )
    return found.x


best = design(2500.0)
print(f"d = {best[0]:.4f} cm, t = {best[1]:.4f} cm, cost {weight_and_cost(best):.4f}")
print(f"stress ratios {stresses(best, 2500.0)}: both limits are active")
assert np.allclose(best, [5.4521, 0.2920], atol=2e-3)  # Rao's graphical solution: 5.44, 0.293
assert np.allclose(stresses(best, 2500.0), 1.0, atol=1e-6)

# With both limits active d t = load / (pi yield), and d^2 + t^2 does not depend on the load.
slope = da.jacobian(design)(2500.0)
print(f"per 100 kgf of load: d {100 * slope[0]:+.5f} cm, t {100 * slope[1]:+.5f} cm")
d, t = best
formula = np.array([-t, d]) / (np.pi * YIELD * (d**2 - t**2))
assert np.allclose(slope, formula, rtol=1e-5)


def draw(path: str) -> None:
    """Cost and the two limits over diameter and thickness."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    figure = Figure(figsize=(6, 4.2), layout="constrained")
    axes = figure.subplots()
    d, t = np.meshgrid(np.linspace(3.5, 9.0, 160), np.linspace(0.2, 0.6, 160))
    ratios = stresses((d, t), 2500.0)
    lines = axes.contour(d, t, weight_and_cost((d, t)), levels=12, colors="#bbbbbb", linewidths=0.8)
    axes.clabel(lines, fontsize=7)
    for ratio, color, label in zip(
        ratios, ("#c2453c", "#3b6ea5"), ("yields", "buckles"), strict=True
    ):
        axes.contour(d, t, ratio, levels=[1.0], colors=color)
        axes.contourf(d, t, ratio, levels=[1.0, 1e9], colors=color, alpha=0.12)
        axes.plot([], [], color=color, label=label)
    axes.plot(*best, "o", color="black", label="best design")
    axes.set(xlabel="diameter [cm]", ylabel="wall [cm]")
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__" and len(sys.argv) > 1:
    draw(sys.argv[1])
