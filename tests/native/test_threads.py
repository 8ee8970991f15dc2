"""Compiled derivatives in threads, forks and interrupts; tapes are reused, bounded and freed."""

from __future__ import annotations

import _thread
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from numba import njit

import dualad as da
from dualad._compiled import _memory

X = np.array([0.5, 1.5])


class OwnError(Exception):
    """An exception of the user's."""


@njit
def looped(x, n):
    y = x[0]
    for i in range(n):
        y = y * 0.5 + x[1] * i
    return y


@njit(boundscheck=True)
def raising(x, kind):
    y = x[0] * x[1] + x[0]
    if kind == 1:
        raise ValueError("not this", 7)
    if kind == 2:
        raise OwnError(3)
    if kind == 3:
        return y / (x.size - 2)
    if kind == 4:
        return y * x[x.size]
    return y


RAISED = {1: (ValueError, ("not this", 7)), 2: (OwnError, (3,)), 3: (ZeroDivisionError, None)}
RAISED[4] = IndexError, None


@pytest.fixture(autouse=True)
def _clean():
    yield
    da.config.tape_memory = None
    da.config.free_memory()


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_exceptions_travel_and_leave_tapes_usable(mode):
    g = da.grad(raising, argnums=0, mode=mode)
    want = [X[1] + 1.0, X[0]]
    for kind, (error, words) in RAISED.items():
        np.testing.assert_array_equal(g(X, 0), want)
        with pytest.raises(error) as caught:
            g(X, kind)
        assert type(caught.value) is error
        assert words is None or caught.value.args == words
        assert len(_memory._LOCAL.free) <= 1
    np.testing.assert_array_equal(g(X, 0), want)


def test_tapes_are_bounded_reused_and_freed():
    g = da.grad(looped, mode="reverse")
    want = g(X, 20_000)
    (kept,) = _memory._LOCAL.free
    np.testing.assert_array_equal(g(X, 20_000), want)
    assert _memory._LOCAL.free == [kept]  # used again
    da.config.tape_memory = 200_000
    with pytest.raises(MemoryError, match="tape of reverse mode"):
        g(X, 20_000)
    np.testing.assert_array_equal(g(X, 2), [0.25, 1.0])
    with pytest.raises(MemoryError):
        da.vjp(lambda x: looped(x, 20_000), X)[1](1.0)
    da.config.tape_memory = None
    np.testing.assert_array_equal(g(X, 20_000), want)
    assert _memory._LOCAL.free
    del kept
    da.config.free_memory()
    assert not _memory._LOCAL.free
    np.testing.assert_array_equal(g(X, 20_000), want)


def test_tapes_of_other_threads_are_freed():
    g = da.grad(looped, mode="reverse")
    g(X, 3)
    done, go, kept = threading.Event(), threading.Event(), []

    def work():
        g(X, 3)
        kept.append(_memory._LOCAL.free)
        done.set()
        go.wait()
        kept.append(g(X, 2).tolist())

    thread = threading.Thread(target=work)
    thread.start()
    done.wait()
    assert len(kept[0]) == 1
    da.config.free_memory()
    assert not kept[0]
    go.set()
    thread.join()
    assert kept[1] == [0.25, 1.0]


def _fresh(k):
    @njit
    def f(x):
        y = x[0] * k
        for i in range(3):
            y += x[1] * i * x[0]
        return y

    return f


def test_threads_that_compile_at_once():
    functions = [_fresh(1.0), _fresh(2.0)]
    barrier, wrong = threading.Barrier(4), []

    def work(number):
        barrier.wait()
        f, k = functions[number % 2], number % 2 + 1.0
        for mode in ("reverse", "forward"):
            g = da.grad(f, mode=mode)
            for _ in range(50):
                if g(X).tolist() != [k + 3.0 * X[1], 3.0 * X[0]]:
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


@pytest.mark.parametrize(("mode", "n"), [("forward", 30_000_000), ("reverse", 3_000_000)])
def test_other_threads_run_meanwhile(mode, n):
    g = da.grad(looped, mode=mode)
    g(X, 3)
    thread = threading.Thread(target=g, args=(X, n))
    thread.start()
    turns = 0
    while thread.is_alive():
        turns += 1
        time.sleep(0)
    assert turns > 20


def test_interrupts_leave_everything_usable():
    g = da.grad(looped, mode="reverse")
    want = g(X, 2000)
    for delay in (0.0, 0.01, 0.03):
        timer = threading.Timer(delay, _thread.interrupt_main)
        with pytest.raises(KeyboardInterrupt):
            _forever(g, timer)
        timer.join()
        np.testing.assert_array_equal(g(X, 2000), want)


def _forever(g, timer):
    timer.start()
    while True:
        g(X, 2000)


ALONE = """
import os, resource, sys
import numpy as np
import dualad as da
from numba import njit

@njit
def looped(x, n):
    y = x[0]
    for i in range(n):
        y = y * 0.5 + x[1] * i
    return y

x = np.array([0.5, 1.5])
g = da.grad(looped, mode="reverse")
assert g(x, 2).tolist() == [0.25, 1.0]
child = os.fork()
if child == 0:
    good = g(x, 2).tolist() == [0.25, 1.0] and g(np.append(x, 0.0), 1).tolist() == [0.5, 0.0, 0.0]
    fresh = njit(lambda x: x[0] ** 3)
    os._exit(0 if good and da.grad(fresh)(x).tolist() == [0.75, 0.0] else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**27, resource.RLIM_INFINITY))
for _ in range(2):
    try:
        g(x, 10_000_000)
    except MemoryError:
        pass
    else:
        sys.exit("no error")
    assert g(x, 2).tolist() == [0.25, 1.0]
"""


def test_a_fork_and_a_process_without_memory():
    subprocess.run([sys.executable, "-c", ALONE], check=True)


FIRST_USE = """
import faulthandler, threading
import numpy as np, numba, dualad as da

f = numba.njit(lambda x: x[0] ** 2 * x[1])
other = numba.njit(lambda x: da.grad(f)(x)[0])
plain = numba.njit(lambda x: x + 1.0)
X, start, found = np.array([2.0, 3.0]), threading.Barrier(4), {}
faulthandler.dump_traceback_later(150, exit=True)

def run(name, call):
    start.wait()
    try:
        found[name] = np.asarray(call()).tolist()
    except Exception as error:
        found[name] = repr(error)

calls = {
    "grad": lambda: da.grad(f)(X),
    "rows": lambda: da.jacobian(f)(X),
    "inside": lambda: other(X),
    "plain": lambda: plain(1.0),
}
threads = [threading.Thread(target=run, args=item) for item in calls.items()]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert found == {"grad": [12.0, 4.0], "rows": [12.0, 4.0], "inside": 12.0, "plain": 2.0}, found
"""


def test_first_use_by_many_threads_at_once():
    """One imported the rules and waited for the compiler, another compiled and wanted to import.

    Others compiled with half of the rules.
    """
    done = subprocess.run(
        [sys.executable, "-c", FIRST_USE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
