"""Finite differences that know their own error.

Central differences are extrapolated to step zero by Richardson's and Ridders' tableau, starting
from steps of four sizes; for each entry the estimate is taken on which two sizes agree best.
Entries at which the function has a kink are recognised from one-sided differences that do not
approach each other.

References
----------
C. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4,
1982.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# First steps, relative to the scale of x, and how often each is halved. No round numbers: a step
# that is a period of f would go unnoticed.
FIRST_STEPS = (0.0873, 2.31e-3, 6.17e-5, 1.73e-6)
LEVELS = 5
EPS = float(np.finfo(np.float64).eps)

Function = Callable[[np.ndarray], np.ndarray]


class Estimate(NamedTuple):
    """Derivatives of m outputs in n inputs, by differences.

    Attributes
    ----------
    value, error : ndarray, shape (m, n)
    smooth : ndarray of bool
        False at a kink, and where nothing finite was found.
    size : ndarray, shape (m, n)
        What counts as one: the size of an output over that of an input.
    """

    value: np.ndarray
    error: np.ndarray
    smooth: np.ndarray
    size: np.ndarray


def jacobian_by_differences(g: Function, x: np.ndarray, scale: np.ndarray) -> Estimate:
    """The Jacobian of g (a vector of a vector) at x, with an estimate of its error."""
    centre = np.asarray(g(x))
    columns = [_column(g, x, j, float(scale[j]), centre) for j in range(x.size)]
    shape = (centre.size, x.size)
    if not columns:
        return Estimate(np.zeros(shape), np.zeros(shape), np.zeros(shape, bool), np.zeros(shape))
    value, error, smooth = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
    with np.errstate(all="ignore"):
        size = np.abs(centre)[:, None] / scale
    return Estimate(value, error, smooth, size)


def _column(
    g: Function, x: np.ndarray, j: int, scale: float, centre: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    steps = [[scale * first / 2**level for level in range(LEVELS)] for first in FIRST_STEPS]
    found = [[_central(g, x, j, h, centre) for h in row] for row in steps]
    # The smallest steps tell how noisy f is beyond the rounding of its value.
    *_, earlier, before, (last, jump, noise) = found[-1]
    with np.errstate(all="ignore"):
        noisy = 2.0 * steps[-1][-1] * np.abs(last - before[0])
        again = 2.0 * steps[-1][-2] * np.abs(before[0] - earlier[0])
        noisy = np.maximum(noisy, again)
        # A kink: one-sided slopes differ by as much at a sixteenth of the step. (Noise makes them
        # differ by more.)
        ratio = jump / found[-1][0][1]
        smooth = ~((ratio > 0.3) & (ratio < 4.0) & (jump > 300.0 * noise))
    values, errors = [], []
    for row, group in zip(steps, found, strict=True):
        noises = [np.fmax(n, noisy / h) for h, (_, _, n) in zip(row, group, strict=True)]
        value, error = _extrapolate([slope for slope, _, _ in group], noises)
        values.append(value)
        errors.append(error)
    value, error = _best(values, errors)
    return value, error, smooth & np.isfinite(value) & np.isfinite(error)


def _central(
    g: Function, x: np.ndarray, j: int, h: float, centre: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(central slope, difference of the one-sided slopes, rounding error of a slope)."""
    up, down = x.copy(), x.copy()
    up[j] += h
    down[j] -= h
    above, below = _safe(g, up, centre.shape), _safe(g, down, centre.shape)
    with np.errstate(all="ignore"):
        slope = (above - below) / (up[j] - down[j])
        jump = np.abs((above - centre) - (centre - below)) / h
        size = np.maximum(np.maximum(np.abs(above), np.abs(below)), np.abs(centre))
        noise = EPS * (size + np.abs(slope) * abs(x[j])) / h
    return slope, jump, noise


def _safe(g: Function, x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """g(x), and NaN where a step has left its domain."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(g(x))
    except (ArithmeticError, ValueError):
        return np.full(shape, np.nan)


def _extrapolate(slopes: list[np.ndarray], noises: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Ridders' tableau; the entry with the smallest error estimate."""
    best = slopes[0]
    least = np.full(best.shape, np.inf)
    row = [slopes[0]]
    with np.errstate(all="ignore"):
        for slope, noise in zip(slopes[1:], noises[1:], strict=True):
            following = [slope]
            for k, old in enumerate(row):
                factor = 4.0 ** (k + 1)
                new = (factor * following[-1] - old) / (factor - 1.0)
                error = np.maximum(np.abs(new - following[-1]), np.abs(new - old)) + noise
                better = error < least
                best, least = np.where(better, new, best), np.where(better, error, least)
                following.append(new)
            row = following
    return best, least


def _best(values: list[np.ndarray], errors: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The estimate on which two neighbouring sizes of steps agree best.

    One size alone can be wrong without a sign of it: large steps may step over a feature of f, and
    small ones may meet noise that happens to repeat itself. So the error is no less than a part of
    the difference of the two.
    """
    best = values[0]
    least = np.full(best.shape, np.inf)
    for v, w, e, d in zip(values, values[1:], errors, errors[1:], strict=False):
        with np.errstate(all="ignore"):
            error = np.maximum(np.minimum(e, d), np.abs(v - w) / 3.0)
            better = error < least
        best = np.where(better, np.where(e < d, v, w), best)
        least = np.where(better, error, least)
    return best, least
