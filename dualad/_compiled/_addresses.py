"""Functions outside that compiled code calls, by names that are the same in every process."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from typing import Any

import llvmlite.binding as llvm

REALLOC = "dualad_realloc"
_SPECIAL = re.compile(r"dualad_special_(\w+)_(\d+)")

llvm.add_symbol(
    REALLOC,
    ctypes.cast(ctypes.CDLL(None).realloc, ctypes.c_void_p).value,  # the C library's own
)


def special(name: str, arity: int) -> str | None:
    """The name by which code calls a function of SciPy on doubles, or None if there is none."""
    from scipy.special import cython_special

    text = ctypes.pythonapi.PyCapsule_GetName
    text.restype, text.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    wanted = "double (" + "double, " * arity + "int __pyx_skip_dispatch)"
    for candidate in (f"__pyx_fuse_1{name}", f"__pyx_fuse_0{name}", name):
        capsule = cython_special.__pyx_capi__.get(candidate)
        if capsule is not None and text(capsule).decode() == wanted:
            found = f"dualad_special_{name}_{arity}"
            llvm.add_symbol(found, pointer(capsule, text(capsule)))
            return found
    return None


def used(module: Any) -> tuple[str, ...]:
    """Names of ours that a finished module of machine code asks for."""
    names = (f.name for f in module.functions if f.is_declaration)
    return tuple(sorted(name for name in names if name.startswith("dualad_")))


def define(names: Iterable[str]) -> None:
    """Give code from disk what it asks for: where a name is missing, the linker ends the process.

    Raises
    ------
    LookupError
        If there is no such function here.
    """
    for name in names:
        parts = _SPECIAL.fullmatch(name)
        known = name == REALLOC or (parts and special(parts[1], int(parts[2])))
        if not known:
            raise LookupError(name)
