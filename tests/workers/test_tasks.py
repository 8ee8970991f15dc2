"""`run_tasks`: order, errors, warnings and deaths, with processes of its own and with any map."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import dualad as da
from dualad._workers import _pool, check_workers, count_of
from dualad._workers._maps import run_tasks
from tests.workers import work

# Python 3.12 warns of forks while threads run; here threads of other tests wait.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

ITEMS = list(range(7))
CONTEXT = multiprocessing.get_context("forkserver")


@pytest.fixture(params=["forkserver", "spawn", "fork"])
def started(request, monkeypatch):
    """Processes started in each way that there is."""
    monkeypatch.setattr(_pool, "start_method", lambda _payload: request.param)
    return request.param


@pytest.fixture
def forked(monkeypatch):
    """The quickest way to start them."""
    monkeypatch.setattr(_pool, "start_method", lambda _payload: "fork")


@pytest.fixture(scope="module")
def executor():
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as pool:
        yield pool


@pytest.fixture(scope="module")
def pool():
    with CONTEXT.Pool(2) as made:
        yield made


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(2) as made:
        yield made


MAPS = {
    "int": lambda get: 2,
    "executor": lambda get: get("executor").map,
    "pool.map": lambda get: get("pool").map,
    "pool.imap": lambda get: get("pool").imap,
    "pool.imap_unordered": lambda get: get("pool").imap_unordered,
    "threads": lambda get: get("threads").map,
    "builtin": lambda get: map,
    "futures": lambda get: lambda f, xs: [get("threads").submit(f, x) for x in xs],
    "backwards": lambda get: lambda f, xs: [f(x) for x in reversed(list(xs))],
}


@pytest.fixture(params=MAPS)
def workers(request, forked):
    return MAPS[request.param](request.getfixturevalue)


def gone(pid: int) -> bool:
    """Whether a process has ended, waiting for it a little."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with open(f"/proc/{pid}/stat") as file:
            if file.read().rpartition(")")[2].split()[0] == "Z":
                return True
        time.sleep(0.02)
    return False


# --- answers --------------------------------------------------------------------------------------


def test_answers_are_in_order(workers):
    assert run_tasks(work.slowly, ITEMS, workers) == ITEMS


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_tasks(n, forked):
    assert run_tasks(work.square, ITEMS[:n], 5) == [x * x for x in range(n)]


def test_processes_are_others_and_gone_afterwards(started):
    found = set(run_tasks(work.process, ITEMS, 2))
    assert os.getpid() not in found
    assert 1 <= len(found) <= 2
    assert all(gone(pid) for pid in found)


@pytest.mark.parametrize("workers", [None, 1])
def test_serial(workers):
    assert run_tasks(work.process, [1], workers) == [os.getpid()]


def test_progress(workers):
    seen = []
    run_tasks(work.square, ITEMS, workers, progress=lambda *pair: seen.append(pair))
    assert seen == [(i + 1, 7) for i in range(7)]


def test_an_error_of_the_callback_is_its_own(workers):
    def stop(done, total):
        raise StopAsyncIteration("enough")

    with pytest.raises(StopAsyncIteration, match="enough"):
        run_tasks(work.square, ITEMS, workers, progress=stop)


