"""``min`` and ``max`` of any number of scalars, with ties shared as `np.minimum` has it."""

from __future__ import annotations

import builtins
import operator
from typing import Any

import numpy as np
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from . import _types
from ._chain import Emission, chain
from ._rows import PLAIN, ROWS, differentiated
from ._types import ADType

_ROW = {builtins.max: ROWS[np.maximum], builtins.min: ROWS[np.minimum]}
_TAKES = {builtins.max: operator.gt, builtins.min: operator.lt}


def _template(fn: Any) -> type[AbstractTemplate]:
    class Choice(AbstractTemplate):
        key = fn
        metadata = {"target": "cpu"}  # noqa: RUF012  # asked before Numba's own

        def generic(self, args: Any, kws: Any) -> Any:
            args = tuple(map(types.unliteral, args))
            kind = differentiated(args)
            if kws or len(args) < 2 or kind is None:
                return None
            if not all(isinstance(a, (ADType, *PLAIN)) for a in args):
                return None
            plain = [a.base if isinstance(a, ADType) else a for a in args]
            unified = self.context.unify_types(*plain)
            if not isinstance(unified, types.Float):
                return None
            return signature(kind.with_base(unified), *args)

    return Choice


def _lowering(fn: Any) -> Any:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        ty = sig.return_type
        # The signature keeps constants plain; they are cast to the common type, as Numba does.
        kind, best = _in_base(context, builder, ty, sig.args[0], args[0])
        for own, x in zip(sig.args[1:], args[1:], strict=True):
            next_kind, x = _in_base(context, builder, ty, own, x)
            pair = [(kind, best), (next_kind, x)]
            a, b = (_value(builder, t, n) for t, n in pair)
            test = context.get_function(_TAKES[fn], types.boolean(ty.base, ty.base))
            value = builder.select(test(builder, (b, a)), b, a)
            if kind is not ty and next_kind is not ty:
                best = value
                continue
            row: Any = _ROW[fn]
            best = chain(Emission(context, builder, row, pair, value, ty.base), ty, value)
            kind = ty
        return context.cast(builder, best, kind, ty)

    return lower


def _value(builder: Any, ty: Any, x: Any) -> Any:
    return _types.value_of(builder, x) if isinstance(ty, ADType) else x


def _in_base(context: Any, builder: Any, ty: ADType, own: Any, x: Any) -> tuple[Any, Any]:
    wanted = ty if isinstance(own, ADType) else ty.base
    return wanted, context.cast(builder, x, own, wanted)


def register() -> None:
    """Type and write min and max for differentiated numbers."""
    for fn in _ROW:
        infer_global(fn, types.Function(_template(fn)))
        lower = _lowering(fn)
        # Numba finds the most special signature: one for each place of the first such number.
        for place in range(8):
            before = (types.Number,) * place
            lower_builtin(fn, *before, ADType, types.VarArg(types.Any))(lower)
            lower_builtin(fn, *before, ADType)(lower)


register()
