"""A tenth of NumPy's differentiable callables in every mode; `benchmarks/conformance.py` is all."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks import conformance
from benchmarks.conformance_samples import Sample, callables, samples

STRIDE = 10


def test_every_callable_has_a_sample():
    assert [name for _, name in callables() if not samples(name)] == []


@pytest.mark.parametrize("part", range(4))
def test_a_tenth_of_the_callables_is_right_in_every_mode(part):
    names = [name for _, name in callables()[::STRIDE]][part::4]
    lines = [line for _, line in conformance.run(names, most=1)]
    assert [line.name for line in lines] == names
    wrong = {line.name: line.modes for line in lines if not line.right}
    assert not wrong


def verdicts(call, twin, **options):
    sample = Sample("a sample", call, (np.array([0.4, 1.3]),), twin=twin, **options)
    return conformance.conformance("np.sin", [sample]).modes


def test_a_wrong_derivative_is_found_in_every_mode():
    right = verdicts(lambda x: np.sin(x), lambda x: np.sin(x))
    assert set(right.values()) == {conformance.RIGHT}
    wrong = verdicts(lambda x: np.sin(x) * (1 + 1e-6), lambda x: np.sin(x))
    assert conformance.RIGHT not in {wrong[mode] for mode in conformance.FIRST_ORDER}
    bent = verdicts(lambda x: np.sin(x) + 3e-5 * x * x, lambda x: np.sin(x) + 0.0)
    assert conformance.RIGHT not in bent.values()


def test_a_value_that_is_not_the_plain_call_s_is_found():
    count = itertools.count()
    found = verdicts(lambda x: np.sin(x) + 1e-15 * next(count), None)
    assert conformance.RIGHT not in found.values()
