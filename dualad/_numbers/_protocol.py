"""NumPy's two protocols, once for every type of number.

`__array_ufunc__` and `__array_function__` look the function up in the table of rules and call the
row; what has no row raises. Keywords are supported or raise, none is ignored.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import DualadError, InputTypeError, NoRuleError, is_internal
from .._rules import CORE, TABLE
from .._rules._registry import EXTRA
from .._rules._rest import LATE, REFUSED
from .._rules._row import Binary, Composed, Flat, Unary
from .._scipy import row_of_ufunc
from ._assign import deliver
from ._level import hush, unhush
from ._number import (
    SCALARS,
    Number,
    binary,
    check_open,
    escape,
    first_number,
    highest,
    holds_number,
    note_all,
    operand,
    primal,
    primal_tree,
)
from ._pandas import unframed_tree
from ._pyfuncs import call_pyfunc, call_vectorized, is_pyfunc, is_vectorized
from ._reductions import of_kind
from ._ufunc_methods import masked, ufunc_method
from ._watch import STEPPING, flat, member_of, stepped


def array_ufunc(self: Number, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
    """The body of `__array_ufunc__`."""
    try:
        if self._level.closed:
            check_open(self)
        if method != "__call__" or keywords:
            return _general_ufunc(self, ufunc, method, inputs, keywords)
        row = CORE.get(ufunc) or find(ufunc)
        kind = type(row)
        if kind is Unary:
            return inputs[0]._unary(row, ufunc)
        if kind is Binary:
            x, y = operand(inputs[0]), operand(inputs[1])
            if x is NotImplemented or y is NotImplemented:
                return _foreign(inputs)
            return binary(row, x, y, ufunc)  # type: ignore[arg-type]  # kind says so
        if row is None and is_pyfunc(ufunc):
            return call_pyfunc(ufunc, inputs)
        if row is None and is_vectorized(ufunc):
            return call_vectorized(ufunc, inputs)
        if row is None:
            raise no_rule(ufunc)
        return call(row, ufunc, inputs, {})
    except DualadError as error:  # user code may swallow it and go another way
        note_all(error, (self, inputs))
        raise


def find(func: Any) -> Any:
    """The row of a function, in NumPy's table or in one of SciPy's; None where it has none."""
    return TABLE.get(func) or EXTRA.get(func) or row_of_ufunc(func)


def _foreign(inputs: tuple[Any, ...]) -> Any:
    """The answer where another type must answer: masked arrays never do."""
    if any(isinstance(x, np.ma.MaskedArray) for x in inputs):
        raise InputTypeError("a masked array met a differentiated number", MASKED)
    return NotImplemented


def array_function(
    self: Number, func: Any, _types: Any, args: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """The body of `__array_function__`."""
    if "pandas" in sys.modules:  # their indices are labels, and rows of functions use positions
        args, keywords = unframed_tree(args), unframed_tree(keywords)
    try:
        if self._level.closed and not is_internal(sys._getframe(1).f_code.co_filename):
            check_open(self)  # dualad itself takes answers apart after the evaluation
        row = CORE.get(func) or EXTRA.get(func) or TABLE.get(func)
        if row is None:
            return _without_row(self, func, args, keywords)
        out, args = _take_out(func, args, keywords)
        if out is None:
            return call(row, func, args, keywords)
        if holds_number(args) or holds_number(list(keywords.values())):
            result = call(row, func, args, keywords)
        else:  # plain operands, to be stored in a number
            result = func(*args, **keywords)
        return deliver(result, out, f"{full_name(func)}(..., out=...)")
    except DualadError as error:
        note_all(error, (self, args, keywords))
        raise


def _without_row(self: Number, func: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    special = SPECIAL.get(func)
    if special is not None:
        return special(*args, **keywords)
    late = LATE.get(full_name(func))
    if late is not None:
        return call(Composed(func, late), func, args, keywords)
    maker = MAKERS.get(func)
    if maker is not None:  # NumPy drops like=, which is self
        return maker(self, *args, **keywords)
    raise no_rule(func)


def _take_out(
    func: Any, args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[Any, tuple[Any, ...]]:
    """`out` of a call, by keyword or by position, and the positional arguments without it."""
    if "out" in keywords:
        return keywords.pop("out"), args
    if len(args) < 3:
        return None, args
    position = position_of_out(func)
    if position is None or len(args) <= position:
        return None, args
    out, rest = args[position], args[position + 1 :]
    return out, (*args[:position], None, *rest) if rest else args[:position]


@functools.lru_cache(maxsize=512)
def position_of_out(func: Any) -> int | None:
    import inspect  # only calls with many positional arguments come here

    try:
        names = list(inspect.signature(func).parameters)
    except ValueError:  # written in C, and without a signature before NumPy 2.4
        return {"concatenate": 2, "dot": 2}.get(func.__name__)
    parameters = inspect.signature(func).parameters
    if "out" not in names or parameters["out"].kind is inspect.Parameter.KEYWORD_ONLY:
        return None
    return names.index("out")


def call(row: Any, func: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Apply any row to the arguments of a call, numbers among them."""
    kind = type(row)
    if kind is Unary:
        return args[0]._unary(row, _bound(func, keywords))
    if kind is Binary:
        return binary(row, operand(args[0]), operand(args[1]), _bound(func, keywords))
    if kind is Flat:
        if isinstance(func, np.ufunc):
            _refuse_objects(func, args)
        return flat(func, args, keywords, func(*primal_tree(args), **primal_tree(keywords)))
    if kind is Composed:
        result = _composed(row, func, args, keywords)
        if _is_plain(result):  # sign of a real number, counts of a histogram
            return stepped(func, args, keywords, result)
        if isinstance(result, tuple) and func in STEPPING:
            for i, member in enumerate(result):
                if _is_plain(member):
                    stepped(member_of(func, i), args, keywords, member)
        return result
    operands, params = row.prepare(*args, **keywords)
    top = highest(operands)
    if top is None:
        # A number stands where only constants may: an index, a shape, a mask, weights.
        escape(
            first_number((args, keywords)),
            f"{row.name} was given a differentiated number where it takes a constant",
            "pass a plain number there, such as da.primal(x)",
        )
    return top._array_row(row, operands, params)


