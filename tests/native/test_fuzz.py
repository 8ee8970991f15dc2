"""Thirty of the random programs of `fuzz`; a thousand are one command, see there."""

from __future__ import annotations

import numpy as np
import pytest

import dualad as da

from . import fuzz
from .programs import Program


@pytest.mark.parametrize("first", range(0, 30, 5))
@pytest.mark.filterwarnings("ignore::dualad.DerivativeWarning")
def test_random_programs(first):
    for seed in range(first, first + 5):
        judged, total = fuzz.check(seed)
        assert judged >= 0.5 * total


def test_programs_are_the_same_every_time():
    assert Program(3).source == Program(3).source


def test_a_wrong_program_is_found_and_made_smaller(monkeypatch):
    """A derivative that is off, where `t1` is made, is reported with little beside it."""
    program = Program(3)

    def judged(other):
        if "t1" in other.source:
            raise fuzz.WrongError("off")
        return 0, 0

    monkeypatch.setattr(fuzz, "judged", judged)
    small = fuzz.smaller(program, fuzz.WrongError)
    assert "t1" in small.source
    assert len(small.lines) < len(program.lines)
    with pytest.raises(fuzz.WrongError, match="seed 3"):
        fuzz.check(3)


def test_a_wrong_derivative_is_told(monkeypatch):
    program = Program(9)
    right = da.value_and_jacobian

    def wrong(f, argnums, mode):
        def g(*args):
            value, derivative = right(f, argnums, mode=mode)(*args)
            return value, np.asarray(derivative) + 1e-3 * (mode == "reverse")

        return g

    monkeypatch.setattr(fuzz.da, "value_and_jacobian", wrong)
    with pytest.raises(fuzz.WrongError, match="reverse instead of forward"):
        fuzz.judged(program)
