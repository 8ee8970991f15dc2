"""Private functions that numbers of every kind can meet, as they meet NumPy's own.

NumPy sends its functions to ``__array_function__`` of a foreign argument. A function decorated
with `dispatched` does the same, so it can stand in a table of rules and be called in the bodies
of composed functions, without a NumPy function of its name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def dispatched(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` on plain arrays; the row of the decorated function on numbers."""

    @functools.wraps(function)
    def dispatcher(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if hasattr(type(x), "_dualad_level"):
                return x.__array_function__(dispatcher, (type(x),), args, kwargs)
        return function(*args, **kwargs)

    return dispatcher
