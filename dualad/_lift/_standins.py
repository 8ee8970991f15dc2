"""The stand-ins of Python's and NumPy's functions in lifted code, joined from their modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._arrays import ARRAYS
from ._math import MATH
from ._python import PYTHON

STANDINS: dict[Any, Callable[..., Any]] = {**PYTHON, **MATH, **ARRAYS}

# Functions that write into their first argument.
WRITERS = frozenset({np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal})

__all__ = ["STANDINS", "WRITERS"]
