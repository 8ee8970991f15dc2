"""Operators, ndarray methods and attributes of every number, attached to `Number` from lists."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .._errors import EscapeError
from .._rules import TABLE
from ._number import SCALARS, Number, binary, escape, operand, primal, primal_tree
from ._protocol import array_function, array_ufunc, call

# --- operators ---------------------------------------------------------------------------------

_BINARY: dict[str, tuple[Callable[..., Any], Any]] = {
    "add": (operator.add, np.add),
    "sub": (operator.sub, np.subtract),
    "mul": (operator.mul, np.multiply),
    "truediv": (operator.truediv, np.divide),
    "mod": (operator.mod, np.remainder),
}
_COMPARE = ("lt", "le", "gt", "ge", "eq", "ne")


def _forward(apply: Callable[..., Any], ufunc: Any) -> Callable[[Any, Any], Any]:
    row: Any = TABLE[ufunc]

    def method(self: Any, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else binary(row, self, other, apply)

    return method


def _reflected(apply: Callable[..., Any], ufunc: Any) -> Callable[[Any, Any], Any]:
    row: Any = TABLE[ufunc]

    def method(self: Any, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else binary(row, other, self, apply)

    return method


def _in_place(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        result = apply(self, other)
        if not self.ndim and not isinstance(primal(self), np.ndarray):
            return result  # scalars are immutable: the name is bound anew
        self[...] = result
        return self

    return method


def _compare(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        # Both sides plain: the branch is the one that the plain call takes.
        return apply(primal(self), primal_tree(other))

    return method


def _power(self: Any, other: Any, modulo: None = None) -> Any:
    del modulo
    other = operand(other)
    if other is NotImplemented:
        return other
    row = _POWERS.get(other) if type(other) in (int, float) else None
    if row is not None and getattr(primal(self), "dtype", None) is not None:
        # What NumPy runs for x**2, x**0.5 and x**-1; the value is the operator's own.
        return self._unary(row, lambda x: operator.pow(x, other))
    if type(other) is int and other == 1 and isinstance(primal(self), np.ndarray):
        return self._unary(TABLE[np.positive], lambda x: operator.pow(x, other))
    return binary(TABLE[np.power], self, other, operator.pow)  # type: ignore[arg-type]


def _reflected_power(self: Any, other: Any) -> Any:
    other = operand(other)
    if other is NotImplemented:
        return other
    return binary(TABLE[np.power], other, self, operator.pow)  # type: ignore[arg-type]


_POWERS: dict[Any, Any] = {2: TABLE[np.square], 0.5: TABLE[np.sqrt], -1: TABLE[np.reciprocal]}


def _unary(apply: Callable[..., Any], ufunc: Any) -> Callable[[Any], Any]:
    row: Any = TABLE[ufunc]
    return lambda self: self._unary(row, apply)


def _flat(apply: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args: apply(primal(self), *primal_tree(args))


def _matmul(self: Any, other: Any) -> Any:
    return np.matmul(self, other) if operand(other) is not NotImplemented else NotImplemented


def _reflected_matmul(self: Any, other: Any) -> Any:
    return np.matmul(other, self) if operand(other) is not NotImplemented else NotImplemented


def _divmod(self: Any, other: Any) -> Any:
    return self // other, self % other


def _reflected_divmod(self: Any, other: Any) -> Any:
    return other // self, other % self


# --- indexing ------------------------------------------------------------------------------------

_GETITEM: Any = TABLE[operator.getitem]


def check_index(self: Number, index: Any) -> Any:
    """The index, without numbers: an index that carries a derivative is an error."""
    members = index if type(index) is tuple else (index,)
    for member in members:
        if isinstance(member, Number):
            if primal(member).dtype.kind in "biu":
                return primal_tree(index)
            escape(
                member,
                "an array was indexed by a differentiated number",
                "the index has no derivative: index by int(da.primal(i)), or interpolate",
            )
        if type(member) is list and any(isinstance(i, Number) for i in member):
            escape(self, "an array was indexed by differentiated numbers", "index by plain integers")
    return index


def take_item(self: Any, index: Any) -> Any:
    """``self[index]`` by the row of getitem."""
    return call(_GETITEM, operator.getitem, (self, check_index(self, index)), {})


def set_item(self: Any, index: Any, v: Any) -> None:
    """``self[index] = v``, in place."""
    if type(v) is list or type(v) is tuple:
        v = np.stack([np.asarray(x) if not isinstance(x, Number) else x for x in v])
    self._setitem(check_index(self, index), v)


def _iterate(self: Any) -> Iterator[Any]:
    if not self.ndim:
        raise TypeError("iteration over a 0-d number")
    return (self[i] for i in range(self.shape[0]))


def _length(self: Any) -> int:
    if not self.ndim:
        raise TypeError("len() of unsized object")
    return int(self.shape[0])


# --- ways out that would drop the derivative -----------------------------------------------------


def _refuse(what: str, instead: str) -> Callable[..., Any]:
    def method(self: Number, *_args: Any, **_keywords: Any) -> Any:
        escape(self, f"{what} of a differentiated number would drop its derivative", instead)

    return method


def _array(self: Number, *_args: Any, **_keywords: Any) -> Any:
    escape(
        self,
        "an ordinary array was about to be made from a differentiated number "
        "(np.asarray, np.array([...]), x[:] = ..., a function outside NumPy)",
        "np.stack([...]) for lists, np.zeros_like(v) of a differentiated v for work arrays, "
        "da.elementwise for foreign functions",
    )


def _hash(self: Number) -> int:
    if np.ndim(primal(self)):
        raise TypeError(f"unhashable type: {type(self).__name__!r}")
    escape(
        self,
        "a differentiated number was used as a key (dict, set, lru_cache)",
        "use da.primal(x) as the key, or leave the cache out",
    )


def _format(self: Number, spec: str) -> str:
    return format(primal(self), spec)


# --- methods that are functions of numpy ---------------------------------------------------------

_METHODS = (
    "all any argmax argmin argpartition argsort choose clip compress cumprod cumsum diagonal dot "
    "max mean min nonzero prod ravel repeat round searchsorted squeeze std sum swapaxes take "
    "trace var"
).split()


def _as_method(name: str) -> Callable[..., Any]:
    function = getattr(np, name)
    return lambda self, *args, **keywords: function(self, *args, **keywords)


def _reshape(self: Any, *shape: Any, order: str = "C", copy: Any = None) -> Any:
    del copy
    return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)  # type: ignore[call-overload]


def _transpose(self: Any, *axes: Any) -> Any:
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        axes = axes[0]
    return np.transpose(self, axes or None)


def _astype(self: Any, dtype: Any, order: str = "K", **keywords: Any) -> Any:
    if np.dtype(dtype).kind not in "fc":
        return primal(self).astype(dtype, order=order, **keywords)
    return call(TABLE[np.ndarray.astype], np.ndarray.astype, (self, dtype), {})


def _copy(self: Any, order: str = "K") -> Any:
    return call(TABLE[np.copy], np.copy, (self, order), {})


def _flatten(self: Any, order: str = "C") -> Any:
    return np.ravel(self, order=order).copy()  # type: ignore[arg-type]


def _item(self: Any, *index: Any) -> Any:
    if index:
        flat = index[0] if len(index) == 1 else index
        where = np.unravel_index(flat, self.shape) if isinstance(flat, (int, np.integer)) else flat
        return self[tuple(int(i) for i in where)].item()
    if self.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    return np.reshape(self, -1)[0]


def _tolist(self: Any) -> Any:
    return [x.tolist() for x in self] if self.ndim else self


def _sort(self: Any, axis: int = -1, **keywords: Any) -> None:
    self[...] = np.sort(self, axis=axis, **keywords)


def _partition(self: Any, kth: Any, axis: int = -1, **keywords: Any) -> None:
    self[...] = np.partition(self, kth, axis=axis, **keywords)


def _fill(self: Any, value: Any) -> None:
    self[...] = value


def _put(self: Any, indices: Any, values: Any, mode: str = "raise") -> None:
    np.put(self, indices, values, mode=mode)  # type: ignore[call-overload]


def _deepcopy(self: Any, _memo: Any = None) -> Any:
    return self.copy() if self.ndim else self


def _reduce_ex(self: Any, _protocol: Any) -> Any:
    if self._level.n == 0:
        return self._by_hand()
    raise EscapeError(
        "a number of a running evaluation was pickled: its derivative would be lost",
        "differentiate inside the worker process",
    )


# --- attach --------------------------------------------------------------------------------------


def _own(kind: type) -> Callable[[Any], Any]:
    return lambda self: kind(primal(self))


def _attach() -> None:
    put: Callable[[str, Any], None] = lambda name, value: setattr(Number, name, value)  # noqa: E731
    put("__array_ufunc__", array_ufunc)
    put("__array_function__", array_function)
    for name, (apply, ufunc) in _BINARY.items():
        put(f"__{name}__", _forward(apply, ufunc))
        put(f"__r{name}__", _reflected(apply, ufunc))
        put(f"__i{name}__", _in_place(apply))
    for name in _COMPARE:
        put(f"__{name}__", _compare(getattr(operator, name)))
    put("__pow__", _power)
    put("__rpow__", _reflected_power)
    put("__ipow__", _in_place(operator.pow))
    put("__matmul__", _matmul)
    put("__rmatmul__", _reflected_matmul)
    put("__imatmul__", _in_place(operator.matmul))
    put("__floordiv__", _flat(operator.floordiv))
    put("__rfloordiv__", lambda self, other: primal_tree(other) // primal(self))
    put("__ifloordiv__", _in_place(operator.floordiv))
    put("__divmod__", _divmod)
    put("__rdivmod__", _reflected_divmod)
    put("__neg__", _unary(operator.neg, np.negative))
    put("__pos__", _unary(operator.pos, np.positive))
    put("__abs__", _unary(operator.abs, np.absolute))
    put("__bool__", _own(bool))
    put("__floor__", _flat(math.floor))
    put("__ceil__", _flat(math.ceil))
    put("__trunc__", _flat(math.trunc))
    put("__round__", _flat(round))
    put("__contains__", lambda self, x: operator.contains(primal(self), primal(x)))
    put("__getitem__", take_item)
    put("__setitem__", set_item)
    put("__iter__", _iterate)
    put("__len__", _length)
    put("__hash__", _hash)
    put("__format__", _format)
    put("__str__", lambda self: repr(self))
    put("__array__", _array)
    put("__float__", _refuse("float(x)", "leave float() out; np.* functions take x as it is"))
    put("__complex__", _refuse("complex(x)", "x + 0j"))
    put("__int__", _refuse("int(x)", "int(da.primal(x)): an integer has no derivative"))
    put("__copy__", _deepcopy)
    put("__deepcopy__", _deepcopy)
    put("__reduce_ex__", _reduce_ex)
    for name in _METHODS:
        put(name, _as_method(name))
    for name, method in (
        ("reshape", _reshape),
        ("transpose", _transpose),
        ("astype", _astype),
        ("copy", _copy),
        ("flatten", _flatten),
        ("item", _item),
        ("tolist", _tolist),
        ("sort", _sort),
        ("partition", _partition),
        ("fill", _fill),
        ("put", _put),
        ("conj", lambda self: np.conjugate(self)),
        ("conjugate", lambda self: np.conjugate(self)),
        ("is_integer", lambda self: primal(self).is_integer()),
    ):
        put(name, method)
    for name in ("tobytes", "tofile", "dump", "dumps", "view", "byteswap"):
        put(name, _refuse(f"x.{name}()", "da.primal(x) for the plain array"))
    for name, getter in (
        ("ndim", lambda self: len(self.shape)),
        ("size", lambda self: math.prod(self.shape)),
        ("dtype", lambda self: np.result_type(primal(self))),
        ("T", lambda self: np.transpose(self)),
        ("mT", lambda self: np.matrix_transpose(self)),
        ("real", lambda self: np.real(self)),
        ("imag", lambda self: np.imag(self)),
        ("flat", lambda self: iter(np.ravel(self))),
        ("strides", lambda self: primal(self).strides),
        ("flags", lambda self: primal(self).flags),
        ("itemsize", lambda self: primal(self).itemsize),
        ("nbytes", lambda self: primal(self).nbytes),
    ):
        put(name, property(getter))


_attach()

__all__ = ["SCALARS", "check_index", "take_item"]
