"""Exact numbers in files, and the errors of others in their ulp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np

from .references import sinc1, sinc2

DIGITS = 60
_FARTHEST = 20000  # exponents beyond any number's: infinities and zeros in every precision
LOST = 1e30  # the error, in ulp, of what is not a number, or none at all


class Exact(NamedTuple):
    """Exact derivatives at some points: ``(high + low) * 2**exponent``, `high` from 1/2 to 1.

    NaN where there is no derivative. `moved` says how far the derivative goes when an argument
    goes to its neighbour, as a multiple of the derivative.
    """

    high: np.ndarray
    low: np.ndarray
    exponent: np.ndarray
    moved: np.ndarray

    def at(self, where: Any) -> Exact:
        return Exact(*(column[where] for column in self))


def evaluate(reference: Callable[..., Any], point: tuple[Any, ...]) -> Any:
    """The exact derivative, or None outside the domain."""
    # Room for differences between numbers of very different sizes.
    sizes = sum(abs(int(np.frexp(float(v))[1])) for v in point)
    with mp.workdps(DIGITS + int(sizes * 0.9) if reference in (sinc1, sinc2) else DIGITS):
        try:
            value = reference(*(mp.mpf(float(v)) for v in point))
        except (ZeroDivisionError, TypeError, ValueError, OverflowError):
            return None
        value = mp.mpmathify(value)
        if isinstance(value, mp.mpc) or not mp.isfinite(value):
            return None
        return +value


def neighbours(point: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    found = []
    for i, v in enumerate(point):
        if not isinstance(v, int | np.integer):
            for toward in (-np.inf, np.inf):
                with np.errstate(over="ignore"):
                    near = np.nextafter(v, type(v)(toward))
                if np.isfinite(near):
                    found.append((*point[:i], near, *point[i + 1 :]))
    return found


def entry(value: Any, farthest: Any) -> tuple[float, float, int, float]:
    """One exact derivative, and how far it goes, as `Exact` has them."""
    if value is None:
        return np.nan, 0.0, 0, 0.0
    if not value:
        return 0.0, 0.0, -_FARTHEST, 0.0
    mantissa, exponent = mp.frexp(value)
    high = float(mantissa)
    share = float(min(farthest / abs(value), LOST))
    bounded = max(-_FARTHEST, min(_FARTHEST, int(exponent)))
    return high, float(mantissa - high), bounded, share


def exact(reference: Callable[..., Any], points: list[tuple[Any, ...]]) -> Exact:
    entries = []
    for point in points:
        value = evaluate(reference, point)
        farthest = mp.mpf(0)
        if value is not None and value:
            for near in neighbours(point):
                moved = evaluate(reference, near)
                if moved is not None:
                    farthest = max(farthest, abs(moved - value))
        entries.append(entry(value, farthest))
    return packed(entries)


def packed(entries: list[tuple[float, float, int, float]]) -> Exact:
    columns = zip(*entries, strict=True) if entries else [[]] * 4
    high, low, exponent, moved = (np.array(column) for column in columns)
    return Exact(high, low.astype(np.float32), exponent.astype(np.int16), moved.astype(np.float32))


class Errors(NamedTuple):
    """Errors in ulp, and the same with the rounding of the arguments forgiven.

    `LOST` where a number should be and is none, or the other way round.
    """

    strict: np.ndarray
    forgiven: np.ndarray


def errors(computed: Any, want: Exact, dtype: Any) -> Errors:
    """The errors of derivatives, computed in `dtype`, which holds the points as well."""
    with np.errstate(all="ignore"):
        return _errors(computed, want, dtype)


def _errors(computed: Any, want: Exact, dtype: Any) -> Errors:
    info = np.finfo(dtype)
    got = np.asarray(computed).astype(dtype).astype(np.float64)
    bits = info.nmant + 1
    exponent = want.exponent.astype(np.int64)
    # The exponent of one ulp; below the normal numbers it stays where it is.
    last = np.maximum(exponent - bits, info.minexp - info.nmant)
    scaled = np.ldexp(got, np.clip(-exponent, -3000, 3000).astype(np.int32))
    wrong = np.abs((scaled - want.high) - want.low.astype(np.float64))
    ulp = np.ldexp(1.0, np.clip(last - exponent, -1000, 900).astype(np.int32))
    strict = np.minimum(wrong / ulp, LOST)
    zero = want.high == 0.0
    smallest = float(info.smallest_subnormal)
    strict = np.where(zero, np.minimum(np.abs(got) / smallest, LOST), strict)
    strict = np.where(np.isfinite(got), strict, LOST)
    # Where the exact number leaves the range, an infinity is right, and so is the largest number.
    over = np.isfinite(want.high) & (np.abs(np.ldexp(want.high, exponent)) > float(info.max))
    fits = (np.sign(got) == np.sign(want.high)) & (np.abs(got) > 0.999 * float(info.max))
    near = np.isinf(got) & (np.abs(np.ldexp(want.high, exponent)) > 0.999999 * float(info.max))
    strict = np.where(over, np.where(fits, 0.0, LOST), np.where(near, 0.0, strict))
    none = np.isnan(want.high)
    strict = np.where(none, np.where(np.isfinite(got), LOST, 0.0), strict)
    change = np.abs(want.high) * want.moved.astype(np.float64) / ulp
    return Errors(strict, np.where(strict >= LOST, strict, strict / np.maximum(1.0, change)))
