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

# The worst error of any derivative of a row in float64.
EXACT = 0.0
BOUNDS = BOUNDS_HERE

# In float32 the formula runs in float64 on the answer, which was rounded to float32 (half an ulp
# and more, which the derivative may double), and is rounded once.
FLOAT32_BOUNDS = FLOAT32_HERE


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_derivatives_in_float64(row: Unary | Binary) -> None:
    for name, error in worst(row, 60).items():
        assert error.ulp <= BOUNDS[row.name], (name, error)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_derivatives_in_float32(row: Unary | Binary) -> None:
    for name, error in worst(row, 40, np.float32).items():
        assert error.ulp <= FLOAT32_BOUNDS.get(row.name, 1.0), (name, error)


def test_the_goal_of_four_ulp_is_met() -> None:
    assert max(BOUNDS.values()) <= 4.1
