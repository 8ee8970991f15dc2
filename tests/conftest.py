"""Settings that every test shares."""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
import zlib
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


# Files of tests that take minutes together, of dualad's own logic more than of others' interfaces.
COSTLY = (
    "tests/native/",
    "tests/rules/",
    "tests/solving/",
    "tests/special/",
    "tests/workers/",
    *(
        f"tests/test_{name}.py"
        for name in ("machines", "machines_arrays", "examples", "fuzz", "kernels", "readme")
    ),
)
# Tests of errors that say where a number was kept.
SEARCHING = tuple(
    f"tests/test_{name}.py"
    for name in ("state", "swallowed", "accumulators", "accumulators_lifted", "memory")
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--brief",
        action="store_true",
        help="of costly tests only one in six, the same in every run",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Searches for kept numbers first, tests of compiled functions last.

    Every error that says where a number was kept asks the garbage collector about each object of
    the process, and tests of compiled functions leave millions of them, Numba's. And a run by
    several processes ends with many tests of about one length, the probes, so that none waits long
    for the other.
    """
    if config.getoption("brief"):
        left = [i for i in items if i.nodeid.startswith(COSTLY) and not _is_drawn(i)]
        config.hook.pytest_deselected(items=left)
        gone = set(map(id, left))
        items[:] = [i for i in items if id(i) not in gone]
    items.sort(
        key=lambda i: (
            not i.nodeid.startswith(SEARCHING),
            i.nodeid.startswith("tests/native/"),
            i.nodeid.startswith("tests/native/test_probes"),
        )
    )


def _is_drawn(item: pytest.Item) -> bool:
    """Whether a costly test is one of the brief run."""
    return zlib.crc32(item.nodeid.encode()) % 6 == 0
