"""Dual numbers: a value and k tangents, all directions at once.

    f(x + t) = f(x) + f'(x) t

See A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 3 (vector
forward mode).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, InputTypeError
from .._rules._row import MINUS_ONE, ONE, ZERO, Binary, Constant, Multilinear, Unary
from . import _fast, _fast_binary, _fast_scalar, _single, _slope
from ._level import Level, level_by_hand
from ._number import Number
from ._shown import number_html, number_text
from ._single import F4, both_single, unary_single
from ._slope import slope, slope_of
from ._stacked import Parted, Scalar, Stacked
from ._watch import SCALARS

_new = object.__new__


class Dual(Parted):
    """A dual number: a value of shape S and k tangents, of shape ``(k,) + S``.

    Takes part in NumPy's protocols and in Python's operators; comparisons and ``bool`` look at
    the value only.

    Parameters
    ----------
    value : float or array_like
        The primal, of any shape S. Integers and booleans become float64.
    tangent : array_like
        k directional derivatives, shape ``(k,) + S``; ``(k,)`` for a scalar.

    Attributes
    ----------
    value : float or ndarray, shape S
    tangent : ndarray, shape (k,) + S

    Raises
    ------
    InputError
        If `tangent` has not one axis more than `value`, or its other axes differ from S.

    Examples
    --------
    >>> import numpy as np
    >>> x = Dual(2.0, [1.0])
    >>> x * np.sin(x)
    Dual(1.8185948536513634, [0.07700375], k=1)

    References
    ----------
    A. Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008, chapter 3.
    """

    __slots__ = ()

    def __new__(cls, value: Any, tangent: Any) -> Dual:
        value = plain_value(value)
        tangent = part_array("tangent", tangent, 1, value)
        level = level_by_hand("Dual", tangent.shape[:1])
        out: Dual = cls._make(value, tangent, level)
        return out

    @property
    def value(self) -> Any:
        return self._value

    @property
    def tangent(self) -> Any:
        return self._parts()

    @staticmethod
    def _count(level: Level) -> int:
        return level.shape[0]

    @staticmethod
    def _of_two(row: Any, x: Any, y: Any, f: Callable[..., Any]) -> Any:
        return _fast_binary.elementwise(row, x, y, f)

    @classmethod
    def _binary(cls, row: Binary, x: Any, y: Any, f: Callable[..., Any], level: Level) -> Any:
        return _fast_binary.elementwise(
            row, x, y, f, lambda row, x, y, f: cls._long_binary(row, x, y, f, level)
        )

    @staticmethod
    def _chain(row: Unary, x: Any, y: Any, t: Any, _level: Level) -> Any:
        return chain(row, x, y, t)

    @staticmethod
    def _chain2(row: Binary, x: Any, y: Any, z: Any, tx: Any, ty: Any, _level: Level) -> Any:
        if tx is not None and ty is not None and getattr(tx, "dtype", None) is F4:
            parts = both_single(row, x, y, z, tx, ty)
            if parts is not None:
                return parts
        return chain2(row, x, y, z, tx, ty)

    def _smooth_row(
        self,
        row: Any,
        params: Any,
        value: Any,
        operands: tuple[Any, ...],
        active: list[bool],
        values: list[Any],
    ) -> Any:
        level = self._level
        if type(row) is Multilinear:
            parts: Any = None
            for i, a in enumerate(active):
                if a:
                    term = row.lanes(params, i, operands[i]._parts(), tuple(values))
                    parts = term if parts is None else parts + term
            return self._make(value, parts, level)
        blocks = tuple(x._parts() if a else None for x, a in zip(operands, active, strict=True))
        parts = row.jvp(params, value, tuple(values), blocks)
        if isinstance(value, tuple):
            members = [self._make(v, p, level) for v, p in zip(value, parts, strict=True)]
            return _same_tuple(value, members)
        return self._make(value, parts, level)

    def _by_hand(self) -> Any:
        return Dual, (self._value, self._parts())

    def _shown(self, how: Callable[..., str]) -> str:
        tangent = self.tangent
        parts = [("value", self._value), ("tangent", tangent)]
        return how(self, "Dual", parts, np.shape(tangent)[0])

    def __repr__(self) -> str:
        return self._shown(number_text)

    def _repr_html_(self) -> str:
        """For notebooks: the value, and a line for each direction."""
        return self._shown(number_html)


def chain(row: Unary, x: Any, y: Any, t: Any) -> Any:
    """f'(x) t, with the real-linear form where x is complex and f not holomorphic."""
    d1 = row.d1
    if row.real_linear is not None and is_complex(x):
        return row.real_linear[0](x, y, t)
    if type(d1) is Constant:
        return t if d1 is ONE else -t if d1 is MINUS_ONE else t * d1.number
    return t * slope(row, x, y)


def chain2(row: Binary, x: Any, y: Any, z: Any, tx: Any, ty: Any) -> Any:
    """Sum of partial times tangent over the active operands; None where both vanish."""
    parts = None
    if tx is not None:
        parts = _term(row, 0, x, y, z, tx)
    if ty is not None:
        other = _term(row, 1, x, y, z, ty)
        if parts is None:
            parts = other
        elif other is not None:
            parts = parts + other
    return parts