def _is_plain(answer: Any) -> bool:
    """Whether an answer is made of ordinary arrays and numbers; a poly1d may hold others."""
    if type(answer) in (tuple, list):
        return all(map(_is_plain, answer))
    return not isinstance(answer, Number) and isinstance(answer, (np.ndarray, *SCALARS))


def _refuse_objects(func: Any, args: tuple[Any, ...]) -> None:
    """`np.logical_or(x, None)` and its like hand on the very objects, not truth values."""
    if any(x is None or getattr(x, "dtype", np.dtype(float)).kind == "O" for x in args):
        raise NoRuleError(f"{full_name(func)} of objects has no derivative rule", "floats")


def _bound(func: Any, keywords: dict[str, Any]) -> Any:
    if not keywords:
        return func
    return lambda *x: func(*x, **keywords)


def _composed(row: Composed, func: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if not row.pin:
        return row.body(*args, **keywords)
    # The plain call comes first: what it raises is what the user reads.
    value = func(*primal_tree(args), **primal_tree(keywords))
    if _only_empty(args, keywords):
        return value  # it depends on nothing
    token = hush()  # and it has warned already
    try:
        result = row.body(*args, **keywords)
    finally:
        unhush(token)
    if isinstance(result, Number) and not result.shape:
        result = of_kind(result, value)
    _pin(result, value)
    return result


def _only_empty(args: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
    """Whether the numbers of a call are arrays without elements."""
    for x in (*args, *keywords.values()):
        if isinstance(x, Number):
            if x.size:
                return False
        elif type(x) in (list, tuple) and holds_number(x):
            return False
    return True


def _pin(result: Any, value: Any) -> None:
    if isinstance(result, Number):
        if primal(result).dtype == np.asarray(value).dtype:
            result._pin(value)
    elif isinstance(result, (tuple, list)):
        for r, v in zip(result, value, strict=True):
            _pin(r, v)


def no_rule(func: Any) -> NoRuleError:
    """The error for a function without a rule."""
    reason, instead = REFUSED.get(func, ("", ""))
    met = f"{full_name(func)} has no derivative rule"
    return NoRuleError(f"{met}: {reason}" if reason else met, instead or instead_of(func))


def full_name(func: Any) -> str:
    """`numpy.linalg.eig`: how people call a function."""
    name = getattr(func, "__name__", repr(func))
    if isinstance(func, np.ufunc):
        special = sys.modules.get("scipy.special")
        owner = next((m for m in (np, special) if getattr(m, name, None) is func), None)
        return f"the ufunc {name}" if owner is None else f"{owner.__name__}.{name}"
    module = (getattr(func, "__module__", None) or "").split("._")[0]
    return f"{module}.{name}" if module else name


def instead_of(func: Any) -> str:
    """What to write instead of a function without a rule."""
    if isinstance(func, np.ufunc):
        if is_pyfunc(func):
            return "da.elementwise(f, df) for the function and its derivative"
        if func.signature is not None:  # whole axes at once
            return "a loop over it, or a function decorated with numba.njit"
        return f"{func.__name__} = da.elementwise({func.__name__}, derivative)"
    return (
        "da.primal(x) if its answer is to be a constant, else a rule (@da.custom_jvp) or "
        "da.finite_difference(f)"
    )


# --- ufuncs with keywords ------------------------------------------------------------------------

_HARMLESS = ("casting", "order", "subok")


def _general_ufunc(
    self: Number, ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    out = keywords.pop("out", None)
    if out is None:
        return _without_out(ufunc, method, inputs, keywords, None)
    if len(out) != 1:
        return _several_out(ufunc, method, inputs, keywords, out)
    if keywords.get("axes") in _AXES_IN_PLACE and ufunc is np.matmul:
        del keywords["axes"]  # a @= b says so
    if holds_number(inputs) or isinstance(keywords.get("where"), Number):
        result = _without_out(ufunc, method, inputs, keywords, out)
    else:  # plain operands, to be stored in a number
        result = _plain_to_number(ufunc, method, inputs, keywords, out[0])
    if isinstance(result, Number) and np.result_type(primal(result)).kind == "c":
        _pin_in_place(result, ufunc, method, inputs, out[0])
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    return deliver(result, out, f"numpy.{name}(..., out=...)", method == "__call__")


def _several_out(
    ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any], out: Any
) -> tuple[Any, ...]:
    """`np.modf(x, out=(a, b))` and its like; None stands for a new array."""
    name = f"numpy.{ufunc.__name__}(..., out=...)"
    if keywords.pop("where", True) is not True:
        raise NoRuleError(f"{name} with where= has no derivative rule", MASKED)
    if holds_number(inputs):
        results = _without_out(ufunc, method, inputs, keywords, None)
    else:  # plain operands, to be stored in numbers
        results = getattr(ufunc, method)(*inputs, **keywords)
    return tuple(deliver(r, target, name) for r, target in zip(results, out, strict=True))


def _pin_in_place(
    result: Number, ufunc: Any, method: str, inputs: tuple[Any, ...], out: Any
) -> None:
    """The bits of a complex operation in place, for which NumPy has another loop."""
    if method == "__call__" and any(x is out for x in inputs):
        plain = primal(out)
        value = np.array(plain)
        with np.errstate(all="ignore"):
            ufunc(*(value if x is out else primal_tree(x) for x in inputs), out=value)
        if value.dtype == plain.dtype and value.shape == np.shape(primal(result)):
            result._pin(value)


_AXES_IN_PLACE = ([(-2, -1)] * 3, [(-1,), (-2, -1), (-1,)])


def _plain_to_number(
    ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any], out: Any
) -> Any:
    where = keywords.pop("where", True)
    if where is True:
        return getattr(ufunc, method)(*inputs, **keywords)
    if method != "__call__":
        return getattr(ufunc, method)(*inputs, where=where, **keywords)
    return masked(ufunc, inputs, where, out)


def _without_out(
    ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any], out: Any
) -> Any:
    row = find(ufunc)
    if row is None:
        raise no_rule(ufunc)
    if type(row) is Flat and method == "__call__" and out is not None and "where" in keywords:
        return masked(ufunc, inputs, keywords["where"], out[0])
    if type(row) is Flat and method != "at":
        plain = getattr(ufunc, method)
        result = plain(*primal_tree(inputs), **primal_tree(keywords))
        return flat(plain, inputs, keywords, result)
    if method == "__call__":
        return _with_keywords(row, ufunc, inputs, keywords, out)
    return ufunc_method(ufunc, method)(ufunc, *inputs, **keywords)


