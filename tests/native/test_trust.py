"""Tests for equality in compiled code: what eager code warns of and recovers."""

from __future__ import annotations

import inspect
import math
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from numba import njit

import dualad as da
from tests import trust_cases as planted
from tests.blame import blamed, caught


def same_places(x):
    """Both operands move alike: nothing to judge, and a number that is compared with itself."""
    if x != x:
        return 7.0
    y = 2.0 * x
    return y * y if y == x + x else 3.0


def refused_beside(x):
    if x == 1.0:
        return 4.0
    raise ValueError


def two_places(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] == 0.0:  # settled: the value is the same without it
            continue
        total += 2.0 * x[i]
    if x[0] == 5.0:  # blame
        return total + 3.0
    return total


def fails(x):
    print("it runs")
    if x[0] < 0.0:
        raise ValueError("below")
    if x[0] > 9.0:
        raise TypeError("above")
    return x[0] * x[1]


@njit
def _is_one(x):
    return x == 1.0


def through_another(x):
    return 0.0 if _is_one(x) else x * x - 1.0


def of_steps(x):
    """Steps alone: silent where they are off their jumps and the result moves otherwise."""
    return x * math.floor(x) + int(x) * x


def works_in_place(x, out):
    out[0] = out[0] + x[0]
    if x[0] == 2.0:
        out[1] = 6.0
    else:
        out[1] = 3.0 * x[0]
    return out[1] + out[0]


TWO = np.array([5.0, 0.0, 1.0])
CASES = [
    (planted.special_value, 1.0, 2.0),
    (planted.special_value_negated, 2.0, 12.0),
    (planted.limit_by_hand, 0.0, None),
    (planted.polynomial, np.array([1.0, 0.0, 3.0]), np.array([1.0, 2.0, 4.0])),
    (planted.early_exit, np.array([1.0, 0.0, 2.0]), None),
    (planted.jump_at_equality, 2.0, None),
    (planted.equal_numbers, np.array([2.0, 2.0]), np.array([1.0, 1.0])),
    (planted.equal_numbers_jump, np.array([2.0, 2.0]), None),
    (planted.truth, 0.0, 3.0),
    (planted.where_equal, planted.THREE, np.ones(3)),
    (planted.where_not_equal, planted.THREE, np.array([0.0, 2.0, 4.0])),
    (planted.where_equal_jumps, planted.THREE, None),
    (planted.close_by, 1.0, None),
    (same_places, 1.5, 12.0),
    (refused_beside, 1.0, 0.0),
    (two_places, TWO, None),
    (through_another, 1.0, 2.0),
    (of_steps, 2.5, 4.0),
]


@pytest.mark.parametrize(("f", "x", "want"), CASES)
def test_compiled_as_eager(f, x, want):
    # Numba compiles its own functions once for each error model: NumPy's only where it is needed.
    compiled = njit(error_model="numpy")(f) if f is planted.limit_by_hand else njit(f)
    place = [] if want is not None else [(inspect.getsourcefile(f), blamed(f))]
    for mode in ("forward", "reverse"):
        for _ in range(2):  # the second call goes the shortest way
            lines, (value, got) = caught(
                lambda mode=mode: da.value_and_grad(compiled, mode=mode)(x)
            )
            assert lines == place
            assert value == compiled(x)
            if want is not None:
                np.testing.assert_allclose(got, want, rtol=1e-12)


def test_threads_and_seconds_and_work_arrays():
    compiled = njit(planted.polynomial)
    want = planted.polynomial
    x = np.array([1.0, 0.0, 3.0])
    lines, curved = caught(lambda: da.hessian(compiled)(x))
    assert not lines
    np.testing.assert_allclose(curved, np.zeros((3, 3)))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(da.grad(compiled)(x).tolist()))
        for _ in range(3)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [da.grad(want)(x).tolist()] * 3

    writes = njit(works_in_place)
    for mode in ("forward", "reverse"):
        out = np.zeros(2)
        lines, got = caught(lambda: da.grad(writes, mode=mode)(np.array([2.0]), out))  # noqa: B023
        assert not lines
        np.testing.assert_allclose(got, [4.0])
        np.testing.assert_array_equal(out, [2.0, 6.0])


def test_the_users_exceptions_are_raised_by_one_run(capfd):
    compiled = njit(fails)
    for x, kind in (([-1.0, 2.0], ValueError), ([10.0, 2.0], TypeError)):
        for mode in ("forward", "reverse"):
            da.grad(compiled, mode=mode)(np.ones(2))
            slope = da.grad(compiled, mode=mode)
            slope(np.ones(2))
            capfd.readouterr()
            with pytest.raises(kind):
                slope(np.array(x))
            assert capfd.readouterr().out.split() == ["it", "runs"]


def test_third_derivatives_outside_of_the_domain_are_nan():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(da.derivative(njit(lambda x: np.arccosh(x)), order=3)(0.6))


MODEL = """
import warnings
import numpy as np
from numba import njit
import dualad as da

@njit(cache=True)
def f(x):
    if x[0] == 1.0:
        return 0.0
    if x[1] == 2.0:
        return 3.0 * x[0]
    return x[0] * x[0] - 1.0

for mode in ("forward", "reverse"):
    for x in ([1.0, 5.0], [2.0, 2.0], [2.0, 2.0]):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            print(da.grad(f, mode=mode)(np.array(x))[0], [w.lineno for w in seen])
"""


def test_code_from_disk_notes_as_well(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(MODEL)
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    env["PYTHONPATH"] = str(Path(da.__file__).parents[1])
    runs = []
    for _ in range(2):
        out = subprocess.run(
            [sys.executable, str(path)], env=env, capture_output=True, text=True, check=True
        )
        runs.append(out.stdout.splitlines())
    assert runs[0] == ["2.0 []", "3.0 [11]", "3.0 [11]"] * 2
    assert runs[1] == runs[0]
