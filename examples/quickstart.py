"""Fit measured data with exact Jacobians, and see what finite differences make of the same fit.

The data are the thermal expansion of copper, 236 measurements made at NIST (problem Hahn1 of its
Statistical Reference Datasets). NIST certifies the seven parameters of the fit to 11 digits, so the
answer can be checked. Run it with `python examples/quickstart.py`.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable

import nist_strd
from scipy.optimize import OptimizeResult, approx_fprime, least_squares

import dualad as da

problem = nist_strd.load("Hahn1")
temperature, expansion = problem.x, problem.y
start = problem.starts[0]  # NIST's start 1, the one far from the solution
TOLERANCES = {"xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12}


def residuals(b):
    top = b[0] + b[1] * temperature + b[2] * temperature**2 + b[3] * temperature**3
    bottom = 1 + b[4] * temperature + b[5] * temperature**2 + b[6] * temperature**3
    return top / bottom - expansion


def milliseconds(call: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(call, number=number, repeat=5)) / number * 1e3


def main() -> None:
    # The fit: one keyword more than without derivatives
    exact = least_squares(residuals, start, jac=da.jacobian(residuals), method="lm", **TOLERANCES)
    differences = least_squares(residuals, start, jac="2-point", method="lm", **TOLERANCES)

    print(f"{problem.title}\n")
    print("What jacobian(residuals) does at the start, and why:")
    print(da.explain(residuals, start))
    show_parameters(exact, differences)
    show_work(exact, differences)

    assert problem.digits(exact.x) >= 6, "the fit must agree with the certified parameters"
    # The certified sum of squares has 11 digits.
    assert abs(2 * exact.cost / problem.sum_of_squares - 1) < 1e-9


def show_parameters(exact: OptimizeResult, differences: OptimizeResult) -> None:
    print(f"\n{'':4}{'certified by NIST':>20}{'exact Jacobian':>20}{'2-point differences':>22}")
    for i, certified in enumerate(problem.certified):
        values = f"{certified:>20.10e}{exact.x[i]:>20.10e}{differences.x[i]:>22.10e}"
        print(f"b{i + 1:<3}{values}")
    digits = problem.digits(exact.x), problem.digits(differences.x)
    print(f"{'digits that agree':<24}{digits[0]:>20.1f}{digits[1]:>22.1f}")


def show_work(exact: OptimizeResult, differences: OptimizeResult) -> None:
    jacobian = da.jacobian(residuals)
    ours = milliseconds(lambda: jacobian(start), 100)
    theirs = milliseconds(lambda: approx_fprime(start, residuals), 100)
    runs = exact.nfev + exact.njev  # an exact Jacobian evaluates the function once
    print(f"{'evaluations of the model':<24}{runs:>20d}{differences.nfev:>22d}")
    print(f"{'one Jacobian, ms':<24}{ours:>20.3f}{theirs:>22.3f}")
    print(
        f"\nExact derivatives: {differences.nfev / runs:.0f} times fewer evaluations of the model; "
        f"one Jacobian takes {ours / theirs:.2f} of the time of differences."
    )


if __name__ == "__main__":
    main()
