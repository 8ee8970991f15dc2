"""Derivatives of formulas: no branch and no rounding term spoils what nesting takes from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

import dualad as da
from benchmarks.accuracy import rows
from dualad._rules._row import Binary, Unary
from dualad._rules._symbolic import sympy_call

POINTS = (0.0, 0.3, 0.5, -0.7, 1.7, 25.0)
# Pairs, ties among them, on a slanted line through each.
PAIRS = ((1.3, 0.7), (1.3, 1.3), (2.0, 1.0), (0.5, 2.0), (3.0, 3e-9), (2.5, 0.0))
# Not differentiable at ties, or no function of two real numbers.
STEPS = {
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "copysign",
    "ldexp",
    "remainder",
    "fmod",
    "heaviside",
}


def third_by_nesting(f: Callable[[Any], Any], x: float) -> float:
    with np.errstate(all="ignore"):
        return float(da.derivative(da.derivative(da.derivative(f)))(x))


def by_mpmath(row: Unary | Binary) -> Callable[..., Any]:
    names = sp.symbols("x" if isinstance(row, Unary) else "x y", real=True, seq=True)
    return sp.lambdify(names, sympy_call(row, *names), "mpmath")


def third(f: Callable[[Any], Any], x: float) -> float:
    with mp.workdps(60):
        return float(mp.diff(f, mp.mpf(x), 3))


@pytest.mark.parametrize("row", [r for r in rows() if isinstance(r, Unary)], ids=lambda r: r.name)
def test_third_derivatives(row: Unary) -> None:
    exact = by_mpmath(row)
    for x in POINTS:
        with np.errstate(all="ignore"):
            inside = np.isfinite(row.fn(x)) and x not in row.kinks
        if inside:
            wanted = third(exact, x)
            found = third_by_nesting(row.fn, x)
            assert found == pytest.approx(wanted, rel=1e-11, abs=1e-14), x


@pytest.mark.parametrize("row", [r for r in rows() if isinstance(r, Binary)], ids=lambda r: r.name)
def test_third_derivatives_along_a_line(row: Binary) -> None:
    if row.name in STEPS:
        return
    exact = by_mpmath(row)
    for x, y in PAIRS:
        if row.name == "divide" and y == 0.0:
            continue
        wanted = third(lambda t, x=x, y=y: exact(x + 2 * t, y + t), 0.0)
        found = third_by_nesting(lambda t, x=x, y=y: row.fn(x + 2 * t, y + t), 0.0)
        assert found == pytest.approx(wanted, rel=1e-11, abs=1e-14), (x, y)


def test_locally_constant_questions_see_primal_values_only() -> None:
    # `pair_scale` and the real `sign` are flat rows: nested numbers meet them, and nothing flows.
    assert da.grad(lambda x: np.hypot(x, 2 * x) * np.sign(x))(1.25) == pytest.approx(5**0.5)
    assert da.grad(lambda x: np.floor(x) * x)(2.5) == 2.0


@pytest.mark.parametrize("ufunc", [np.spacing, lambda x: np.nextafter(x, 2.0)])
def test_no_rule_raises(ufunc: Callable[..., Any]) -> None:
    with pytest.raises(da.NoRuleError):
        da.grad(lambda x: np.sum(ufunc(x)))(np.array([1.5]))
