"""The table of coverage: nothing of NumPy is without an answer, and nothing loses its rule."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
WHOLE = ("numpy", "numpy.linalg", "numpy.fft", "ndarray")


def load():
    spec = importlib.util.spec_from_file_location("docs_coverage", DOCS / "numpy_coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COVERAGE = load()
TABLES = COVERAGE.tables()


@pytest.mark.parametrize("title", WHOLE)
def test_every_callable_has_an_answer(title):
    later = [e.name for e in TABLES[title] if e.status == COVERAGE.LATER]
    assert not later
    assert len(TABLES[title]) >= {"numpy": 400, "ndarray": 60}.get(title, 18)


def written(title):
    """(name, status) of the page in docs, which was made with a newer NumPy or SciPy perhaps."""
    text = COVERAGE.PAGE.read_text(encoding="utf-8")
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    for status, names in re.findall(r"^\*\*([^*]+)\*\*[^:]*: (.*)$", section, re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", names):
            yield name, status


@pytest.mark.parametrize("title", TABLES)
def test_no_function_loses_its_rule(title):
    now = {e.name: e.status for e in TABLES[title]}
    compared = 0
    for name, status in written(title):
        if name in now:  # this NumPy has it
            assert now[name] == status, f"{name} was {status}"
            compared += 1
    assert compared >= 0.8 * len(now)


def test_the_page_is_current():
    """With the versions that it names; others have other functions."""
    text = COVERAGE.PAGE.read_text(encoding="utf-8")
    if COVERAGE.versions() in text:
        assert text == COVERAGE.page()
    else:
        assert set(re.findall(r"^## (.*)$", text, re.MULTILINE)) == set(TABLES)


def test_reasons_are_given_once():
    names = " ".join(COVERAGE.REASONS.values()).split()
    assert len(names) == len(set(names))
    assert all(hasattr(np, n) or hasattr(np.ndarray, n) or hasattr(np.linalg, n) for n in names)
