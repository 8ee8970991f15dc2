"""The memory of tapes: each thread has its own, uses them again, and lets large ones go.

The header of a tape is eight 64-bit words, see the constants.
"""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import numpy as np

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

    __slots__ = ("header",)

    def __init__(self) -> None:
        self.header = np.zeros(8, np.int64)
        self.header[EDGES] = _allocated(0, 16 * FIRST_ROOM)
        self.header[CAPACITY] = FIRST_ROOM
        self.header[LIMIT] = _MOST_EDGES

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


def _allocated(old: int, size: int) -> int:
    found = _C.realloc(old or None, size)
    if not found:
        raise MemoryError("no memory for the tape of reverse mode")
    return int(found)


class _Local(threading.local):
    """Tapes of one thread that are not in use: more than one where derivatives nest."""

    def __init__(self) -> None:
        self.free: list[Tape] = []


_LOCAL = _Local()


def take() -> Tape:
    """A tape for one call; `give` it back."""
    free = _LOCAL.free
    return free.pop() if free else Tape()


def give(tape: Tape) -> None:
    """The tape is not needed any more."""
    h = tape.header
    if h[CAPACITY] > _KEPT // 16 or h[ADJOINT_CAPACITY] > _KEPT:
        tape.trim()
    _LOCAL.free.append(tape)


def release() -> None:
    """Free the tapes that this thread keeps."""
    _LOCAL.free.clear()
