"""Indexing, ndarray methods and attributes of every number, attached to `Number` from lists."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .._errors import DualadError, NoRuleError
from .._rules import CORE, TABLE
from .._rules._row import Unary
from ._number import SCALARS, Number, as_array, escape, note, primal, primal_tree
from ._protocol import array_function, array_ufunc, call
from ._swapping import row_to_store
from ._watch import stepped

# --- indexing ------------------------------------------------------------------------------------

_GETITEM: Any = TABLE[operator.getitem]


def check_index(self: Number, index: Any) -> Any:
    """The index; one that carries a derivative is an error."""
    for member in index if type(index) is tuple else (index,):
        if isinstance(member, Number):
            escape(
                member,
                "an array was indexed by a differentiated number",
                "the index has no derivative: index by int(da.primal(i)), or interpolate",
            )
        if type(member) is list and any(isinstance(i, Number) for i in member):
            escape(
                self, "an array was indexed by differentiated numbers", "index by plain integers"
            )
    return index


def take_item(self: Any, index: Any) -> Any:
    """``self[index]`` by the row of getitem."""
    index = check_index(self, index)
    try:
        return call(_GETITEM, operator.getitem, (self, index), {})
    except IndexError:
        primal(self)[index]  # the message of the plain call, which counts other axes
        raise


def set_item(self: Any, index: Any, v: Any) -> None:
    """``self[index] = v``, in place."""
    if (type(v) is not np.ndarray and not isinstance(v, (Number, *SCALARS))) or (
        type(v) is np.ndarray and v.dtype == object
    ):
        v = as_array(v)
    if type(index) is int and isinstance(v, Number) and 0 < v.ndim == self.ndim - 1:
        v = row_to_store(self, index, v)
    try:
        self._setitem(check_index(self, index), v)
    except IndexError:
        primal(self)[index]
        raise
    except DualadError as error:
        note(error, self)
        raise


class _NotDefinedError(AttributeError, TypeError):
    """What `hasattr` and `len` expect of a float, which has no length."""


class _ArraysOnly:
    """A method that scalars do not have, as `hasattr(x, "__len__")` asks.

    `__iter__` cannot be one: where it is missing, Python iterates by `__getitem__`.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method = method

    def __get__(self, x: Any, kind: Any = None) -> Any:
        if x is None:
            return self
        plain = primal(x)
        if not isinstance(plain, np.ndarray):
            raise _NotDefinedError(f"{type(plain).__name__!r} object has no {self.method.__doc__}")
        return self.method.__get__(x, kind)


def _iterate(self: Any) -> Iterator[Any]:
    if not self.ndim:
        plain = primal(self)
        is_array = isinstance(plain, np.ndarray)
        raise TypeError(
            "iteration over a 0-d array"
            if is_array
            else f"{type(plain).__name__!r} object is not iterable"
        )
    return (self[i] for i in range(self.shape[0]))


def _length(self: Any) -> int:
    """len()"""
    if not self.ndim:
        raise TypeError("len() of unsized object")
    return int(self.shape[0])


class _Flat:
    """`x.flat`: the elements in C order, to be read, written and iterated over."""

    __slots__ = ("_x",)

    def __init__(self, x: Any) -> None:
        self._x = x

    def _where(self, index: Any) -> Any:
        numbers = np.arange(self._x.size)[index]
        return np.unravel_index(numbers, self._x.shape)

    def __len__(self) -> int:
        return int(self._x.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(np.ravel(self._x))

    def __getitem__(self, index: Any) -> Any:
        out = np.ravel(self._x)[index]
        return out.copy() if out.ndim else out

    def __setitem__(self, index: Any, v: Any) -> None:
        where = self._where(index)
        shape = where[0].shape
        self._x[where] = np.resize(as_array(v), shape) if shape else v

    def copy(self) -> Any:
        """The elements as an array of one axis."""
        return self._x.flatten()


def _set_flat(self: Any, v: Any) -> None:
    _Flat(self)[...] = v


# --- methods that are functions of numpy ---------------------------------------------------------

_METHODS = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "choose",
    "clip",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "max",
    "mean",
    "min",
    "nonzero",
    "prod",
    "ravel",
    "repeat",
    "round",
    "searchsorted",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "trace",
    "var",
]


def _as_method(name: str) -> Callable[..., Any]:
    function = getattr(np, name)
    return lambda self, *args, **keywords: function(self, *args, **keywords)


