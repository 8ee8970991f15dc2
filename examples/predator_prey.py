"""Predators and prey: which parameter matters, and when.

A simulation with four named parameters is differentiated as it stands, over a whole trajectory. One
per cent more growth of the prey changes the population little at first, and by many per cent where
the next wave comes earlier. Run it with `python examples/predator_prey.py`, or with the name of a
picture to draw.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.integrate import solve_ivp

from dualad.sensitivity import sensitivity

YEARS = np.linspace(0.0, 25.0, 101)


def simulate(birth, catch, growth, death):
    """Prey and predators over the years (A. Lotka 1925, V. Volterra 1926)."""

    def rates(_t, y):
        prey, predators = y
        return [
            birth * prey - catch * prey * predators,
            growth * prey * predators - death * predators,
        ]

    span = (YEARS[0], YEARS[-1])
    return solve_ivp(rates, span, [10.0, 5.0], t_eval=YEARS, rtol=1e-9, atol=1e-9).y


params = {"birth": 0.6, "catch": 0.1, "growth": 0.04, "death": 0.5}
study = sensitivity(simulate, params, times=YEARS, outputs=["prey", "predators"])
print(study)

# The derivative is that of the simulation: a step of a millionth says the same, to its few digits.
step = 1e-6 * params["birth"]
moved = simulate(**{**params, "birth": params["birth"] + step})
quotient = (moved - simulate(**params)) / step
assert np.allclose(study.absolute["birth"], quotient, rtol=1e-3, atol=1e-2)

# What is conserved along a trajectory moves with the parameters as its formula says.
prey, predators = simulate(**params)
V = (
    params["growth"] * prey
    - params["death"] * np.log(prey)
    + params["catch"] * predators
    - params["birth"] * np.log(predators)
)
assert np.ptp(V) < 1e-6

name, score = study.ranking(output="prey")[0]
print(f"most of the prey's course hangs on {name}: 1 % of it moves the prey by {score:.1f} %")


def draw(path: str) -> None:
    """The populations, and below them the relative sensitivities of the prey."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    figure = Figure(figsize=(6.4, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(YEARS, prey, label="prey", color="#3b6ea5")
    above.plot(YEARS, predators, label="predators", color="#c2453c")
    above.set(ylabel="number", ylim=(0, None))
    above.legend(loc="upper center")
    for key in params:
        below.plot(YEARS, study.relative[key][0], label=key)
    below.axhline(0.0, color="#999999", linewidth=0.8)
    below.set(xlabel="t [years]", ylabel="% of prey for 1 %")
    below.legend(ncols=4, loc="upper left")
    low, high = below.get_ylim()
    below.set_ylim(low, high + 0.25 * (high - low))
    figure.savefig(path)


if __name__ == "__main__" and len(sys.argv) > 1:
    draw(sys.argv[1])
