"""Derivatives and a parameter study by several processes, and what it looks like when one fails.

The model is a plug-flow reactor: a concentration along a pipe, with a reaction whose rate depends
on position. Run it with `python examples/workers.py`.
"""

from __future__ import annotations

import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np

import dualad as da
from dualad.sensitivity import SampleError, dgsm

CELLS = 400


def outlet(rates):
    """Concentrations at five times at the end of the pipe, for a rate in each of its parts."""
    k = np.repeat(rates, CELLS // len(rates))
    c = np.zeros(CELLS)
    seen = []
    for step in range(500):
        flow = np.concatenate((np.array([1.0]), c[:-1]))
        c = c + 0.8 * (flow - c) - 0.01 * k * c
        if step % 100 == 99:
            seen.append(c[-1])
    return np.stack(seen)


def conversion(rate, length, order):
    """The part that has reacted, of a first- or second-order reaction."""
    if rate > 2.9:
        raise ArithmeticError("the reactor runs away")
    return 1 - np.exp(-rate * length) if order == 1 else 1 - 1 / (1 + rate * length)


def main() -> None:
    rates = np.linspace(0.2, 0.6, 16)

    # Two processes, started for this call and gone with it.
    J = da.jacobian(outlet, mode="forward", workers=2)(rates)

    # A pool that is there already: the way for many calls, in an optimiser for example.
    with ProcessPoolExecutor(2) as pool:
        jacobian = da.jacobian(outlet, mode="forward", workers=pool.map)
        for shift in (0.0, 0.1):
            jacobian(rates + shift)
    with multiprocessing.Pool(2) as pool:
        same = da.jacobian(outlet, mode="forward", workers=pool.map)(rates)
    assert np.array_equal(same, J)
    print(f"Jacobian {J.shape}, the same by three ways; serial differs by", end=" ")
    print(f"{abs(J - da.jacobian(outlet)(rates)).max():.0e}")

    # A study over parameter sets. It needs no more of the function than that it can be imported.
    ranges = {"rate": (0.5, 2.8), "length": (0.8, 1.2), "order": 1}
    study = dgsm(conversion, ranges, 256, seed=1, workers=2)
    print(study)
    assert study.ranking == ["rate", "length"]
    assert math.isclose(study.mu["rate"], np.mean(study.gradients[:, 0, 0]))

    # A parameter set that fails ends the study, and says which it was and why.
    ranges["rate"] = (0.5, 3.0)
    try:
        dgsm(conversion, ranges, 256, seed=1, workers=2)
    except SampleError as error:
        print(error)
    study = dgsm(conversion, ranges, 256, seed=1, workers=2, on_error="omit")
    print(study)


if __name__ == "__main__":
    main()
