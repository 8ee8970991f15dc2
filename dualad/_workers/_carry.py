"""The envelope: a task on its way to another process or thread, and its answer on the way back.

An answer says which task it belongs to, so that the order in which answers come does not matter.
Warnings and errors travel in it: an exception that pickles badly would otherwise hang some pools,
and warnings would stay in the worker's log.
"""

from __future__ import annotations

import contextvars
import os
import pickle
import sys
import threading
import traceback
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from .._errors import DualadError, WorkerError, is_internal, shown, user_place

_RUN = uuid.uuid4().hex  # a forked child has the same, and another process id
_USUAL_ERRORS = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
MOST_WARNINGS = 1000  # distinct ones of a task


def home() -> tuple[str, int]:
    """What tells this process from all others, on whatever machines they run."""
    return _RUN, os.getpid()


class RemoteTraceback(Exception):  # noqa: N818  # it stands for another process's traceback
    """The cause of an error that a worker has raised: its traceback there, as text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


class Packed(NamedTuple):
    """An error that travels.

    Attributes
    ----------
    data : bytes or None
        Pickled; None where it can't be made again from that.
    text, trace : str
        In one line, and its traceback.
    ours : bool
        Raised by dualad outside of the user's function, of which it names no line.
    """

    data: bytes | None
    text: str
    trace: str
    ours: bool


class Answer:
    """What a task gave: its value, or its error; and the warnings on the way."""

    __slots__ = ("error", "index", "packed", "value", "warnings")

    def __init__(self, index: int, value: Any = None, error: BaseException | None = None) -> None:
        self.index, self.value, self.error = index, value, error
        self.packed: Packed | None = None  # an error from elsewhere
        self.warnings: list[bytes] = []

    def __reduce__(self) -> Any:
        return _answer, (self.index, self.value, self.packed, self.warnings)

    @property
    def failed(self) -> bool:
        return self.error is not None or self.packed is not None

    def raise_error(self, what: str) -> None:
        """Raise the task's error, if it has one; `what` describes the task."""
        if self.error is not None:
            raise self.error
        if self.packed is None:
            return
        cause = RemoteTraceback(f"in a worker, at {what}:\n{self.packed.trace}")
        try:
            error = None if self.packed.data is None else _error_of(self.packed.data)
        except Exception:  # noqa: BLE001  # user classes may do anything when they are rebuilt
            error = None
        if not isinstance(error, BaseException):
            error = WorkerError(f"a worker raised {self.packed.text} at {what}")
        elif self.packed.ours and isinstance(error, DualadError):
            error.move(user_place())  # to the line that has asked for the work
        raise error from cause


def _answer(index: int, value: Any, packed: Any, given: list[bytes]) -> Answer:
    out = Answer(index, value)
    out.packed, out.warnings = packed, given
    return out