def _compress(self: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    return np.compress(condition, self, axis, out)


def _clip(self: Any, min: Any = None, max: Any = None, out: Any = None, **keywords: Any) -> Any:
    return np.clip(self, min, max, out, **keywords)


def _reshape(self: Any, *shape: Any, order: str = "C", copy: Any = None) -> Any:
    new = shape[0] if len(shape) == 1 else shape
    if copy:
        self = self.copy(order)
    return np.reshape(self, new, order=order)  # type: ignore[call-overload]


def _transpose(self: Any, *given: Any) -> Any:
    axes: Any = given
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        axes = axes[0]
    return np.transpose(self, axes or None)


def _astype(self: Any, dtype: Any, order: str = "K", *args: Any, **keywords: Any) -> Any:
    kind = np.dtype(dtype).kind
    if kind in "biuSU":  # locally constant, or text
        result = primal(self).astype(dtype, order, *args, **keywords)
        return stepped(np.ndarray.astype, (self, dtype), {}, result) if kind in "biu" else result
    if kind not in "fc":
        escape(self, f"astype({dtype!r}) would drop the derivative", "leave astype out")
    copy = keywords.get("copy", args[2] if len(args) > 2 else True)
    if not copy and dtype == self.dtype and order in "KA":
        return self
    return call(TABLE[np.ndarray.astype], np.ndarray.astype, (self, dtype), {"order": order})


def _copy(self: Any, order: str = "C") -> Any:
    return call(TABLE[np.copy], np.copy, (self, order), {})


def _flatten(self: Any, order: str = "C") -> Any:
    flat: Any = np.ravel(self, order=order)  # type: ignore[call-overload]  # any order
    return flat.copy()


def _view(self: Any, *args: Any, **keywords: Any) -> Any:
    if not keywords and (not args or args in ((np.ndarray,), (self.dtype,))):
        return self[...]
    return escape(self, "x.view(...) would drop the derivative", "da.primal(x).view(...)")


def _item(self: Any, *index: Any) -> Any:
    if index:
        flat = index[0] if len(index) == 1 else index
        where = np.unravel_index(flat, self.shape) if isinstance(flat, (int, np.integer)) else flat
        return self[tuple(int(i) for i in where)].item()
    if self.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    out = np.reshape(self, -1)[0]
    out._pin(np.asarray(primal(out)).item())  # Python's float, and so Python's arithmetic
    return out


def _tolist(self: Any) -> Any:
    return [x.tolist() for x in self] if self.ndim else self.item()


def _sort(self: Any, axis: int = -1, **keywords: Any) -> None:
    self[...] = np.sort(self, axis=axis, **keywords)


def _partition(self: Any, kth: Any, axis: int = -1, **keywords: Any) -> None:
    self[...] = np.partition(self, kth, axis=axis, **keywords)


def _fill(self: Any, value: Any) -> None:
    self[...] = value


def _put(self: Any, indices: Any, values: Any, mode: str = "raise") -> None:
    np.put(self, indices, values, mode=mode)  # type: ignore[arg-type]  # any mode


def _conj(self: Any) -> Any:
    return np.conjugate(self) if self.dtype.kind == "c" else self


def _resize(self: Any, *_shape: Any, **_keywords: Any) -> Any:
    what = "x.resize(...) in place has no derivative rule"
    raise note(NoRuleError(what, "x = np.resize(x, shape)"), self)


def _deepcopy(self: Any, _memo: Any = None) -> Any:
    return self.copy("K") if isinstance(primal(self), np.ndarray) else self


def _is_integer(self: Any) -> bool:
    result = primal(self).is_integer()
    return bool(stepped(float.is_integer, (self,), {}, result))


def _format(self: Any, spec: str) -> str:
    return str(stepped(format, (self, spec), {}, format(primal(self), spec)))


def _contains(self: Any, x: Any) -> bool:
    result = operator.contains(primal(self), primal(x))
    return bool(stepped(operator.contains, (self, x), {}, result))


# --- attributes ----------------------------------------------------------------------------------


def _set_real(self: Any, v: Any) -> None:
    np.real(self)[...] = v


def _set_imag(self: Any, v: Any) -> None:
    if self.dtype.kind != "c":
        raise TypeError("array does not have imaginary part to set")
    np.imag(self)[...] = v


def _of_primal(name: str) -> property:
    return property(lambda self: getattr(primal(self), name))


_PROPERTIES: dict[str, property] = {
    "ndim": property(lambda self: len(self.shape)),
    "size": property(lambda self: math.prod(self.shape)),
    "dtype": property(lambda self: np.result_type(primal(self))),
    "T": property(lambda self: np.transpose(self)),
    "mT": property(lambda self: np.matrix_transpose(self)),
    "real": property(lambda self: np.real(self), _set_real),
    "imag": property(lambda self: np.imag(self), _set_imag),
    "flat": property(_Flat, _set_flat),
    **{name: _of_primal(name) for name in ("strides", "flags", "itemsize", "nbytes")},
}

_SPECIAL: dict[str, Any] = {
    "__array_ufunc__": array_ufunc,
    "__array_function__": array_function,
    "__array_namespace__": lambda self, *, api_version=None: np,
    "__contains__": _contains,
    "__getitem__": take_item,
    "__setitem__": set_item,
    "__iter__": _iterate,
    "__len__": _ArraysOnly(_length),
    "__format__": _format,
    "__str__": lambda self: repr(self),
    "__copy__": _deepcopy,
    "__deepcopy__": _deepcopy,
    "reshape": _reshape,
    "transpose": _transpose,
    "clip": _clip,
    "compress": _compress,
    "astype": _astype,
    "copy": _copy,
    "flatten": _flatten,
    "view": _view,
    "item": _item,
    "tolist": _tolist,
    "sort": _sort,
    "partition": _partition,
    "fill": _fill,
    "put": _put,
    "conj": _conj,
    "conjugate": _conj,
    "resize": _resize,
    "is_integer": _is_integer,
}


def _attach() -> None:
    for name in _METHODS:
        setattr(Number, name, _as_method(name))
    for name, member in (*_SPECIAL.items(), *_PROPERTIES.items()):
        setattr(Number, name, member)
    # NumPy calls x.sin() on each element of an object array, as pandas makes them of numbers.
    for fn, row in CORE.items():
        if type(row) is Unary and isinstance(fn, np.ufunc) and not hasattr(Number, fn.__name__):
            setattr(Number, fn.__name__, _elementwise_method(fn))


def _elementwise_method(ufunc: np.ufunc) -> Callable[[Any], Any]:
    return lambda self: ufunc(self)


_attach()

__all__ = ["check_index", "primal_tree", "take_item"]