def _with_keywords(
    row: Any, ufunc: Any, inputs: tuple[Any, ...], keywords: dict[str, Any], out: Any
) -> Any:
    """A plain call with `where`, `dtype`, `casting`, `order`, `subok`, `axes`, ..."""
    if type(row) not in (Unary, Binary, Composed):
        return call(row, ufunc, inputs, keywords)
    where = keywords.pop("where", True)
    dtype = keywords.pop("dtype", None)
    for name, value in keywords.items():
        if name not in _HARMLESS or (name == "casting" and value in ("unsafe", "no", "equiv")):
            raise NoRuleError(
                f"numpy.{ufunc.__name__} with {name}={value!r} has no derivative rule",
                f"leave {name}= out; astype on the operands",
            )
    if dtype is not None:
        inputs = tuple(_cast(ufunc, x, np.dtype(dtype)) for x in inputs)
    if where is True:
        return ufunc(*inputs)
    return masked(ufunc, inputs, where, None if out is None else out[0])


def _cast(ufunc: Any, x: Any, dtype: np.dtype) -> Any:
    if dtype.kind not in "fc":
        raise NoRuleError(
            f"numpy.{ufunc.__name__} with dtype={dtype.name} has no derivative rule",
            "a floating dtype",
        )
    return x.astype(dtype) if hasattr(x, "astype") else x


MASKED = "np.where(mask, a, b) on ordinary arrays"
SPECIAL: dict[Any, Callable[..., Any]] = {}  # filled by `_creation`: zeros_like, copyto, ...
MAKERS: dict[Any, Callable[..., Any]] = {}  # likewise: zeros, ones, ... with like=

__all__ = ["MAKERS", "SPECIAL", "array_function", "array_ufunc", "call", "find", "no_rule"]
