"""`sol.sol`: the continuous solution, at plain times and at times that are numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._numbers import Number, primal
from ..._numbers._floating import quietly
from ..._numbers._number import as_array, holds_number
from ._packing import Levels, levels_of
from ._shift import nilpotent, shifted


class NumberSolution:
    """SciPy's OdeSolution, whose answers carry the derivatives.

    ``sol(t)`` has shape ``(n,)`` for a scalar t and ``(n, m)`` for m times; values are those of
    SciPy's solution, bit for bit. A t that is a number adds ``f(t, y) dt`` and what follows from it
    at higher orders.

    Attributes
    ----------
    ts, t_min, t_max, interpolants, n_segments
        Those of SciPy's plain solution.
    """

    def __init__(
        self, plain: Any, full: Callable[..., Any], fun: Callable[..., Any], levels: Levels
    ) -> None:
        self.plain, self._full, self._fun, self._levels = plain, full, fun, levels

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "plain":
            raise AttributeError(name)
        return getattr(self.plain, name)

    def __call__(self, t: Any) -> Any:
        moving = holds_number(t)
        times = as_array(t) if moving else np.asarray(t)
        if not moving:
            return self._at(times)
        if times.ndim == 0:
            return self._shifted(times)
        return np.stack([self._shifted(times[i]) for i in range(len(times))], axis=-1)

    def _at(self, t: np.ndarray) -> Any:
        """At plain times."""
        values = self.plain(t)
        full = np.array(self._full(t))
        counts = self._levels.counts
        full = full.reshape((*counts, *values.shape))
        full[(0,) * len(counts)] = values
        return self._levels.pack(full)

    def _shifted(self, t: Any) -> Any:
        """At one time that is a number."""
        y = self._at(np.asarray(primal(t)))
        if not isinstance(t, Number):
            return y
        order = levels_of([t]).order
        return quietly(shifted, self._fun, primal(t), y, nilpotent(t), order)


__all__ = ["NumberSolution"]
