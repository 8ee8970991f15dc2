"""Kernels of eager numbers on disk, and among threads: answers are right whatever happens."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from numba import types
from numba.core import config
from numba.core.caching import CompileResultCacheImpl

import dualad as da
from dualad import _sources, _warm
from dualad._compiled import _lanes
from dualad._compiled._kernels import KERNELS
from dualad._numbers import _kernels


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(_lanes, "_kept", True)
    return tmp_path


def twice():
    """A kernel as another process would make it."""

    def doubled(x: float) -> float:
        return 2.0 * x

    return _lanes.kernel((types.float64,), returns=types.float64)(doubled)


def kept(folder):
    return {p: p.read_bytes() for p in folder.rglob("*.nb?")}


@pytest.mark.parametrize("damage", [b"", None], ids=["empty", "half"])
@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_files_that_a_crash_left(damage, suffix, folder):
    """They ended every attempt with an error, on that machine for ever."""
    twice()
    whole = kept(folder)
    assert len(whole) == 2
    path = next(p for p in whole if p.suffix == suffix)
    path.write_bytes(whole[path][: len(whole[path]) // 2] if damage is None else damage)
    assert twice()(4.0) == 8.0
    assert _lanes.are_kept()
    again = twice()
    assert again(4.0) == 8.0
    assert sum(again.stats.cache_hits.values()) == 1


def test_no_folder_is_no_error(folder, monkeypatch):
    monkeypatch.setattr(CompileResultCacheImpl, "_locator_classes", [])
    assert twice()(4.0) == 8.0
    assert not _lanes.are_kept()  # so there will be no stamp


def test_a_full_disk_is_no_error(folder, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert twice()(4.0) == 8.0
    assert not _lanes.are_kept()
    assert kept(folder) == {}


def test_a_stamp_without_its_files(tmp_path, monkeypatch):
    """Numba's folder may have been cleared: nobody waits for the compiler then, either."""
    monkeypatch.setenv("DUALAD_CACHE_DIR", str(tmp_path))
    index = tmp_path / "index"
    assert not _warm._compiled()
    _warm.stamp().write_text(str(index))
    assert not _warm._compiled()
    index.touch()
    assert _warm._compiled()


def test_one_process_of_many_compiles(tmp_path, monkeypatch):
    monkeypatch.setenv("DUALAD_CACHE_DIR", str(tmp_path))
    assert [_warm._compiled_elsewhere() for _ in range(3)] == [False, True, True]
    busy = _warm._beside(".busy")
    for age in (_warm._PATIENCE + 10.0, -1000.0):  # left by a dead process, or by another clock
        at = busy.stat().st_mtime - age
        os.utime(busy, (at, at))
        assert [_warm._compiled_elsewhere() for _ in range(2)] == [False, True]


def test_a_fork_has_no_child(monkeypatch):
    """It took the child of its parent for one that had ended, and never asked again."""
    arrival = _warm._Arrival()
    arrival.child = SimpleNamespace(poll=lambda: 0, returncode=None)
    arrival.parent = os.getpid() + 1
    monkeypatch.setattr(da.config, "_kernels", "auto")
    assert arrival.status == "NumPy's expressions, while another process compiles"
    assert (arrival.child, arrival.failed) == (None, "")


def test_a_compiler_that_is_broken(monkeypatch):
    class Finder:
        def find_spec(self, name, *_):
            if name == "llvmlite.binding":
                raise OSError("Could not find/load shared object file")

    monkeypatch.delitem(sys.modules, "llvmlite.binding")
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    assert _sources.processor.__wrapped__() == "none"


# --- other threads --------------------------------------------------------------------------------


def program(x):
    y = x[1:] * x[:-1] / (1.0 + x[0] * x[1:]) - x[-1]
    z = np.hypot(y, np.sqrt(np.abs(y) + 2.0)) * np.tanh(y) + np.exp(y) / 3.0
    w = np.outer(z[:3], y) + np.reshape(x, (1, -1))[:, 1:] * z
    return np.sum(np.arctan2(w, 2.0 + w * w)) + np.sum(z * 0.5 / x[0])


def answers():
    x = np.linspace(0.5, 2.0, 80)
    found = [da.grad(program, mode="forward")(x), da.hessian(program, mode="forward")(x[:9])]
    return [*found, da.grad(program, mode="forward")(x.astype(np.float32))]


@pytest.fixture
def expected():
    _kernels.install({})
    found = answers()
    yield found
    _kernels.install({})


@pytest.mark.parametrize("name", _kernels.NAMES)
def test_kernels_that_are_not_there_yet(name, expected):
    """Another thread installs them one after another."""
    _kernels.install({k: v for k, v in KERNELS.items() if k != name})
    for p, q in zip(answers(), expected, strict=True):
        assert p.tobytes() == q.tobytes()


def test_kernels_that_go_while_one_is_about_to_run(expected, monkeypatch):
    """`config.kernels = "off"` in another thread: a kernel was looked up twice, and was None."""
    for helper in ("in_rows", "row_of", "flat"):
        plain = getattr(_kernels, helper)

        def gone(*args, plain=plain):
            _kernels.install({})
            return plain(*args)

        with monkeypatch.context() as patch:
            patch.setattr(_kernels, helper, gone)
            patch.setattr(_kernels, "missed", lambda size: _kernels.install(KERNELS))
            for i, f in enumerate((da.grad, da.hessian)):
                x = np.linspace(0.5, 2.0, 80)[: 9 if i else 80]
                _kernels.install(KERNELS)
                assert f(program, mode="forward")(x).tobytes() == expected[i].tobytes()
