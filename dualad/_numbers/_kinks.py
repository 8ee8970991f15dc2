"""Kinks that a function may smooth away: |x| at 0, a norm at the origin, a tie of a maximum.

Such a function r has no derivative there, and the convention 0 (or the mean) stands in for its
first one. A function g(r) with g'(0) = 0 is smooth all the same: ``norm(x)**2``,
``(1 + r) * exp(-r)``, a softplus written with ``maximum``. Near the kink ``r = sqrt(s)`` for a
smooth s >= 0 with s = 0 and s' = 0, so ``g(r) = g(0) + g''(0)/2 * s + ...``: to the second
derivative by the rules belongs ``g''(0)/2 * s''``. Here r is taken for an independent variable
where it meets its kink, which gives g''(0); and s is a sum of squares of numbers z that are 0, so
s'' = 2 z' z'^T.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._rules._norms import euclidean
from ._at_kink import PEAKS, TIES, meets_kink
from ._dual import Dual
from ._hyperdual import HyperDual
from ._level import Level
from ._number import Number, primal
from ._stacked import Parted, Scalar, Stacked


def _roots(row: Any, params: Any, operands: tuple[Any, ...], shape: tuple[int, ...]) -> list[Any]:
    """The numbers z of shape ``shape + (p,)``-to-be whose squares add up to s."""
    if row.fn in TIES:
        return [0.5 * (operands[0] - operands[1])]
    if row.fn is not euclidean:
        return list(operands)
    (x,), (axes, _) = operands, params
    x = np.moveaxis(x, axes, range(len(axes)))
    return list(np.reshape(x, (-1, *shape)))


class Recorder:
    """Keeps z' of every kink that is met, in the order of the meetings."""

    def __init__(self) -> None:
        self.columns: list[np.ndarray] = []  # (lanes, kinks, p)
        self.signs: list[float] = []  # -1 where the kink is a peak: a minimum

    def meet(self, row: Any, roots: list[Any], hit: np.ndarray, y: Any, level: Level) -> Any:
        k = level.shape[0]
        found = []
        for z in roots:
            t = z._parts() if isinstance(z, Number) and z._level is level else np.zeros((k,))
            t = np.reshape(t, (k, *(1,) * (hit.ndim - np.ndim(z)), *np.shape(t)[1:]))
            found.append(np.broadcast_to(t, (k, *hit.shape))[:, hit])
        self.columns.append(np.stack(found, axis=-1))
        self.signs += [-1.0 if row.fn in PEAKS else 1.0] * int(hit.sum())
        return y


class Probe:
    """Adds an independent variable to every kink that is met; `lanes(first, count)` seeds them."""

    def __init__(self, lanes: Callable[[int, int], np.ndarray]) -> None:
        self.met, self.lanes = 0, lanes

    def meet(self, _row: Any, _roots: list[Any], hit: np.ndarray, y: Any, level: Level) -> Any:
        count = int(hit.sum())
        parts = np.zeros((FormalHyperDual._count(level), *hit.shape))
        parts[: level.shape[0], hit] = self.lanes(self.met, count)
        self.met += count
        # y + -0.0 is y to the bit, for y = -0.0 too.
        value = np.full(hit.shape, -0.0) if isinstance(primal(y), np.ndarray) else np.float64(-0.0)
        return y + FormalHyperDual._make(value, parts, level)


class FormalLevel(Level):
    """The level of an evaluation that looks for kinks."""

    __slots__ = ("recorder",)

    def __init__(self, lanes: int, recorder: Any) -> None:
        super().__init__((lanes,))
        self.recorder = recorder


class _Formal:
    """Numbers that tell their level of the kinks that they meet."""

    __slots__ = ()

    def _unary(self: Any, row: Any, f: Any) -> Any:
        y = super()._unary(row, f)  # type: ignore[misc]  # a mixin
        return _met(self._level, row, None, (self,), y)

    @classmethod
    def _binary(cls: Any, row: Any, x: Any, y: Any, f: Any, level: Any) -> Any:
        z = super()._binary(row, x, y, f, level)  # type: ignore[misc]  # a mixin
        return z if z is NotImplemented else _met(level, row, None, (x, y), z)

    def _array_row(self: Any, row: Any, operands: tuple[Any, ...], params: Any) -> Any:
        y = super()._array_row(row, operands, params)  # type: ignore[misc]  # a mixin
        return _met(self._level, row, params, operands, y)


def _met(level: Any, row: Any, params: Any, operands: tuple[Any, ...], y: Any) -> Any:
    hit = None if isinstance(y, tuple) else meets_kink(row, operands, y)
    if hit is None or not hit.any():
        return y
    return level.recorder.meet(row, _roots(row, params, operands, hit.shape), hit, y, level)


class FormalDual(_Formal, Parted):
    """A dual number that records the kinks that it meets."""

    __slots__ = ()
    # The rules are Dual's, its short ways are not.
    _count = staticmethod(Dual._count)
    _chain = staticmethod(Dual._chain)
    _chain2 = staticmethod(Dual._chain2)
    _smooth_row = Dual._smooth_row
    value, tangent, _by_hand, _shown = Dual.value, Dual.tangent, Dual._by_hand, Dual._shown
    __repr__, _repr_html_ = Dual.__repr__, Dual._repr_html_


class _ScalarFormalDual(FormalDual, Scalar):
    __slots__ = ("_level", "_t", "_value")


class _ArrayFormalDual(FormalDual, Stacked):
    __slots__ = ("_d", "_level")


class FormalHyperDual(_Formal, HyperDual):
    """A hyper-dual number for which kinks are independent variables."""

    __slots__ = ()


class _ScalarFormalHyperDual(FormalHyperDual, Scalar):
    __slots__ = ("_level", "_t", "_value")


class _ArrayFormalHyperDual(FormalHyperDual, Stacked):
    __slots__ = ("_d", "_level")


FormalDual._array_form, FormalDual._scalar_form = _ArrayFormalDual, _ScalarFormalDual
FormalHyperDual._array_form = _ArrayFormalHyperDual
FormalHyperDual._scalar_form = _ScalarFormalHyperDual

__all__ = [
    "FormalDual",
    "FormalHyperDual",
    "FormalLevel",
    "Probe",
    "Recorder",
]
