"""What compiled code notes for the thread that runs it: which of its decisions are doubtful.

A few words of memory for each thread, found by the thread's key: compiled code asks the C API of
Python for it, by names that are the same in every process, and needs no GIL. Nothing is asked
unless two differentiated numbers are equal where user code tests them.
"""

from __future__ import annotations

import ctypes
import threading
from typing import NamedTuple

import llvmlite.binding as llvm
import numpy as np

GET, KEY = "dualad_thread_get", "dualad_thread_key"
"""The names by which code knows the function and the key."""

MODE, COUNT, TURNED, PLACES = range(4)
"""Words: which tests are to be answered the other way round (see below), how many different places
were noted, how many are to be turned, and then the noted places and those to be turned."""
AS_IT_IS, ALL, LISTED = range(3)
MOST = 8
"""Places that are noted."""
SIZE = PLACES + 2 * MOST

_C = ctypes.pythonapi
_C.PyThread_tss_alloc.restype = ctypes.c_void_p
_C.PyThread_tss_create.argtypes = (ctypes.c_void_p,)
_C.PyThread_tss_set.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
_KEY = _C.PyThread_tss_alloc()
if not _KEY or _C.PyThread_tss_create(_KEY) != 0:
    raise MemoryError("no memory for the notes of compiled code")

llvm.add_symbol(KEY, _KEY)
llvm.add_symbol(GET, ctypes.cast(_C.PyThread_tss_get, ctypes.c_void_p).value)


class Repeats(NamedTuple):
    """How the call of a driver is repeated.

    Attributes
    ----------
    arguments : int
        Arguments of f, the last ones of the driver's.
    keywords : tuple of str
        The names of the last of these.
    positions : tuple of int
        Those that are differentiated.
    writes, once : bool
        Whether f writes into its arguments; whether its call says nothing when repeated, because it
        draws random numbers, or its value is that of a plain call.
    tape : bool
        Whether it goes backward.
    """

    arguments: int
    keywords: tuple[str, ...]
    positions: tuple[int, ...]
    writes: bool
    once: bool
    tape: bool


class _Local(threading.local):
    """The words of this thread; compiled code finds them from now on."""

    def __init__(self) -> None:
        self.words = np.zeros(SIZE, np.int64)
        if _C.PyThread_tss_set(_KEY, self.words.ctypes.data) != 0:
            raise MemoryError("no memory for the notes of compiled code")


_LOCAL = _Local()


def begin() -> np.ndarray:
    """The words of this thread, with nothing noted and nothing to be turned."""
    words = _LOCAL.words
    words[MODE] = AS_IT_IS
    words[COUNT] = 0
    return words


def places(words: np.ndarray) -> list[tuple[int, tuple[str, int]]]:
    """(pointer, (file name, line)) of what was noted."""
    found = []
    for pointer in words[PLACES : PLACES + int(words[COUNT])].tolist():
        line, _, filename = ctypes.string_at(pointer).decode().partition(":")
        found.append((pointer, (filename, int(line))))
    return found


def turn(words: np.ndarray, mode: int, pointers: list[int] | None = None) -> None:
    """Have tests answered the other way round: none, all, or those at some places."""
    given = (pointers or [])[:MOST]
    words[MODE], words[COUNT], words[TURNED] = mode, 0, len(given)
    words[PLACES + MOST : PLACES + MOST + len(given)] = given
