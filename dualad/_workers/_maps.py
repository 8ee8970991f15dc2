"""`run_tasks`: the same for processes of one's own and for any map that the user brings."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from .._errors import DualadError, InputTypeError, WorkerError, shown
from ._carry import Answer, Carried, issue, shown_error
from ._check import count_of, is_serial
from ._pool import run_in_processes

_POLL = 0.1  # seconds between two looks at the processes of a pool


def run_tasks(
    work: Callable[[Any], Any],
    items: Sequence[Any],
    workers: Any,
    *,
    f: Any = None,
    describe: Callable[[Any], str] = str,
    progress: Callable[[int, int], Any] | None = None,
) -> list[Any]:
    """``[work(item) for item in items]``, by workers.

    Parameters
    ----------
    work : callable
        Takes one item; it must pickle where other processes are to call it.
    items : sequence
        They pickle likewise.
    workers : None, int or callable
        SciPy's convention: an int is that many processes, started for this call and gone with it,
        -1 one for each processor; None and 1 stay in this process; a callable is used as
        ``workers(function, iterable)``. Its results may come in any order, be futures, and be made
        lazily.
    f : callable, optional
        The user's function in `work`, for messages.
    describe : callable
        An item in words, for messages.
    progress : callable, optional
        ``progress(done, total)`` after each task, in this process.

    Returns
    -------
    list
        In the order of the items, whatever the order of the answers.

    Raises
    ------
    InputTypeError
        If something does not pickle.
    WorkerError
        If a worker dies, or a map loses, repeats or invents answers.
    Exception
        What a task has raised, its traceback in the worker as the cause.
    """
    if is_serial(workers):
        out = []
        for item in items:
            out.append(work(item))
            if progress is not None:
                progress(len(out), len(items))
        return out
    gathered = _Gathered(len(items), progress)
    carried = Carried(work)
    try:
        if isinstance(workers, int):
            _check_pickles(carried, f)
            count = min(count_of(workers), len(items))
            run_in_processes(carried, items, count, gathered.take, describe)
        else:
            _by_map(workers, carried, items, gathered, f)
    except KeyboardInterrupt:
        raise
    except BaseException:
        issue(gathered.warnings())
        raise
    issue(gathered.warnings())
    gathered.raise_first(lambda i: describe(items[i]))
    missing = gathered.missing()
    if missing:
        raise WorkerError(
            f"{shown(workers)} gave {len(items) - len(missing)} results for {len(items)} tasks; "
            f"missing: {describe(items[missing[0]])}" + (" and others" if len(missing) > 1 else ""),
            "a map that returns one result for each item, as pool.map does",
        )
    return gathered.values()


class _Gathered:
    """The answers as they come."""

    def __init__(self, total: int, progress: Callable[[int, int], Any] | None) -> None:
        self.answers: list[Answer | None] = [None] * total
        self.progress, self.done = progress, 0

    def take(self, answer: Answer) -> None:
        if self.answers[answer.index] is not None:
            raise WorkerError(
                f"the result of task {answer.index} came twice",
                "a map that calls the function once for each item, as pool.map does",
            )
        self.answers[answer.index] = answer
        self.done += 1
        if self.progress is not None and not answer.failed:
            self.progress(self.done, len(self.answers))

    def warnings(self) -> list[bytes]:
        return [w for a in self.answers if a is not None for w in a.warnings]

    def raise_first(self, what: Callable[[int], str]) -> None:
        for answer in self.answers:
            if answer is not None and answer.failed:
                answer.raise_error(what(answer.index))

    def missing(self) -> list[int]:
        return [i for i, a in enumerate(self.answers) if a is None]

    def values(self) -> list[Any]:
        return [a.value for a in self.answers if a is not None]


def _pickling_error(thing: Any) -> Exception | None:
    try:
        pickle.dumps(thing)
    except Exception as error:  # noqa: BLE001  # as pickling fails in many ways
        return error
    return None


def _check_pickles(carried: Carried, f: Any) -> None:
    error = _pickling_error(carried)
    if isinstance(error, DualadError):
        raise error
    if error is not None:
        raise _unpicklable(carried, f, error) from error


def _unpicklable(carried: Carried, f: Any, error: Exception) -> InputTypeError:
    guilty = [x for x in (f, carried.work) if x is not None and _pickling_error(x) is not None]
    what = shown(guilty[0]) if guilty else "the task"
    return InputTypeError(
        f"{what} does not pickle, so that it can't go to another process: {shown_error(error)}",
        "a function at the top level of a module (functools.partial for its constants) in place of "
        "a lambda or an inner function; or threads: workers=ThreadPoolExecutor().map",
    )


# --- maps of the user's ---------------------------------------------------------------------------


def _by_map(
    workers: Any, carried: Carried, items: Sequence[Any], gathered: _Gathered, f: Any
) -> None:
    answers = _answers(workers, carried, list(enumerate(items)))
    try:
        while True:
            try:
                answer = next(answers, None)
            except DualadError:
                raise
            except Exception as error:
                raise _of_map(error, carried, gathered, workers, f) from error
            if answer is None:
                return
            gathered.take(answer)
            if answer.failed:
                return
    finally:
        answers.close()


def _answers(workers: Any, carried: Carried, tasks: list[Any]) -> Generator[Answer, None, None]:
    """What a map gives, one by one; when this is closed the rest is taken back."""
    results: Any = None
    pending: list[Any] = []
    try:
        pool = _killable_pool(workers)
        results = workers(carried, tasks) if pool is None else _of_pool(pool, carried, tasks)
        if not hasattr(results, "__iter__"):
            raise WorkerError(
                f"{shown(workers)} is no map: it returned {shown(results)}",
                "workers=pool.map, a callable (function, iterable) -> iterable",
            )
        if isinstance(results, (list, tuple)):
            pending = [r for r in results if hasattr(r, "cancel")]
        for result in results:
            answer = _resolved(result)
            if not isinstance(answer, Answer):
                raise WorkerError(
                    f"{shown(workers)} returned {shown(answer)} in place of what the function gave",
                    "a map that returns what the function returns, as pool.map does",
                )
            yield answer
    finally:
        _stop(results, pending)


def _resolved(result: Any) -> Any:
    """An answer, or that of a future."""
    if not isinstance(result, Answer) and callable(getattr(result, "result", None)):
        return result.result()
    return result


def _stop(results: Any, pending: list[Any]) -> None:
    """Tasks that nobody waits for any more are taken back, as far as the map allows."""
    close = getattr(results, "close", None)
    if callable(close):
        close()
    for future in pending:
        future.cancel()


def _of_map(
    error: Exception, carried: Carried, gathered: _Gathered, workers: Any, f: Any
) -> Exception:
    """What to raise where the map itself has failed."""
    if isinstance(error, (pickle.PicklingError, AttributeError, TypeError)):
        found = _pickling_error(carried)
        if found is not None:
            return found if isinstance(found, DualadError) else _unpicklable(carried, f, found)
    return WorkerError(
        f"{shown(workers)} failed after {gathered.done} of {len(gathered.answers)} tasks: "
        f"{type(error).__name__}: {shown_error(error)}",
        "workers=1 to see whether f fails by itself",
    )


def _killable_pool(workers: Any) -> Any:
    """The `multiprocessing.Pool` whose method was given, or None.

    Its own `map` waits forever when a worker is killed, so we look after its processes.
    """
    owner = getattr(workers, "__self__", None)
    if not type(owner).__module__.startswith("multiprocessing"):
        return None
    from multiprocessing.pool import Pool, ThreadPool

    return owner if isinstance(owner, Pool) and not isinstance(owner, ThreadPool) else None


def _of_pool(pool: Any, carried: Carried, tasks: list[Any]) -> Iterator[Any]:
    from multiprocessing import TimeoutError as NotYet

    known: dict[int, Any] = {}
    results = pool.imap_unordered(carried, tasks)
    left = len(tasks)
    fine = (None, 0) if getattr(pool, "_maxtasksperchild", None) else (None,)
    while left:
        for process in list(getattr(pool, "_pool", ())):
            known[id(process)] = process
        # Seen dead before the wait: what it had to say has come by the end of it.
        dead = [p for p in known.values() if p.exitcode not in fine]
        try:
            yield results.next(timeout=_POLL)
            left -= 1
        except NotYet:
            if dead:
                raise WorkerError(
                    f"worker process {dead[0].pid} of the pool died with exit code "
                    f"{dead[0].exitcode}, {left} of {len(tasks)} tasks are left",
                    "a new pool; workers=1 to see what fails",
                ) from None
