"""The memory of tapes: each thread has its own, uses them again, and lets large ones go.

The header of a tape is eight 64-bit words, see the constants.
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
import weakref
from typing import Any

import numpy as np

from .._config import config

EDGES, COUNT, CAPACITY, VARIABLES, ADJOINTS, ADJOINT_CAPACITY, FAILED, LIMIT = range(8)
"""Words of the header: pointer to edges, how many, room, variables, adjoints, their room in bytes,
whether memory ran out, and the most edges that are allowed."""

FIRST_ROOM = 4096
LANES = 4
"""Adjoints that travel at once where there are several outputs."""
_MOST_EDGES = 2**31 - 2**20  # variables are numbered in 32 bits
_KEPT = 2**26  # bytes of a tape that a thread keeps for its next call

_C = ctypes.CDLL(None)
_C.realloc.restype = ctypes.c_void_p
_C.realloc.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_C.free.argtypes = (ctypes.c_void_p,)


class Tape:
    """A header and the memory that it owns."""

    __slots__ = ("header", "limit")

    def __init__(self) -> None:
        self.header = np.zeros(8, np.int64)
        self.limit = config._tape_memory
        most = _three_quarters() if self.limit is None else self.limit
        self.header[LIMIT] = min(most // 16, _MOST_EDGES)
        self.header[EDGES] = _allocated(0, 16 * FIRST_ROOM)
        self.header[CAPACITY] = FIRST_ROOM

    def trim(self) -> None:
        """Give memory back where a large function has been here."""
        h = self.header
        if h[CAPACITY] > _KEPT // 16:
            h[EDGES] = _allocated(int(h[EDGES]), 16 * FIRST_ROOM)
            h[CAPACITY] = FIRST_ROOM
        if h[ADJOINT_CAPACITY] > _KEPT:
            _C.free(int(h[ADJOINTS]))
            h[ADJOINTS] = h[ADJOINT_CAPACITY] = 0

    def __del__(self, free: Any = _C.free, words: Any = (EDGES, ADJOINTS)) -> None:
        for word in words:  # bound early: at the end of the process globals are gone
            free(int(self.header[word]))


@functools.cache
def _three_quarters() -> int:
    """Of the machine's memory, in bytes."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4 * 3
    except (AttributeError, ValueError, OSError):  # not known here: the allocator says no
        return 2**62


def _allocated(old: int, size: int) -> int:
    found = _C.realloc(old or None, size)
    if not found:
        raise MemoryError("no memory for the tape of reverse mode")
    return int(found)


class _Free(list[Tape]):
    """Tapes of one thread that are not in use: more than one where derivatives nest."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # for a set of all threads' lists


_ALL: weakref.WeakSet[_Free] = weakref.WeakSet()


class _Local(threading.local):
    """What this thread keeps; it goes when the thread ends."""

    def __init__(self) -> None:
        self.free = _Free()
        with _LOCK:
            _ALL.add(self.free)


_LOCK = threading.Lock()
_LOCAL = _Local()


def take() -> Tape:
    """A tape for one call; `give` it back."""
    try:
        tape = _LOCAL.free.pop()
    except IndexError:
        return Tape()
    return tape if tape.limit == config._tape_memory else Tape()


def give(tape: Tape) -> None:
    """The tape is not needed any more."""
    h = tape.header
    if h[CAPACITY] > _KEPT // 16 or h[ADJOINT_CAPACITY] > _KEPT:
        tape.trim()
    _LOCAL.free.append(tape)


def release() -> None:
    """Free the tapes that threads keep."""
    with _LOCK:
        kept = list(_ALL)
    for free in kept:
        free.clear()


config._keepers.append(release)
