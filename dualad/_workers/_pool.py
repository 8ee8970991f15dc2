"""Processes of a call's own: started for it, and gone with it.

Each has a pipe, and one task at a time. So a process that dies is noticed at once, with its exit
code and the task it was at; `multiprocessing.Pool` waits forever for the answer of a worker that
was killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import connection, get_all_start_methods, get_context, get_start_method
from multiprocessing.reduction import ForkingPickler
from typing import Any, NoReturn

from .._errors import WorkerError
from ._carry import Answer, Carried, RemoteTraceback, packed_error

_STOP = b""
PATIENCE = 1.0  # seconds that a process has to end by itself


def start_method(payload: bytes) -> str:
    """How to start processes: the platform's or the user's own way, but no unsafe fork.

    A fork copies one thread only, and locks that others hold stay locked in the child; Numba's and
    PyTorch's threads do not outlive it. `forkserver` starts from a clean process, which imports
    what it needs. That fails for functions typed into an interpreter, which no other process can
    import: these are forked all the same.
    """
    # Asking for the default would fix it, and a later set_start_method of the user's would raise.
    method = get_start_method(allow_none=True) or get_all_start_methods()[0]
    if (
        method == "fork"
        and _has_threads()
        and (_main_is_importable() or b"__main__" not in payload)
    ):
        return "forkserver"
    return method


def _has_threads() -> bool:
    numba = sys.modules.get("numba.np.ufunc.parallel")
    return (
        threading.active_count() > 1
        or bool(getattr(numba, "_is_initialized", False))
        or "torch" in sys.modules
    )


def _main_is_importable() -> bool:
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    return getattr(main, "__spec__", None) is not None or bool(file and os.path.exists(file))


def run_in_processes(
    carried: Carried,
    items: Sequence[Any],
    count: int,
    take: Callable[[Answer], None],
    describe: Callable[[Any], str],
) -> None:
    """Run tasks in `count` processes.

    Parameters
    ----------
    carried : Carried
    items : sequence
    count : int
    take : callable
        Called with each answer as it comes. The tasks before one that has failed are finished, so
        that the first error is that of a serial run; those after it are not.
    describe : callable
        An item in words.
    """
    payload = bytes(ForkingPickler.dumps(carried))
    team = _Team(payload, count)
    try:
        team.run(items, take, describe)
    except BaseException:
        team.end(0.0)
        raise
    team.end(0.0 if any(m.index is not None for m in team.members) else PATIENCE)


class _Member:
    """A process, our end of its pipe, and the task that it is at."""

    __slots__ = ("index", "pipe", "process")

    def __init__(self, process: Any, pipe: Any) -> None:
        self.process, self.pipe = process, pipe
        self.index: int | None = None


class _Team:
    """The processes of one call."""

    def __init__(self, payload: bytes, count: int) -> None:
        self.method = start_method(payload)
        self.members: list[_Member] = []
        try:
            for _ in range(count):
                self._start()
            for member in self.members:  # now that all of them begin at the same time
                self._send(member, payload, "its start")
        except BaseException:
            self.end(0.0)
            raise

    def _start(self) -> None:
        context: Any = get_context(self.method)
        ours, theirs = context.Pipe()
        # A forked child has copies of all our pipes; the others would never see theirs closed.
        inherited = [m.pipe for m in self.members] + [ours] if self.method == "fork" else []
        process = context.Process(target=serve, args=(theirs, inherited), name="dualad worker")
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self.members.append(_Member(process, ours))

    def _send(self, member: _Member, data: bytes, what: str) -> None:
        try:
            member.pipe.send_bytes(data)
        except OSError:
            self._died(member, what)

    def run(
        self,
        items: Sequence[Any],
        take: Callable[[Answer], None],
        describe: Callable[[Any], str],
    ) -> None:
        waiting = iter(range(len(items)))
        limit = len(items)  # tasks from here on are not needed any more
        for member in self.members:
            self._give(member, items, waiting, limit, describe)
        while busy := [m for m in self.members if m.index is not None and m.index < limit]:
            ends = [end for m in busy for end in (m.pipe, m.process.sentinel)]
            ready = connection.wait(ends)
            for member in busy:
                if member.pipe not in ready and member.process.sentinel not in ready:
                    continue
                answer = self._received(member, describe(items[member.index or 0]))
                if answer is None:
                    continue
                take(answer)
                if answer.failed:
                    limit = min(limit, answer.index)
                self._give(member, items, waiting, limit, describe)

    def _give(self, member: _Member, items: Any, waiting: Any, limit: int, describe: Any) -> None:
        member.index = next(waiting, None)
        if member.index is None or member.index >= limit:
            member.index = None
            return
        task = (member.index, items[member.index])
        self._send(member, bytes(ForkingPickler.dumps(task)), describe(task[1]))

    def _received(self, member: _Member, what: str) -> Answer | None:
        try:
            if not member.pipe.poll() and member.process.is_alive():
                return None
            data = member.pipe.recv_bytes()
        except (EOFError, OSError):
            self._died(member, what)
        answer: Answer = pickle.loads(data)
        if answer.index < 0 and answer.packed is not None:
            raise WorkerError(
                f"a worker process can't load the function: {answer.packed.text}",
                "a function at the top level of a module that other processes can import",
            ) from RemoteTraceback(answer.packed.trace)
        return answer

    def _died(self, member: _Member, what: str) -> NoReturn:
        member.process.join(PATIENCE)
        code = member.process.exitcode
        how, instead = _ending(code)
        raise WorkerError(f"worker process {member.process.pid} {how} at {what}", instead)

    def end(self, patience: float) -> None:
        """End all processes: by request where there is time, else by force."""
        for member in self.members:
            try:
                if patience and member.process.is_alive():
                    member.pipe.send_bytes(_STOP)
            except OSError:
                pass
            member.pipe.close()
        _join(self.members, patience)
        for act in ("terminate", "kill"):
            for member in self.members:
                if member.process.is_alive():
                    getattr(member.process, act)()
            _join(self.members, PATIENCE)
        for member in self.members:
            if not member.process.is_alive():
                member.process.close()
        self.members = []


def _join(members: list[_Member], patience: float) -> None:
    end = time.monotonic() + patience
    for member in members:
        member.process.join(max(0.0, end - time.monotonic()))


def _ending(code: int | None) -> tuple[str, str]:
    """How a process has ended, in words, and what to do."""
    if code is None:
        return "closed its pipe", "a function that leaves the worker's pipes alone"
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        memory = "; the system kills processes when memory runs out" if name == "SIGKILL" else ""
        return f"was killed by {name}{memory}", "fewer workers, or workers=1 to see what fails"
    instead = (
        "workers=1 to see what fails; a script that is run (not imported) needs "
        "`if __name__ == '__main__':` around what it starts"
    )
    return f"ended with exit code {code}", instead


# --- in the worker --------------------------------------------------------------------------------


def serve(pipe: Any, inherited: Sequence[Any]) -> None:
    """Answer tasks until told to stop, or until the other end is gone."""
    for end in inherited:
        end.close()
    # The caller's handlers, copied by a fork, are not meant for this process.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        carried = _unpacked(pipe)
        while carried is not None:
            data = pipe.recv_bytes()
            if data == _STOP:
                return
            answer = carried(pickle.loads(data))
            pipe.send_bytes(ForkingPickler.dumps(answer))
    except (EOFError, OSError, KeyboardInterrupt):
        return  # an interrupt reaches the caller too, who ends the call


def _unpacked(pipe: Any) -> Carried | None:
    try:
        carried: Carried = pickle.loads(pipe.recv_bytes())
    except Exception as error:  # the user's modules are imported here
        if isinstance(error, (EOFError, OSError)):
            raise
        answer = Answer(-1)
        answer.packed = packed_error(error)
        pipe.send_bytes(ForkingPickler.dumps(answer))
        return None
    return carried
