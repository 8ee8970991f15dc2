"""Functions that are called in place of others in differentiated code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.typeof import typeof_impl
from numba.extending import intrinsic

from . import _types
from ._overload import overload
from ._tape import LinType, VarType, named
from ._types import NUMBERS, ADType, ComplexType


class Marker:
    """A constant of compiled code that stands for the dtype of differentiated numbers."""

    def __init__(self, ty: Any) -> None:
        self.ty = ty


@typeof_impl.register(Marker)
def _typeof_marker(value: Marker, context: Any) -> Any:
    return types.DType(value.ty)


def _number(ty: Any) -> Any:
    """The type of the numbers in a dtype argument, of whichever kind."""
    if isinstance(ty, types.DType):
        return ty.dtype
    if isinstance(ty, types.NumberClass):
        return ty.instance_type
    if isinstance(ty, types.Function) and ty.typing_key in (float, complex):
        return types.float64 if ty.typing_key is float else types.complex128
    if isinstance(ty, types.StringLiteral):
        from numba.np import numpy_support

        return numpy_support.from_dtype(np.dtype(ty.literal_value))
    return None


def number_for(ty: Any, base: Any) -> Any:
    """The differentiated number of this kind for floats or complex numbers; None for others."""
    if isinstance(base, types.Float):
        return ty.with_base(base)
    if isinstance(base, types.Complex):
        return ComplexType(ty.with_base(base.underlying_float))
    return None


def dtype_for(marker: Any, dtype: Any) -> Any:
    """The dtype of differentiated numbers for a floating dtype; any other as it is."""
    raise NotImplementedError


@overload(dtype_for)
def _dtype_for(marker: Any, dtype: Any) -> Any:
    kind = number_for(marker.dtype, _number(dtype))
    if kind is not None:
        new = Marker(kind)
        return lambda marker, dtype: new
    return lambda marker, dtype: dtype


def dtype_like(marker: Any, a: Any) -> Any:
    """As `dtype_for`, of an array's own dtype."""
    raise NotImplementedError


@overload(dtype_like)
def _dtype_like(marker: Any, a: Any) -> Any:
    kind = number_for(marker.dtype, getattr(a, "dtype", a))
    if kind is not None:
        new = Marker(kind)
        return lambda marker, a: new
    if isinstance(a, types.Array):
        return lambda marker, a: a.dtype
    return lambda marker, a: marker


def promote(marker: Any, a: Any) -> Any:
    """A floating array as a fresh one of differentiated numbers; anything else as it is."""
    raise NotImplementedError


@overload(promote)
def _promote(marker: Any, a: Any) -> Any:
    kind = number_for(marker.dtype, a.dtype) if isinstance(a, types.Array) else None
    if kind is not None:
        new = Marker(kind)

        def copied(marker: Any, a: Any) -> Any:
            out = np.empty(a.shape, new)
            out[...] = a
            return out

        return copied
    return lambda marker, a: a


def promote_item(marker: Any, x: Any) -> Any:
    """A member of a list that active values are put into."""
    raise NotImplementedError


@intrinsic
def _as_number(typingctx: Any, marker: Any, x: Any) -> Any:
    ty = number_for(marker.dtype, x) or marker.dtype.with_base(types.float64)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.cast(builder, args[1], sig.args[1], ty)

    return ty(marker, x), codegen


@overload(promote_item)
def _promote_item(marker: Any, x: Any) -> Any:
    if isinstance(x, (types.Float, types.Complex)):
        return lambda marker, x: _as_number(marker, x)
    if isinstance(x, LinType):  # lists hold variables
        return lambda marker, x: named(x)
    return _promote(marker, x)


def promote_number(marker: Any, x: Any) -> Any:
    """A float as a differentiated number; anything else as it is, arrays too."""
    raise NotImplementedError


@overload(promote_number)
def _promote_number(marker: Any, x: Any) -> Any:
    if isinstance(x, (types.Float, types.Complex)):
        return lambda marker, x: _as_number(marker, x)
    return lambda marker, x: x


