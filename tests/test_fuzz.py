"""Fifty of the random programs of `fuzz`; a thousand are one command, see there."""

from __future__ import annotations

import pytest

from tests import fuzz


@pytest.mark.parametrize("first", range(0, 50, 10))
@pytest.mark.filterwarnings("ignore::dualad.DerivativeWarning")
def test_random_programs(first):
    for seed in range(first, first + 10):
        judged, total = fuzz.check(seed)
        assert judged >= 0.5 * total


def test_programs_are_the_same_every_time():
    assert fuzz.Program(3).source == fuzz.Program(3).source
