"""Variables of a tape that are known to be the same, see `_naming`."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from ._tape import MOST_PARTS, LinType, VarType, flushed

MOST_KEPT = 8
"""Partials up to which a name stays the result of an operation."""


def labelled(x: Any, label: Any) -> Any:
    """A variable with a label; anything else as it is."""
    raise NotImplementedError


def kept(x: Any, label: Any) -> Any:
    """The result of an operation that has a name: as it is, or a variable with a label."""
    raise NotImplementedError


class _Template(AbstractTemplate):
    prefer_literal = True

    def generic(self, args: Any, kws: Any) -> Any:
        x, label = args
        if not isinstance(label, types.IntegerLiteral):
            return None
        many = self.key is kept and isinstance(x, LinType) and x.parts > MOST_KEPT
        becomes = many or isinstance(x, VarType)
        out = VarType(x.base, x.order, label.literal_value) if becomes else x
        return signature(out, x, label)


@infer_global(labelled)
class _Labelled(_Template):
    key = labelled


@infer_global(kept)
class _Kept(_Template):
    key = kept


@lower_builtin(labelled, types.Any, types.Integer)
@lower_builtin(kept, types.Any, types.Integer)
def _lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    ty = sig.args[0]
    if isinstance(ty, LinType) and ty != sig.return_type:
        return flushed(context, builder, ty, args[0])
    return impl_ret_borrowed(context, builder, sig.return_type, args[0])


def labels_for(kinds: list[Any]) -> tuple[int | None, ...]:
    """The labels of a result of operands of these types: one for each of its partials."""
    found = joined(kinds)
    if len(found) > MOST_PARTS:
        found = joined([k.variable() if isinstance(k, LinType) else k for k in kinds])
    return tuple(found)


def joined(kinds: list[Any]) -> list[int | None]:
    """The labels of numbers of these types, those of one variable once."""
    found: list[int | None] = []
    for label in (label for kind in kinds for label in kind.labels):
        if label is None or label not in found:
            found.append(label)
    return found
