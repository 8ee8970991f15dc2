"""Functions that their user compiled with ``parallel=True``: chunks of directions share threads.

The differentiated function itself is serial; its runs for chunks, or for blocks of second
derivatives, are independent of each other. Each thread of a small pool takes the next of them, on
copies of its own of what f writes, and fills its part of the Jacobian: entries are the same to the
last bit for any number of threads. The caller is one of the threads, so that nothing waits for a
pool that is busy, and a call from within a task can not block.

The value is that of a plain call from Python. Where parallel code must not meet in two threads (in
Numba's layer `workqueue` that ends the process) it waits for its turn, see `apart`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numba
import numpy as np

from . import _drivers

ENOUGH = 5e-4
"""Seconds of runs ahead from which threads are worth their start."""
_GRAIN = 1e-4
"""Seconds that a thread should be busy with what it takes at once."""


def is_parallel(f: Any) -> bool:
    """Whether f was compiled with ``parallel=True``."""
    return bool(f.targetoptions.get("parallel"))


def most_threads() -> int:
    """Threads that Numba was told to use, by ``NUMBA_NUM_THREADS`` or the machine."""
    return int(numba.config.NUMBA_NUM_THREADS)


def threads() -> int:
    """Threads that Numba would use for a parallel function, called here."""
    return int(numba.get_num_threads())


def value_of(f: Any, args: Sequence[Any], keywords: Sequence[str] = ()) -> Any:
    """What f returns; what it writes into its arguments is lost."""
    given = [copied(a) for a in args]
    count = len(given) - len(keywords)
    with apart(f):
        return f(*given[:count], **dict(zip(keywords, given[count:], strict=True)))


def copied(x: Any) -> Any:
    """A copy of an argument, with the same type to Numba if it is contiguous."""
    if isinstance(x, np.ndarray):
        return x.copy(order="K")
    if isinstance(x, tuple):
        members = [copied(member) for member in x]
        return type(x)(*members) if hasattr(x, "_fields") else tuple(members)
    known = isinstance(x, (list, set)) or type(x).__module__.startswith("numba.typed")
    return x.copy() if known else x


# --- sources --------------------------------------------------------------------------------------


def forward_source(layout: _drivers.Layout, seeded: bool) -> str:
    """The source of a driver of some chunks: numbers `first` to `last` of `places`.

    Chunk 0 is run on the arguments themselves, which are left as f leaves them, and makes the
    Jacobian. The arguments of others are as they were before, and are not written. It answers the
    Jacobian, and a number that is 0 if all that it has filled is finite.
    """
    loop, size = _head(layout, seeded, "start")
    loop += [
        "    out = np.empty((size_of(y), total))",
        "bad += put_lanes(y, out, 0, start, min(LANES, total - start))",
    ]
    body = [] if seeded else [f"total = {size}"]
    return _whole(layout, body, ["start = places[number, 0]", *loop], seeded)


def second_source(layout: _drivers.Layout, seeded: bool) -> str:
    """The same of blocks of second derivatives."""
    loop, size = _head(layout, seeded, "(start, other)")
    loop += [
        "    out = np.zeros((size_of(y), rows, total))",
        "count = (min(ROWS, rows - start), min(COLUMNS, total - other))",
        f"bad += put_pairs(y, out, 0, (start, other), count, {not seeded})",
    ]
    body = [f"rows = {size}", *([] if seeded else ["total = rows"])]
    loop = ["start, other = places[number, 0], places[number, 1]", *loop]
    return _whole(layout, body, loop, seeded)


def _head(layout: _drivers.Layout, seeded: bool, start: str) -> tuple[list[str], str]:
    """Lines of the loop up to what the first run does, and the size of the input."""
    lines, names, first = layout.run(seeded, start)
    lines += [f"y = f({layout.call(names)})", "if first_run:"]
    return [*lines, *(f"    {line}" for line in layout.after_first())], first


def _whole(layout: _drivers.Layout, body: list[str], loop: list[str], seeded: bool) -> str:
    same = [f"s{i} = a{i}" for i in (*layout.work, *layout.touched)]
    body = [*body, *same, "bad = 0.0", "for number in range(first, last):"]
    body += [f"    {line}" for line in ["first_run = number == 0", *loop]]
    head = ["out", "places", "first", "last", *(["seeds", "total"] if seeded else [])]
    lines = [f"def drive({', '.join([*head, *layout.names])}):"]
    lines += [f"    {line}" for line in [*body, "return out, bad"]]
    return "\n".join(lines) + "\n"


# --- runs -----------------------------------------------------------------------------------------


class Shared:
    """A driver of chunks or blocks, whose runs threads may share.

    Parameters
    ----------
    f : dispatcher
    layout : Layout
        How its call is taken apart.
    key : tuple
        What else the driver depends on: the type of number, as `_parts` has it, comes first, and
        whether directions are given last.
    """

    def __init__(self, f: Any, layout: _drivers.Layout, key: tuple[Any, ...]) -> None:
        kind, seeded = key[0], key[-1]
        self.written, self.exposed = (*layout.work, *layout.touched), layout.exposed
        self.second, self.careful = kind[0] == "Jet", kind[-1]
        write = second_source if self.second else forward_source
        names = ("ROWS", "COLUMNS") if self.second else ("LANES",)
        values = dict(zip(names, kind[1:-1], strict=True))
        source = write(layout, seeded)
        self.drive = _drivers.compiled(f, ("shared", *key), source, kind, values)

    def bound(self, places: Any, seeded: bool) -> Callable[..., Any]:
        """A function of the driver's arguments: a pair of None and what it has filled.

        It answers None where an entry is not finite.
        """

        def drive(*args: Any) -> Any:
            head = 2 if seeded else 0
            out, bad = self.fill(args[:head], args[head:], places)
            return None if bad != 0.0 and not self.careful else (None, out)

        drive._dualad_exposed = self.exposed  # type: ignore[attr-defined]  # as drivers have it
        return drive

    def fill(self, head: tuple[Any, ...], args: Sequence[Any], places: Any) -> tuple[Any, Any]:
        """The Jacobian, or second derivatives, and a number that is 0 if all are finite."""
        clean = [copied(a) if i in self.written else a for i, a in enumerate(args)]
        rest = [*head, *clean]
        drive, bad, seconds = self.drive, 0.0, 0.0
        out = np.empty((0, 0, 0) if self.second else (0, 0))
        done, last = 0, len(places)
        while done < last and not seconds:
            known, begin = len(drive.overloads), time.perf_counter()
            out, more = drive(out, places, done, done + 1, *([*head, *args] if not done else rest))
            if len(drive.overloads) == known:  # else Numba has compiled it
                seconds = time.perf_counter() - begin
            bad, done = bad + more, done + 1
        width = min(threads(), last - done)
        if width < 2 or seconds * (last - done) < ENOUGH:
            bad += drive(out, places, done, last, *rest)[1] if done < last else 0.0
        else:
            grain = max(1, min(int(_GRAIN / seconds), (last - done) // (4 * width)))
            bad += _shared(
                lambda i, j: drive(out, places, i, j, *rest)[1], (done, last), grain, width
            )
        if bad != 0.0 and not self.careful:
            for i in self.written:
                _restore(args[i], clean[i])
        return out, bad


def shared(
    call: Any, given: Any, kind: tuple[Any, ...], width: int, seeded: bool
) -> Callable[..., Any] | None:
    """What threads may share of a call's derivative in `width` directions.

    None where f is not parallel, or its call is one that can't be shared. Else it takes a driver's
    arguments, see `Shared.bound`.
    """
    if not is_parallel(call.f) or most_threads() < 2:
        return None
    places = _places(kind, call.size, width, seeded)
    if len(places) < 3 or any(map(_holds_list, given.all)):
        return None
    key = (kind, given.count, given.keywords, call.positions, seeded)
    with _drivers.LOCK:
        drivers = _drivers.DRIVERS.setdefault(call.f, {})
        name = ("shared", *key)
        if name not in drivers:
            layout = _drivers.Layout(call.f, given.count, given.keywords, call.positions)
            once = layout.draws or layout.spreads or layout.decides  # what is noted is one thread's
            drivers[name] = None if once else Shared(call.f, layout, key)
        found: Shared | None = drivers[name]
    if found is None:
        return None
    plain = all(_is_plain(given.all[i]) for i in found.written)
    return found.bound(places, seeded) if plain else None


def splits(f: Any, kind: tuple[Any, ...], n: int) -> bool:
    """Whether threads may share the runs for all n directions."""
    if kind[0] == "Var" or not is_parallel(f) or most_threads() < 2:
        return False
    return len(_places(kind, n, n, False)) >= 3


def _places(kind: tuple[Any, ...], n: int, width: int, seeded: bool) -> np.ndarray:
    """Where the chunks or blocks begin that fill all derivatives."""
    found: list[tuple[int, ...]]
    if kind[0] == "Dual":
        found = [(start,) for start in range(0, width, kind[1])]
    else:
        rows, columns = kind[1:3]
        found = [
            (start, other)
            for start in range(0, n, rows)
            for other in range(0 if seeded else start, width, columns)
        ]
    return np.array(found, np.int64)


def _holds_list(x: Any) -> bool:
    """Whether Numba takes an argument from Python and puts it back: not for several threads."""
    if isinstance(x, tuple):
        return any(map(_holds_list, x))
    return isinstance(x, (list, set))


def _is_plain(x: Any) -> bool:
    """Whether an argument that f writes has copies of the same type."""
    if isinstance(x, tuple):
        return all(map(_is_plain, x))
    if isinstance(x, np.ndarray):
        return x.flags.c_contiguous or x.flags.f_contiguous
    return isinstance(x, (int, float, complex, np.generic))


def _restore(x: Any, saved: Any) -> None:
    if isinstance(x, tuple):
        for member, old in zip(x, saved, strict=True):
            _restore(member, old)
    elif isinstance(x, np.ndarray):
        np.copyto(x, saved)


# --- threads --------------------------------------------------------------------------------------


class _Pool:
    """Threads that wait for work; a fork leaves them behind."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._lock = threading.Lock()
        self.turn = threading.RLock()
        self._executor: ThreadPoolExecutor | None = None

    def submit(self, work: Callable[[], Any]) -> Future[Any] | None:
        """Have it done some time; None where the process ends and takes no more."""
        with self._lock:
            if self._executor is None:
                width = max(most_threads() - 1, 1)
                self._executor = ThreadPoolExecutor(width, thread_name_prefix="dualad")
        try:
            return self._executor.submit(work)
        except RuntimeError:  # at the end of the process, or where it may have no more threads
            return None


