"""Derivatives of functions with ``cache=True`` come from disk, and never from an old one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from numba.core import config

import dualad as da
from dualad import _sources
from dualad._compiled import _fingerprint, _store

HELPER = """
from numba import njit

SCALE = {scale}

@njit
def helper(x):
    return SCALE * x * x
"""
MODEL = """
import math
import numpy as np
from numba import njit
import user_helper

def outer(k):
    @njit(cache=True)
    def scaled(x):
        return user_helper.helper(k * x[0]) + math.gamma(x[1])
    return scaled

one, two = outer(1.0), outer(2.0)

@njit(cache=True)
def vector(x, work):
    if x[0] < 0.0:
        raise ValueError("negative")
    work[0] = x[0] * x[1]
    return work * 2.0
"""
RUN = """
import sys
import numpy as np
import dualad as da
import user_model as m

x = np.array([1.0, 2.0])
print(da.grad(m.two)(x)[0])
if len(sys.argv) == 1:
    print(da.grad(m.one)(x)[0])
    print(da.jacobian(m.vector, mode="reverse")(x, np.zeros(1)).tolist())
    _, pull = da.vjp(m.vector, x, np.zeros(1))
    print(pull(np.ones(1))[0].tolist())
    try:
        da.jacobian(m.vector, mode="reverse")(-x, np.zeros(1))
    except ValueError as error:
        print(error)
print("dualad._compiled._rows" in sys.modules, file=sys.stderr)
"""
EXPECTED = """\
5.0
[[4.0, 2.0]]
[4.0, 2.0]
negative
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "user_model.py", MODEL)
    write(tmp_path / "user_helper.py", HELPER.format(scale=1.5))
    (tmp_path / "cache").mkdir()
    return tmp_path


def write(path: Path, text: str) -> None:
    path.write_text(textwrap.dedent(text))


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(folder / "cache")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # sources are edited within a second
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", RUN, *words], env=environment, **pipes)


def finish(process: subprocess.Popen[str]) -> tuple[str, bool]:
    """(what depends on the helper, whether anything was compiled), all else being right."""
    out, err = process.communicate()
    assert process.returncode == 0, err
    slopes, *rest = out.splitlines()
    assert "\n".join([*rest, ""]) in (EXPECTED, "")
    return slopes, err.splitlines()[-1] == "True"


def files(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "cache").rglob("*.nbc") if ".dualad-" in p.name)


def test_fresh_processes(folder):
    both = [start(folder, "short"), start(folder, "short")]  # both write
    assert [finish(p) for p in both] == [("12.0", True)] * 2
    before = files(folder)
    assert before

    write(folder / "user_helper.py", HELPER.format(scale=2.5))
    assert finish(start(folder)) == ("20.0", True)
    assert set(before) < set(files(folder))
    assert finish(start(folder)) == ("20.0", False)

    for i, path in enumerate(files(folder)):  # damaged files are compiled anew
        data = path.read_bytes()
        path.write_bytes((data[: len(data) // 2], data[:-9] + b"x" * 9, b"", b"\x80" * 500)[i % 4])
    assert finish(start(folder, "short")) == ("20.0", True)


def test_a_full_disk_is_no_error(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(config, "CACHE_DIR", str(folder / "cache"))
    write(
        folder / "full_model.py",
        "from numba import njit\nf = njit(cache=True)(lambda x: x[0] ** 2)",
    )
    import full_model

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    np.testing.assert_array_equal(da.grad(full_model.f)(np.array([3.0])), [6.0])
    assert list((folder / "cache").rglob("*dualad*")) == []


def test_globals_that_change_are_not_kept(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder))
    write(folder / "changing.py", "from numba import njit\nK = 2.0\nf = njit(lambda x: K * x)")
    import changing

    assert _store.noted(changing.f) is not None
    changing.K = 3.0
    assert _store.noted(changing.f) is None


def test_what_is_remembered_of_a_function(folder, monkeypatch):
    """A damaged answer is found anew; and where dualad's own sources are no files, each time."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(config, "CACHE_DIR", str(folder / "cache"))
    write(folder / "kept.py", "from numba import njit\nf = njit(cache=True)(lambda x: x)")
    import kept

    found: list[int] = []

    def find(f, key):
        found.append(12345)
        return 12345

    def ask():
        return _store.remembered(kept.f, (), find), len(found)

    assert [ask(), ask()] == [(12345, 1), (12345, 1)]
    (path,) = files(folder)
    path.write_bytes(path.read_bytes()[:-1])  # it would be 1234
    assert [ask(), ask()] == [(12345, 2), (12345, 2)]
    monkeypatch.setattr(_sources, "_FOLDER", str(folder / "nowhere"))
    _sources.formulas.cache_clear()
    _fingerprint.versions.cache_clear()
    assert [ask(), ask()] == [(12345, 3), (12345, 4)]
