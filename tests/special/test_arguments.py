"""Derivatives of `scipy.special` in the arguments: against mpmath, and through every machine."""

from __future__ import annotations

import pytest
import scipy.special as sc

from tests.special import cases_bessel, cases_elementary, cases_others
from tests.special.checks import check_first, check_second

CASES = [
    case
    for module in (cases_elementary, cases_bessel, cases_others)
    for case in module.CASES
    if case.fn is not None or hasattr(sc, case.name)
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_first_derivatives(case):
    check_first(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.orders > 1], ids=lambda case: case.name)
def test_second_derivatives(case):
    check_second(case)
