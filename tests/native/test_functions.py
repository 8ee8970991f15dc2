"""The table of NumPy's functions in compiled code: each has an answer, and what is said is so."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

import dualad as da
from dualad._compiled._refusals import REFUSED, check_callee

from . import functions

DOCS = Path(__file__).resolve().parents[2] / "docs"


def load():
    spec = importlib.util.spec_from_file_location(
        "docs_numba_functions", DOCS / "numba_functions.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLE = load()
ENTRIES = TABLE.entries()


def test_every_function_of_numba_has_an_answer():
    assert not [e.name for e in ENTRIES if e.status == TABLE.UNKNOWN]
    assert len(ENTRIES) > 250


def test_what_is_said_to_work_is_called():
    drawn = {e.name for e in ENTRIES if e.name.startswith("np.random.")}
    works = {e.name for e in ENTRIES if e.status == TABLE.WORKS}
    assert not works - drawn - functions.called() - {"np.trapz", "np.cross2d"}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_what_is_refused_is_refused_by_name(function):
    with pytest.raises(TypingError, match=rf"for {function.__name__} .*; {REFUSED[function][:3]}"):
        check_callee(function, SimpleNamespace(filename="f.py", line=1))


def test_the_page_is_current():
    """With the versions that it names; others have other functions."""
    text = TABLE.PAGE.read_text(encoding="utf-8")
    if TABLE.versions() in text:
        assert text == TABLE.page()


def rarer(x):
    m = np.outer(x, x)
    np.fill_diagonal(m, x[0])
    edges = np.histogram(x, 3)[1]
    zeros = np.roots(np.array([x[0], 4.0, x[2]]))
    number = np.asarray(x[1])
    grid = np.geomspace(x[0], x[3], 3) + np.logspace(x[2], 0.5, 3) + np.round(x[:3])
    return m[1, 1] * m[0, 1] + edges[1] * zeros[0] * number[()] * grid[1] + np.trim_zeros(x)[3]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rarer_functions(mode):
    functions.judge(rarer, functions.X, mode)


@njit
def of_two_names(x):
    held = np.zeros(4)
    np.asarray_chkfinite(held.reshape(2, 2))[1, 0] = x[0]
    return held[2] * x[1]


def test_what_is_written_through_a_view_is_differentiated():
    np.testing.assert_array_equal(da.grad(of_two_names)(np.array([2.0, 3.0])), [3.0, 2.0])
