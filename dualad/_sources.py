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


__all__ = ["digest"]
