"""The arrival of compiled kernels: when they are asked for, compiled, and put to use.

Nobody waits for a compiler. When `_numbers._kernels` finds that kernels are due, and they were
never compiled on this machine, a child process of low priority compiles them into Numba's cache on
disk and leaves a stamp; a later call finds the stamp, imports Numba and takes them from the cache.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ._config import config
from ._numbers import _kernels, _memory

if TYPE_CHECKING:
    from pathlib import Path  # at run time only when kernels are due: it would slow the start

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_PATIENCE = 900.0  # seconds after which a process that began to compile is taken for dead


class _Arrival:
    """What has happened so far; `status` is one sentence for `explain`."""

    def __init__(self) -> None:
        self.child: Any = None
        self.parent = 0  # the process that started it; a fork of it has no children
        self.failed = ""
        self.elsewhere = False  # another process compiles
        self.kernels: dict[str, Any] = {}

    @property
    def installed(self) -> bool:
        return bool(self.kernels)

    @property
    def status(self) -> str:
        if config.kernels == "off":
            return "off (config.kernels)"
        if self.installed:
            return "compiled kernels"
        self.look()
        if self.child is not None and not self.failed:
            self.failed = _end_of(self.child)
        if self.failed:
            return f"NumPy's expressions, because {self.failed}"
        if self.child is not None and self.child.poll() is None:
            return "NumPy's expressions, while a child process compiles"
        if self.elsewhere:
            return "NumPy's expressions, while another process compiles"
        return "NumPy's expressions (compiled kernels are not due yet; see da.warmup)"

    def look(self) -> None:
        """In a process that was forked meanwhile, the child is another's."""
        if self.child is not None and self.parent != os.getpid():
            self.child.returncode = 0  # or it warns that it is still running
            self.child, self.elsewhere = None, True


arrival = _Arrival()


def _end_of(child: Any) -> str:
    """What went wrong in the compiling process; nothing while it runs, or where it has done it."""
    if child.poll() is None or _compiled():
        return ""
    said = ""
    try:
        lines = _beside(".log").read_text(encoding="utf-8", errors="replace").split("\n")
        said = next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")
    except OSError:
        pass  # no folder to write to: then it was silent
    if child.returncode:
        return f"the compiling process ended with code {child.returncode}{said}"
    return "no folder was found in which they can be kept (see NUMBA_CACHE_DIR, DUALAD_CACHE_DIR)"


def cache_folder() -> Path:
    """Where stamps are kept: ``DUALAD_CACHE_DIR``, or a folder in the user's cache."""
    from pathlib import Path

    given = os.environ.get("DUALAD_CACHE_DIR")
    if given:
        return Path(given)
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", home / ".cache"))
    return base / "dualad"


def stamp() -> Path:
    """The file that says that the kernels of this version, for this processor, are in the cache."""
    import hashlib  # here and below: only when kernels are due
    from importlib.metadata import PackageNotFoundError, version

    from ._sources import digest, processor

    try:
        numba = version("numba")
    except PackageNotFoundError:
        numba = "none"
    folder = os.environ.get("NUMBA_CACHE_DIR", "")
    folder = os.path.abspath(folder) if folder else ""
    parts = (sys.version, np.__version__, numba, folder, _FOLDER, digest(), processor())
    name = hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]
    return cache_folder() / f"kernels-{name}"


def _beside(suffix: str) -> Path:
    mark = stamp()
    return mark.with_name(mark.name + suffix)


