"""Memory of large blocks: used again when nobody refers to it, and never before."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import dualad as da
from dualad._numbers import _memory

SHAPE = (9, 4000)


@pytest.fixture(autouse=True)
def _on():
    setting = da.config.kernels
    da.config.kernels = "auto"
    _memory.release()
    yield
    da.config.kernels = setting
    da.config.free_memory()


def _place(x):
    return x.__array_interface__["data"][0]


def test_what_has_died_is_used_again():
    first = _memory.empty(SHAPE)
    place = _place(first)
    del first
    assert _place(_memory.empty(SHAPE)) == place
    assert _place(_memory.empty(SHAPE[::-1])) == place  # the size counts, not the shape


VIEWS = {
    "itself": lambda x: x,
    "a slice": lambda x: x[3:4, ::7],
    "a view of a view": lambda x: x[1:].reshape(-1)[5:].T.view(np.int64),
    "a buffer": memoryview,
    "an array on a buffer": lambda x: np.asarray(memoryview(x[2])),
    "an iterator": lambda x: x.flat,
    "a subclass": lambda x: x.view(np.matrix),
    "an interface": lambda x: np.lib.stride_tricks.as_strided(x, (3,), (8,)),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_keeps_it(view):
    block = _memory.empty(SHAPE)
    place = _place(block)
    held = VIEWS[view](block)
    del block
    others = [_memory.empty(SHAPE) for _ in range(3)]
    assert place not in map(_place, others)
    del held
    gc.collect()
    assert _place(_memory.empty(SHAPE)) == place


def test_results_that_are_kept_stay():
    x = da.Dual(np.linspace(0.1, 1.0, 4000), np.ones((8, 4000)))
    kept = [np.sin(x * x + i) for i in range(12)]
    for i, out in enumerate(kept):
        z = x.value * x.value + i
        np.testing.assert_array_equal(out.value, np.sin(z))
        np.testing.assert_array_equal(out.tangent[3], (x.value + x.value) * np.cos(z))


def test_it_is_bounded_and_given_back():
    held = [_memory.empty((_memory.KEPT // 4 + i,)) for i in range(9)]
    own = _memory._thread.kept
    assert sum(b.size for b in own.buffers) <= _memory.KEPT
    del held
    da.config.free_memory()
    assert own.buffers == []
    small, large = _memory.empty((10,)), _memory.empty((_memory.LARGEST + 1,))
    assert small.base is None
    assert large.base is None
    da.config.kernels = "off"
    assert _memory.empty(SHAPE).base is None


def test_threads_have_their_own():
    wrong = []

    def work(seed):
        for i in range(40):
            x = da.Dual(np.full(4000, float(seed)), np.full((8, 4000), 1.0))
            y = x * x + x
            if not (y.value == seed * seed + seed).all() or not (y.tangent == 2 * seed + 1).all():
                wrong.append((seed, i))
            if i % 10 == seed:
                da.config.free_memory()

    threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []
