"""Every probe in forward, reverse and second order; values bit for bit those of the plain call."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import dualad as da

from . import probes_calls, probes_complex, probes_numpy  # noqa: F401  # they add their own
from .harness import by_differences, close, flat, matrix, with_argument
from .probes import PROBES, Probe

# What has no rule, and the words of the one clear error.
REFUSED = {"rounding_step": "nextafter"}


def fresh(probe: Probe) -> tuple:
    return with_argument(probe.args, probe.argnum, flat(probe.args[probe.argnum]))


@pytest.mark.parametrize("name", [n for n in PROBES if n not in REFUSED])
def test_derivatives_are_right(name):
    probe = PROBES[name]
    f, argnum = probe.f, probe.argnum
    single = name == "single_precision"
    value = flat(f(*fresh(probe)))
    n = flat(probe.args[argnum]).size
    want = by_differences(f, probe.args, argnum)
    for mode in ("forward", "reverse"):
        got, derivative = da.value_and_jacobian(f, argnum, mode=mode)(*fresh(probe))
        np.testing.assert_array_equal(flat(got), value)
        close(matrix(derivative, n), want, single)
    if not probe.second:
        return
    jacobian = da.jacobian(f, argnum, mode="forward")

    def slopes(*args):
        return matrix(jacobian(*args), n).reshape(-1)

    bend = by_differences(slopes, probe.args, argnum)
    # Compiling is what costs here: one of the two ways for each probe, the same in every run.
    mode = "reverse" if value.size == 1 and zlib.crc32(name.encode()) % 2 else "auto"
    close(matrix(da.hessian(f, argnum, mode=mode)(*fresh(probe)), n), bend)


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("verb", [da.jacobian, da.hessian])
def test_what_has_no_rule_is_refused_with_the_line(name, verb):
    probe = PROBES[name]
    with pytest.raises(da.DualadError, match=REFUSED[name]) as caught:
        verb(probe.f)(*fresh(probe))
    assert "probes" in caught.value.where
    assert ", line " in caught.value.where
    assert caught.value.__cause__ is not None