def test_the_default_start_method_stays_open():
    code = (
        "import multiprocessing, operator; from dualad._workers._maps import run_tasks;"
        "assert run_tasks(operator.neg, [1, 2], 2) == [-1, -2];"
        "multiprocessing.set_start_method('spawn')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_threads_work_at_closures(threads):
    seen = []
    run_tasks(lambda x: seen.append(threading.get_ident()), ITEMS, threads.map)
    assert len(seen) == 7


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_is_the_task_s_own(workers):
    with pytest.raises(KeyError, match="no entry"):
        run_tasks(work.fails_at_two, ITEMS, workers, describe=lambda x: f"item {x}")


def test_the_first_error_and_its_traceback(forked):
    with pytest.raises(KeyError, match="no entry 2") as raised:
        run_tasks(work.fails_at_two, ITEMS, 3, describe=lambda x: f"item {x}")
    text = str(raised.value.__cause__)
    assert "item 2" in text
    assert "in fails_at_two" in text


def test_the_cause_of_an_error_is_told(forked):
    with pytest.raises(ValueError, match="bad 1") as raised:
        run_tasks(work.fails_inside, ITEMS, 2)
    assert "ZeroDivisionError" in str(raised.value.__cause__)


def test_an_exception_that_does_not_unpickle(executor, forked):
    for workers in (2, executor.map):
        with pytest.raises(da.WorkerError, match="AwkwardError: 7: at 0") as raised:
            run_tasks(work.fails_awkwardly, ITEMS, workers)
        assert "in fails_awkwardly" in str(raised.value.__cause__)


def test_an_exit_is_passed_on(workers):
    with pytest.raises(SystemExit) as raised:
        run_tasks(work.exits, ITEMS, workers)
    assert raised.value.code == 3


def test_other_ways_to_pickle_exceptions(forked):
    """As the package that Dask brings sets them up, for all exceptions that there are."""
    import copyreg

    with pytest.MonkeyPatch.context() as patch:
        for kind in (SystemExit, work.AwkwardError):
            way = (kind.__new__, (kind,))
            patch.setitem(copyreg.dispatch_table, kind, lambda _error, way=way: way)
        with pytest.raises(SystemExit) as raised:
            run_tasks(work.exits, ITEMS, 2)
        assert raised.value.code == 3
        with pytest.raises(da.WorkerError, match="AwkwardError: 7: at 0"):
            run_tasks(work.fails_awkwardly, ITEMS, 2)


def test_an_answer_that_does_not_pickle(executor, forked):
    for workers in (2, executor.map):
        with pytest.raises(da.WorkerError, match="does not pickle"):
            run_tasks(work.cannot_be_sent, ITEMS, workers)


def test_what_does_not_pickle_is_named(executor, pool):
    inner = lambda x: x
    for workers in (2, executor.map, pool.map):
        with pytest.raises(da.InputTypeError, match=r"(?s)lambda.*top level.*threads"):
            run_tasks(inner, ITEMS, workers)


def test_a_function_that_the_worker_lacks(monkeypatch):
    # A forked copy would have what the original has.
    monkeypatch.setattr(_pool, "start_method", lambda _payload: "forkserver")
    new = lambda x: x
    new.__qualname__ = "new"
    new.__module__ = work.__name__
    monkeypatch.setattr(work, "new", new, raising=False)
    with pytest.raises(da.WorkerError, match=r"(?s)can't load.*new.*top level"):
        run_tasks(new, ITEMS, 2)


# --- warnings and settings ------------------------------------------------------------------------


def test_each_warning_reaches_the_user_once(executor, pool, forked):
    for workers in (2, executor.map, pool.map):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert run_tasks(work.warns, ITEMS, workers) == ITEMS
        assert sorted(str(w.message) for w in caught) == ["careful with 0", "careful with 1"]
        assert {w.filename for w in caught} == {work.__file__}


def test_a_warning_can_be_an_error(workers):
    with pytest.raises(UserWarning, match="careful"):
        run_tasks(work.warns, ITEMS, workers)


def test_floating_point_warnings(forked):
    with pytest.warns(RuntimeWarning, match="divide by zero") as caught:
        assert run_tasks(work.divides, ITEMS, 2)[1] == np.inf
    assert caught[0].filename == work.__file__


def test_floating_point_settings_go_along(workers):
    with np.errstate(divide="raise"):
        assert run_tasks(work.settings, ITEMS[:2], workers) == [np.geterr()] * 2
        with pytest.raises(FloatingPointError):
            run_tasks(work.divides, ITEMS, workers)


def test_several_threads_of_a_worker_keep_their_own_warnings():
    from dualad._workers._carry import Carried

    carried = pickle.loads(pickle.dumps(Carried(work.warns)))
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(carried, enumerate(range(40))))
    for answer in answers:
        (message, filename, _), *more = [pickle.loads(w) for w in answer.warnings]
        assert str(message) == f"careful with {answer.value % 2}"
        assert filename == work.__file__
        assert not more


