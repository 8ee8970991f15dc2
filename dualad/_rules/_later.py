"""Bodies of composed functions that are imported when they are first called.

The rarer functions of NumPy stand in modules of their own, and `import dualad` does not pay for
them: the table holds their names only.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from ._moving import is_number
from ._row import Composed


def later(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of a module beside this one, imported at its first call."""

    @functools.cache
    def found() -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(import_module(module, __package__), name)
        return function

    def body(*args: Any, **keywords: Any) -> Any:
        return found()(*args, **keywords)

    body.__name__ = name
    return body


def composed_later(module: str, names: str, pin: bool = True) -> tuple[Composed, ...]:
    """Rows of functions of numpy whose bodies have the same names; those this NumPy lacks apart."""
    known = (name for name in names.split() if name in vars(np))
    return tuple(Composed(vars(np)[name], later(module, name), pin) for name in known)


def array_of(x: Any) -> Any:
    """x as an array or number; lists and tuples may hold numbers."""
    if hasattr(x, "shape"):
        # Numbers answer for the class that they stand for: a Python float becomes an array.
        return np.reshape(x, ()) if x.__class__ in (float, int, complex) else x
    if isinstance(x, (list, tuple)) and holds_number(x):
        return np.stack([array_of(item) for item in x])
    return np.asarray(x)


def holds_number(x: Any) -> bool:
    """Whether x is a number, or nested lists and tuples that hold one."""
    if isinstance(x, (list, tuple)):
        return any(map(holds_number, x))
    return is_number(x)


def given(**keywords: Any) -> dict[str, Any]:
    """The keywords that the caller gave: those that are not NumPy's mark for no value."""
    return {name: value for name, value in keywords.items() if value is not np._NoValue}


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis` of a reduction as a tuple of axes from 0."""
    if axis is None:
        return tuple(range(ndim))
    axes: Sequence[int] = axis if isinstance(axis, (tuple, list)) else (axis,)
    if not ndim and len(axes) == 1 and axes[0] in (0, -1):
        return ()  # NumPy takes these for a 0-d array
    for a in axes:
        if not -ndim <= a < ndim:
            raise np.exceptions.AxisError(a, ndim)
    return tuple(a % ndim for a in axes)
