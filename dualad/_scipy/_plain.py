"""What stand-ins share: SciPy's own answer on primal values, and a derivative put under it.

A stand-in writes the function once in terms of NumPy functions that have rows, on numbers of any
kind, and puts SciPy's own answer in place of the value: right in every mode and at every order,
and bit-identical to the plain call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules._dispatch import dispatched
from .._rules._registry import register
from .._rules._row import Composed, Flat


def is_number(x: Any) -> bool:
    """Whether x carries derivatives."""
    return hasattr(type(x), "_dualad_level")


def find_number(tree: Any) -> Any:
    """Some number among the members of nested tuples, lists and dicts; None if there is none."""
    if is_number(tree):
        return tree
    if isinstance(tree, (tuple, list)):
        members: Any = tree
    elif isinstance(tree, dict):
        members = tree.values()
    else:
        return None
    return next((x for x in map(find_number, members) if x is not None), None)


def primal_call(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """``function(*args, **keywords)`` on primal values: SciPy's own answer, or its error."""
    x = find_number((args, keywords))
    if x is None:
        return function(*args, **keywords)
    return x.__array_function__(primal_call, (type(x),), (function, *args), keywords)


def primal(x: Any) -> Any:
    """The primal value of x, as an array; for decisions, not for values of an answer."""
    return primal_call(np.asarray, x)


@dispatched
def _under(_result: Any, value: Any) -> Any:
    return value


def pinned(result: Any, value: Any) -> Any:
    """`value`, with the derivatives of `result`, which is a fresh number or a plain array."""
    if not is_number(result):
        return value
    if type(value) is float:
        value = np.float64(value)
    if np.shape(value) != result.shape:
        raise ValueError(f"a value of shape {np.shape(value)} over one of {result.shape}")
    dtype = value.dtype
    if dtype.kind not in "fc" or (dtype.kind == "f" and result.dtype.kind == "c"):
        raise ValueError(f"a value of {dtype} over one of {result.dtype}")
    return _under(result if result.dtype == dtype else result.astype(dtype), value)


def array(x: Any) -> Any:
    """x as an array, or the number that it is; lists that hold numbers are stacked."""
    if is_number(x):
        return x
    if find_number(x) is None:
        return np.asarray(x)
    return np.stack([array(item) for item in x])


def floating(x: Any) -> Any:
    """`array` in double precision, as SciPy's compiled parts take it."""
    x = array(x)
    wanted = np.complex128 if x.dtype.kind == "c" else np.float64
    return x if x.dtype == wanted else x.astype(wanted)


def trailing(x: Any, count: int) -> Any:
    """x with `count` axes of length 1 at its end."""
    return np.reshape(x, np.shape(x) + (1,) * count)


def chosen(cond: Any, a: Any, b: Any) -> Any:
    """a where the plain mask `cond` holds, else b; without work where all are alike."""
    if not np.any(cond):
        return b
    return np.where(cond, a, b)


register([Flat(primal_call), Composed(_under, lambda result, _value: result)])
