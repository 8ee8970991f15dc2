"""Reaction and diffusion in a porous catalyst: a boundary value problem, fitted to measurements.

In a slab of catalyst a reactant diffuses and reacts at the rate of its concentration y to the power
n: y'' = phi^2 y^n, with y' = 0 in the middle (x = 0) and y = 1 at the surface (x = 1). The share of
the catalyst that is used is the effectiveness factor, y'(1) / phi^2. Derivatives go through
`solve_bvp`: the sensitivity of that factor, and the Jacobian of a fit of phi and n to a profile.

Run it with `python examples/boundary_value.py`, or with the name of a picture to draw.
"""

from __future__ import annotations

import sys

import numpy as np

import dualad as da
import dualad.scipy as ds

MESH = np.linspace(0.0, 1.0, 11)
START = np.stack([np.ones(11), np.zeros(11)])


def concentration(phi, n):
    """The solution of the boundary value problem."""

    def equations(_x, y):
        return np.stack([y[1], phi**2 * y[0] ** n])

    def conditions(middle, surface):
        return np.stack([middle[1], surface[0] - 1.0])

    return ds.solve_bvp(equations, conditions, MESH, START, tol=1e-6)


def effectiveness(phi, n):
    return concentration(phi, n).y[1, -1] / phi**2


# --- how the effectiveness depends on phi ------------------------------------------------------

print("effectiveness factor, and its elasticity in phi (d ln / d ln; -1 in the limit)")
elasticities = []
moduli = np.array([0.3, 1.0, 2.0, 4.0, 8.0])
for phi in moduli:
    value, slope = da.value_and_grad(effectiveness)(phi, 2.0)
    elasticities.append(phi * slope / value)
    print(f"  phi = {phi:3.1f}:  {value:.6f}  {elasticities[-1]:+.6f}")

# A reaction of first order has the closed form tanh(phi) / phi.
exact = da.grad(lambda phi: np.tanh(phi) / phi)(2.0)
assert abs(da.grad(effectiveness)(2.0, 1.0) - exact) < 1e-6

# --- a fit ---------------------------------------------------------------------------------------

TRUE = np.array([2.5, 1.6])
places = np.linspace(0.05, 0.95, 19)
noise = 0.002 * np.random.default_rng(3).standard_normal(places.size)
measured = concentration(*TRUE).sol(places)[0] + noise


def residuals(p):
    phi, n = p
    return concentration(phi, n).sol(places)[0] - measured


fit = ds.least_squares(residuals, [1.0, 1.0], xtol=1e-12)
covariance = np.linalg.inv(fit.jac.T @ fit.jac) * 2 * fit.cost / (places.size - 2)
errors = np.sqrt(np.diag(covariance))
print(f"\nfit to {places.size} concentrations, {fit.nfev} evaluations")
print(f"  {fit.derivatives}")
for name, value, error, true in zip(("phi", "n"), fit.x, errors, TRUE, strict=True):
    print(f"  {name:4}= {value:.4f} +- {error:.4f}   (true: {true})")
assert np.all(np.abs(fit.x - TRUE) < 4 * errors)


def draw(path: str) -> None:
    """The fit, and the elasticity."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    x = np.linspace(0, 1, 200)
    left.plot(places, measured, "o", color="#c2453c", markersize=4, label="measured")
    phi, n = fit.x
    left.plot(x, concentration(phi, n).sol(x)[0], color="#444466", label="fitted")
    left.set(xlabel="depth x", ylabel="concentration y", title=f"phi = {phi:.3f}, n = {n:.3f}")
    left.legend()
    right.plot(moduli, elasticities, "o-", color="#444466")
    right.set_xticks(moduli)
    right.axhline(-1.0, color="#999999", linewidth=0.8, linestyle="--")
    right.set(xlabel="phi", ylabel="elasticity", title="d ln(effectiveness) / d ln(phi), n = 2")
    figure.savefig(path)


if __name__ == "__main__" and len(sys.argv) > 1:
    draw(sys.argv[1])
