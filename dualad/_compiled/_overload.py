"""`overload` for annotated functions: Numba's own check would compare annotations too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import extending

from ._libraries import JIT_OPTIONS


def overload(function: Any, **options: Any) -> Callable[[Any], Any]:
    """`numba.extending.overload` that does not compare signatures, nor compile for Python."""
    found: Callable[[Any], Any]
    found = extending.overload(function, jit_options=JIT_OPTIONS, strict=False, **options)
    return found
