"""Methods of ufuncs (reduce, accumulate, reduceat, outer, at), and ufuncs with `where=`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError
from .._rules import TABLE
from ._assign import fit
from ._level import hush, unhush
from ._number import Number, escape, first_number, highest, primal, primal_tree
from ._reductions import accumulate, pinned, reduce, reduceat


def ufunc_method(ufunc: Any, method: str) -> Callable[..., Any]:
    """The method of a ufunc that has a row.

    Raises
    ------
    NoRuleError
        If the method makes no sense for derivatives.
    """
    handler = _METHODS.get(method)
    if handler is None:
        raise NoRuleError(
            f"numpy.{ufunc.__name__}.{method} has no derivative rule",
            "write the loop or the reduction out",
        )
    return handler


def _outer(ufunc: Any, x: Any, y: Any, **keywords: Any) -> Any:
    shape = np.shape(x) + (1,) * np.ndim(y)
    return ufunc(np.reshape(x, shape), y, **keywords)


# --- in place ------------------------------------------------------------------------------------


def _at(ufunc: Any, x: Any, index: Any, *values: Any) -> None:
    """In-place `ufunc.at`, with repeated indices acting one after the other."""
    if not isinstance(x, Number):
        escape(
            first_number((values, index)),
            f"numpy.{ufunc.__name__}.at cannot store a derivative in a plain array",
            "start from np.zeros_like(x) of a differentiated x",
        )
    index = primal_tree(index)
    index = index if isinstance(index, tuple) else (index,)
    operands: list[Any] = [v if isinstance(v, Number) else np.asarray(v) for v in values]
    if ufunc is np.subtract:
        operands = [-operands[0]]
    if ufunc in (np.add, np.subtract):
        x._add_at(index, operands[0])
        return
    numbers = np.asarray(np.arange(x.size).reshape(x.shape)[index])
    # Copies: x itself may stand on the right.
    flat = [np.broadcast_to(v, numbers.shape).reshape(-1).copy() for v in operands]
    value = np.array(primal(x))
    ufunc.at(value, index, *map(primal, operands))
    result = x.copy(order="K")
    token = hush()  # the plain call has warned already
    try:
        for position, number in enumerate(numbers.reshape(-1)):
            where = tuple(int(i) for i in np.unravel_index(int(number), x.shape))
            result[where] = ufunc(result[where], *[v[position] for v in flat])
    finally:
        unhush(token)
    x[...] = pinned(result, value)


_METHODS: dict[str, Callable[..., Any]] = {
    "reduce": reduce,
    "accumulate": accumulate,
    "reduceat": reduceat,
    "outer": _outer,
    "at": _at,
}


# --- where= --------------------------------------------------------------------------------------


def _one(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    """An element of the dtype that the answer has."""
    with np.errstate(all="ignore"):
        return ufunc(*(np.ones((), np.result_type(primal(x))) for x in inputs))


def masked(ufunc: Any, inputs: tuple[Any, ...], where: Any, out: Any) -> Any:
    """``ufunc(*inputs, where=where, out=out)`` as a new array.

    Only the selected elements are computed, as NumPy does: the others must not warn.
    """
    if isinstance(where, Number):
        escape(where, "the mask where= carries a derivative", "where=da.primal(mask)")
    if out is None:
        raise InputError(
            f"numpy.{ufunc.__name__}(..., where=mask) without out= leaves elements undefined",
            "pass out=np.zeros_like(x), or use np.where",
        )
    where = np.asarray(where)
    shape = np.broadcast_shapes(*(np.shape(x) for x in inputs), where.shape)
    mask = np.broadcast_to(where, np.broadcast_shapes(shape, np.shape(out)))
    fit(
        np.broadcast_to(_one(ufunc, inputs), mask.shape),
        out,
        f"numpy.{ufunc.__name__}(..., where=mask)",
    )
    chosen = [np.broadcast_to(x, mask.shape)[mask] if np.ndim(x) else x for x in inputs]
    value = np.array(primal(out))
    ufunc(*primal_tree(inputs), where=mask, out=value)
    token = hush()  # the line above has warned already
    try:
        answer = ufunc(*chosen)
    finally:
        unhush(token)
    row: Any = TABLE[operator.setitem]
    operands, params = row.prepare(out, mask, answer)
    top = highest(operands)
    if top is None:
        return value
    return pinned(top._array_row(row, operands, params), value)
