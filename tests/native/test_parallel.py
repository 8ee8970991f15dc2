"""Functions compiled with ``parallel=True``: chunks of directions in threads."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
from numba import njit, prange

import dualad as da
from dualad._compiled import _together


def _filled(x, k, work):
    out = np.empty(5)
    for i in prange(5):
        total = 0.0
        for j in range(len(x)):
            total += np.sqrt(x[j] * (i + 1)) * work[i]
            for _ in range(k):
                total += 1e-3 * total * x[j]
        out[i] = total
    for i in range(5):
        work[i] += out[i]
    return out


def _energy(x):
    total = 0.0
    for i in prange(len(x)):
        total += x[i] ** 3 * x[0]
    if total > 1e6:
        raise ValueError("too much", 3)
    return total


filled, filled_serially = njit(parallel=True)(_filled), njit(_filled)
energy = njit(parallel=True)(_energy)
energy_serially = njit(_energy)
X = np.linspace(0.1, 1.0, 70)


@pytest.fixture(autouse=True)
def _threads(monkeypatch):
    """Small functions go the way of large ones, by threads, also where there is one processor."""
    monkeypatch.setattr(_together, "ENOUGH", 0.0)
    monkeypatch.setattr(_together, "_GRAIN", 0.0)
    monkeypatch.setattr(_together, "most_threads", lambda: 2)


def _counted(monkeypatch, width):
    """The threads that take part, as if Numba had this many."""
    seen = []
    inner = _together._shared

    def shared(run, span, grain, threads):
        def noted(i, j):
            seen.append(threading.get_ident())
            return run(i, j)

        return inner(noted, span, grain, threads)

    monkeypatch.setattr(_together, "_shared", shared)
    monkeypatch.setattr(_together, "threads", lambda: width)
    return seen


def test_chunks_in_threads_give_the_same_bits(monkeypatch):
    jacobian = da.value_and_jacobian(filled, mode="forward")
    want_work = np.ones(5)
    want = da.value_and_jacobian(filled_serially, mode="forward")(X, 3, want_work)
    steep = np.append(0.0, X)  # infinite slopes: all is run again, with care
    steep_work = np.ones(5)
    filled_serially(steep, 0, steep_work)
    for width in (1, 2, 5):
        seen = _counted(monkeypatch, width)
        for _ in range(3):
            work = np.ones(5)
            value, found = jacobian(X, 3, work)
            np.testing.assert_array_equal(found, want[1])
            np.testing.assert_allclose(value, want[0], rtol=1e-14)
            np.testing.assert_array_equal(work, want_work)
        work = np.ones(5)
        found = jacobian(steep, 0, work)[1]
        assert np.isinf(found[:, 0]).all()
        np.testing.assert_allclose(found[0, 1:], 0.5 / np.sqrt(X), rtol=1e-14)
        np.testing.assert_array_equal(work, steep_work)
        assert bool(seen) == (width > 1)
        monkeypatch.undo()
        monkeypatch.setattr(_together, "ENOUGH", 0.0)
        monkeypatch.setattr(_together, "most_threads", lambda: 2)
    with pytest.raises(ValueError, match="too much"):
        da.grad(energy, mode="forward")(X * 1e3)


def test_second_derivatives_and_products_in_threads(monkeypatch):
    x = X[:18].copy()
    seen = _counted(monkeypatch, 3)
    for _ in range(2):
        np.testing.assert_array_equal(da.hessian(energy)(x), da.hessian(energy_serially)(x))
        directions = np.ones(18)
        found = da.hvp(energy)(x, directions)
        np.testing.assert_array_equal(found, da.hvp(energy_serially)(x, directions))
    assert seen


def test_exceptions_of_one_thread_arrive_when_all_are_done():
    done = []

    def run(first, last):
        done.append(first)
        if first in (3, 5):
            raise OSError(first)
        return float(last - first)

    with pytest.raises(OSError, match="3"):
        _together._shared(run, (1, 40), 1, 2)
    assert len(done) < 39
    assert _together._shared(lambda i, j: float(j - i), (1, 40), 4, 6) == 39.0
    # From within a task; more of them than the pool has threads.
    total = _together._shared(
        lambda i, j: _together._shared(lambda k, m: float(m - k), (0, 9), 1, 3), (0, 20), 1, 4
    )
    assert total == 180.0


def test_calls_from_many_threads(monkeypatch):
    seen = _counted(monkeypatch, 2)
    g = da.jacobian(filled, mode="forward")
    want, wrong = da.jacobian(filled_serially, mode="forward")(X, 0, np.ones(5)), []

    def work():
        for _ in range(5):
            if not np.array_equal(g(X, 0, np.ones(5)), want):
                wrong.append(0)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert seen
    assert not wrong


def test_what_threads_may_not_share(monkeypatch):
    seen = _counted(monkeypatch, 2)
    strided = np.ones(10)[::2]
    want = da.jacobian(filled_serially, mode="forward")(X, 0, np.ones(5))
    np.testing.assert_array_equal(da.jacobian(filled, mode="forward")(X, 0, strided), want)
    with pytest.raises(da.NotYetError, match="random numbers"):
        da.grad(drawn, mode="forward")(X)
    assert not seen


@njit(parallel=True)
def drawn(x):
    return np.random.rand() * np.sum(x)  # noqa: NPY002  # Numba's own


def test_plans_say_so_and_functions_are_let_go():
    f = njit(parallel=True)(lambda x: x * x[0])
    da.jacobian(f)(X)
    assert "threads share its chunks" in str(da.explain(f, X))
    assert "threads" not in str(da.explain(filled_serially, X, 0, np.ones(5)))
    held = weakref.ref(f)
    del f
    gc.collect()
    assert held() is None


ALONE = """
import os, threading
import numpy as np
import numba
from numba import njit, prange
import dualad as da
from dualad._compiled import _together
_together.ENOUGH = 0.0

@njit(parallel=True)
def inner(c):
    total = 0.0
    for i in prange(len(c)):
        total += c[i]
    return total

@njit(parallel=True)
def f(x, c):
    out = np.zeros(len(x))
    for i in prange(len(x)):
        out[i] = x[i] ** 2 * x[0]
    return out * inner(c)

x, c = np.linspace(1.0, 2.0, 60), np.ones(4000)
g = da.jacobian(f)
want = 4000.0 * (np.diag(2.0 * x * x[0]) + np.outer(x**2, np.eye(60)[0]))
def work():
    for _ in range(30):
        np.testing.assert_allclose(g(x, c), want, rtol=1e-12)
threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads: t.start()
for t in threads: t.join()
if numba.threading_layer() == "workqueue":
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print(numba.threading_layer(), numba.get_num_threads(), "right")
"""


@pytest.mark.parametrize(("layer", "threads"), [("workqueue", 2), ("default", 1)])
def test_layers_and_numbers_of_threads(layer, threads):
    chosen = {"NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        env={**os.environ, **chosen},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.endswith(f"{threads} right\n")
