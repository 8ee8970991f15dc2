"""The Jacobian of a black box, as a function that can be differentiated once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import NoRuleError
from .._numbers._number import highest
from .._rules._row import Differential
from ._linear import lanes_of
from ._packing import dtype_of, pack, size_of, unpack
from ._rule import Invocation


class Slopes:
    """The Jacobian of a black box as a function, whose own derivative is by second differences.

    It has a row, so that derivatives of every kind may pass through it once more.
    """

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.__name__ = f"the derivative of {owner.__name__}"
        self.row = Differential(self, self._prepare, self.value, self._jvp, self._vjp)

    def _prepare(self, *_args: Any) -> Any:
        raise NotImplementedError("never called by its name")

    def value(self, params: Invocation, *operands: Any) -> Any:
        top = highest(operands)
        if top is not None:
            return top._array_row(self.row, operands, params)
        return self.owner.first(params, operands)

    def _second(self, params: Invocation, operands: tuple[Any, ...]) -> np.ndarray:
        if highest(operands) is not None:
            raise NoRuleError(
                f"a third derivative of {self.owner.__name__}, which finite_difference does not "
                "give",
                "a rule with an analytic derivative: elementwise, custom_jvp",
            )
        return self.owner.second(params, operands)

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        active = params.active
        second = self._second(params, operands)
        m, n, _ = second.shape
        k = lanes_of(blocks)
        t = pack([blocks[i] for i in active], [operands[i] for i in active], k)
        flat = t @ np.ascontiguousarray(np.moveaxis(second, -1, 0)).reshape(n, m * n)
        return np.reshape(flat, (k, m, n))

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        second = self._second(params, operands)
        m, n, _ = second.shape
        found = np.reshape(ct, (ct.shape[0], m * n)) @ second.reshape(m * n, n)
        return part(found, params.active, operands, i)


def part(found: Any, active: Sequence[int], operands: Sequence[Any], i: int) -> Any:
    """The cotangent of operand i out of those of all active ones."""
    if i not in active:
        return np.zeros((found.shape[0], *np.shape(operands[i])), dtype_of(operands[i]))
    start = sum(size_of(operands[j]) for j in active if j < i)
    own = found[:, start : start + size_of(operands[i])]
    return unpack(own, [operands[i]])[0]


def apply(t: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """``t @ matrix``, where an exact zero of t wins over an infinite entry of the matrix."""
    if np.isfinite(matrix).all():
        return t @ matrix
    with np.errstate(all="ignore"):
        terms = np.where(t[:, :, None] == 0, 0.0, t[:, :, None] * matrix)
        return terms.sum(axis=1)
