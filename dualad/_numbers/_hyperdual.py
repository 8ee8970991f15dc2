"""Hyper-dual numbers: exact second derivatives in one pass.

    f(x + e1 + e2 + e12) = f + f' e1 + f' e2 + (f' e12 + f'' e1 e2)

See J. Fike, J. Alonso, "The development of hyper-dual numbers for exact second-derivative
calculations", AIAA 2011-886. Many directions travel at once; where both sets of directions are
the same, only the pairs i <= j are stored.

Parts of the two layouts, as rows of one block:

``shape == (k1, k2)``   k1 rows e1, k2 rows e2, k1*k2 rows e12
``shape == (k,)``       k rows e1, k*(k + 1)/2 rows e12 in the order (0,0) (0,1) ... (1,1) (1,2) ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError
from .._rules._row import ZERO, Binary, Constant, Unary
from . import _fast_second
from ._at_kink import KINKED, watch_kinks
from ._dual import (
    ArrayDual,
    ScalarDual,
    _same_tuple,
    chain2,
    is_complex,
    part_array,
    plain_value,
)
from ._fast_second import cross, pairs
from ._level import Level, level_by_hand
from ._number import Number
from ._shown import number_html, number_text
from ._slope import slope
from ._stacked import Parted, Scalar, Stacked
from ._watch import SCALARS

_new = object.__new__
_F8 = np.dtype(np.float64)


class HyperDual(Parted):
    """A hyper-dual number: a value, two sets of tangents and their mixed second derivatives.

    Parameters
    ----------
    value : float or array_like, shape S
    e1 : array_like, shape (k1,) + S
        First derivatives along the first set of directions.
    e2 : array_like, shape (k2,) + S
        ... along the second set. Pass the same object as `e1` for symmetric storage.
    e12 : array_like, shape (k1, k2) + S
        Mixed second derivatives; for symmetric storage it must be symmetric.

    Attributes
    ----------
    value, e1, e2, e12
        As above, always in full.

    Raises
    ------
    InputError
        If the shapes do not fit together.

    Examples
    --------
    The second derivative of x**3 at 2:

    >>> x = HyperDual(2.0, [1.0], [1.0], [[0.0]])
    >>> (x**3).e12
    array([[12.]])

    References
    ----------
    J. Fike, J. Alonso, AIAA paper 2011-886.
    """

    __slots__ = ()

    def __new__(cls, value: Any, e1: Any, e2: Any, e12: Any) -> HyperDual:
        value = plain_value(value)
        symmetric = e1 is e2
        a, b = part_array("e1", e1, 1, value), part_array("e2", e2, 1, value)
        c = part_array("e12", e12, 2, value)
        if c.shape[:2] != (a.shape[0], b.shape[0]):
            raise InputError(
                f"e12 has {c.shape[:2]} directions; e1 and e2 have ({a.shape[0]}, {b.shape[0]})"
            )
        if symmetric:
            if isinstance(c, np.ndarray) and not np.array_equal(
                c, c.swapaxes(0, 1), equal_nan=True
            ):
                raise InputError("e1 is e2, but e12 is not symmetric", "pass a copy of e1 as e2")
            i, j = pairs(a.shape[0])
            parts, shape = np.concatenate((a, c[i, j])), (a.shape[0],)
        else:
            flat = c.reshape((c.shape[0] * c.shape[1], *c.shape[2:]))
            parts, shape = np.concatenate((a, b, flat)), c.shape[:2]
        out: HyperDual = cls._make(value, parts, level_by_hand("HyperDual", shape))
        return out

    @property
    def value(self) -> Any:
        return self._value

    @property
    def e1(self) -> Any:
        return self._parts()[: self._level.shape[0]]

    @property
    def e2(self) -> Any:
        shape = self._level.shape
        return self.e1 if len(shape) == 1 else self._parts()[shape[0] : sum(shape)]

    @property
    def e12(self) -> Any:
        shape, t = self._level.shape, self._parts()
        if len(shape) == 2:
            return t[sum(shape) :].reshape(shape + t.shape[1:])
        k = shape[0]
        i, j = pairs(k)
        where = np.empty((k, k), np.intp)
        where[i, j] = where[j, i] = np.arange(k, k + len(i))
        return t[where]

    @staticmethod
    def _count(level: Level) -> int:
        shape = level.shape
        if len(shape) == 1:
            return shape[0] + shape[0] * (shape[0] + 1) // 2
        return shape[0] + shape[1] + shape[0] * shape[1]

    @staticmethod
    def _chain(row: Unary, x: Any, y: Any, t: Any, level: Level) -> Any:
        if row.real_linear is not None and is_complex(x):
            return _complex_abs(row, x, t, level)
        if row.fn in KINKED:
            watch_kinks(level, row, (x,), y)
        d = slope(row, x, y)
        if type(row.d2) is Constant and row.d2 is ZERO:
            return t * d
        d2 = row.d2(x, y, d)
        return _add_second(t * d, d2 * cross(t, t, level), level)

    @staticmethod
    def _chain2(row: Binary, x: Any, y: Any, z: Any, tx: Any, ty: Any, level: Level) -> Any:
        if row.fn in KINKED:
            watch_kinks(level, row, (x, y), z)
        parts = chain2(row, x, y, z, tx, ty)
        second: Any = None
        if tx is not None and row.dxx is not ZERO:
            second = row.dxx(x, y, z) * cross(tx, tx, level)
        if ty is not None and row.dyy is not ZERO:
            term = row.dyy(x, y, z) * cross(ty, ty, level)
            second = term if second is None else second + term
        if tx is not None and ty is not None and row.dxy is not ZERO:
            term = row.dxy(x, y, z) * (cross(tx, ty, level) + cross(ty, tx, level))
            second = term if second is None else second + term
        if second is None:
            return parts
        if parts is None:
            parts = np.zeros((HyperDual._count(level),) + (1,) * np.ndim(z))
        return _add_second(parts, second, level)

    @classmethod
    def _binary(cls, row: Binary, x: Any, y: Any, f: Callable[..., Any], level: Level) -> Any:
        return _fast_second.binary(row, x, y, f, level, cls._long_binary)

    def _smooth_row(
        self,
        row: Any,
        params: Any,
        value: Any,
        operands: tuple[Any, ...],
        active: list[bool],
        values: list[Any],
    ) -> Any:
        """Array functions that are not linear: through a dual number of dual numbers."""
        level = self._level
        if row.fn in KINKED:
            watch_kinks(level, row, operands, value)
        outer, inner = _levels(level)
        nested = tuple(
            _to_nested(x, outer, inner) if a else x for x, a in zip(operands, active, strict=True)
        )
        top = next(x for x, a in zip(nested, active, strict=True) if a)
        answer = top._array_row(row, nested, params)
        if isinstance(answer, tuple):
            members = [
                _from_nested(v, a, level, outer, inner) for v, a in zip(value, answer, strict=True)
            ]
            return _same_tuple(value, members)
        return _from_nested(value, answer, level, outer, inner)

    def _by_hand(self) -> Any:
        # Pickle keeps identity, and so `e2 is e1`, which asks for symmetric storage.
        e1 = self.e1
        return HyperDual, (
            self._value,
            e1,
            e1 if len(self._level.shape) == 1 else self.e2,
            self.e12,
        )

    def _shown(self, how: Callable[..., str]) -> str:
        parts = [("value", self._value), ("e1", self.e1), ("e2", self.e2), ("e12", self.e12)]
        return how(self, "HyperDual", parts, np.shape(parts[3][1])[:2])

    def __repr__(self) -> str:
        return self._shown(number_text)

    def _repr_html_(self) -> str:
        """For notebooks: the value, and a line for each direction."""
        return self._shown(number_html)


class ScalarHyperDual(HyperDual, Scalar):
    """A hyper-dual whose value is one number."""

    __slots__ = ("_level", "_t", "_value")


class ArrayHyperDual(HyperDual, Stacked):
    """A hyper-dual array; float64 arrays have a shorter way than the common one."""

    __slots__ = ("_d", "_level")

    def _unary(self, row: Unary, f: Callable[..., Any]) -> Any:
        d = self._d
        if type(d) is not np.ndarray or d.dtype is not _F8 or d.ndim < 2:
            return Parted._unary(self, row, f)
        if d.ndim > 2 and not d.flags.c_contiguous:
            return Parted._unary(self, row, f)
        return _fast_second.unary(self, row, f)


HyperDual._array_form = ArrayHyperDual
HyperDual._scalar_form = ScalarHyperDual
SCALARS.add(ScalarHyperDual)
_fast_second.Array, _fast_second.Scalar = ArrayHyperDual, ScalarHyperDual


# --- the second-order part ---------------------------------------------------------------------


def _add_second(first: Any, second: Any, level: Level) -> Any:
    """`first` with `second` added to its rows of e12."""
    k = sum(level.shape)
    if isinstance(first, Number) or isinstance(second, Number):
        shape = np.broadcast_shapes(first.shape[1:], second.shape[1:])
        head = np.broadcast_to(first[:k], (k, *shape))
        return np.concatenate((head, first[k:] + second))
    if first.shape[1:] != second.shape[1:] or first.dtype != second.dtype:
        shape = np.broadcast_shapes(first.shape[1:], second.shape[1:])
        dtype = np.result_type(first, second)
        first = np.array(np.broadcast_to(first, first.shape[:1] + shape), dtype)
    first = first.copy() if first.base is not None else first
    first[k:] += second
    return first


def _complex_abs(row: Unary, x: Any, t: Any, level: Level) -> Any:
    """Real-linear rows of a complex argument: conj is linear; abs through its square."""
    jvp = row.real_linear[0]  # type: ignore[index]  # the caller has seen that it is there
    y = row.fn(x)
    first = jvp(x, y, t)
    if row.fn is np.conjugate:
        return first
    # |z|'' [a, b] = (Re(conj(a) b) - Re(conj(u) a) Re(conj(u) b)) / |z|,  u = z/|z|
    mixed = np.real(cross(np.conjugate(t), t, level))
    return _add_second(first, (mixed - cross(first, first, level)) / y, level)


# --- to a dual of duals and back ---------------------------------------------------------------


def _levels(level: Level) -> tuple[Level, Level]:
    """Fresh levels of the dual of duals that stands for a hyper-dual of this level."""
    shape = level.shape
    inner = Level((shape[0],))
    return Level((shape[-1],)), inner


def _to_nested(x: HyperDual, outer: Level, inner: Level) -> Any:
    """The dual number (e2) of dual numbers (e1) that equals x."""
    value, e1, e2, e12 = x._value, x.e1, x.e2, x.e12
    rows = np.concatenate((e2[None], e12))  # (1 + k1, k2) + S
    if isinstance(x, Scalar):
        low: Any = _new(ScalarDual)
        low._value, low._t, low._level = value, e1, inner
        high: Any = _new(ScalarDual)
        tangents = _new(ArrayDual)
        tangents._d, tangents._level = rows, inner
        high._value, high._t, high._level = low, tangents, outer
        return high
    first = np.concatenate((value[None], e1))
    block = np.concatenate((first[:, None], rows), axis=1)  # (1 + k1, 1 + k2) + S
    low = _new(ArrayDual)
    low._d, low._level = block, inner
    high = _new(ArrayDual)
    high._d, high._level = low, outer
    return high


def _from_nested(value: Any, x: Any, level: Level, outer: Level, inner: Level) -> Any:
    """The hyper-dual that equals the dual of duals x."""
    k1, k2 = level.shape[0], level.shape[-1]
    low, tangents = _split(x, outer, k2)
    _, e1 = _split(low, inner, k1)
    e2, e12 = _split(tangents, inner, k1)
    if len(level.shape) == 1:
        i, j = pairs(k1)
        return HyperDual._make(value, np.concatenate((e1, e12[i, j])), level)
    flat = e12.reshape((k1 * k2, *e12.shape[2:]))
    return HyperDual._make(value, np.concatenate((e1, e2, flat)), level)


def _split(x: Any, level: Level, k: int) -> tuple[Any, Any]:
    """Value and tangents of x at this level; x itself and zeros where it is a constant there."""
    if isinstance(x, Number) and x._level is level:
        return x._value, x._parts()
    return x, np.zeros((k, *np.shape(x)))


__all__ = ["ArrayHyperDual", "HyperDual", "ScalarHyperDual", "pairs"]
