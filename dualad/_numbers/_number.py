"""`Number`: what every differentiated number shares, and how an operation finds its row.

A number type is its chain rule, its product rule and its printing. Everything else stands here
and in the two protocol modules beside it, once, for all of them. A type provides

``_value``     the value, without this level's derivatives (it may be a number of a lower level)
``_level``     its `Level`
``_unary(row, f)``, ``_binary(row, x, y, f, level)``, ``_array_row(row, operands, params, level)``
``_setitem(index, v)``, ``_pin(value, index)``, ``_plain_zeros(...)``
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .._errors import DualadError, EscapeError, LevelError
from .._rules._row import Binary
from ._level import Level


class Number:
    """The base of duals, hyper-duals and graph variables. Not an ndarray subclass."""

    __slots__ = ()
    _dualad_level = True  # how `_rules._dispatch` knows a number
    __array_priority__ = 1.0e6
    device = "cpu"  # as the arrays of NumPy say
    _level: Level
    _value: Any

    if TYPE_CHECKING:  # attached by `_methods`: operators, methods and attributes of arrays

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def __setitem__(self, index: Any, v: Any) -> None: ...
        def __add__(self, other: Any) -> Any: ...
        def __radd__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any, modulo: None = None) -> Any: ...
        def __rpow__(self, other: Any) -> Any: ...
        def __floordiv__(self, other: Any) -> Any: ...
        def __rfloordiv__(self, other: Any) -> Any: ...
        def __mod__(self, other: Any) -> Any: ...
        def __rmod__(self, other: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __rmatmul__(self, other: Any) -> Any: ...
        def __lt__(self, other: Any) -> Any: ...
        def __le__(self, other: Any) -> Any: ...
        def __gt__(self, other: Any) -> Any: ...
        def __ge__(self, other: Any) -> Any: ...
        def __neg__(self) -> Any: ...
        def __pos__(self) -> Any: ...
        def __abs__(self) -> Any: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Any: ...
        def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **how: Any) -> Any: ...
        def __array_function__(self, func: Any, kinds: Any, args: Any, how: Any) -> Any: ...

    # What the types of numbers define.
    def _unary(self, row: Any, f: Callable[..., Any]) -> Any:
        raise NotImplementedError

    @staticmethod
    def _binary(row: Any, x: Any, y: Any, f: Callable[..., Any], level: Any) -> Any:
        raise NotImplementedError

    @staticmethod
    def _of_two(row: Any, x: Any, y: Any, f: Callable[..., Any]) -> Any:
        """A binary row on operands of any kind, one of them of this type."""
        x, y = operand(x), operand(y)
        if x is NotImplemented or y is NotImplemented:
            return NotImplemented
        return binary(row, x, y, f)

    def _array_row(self, row: Any, operands: tuple[Any, ...], params: Any) -> Any:
        raise NotImplementedError

    def _setitem(self, index: Any, v: Any) -> None:
        raise NotImplementedError

    def _pin(self, value: Any, index: tuple[int, ...] = ()) -> None:
        raise NotImplementedError

    def _with_numpy_scalar(self) -> Any:
        """The same scalar number, its primal a NumPy scalar."""
        raise NotImplementedError

    # isinstance(x, np.ndarray) takes the branch that the plain call takes.
    @property  # type: ignore[misc]  # object declares an attribute
    def __class__(self) -> type:
        return type(primal(self))


def primal(x: Any) -> Any:
    """The plain value of a number, without any derivatives; anything else as it is.

    Parameters
    ----------
    x : Dual, HyperDual, graph variable or anything else

    Returns
    -------
    float or ndarray
        What the plain call would have here. Derivatives do not flow through it.

    Examples
    --------
    >>> import dualad as da
    >>> da.primal(da.Dual(2.0, [1.0]))
    2.0
    """
    while isinstance(x, Number):
        x = x._value
    return x


def numpy_scalar(x: Any) -> Any:
    """x with NumPy's arithmetic in place of Python's, which raises ZeroDivisionError.

    Values follow the user's own arithmetic, derivative formulas NumPy's: the partial derivatives of
    `np.log` at the Python float 0.0 are infinite.
    """
    if type(x) is float or type(x) is int:
        return np.float64(x)
    if type(x) is complex:
        return np.complex128(x)
    if isinstance(x, Number) and not isinstance(primal(x), (np.ndarray, np.generic)):
        return x._with_numpy_scalar()
    return x


def partial(formula: Callable[..., Any], *operands: Any) -> Any:
    """A formula of a row, in NumPy's arithmetic where Python's raises."""
    try:
        return formula(*operands)
    except ZeroDivisionError:
        return formula(*[numpy_scalar(x) for x in operands])


def primal_tree(x: Any) -> Any:
    """`primal` of x, or of every member of the tuple, list or dict x."""
    if isinstance(x, Number):
        return primal(x)
    kind = type(x)
    if kind is tuple or kind is list:
        return kind([primal_tree(item) for item in x])
    if kind is dict:
        return {key: primal_tree(item) for key, item in x.items()}
    return x


def highest(operands: Any) -> Number | None:
    """The operand of the highest level, or None where no operand is a number."""
    top: Number | None = None
    for x in operands:
        if isinstance(x, Number):
            if top is None:
                top = x
            elif x._level is not top._level:
                top = outermost(top, x)
    return top


def outermost(x: Number, y: Number) -> Number:
    """The one of the higher level; two makes of one level raise."""
    if x._level is y._level:
        return x
    if x._level.closed or y._level.closed:
        try:
            check_open(x)
            check_open(y)
        except LevelError as error:  # user code may swallow it and go another way
            note(error, x)
            note(error, y)
            raise
    if x._level.n != y._level.n:
        return x if x._level.n > y._level.n else y
    kinds = sorted({type(x).__mro__[1].__name__, type(y).__mro__[1].__name__})
    raise LevelError(
        f"numbers made by hand that do not fit together met: {' and '.join(kinds)} "
        f"with {x._level.shape} and {y._level.shape} directions",
        "make them of one type, with the same number of directions k",
    )


def check_open(x: Any) -> None:
    """Raise where x is a number whose evaluation is over.

    Raises
    ------
    LevelError
        Its derivatives would be taken for constants.
    """
    if isinstance(x, Number) and x._level.closed:
        from ._kept import where_kept  # only this error needs it

        raise LevelError(
            f"a number was used after its evaluation: it had been kept {where_kept(x)}",
            "keep da.primal(x) there, or clear it before each evaluation",
        )


def binary(row: Binary, x: Any, y: Any, f: Callable[..., Any]) -> Any:
    """Apply a binary row to two operands, at least one of them a number."""
    if isinstance(x, Number):
        top = outermost(x, y) if isinstance(y, Number) and y._level is not x._level else x
    else:
        top = y
    return top._binary(row, x, y, f, top._level)


SCALARS = (float, int, bool, complex, np.generic)
framed: Callable[[Any], Any] = np.asarray  # an object of pandas as an operand; see `_pandas`


def operand(x: Any) -> Any:
    """x as an operand of an elementwise operation; NotImplemented where another type must answer.

    Lists and tuples become arrays, as NumPy would make them.
    """
    kind = type(x)
    if kind is np.ndarray:
        return x if x.dtype.char != "O" else as_array(x)
    if kind is float or kind is int or isinstance(x, Number):
        return x
    if isinstance(x, SCALARS):
        return x
    if isinstance(x, np.ma.MaskedArray):
        return NotImplemented  # it asks for our plain values, and gets our error
    if isinstance(x, np.ndarray):
        return x
    if kind is list or kind is tuple:
        return as_array(x)
    if hasattr(kind, "__array_ufunc__") or x is None or isinstance(x, (str, bytes)):
        if kind.__module__.partition(".")[0] == "pandas":
            return framed(x)
        return NotImplemented
    if hasattr(x, "__array__"):
        return np.asarray(x)
    return NotImplemented


def first_number(tree: Any) -> Number:
    """Some number among the members of nested tuples, lists and dicts."""
    stack = [tree]
    while stack:
        x = stack.pop()
        if isinstance(x, Number):
            return x
        if isinstance(x, (tuple, list)):
            stack.extend(x)
        elif isinstance(x, dict):
            stack.extend(x.values())
        elif isinstance(x, np.ndarray) and x.dtype == object:
            stack.extend(x.flat)
    raise TypeError("no number among the arguments")


def holds_number(x: Any) -> bool:
    """Whether x is a number, or nested lists and tuples, or an object array, that hold one."""
    if isinstance(x, Number):
        return True
    if isinstance(x, (list, tuple)):
        return any(holds_number(item) for item in x)
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(map(holds_number, x.flat))
    return hasattr(type(x), "_dualad_holds")  # a sparse matrix of numbers


def as_array(x: Any) -> Any:
    """`np.asarray`, also of lists, tuples and object arrays that hold numbers."""
    if isinstance(x, Number):
        return x
    if not holds_number(x):
        array = np.asarray(x)  # of a Series of numbers: an object array
        return as_array(array) if array is not x and holds_number(array) else array
    if isinstance(x, np.ndarray):
        return np.reshape(np.stack([as_array(item) for item in x.flat]), x.shape)
    return np.stack([as_array(item) for item in x])


def escape(x: Number, met: str, instead: str) -> NoReturn:
    """Raise `EscapeError`, and keep it in the evaluation in case user code swallows it."""
    check_open(x)
    raise note(EscapeError(met, instead), x)


def note_all(error: DualadError, tree: Any) -> None:
    """`note` of every number in nested tuples, lists and dicts."""
    if isinstance(tree, Number):
        note(error, tree)
    elif isinstance(tree, (tuple, list)):
        for x in tree:
            note_all(error, x)
    elif isinstance(tree, dict):
        note_all(error, tuple(tree.values()))


def note(error: DualadError, x: Any) -> DualadError:
    """Keep an error in the evaluations that x belongs to: user code may swallow it."""
    while isinstance(x, Number):
        level = x._level
        if level.escape is None and level.n:
            level.escape = error
            if isinstance(error, EscapeError):
                error.levels = (*error.levels, level)
        x = x._value
    return error
