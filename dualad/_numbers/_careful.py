"""The careful pass: structural zeros win over infinite partial derivatives, computed ones do not.

`0 * sqrt(x)` has the derivative 0 at 0, although sqrt'(0) is infinite; `sqrt(x)**2` has the
derivative 1 there, which no arithmetic on ``0 * inf`` can find: NaN, and a warning. To tell the two
apart each tangent travels with a *shadow* that is nonzero exactly where a chain of operations
reaches it from the seed, whatever the partial derivatives on the way. Shadows are multiplied by
random weights, so that they never cancel.

The usual pass does not do this. It is repeated carefully where its result is not finite.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import user_place
from .._rules._row import ZERO, Binary, Constant, Linear, Multilinear, Unary
from ._blocks import lift
from ._dual import Dual, _same_tuple, is_complex
from ._level import Level, hush, unhush
from ._number import Number, primal
from ._slope import slope, slope_of
from ._stacked import Parted, Scalar, Stacked
from ._telling import excuse, tell_indeterminate, tell_nan


def weigh(shadow: Any) -> Any:
    """A shadow times scattered weights in [0.5, 1.5), the same ones in every run.

    They need not be random, only without a linear pattern that sums could cancel; numpy.random is
    not used because it costs more to import than the rest of dualad.
    """
    shape = np.shape(shadow)
    i = np.arange(int(np.prod(shape, dtype=np.intp)))
    return shadow * (0.5 + np.modf(np.abs(np.sin(12.9898 * i + 78.233)) * 43758.5453)[0]).reshape(
        shape
    )


def halves(block: Any) -> tuple[Any, Any]:
    """(tangents, shadows) of a careful block."""
    k = block.shape[0] // 2
    return block[:k], block[k:]


def careful_term(block: Any, p: Any, constant: Any, place: Any) -> Any:
    """A careful block times a partial derivative.

    `constant` says (as a bool, or as a mask) where the partial does not depend on differentiated
    values, so that its zeros are structural.
    """
    t, s = halves(block)
    reached = primal(s) != 0
    if constant is not False:
        reached = reached & np.logical_not(np.logical_and(constant, is_zero(p)))
    g = t * p
    bad = np.isnan(primal(g)) & ~np.isnan(primal(t)) & ~np.isnan(primal(p)) & reached
    if np.any(bad):
        tell_indeterminate(place)
    ones = np.ones(np.shape(primal(p)))
    return np.concatenate((np.where(reached, g, 0.0), np.where(reached, weigh(s * ones), 0.0)))


def is_zero(p: Any) -> Any:
    """Where a partial derivative is 0, and its derivatives of lower levels are too."""
    if not isinstance(p, Number):
        return p == 0
    if not isinstance(p, Parted):
        return np.zeros(p.shape, bool)
    return is_zero(p._value) & np.all(is_zero(p._parts()), axis=0)


def careful_linear(block: Any) -> Any:
    """A careful block that a linear function may mix: its shadows get fresh weights."""
    t, s = halves(block)
    return np.concatenate((t, weigh(s)))


def careful_multilinear(
    apply: Any, block: Any, operands: tuple[Any, ...], position: int, active: list[bool]
) -> Any:
    """A multilinear function of a careful block and constants whose zeros are structural.

    ``apply(block, operands)`` is the row's `lanes` or `transpose` for this position.
    """
    t, s = halves(block)
    masks = tuple(
        pattern(x, a) if i != position else x
        for i, (x, a) in enumerate(zip(operands, active, strict=True))
    )
    shadow = apply(weigh(s), masks)
    finite = np.isfinite(primal(t))
    if finite.all():
        return np.concatenate((apply(t, operands), shadow))
    g = apply(np.where(finite, t, 0.0), operands)
    touched = apply(np.where(finite, 0.0, 1.0), masks) != 0
    mixed = apply(t, operands)
    positive = _signed(apply, t, operands, position, active)
    # A NaN keeps its derivatives of outer levels: those of a constant would be 0.
    known = np.isnan(primal(mixed)) & ~np.isnan(positive)
    return np.concatenate((np.where(touched, np.where(known, positive, mixed), g), shadow))


def pattern(x: Any, active: bool) -> Any:
    """1 where an operand passes something on: everywhere, if it is computed."""
    x = primal(x)
    return np.ones(np.shape(x)) if active else (x != 0).astype(float)


def _signed(
    apply: Any, t: Any, operands: tuple[Any, ...], position: int, active: list[bool]
) -> Any:
    """The sum of the infinite terms alone: +inf, -inf, or NaN where they disagree."""
    t = primal(t)
    signs = tuple(np.sign(primal(x)) if i != position else x for i, x in enumerate(operands))
    if any(a and not np.all(primal(x)) for x, a in zip(operands, active, strict=True)):
        return np.full((), np.nan)
    infinite = np.where(np.isinf(t), np.sign(t), 0.0)
    total = apply(infinite, signs)
    count = apply(
        np.abs(infinite), tuple(np.abs(x) if i != position else x for i, x in enumerate(signs))
    )
    nan = apply(
        np.isnan(t) * 1.0, tuple(np.abs(x) if i != position else x for i, x in enumerate(signs))
    )
    agree = (np.abs(total) == count) & (nan == 0)
    return np.where(agree, np.where(total > 0, np.inf, -np.inf), np.nan)


def _is_flat(row: Binary, which: int) -> bool:
    """Whether a partial is locally constant where it is 0: `maximum` does not take this operand."""
    seconds = (row.dxy, row.dyy) if which else (row.dxx, row.dxy)
    return all(s is ZERO for s in seconds) and all(k[which] != 0 for k in row.kinks.values())


def partial_is_constant(row: Binary, which: int, other: Any) -> Any:
    """Where the partial of a binary row depends on constants alone.

    `other` are the shadows of the other operand, None where it is a constant. Its elements that no
    direction reaches are constants too.
    """
    if type((row.dx, row.dy)[which]) is Constant or _is_flat(row, which):
        return True
    if set(row.keeps[which]) & set("xz" if which == 0 else "yz"):
        return False
    return True if other is None else ~np.any(primal(other) != 0, axis=0)


class CarefulDual(Parted):
    """A dual number whose k tangents are followed by their k shadows."""

    __slots__ = ()

    @staticmethod
    def _count(level: Level) -> int:
        return 2 * level.shape[0]

    @classmethod
    def _make(cls, value: Any, parts: Any, level: Level) -> Any:
        out = super()._make(value, parts, level)
        tell_nan(value, halves(parts)[0])
        return out

    @staticmethod
    def _chain(row: Unary, x: Any, y: Any, t: Any, _level: Level) -> Any:
        if row.real_linear is not None and is_complex(x):
            tangent, shadow = halves(t)
            return np.concatenate((row.real_linear[0](x, y, tangent), shadow))
        if type(row.d1) is Constant:
            tangent, shadow = halves(t)
            number = row.d1.number
            return np.concatenate((tangent * number, shadow * (number != 0)))
        return careful_term(t, slope(row, x, y), False, user_place())

    @staticmethod
    def _chain2(row: Binary, x: Any, y: Any, z: Any, tx: Any, ty: Any, _level: Level) -> Any:
        place = user_place()
        parts = None
        for which, (t, formula) in enumerate(((tx, row.dx), (ty, row.dy))):
            if t is None or formula is ZERO:
                continue
            other = tx if which else ty
            constant = partial_is_constant(row, which, None if other is None else halves(other)[1])
            p = slope_of(row, which, x, y, z)
            excuse(row, p)
            term = careful_term(t, p, constant, place)
            if parts is None:
                parts = term
            else:
                (a, s), (b, r) = halves(parts), halves(term)
                parts = np.concatenate((a + b, s + r))
        return parts

    def _array_row(self, row: Any, operands: tuple[Any, ...], params: Any) -> Any:
        if type(row) is not Linear:
            return super()._array_row(row, operands, params)
        level = self._level
        active = [isinstance(x, Number) and x._level is level for x in operands]
        values = [x._value if a else x for x, a in zip(operands, active, strict=True)]
        value = row.value(params, *values)
        token = hush()
        try:
            blocks = [
                careful_linear(x._parts()) if a else None
                for x, a in zip(operands, active, strict=True)
            ]
            return self._make(value, row.apply_lanes(params, *blocks), level)
        finally:
            unhush(token)

    def _smooth_row(
        self,
        row: Any,
        params: Any,
        value: Any,
        operands: tuple[Any, ...],
        active: list[bool],
        values: list[Any],
    ) -> Any:
        level = self._level
        if type(row) is not Multilinear:
            return self._differential(row, params, value, operands, active, values)
        parts: Any = None
        for i, a in enumerate(active):
            if a:
                term = careful_multilinear(
                    lambda block, xs, i=i: row.lanes(params, i, block, xs),
                    operands[i]._parts(),
                    tuple(values),
                    i,
                    active,
                )
                parts = term if parts is None else parts + term
        return self._make(value, parts, level)

    def _differential(
        self,
        row: Any,
        params: Any,
        value: Any,
        operands: tuple[Any, ...],
        active: list[bool],
        values: list[Any],
    ) -> Any:
        """Everything that enters reaches everything that comes out, unless it is elementwise."""
        level = self._level
        if row.partial is not None:
            blocks = [x._parts() if a else None for x, a in zip(operands, active, strict=True)]
            return self._make(value, _elementwise(row, params, value, values, blocks), level)
        both = [
            halves(x._parts()) if a else (None, None) for x, a in zip(operands, active, strict=True)
        ]
        parts = row.jvp(params, value, tuple(values), tuple(t for t, _ in both))
        reached = np.zeros(level.shape[0], bool)
        for _, s in both:
            if s is not None:
                reached |= np.any(primal(s).reshape(level.shape[0], -1) != 0, axis=1)
        if not isinstance(value, tuple):
            return self._make(value, _with_shadow(parts, reached), level)
        members = [
            self._make(v, _with_shadow(p, reached), level)
            for v, p in zip(value, parts, strict=True)
        ]
        return _same_tuple(value, members)

    @property
    def tangent(self) -> Any:
        return halves(self._parts())[0]

    # The user's function may look at it, too.
    value, _by_hand, _shown = Dual.value, Dual._by_hand, Dual._shown
    __repr__, _repr_html_ = Dual.__repr__, Dual._repr_html_


def _elementwise(row: Any, params: Any, y: Any, values: list[Any], blocks: list[Any]) -> Any:
    """The careful block of an elementwise function of several operands."""
    place, total = user_place(), None
    count = next(b for b in blocks if b is not None).shape[0]
    shape = (count, *np.shape(y))
    for i, block in enumerate(blocks):
        p = ZERO if block is None else row.partial(params, y, tuple(values), i)
        if p is ZERO:
            continue
        block = lift(block, block.ndim - 1, len(shape) - block.ndim)
        term = np.broadcast_to(careful_term(block, p, False, place), shape)
        total = term if total is None else total + term
    return np.zeros(shape) if total is None else total


def _with_shadow(parts: Any, reached: np.ndarray) -> Any:
    mask = reached.reshape((-1,) + (1,) * (parts.ndim - 1))
    shadow = np.broadcast_to(mask * 1.0, parts.shape)
    return np.concatenate((np.where(mask, parts, 0.0), shadow))


class ScalarCarefulDual(CarefulDual, Scalar):
    """A careful dual whose value is one number."""

    __slots__ = ("_level", "_t", "_value")


class ArrayCarefulDual(CarefulDual, Stacked):
    """A careful dual array."""

    __slots__ = ("_d", "_level")


CarefulDual._array_form = ArrayCarefulDual
CarefulDual._scalar_form = ScalarCarefulDual
