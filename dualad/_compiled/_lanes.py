"""What the kernels of eager numbers share: rows of blocks, tiles, and how kernels are compiled.

Blocks are any float64 (or float32) views whose elements lie in steps of a row, read-only ones too.
Kernels go through them in tiles, all lanes of a tile in turn, so that values and partial
derivatives stay in the innermost cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .._sources import digest, processor
from ._partials import numbering

njit: Any = numba.njit  # its stubs know no signatures
carray: Any = numba.carray  # type: ignore[attr-defined]  # exported, but not by name

TILE = 512  # elements

IN = types.Array(types.float64, 2, "A", readonly=True)
ROW = types.Array(types.float64, 1, "C", readonly=True)
LANES = types.Array(types.float64, 1, "A", readonly=True)
OUT = types.Array(types.float64, 2, "C")


def _pointer_type(_context: Any, address: Any) -> Any:
    def generate(_codegen: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.intp), generate


_pointer: Any = intrinsic(_pointer_type)


def _number_type(_context: Any, address: Any, step: Any) -> Any:
    def generate(_codegen: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(builder.add(*arguments), ir.DoubleType().as_pointer())
        return builder.load(place, align=8)

    return types.float64(types.intp, types.intp), generate


number_at: Any = intrinsic(_number_type)
"""The double at an address and so many bytes beyond."""


@njit  # type: ignore[untyped-decorator]  # Numba's
def row_at(address: int, size: int) -> Any:
    """The doubles at an address as a contiguous array, which LLVM vectorises."""
    return carray(_pointer(address), size, np.float64)


@njit  # type: ignore[untyped-decorator]  # Numba's
def lane(block: Any, i: int, start: int, size: int) -> Any:
    """A tile of row i; the rows themselves may lie apart."""
    return row_at(block.ctypes.data + i * block.strides[0] + 8 * start, size)


@njit  # type: ignore[untyped-decorator]  # Numba's
def address(row: Any, start: int) -> int:
    """Where a tile of a contiguous row begins."""
    return row.ctypes.data + 8 * start  # type: ignore[no-any-return]


_watchers: list[Callable[[str, int], None]] = []
_done = 0
_kept = True
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}


def watch(tell: Callable[[str, int], None] | None) -> None:
    """Call ``tell(name, number)`` when each kernel has been compiled or found; None: no more."""
    _watchers[:] = [] if tell is None else [tell]


def _tell(name: str) -> None:
    global _done  # noqa: PLW0603  # kernels are made once, when their modules are imported
    _done += 1
    for tell in _watchers:
        tell(name, _done)


def _from_disk(f: Any, signatures: list[Any], anew: bool = False) -> Any:
    """A function that Numba keeps on disk; None where it could not be read, or written.

    Files that a crash of the machine has left incomplete raise whatever their beginning means.
    `anew`: their index is replaced first.
    """
    try:
        out = njit(cache=True, **_OPTIONS)(f)
        if anew:
            out._cache.flush()
        for signature in signatures:
            out.compile(signature)
    except Exception:  # noqa: BLE001
        return None
    out.disable_compile()
    return out


def are_kept() -> bool:
    """Whether all kernels so far are on disk."""
    return _kept


def kernel(*arguments: tuple[Any, ...], returns: Any = types.void) -> Callable[[Any], Any]:
    """A decorator: compile for these arguments, or take what was compiled before from the disk."""
    signatures = [returns(*a) for a in arguments]

    def compiled(f: Any) -> Any:
        global _kept  # noqa: PLW0603  # as `_done`
        # Numba names its files so. It does not look into what a function calls, and its index of
        # the versions in one file may mistake them where two processes write it at once: each file
        # is to have one version only.
        f.__qualname__ = f"{f.__name__}_{digest()}_{numbering()}_{processor()}"
        out = None
        if _kept:
            out = _from_disk(f, signatures) or _from_disk(f, signatures, anew=True)
        if out is None:  # no folder, no room: this process has it all the same
            out = njit(signatures, **_OPTIONS)(f)
            _kept = False
        _tell(f.__name__)
        return out

    return compiled


__all__ = [
    "IN",
    "LANES",
    "OUT",
    "ROW",
    "TILE",
    "address",
    "are_kept",
    "kernel",
    "lane",
    "njit",
    "number_at",
    "row_at",
    "watch",
]
