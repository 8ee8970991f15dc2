"""The stand-ins of Python's and NumPy's functions in lifted code, joined from their modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers._number import holds_number
from .._numbers._protocol import call
from .._rules._later import later
from .._rules._row import Composed
from ._arrays import ARRAYS
from ._foreign import with_callbacks
from ._held import HELD
from ._math import MATH
from ._python import PYTHON
from ._statistics import STATISTICS


def _composed(row: Composed) -> Callable[..., Any]:
    """The body of a row, for a function that does not ask its arguments for one."""

    def standin(*args: Any, **keywords: Any) -> Any:
        if holds_number((*args, *keywords.values())):
            return call(row, row.fn, args, keywords)
        return row.fn(*args, **keywords)

    return standin


def _calling(name: str) -> Callable[..., Any]:
    """A function of NumPy that calls the user's functions, which may close over numbers."""
    body = later("._functionals", name)

    def standin(*args: Any, **keywords: Any) -> Any:
        args, keywords = with_callbacks(args, keywords)
        return body(*args, **keywords)

    return standin


STANDINS: dict[Any, Callable[..., Any]] = {
    **PYTHON,
    **MATH,
    **ARRAYS,
    **HELD,
    **STATISTICS,
    np.piecewise: _calling("piecewise"),
    np.apply_along_axis: _calling("apply_along_axis"),
    np.apply_over_axes: _calling("apply_over_axes"),
    np.kaiser: _composed(Composed(np.kaiser, later("._sampled", "kaiser"))),
}

# Functions that write into their first argument.
WRITERS = frozenset({np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal})

__all__ = ["STANDINS", "WRITERS"]
