"""Compiling makes millions of objects that stay: the garbage collector need not look so often."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def a_patient_collector() -> Iterator[None]:
    """Leaves alone what was there before the first of these tests, and looks less often."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
