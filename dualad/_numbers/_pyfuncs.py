"""Ufuncs that others have made: by `np.frompyfunc`, called for each element, and by Numba."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ._number import as_array, holds_number

# Found by name, and only where there is such a function: it needs Numba.
_COMPILED = ".._custom._compiled"


def is_pyfunc(ufunc: Any) -> bool:
    """Whether a ufunc calls a Python function on objects."""
    return ufunc.__name__.endswith(" (vectorized)")


def is_vectorized(ufunc: Any) -> bool:
    """Whether a ufunc was made by ``numba.vectorize``."""
    kind = type(ufunc)
    return kind.__name__ == "DUFunc" and kind.__module__.startswith("numba.")


def call_vectorized(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    """A function made by ``numba.vectorize``: one operation with a compiled rule."""
    custom = importlib.import_module(_COMPILED, __package__)
    return custom.as_mapped(ufunc)(*inputs)


def call_pyfunc(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    """The function of each element; its answers as numbers, where NumPy gives objects."""
    spread = np.broadcast_arrays(*map(as_array, inputs))
    shape = np.shape(spread[0])
    answers = [ufunc(*[_boxed(x[i]) for x in spread]) for i in np.ndindex(*shape)]
    if ufunc.nout == 1:
        return _joined([a[0] for a in answers], shape)
    columns = ([a[j][0] for a in answers] for j in range(ufunc.nout))
    return tuple(_joined(column, shape) for column in columns)


def _boxed(x: Any) -> np.ndarray:
    """An array of objects around one number: NumPy hands it on as it is."""
    box = np.empty(1, object)
    box[0] = x
    return box


def _joined(answers: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return answers[0]
    if not holds_number(answers):
        out = np.empty(len(answers), object)
        out[:] = answers
        return out.reshape(shape)
    return np.reshape(np.stack([as_array(x) for x in answers]), shape)
