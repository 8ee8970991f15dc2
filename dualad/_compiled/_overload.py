"""`overload` for annotated functions: Numba's own check would compare annotations too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import extending


def overload(function: Any, **options: Any) -> Callable[[Any], Any]:
    """`numba.extending.overload` that does not compare signatures, nor compile for Python."""
    jit = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True}
    found: Callable[[Any], Any]
    found = extending.overload(function, jit_options=jit, strict=False, **options)
    return found
