"""NumPy's sums and products of whole arrays, for differentiated numbers.

The body is written once, in arithmetic of whichever kind of number, and the value is pinned to
what the plain function gives for plain arrays of the same layout: its order of summation, or BLAS.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import intrinsic

from . import _types
from ._arrays import is_ad_array, is_number_array, stored_type
from ._libraries import register_jitable
from ._overload import overload
from ._results import values_of
from ._types import NUMBERS, ADType, ComplexType


@intrinsic
def zero_of(typingctx: Any, a: Any) -> Any:
    """The number 0 of an array's kind, or of a number's."""
    ty = stored_type(a if isinstance(a, NUMBERS) else a.dtype)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.cast(builder, context.get_constant(types.float64, 0.0), types.float64, ty)

    return ty(a), codegen


@intrinsic
def _with_value(typingctx: Any, number: Any, value: Any) -> Any:
    if isinstance(number, ComplexType):
        return _with_complex_value(number, value)
    ty = number.with_base(value) if isinstance(value, types.Float) else number

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        cast = context.cast(builder, args[0], number, ty)
        new = context.cast(builder, args[1], value, ty.base)
        return builder.insert_value(cast, new, 0)

    return ty(number, value), codegen


def _with_complex_value(number: ComplexType, value: Any) -> Any:
    ty = number.with_base(value) if isinstance(value, types.Complex) else number

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        out = context.cast(builder, args[0], number, ty)
        new = context.cast(builder, args[1], value, ty.base)
        for i in range(2):
            out = builder.insert_value(out, builder.extract_value(new, i), [i, 0])
        return out

    return ty(number, value), codegen


def pin(y: Any, value: Any) -> Any:
    """y with another value, its derivatives as they are."""
    raise NotImplementedError


@overload(pin)
def _pin(y: Any, value: Any) -> Any:
    if isinstance(y, NUMBERS):
        return lambda y, value: _with_value(y, value)
    if is_number_array(y):

        def of_array(y: Any, value: Any) -> Any:
            for index in np.ndindex(y.shape):
                y[index] = _with_value(y[index], value[index])
            return y

        return of_array
    return lambda y, value: value


def any_ad(*args: Any) -> bool:
    return any(is_ad_array(a) or isinstance(a, ADType) for a in args)


def any_number(*args: Any) -> bool:
    """Whether one is, or holds, a differentiated number, real or complex."""
    return any(is_number_array(a) or isinstance(a, NUMBERS) for a in args)


def _is_none(ty: Any) -> bool:
    return ty is None or isinstance(ty, (types.NoneType, types.Omitted))


# --- sums -----------------------------------------------------------------------------------------


@register_jitable
def _total(a: Any) -> Any:
    total = zero_of(a)
    for item in a.flat:
        total = total + item
    return total


@register_jitable
def _sum_axis(a: Any, axis: Any, shape: Any) -> Any:
    """Sums along one axis, as an array of that shape."""
    where = axis + a.ndim if axis < 0 else axis
    before, after = 1, 1
    for i in range(a.ndim):
        if i < where:
            before *= a.shape[i]
        elif i > where:
            after *= a.shape[i]
    middle = a.shape[where]
    blocks = np.ascontiguousarray(a).reshape((before, middle, after))
    out = np.zeros((before, after), a.dtype)
    for i in range(before):
        for j in range(middle):
            for k in range(after):
                out[i, k] = out[i, k] + blocks[i, j, k]
    return out.reshape(shape)


@overload(np.sum, target="cpu")
def _sum(a: Any, axis: Any = None) -> Any:
    if not is_number_array(a):
        return None
    if _is_none(axis):
        return lambda a, axis=None: pin(_total(a), np.sum(values_of(a)))
    if isinstance(axis, types.Integer) and a.ndim > 1:

        def along(a: Any, axis: Any = None) -> Any:
            plain = np.sum(values_of(a), axis)
            return pin(_sum_axis(a, axis, plain.shape), plain)

        return along
    if isinstance(axis, types.Integer):
        return lambda a, axis=None: pin(_total(a), np.sum(values_of(a)))
    return None


@overload(np.mean, target="cpu")
def _mean(a: Any) -> Any:
    if not is_number_array(a):
        return None
    return lambda a: pin(_total(a) / a.size, np.mean(values_of(a)))


@overload(np.var, target="cpu")
def _var(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        mean = _total(a) / a.size
        total = zero_of(a)
        for item in a.flat:
            total = total + (item - mean) * (item - mean)
        return pin(total / a.size, np.var(values_of(a)))

    return body


@overload(np.std, target="cpu")
def _std(a: Any) -> Any:
    if not is_ad_array(a):
        return None

    def body(a: Any) -> Any:
        value = np.std(values_of(a))
        # By convention the derivative is 0 where all elements are equal.
        root = np.sqrt(np.var(a)) if value > 0.0 else zero_of(a)
        return pin(root, value)

    return body


@overload(np.prod, target="cpu")
def _prod(a: Any) -> Any:
    if not is_number_array(a):
        return None

    def body(a: Any) -> Any:
        total = zero_of(a) + 1.0
        for item in a.flat:
            total = total * item
        return pin(total, np.prod(values_of(a)))

    return body


@overload(np.cumsum, target="cpu")
def _cumsum(a: Any) -> Any:
    if not is_number_array(a):
        return None

    def body(a: Any) -> Any:
        out = np.empty(a.size, a.dtype)
        total = zero_of(a)
        i = 0
        for item in a.flat:
            total = total + item
            out[i] = total
            i += 1
        return pin(out, np.cumsum(values_of(a)))

    return body


@overload(np.cumprod, target="cpu")
def _cumprod(a: Any) -> Any:
    if not is_number_array(a):
        return None

    def body(a: Any) -> Any:
        out = np.empty(a.size, a.dtype)
        total = zero_of(a) + 1.0
        i = 0
        for item in a.flat:
            total = total * item
            out[i] = total
            i += 1
        return pin(out, np.cumprod(values_of(a)))

    return body


@overload(np.trace, target="cpu")
def _trace(a: Any, offset: Any = 0) -> Any:
    if not is_number_array(a):
        return None

    def body(a: Any, offset: Any = 0) -> Any:
        total = zero_of(a)
        rows, columns = a.shape
        for i in range(max(0, -offset), min(rows, columns - offset)):
            total = total + a[i, i + offset]
        return pin(total, np.trace(values_of(a), offset))

    return body


# --- products -------------------------------------------------------------------------------------


@register_jitable
def _vector_vector(a: Any, b: Any, zero: Any) -> Any:
    total = zero
    for i in range(a.shape[0]):
        total = total + a[i] * b[i]
    return total


@register_jitable
def _matrix_vector(a: Any, b: Any, zero: Any) -> Any:
    out = np.empty(a.shape[0], _kind(zero))
    for i in range(a.shape[0]):
        total = zero
        for k in range(a.shape[1]):
            total = total + a[i, k] * b[k]
        out[i] = total
    return out


@register_jitable
def _vector_matrix(a: Any, b: Any, zero: Any) -> Any:
    return _matrix_vector(b.T, a, zero)


@register_jitable
def _matrix_matrix(a: Any, b: Any, zero: Any) -> Any:
    out = np.empty((a.shape[0], b.shape[1]), _kind(zero))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = zero
            for k in range(a.shape[1]):
                total = total + a[i, k] * b[k, j]
            out[i, j] = total
    return out


@intrinsic
def _kind(typingctx: Any, x: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.get_dummy_value()

    return types.DType(stored_type(x))(x), codegen


_PRODUCTS = {
    (1, 1): _vector_vector,
    (2, 1): _matrix_vector,
    (1, 2): _vector_matrix,
    (2, 2): _matrix_matrix,
}


def _product(a: Any, b: Any) -> Any:
    """The body of a matrix product, or None where it is not ours."""
    both = isinstance(a, types.Array) and isinstance(b, types.Array)
    if not both or not any_number(a, b) or (a.ndim, b.ndim) not in _PRODUCTS:
        return None
    multiply = _PRODUCTS[a.ndim, b.ndim]
    first = is_number_array(a) and (isinstance(a.dtype, ComplexType) or not is_number_array(b))

    def body(a: Any, b: Any) -> Any:
        plain = np.dot(values_of(a), values_of(b))
        zero = zero_of(a) if first else zero_of(b)
        return pin(multiply(a, b, zero), plain)

    return body


@overload(np.dot, target="cpu")
def _dot(a: Any, b: Any) -> Any:
    return _product(a, b)


@overload(np.vdot, target="cpu")
def _vdot(a: Any, b: Any) -> Any:
    conjugated = isinstance(getattr(a, "dtype", None), (types.Complex, ComplexType))
    return None if conjugated else _product(a, b)


@overload(operator.matmul, target="cpu")
def _matmul(a: Any, b: Any) -> Any:
    return _product(a, b)


# --- extremes: ties share equally -----------------------------------------------------------------


@register_jitable
def _shared(a: Any, value: Any) -> Any:
    """The mean of the elements that are `value`."""
    total, count = zero_of(a), 0
    for item in a.flat:
        if item == value:
            total = total + item
            count += 1
    return pin(total / count if count else total + np.nan, value)


def _extreme(fn: Any) -> None:
    def typed(a: Any) -> Any:
        return (lambda a: _shared(a, fn(values_of(a)))) if is_ad_array(a) else None

    overload(fn, target="cpu")(typed)


for _fn in dict.fromkeys((np.min, np.max, np.amin, np.amax)):
    _extreme(_fn)

METHODS = {
    "min": np.min,
    "max": np.max,
    "sum": np.sum,
    "mean": np.mean,
    "var": np.var,
    "std": np.std,
    "prod": np.prod,
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "trace": np.trace,
    "dot": np.dot,
}
"""Methods of active arrays that are called as functions, so that Numba's own are left alone."""

__all__ = ["_types"]
