"""`np.broadcast` of numbers, in lifted code: its members are the numbers' own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .._numbers import primal_tree
from .._numbers._number import as_array, holds_number


class Broadcast:
    """What `np.broadcast` gives; shape, index and the like are the plain object's."""

    def __init__(self, args: tuple[Any, ...]) -> None:
        self._args = args
        self._plain = np.broadcast(*primal_tree(args))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def __iter__(self) -> Broadcast:
        return self

    def __next__(self) -> tuple[Any, ...]:
        index = self._plain.index
        members = next(self._plain)
        at = np.unravel_index(index, self._plain.shape)
        return tuple(
            _member(x, at, self._plain.shape) if holds_number(x) else plain
            for x, plain in zip(self._args, members, strict=True)
        )

    @property
    def iters(self) -> tuple[Iterator[Any], ...]:
        """One iterator for each operand."""
        shape = self._plain.shape
        return tuple(
            _members(x, shape) if holds_number(x) else plain
            for x, plain in zip(self._args, self._plain.iters, strict=True)
        )


def _member(x: Any, at: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    return np.broadcast_to(as_array(x), shape)[at]


def _members(x: Any, shape: tuple[int, ...]) -> Iterator[Any]:
    return (_member(x, at, shape) for at in np.ndindex(*shape))


def broadcast(*args: Any) -> Any:
    """`np.broadcast`; the operands of one that is given stand in its place."""
    flat: list[Any] = []
    for x in args:
        flat += x._args if type(x) is Broadcast else (x,)
    return Broadcast(tuple(flat)) if holds_number(flat) else np.broadcast(*args)


__all__ = ["broadcast"]
