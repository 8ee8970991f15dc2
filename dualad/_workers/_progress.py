"""Progress of long work: a bar by tqdm where it is installed, else lines of text; or a callback."""

from __future__ import annotations

import sys
import time
from typing import Any

from .._config import config, is_progress
from .._errors import InputError, shown

_WIDE = 24  # characters of a bar of text
_LINES = 10  # where the standard error is no terminal: about so many lines in all


class Progress:
    """What the user sees of work that takes a while; a context, so that a bar ends with it.

    Parameters
    ----------
    wanted : bool, callable or None
        True: a bar. A callable gets ``(done, total)``. None: what `dualad.config.progress` says.
    total : int
        How many pieces there are.
    what : str
        The pieces in one word, in the plural.

    Raises
    ------
    InputError
        If `wanted` is none of these.
    """

    def __init__(self, wanted: Any, total: int, what: str) -> None:
        if wanted is None:
            wanted = config.progress
        if not is_progress(wanted):
            raise InputError(f"progress={shown(wanted)}", "True, False or a callable (done, total)")
        self.total, self.bar, self.call = total, None, None
        if callable(wanted):
            self.call = wanted
        elif wanted:
            self.bar = _bar(total, what)

    def at(self, done: int, note: str = "") -> None:
        """So many pieces are done; `note` is about the last one."""
        if self.call is not None:
            self.call(done, self.total)
        elif self.bar is not None:
            self.bar.at(done, note)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.bar is not None:
            self.bar.close()


class _Text:
    """A line that fills on a terminal; a few lines in a log file."""

    def __init__(self, total: int, what: str) -> None:
        self.total, self.what, self.begin = total, what, time.perf_counter()
        self.wide = sys.stderr.isatty()
        self.said = -1  # tenths of the work
        self.open = False

    def at(self, done: int, note: str) -> None:
        seconds = time.perf_counter() - self.begin
        text = f"{done}/{self.total} {self.what}, {seconds:.1f} s"
        if self.wide:
            filled = "#" * (_WIDE * done // max(1, self.total))
            sys.stderr.write(f"\rdualad: [{filled:{_WIDE}}] {text} {note:40.40}")
            sys.stderr.flush()
            self.open = True
        elif (tenth := _LINES * done // max(1, self.total)) > self.said:
            self.said = tenth
            sys.stderr.write(f"dualad: {text}{', ' * bool(note)}{note}\n")

    def close(self) -> None:
        if self.open:
            sys.stderr.write("\n")


def _bar(total: int, what: str) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Text(total, what)

    class Bar(tqdm):  # type: ignore[misc]  # tqdm is not typed
        # No thread of its own: one would keep processes from being forked.
        monitor_interval = 0

        def at(self, done: int, note: str) -> None:
            self.set_postfix_str(note, refresh=False)
            self.update(done - self.n)

    return Bar(total=total, unit=f" {what}")