class Carried:
    """What workers call: the user's work, in the settings that it was asked for in.

    Parameters
    ----------
    work : callable
        Takes one item; pickles.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work
        self.home = home()
        self.id = uuid.uuid4().hex  # schedulers that know a task by its content do not mix up calls
        self.context: contextvars.Context | None = contextvars.copy_context()
        self.errors: Any = np.geterr()
        told = {"call", "log"} & set(self.errors.values())
        self.errcall: Any = np.geterrcall() if told else None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "context": None}

    def __call__(self, task: tuple[int, Any]) -> Answer:
        index, item = task
        if self.home == home() and self.context is not None:
            try:
                return Answer(index, self.context.copy().run(self.work, item))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # raised where it was asked for
                return Answer(index, error=error)
        caught: list[bytes] = []
        try:
            with catching(caught), self._settings():
                answer = Answer(index, self.work(item))
            _check_pickles(answer.value)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # likewise
            answer = Answer(index)
            answer.packed = packed_error(error)
        answer.warnings = caught
        return answer

    @contextmanager
    def _settings(self) -> Iterator[None]:
        """The caller's floating-point settings, where they are not NumPy's own."""
        if self.errors == _USUAL_ERRORS:
            yield
            return
        with np.errstate(call=self.errcall, **self.errors):
            yield


def _check_pickles(value: Any) -> None:
    if isinstance(value, float) or (type(value) is np.ndarray and value.dtype.kind != "O"):
        return
    try:
        pickle.dumps(value)
    except Exception as error:
        raise WorkerError(
            f"an answer does not pickle, so that it can't leave its worker: {error}",
            "numbers, arrays, and containers of them; or workers=ThreadPoolExecutor().map",
        ) from error


def _data_of(error: BaseException) -> bytes:
    """An error as it pickles by itself.

    Dask brings a package (tblib) that makes all exceptions pickle in another way, without running
    their constructors: a SystemExit would lose its code.
    """
    reduced: Any = error.__reduce_ex__(pickle.DEFAULT_PROTOCOL)
    state = reduced[2] if len(reduced) > 2 else None
    return pickle.dumps((*reduced[:2], state))


def _error_of(data: bytes) -> Any:
    made, arguments, state = pickle.loads(data)
    error = made(*arguments)
    if state:
        error.__setstate__(state)
    return error


def packed_error(error: BaseException) -> Packed:
    """An error as it travels."""
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    text = f"{type(error).__name__}: {shown_error(error)}"
    try:
        data = _data_of(error)
        same = type(_error_of(data)) is type(error)
    except Exception:  # noqa: BLE001  # user classes may do anything when they are rebuilt
        same = False
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    stated = isinstance(error, DualadError) and error.stated
    ours = not stated and all(is_internal(frame.f_code.co_filename) for frame in frames)
    return Packed(data if same else None, text, trace, ours)


def shown_error(error: BaseException) -> str:
    """The message of an error; of one without a message nothing."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # a user's __str__
        return shown(type(error))


# --- warnings -------------------------------------------------------------------------------------

# Several threads of one worker process may be at work, and the warnings module has one set of
# filters: the first to come in opens them, the last to go restores them, and each thread keeps
# what is its own.
_caught: contextvars.ContextVar[Any] = contextvars.ContextVar("dualad_caught", default=None)
_lock = threading.Lock()
_inside: list[Any] = []


@contextmanager
def catching(into: list[bytes]) -> Iterator[None]:
    """Keep each distinct warning of this thread, pickled, instead of showing it."""
    seen: dict[Any, bytes] = {}
    token = _caught.set(seen)
    _open()
    try:
        yield
    finally:
        _close()
        _caught.reset(token)
        into.extend(seen.values())


def _open() -> None:
    with _lock:
        if not _inside:
            manager = warnings.catch_warnings()
            manager.__enter__()
            warnings.simplefilter("always")
            _inside.append((manager, warnings.showwarning))
            warnings.showwarning = _keep
        else:
            _inside.append(None)


def _close() -> None:
    with _lock:
        if len(_inside) == 1:
            manager, _ = _inside.pop()
            manager.__exit__(None, None, None)
        else:
            _inside.pop()


def _keep(
    message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    seen = _caught.get()
    if seen is None:
        _inside[0][1](message, category, filename, lineno, file, line)
        return
    key = category, str(message), filename, lineno
    if key in seen or len(seen) >= MOST_WARNINGS:
        return
    try:
        seen[key] = pickle.dumps((message, filename, lineno))
    except Exception:  # noqa: BLE001  # a user's class of warnings
        text = f"{category.__name__}: {message}"
        seen[key] = pickle.dumps((UserWarning(text), filename, lineno))


def issue(given: list[bytes]) -> None:
    """Issue warnings from workers here, each distinct one once, at the line that has caused it."""
    done = set()
    for data in given:
        message, filename, line = pickle.loads(data)
        key = type(message), str(message), filename, line
        if key in done:
            continue
        done.add(key)
        space = _space_of(filename)
        name = str(space.get("__name__") or filename)
        registry = space.setdefault("__warningregistry__", {})
        warnings.warn_explicit(message, type(message), filename, line, name, registry)


_SPACES: dict[str, dict[str, Any]] = {}


def _space_of(filename: str) -> dict[str, Any]:
    """The globals of the module of a file, which remember what has been shown."""
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == filename:
            return vars(module)
    return _SPACES.setdefault(filename, {})
