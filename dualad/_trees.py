"""Containers of arguments and results.

An argument becomes a list of *leaves* (floats and floating arrays) that carry derivatives, a way to
build what the function receives from numbers in their place, and a way to assemble results, one
for each leaf, into the container that the user expects.

* An array, a NumPy scalar, a float: one leaf.
* A list or tuple of numbers only: one leaf, a vector.
* A pandas Series or DataFrame: one leaf, its values; results carry its labels.
* Any other dict, list, tuple, namedtuple or dataclass: a tree; its int, bool, str and None members
  are constants and come back as None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ._errors import InputError, InputTypeError, OutputError, shown
from ._numbers import Number, primal
from ._numbers._number import check_open
from ._record import record

Build = Callable[[Iterator[Any]], Any]


@record(slots=True)
class Argument:
    """One differentiated argument.

    Attributes
    ----------
    leaves : list
        The values that carry derivatives, promoted to floating point.
    build : callable
        From an iterator over numbers (one for each leaf) to what the function receives.
    assemble : callable
        From an iterator over results (one for each leaf) to the user's container.
    """

    leaves: list[Any]
    build: Build
    assemble: Build


def argument(x: Any, where: str | Callable[[], str] = "the argument") -> Argument:
    """Take one argument apart.

    Raises
    ------
    InputTypeError
        If there is nothing in it that can carry a derivative.
    """
    kind = type(x)
    if kind is float or (kind is np.ndarray and x.dtype.kind in "fc"):
        return Argument([x], next, next)
    where = where if isinstance(where, str) else where()
    out = _argument(x, where, False)
    if not out.leaves:
        raise InputTypeError(
            f"{where} holds no number: {shown(x)}",
            "pass a float, an array, or a container of them",
        )
    return out


def _argument(x: Any, where: str, member: bool) -> Argument:
    if isinstance(x, Number):
        check_open(x)
        return Argument([x], next, next)
    if member and (x is None or isinstance(x, (bool, int, str, np.integer, np.bool_))):
        return Argument([], lambda _numbers: x, lambda _results: None)
    if isinstance(x, np.ma.MaskedArray):
        raise InputTypeError(f"{where} is a masked array", "x.filled(...) or x.compressed()")
    if isinstance(x, np.ndarray) and type(x) is not np.ndarray:
        x = _plain_array(x, where)
    if isinstance(x, (bool, int, float, complex, np.generic, np.ndarray)):
        return Argument([promote(x, where)], next, next)
    if _is_pandas(x):
        return _pandas(x, where)
    if isinstance(x, (list, tuple)) and not hasattr(x, "_fields") and _numbers_only(x):
        return _vector(x, where)
    return _tree(x, where)


def _plain_array(x: np.ndarray, where: str) -> np.ndarray:
    """An array in a file as an array; another subclass means something by itself, and raises."""
    if isinstance(x, np.memmap):
        return np.asarray(x)
    raise InputTypeError(
        f"{where} is a {type(x).__name__}, a kind of array that cannot carry a derivative",
        "np.asarray(x)",
    )


def _as_input(x: Any) -> str:
    """What to pass in place of an argument."""
    kind = type(x)
    if hasattr(x, "toarray"):
        return "x.toarray()"
    if hasattr(x, "__array__") and not isinstance(x, type):
        return "np.asarray(x)"
    if isinstance(x, (str, bytes)) or hasattr(x, "as_integer_ratio"):
        return "float(x)"
    if isinstance(x, (set, frozenset, range, memoryview)) or kind.__name__ in _LAZY_KINDS:
        return "np.array(list(x), dtype=float)"
    return "pass a float, an array, or a container of them"


_LAZY_KINDS = ("generator", "map", "zip", "filter", "dict_values", "dict_keys", "deque")


def promote(x: Any, where: str) -> Any:
    """x in floating point: integers and booleans become float64, a Python number a float."""
    if isinstance(x, (bool, int)):
        try:
            return float(x)
        except OverflowError:
            raise InputError(f"{where} is an integer too large for a float: {shown(x)}") from None
    if isinstance(x, (float, complex)) and not isinstance(x, np.generic):
        return x
    if x.dtype.kind in "biu":
        return x.astype(np.float64)
    if x.dtype.kind in "fc":
        return x
    if x.dtype == object and x.size and all(isinstance(i, (Number, float, int)) for i in x.flat):
        if any(isinstance(i, Number) for i in x.flat):
            return np.stack(list(x.flat)).reshape(x.shape)
        return x.astype(np.float64)
    raise InputTypeError(
        f"{where} has dtype {x.dtype}, which cannot carry a derivative", "x.astype(float)"
    )


def _numbers_only(x: Any) -> bool:
    numbers = (float, int, np.floating, np.integer, Number)
    # A list of ints alone is a vector as well: [1, 2] means (1.0, 2.0).
    return len(x) > 0 and all(
        isinstance(i, numbers) and np.ndim(i) == 0 and not isinstance(i, (bool, np.ndarray))
        for i in x
    )


def _vector(x: Any, where: str) -> Argument:
    if any(isinstance(i, Number) for i in x):
        leaf = np.stack(list(x))
    else:
        leaf = promote(np.asarray(x), where)
    plain = all(isinstance(i, (float, int)) and not isinstance(i, np.generic) for i in x)
    kind = type(x)

    def build(numbers: Iterator[Any]) -> Any:
        whole = next(numbers)
        members = [whole[i] for i in range(len(x))]
        if plain:
            members = [_python_scalar(m) for m in members]
        return kind(members)

    return Argument([leaf], build, next)


def _python_scalar(m: Any) -> Any:
    """A scalar number whose primal is a Python float, as the members of the user's list were."""
    if isinstance(m, Number):
        m._pin(float(primal(m)))
        return m
    return float(m)


