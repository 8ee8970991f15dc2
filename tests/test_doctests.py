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


def public_functions() -> list[str]:
    # Errors are shown by their messages, not by examples.
    return [n for n in dualad.__all__ if inspect.isfunction(getattr(dualad, n))]


@pytest.mark.parametrize("name", public_functions())
def test_public_functions_show_an_example(name):
    assert ">>> " in (getattr(dualad, name).__doc__ or ""), f"{name} has no example"
