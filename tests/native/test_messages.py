"""What cannot be differentiated is said in one sentence, with the line where the trouble is."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
from numba import njit

import dualad as da

from . import refused, refused_elsewhere

X = np.array([0.5, 1.5])


def place_of(name):
    """(file, line, its text) that ends in ``# here``."""
    owner = refused_elsewhere.deep if name == "in_another_file" else getattr(refused, name)
    lines, first = inspect.getsourcelines(owner.py_func)
    (found,) = [i for i, text in enumerate(lines) if text.endswith("# here\n")]
    return Path(inspect.getsourcefile(owner.py_func)), first + found, lines[found].strip()


@pytest.mark.parametrize("name", refused.CASES)
def test_refusals_name_the_line(name):
    words, more = refused.CASES[name]
    with pytest.raises(da.NotYetError) as caught:
        da.grad(getattr(refused, name), argnums=0, mode="forward")(X, *more)
    met, where, instead = str(caught.value).splitlines()
    file, line, text = place_of(name)
    assert words in met
    assert where.split(maxsplit=1)[1] == f"{file}, line {line}: {text}"
    assert instead.startswith("  instead")
    assert len(str(caught.value.__cause__)) > 30  # Numba's own words


@njit
def memory_and_text(x, out):
    y = x * 2.0
    out[:] = x.itemsize, y.nbytes, len(str(y[0])), len(f"{y[0]}"), np.searchsorted(y, 2.0)
    if isinstance(y[0], float) and np.isclose(y[0], 1.0) and not np.iscomplex(y[0]):
        return y[0] * x[1]
    return 0.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_what_asks_for_the_value_only_gets_it(mode):
    told, want = np.zeros(5), np.zeros(5)
    value = memory_and_text(X, want)
    with pytest.warns(da.DerivativeWarning, match="equal here"):  # np.isclose, as in eager code
        found, slope = da.value_and_grad(memory_and_text, argnums=0, mode=mode)(X, told)
    assert found == value
    np.testing.assert_array_equal(told, want)
    np.testing.assert_array_equal(slope, [2.0 * X[1], 2.0 * X[0]])


@njit("f8(f8[:])")
def eager(x):
    return x[0] ** 2 + x[1]


def test_explicit_signatures_stay_those_of_plain_calls():
    np.testing.assert_array_equal(da.grad(eager)(X), [1.0, 1.0])
    assert [str(s) for s in eager.signatures] == ["(Array(float64, 1, 'A', False, aligned=True),)"]


@njit
def product(x):
    return x[0] * x[1]


@pytest.mark.parametrize("verb", [da.grad, da.value_and_grad])
def test_calls_of_one_function_may_be_of_every_kind(verb):
    """After calls with a vector, which go the shortest way from then on."""
    g = verb(product)
    x = np.array([2.0, 3.0])
    gradient = (lambda out: out[1]) if verb is da.value_and_grad else lambda out: out
    for given in (x, x, [2.0, 3.0], (2.0, 3.0), np.array([2, 3]), x[::-1][::-1], x):
        np.testing.assert_array_equal(gradient(g(given)), [3.0, 2.0])
    with pytest.raises(da.InputError, match="0 positional arguments"):
        g()
    with pytest.raises(da.DualadError):
        g(x, x)
