"""The nonlinear fits of the NIST Statistical Reference Datasets: digits, evaluations.

``python -m benchmarks.nist`` fits all 27 problems from both starting points with
`dualad.scipy.least_squares`, and with SciPy's own by each of its difference schemes: how many of
the certified digits are reached, and how often the user's function ran. A run that gives the value
and all derivatives counts as one, as does each run for a difference quotient.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize

from dualad.scipy import least_squares
from examples import nist_strd

WAYS = ("dualad", "2-point", "3-point", "cs")
LEVELS = (4, 6, 8, 10)  # certified digits; NIST gives 11
OPTIONS = {"x_scale": "jac", "xtol": 1e-13, "ftol": 1e-13, "gtol": 1e-13, "max_nfev": 2000}


class Fit(NamedTuple):
    """One fit: digits to which the worst parameter agrees, and runs of the user's function."""

    digits: float
    runs: int


def fit(problem: Any, start: np.ndarray, way: str) -> Fit:
    """Fit one problem from one start; a fit that fails has no digits."""
    runs = 0

    def residuals(b: np.ndarray) -> np.ndarray:
        nonlocal runs
        runs += 1
        value: np.ndarray = problem.residuals(b)
        return value

    solve: Callable[..., Any] = optimize.least_squares
    keywords: dict[str, Any] = {"jac": way}
    if way == "dualad":
        solve, keywords = least_squares, {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            digits = problem.digits(solve(residuals, start, **keywords, **OPTIONS).x)
        except ValueError:  # residuals that are not finite: SciPy gives up
            digits = 0.0
    return Fit(max(digits, 0.0), runs)


def table(names: list[str]) -> dict[tuple[str, int], dict[str, Fit]]:
    """All fits of these problems, from both starts."""
    found = {}
    for name in names:
        problem = nist_strd.load(name)
        for i, start in enumerate(problem.starts):
            found[name, i + 1] = {way: fit(problem, start, way) for way in WAYS}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problems", nargs="*", help="names of problems; all if none is given")
    fits = table(parser.parse_args().problems or list(nist_strd.MODELS))
    print(f"{'digits / runs':16}" + "".join(f"{way:>16}" for way in WAYS))
    for (name, start), row in fits.items():
        cells = "".join(f"{row[w].digits:10.1f}{row[w].runs:6d}" for w in WAYS)
        print(f"{name:10} {start:<5}{cells}")
    for level in LEVELS:
        counts = [sum(row[w].digits >= level for row in fits.values()) for w in WAYS]
        print(f"{f'{level} digits':16}" + "".join(f"{c:>13} of" for c in counts) + f" {len(fits)}")
    print(f"{'runs':16}" + "".join(f"{sum(r[w].runs for r in fits.values()):16}" for w in WAYS))


if __name__ == "__main__":
    main()
