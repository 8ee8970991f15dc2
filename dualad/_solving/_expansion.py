"""A function of numbers of any kind, from its derivatives along fresh dual numbers.

    f(p + d) = f(p) + f'(p) d + f''(p) d d / 2 + ...

Where d is the derivative-carrying part of a number, whose value is zero, the series ends at the
order that the number carries and is exact. It is written in NumPy functions that have rules, so it
is recorded, transposed and nested as any other expression; f itself meets dual numbers only, of
levels of its own. This is how a solver that carries tangents forward answers in reverse mode, where
the parameters are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers import Dual, Level, Number, primal
from .._numbers._number import as_array
from .._rules._dispatch import dispatched
from .._rules._registry import register
from .._rules._row import Linear


class Vector:
    """Numbers and plain values of any shapes as one vector.

    Parameters
    ----------
    members : sequence
        Numbers, and nested lists of them; scalars and arrays.
    """

    def __init__(self, members: Sequence[Any]) -> None:
        self.arrays = [as_array(x) for x in members]
        self.shapes = [np.shape(x) for x in self.arrays]
        self.sizes = [int(np.prod(shape)) for shape in self.shapes]
        self.size = sum(self.sizes)

    def joined(self) -> Any:
        """The vector, of shape ``(size,)``."""
        flat = [np.reshape(x, (-1,)) for x in self.arrays]
        return np.concatenate(flat) if len(flat) > 1 else flat[0] + 0.0

    def split(self, vector: Any) -> list[Any]:
        """The members out of such a vector; scalars as scalars."""
        out, start = [], 0
        for shape, size in zip(self.shapes, self.sizes, strict=True):
            part = vector[start : start + size]
            out.append(np.reshape(part, shape) if shape else part[0])
            start += size
        return out


class Expansion:
    """Fresh dual numbers at a point, and outer numbers out of what a function answers there.

    Parameters
    ----------
    vector : Number of shape (p,)
        The outer numbers.
    order : int
        The order of derivatives that they carry.
    """

    def __init__(self, vector: Any, order: int) -> None:
        point = primal(vector)
        self.step = displaced(vector, point)  # its value is zero
        self.levels: list[Level] = []
        self.seeded: Any = point
        for _ in range(order):
            level = Level((point.size,))
            self.levels.append(level)
            self.seeded = Dual._make(self.seeded, np.eye(point.size), level)

    def outer(self, answer: Any) -> Any:
        """The outer number that a number of the fresh levels stands for; its value is exact."""
        found = self.derivatives(as_array(answer))
        value = found[0][()]
        if not any(d.any() for d in found[1:]):
            return value
        total: Any = found[-1]
        for k in range(len(self.levels), 0, -1):
            flat = np.reshape(total, (self.step.shape[0], -1))
            total = np.reshape(self.step @ flat / float(k), np.shape(found[k - 1]))
            total = total + found[k - 1]
        total = total if np.ndim(value) else total[()]
        total._pin(value)
        return total

    def derivatives(self, answer: Any) -> list[Any]:
        """Plain derivatives of orders 0, 1, ..., of shapes ``(p,) * k + S``."""
        found: list[Any] = []
        rest = answer
        for level in reversed(self.levels):
            mine = isinstance(rest, Number) and rest._level is level
            found.append(rest._value if mine else rest)
            shape = (level.shape[0], *np.shape(rest))
            rest = rest._parts() if mine else np.zeros(shape)
        found.append(rest)
        return [np.asarray(primal(x)) for x in found]


# --- the step ------------------------------------------------------------------------------------


@dispatched
def displaced(vector: Any, point: np.ndarray) -> Any:
    """The vector less its plain value. A solver's graph holds for the values it was made with."""
    if not np.array_equal(vector, point, equal_nan=True):
        raise InputError(
            "a graph with the solution of a solver in it was run again with other values",
            "da.trace of the function with these values",
        )
    return np.zeros(np.shape(point))


displaced._transposed_note = lambda: (  # type: ignore[attr-defined]  # what `explain` says
    "a differential equation: its forward sensitivities are recorded, as parameters are few"
)
register(
    [
        Linear(
            displaced,
            lambda vector, point: ((vector,), point),
            lambda point, vector: displaced(vector, point),
            lambda _point, ct, _shapes: (ct,),
            lambda _point, block: block,
        )
    ]
)

__all__ = ["Expansion", "Vector", "displaced"]
