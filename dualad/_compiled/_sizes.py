"""How many numbers arguments and results of compiled functions hold."""

from __future__ import annotations

from typing import Any

from numba.core import types

from ._overload import overload


def size_of(x: Any) -> Any:
    """How many numbers an argument or a result holds."""
    raise NotImplementedError


@overload(size_of)
def _size_of(x: Any) -> Any:
    if isinstance(x, types.Array):
        return lambda x: x.size
    if isinstance(x, types.BaseTuple):
        if len(x) == 0:
            return lambda x: 0
        return lambda x: size_of(x[0]) + size_of(x[1:])
    if isinstance(x, types.List):

        def of_list(x: Any) -> Any:
            total = 0
            for i in range(len(x)):
                total += size_of(x[i])
            return total

        return of_list
    if isinstance(x, (types.NoneType, types.UnicodeType)):
        return lambda x: 0
    return lambda x: 1


def inputs_of(x: Any) -> Any:
    """How many numbers of an argument are differentiated: whole ones among them are constants."""
    raise NotImplementedError


@overload(inputs_of)
def _inputs_of(x: Any) -> Any:
    if isinstance(x, types.Float):
        return lambda x: 1
    if isinstance(x, types.Array) and isinstance(x.dtype, types.Float):
        return lambda x: x.size
    if isinstance(x, types.BaseTuple) and len(x):
        return lambda x: inputs_of(x[0]) + inputs_of(x[1:])
    if isinstance(x, types.List):

        def of_list(x: Any) -> Any:
            total = 0
            for i in range(len(x)):
                total += inputs_of(x[i])
            return total

        return of_list
    return lambda x: 0
