"""Every formula of the elementwise table compiles with Numba, and agrees with NumPy's run of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from benchmarks.accuracy import parts, rows
from dualad._compiled._helpers import register
from dualad._rules._helpers import (
    above,
    below,
    exponent,
    floor_quotient,
    pair_scale,
    scale,
    select,
    sin_cos_pi,
    split,
    square_err,
    two_sum,
)
from dualad._rules._row import Binary, Constant, Unary


@pytest.fixture(scope="module", autouse=True)
def registered() -> None:
    register()
    register()  # a second call changes nothing


def compiled(formula: Callable[..., Any]) -> Callable[..., Any]:
    return numba.njit(formula, error_model="numpy")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_compiled_formulas_agree(row: Unary | Binary) -> None:
    for name in parts(row):
        formula = getattr(row, name)
        if isinstance(formula, Constant):
            continue
        fast = compiled(formula)
        for x in row.at:
            point = tuple(
                v if isinstance(v, int) else np.float64(v)
                for v in (x if isinstance(x, tuple) else (x,))
            )
            with np.errstate(all="ignore"):
                args = (*point, row.fn(*point))
                if name == "d2":
                    args = (*args, np.float64(row.d1(*args)))
                np.testing.assert_allclose(fast(*args), formula(*args), rtol=1e-15, atol=0)


def test_compiled_helpers_agree() -> None:
    cases: list[tuple[Callable[..., Any], list[tuple[Any, ...]]]] = [
        (select, [(True, 1.0, 2.0), (False, 1.0, 2.0)]),
        (below, [(1.0, 2.0), (2.0, 1.0), (np.nan, 0.0), (1.0 + 2.0j, 5.0)]),
        (above, [(1.0, 2.0), (2.0, 1.0), (np.nan, 0.0), (9.0 + 2.0j, 5.0)]),
        (exponent, [(0.75,), (-1e300,), (5e-324,), (0.0,)]),
        (scale, [(0.75, 3), (-1e300, -1200)]),
        (floor_quotient, [(1.5, 0.1), (-7.0, 2.0), (-1.0, np.inf), (1.0, np.inf), (-0.3, 1e300)]),
        (pair_scale, [(3.0, -1e300), (5e-324, 0.0), (np.inf, 1.0), (0.0, 0.0)]),
        (two_sum, [(1e16, 1.0), (0.1, 0.2), (np.inf, 1.0)]),
        (split, [(0.1,), (1e10 / 3,)]),
        (square_err, [(0.1,), (1e10 / 3,), (1e200,)]),
        (sin_cos_pi, [(0.25,), (1.0,), (-1.5,), (1e15 + 0.5,)]),
    ]
    for helper, points in cases:
        arity = len(points[0])
        fast = compiled(
            {
                1: lambda x, helper=helper: helper(x),
                2: lambda x, y, helper=helper: helper(x, y),
                3: lambda x, y, z, helper=helper: helper(x, y, z),
            }[arity]
        )
        for point in points:
            with np.errstate(all="ignore"):
                np.testing.assert_allclose(fast(*point), helper(*point), rtol=1e-15, atol=1e-300)


def test_error_terms_are_exact() -> None:
    from fractions import Fraction

    for x, y in ((0.1, 0.2), (1e16, 1.5), (-3.7, 1e-9), (1e10 / 3, -7.1)):
        total, error = two_sum(x, y)
        assert Fraction(total) + Fraction(error) == Fraction(x) + Fraction(y)
        square, error = square_err(x)
        assert Fraction(square) + Fraction(error) == Fraction(x) ** 2
        assert sum(map(Fraction, split(x))) == Fraction(x)
