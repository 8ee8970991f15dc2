"""Memory of large blocks, used again.

The C library gives the memory of a large array back to the system when the array dies, and the next
one gets it page by page: with blocks of a megabyte that takes as long as the arithmetic. So each
thread keeps a few buffers. One is used again when nobody else refers to it: every view of an array,
of whatever kind, holds a reference to the array that owns the memory.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import Any

import numpy as np

from .._config import config

LEAST = 16_384  # elements; of smaller arrays the C library keeps the memory by itself
LARGEST = 4_194_304  # 32 MiB
KEPT = 8_388_608  # in one thread: 64 MiB
_F8 = np.dtype(np.float64)
_empty = np.empty


def _references(owner: Any) -> int:
    """References to an object that the caller holds by one name."""
    return sys.getrefcount(owner)


def _alone() -> int:
    owner = _empty(1)
    return _references(owner)


# Without the lock of the interpreter the count is no proof, and other Pythons have none.
_COUNTS = hasattr(sys, "getrefcount") and getattr(sys, "_is_gil_enabled", lambda: True)()
_ALONE = _alone() if _COUNTS else -1


class _Kept:
    """The buffers of a thread, those used last at the end."""

    __slots__ = ("__weakref__", "buffers")

    def __init__(self) -> None:
        self.buffers: list[Any] = []


class _Thread(threading.local):
    def __init__(self) -> None:
        self.kept = _Kept()
        with _lock:
            _threads.add(self.kept)


_threads: weakref.WeakSet[_Kept] = weakref.WeakSet()
_lock = threading.Lock()
_thread = _Thread()


def empty(shape: tuple[int, ...]) -> Any:
    """``np.empty(shape)`` of float64."""
    size = 1
    for n in shape:
        size *= n
    if size < LEAST or size > LARGEST or not _COUNTS or config.kernels == "off":
        return _empty(shape)
    # A handler of signals may come here in between: it finds no buffers, and those it makes go.
    own = _thread.kept
    kept, own.buffers = own.buffers, []
    for i in range(len(kept) - 1, -1, -1):
        if kept[i].size == size:
            owner = kept.pop(i)
            if _references(owner) == _ALONE:
                break
            kept.insert(i, owner)
    else:
        owner = _empty(size)
        total = sum(x.size for x in kept) + size
        while total > KEPT:
            total -= kept.pop(0).size
    kept.append(owner)
    own.buffers = kept
    return owner.reshape(shape)


def room(a: Any) -> Any:
    """Memory for an elementwise answer in C order of the shape of a; None: NumPy is to find it."""
    if a.size >= LEAST and a.dtype is _F8 and a.flags.c_contiguous:
        return empty(a.shape)
    return None


def release() -> None:
    """Give back what is kept, of all threads; blocks that are in use live on."""
    with _lock:
        everyone = list(_threads)
    for kept in everyone:
        kept.buffers = []


config._keepers.append(release)


__all__ = ["KEPT", "LARGEST", "LEAST", "empty", "release", "room"]
