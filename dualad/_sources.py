"""What the compiled kernels of eager numbers are made of, as one short name."""

from __future__ import annotations

import hashlib
import os
from functools import cache

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_FILES = ("_kernels", "_kernels_second", "_lanes", "_partials", "_symbols")


@cache
def digest() -> str:
    """A name for this state of the rules and of the kernels: with it, caches never grow stale."""
    rules = os.path.join(_FOLDER, "_rules")
    paths = [os.path.join(rules, name) for name in sorted(os.listdir(rules))]
    paths += [os.path.join(_FOLDER, "_compiled", f"{name}.py") for name in _FILES]
    found = hashlib.sha256()
    for path in paths:
        if path.endswith(".py"):
            with open(path, "rb") as file:
                found.update(file.read())
    return found.hexdigest()[:12]


@cache
def processor() -> str:
    """A name for the processor that Numba compiles for; computers may share a home directory."""
    try:
        import llvmlite.binding as llvm
    except ImportError:
        return "none"
    try:
        name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM does not know: then Numba compiles for any
        name = features = ""
    name = os.environ.get("NUMBA_CPU_NAME") or name
    features = os.environ.get("NUMBA_CPU_FEATURES", features)
    return hashlib.sha256(f"{name} {features}".encode()).hexdigest()[:8]


__all__ = ["digest", "processor"]