def promote_beginning(marker: Any, x: Any) -> Any:
    """As `promote_number`, of what a sum begins with: an integer, too."""
    raise NotImplementedError


@overload(promote_beginning)
def _promote_beginning(marker: Any, x: Any) -> Any:
    if isinstance(x, types.Integer):
        return lambda marker, x: _as_number(marker, float(x))
    return _promote_number(marker, x)


# --- conversions ----------------------------------------------------------------------------------


@intrinsic
def _with_base(typingctx: Any, x: Any, like: Any) -> Any:
    base = _number(like)
    ty = VarType(base, x.order) if isinstance(x, LinType) else x.with_base(base)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.cast(builder, args[0], x, ty)

    return ty(x, like), codegen


def _conversion(plain: Any, name: str) -> Callable[..., Any]:
    def convert(x: Any) -> Any:
        raise NotImplementedError

    convert.__name__ = convert.__qualname__ = name

    def typed(x: Any) -> Any:
        if isinstance(x, ADType):
            wanted = np.float32 if plain is np.float32 else np.float64
            return lambda x: _with_base(x, wanted)
        if isinstance(x, types.Array) and isinstance(x.dtype, NUMBERS):
            return None
        return lambda x: plain(x)

    overload(convert)(typed)
    return convert


def as_kind(kind: Any, x: Any) -> Any:
    """``kind(x)`` for the type of another number."""
    raise NotImplementedError


@overload(as_kind)
def _as_kind(kind: Any, x: Any) -> Any:
    if isinstance(kind, types.NumberClass) and isinstance(kind.instance_type, types.Float):
        if isinstance(x, ADType):
            return lambda kind, x: _with_base(x, kind)
        if not (isinstance(x, types.Array) and isinstance(x.dtype, NUMBERS)):
            return lambda kind, x: kind(x)
    return None


as_float = _conversion(float, "as_float")
as_float64 = _conversion(np.float64, "as_float64")
as_float32 = _conversion(np.float32, "as_float32")


def as_type(marker: Any, a: Any, dtype: Any) -> Any:
    """``a.astype(dtype)``."""
    raise NotImplementedError


@overload(as_type)
def _as_type(marker: Any, a: Any, dtype: Any) -> Any:
    number = _number(dtype)
    if isinstance(a.dtype, ADType) and isinstance(number, types.Integer):

        def to_integers(marker: Any, a: Any, dtype: Any) -> Any:
            out = np.empty(a.shape, dtype)
            for index in np.ndindex(a.shape):
                out[index] = int(a[index])
            return out

        return to_integers
    kind = number_for(marker.dtype, number)
    known = isinstance(a.dtype, (ADType, types.Float)) or isinstance(number, types.Complex)
    if kind is not None and known:
        new = Marker(kind)

        def copied(marker: Any, a: Any, dtype: Any) -> Any:
            out = np.empty(a.shape, new)
            for index in np.ndindex(a.shape):
                out[index] = a[index]
            return out

        return copied
    return lambda marker, a, dtype: a.astype(dtype)


# --- np.array -------------------------------------------------------------------------------------


