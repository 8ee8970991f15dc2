"""Conversions to complex differentiated numbers."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.extending import lower_cast

from ._structures import packed, taken
from ._types import ADType, ComplexType, constant, plain_of


@lower_cast(types.Number, ComplexType)
@lower_cast(types.Boolean, ComplexType)
def _plain_to_complex(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    number = context.cast(builder, val, types.unliteral(fromty), toty.base)
    parts = [constant(context, builder, toty.part, taken(builder, number, i)) for i in range(2)]
    return packed(builder, context.get_value_type(toty), parts)


@lower_cast(ADType, ComplexType)
def _real_to_complex(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    zero = context.get_constant(toty.part.base, 0.0)
    parts = (
        context.cast(builder, val, fromty, toty.part),
        constant(context, builder, toty.part, zero),
    )
    return packed(builder, context.get_value_type(toty), parts)


@lower_cast(ComplexType, ComplexType)
def _between_complex(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    parts = [
        context.cast(builder, taken(builder, val, i), fromty.part, toty.part) for i in range(2)
    ]
    return packed(builder, context.get_value_type(toty), parts)


@lower_cast(ComplexType, types.Boolean)
def _complex_to_bool(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    return context.is_true(builder, fromty.base, plain_of(builder, fromty, val))
