"""Functions compiled with Numba: how they are recognised, and what runs them.

Everything that imports Numba stands in `_compiled`, and is imported when the first compiled
function is differentiated.
"""

from __future__ import annotations

import functools
from typing import Any


def is_compiled(f: Any) -> bool:
    """Whether f was decorated with ``numba.njit`` (or ``jit``)."""
    kind = type(f)
    return kind.__module__.startswith("numba.") and hasattr(f, "py_func")


@functools.cache
def machine() -> Any:
    """The module that runs compiled functions."""
    from ._compiled import _calls

    return _calls
