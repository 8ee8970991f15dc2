"""Which parameters matter over their whole ranges: derivative-based measures, spread by Dask.

A simulation of an epidemic has four uncertain parameters. `dgsm` averages its squared derivatives
over a sample of parameter sets, which a Dask cluster of two processes works through; what bounds
the total Sobol' indices from above is printed and ranked. The same call with `workers=None`
runs here, and gives the same numbers. Run it with `python examples/global_sensitivity.py`, or with
the name of a picture to draw; it needs `pip install dualad[dask]`.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.integrate import solve_ivp

from dualad.sensitivity import dgsm

RANGES = {"contact": (0.3, 0.5), "recovery": (0.1, 0.2), "loss": (0.0, 0.01), "first": (1e-4, 1e-3)}
SETS = 32  # a power of two suits Sobol's sequence


def peak(contact, recovery, loss, first):
    """The share of infected people after 40 days (W. Kermack, A. McKendrick 1927)."""

    def rates(_t, y):
        susceptible, infected = y
        new = contact * susceptible * infected
        return [loss * (1 - susceptible - infected) - new, new - recovery * infected]

    start = [1.0 - first, first]
    return solve_ivp(rates, (0.0, 40.0), start, rtol=1e-6, atol=1e-9).y[1, -1]


def main() -> None:
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", processes=True
    )
    with cluster, Client(cluster) as client:
        study = dgsm(peak, RANGES, SETS, seed=1, workers=client.map)
    print(study)
    here = dgsm(peak, RANGES, SETS, seed=1)
    assert np.array_equal(here.gradients, study.gradients)
    assert study.ranking[-1] == "loss"


def draw(path: str) -> None:
    """The bounds, with their errors."""
    from matplotlib.figure import Figure  # optional, and no window system is asked for

    figure = Figure(figsize=(6, 3.2), layout="constrained")
    dgsm(peak, RANGES, SETS, seed=1).plot(ax=figure.subplots())
    figure.savefig(path)


if __name__ == "__main__":
    main()
    if len(sys.argv) > 1:
        draw(sys.argv[1])
