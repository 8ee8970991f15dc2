"""The arrival of compiled kernels: when they are asked for, compiled, and put to use.

Nobody waits for a compiler. When `_numbers._kernels` finds that kernels are due, and they were
never compiled on this machine, a child process of low priority compiles them into Numba's cache on
disk and leaves a stamp; a later call finds the stamp, imports Numba and takes them from the cache.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ._config import config
from ._errors import InputTypeError
from ._numbers import _kernels

if TYPE_CHECKING:
    from pathlib import Path  # at run time only when kernels are due: it would slow the start

_FOLDER = os.path.dirname(os.path.abspath(__file__))


class _Arrival:
    """What has happened so far; `status` is one sentence for `explain`."""

    def __init__(self) -> None:
        self.child: Any = None
        self.failed = ""
        self.installed = False

    @property
    def status(self) -> str:
        if config.kernels == "off":
            return "off (config.kernels)"
        if self.installed:
            return "compiled kernels"
        if self.failed:
            return f"NumPy's expressions, because {self.failed}"
        if self.child is not None and self.child.poll() is None:
            return "NumPy's expressions, while a child process compiles"
        return "NumPy's expressions (compiled kernels are not due yet; see da.warmup)"


arrival = _Arrival()


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
    """The file that says that the kernels of this version are in Numba's cache."""
    import hashlib  # here and below: only when kernels are due
    from importlib.metadata import PackageNotFoundError, version

    from ._sources import digest

    try:
        numba = version("numba")
    except PackageNotFoundError:
        numba = "none"
    folder = os.environ.get("NUMBA_CACHE_DIR", "")
    parts = (sys.version, np.__version__, numba, folder, _FOLDER, digest())
    return (
        cache_folder() / f"kernels-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}"
    )


def install() -> None:
    """Put the kernels to use; compiles them where the cache has none."""
    if arrival.installed:
        return
    from ._compiled._kernels import KERNELS

    _kernels.install(KERNELS)
    arrival.installed = True
    try:
        mark = stamp()
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        pass  # a read-only home: the next process compiles again, in the background


def on_due() -> None:
    """Kernels would have saved seconds: use them, or have them compiled."""
    if config.kernels == "off" or arrival.installed or arrival.failed:
        return
    if stamp().exists():
        try:
            install()
        except Exception as error:  # noqa: BLE001  # Numba may fail in any way; expressions do not
            arrival.failed = f"they could not be loaded: {type(error).__name__}: {error}"
    elif arrival.child is None:
        _start_child()
    elif arrival.child.poll() not in (None, 0):
        arrival.failed = f"the compiling process ended with code {arrival.child.returncode}"


def _start_child() -> None:
    """Compile in a process of its own, which outlives this one."""
    import subprocess

    code = "import os; getattr(os, 'nice', int)(10); from dualad._warm import install; install()"
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, (os.path.dirname(_FOLDER), environment.get("PYTHONPATH")))
    )
    try:
        arrival.child = subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        arrival.failed = f"no process could be started: {error}"


def warmup(progress: bool | Callable[[str, float], Any] = True) -> None:
    """Compile the kernels now, and use them from now on.

    Without it they are compiled in the background when they would pay, see `dualad.config`.

    Parameters
    ----------
    progress : bool or callable, default True
        Write a line to the standard error. A callable gets each step's name and the seconds since
        the start.

    Raises
    ------
    InputTypeError
        If `progress` is neither.
    ImportError
        If Numba does not import.

    Examples
    --------
    >>> import dualad as da
    >>> da.warmup(progress=False)
    """
    if not isinstance(progress, bool) and not callable(progress):
        raise InputTypeError("progress must be True, False or a function of (step, seconds)")
    start = time.perf_counter()

    def tell(step: str) -> None:
        seconds = time.perf_counter() - start
        if callable(progress):
            progress(step, seconds)
        elif progress:
            sys.stderr.write(f"dualad: {step} ({seconds:.1f} s)\n")

    tell("compiling kernels, or taking them from the cache")
    arrival.failed = ""
    install()
    tell("kernels are in use")


def listen() -> None:
    """Take kernels when they are due; at once where the user has asked for that."""
    _kernels.meter.due = on_due
    if config.kernels == "on":
        install()


__all__ = ["arrival", "cache_folder", "install", "listen", "on_due", "stamp", "warmup"]
