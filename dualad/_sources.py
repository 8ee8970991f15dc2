"""What compiled code on disk is made of, as short names: the kernels of eager numbers, and more."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_FILES = ("_kernels", "_kernels_second", "_lanes", "_partials", "_symbols")
# What enters compiled derivatives of user functions: formulas of SciPy's functions, too.
_COMPILED = ("_compiled", "_rules", os.path.join("_scipy", "_special"))


@cache
def digest() -> str:
    """A name for this state of the rules and of the kernels: with it, caches never grow stale."""
    kernels = (os.path.join(_FOLDER, "_compiled", f"{name}.py") for name in _FILES)
    return _hashed([*_sources("_rules"), *kernels])[:12]


@cache
def formulas() -> str:
    """A name for the state of all files whose code or formulas enter derivatives on disk.

    By contents: installers and version control may give files of two versions the same date.
    """
    return _hashed(path for folder in _COMPILED for path in _sources(folder))


def _sources(folder: str) -> Iterator[str]:
    whole = os.path.join(_FOLDER, folder)
    return (os.path.join(whole, name) for name in sorted(os.listdir(whole)) if name.endswith(".py"))


def _hashed(paths: Iterable[str]) -> str:
    found = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            text = file.read()
        found.update(f"{os.path.basename(path)} {len(text)} ".encode() + text)
    return found.hexdigest()


@cache
def processor() -> str:
    """A name for the processor that Numba compiles for; computers may share a home directory."""
    try:
        import llvmlite.binding as llvm
    except (ImportError, OSError):  # OSError: it is there, and its library is not
        return "none"
    try:
        name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM does not know: then Numba compiles for any
        name = features = ""
    name = os.environ.get("NUMBA_CPU_NAME") or name
    features = os.environ.get("NUMBA_CPU_FEATURES", features)
    vectors = os.environ.get("NUMBA_ENABLE_AVX", "")
    return hashlib.sha256(f"{name} {features} {vectors}".encode()).hexdigest()[:8]


__all__ = ["digest", "formulas", "processor"]
