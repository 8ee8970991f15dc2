"""Arguments that share memory, of which g writes one, inside compiled code (see `_overlaps`)."""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import arrayobj

from ._overload import overload

MEETS = (
    "a function that writes into one of its arguments got another that shares memory with it, and "
    "is differentiated inside compiled code: pass a copy"
)


@intrinsic
def _meets(typingctx: Any, a: Any, b: Any) -> Any:
    """Whether the memory of one array begins before that of another ends, and the reverse."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        ends = []
        for ty, value in zip(sig.args, args, strict=True):
            x = arrayobj.make_array(ty)(context, builder, value)
            shape, strides = (cgutils.unpack_tuple(builder, t) for t in (x.shape, x.strides))
            ends += arrayobj.get_array_memory_extents(
                context, builder, ty, x, shape, strides, x.data
            )
        return arrayobj.extents_may_overlap(context, builder, *ends)

    return types.boolean(a, b), codegen


def apart(a: Any, b: Any) -> Any:
    """Raise where two arguments share memory."""
    raise NotImplementedError


@overload(apart)
def _apart(a: Any, b: Any) -> Any:
    if isinstance(a, types.Array) and isinstance(b, types.Array):

        def arrays(a: Any, b: Any) -> Any:
            if a.size and b.size and _meets(a, b):
                raise ValueError(MEETS)

        return arrays
    if isinstance(a, types.BaseTuple) and len(a):

        def first(a: Any, b: Any) -> Any:
            apart(a[0], b)
            apart(a[1:], b)

        return first
    if isinstance(b, types.BaseTuple) and len(b):

        def second(a: Any, b: Any) -> Any:
            apart(a, b[0])
            apart(a, b[1:])

        return second
    return lambda a, b: None


def all_apart(given: Any) -> Any:
    """Raise where two members of a tuple share memory."""
    raise NotImplementedError


@overload(all_apart)
def _all_apart(given: Any) -> Any:
    if len(given) < 2:
        return lambda given: None

    def members(given: Any) -> Any:
        apart(given[0], given[1:])
        all_apart(given[1:])

    return members


__all__ = ["all_apart", "apart"]
