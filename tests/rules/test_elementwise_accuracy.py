"""Every derivative of the elementwise table against mpmath, in ulp.

`benchmarks/accuracy.py` has the references and says what a forgiven ulp is; it prints the worst
arguments. The bounds here are what 1500 random points gave, rounded up: a formula that loses a
digit fails.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy import rows, worst
from dualad._rules._row import Binary, Unary

# The worst error of any derivative of a row in float64. What is not named is exact.
BOUNDS = {
    "divide": 1.2,
    "power": 2.4,
    "float_power": 2.4,
    "reciprocal": 1.2,
    "sqrt": 1.6,
    "cbrt": 1.8,
    "remainder": 1.2,
    "fmod": 1.2,
    "exp": 0.8,
    "exp2": 2.2,
    "expm1": 0.8,
    "log": 1.6,
    "log2": 1.2,
    "log10": 1.2,
    "log1p": 3.2,
    "logaddexp": 2.6,
    "logaddexp2": 2.2,
    "sin": 0.8,
    "cos": 0.8,
    "tan": 1.8,
    "arcsin": 3.4,
    "arccos": 3.4,
    "arctan": 3.2,
    "sinh": 1.2,
    "cosh": 1.2,
    "tanh": 3.8,
    "arcsinh": 3.0,
    "arccosh": 2.0,
    "arctanh": 4.0,
    "sinc": 2.4,
    "hypot": 3.6,
    "arctan2": 2.8,
    "i0": 1.6,
    "deg2rad": 0.6,
    "radians": 0.6,
    "rad2deg": 0.6,
    "degrees": 0.6,
}

# In float32 the formula runs in float64 on the answer, which was rounded to float32 (half an ulp
# and more, which the derivative may double), and is rounded once.
FLOAT32_BOUNDS = {
    "power": 1.4,
    "sqrt": 1.6,
    "exp": 2.0,
    "exp2": 1.6,
    "sin": 1.2,
    "divide": 1.2,
    "reciprocal": 1.2,
    "tan": 1.2,
    "sinh": 1.4,
    "cosh": 1.2,
    "tanh": 1.8,
}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_derivatives_in_float64(row: Unary | Binary) -> None:
    for name, error in worst(row, 60).items():
        assert error.ulp <= BOUNDS.get(row.name, 0.0), (name, error)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_derivatives_in_float32(row: Unary | Binary) -> None:
    for name, error in worst(row, 40, np.float32).items():
        assert error.ulp <= FLOAT32_BOUNDS.get(row.name, 1.0), (name, error)


def test_the_goal_of_four_ulp_is_met() -> None:
    assert max(BOUNDS.values()) <= 4.0
