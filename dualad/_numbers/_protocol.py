"""NumPy's two protocols, once for every type of number.

`__array_ufunc__` and `__array_function__` look the function up in the table of rules and call the
row; what has no row raises. Keywords are supported or raise, none is ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError
from .._rules import TABLE
from .._rules._row import Binary, Composed, Flat, Linear, Unary
from ._assign import deliver
from ._number import (
    Number,
    binary,
    escape,
    highest,
    operand,
    primal,
    primal_tree,
)


def array_ufunc(self: Number, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
    """The body of `__array_ufunc__`."""
    if method == "__call__" and not keywords:
        row = TABLE.get(ufunc)
        kind = type(row)
        if kind is Unary:
            return inputs[0]._unary(row, ufunc)
        if kind is Binary:
            x, y = operand(inputs[0]), operand(inputs[1])
            if x is NotImplemented or y is NotImplemented:
                return NotImplemented
            return binary(row, x, y, ufunc)  # type: ignore[arg-type]  # kind says so
        if row is None:
            raise no_rule(ufunc)
        return call(row, ufunc, inputs, {})
    return _general_ufunc(self, ufunc, method, inputs, keywords)


def array_function(
    self: Number, func: Any, _types: Any, args: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """The body of `__array_function__`."""
    row = TABLE.get(func)
    if row is None:
        special = SPECIAL.get(func)
        if special is not None:
            return special(*args, **keywords)
        raise no_rule(func)
    out = keywords.pop("out", None) if "out" in keywords else None
    result = call(row, func, args, keywords)
    return result if out is None else deliver(result, out, f"{row.name}(..., out=...)")


def call(row: Any, func: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Apply any row to the arguments of a call, numbers among them."""
    kind = type(row)
    if kind is Unary:
        return args[0]._unary(row, _bound(func, keywords))
    if kind is Binary:
        return binary(row, operand(args[0]), operand(args[1]), _bound(func, keywords))
    if kind is Flat:
        return func(*primal_tree(args), **primal_tree(keywords))
    if kind is Composed:
        return _composed(row, func, args, keywords)
    operands, params = row.prepare(*args, **keywords)
    top = highest(operands)
    if top is None:
        # A number stands where only constants may: an index, a shape, a mask, weights.
        number = _first_number((args, keywords))
        escape(
            number,
            f"{row.name} was given a differentiated number where it takes a constant",
            "pass a plain number there, such as da.primal(x)",
        )
    return top._array_row(row, operands, params)


def _bound(func: Any, keywords: dict[str, Any]) -> Any:
    if not keywords:
        return func
    return lambda *x: func(*x, **keywords)


def _composed(row: Composed, func: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    result = row.body(*args, **keywords)
    if row.pin:
        _pin(result, func(*primal_tree(args), **primal_tree(keywords)))
    return result


def _pin(result: Any, value: Any) -> None:
    if isinstance(result, Number):
        if primal(result).dtype == np.asarray(value).dtype:
            result._pin(value)
    elif isinstance(result, (tuple, list)):
        for r, v in zip(result, value, strict=True):
            _pin(r, v)


def _first_number(tree: Any) -> Number:
    stack = [tree]
    while stack:
        x = stack.pop()
        if isinstance(x, Number):
            return x
        if isinstance(x, (tuple, list)):
            stack.extend(x)
        elif isinstance(x, dict):
            stack.extend(x.values())
    raise TypeError("no number among the arguments")


def no_rule(func: Any) -> NoRuleError:
    """The error for a function without a rule."""
    module = (getattr(func, "__module__", None) or "").split("._")[0]
    name = getattr(func, "__name__", repr(func))
    full = f"{module}.{name}" if module else name
    if isinstance(func, np.ufunc) and name in vars(np):
        full = f"numpy.{name}"
    return NoRuleError(
        f"{full} has no derivative rule",
        "da.elementwise(f, df) if it acts on each element, else @da.custom_jvp",
    )


# --- ufuncs with keywords, and their methods -----------------------------------------------------

_REDUCE: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
_ACCUMULATE: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}
_HARMLESS = {"casting": "same_kind", "order": "K", "subok": True}


