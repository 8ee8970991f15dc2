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
OPTIONS = {"x_scale": "jac", "xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12}
calls = 0


def residuals(b):
    global calls  # noqa: PLW0603  # an example may count in the plainest way
    calls += 1
    top = b[0] + b[1] * temperature + b[2] * temperature**2 + b[3] * temperature**3
    bottom = 1 + b[4] * temperature + b[5] * temperature**2 + b[6] * temperature**3
    return top / bottom - expansion


def counted(fit: Callable[[], OptimizeResult]) -> tuple[OptimizeResult, int]:
    before = calls
    return fit(), calls - before


def milliseconds(call: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(call, number=number, repeat=5)) / number * 1e3


def with_exact() -> OptimizeResult:
    return least_squares(residuals, start, jac=da.jacobian(residuals), **OPTIONS)


def with_differences() -> OptimizeResult:
    return least_squares(residuals, start, jac="2-point", **OPTIONS)


def main() -> None:
    exact, exact_calls = counted(with_exact)
    differences, difference_calls = counted(with_differences)
    digits = problem.digits(exact.x), problem.digits(differences.x)

    print(f"{problem.title}\n")
    print("What jacobian(residuals) does at the start, and why:")
    print(da.explain(residuals, start))

    jacobian = da.jacobian(residuals)
    one = (
        milliseconds(lambda: jacobian(start), 100),
        milliseconds(lambda: approx_fprime(start, residuals), 100),
    )
    whole = milliseconds(with_exact, 5), milliseconds(with_differences, 5)

    print(f"\n{'':24}{'certified':>18}{'exact Jacobian':>20}{'2-point differences':>22}")
    for i, certified in enumerate(problem.certified):
        values = f"{certified:>18.10e}{exact.x[i]:>20.10e}{differences.x[i]:>22.10e}"
        print(f"b{i + 1:<23}{values}")
    print(f"{'digits that agree':<24}{'11.0':>18}{digits[0]:>20.1f}{digits[1]:>22.1f}")
    print(f"{'calls of residuals':<24}{'':18}{exact_calls:>20d}{difference_calls:>22d}")
    print(f"{'one Jacobian, ms':<24}{'':18}{one[0]:>20.3f}{one[1]:>22.3f}")
    print(f"{'the whole fit, ms':<24}{'':18}{whole[0]:>20.1f}{whole[1]:>22.1f}")
    print("\nWith exact derivatives:", end=" ")
    print(f"{difference_calls / exact_calls:.0f} times fewer calls of residuals;", end=" ")
    print(f"one Jacobian in {one[0] / one[1]:.2f} of the time of differences.")

    assert digits[0] >= 6, "the fit must agree with the certified parameters"
    # The certified sum of squares has 11 digits.
    assert abs(2 * exact.cost / problem.sum_of_squares - 1) < 1e-9


if __name__ == "__main__":
    main()
