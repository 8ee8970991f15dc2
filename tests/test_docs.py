"""The pages that are made from the table say what the table says now."""

from __future__ import annotations

import importlib.util
import re
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_newer_functions(text: str) -> str:
    """The page as this NumPy would have it: it may lack functions that a newer one added."""

    def keep(match: re.Match[str]) -> str:
        try:
            attrgetter(match[1])(np)
        except AttributeError:
            return ""
        return match[0]

    return re.sub(r"`np\.([\w.]+)`(?:, |$)", keep, text, flags=re.MULTILINE)


def test_the_list_of_functions_is_current(generate):
    written = without_newer_functions(generate.PAGE.read_text(encoding="utf-8"))
    made = without_newer_functions(generate.page())
    # A list that ends in a newer function is left with its comma.
    assert written.replace(", \n", "\n") == made, "run: python docs/generate.py"


def test_every_formula_is_shown(generate):
    assert "(made by a function)" not in generate.page()
