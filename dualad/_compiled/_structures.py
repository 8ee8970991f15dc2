"""Structures of LLVM whose members are remembered.

A number travels as a structure, and each operation takes apart what the one before it put together.
LLVM would remove that, but has to read it first: in reverse mode three of four instructions. Where
the structure was put together in the same function its members are at hand: they are taken from
Python, and a result takes over what it has in common with an operand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llvmlite import ir

_NAME = "dualad_members"


def packed(builder: Any, whole: Any, parts: Iterable[Any], like: Iterable[Any] = ()) -> Any:
    """A structure of LLVM from its members; `like`: others that may have some of them already."""
    parts = tuple(parts)
    out: Any = ir.Constant(whole, ir.Undefined)
    have: tuple[Any, ...] = (None,) * len(parts)
    for other in like:
        found = getattr(other, _NAME, None)
        if found and other.type == whole and _common(found, parts) > _common(have, parts):
            out, have = other, found
    for i, part in enumerate(parts):
        if part is not have[i]:
            out = builder.insert_value(out, part, i)
    setattr(out, _NAME, parts)
    return out


def _common(some: tuple[Any, ...], others: tuple[Any, ...]) -> int:
    return sum(a is b for a, b in zip(some, others, strict=True))


def taken(builder: Any, whole: Any, i: int) -> Any:
    """A member of a structure of LLVM."""
    found = getattr(whole, _NAME, None)
    return builder.extract_value(whole, i) if found is None else found[i]