# --- death and interruption -----------------------------------------------------------------------

DEATHS = {
    "exit": (work.quits, "exit code 5"),
    "exit 0": (work.quits_well, "exit code 0"),
    "kill": (work.is_killed, "SIGKILL"),
    "kill, others at work": (work.dies_while_others_work, "SIGKILL"),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_process_that_dies(death, forked):
    function, met = DEATHS[death]
    start = time.monotonic()
    with pytest.raises(da.WorkerError, match=f"worker process .* {met}.* at item [01]"):
        run_tasks(function, ITEMS, 2, describe=lambda x: f"item {x}")
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("method", ["map", "imap"])
def test_a_pool_s_process_that_dies(death, method):
    with CONTEXT.Pool(2) as own, pytest.raises(da.WorkerError, match="pool died with exit code"):
        run_tasks(DEATHS[death][0], ITEMS, getattr(own, method))


@pytest.mark.parametrize("death", ["exit", "kill"])
def test_an_executor_s_process_that_dies(death):
    with (
        ProcessPoolExecutor(2, mp_context=CONTEXT) as own,
        pytest.raises(da.WorkerError, match=r"failed after \d of 7 tasks: BrokenProcessPool"),
    ):
        run_tasks(DEATHS[death][0], ITEMS, own.map)


def test_an_interrupt_ends_the_call_and_its_processes(started):
    found = []
    start_one = _pool._Team._start

    def start(team):
        start_one(team)
        found.append(team.members[-1].process.pid)
        if len(found) == 2:
            threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pool._Team, "_start", start)
        with pytest.raises(KeyboardInterrupt):
            run_tasks(work.stays, ITEMS, 2)
    assert len(found) == 2
    assert all(gone(pid) for pid in found)


def test_an_error_ends_processes_that_still_work(forked):
    start = time.monotonic()
    with pytest.raises(KeyError):
        run_tasks(fails_or_stays, ITEMS, 2)
    assert time.monotonic() - start < 30


def fails_or_stays(x):
    return work.stays(x) if x else {}["key"]


# --- maps that are none ---------------------------------------------------------------------------

BAD_MAPS = {
    "one short": (lambda f, xs: [f(x) for x in list(xs)[:-1]], "gave 6 results for 7 tasks.*6"),
    "none": (lambda f, xs: [], "gave 0 results for 7 tasks.*and others"),
    "twice": (lambda f, xs: [f(x) for x in [*xs, *xs]], "came twice"),
    "no iterable": (lambda f, xs: 5, "is no map: it returned 5"),
    "others": (lambda f, xs: list(xs), "in place of what the function gave"),
    "None": (lambda f, xs: [None for _ in xs], "returned None in place"),
}


@pytest.mark.parametrize("name", BAD_MAPS)
def test_maps_that_lose_or_invent_answers(name):
    bad, met = BAD_MAPS[name]
    with pytest.raises(da.WorkerError, match=met):
        run_tasks(work.square, ITEMS, bad)


REFUSED = {
    "0": (0, ValueError, "-1 .all processors. or at least 1"),
    "-2": (-2, ValueError, "workers=-2"),
    "True": (True, TypeError, "an int or a map"),
    "2.0": (2.0, TypeError, "an int or a map"),
    "text": ("all", TypeError, "an int or a map"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_workers_that_are_refused(name):
    value, kind, met = REFUSED[name]
    with pytest.raises(kind, match=met) as raised:
        check_workers(value)
    assert isinstance(raised.value, da.DualadError)


def test_a_pool_instead_of_its_map(executor, pool):
    for given in (executor, pool):
        with pytest.raises(da.InputTypeError, match=r"(?s)is a pool.*pool\.map"):
            check_workers(given)


def test_how_many_workers(executor, pool, threads):
    assert count_of(None) == 1
    assert count_of(3) == 3
    assert count_of(-1) >= 1
    assert [count_of(p.map) for p in (executor, pool, threads)] == [2, 2, 2]
    assert check_workers(np.int64(2)) == 2
    assert check_workers(map) is map