@intrinsic
def _dtype_of(typingctx: Any, x: Any) -> Any:
    """The dtype of an array of x."""
    out = types.DType(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.get_dummy_value()

    return out(x), codegen


def array_of(items: Any, dtype: Any = None) -> Any:
    """``np.array(items)``."""
    raise NotImplementedError


@overload(array_of)
def _array_of_dtype(items: Any, dtype: Any = None) -> Any:
    return (lambda items, dtype=None: made(items)) if _says_what_is(items, dtype) else None


def _says_what_is(items: Any, dtype: Any) -> bool:
    """Whether a dtype that is asked for is the one that the numbers have in the plain function."""
    if dtype is None or isinstance(dtype, (types.NoneType, types.Omitted)):
        return True
    asked = dtype.dtype if isinstance(dtype, (types.NumberClass, types.DType)) else None
    return getattr(asked, "base", asked) == types.float64 and _bases(items) == {types.float64}


def _bases(ty: Any) -> set[Any]:
    if isinstance(ty, NUMBERS):
        return {ty.base}
    if isinstance(ty, types.BaseTuple):
        return {base for member in ty for base in _bases(member)}
    return _bases(ty.dtype) if hasattr(ty, "dtype") else set()


def made(items: Any) -> Any:
    """An array of these items."""
    raise NotImplementedError


def _members(ty: Any) -> Any:
    """The one type of the members of a sequence, or None."""
    if isinstance(ty, (types.List, types.ListType, types.UniTuple)):
        return ty.dtype
    if isinstance(ty, types.Tuple) and len(ty):
        kinds = sorted((t for t in ty if isinstance(t, NUMBERS)), key=_complex_last)
        known = all(isinstance(t, (*NUMBERS, types.Number)) for t in ty)
        return kinds[-1] if kinds and known else None
    return None


def _complex_last(ty: Any) -> bool:
    return isinstance(ty, ComplexType)


@overload(made)
def _made(items: Any) -> Any:
    if isinstance(items, types.Array):
        return lambda items: items.copy()
    if isinstance(items, NUMBERS):

        def without_dimensions(items: Any) -> Any:
            out = np.empty((), _dtype_of(items))
            out[()] = items
            return out

        return without_dimensions
    member = _members(items)
    if isinstance(items, types.Tuple) and isinstance(member, NUMBERS):
        return _array_of_mixed(items, member)
    if isinstance(member, NUMBERS):

        def vector(items: Any) -> Any:
            out = np.empty(len(items), _dtype_of(items[0]))
            for i in range(len(items)):
                out[i] = items[i]
            return out

        return vector
    if isinstance(_members(member) if member is not None else None, NUMBERS):

        def matrix(items: Any) -> Any:
            out = np.empty((len(items), len(items[0])), _dtype_of(items[0][0]))
            for i in range(len(items)):
                row = items[i]
                for j in range(len(row)):
                    out[i, j] = row[j]
            return out

        return matrix
    if isinstance(member, types.Array):

        def stacked(items: Any) -> Any:
            first = items[0]
            out = np.empty((len(items),) + first.shape, first.dtype)
            for i in range(len(items)):
                out[i] = items[i]
            return out

        return stacked
    return lambda items: np.array(items)


def _array_of_mixed(items: Any, member: Any) -> Any:
    count = len(items)
    marker = Marker(member)

    @intrinsic
    def store_all(typingctx: Any, out: Any, given: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            from numba.np import arrayobj

            array = arrayobj.make_array(sig.args[0])(context, builder, args[0])
            for i, ty in enumerate(sig.args[1]):
                value = builder.extract_value(args[1], i)
                value = context.cast(builder, value, ty, member)
                ptr = cgutils.gep_inbounds(builder, array.data, i)
                context.pack_value(builder, member, value, ptr)
            return context.get_dummy_value()

        return types.void(out, given), codegen

    def mixed(items: Any) -> Any:
        out = np.empty(count, marker)
        store_all(out, items)
        return out

    return mixed


def as_array(items: Any, dtype: Any = None) -> Any:
    """``np.asarray(items)``."""
    raise NotImplementedError


@overload(as_array)
def _as_array(items: Any, dtype: Any = None) -> Any:
    if not _says_what_is(items, dtype):
        return None
    if isinstance(items, types.Array):
        return lambda items, dtype=None: items
    return lambda items, dtype=None: made(items)


@overload(np.finfo, target="cpu")
def _finfo(dtype: Any) -> Any:
    """What `np.finfo` says of the dtype that an array has in the plain function."""
    if not isinstance(dtype, types.DType) or not isinstance(dtype.dtype, ADType):
        return None
    plain = np.float32 if dtype.dtype.base == types.float32 else np.float64
    return lambda dtype: np.finfo(plain)


__all__ = ["Marker", "_types", "ir"]
