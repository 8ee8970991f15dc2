"""Products with directions inside compiled code: ``da.hvp(g)(x, v)`` and ``da.jvp(g, x, t)``.

The direction is that of an outer derivative of one lane: the gradient of such numbers carries the
Hessian times the direction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numba.core import errors, types
from numba.extending import intrinsic

from . import _store, _types
from ._dispatch import differentiated
from ._drivers import Layout
from ._inner_overlaps import all_apart
from ._levels import along, lowered
from ._overload import overload
from ._seeding import _reach
from ._stand_ins import Marker
from ._types import DOUBLE, ADType, DualType


@intrinsic
def _with_direction(typingctx: Any, marker: Any, x: Any, t: Any) -> Any:
    """x with the tangent t, in one lane."""
    from llvmlite import ir

    ty = marker.dtype.with_base(x)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = ir.Constant(ir.VectorType(DOUBLE, 1), ir.Undefined)
        vector = builder.insert_element(vector, args[2], ir.Constant(ir.IntType(32), 0))
        reach = [_reach(builder, vector)] if ty.careful else []
        return _types.make(context, builder, ty, args[1], vector, *reach)

    return ty(marker, x, types.float64), codegen


def directed(x: Any, t: Any, marker: Any) -> Any:
    """x with the tangent t, of the same container and shape."""
    raise NotImplementedError


@overload(directed)
def _directed(x: Any, t: Any, marker: Any) -> Any:
    if isinstance(x, types.Float) and isinstance(t, (types.Float, types.Integer)):
        return lambda x, t, marker: _with_direction(marker, x, t)
    if isinstance(x, types.Array) and isinstance(t, types.Array):
        new = Marker(marker.dtype.with_base(x.dtype))

        def of_array(x: Any, t: Any, marker: Any) -> Any:
            if x.shape != t.shape:
                raise ValueError("a direction must have the shape of its primal")
            out = np.empty(x.shape, new)
            for index in np.ndindex(x.shape):
                out[index] = _with_direction(marker, x[index], t[index])
            return out

        return of_array
    if isinstance(x, types.BaseTuple) and isinstance(t, types.BaseTuple) and len(x) == len(t):
        if len(x) == 0:
            return lambda x, t, marker: ()
        if isinstance(x, types.BaseNamedTuple):
            make = x.instance_class
            return lambda x, t, marker: make(*directed(x[:], t, marker))
        return lambda x, t, marker: (directed(x[0], t[0], marker),) + directed(x[1:], t[1:], marker)
    raise errors.TypingError(
        f"dualad: a direction of type {t} was given for a primal of type {x}; floats and arrays "
        "of them have directions, and outer derivatives have none here"
    )


def numbers_in(ty: Any) -> list[ADType]:
    """The differentiated numbers in a type."""
    if isinstance(ty, ADType):
        return [ty]
    if isinstance(ty, (types.Array, types.List)):
        return numbers_in(ty.dtype)
    if isinstance(ty, types.BaseTuple):
        return [n for t in ty for n in numbers_in(t)]
    return []


def check_plain(name: str, args: tuple[Any, ...]) -> None:
    """Refuse numbers of an outer derivative."""
    if any(numbers_in(a) for a in args):
        raise errors.TypingError(
            f"dualad: da.{name} inside a function that is differentiated itself; write da.grad or "
            "da.jacobian"
        )


def pushed(verb: Any, primals: Any, tangents: Any) -> Callable[..., Any]:
    """The body of ``da.jvp(g, primals, tangents)``."""
    check_plain("jvp", (primals, tangents))
    if not isinstance(primals, types.BaseTuple) or not isinstance(tangents, types.BaseTuple):
        raise errors.TypingError("dualad: primals and tangents of da.jvp are tuples")
    marker = Marker(DualType(types.float64, 1))
    g = verb.g
    known = hasattr(g, "py_func")
    f = differentiated(g, marker.ty) if known else g
    writes = known and bool(Layout(g, len(primals), (), tuple(range(len(primals)))).exposed)

    def jvp(f_: Any, primals: Any, tangents: Any) -> Any:
        if writes:
            all_apart(primals)
        y = f(*directed(primals, tangents, marker))
        return lowered(y, None), along(y, None, (0,))

    def body(f: Any, primals: Any, tangents: Any) -> Any:
        return _run(f, primals, tangents)

    jvp.__qualname__ = _store.unique("inner_jvp")
    _run = njit(jvp)
    return body
