"""The examples in docstrings run, and every public function has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import dualad

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
MODULES = ["dualad", *(m.name for m in pkgutil.walk_packages(dualad.__path__, "dualad."))]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert result.failed == 0


@pytest.mark.parametrize("name", dualad.__all__)
def test_public_names_show_how_they_are_used(name):
    item = getattr(dualad, name)
    text = inspect.getdoc(item) or ""
    assert text, f"{name} has no docstring"
    if inspect.isfunction(item):  # errors and warnings are shown by their messages
        assert ">>> " in text, f"{name} has no example"
