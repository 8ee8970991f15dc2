"""Arrays of differentiated numbers: what Numba's own array code cannot do by itself.

An array expression needs its types only: Numba fuses the whole of it into one loop, whose body is
compiled from the scalar rules.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from ._overload import overload
from ._rows import _COMPARISONS, is_flat, known_functions, result_of
from ._tape import LinType, VarType
from ._types import NUMBERS, ADType


def is_ad_array(ty: Any) -> bool:
    return isinstance(ty, types.Array) and isinstance(ty.dtype, ADType)


def is_number_array(ty: Any) -> bool:
    """An array of differentiated numbers, real or complex."""
    return isinstance(ty, types.Array) and isinstance(ty.dtype, NUMBERS)


def stored_type(ty: Any) -> Any:
    """The type of such a number in an array."""
    return ty.variable() if isinstance(ty, (LinType, VarType)) else ty


def _elements(ty: Any) -> Any:
    return ty.dtype if isinstance(ty, types.Array) else types.unliteral(ty)


def _array_template(fn: Any, row: Any) -> type[AbstractTemplate]:
    class DifferentiatedArrays(AbstractTemplate):
        key = fn
        metadata = {"target": "cpu"}  # noqa: RUF012  # asked before Numba's own, which crashes

        def generic(self, args: Any, kws: Any) -> Any:
            arrays = [a for a in args if isinstance(a, types.Array)]
            if kws or not arrays or not any(isinstance(_elements(a), NUMBERS) for a in args):
                return None
            result = result_of(fn, [_elements(a) for a in args], self.context)
            if result is None:
                return None
            if isinstance(result, NUMBERS):
                result = result.base if is_flat(row) else stored_type(result)
            ndim = max(a.ndim for a in arrays)
            if ndim == 0:  # Numba answers a number
                return signature(result, *args)
            layout = "F" if all(a.layout == "F" for a in arrays) else "C"
            return signature(types.Array(result, ndim, layout), *args)

    return DifferentiatedArrays


def _inplace(op: Any, body: Any) -> None:
    scalar = getattr(operator, op.__name__[1:])  # of complex numbers

    def one_by_one(a: Any, b: Any) -> Any:
        for index in np.ndindex(a.shape):
            a[index] = scalar(a[index], b)
        return a

    ufunc = _UFUNCS[op]  # x / 0.0 is no error in arrays

    def by_number(a: Any, b: Any) -> Any:
        for index in np.ndindex(a.shape):
            a[index] = ufunc(a[index], b)
        return a

    def typed(a: Any, b: Any) -> Any:
        if not is_number_array(a):
            return None
        if is_ad_array(a) and is_ad_array(b) and b.ndim > 0:
            return _in_turn(ufunc, a.ndim == 1 and b.ndim == 1)
        if is_ad_array(a) and isinstance(b, ADType):
            return by_number
        return one_by_one if isinstance(b, NUMBERS) else body

    overload(op, target="cpu")(typed)


def _in_turn(ufunc: Any, vectors: bool) -> Any:
    """Element by element in C order, as Numba does: it shows where the arrays share memory.

    ``y[1:] += y[:-1]`` is a running sum in compiled code; NumPy adds the old numbers.
    """

    def of_vectors(a: Any, b: Any) -> Any:
        step = 0 if b.size == 1 else 1
        if step and a.size != b.size:
            raise ValueError("unable to broadcast argument to output array")
        for i in range(a.size):
            a[i] = ufunc(a[i], b[step * i])
        return a

    def of_arrays(a: Any, b: Any) -> Any:
        spread = np.broadcast_to(b, a.shape)
        for index in np.ndindex(a.shape):
            a[index] = ufunc(a[index], spread[index])
        return a

    return of_vectors if vectors else of_arrays


def _iadd(a: Any, b: Any) -> Any:
    a[...] = a + b
    return a


def _isub(a: Any, b: Any) -> Any:
    a[...] = a - b
    return a


def _imul(a: Any, b: Any) -> Any:
    a[...] = a * b
    return a


def _itruediv(a: Any, b: Any) -> Any:
    a[...] = a / b
    return a


def _ipow(a: Any, b: Any) -> Any:
    a[...] = a**b
    return a


def _imod(a: Any, b: Any) -> Any:
    a[...] = a % b
    return a


_UFUNCS = {
    operator.iadd: np.add,
    operator.isub: np.subtract,
    operator.imul: np.multiply,
    operator.itruediv: np.true_divide,
    operator.ipow: np.power,
    operator.imod: np.remainder,
}
_INPLACE_BODIES = {
    operator.iadd: _iadd,
    operator.isub: _isub,
    operator.imul: _imul,
    operator.itruediv: _itruediv,
    operator.ipow: _ipow,
    operator.imod: _imod,
}


def register() -> None:
    """Type array expressions of differentiated numbers."""
    for fn, row in known_functions():
        if isinstance(fn, np.ufunc) or fn in _COMPARISONS or fn in _BINARY or fn is operator.neg:
            infer_global(fn, types.Function(_array_template(fn, row)))
    for op, body in _INPLACE_BODIES.items():
        _inplace(op, body)


_BINARY = (
    *(operator.add, operator.sub, operator.mul, operator.truediv),
    *(operator.floordiv, operator.mod, operator.pow),
)

register()
