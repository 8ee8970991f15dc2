"""Partial derivatives of inverse functions, from those of what they invert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

PROBABILITY = -1


def inverse(
    slopes: Sequence[Callable[..., Any]],
    unknown: int,
    arguments: Sequence[int],
    sign: float = 1.0,
) -> dict[int, Callable[..., Any]]:
    """The partials of the function that solves F(x_0, x_1, ...) = p for one x.

    Parameters
    ----------
    slopes : sequence of callable
        The partial derivatives of F, each of all of F's arguments.
    unknown : int
        The position of the x that is solved for.
    arguments : sequence of int
        What the arguments of the inverse function are: positions in F, or `PROBABILITY`.
    sign : float
        -1.0 where p is 1 - F.
    """

    def filled(args: tuple[Any, ...]) -> list[Any]:
        full: list[Any] = [None] * len(slopes)
        for position, x in zip(arguments, args[:-1], strict=True):
            if position != PROBABILITY:
                full[position] = x
        full[unknown] = args[-1]
        return full

    def along(position: int) -> Callable[..., Any]:
        def formula(*args: Any) -> Any:
            full = filled(args)
            slope = slopes[unknown](*full)
            if position == PROBABILITY:
                return sign / slope
            return -slopes[position](*full) / slope

        return formula

    return {i: along(position) for i, position in enumerate(arguments)}
