"""Settings of this process."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from typing import Any

from ._errors import InputError

_KERNELS = ("auto", "on", "off")


def is_progress(value: Any) -> bool:
    """Whether `value` says how progress is shown."""
    return isinstance(value, bool) or callable(value)


class Config:
    """Settings of this process, as attributes of `dualad.config`.

    Attributes
    ----------
    kernels : {"auto", "on", "off"}
        Compiled kernels for arithmetic on eager numbers. ``"auto"``: NumPy's expressions, until
        derivatives have cost a few seconds that kernels would have saved; then a child process
        compiles the kernels once for this machine, in the background, and later calls use them.
        ``"on"``: the first derivative waits for them. ``"off"``: NumPy's expressions, and NumPy's
        memory; otherwise each thread keeps up to 64 MiB of it for large blocks. Kernels and
        expressions give the same bits. ``DUALAD_KERNELS`` in the environment sets the start.
    tape_memory : int or None
        The most bytes that one tape of a compiled function in reverse mode may take; a longer one
        raises `MemoryError`. None, the start: three quarters of the machine's memory.

    progress : bool or callable
        Progress of long work: derivatives by workers, and `dgsm` unless it is told otherwise. True
        shows a bar on the standard error, by tqdm where it is installed; a callable gets ``(done,
        total)`` pieces. False, the start, says nothing.

    Raises
    ------
    InputError
        For a value that is none of these.
    """

    __slots__ = ("_changed", "_keepers", "_kernels", "_progress", "_tape_memory")

    def __init__(self) -> None:
        self._changed: Callable[[], None] | None = None  # set by `_warm`, which acts on it
        self._tape_memory: int | None = None
        self._progress: bool | Callable[[int, int], Any] = False
        self._keepers: list[Callable[[], None]] = []
        self.kernels = os.environ.get("DUALAD_KERNELS", "auto")

    @property
    def kernels(self) -> str:
        return self._kernels

    @kernels.setter
    def kernels(self, value: str) -> None:
        if value not in _KERNELS:
            raise InputError(
                f"config.kernels = {value!r}; it must be one of {', '.join(_KERNELS)}",
                'config.kernels = "auto"',
            )
        self._kernels = value
        if self._changed is not None:
            self._changed()

    @property
    def tape_memory(self) -> int | None:
        return self._tape_memory

    @tape_memory.setter
    def tape_memory(self, value: int | None) -> None:
        try:
            wanted = None if value is None else operator.index(value)
        except TypeError:
            wanted = 0
        if wanted is not None and wanted < 1:
            raise InputError(
                f"config.tape_memory = {value!r}; it must be a number of bytes, or None",
                "config.tape_memory = 2**30",
            )
        self._tape_memory = wanted

    @property
    def progress(self) -> bool | Callable[[int, int], Any]:
        return self._progress

    @progress.setter
    def progress(self, value: bool | Callable[[int, int], Any]) -> None:
        if not is_progress(value):
            raise InputError(
                f"config.progress = {value!r}; it must be True, False or a callable (done, total)",
                "config.progress = True",
            )
        self._progress = value

    def free_memory(self) -> None:
        """Free what is kept for later calls, of all threads.

        Each thread keeps the tapes of compiled functions that its reverse mode has used, up to
        128 MB each, and up to 64 MiB of memory for large blocks of eager numbers, until it ends.
        What is in use stays.

        Examples
        --------
        >>> import dualad as da
        >>> da.config.free_memory()
        """
        for free in self._keepers:
            free()

    def __repr__(self) -> str:
        settings = (f"{name}={value!r}" for name, value in self._settings())
        return f"Config({', '.join(settings)})"

    def _settings(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in ("kernels", "tape_memory", "progress")]

    def _repr_html_(self) -> str:
        """For notebooks."""
        from ._html import html_table  # only notebooks pay for it

        rows = [[name, repr(value)] for name, value in self._settings()]
        return html_table(rows, title="dualad.config", named=True)


config = Config()

__all__ = ["Config", "config"]
