"""The pages that are made from the table say what the table says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_of_functions_is_current(generate):
    written = generate.PAGE.read_text(encoding="utf-8")
    assert written == generate.page(), "run: python docs/generate.py"


def test_every_formula_is_shown(generate):
    assert "(made by a function)" not in generate.page()
