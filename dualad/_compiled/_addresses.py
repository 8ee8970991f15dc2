"""Functions outside that compiled code calls, by names that are the same in every process."""

from __future__ import annotations

import ctypes
import functools
import re
from collections.abc import Iterable
from typing import Any

import llvmlite.binding as llvm

from . import _notes

REALLOC = "dualad_realloc"
_OF_DOUBLES = re.compile(r"double \(((?:double, )+)int __pyx_skip_dispatch\)")
# What Cython puts before the name of a function that is compiled for several types.
_FUSED = re.compile(r"^__pyx_fuse_\d(?:_\d)*")
_SPECIAL = re.compile(r"dualad_special_(\w+)_(\d+)")

llvm.add_symbol(
    REALLOC,
    ctypes.cast(ctypes.CDLL(None).realloc, ctypes.c_void_p).value,  # the C library's own
)


@functools.cache
def _of_doubles() -> dict[tuple[str, int], int]:
    """Addresses of the functions of SciPy that take doubles and answer one, by name and arity."""
    from scipy.special import cython_special

    text = ctypes.pythonapi.PyCapsule_GetName
    text.restype, text.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    found: dict[tuple[str, int], int] = {}
    for name, capsule in cython_special.__pyx_capi__.items():
        signature = _OF_DOUBLES.fullmatch(text(capsule).decode())
        if signature is not None:
            plain = _FUSED.sub("", name)
            key = plain, signature[1].count("double")
            found.setdefault(key, pointer(capsule, text(capsule)))
    return found


@functools.cache
def known() -> dict[int, tuple[str, int]]:
    """Name and arity of functions of SciPy by their addresses."""
    return {address: key for key, address in _of_doubles().items()}


def special(name: str, arity: int) -> str | None:
    """The name by which code calls a function of SciPy on doubles, or None if there is none."""
    address = _of_doubles().get((name, arity))
    if address is None:
        return None
    found = f"dualad_special_{name}_{arity}"
    llvm.add_symbol(found, address)
    return found


_PYTHON: dict[str, Any] = {}


def python(name: str, function: Any, count: int) -> str:
    """The name by which code calls a Python function of so many floats, in this process only."""
    found = f"dualad_python_{name.replace(' ', '_')}_{count}"
    if found not in _PYTHON:
        pointer = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(function)
        _PYTHON[found] = pointer
        llvm.add_symbol(found, ctypes.cast(pointer, ctypes.c_void_p).value)
    return found


def used(module: Any) -> tuple[str, ...]:
    """Names of ours that a finished module of machine code asks for."""
    known = (*module.functions, *module.global_variables)
    names = (f.name for f in known if f.is_declaration)
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
        known = name in (REALLOC, _notes.GET, _notes.KEY) or (
            parts and special(parts[1], int(parts[2]))
        )
        if not known:
            raise LookupError(name)
