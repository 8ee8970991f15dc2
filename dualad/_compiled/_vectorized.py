"""Functions made by ``numba.vectorize`` in compiled code: their scalar function, mapped."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import intrinsic
from numba.np.ufunc.dufunc import DUFunc

from .._errors import NotYetError
from ._arrays import stored_type
from ._linalg import _item, _shape, _spread
from ._overload import overload
from ._types import NUMBERS

_SCALARS: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
_CALLERS: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
_OPTIONS = ("fastmath", "error_model", "boundscheck")


def scalar_function(callee: Any) -> Any:
    """The compiled scalar function behind a vectorized one; None for anything else."""
    if not isinstance(callee, DUFunc):
        return None
    found = _SCALARS.get(callee)
    if found is None:
        inner = callee._dispatcher
        options = {k: v for k, v in inner.targetoptions.items() if k in _OPTIONS}
        found = _SCALARS[callee] = njit(**options)(inner.py_func)
    return found


def caller(ufunc: Any) -> Any:
    """A compiled function of the operands of a vectorized one, so that it can be an operation."""
    found = _CALLERS.get(ufunc)
    if found is None:
        if ufunc.nin not in _BY_COUNT:
            raise NotYetError(
                f"{ufunc.__name__}, made by numba.vectorize, has {ufunc.nin} arguments",
                "a function decorated with njit that calls it",
            )
        found = _CALLERS[ufunc] = njit(_BY_COUNT[ufunc.nin](ufunc))
    return found


_BY_COUNT: dict[int, Any] = {
    1: lambda f: lambda a: f(a),
    2: lambda f: lambda a, b: f(a, b),
    3: lambda f: lambda a, b, c: f(a, b, c),
    4: lambda f: lambda a, b, c, d: f(a, b, c, d),
}


def _element(ty: Any) -> Any:
    return ty.dtype if isinstance(ty, types.Array) else ty


@intrinsic
def _dtype_of_call(typingctx: Any, f: Any, args: Any) -> Any:
    """The dtype of what f answers for elements of the arguments."""
    sig = f.get_call_type(typingctx, tuple(map(_element, args)), {})
    found = sig.return_type
    dtype = types.DType(stored_type(found) if isinstance(found, NUMBERS) else found)

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return context.get_dummy_value()

    return dtype(f, args), codegen


def mapped(f: Any, *args: Any) -> Any:
    """f of the elements of arrays and numbers, broadcast."""
    raise NotImplementedError


@overload(mapped)
def _mapped(f: Any, *args: Any) -> Any:
    args = args[0] if len(args) == 1 and isinstance(args[0], types.BaseTuple) else args
    if not any(isinstance(a, types.Array) for a in args):
        return lambda f, *args: f(*args)

    def body(f: Any, *args: Any) -> Any:
        shape = _joint_shape(args)
        wide = _spread_all(args, shape)
        out = np.empty(shape, _dtype_of_call(f, args))
        for index in np.ndindex(shape):
            out[index] = f(*_items(wide, index))
        return out

    return body


def _joint_shape(args: Any) -> Any:
    raise NotImplementedError


@overload(_joint_shape)
def _typed_joint_shape(args: Any) -> Any:
    if len(args) == 1:
        return lambda args: _shape(args[0])
    return lambda args: np.broadcast_shapes(_shape(args[0]), _joint_shape(args[1:]))


def _spread_all(args: Any, shape: Any) -> Any:
    raise NotImplementedError


@overload(_spread_all)
def _typed_spread_all(args: Any, shape: Any) -> Any:
    if len(args) == 0:
        return lambda args, shape: ()
    return lambda args, shape: (_spread(args[0], shape),) + _spread_all(args[1:], shape)


def _items(args: Any, index: Any) -> Any:
    raise NotImplementedError


@overload(_items)
def _typed_items(args: Any, index: Any) -> Any:
    if len(args) == 0:
        return lambda args, index: ()
    return lambda args, index: (_item(args[0], index),) + _items(args[1:], index)