_POOL = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.reset)


def apart(f: Any) -> contextlib.AbstractContextManager[Any]:
    """A lock, where f runs parallel code and no two threads may do so at once."""
    if is_parallel(f) or f in _drivers.SPREADING:
        numba.get_num_threads()  # it chooses the layer
        if numba.threading_layer() == "workqueue":
            return _POOL.turn
    return contextlib.nullcontext()


def _shared(
    run: Callable[[int, int], float], span: tuple[int, int], grain: int, width: int
) -> float:
    """Runs of a span, as many at once as they are taken; the sum of what they answer.

    The first exception, in the order of the runs, is raised when no thread is busy any more.
    """
    numbers, lock = itertools.count(span[0], grain), threading.Lock()
    answers: list[float] = []
    errors: list[tuple[int, BaseException]] = []

    def work() -> None:
        while not errors:
            with lock:
                first = next(numbers)
            if first >= span[1]:
                return
            try:
                answers.append(run(first, min(first + grain, span[1])))
            except BaseException as error:  # noqa: BLE001  # of a thread: it is raised below
                errors.append((first, error))

    helpers = [_POOL.submit(work) for _ in range(width - 1)]
    work()
    for helper in helpers:
        if helper is not None and not helper.cancel():
            helper.result()
    if errors:
        raise min(errors, key=lambda found: found[0])[1]
    return sum(answers)