def _term(row: Binary, which: int, x: Any, y: Any, z: Any, t: Any) -> Any:
    formula = row.dy if which else row.dx
    if type(formula) is Constant:
        if formula is ONE:
            return t
        if formula is MINUS_ONE:
            return -t
        return None if formula is ZERO else t * formula.number
    return t * slope_of(row, which, x, y, z)


def is_complex(x: Any) -> bool:
    """Whether a value, a Python number too, is complex."""
    return getattr(x, "dtype", type(x)) in _COMPLEX


_COMPLEX = (complex, *map(np.dtype, (np.complex128, np.complex64, np.clongdouble)))


def _same_tuple(value: Any, members: list[Any]) -> Any:
    """Members as the kind of tuple that NumPy's own function returns (SlogdetResult, ...)."""
    kind = type(value)
    return kind(*members) if hasattr(kind, "_fields") else kind(members)


class ScalarDual(Dual, Scalar):
    """A dual whose value is one number."""

    __slots__ = ("_level", "_t", "_value")
    __add__ = __radd__ = _fast_scalar.add
    __sub__ = _fast_scalar.subtract
    __rsub__ = _fast_scalar.reflected_subtract
    __mul__ = __rmul__ = _fast_scalar.multiply
    __truediv__ = _fast_scalar.divide
    __rtruediv__ = _fast.reflected_divide
    __neg__ = _fast_scalar.negate

    def _unary(self, row: Unary, f: Callable[..., Any]) -> Any:
        if type(self._t) is np.ndarray and type(self._value) in _REAL:
            out = _fast_scalar.unary(self, row, f)
            if out is not None:
                return out
        return Parted._unary(self, row, f)


class ArrayDual(Dual, Stacked):
    """A dual array; its hottest operators have a shorter way than the common one."""

    __slots__ = ("_d", "_level")

    @staticmethod
    def _wrap(block: Any, level: Level) -> ArrayDual:
        """A dual array on a block ``(1 + k,) + S`` that is its own from now on."""
        out: ArrayDual = _new(ArrayDual)
        out._d = block
        out._level = level
        return out

    __add__ = __radd__ = _fast.add
    __sub__ = _fast.subtract
    __rsub__ = _fast.reflected_subtract
    __mul__ = __rmul__ = _fast.multiply
    __truediv__ = _fast.divide
    __rtruediv__ = _fast.reflected_divide
    __neg__ = _fast.negate
    __pow__ = _fast.power
    __getitem__ = _fast.getitem

    def _unary(self, row: Unary, f: Callable[..., Any]) -> Any:
        d = self._d
        if type(d) is not np.ndarray or not (d.ndim == 2 or d.flags.c_contiguous):
            return Parted._unary(self, row, f)
        if d.dtype is _F8:
            return _fast.unary(self, row, f)
        if d.dtype is F4 and d.flags.c_contiguous and d.ndim > 1:
            return unary_single(self, row, f)
        return Parted._unary(self, row, f)


_F8 = np.dtype(np.float64)
_REAL = (float, np.float64)
Dual._array_form = ArrayDual
Dual._scalar_form = ScalarDual
_fast.Array, _fast.Scalar = ArrayDual, ScalarDual
_single.Array = ArrayDual
_slope.Dual = Dual
SCALARS.add(ScalarDual)
_fast_scalar.Scalar = ScalarDual
_fast_binary.Array, _fast_binary.Scalar = ArrayDual, ScalarDual


# --- numbers made by hand ----------------------------------------------------------------------


def plain_value(value: Any) -> Any:
    """The value of a number made by hand: a float, a NumPy scalar or a floating array."""
    if isinstance(value, Number):
        return value
    if type(value) is float or type(value) is complex:
        return value
    array = np.asarray(value)
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    if array.dtype.kind not in "fc":
        raise InputTypeError(
            f"a value of dtype {array.dtype} cannot carry derivatives",
            "floats, or an array of them",
        )
    if array.ndim == 0 and not isinstance(value, np.ndarray):
        return float(array) if isinstance(value, (int, bool)) else array[()]
    return array


def part_array(name: str, parts: Any, lanes: int, value: Any) -> Any:
    """Check that `parts` has `lanes` axes and then the shape of `value`."""
    shape = np.shape(value)
    if not isinstance(parts, Number):
        parts = np.asarray(parts)
        dtype = getattr(value, "dtype", None) or np.dtype(type(value))
        parts = parts.astype(
            np.result_type(dtype, np.float16) if parts.dtype.kind in "biu" else parts.dtype
        )
    if parts.ndim != lanes + len(shape) or parts.shape[lanes:] != shape:
        letters = {1: "(k,)", 2: "(k1, k2)"}[lanes]
        raise InputError(
            f"{name} has shape {parts.shape}; a value of shape {shape} needs {letters} + {shape}",
            f"np.reshape({name}, {(-1, *shape)})" if lanes == 1 else "",
        )
    return parts


__all__ = [
    "ArrayDual",
    "Dual",
    "ScalarDual",
    "chain",
    "chain2",
    "part_array",
    "plain_value",
]