def _children(x: Any) -> tuple[list[Any], Callable[[list[Any]], Any]] | None:
    """Members of a container, and the way to make it again; None where x is no container."""
    if isinstance(x, dict):
        keys = list(x)
        return list(x.values()), lambda new: _same_dict(x, keys, new)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return list(x), lambda new: type(x)(*new)
    if isinstance(x, (list, tuple)):
        return list(x), lambda new: type(x)(new)
    if hasattr(type(x), "__dataclass_fields__"):
        import dataclasses  # who has made one has imported it

        names = [f.name for f in dataclasses.fields(x) if f.init]
        return [getattr(x, n) for n in names], lambda new: dataclasses.replace(
            x, **dict(zip(names, new, strict=True))
        )
    return None


def _same_dict(x: dict[Any, Any], keys: list[Any], new: list[Any]) -> Any:
    pairs = dict(zip(keys, new, strict=True))
    return pairs if type(x) is dict else type(x)(pairs)


def _tree(x: Any, where: str) -> Argument:
    children = _children(x)
    if children is None:
        text = shown(x)
        raise InputTypeError(
            f"{where} is of type {type(x).__name__}, which cannot carry a derivative"
            + ("" if text.startswith("<") else f": {text}"),
            _as_input(x),
        )
    members, make = children
    parts = [_argument(m, where, True) for m in members]
    leaves = [leaf for part in parts for leaf in part.leaves]
    return Argument(
        leaves,
        lambda numbers: make([part.build(numbers) for part in parts]),
        lambda results: make([part.assemble(results) for part in parts]),
    )


# --- pandas, without importing it ----------------------------------------------------------------


def _is_pandas(x: Any) -> bool:
    return type(x).__module__.split(".")[0] == "pandas" and hasattr(x, "index")


def _pandas(x: Any, where: str) -> Argument:
    """The values of a Series or DataFrame; the function receives one of scalars."""
    leaf = promote(np.asarray(x), where)

    def build(numbers: Iterator[Any]) -> Any:
        whole = next(numbers)
        # An object array of scalars: pandas hands its arithmetic on to each of them.
        cells = np.empty(leaf.shape, dtype=object)
        for index in np.ndindex(leaf.shape):
            cells[index] = whole[index]
        labels = {"columns": x.columns} if leaf.ndim == 2 else {"name": x.name}
        return type(x)(cells, index=x.index, dtype=object, **labels)

    def assemble(results: Iterator[Any]) -> Any:
        result = next(results)
        import pandas as pd

        if np.ndim(result) == 1 and np.ndim(leaf) == 1:
            return pd.Series(result, index=x.index)
        if np.ndim(result) == 2 and np.ndim(leaf) == 1:
            return pd.DataFrame(result, columns=x.index)
        if np.shape(result) == np.shape(leaf):
            return pd.DataFrame(result, index=x.index, columns=x.columns)
        return result

    return Argument([leaf], build, assemble)


