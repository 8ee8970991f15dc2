"""`scipy.integrate` with exact derivatives: the functions of `dualad.scipy`, else SciPy's own."""

from __future__ import annotations

import importlib


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    package = importlib.import_module("dualad.scipy")
    theirs = importlib.import_module("scipy.integrate")
    value: object = getattr(theirs, name)  # first of all the AttributeError of a name it lacks
    if name in package._INTEGRATE:
        value = getattr(package, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(importlib.import_module("scipy.integrate").__all__)
