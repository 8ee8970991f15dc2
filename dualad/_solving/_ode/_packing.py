"""Numbers of several levels as plain arrays, and back.

A number of the levels l1 < l2 < ... < lm, with c1, ..., cm rows each (a value and its tangents), of
shape S is one plain array of shape ``(c1, ..., cm) + S``: the layout that nested stacked numbers
have in memory. Entry (0, ..., 0) is the plain value. An integrator carries that array; the user's
function is given the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._errors import NoRuleError
from ..._graph import Tape, Var
from ..._numbers import Dual, HyperDual, Level, Number
from ..._numbers._dual import ArrayDual
from ..._numbers._number import as_array
from ..._numbers._stacked import Scalar

_new = object.__new__


class Levels:
    """The levels that a problem's numbers have, the outermost evaluation first.

    Attributes
    ----------
    levels : list of Level
        In increasing order.
    makes : list of type
        `Dual`, `HyperDual`, or `Var`, of each level.
    counts : tuple of int
        1 + the number of tangents, of each level.
    orders : list of int
        The order of derivatives that each level carries.
    order : int
        Their sum.
    """

    def __init__(self, found: dict[Level, type]) -> None:
        self.levels = sorted(found, key=lambda level: level.n)
        self.makes: list[Any] = [found[level] for level in self.levels]
        self.forward = Var not in self.makes
        self.counts: tuple[int, ...] = ()
        if self.forward:
            pairs = zip(self.makes, self.levels, strict=True)
            self.counts = tuple(1 + make._count(level) for make, level in pairs)
        self.orders = [_order(*pair) for pair in zip(self.makes, self.levels, strict=True)]
        self.order = sum(self.orders)

    @property
    def columns(self) -> int:
        """How many columns the state has: the value and all tangents."""
        return int(np.prod(self.counts))

    def fresh(self) -> Levels:
        """Levels of the same shapes that nobody watches."""
        made = Levels({})
        made.levels = [Level(level.shape) for level in self.levels]
        made.makes, made.counts = self.makes, self.counts
        made.orders, made.order = self.orders, self.order
        return made

    def pack(self, full: np.ndarray) -> Any:
        """The number of shape S that an array of shape ``counts + S`` stands for."""
        x: Any = full
        for make, level in zip(self.makes, self.levels, strict=True):
            x = make._from_block(x, level)
        return x

    def pack_state(self, full: np.ndarray) -> Any:
        """As `pack`, quickly, where S has one axis."""
        if len(self.levels) == 1 and self.makes[0] is Dual:
            return ArrayDual._wrap(full, self.levels[0])
        return self.pack(full)

    def unpack(self, x: Any, depth: int | None = None) -> np.ndarray:
        """The array that stands for a number, or for what holds numbers.

        Raises
        ------
        NoRuleError
            x depends on a number whose level has not been met before.
        """
        depth = len(self.levels) if depth is None else depth
        if depth == 0:
            if isinstance(x, Number):
                raise NoRuleError(
                    "scipy.integrate.solve_ivp: the right-hand side depends on a differentiated "
                    "number that could not be found beforehand",
                    "args=(parameters,), or parameters that the function closes over",
                )
            return np.asarray(x)
        x = as_array(x)
        level = self.levels[depth - 1]
        if not isinstance(x, Number) or x._level is not level:
            value = self.unpack(x, depth - 1)
            shape = self.counts[: depth - 1]
            full = np.zeros(
                (*shape, self.counts[depth - 1], *value.shape[depth - 1 :]), value.dtype
            )
            full[(slice(None),) * (depth - 1) + (0,)] = value
            return full
        if not isinstance(x, Scalar):
            return self.unpack(x._d, depth - 1)
        value = self.unpack(x._value, depth - 1)
        parts = self.unpack(x._parts(), depth - 1)
        return np.concatenate((value[..., None], parts), axis=-1)

    def unpack_state(self, out: Any, n: int) -> np.ndarray:
        """What the user's function returned, as ``counts + (n,)``; lists of scalars quickly."""
        kind = type(out)
        if (kind is list or kind is tuple) and len(self.levels) == 1 and len(out) == n:
            level, full = self.levels[0], np.zeros((*self.counts, n))
            for i, x in enumerate(out):
                if isinstance(x, Scalar) and x._level is level and type(x._value) in _REAL:
                    full[0, i], full[1:, i] = x._value, x._parts()
                elif type(x) in _REAL:
                    full[0, i] = x
                else:
                    break
            else:
                return full
        full = self.unpack(out)
        return full if full.shape[-1:] == (n,) else _of_state(full, self.counts, n)


_REAL = (float, np.float64)


def _of_state(full: np.ndarray, counts: tuple[int, ...], n: int) -> np.ndarray:
    """An answer of another shape than ``(n,)``, as SciPy's arithmetic spreads it."""
    shape = full.shape[len(counts) :]
    if not shape:
        return np.broadcast_to(full[..., None], (*counts, n)).copy()
    if full.size == n * int(np.prod(counts)):
        return full.reshape((*counts, n))
    return np.broadcast_to(full, (*counts, n)).copy()


def _order(make: type, level: Level) -> int:
    second = make is HyperDual or (isinstance(level, Tape) and level.second)
    return 2 if second else 1


def levels_of(numbers: Sequence[Any]) -> Levels:
    """The levels of numbers, and of what lists and tuples hold."""
    found: dict[Level, type] = {}
    for x in numbers:
        _collect(x, found)
    return Levels(found)


def _collect(x: Any, found: dict[Level, type]) -> None:
    if isinstance(x, Number):
        kind = type(x)
        make = next(m for m in (Dual, HyperDual, Var) if issubclass(kind, m))
        found[x._level] = make
        if issubclass(kind, Scalar):
            _collect(x._value, found)
            _collect(x._parts(), found)
        else:
            _collect(x._value if make is Var else x._d, found)
    elif isinstance(x, (list, tuple)):
        for item in x:
            _collect(item, found)
    elif isinstance(x, np.ndarray) and x.dtype == object:
        _collect(list(x.flat), found)


__all__ = ["Levels", "levels_of"]
