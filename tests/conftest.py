"""Settings that every test shares."""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import settings

# Tests that start a fresh process want the very package that is tested here, installed or not.
spec = importlib.util.find_spec("dualad")
assert spec is not None
assert spec.origin is not None
os.environ["PYTHONPATH"] = str(Path(spec.origin).parent.parent)

# Threads of BLAS cost far more than they save on the small matrices of the tests, above all on
# machines with other work. Libraries that are loaded from here on see it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# What a shell starts in the background ignores interrupts, and so do its children; the tests that
# send them mean a program that a user has started.
in_main = threading.current_thread() is threading.main_thread()
if in_main and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Kernels that arrive in the middle of a run would compile beside it; their own tests ask for them.
os.environ.setdefault("DUALAD_KERNELS", "off")

# The machines that run the tests are shared, so a slow example says nothing; and every run looks
# at the same examples, so that a failure can be repeated.
settings.register_profile("dualad", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("dualad")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of compiled functions run last.

    They leave millions of objects in the process, Numba's; every error that says where a number was
    kept asks the garbage collector about each of them. And a run by several processes ends with
    many tests of about one length, the probes, so that none waits long for the other.
    """
    begins = "tests/native/"
    items.sort(
        key=lambda i: (i.nodeid.startswith(begins), i.nodeid.startswith(f"{begins}test_probes"))
    )
