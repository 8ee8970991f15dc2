"""`scipy.optimize` with exact derivatives: the functions of `dualad.scipy`, else SciPy's own."""

from __future__ import annotations

import importlib


def __getattr__(name: str) -> object:
    if name == "__all__":  # for ``import *``
        return __dir__()
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    theirs = getattr(importlib.import_module("scipy.optimize"), name)
    package = importlib.import_module("dualad.scipy")
    # Submodules and what else is not public are SciPy's.
    ours = name in __dir__() and name not in package._NAMESPACES
    value: object = getattr(package, name) if ours else theirs
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(importlib.import_module("scipy.optimize").__all__)