# --- results of the user's function --------------------------------------------------------------


@record(slots=True)
class Result:
    """What the differentiated function returned: leaves, and the way back to its container."""

    leaves: list[Any]
    build: Build


def result(out: Any, name: str | Callable[[], str]) -> Result:
    """Take the answer of the user's function apart.

    Raises
    ------
    OutputError
        If it is None, a string, or anything else without numbers in it.
    """
    kind = type(out)
    if kind is float or (kind is np.ndarray and out.dtype.kind in "fcbiu") or kind is np.float64:
        return Result([out], next)
    if isinstance(out, Number):
        return Result([out], next)
    name = name if isinstance(name, str) else name()
    found = _result(out, name)
    if not found.leaves:
        raise OutputError(
            f"{name} returned {shown(out)}", "return a number, an array, or a container"
        )
    return found


def _result(out: Any, name: str, member: bool = False) -> Result:
    if isinstance(out, (Number, bool, int, float, complex, np.number, np.bool_)):
        return Result([out], next)
    if isinstance(out, (np.ndarray, np.generic)):
        return Result([_numeric(out, name)], next)
    if member and (out is None or isinstance(out, str)):
        return Result([], lambda _items: None)
    if out is None:
        raise OutputError(f"{name} returned None", "end the function with return")
    if isinstance(out, (list, tuple)) and not hasattr(out, "_fields"):
        if out and all(_is_scalar(i) for i in out):
            return Result([_stack(list(out))], next)
        if any(isinstance(i, (list, tuple)) for i in out) and _rectangular(out):
            return Result([np.stack([_result(i, name).leaves[0] for i in out])], next)
    children = _children(out)
    if children is None:
        if _is_pandas(out):
            return Result([_numeric(np.asarray(out), name)], next)
        raise OutputError(
            f"{name} returned an object of type {type(out).__name__}", _as_output(out)
        )
    members, make = children
    parts = [_result(m, name, True) for m in members]
    leaves = [leaf for part in parts for leaf in part.leaves]
    return Result(leaves, lambda items: make([part.build(items) for part in parts]))


def _as_output(out: Any) -> str:
    """What to return in place of an answer."""
    kind = type(out).__name__
    if kind == "coroutine":
        out.close()  # nobody else would await it
        return "an ordinary function: it may run what is async by asyncio.run"
    if kind in _LAZY_KINDS or isinstance(out, (set, frozenset, range)):
        return "return a list: list(...)"
    return "return a number, an array, or a container of them"


def _numeric(out: Any, name: str) -> Any:
    """An array of numbers, of which there is one, or an error."""
    if isinstance(out, np.ma.MaskedArray):
        raise OutputError(f"{name} returned a masked array", "return y.filled(...)")
    if out.dtype == object:
        return _objects(out, name)
    if out.dtype.kind not in "fcbiu":
        raise OutputError(
            f"{name} returned {'an array ' if out.ndim else ''}of dtype {out.dtype}, which cannot "
            "carry a derivative",
            "return floats",
        )
    return out


def _is_scalar(x: Any) -> bool:
    if isinstance(x, Number):
        return np.ndim(x) == 0
    return isinstance(x, (bool, int, float, complex, np.number, np.bool_))


def _rectangular(out: Any) -> bool:
    """Whether this is a list of equally long lists of scalars."""
    return (
        all(isinstance(i, (list, tuple)) and i and all(_is_scalar(j) for j in i) for i in out)
        and len({len(i) for i in out}) == 1
    )


def _stack(items: list[Any]) -> Any:
    if any(isinstance(i, Number) for i in items):
        return np.stack(items)
    return np.asarray(items)


def _objects(out: np.ndarray, name: str) -> Any:
    """An object array of scalars, as code that fills ``np.empty(n, dtype=object)`` makes it."""
    items = list(out.flat)
    if not items or not all(_is_scalar(i) for i in items):
        raise OutputError(f"{name} returned an object array", "return a floating array")
    return _stack(items).reshape(out.shape)
