"""What functions and methods do with what they are given, as far as it is known by their names."""

from __future__ import annotations

import ctypes
import operator
from types import ModuleType
from typing import Any

import numpy as np

from .._rules._flat import FLATS

PASSIVE_ATTRIBUTES = frozenset(("shape", "size", "ndim", "dtype", "strides", "itemsize", "nbytes"))
PASSIVE_OPERATORS = (
    *(getattr(operator, n) for n in ("lt", "le", "gt", "ge", "eq", "ne", "is_", "is_not")),
    operator.contains,
)
# Functions of arrays whose answer is locally constant.
FLAT_CALLS = (
    *(row.fn for row in FLATS),
    *(np.linalg.matrix_rank, np.tril_indices_from, np.triu_indices_from),
)
PASSIVE_CALLS = frozenset((len, range, int, bool, isinstance, hasattr, print, *FLAT_CALLS))
# What returns another name of its argument, or of what it holds.
ALIAS_METHODS = frozenset(
    [
        "reshape",
        "ravel",
        "view",
        "transpose",
        "items",
        "values",
        "keys",
        "get",
        "pop",
        "__iter__",
        "squeeze",
    ]
)
# Methods that leave their object as it is; any other may write, a jitclass's own too.
PURE_METHODS = frozenset(
    (
        *("sum", "mean", "var", "std", "prod", "cumsum", "cumprod", "min", "max", "dot", "trace"),
        *("argmin", "argmax", "argsort", "nonzero", "all", "any", "copy", "astype", "reshape"),
        *("ravel", "flatten", "transpose", "view", "item", "take", "repeat", "conj", "conjugate"),
        *("index", "count", "keys", "values", "items", "get"),
    )
)
ALIAS_CALLS = frozenset(
    (
        *(zip, enumerate, reversed, iter, next, tuple, list),
        *(np.reshape, np.ravel, np.asarray, np.transpose, np.ascontiguousarray, np.asfortranarray),
        *(np.atleast_1d, np.atleast_2d, np.expand_dims, np.broadcast_to, np.squeeze, np.swapaxes),
        *(np.nditer, np.ndenumerate, np.flip, np.split, np.array_split),
        *(np.hsplit, np.vsplit, np.dsplit, np.atleast_3d, np.diagonal, np.real, np.fliplr),
        *(np.flipud, np.rot90, np.moveaxis, np.broadcast_arrays, np.asarray_chkfinite),
        *(np.trim_zeros, np.nan_to_num, np.lib.stride_tricks.sliding_window_view),
        *(np.lib.stride_tricks.as_strided, np.imag),
    )
)
# Methods of lists whose arguments are held from then on.
KEEPING_METHODS = frozenset(("append", "insert", "extend"))
ITERATION = ("getiter", "iternext", "pair_first", "exhaust_iter", "cast")
FRESH = ("call", "binop", "unary", "build_list")
FILLING = (np.fill_diagonal, np.copyto, np.put)
_POINTER: Any = ctypes.POINTER(ctypes.c_double).__mro__[1]
_KNOWN = frozenset(("numpy", "numba", "builtins", "math", "cmath", "operator", "scipy", "dualad"))


def is_random(callee: Any) -> bool:
    """Whether a function draws random numbers."""
    owner = type(getattr(callee, "__self__", None)).__module__ or ""
    return owner.startswith(("numpy.random", "random")) or (
        getattr(callee, "__module__", None) in ("random", "numpy.random")
    )


def is_elementwise(callee: Any) -> bool:
    """Whether it is a ufunc, NumPy's or of ``numba.vectorize``."""
    return isinstance(callee, np.ufunc) or type(callee).__name__ == "DUFunc"


def is_foreign(callee: Any) -> bool:
    """Whether a function may write into its arguments: an overload of the user's, or code in C."""
    if isinstance(callee, (type, ModuleType)) or is_elementwise(callee):
        return False
    kinds = getattr(callee, "argtypes", None)
    if kinds is not None:  # of ctypes: a number that it is given stays what it is
        return any(k is ctypes.c_void_p or issubclass(k, _POINTER) for k in kinds)
    module = getattr(callee, "__module__", None) or type(callee).__module__
    return module.lstrip("_").partition(".")[0] not in _KNOWN or is_random(callee)