def _compiled() -> bool:
    """Whether the stamp is there, and so is the file of Numba's cache that it names."""
    try:
        return os.path.exists(stamp().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def install(tell: Callable[[str, int], None] | None = None) -> None:
    """Put the kernels to use, where Numba compiles at all; compiles those that the cache lacks.

    ``tell(name, number)`` is called when each of them is there.
    """
    if not arrival.installed:
        from numba import config as of_numba

        if of_numba.DISABLE_JIT:
            arrival.failed = "Numba compiles nothing here (NUMBA_DISABLE_JIT)"
            return
        from ._compiled import _lanes

        _lanes.watch(tell)
        try:
            from ._compiled._kernels import KERNELS
        finally:
            _lanes.watch(None)
        arrival.kernels = KERNELS
        if _lanes.are_kept():
            with contextlib.suppress(OSError):  # a read-only home: the next one compiles again
                mark = stamp()
                mark.parent.mkdir(parents=True, exist_ok=True)
                index = KERNELS["product"]._cache._cache_file._index_path
                mark.write_text(os.path.abspath(index), encoding="utf-8")
    _kernels.install(arrival.kernels)


def on_due() -> None:
    """Kernels would have saved seconds: use them, or have them compiled."""
    if config.kernels == "off" or arrival.installed or arrival.failed:
        return
    try:
        _take_or_start()
    except Exception as error:  # noqa: BLE001  # Numba may fail in any way; expressions do not
        arrival.failed = f"they could not be loaded: {type(error).__name__}: {error}"


def _take_or_start() -> None:
    arrival.look()
    if _compiled():
        install()
    elif arrival.child is not None:
        arrival.failed = _end_of(arrival.child)
    else:
        arrival.elsewhere = _compiled_elsewhere()
        if not arrival.elsewhere:
            _start_child()


def _compiled_elsewhere() -> bool:
    """Whether another process has begun to compile, as workers of a pool would all at once."""
    busy = _beside(".busy")
    try:
        busy.parent.mkdir(parents=True, exist_ok=True)
        busy.touch(exist_ok=False)
    except FileExistsError:
        with contextlib.suppress(OSError):
            if 0.0 <= time.time() - busy.stat().st_mtime < _PATIENCE:
                return True
            busy.touch()
    except OSError:
        pass  # nothing can be kept: this process finds out by itself
    return False


_CHILD = """
import os
getattr(os, "nice", int)(10)
from dualad import _warm
try:
    _warm.install()
finally:
    _warm._beside(".busy").unlink(missing_ok=True)
if _warm.arrival.failed:
    raise SystemExit(_warm.arrival.failed)
"""


def _start_child() -> None:
    """Compile in a process of its own, which outlives this one."""
    import subprocess

    if getattr(sys, "frozen", False) or not sys.executable:
        arrival.failed = "this program is no Python that could compile them apart (see da.warmup)"
        return
    # It finds what this process finds, however that came to its path.
    path = [os.path.dirname(_FOLDER), *map(str, sys.path)]
    log: Any = subprocess.DEVNULL
    with contextlib.suppress(OSError):  # a read-only home
        log = _beside(".log").open("wb")
    try:
        arrival.child = subprocess.Popen(
            [sys.executable, "-c", f"import sys\nsys.path[:] = {path!r}\n{_CHILD}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
        arrival.parent = os.getpid()
    except OSError as error:
        arrival.failed = f"no process could be started: {error}"
    finally:
        if log is not subprocess.DEVNULL:
            log.close()


def warmup(progress: bool | Callable[[int, int], Any] | None = True) -> None:
    """Compile the kernels now, and use them from now on.

    Without it they are compiled in the background when they would pay, see `dualad.config`.

    Parameters
    ----------
    progress : bool or callable, default True
        Show a bar on the standard error, by tqdm where it is installed. A callable gets ``(done,
        total)`` kernels. None: as `dualad.config.progress` says.

    Raises
    ------
    InputError
        If `progress` is none of these.
    ImportError
        If Numba does not import.

    Examples
    --------
    >>> import dualad as da
    >>> da.warmup(progress=False)
    """
    from ._workers._progress import Progress  # only who waits sees it

    total = len(_kernels.NAMES)
    with Progress(progress, total, "kernels") as bar:
        bar.at(0, "compiled, or taken from the cache")
        arrival.failed = ""
        install(lambda name, done: bar.at(min(done, total - 1), name))
        bar.at(total, "in use" if arrival.installed else "not in use")


def _changed() -> None:
    """`config.kernels` has been set."""
    if config.kernels == "on":
        install()
    elif config.kernels == "off":
        _kernels.install({})
        _memory.release()
    elif arrival.installed:
        _kernels.install(arrival.kernels)


def listen() -> None:
    """Take kernels when they are due; at once where the user has asked for that."""
    _kernels.meter.due = on_due
    config._changed = _changed
    if config.kernels == "on":
        install()


__all__ = ["arrival", "cache_folder", "install", "listen", "on_due", "stamp", "warmup"]
