"""Partial derivatives of inverse functions, from those of what they invert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._rules._helpers import select

PROBABILITY = -1
_FARTHEST = 1e99  # SciPy looks for parameters within 1e100, and returns that if there is none


def inverse(
    slopes: Sequence[Callable[..., Any]],
    unknown: int,
    arguments: Sequence[int],
    sign: float = 1.0,
    least: float | None = None,
    farthest: float = _FARTHEST,
    nearest: float = 0.0,
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
    least : float, optional
        The answer where no x, from there on, has so small a p. It is locally constant there.
    farthest : float
        The answer where no x has so large a p.
    nearest : float
        The same for answers near 0.
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
            end = at_end(args[-1], least, farthest, nearest)
            if np.all(end):
                return 0.0 * args[-1]
            full = filled(args)
            slope = slopes[unknown](*full)
            d = sign / slope if position == PROBABILITY else -slopes[position](*full) / slope
            return select(end, 0.0, d) if np.any(end) else d

        return formula

    return {i: along(position) for i, position in enumerate(arguments)}


def at_end(
    answer: Any, least: float | None = None, farthest: float = _FARTHEST, nearest: float = 0.0
) -> Any:
    """Where the answer is an end of the range that SciPy looks in, and so is locally constant."""
    size = np.abs(answer)
    end = (size >= farthest) | (size < nearest)
    return end if least is None else end | np.equal(answer, least)


def where_solved(answer: Any, d: Any, least: float | None = None) -> Any:
    """The derivative d; 0 where the answer is an end."""
    end = at_end(answer, least)
    return select(end, 0.0, d) if np.any(end) else d