def _general_ufunc(
    self: Number, ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    out = keywords.pop("out", None)
    if out is not None:
        if not any(isinstance(x, Number) for x in inputs) and not isinstance(
            keywords.get("where"), Number
        ):  # plain operands stored in a number
            result = getattr(ufunc, method)(*inputs, **keywords)
        else:
            result = _without_out(self, ufunc, method, inputs, keywords, out)
        call_name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return deliver(result, out, f"numpy.{call_name}(..., out=...)", method == "__call__")
    return _without_out(self, ufunc, method, inputs, keywords, None)


def _without_out(
    self: Number,
    ufunc: Any,
    method: str,
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
    out: Any,
) -> Any:
    row = TABLE.get(ufunc)
    if row is None:
        raise no_rule(ufunc)
    if type(row) is Flat:
        plain = getattr(ufunc, method)
        return plain(*primal_tree(inputs), **primal_tree(keywords))
    if method == "__call__":
        return _with_keywords(row, ufunc, inputs, keywords, out)
    handler: Callable[..., Any] | None = _METHODS.get(method)
    if handler is None:
        raise NoRuleError(
            f"numpy.{ufunc.__name__}.{method} has no derivative rule",
            "write the loop or the reduction out",
        )
    return handler(ufunc, *inputs, **keywords)


def _with_keywords(
    row: Any, ufunc: Any, inputs: tuple[Any, ...], keywords: dict[str, Any], out: Any
) -> Any:
    """A plain call with `where`, `dtype`, `casting`, `order`, `subok`, `axes`, ..."""
    if type(row) not in (Unary, Binary):
        return call(row, ufunc, inputs, keywords)
    where = keywords.pop("where", True)
    dtype = keywords.pop("dtype", None)
    for name, value in list(keywords.items()):
        if name not in _HARMLESS:
            raise NoRuleError(
                f"numpy.{ufunc.__name__} with {name}= has no derivative rule", f"leave {name}= out"
            )
        del keywords[name]
        if name == "casting" and value in ("unsafe", "no", "equiv"):
            raise NoRuleError(
                f"numpy.{ufunc.__name__} with casting={value!r} has no derivative rule",
                "use astype on the operands",
            )
    if dtype is not None:
        inputs = tuple(x.astype(dtype) if hasattr(x, "astype") else x for x in inputs)
    if where is True:
        return getattr(ufunc, "__call__")(*inputs)  # noqa: B004  # the plain call, dispatched
    if isinstance(where, Number):
        escape(where, "the mask where= carries a derivative", "where=da.primal(mask)")
    if out is None:
        raise InputError(
            f"numpy.{ufunc.__name__}(..., where=mask) without out= leaves elements undefined",
            "pass out=np.zeros_like(x), or use np.where",
        )
    return _where(ufunc, inputs, np.asarray(where), out[0])


def _where(ufunc: Any, inputs: tuple[Any, ...], where: np.ndarray, out: Any) -> Any:
    """Only the selected elements are computed, as NumPy does: the others must not warn."""
    shape = np.broadcast_shapes(*(np.shape(x) for x in inputs), where.shape, np.shape(out))
    mask = np.broadcast_to(where, shape)
    chosen = [np.broadcast_to(x, shape)[mask] for x in inputs]
    result = out.copy()
    answer = ufunc(*chosen)
    if isinstance(result, Number):
        top = highest((answer, result)) if isinstance(answer, Number) else result
        if top is answer and answer._level is not result._level:
            result = result + 0.0 * _zero_like(answer, shape)
        result[mask] = answer
        return result
    from .._rules import TABLE as table  # setitem as a function: a plain base, a number stored

    import operator

    return call(table[operator.setitem], operator.setitem, (result, mask, answer), {})


def _zero_like(x: Any, shape: tuple[int, ...]) -> Any:
    return np.zeros_like(x, shape=shape)


def _reduce(ufunc: Any, x: Any, axis: Any = 0, dtype: Any = None, **keywords: Any) -> Any:
    target = _REDUCE.get(ufunc)
    if target is not None:
        if dtype is not None:
            keywords["dtype"] = dtype
        keywords = {k: v for k, v in keywords.items() if v is not np._NoValue}
        return target(x, axis=axis, **keywords)
    if keywords.get("keepdims"):
        return np.expand_dims(_fold(ufunc, x, axis)[-1], axis)
    if set(keywords) - {"keepdims"}:
        raise NoRuleError(f"numpy.{ufunc.__name__}.reduce with {sorted(keywords)} has no rule")
    return _fold(ufunc, x, axis)[-1]


def _accumulate(ufunc: Any, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    target = _ACCUMULATE.get(ufunc)
    if target is not None:
        return target(x, axis=axis, dtype=dtype)
    return np.stack(_fold(ufunc, x, axis), axis=axis)


def _fold(ufunc: Any, x: Any, axis: Any) -> list[Any]:
    """f(... f(f(x0, x1), x2) ..., xn) along one axis, every step of it."""
    if not isinstance(axis, int) or x.shape[axis] == 0:
        raise NoRuleError(
            f"numpy.{ufunc.__name__} over axis={axis} of shape {x.shape} has no derivative rule",
            "reduce one axis of length >= 1 at a time",
        )
    slices = np.moveaxis(x, axis, 0)
    steps = [slices[0]]
    for i in range(1, slices.shape[0]):
        steps.append(ufunc(steps[-1], slices[i]))
    return steps


def _reduceat(ufunc: Any, x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """NumPy's rule: segment i is x[indices[i]:indices[i+1]], or one element if that is empty."""
    slices = np.moveaxis(x if dtype is None else x.astype(dtype), axis, 0)
    bounds = [int(i) for i in primal_tree(indices)]
    pieces = []
    for start, stop in zip(bounds, [*bounds[1:], slices.shape[0]], strict=True):
        piece = slices[start:stop] if stop > start else slices[start : start + 1]
        pieces.append(_reduce(ufunc, piece, 0))
    return np.moveaxis(np.stack(pieces), 0, axis)


def _outer(ufunc: Any, x: Any, y: Any, **keywords: Any) -> Any:
    shape = np.shape(x) + (1,) * np.ndim(y)
    return ufunc(np.reshape(x, shape), y, **keywords)


def _at(ufunc: Any, x: Any, index: Any, *values: Any) -> None:
    """In-place `ufunc.at`, with repeated indices acting one after the other."""
    if not isinstance(x, Number):
        escape(
            values[0],
            f"numpy.{ufunc.__name__}.at cannot store a derivative in a plain array",
            "start from np.zeros_like(x) of a differentiated x",
        )
    index = index if isinstance(index, tuple) else (index,)
    if ufunc is np.subtract:
        values = (-values[0],)
    if ufunc in (np.add, np.subtract):
        x._add_at(index, values[0])  # type: ignore[attr-defined]  # every number type has it
        return
    numbers = np.arange(x.size).reshape(x.shape)[index]
    operands = [np.broadcast_to(v, numbers.shape).reshape(-1) for v in values]
    for position, flat in enumerate(numbers.reshape(-1)):
        where = np.unravel_index(int(flat), x.shape)
        where = tuple(int(i) for i in where)
        x[where] = ufunc(x[where], *[v[position] for v in operands])


_METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
    "at": _at,
}

SPECIAL: dict[Any, Callable[..., Any]] = {}  # filled by `_creation`: zeros_like, copyto, ...

__all__ = ["Linear", "SPECIAL", "array_function", "array_ufunc", "call", "no_rule"]
