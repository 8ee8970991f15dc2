"""A certified fit, its uncertainties, and what follows from them.

Ultrasonic reference blocks, 214 measurements made at NIST (problem Chwirut1 of its Statistical
Reference Datasets). The parameters and their standard deviations are certified to 11 digits, so
that every number can be checked. Run it with `python examples/fit_with_uncertainties.py`, or with
the name of a picture to draw.
"""

from __future__ import annotations

import sys

import nist_strd
import numpy as np
from scipy.optimize import brentq

from dualad.scipy import curve_fit
from dualad.sensitivity import identifiability, propagate

problem = nist_strd.load("Chwirut1")
distance, response = problem.x, problem.y


def model(x, b1, b2, b3):
    return np.exp(-b1 * x) / (b2 + b3 * x)


start = problem.starts[1]
popt, pcov = curve_fit(model, distance, response, start, xtol=1e-14, ftol=1e-14, gtol=1e-14)
deviations = np.sqrt(np.diag(pcov))

print(f"{'parameter':10}{'fitted':>20}{'certified':>20}{'std':>14}{'certified':>14}")
for i in range(3):
    print(
        f"b{i + 1:<9}{popt[i]:20.12g}{problem.certified[i]:20.12g}"
        f"{deviations[i]:14.6g}{problem.deviations[i]:14.6g}"
    )
assert np.allclose(popt, problem.certified, rtol=1e-8)
assert np.allclose(deviations, problem.deviations, rtol=1e-6)

fit = identifiability(model, dict(zip(("b1", "b2", "b3"), popt, strict=True)), distance, response)
print(fit)


def where(b):
    """The distance at which the response has fallen to 20: a root inside what is differentiated."""
    return brentq(lambda x: model(x, *b) - 20.0, 0.5, 6.0)


crossing = propagate(where, popt, pcov, names=["b1", "b2", "b3"])
print(f"the response is 20 at {crossing.mean:.4f} +/- {crossing.std:.4f}")
assert abs(model(crossing.mean, *popt) - 20.0) < 1e-9
samples = np.random.default_rng(0).multivariate_normal(popt, pcov, 400)
assert abs(np.std([where(b) for b in samples]) / crossing.std - 1) < 0.15


def draw(path: str) -> None:
    """The measurements, and the fit with the band of new measurements."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    x = np.linspace(distance.min(), distance.max(), 120)
    axes.plot(distance, response, ".", color="#888888", markersize=3, label="measured")
    axes.plot(x, model(x, *popt), color="#3b6ea5", label="fitted")
    axes.errorbar(
        crossing.mean,
        20.0,
        xerr=2 * crossing.std,
        color="#c2453c",
        capsize=3,
        label="20, twice std",
    )
    axes.set(xlabel="distance [mm]", ylabel="response", ylim=(0, None))
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__" and len(sys.argv) > 1:
    draw(sys.argv[1])
