"""Finite differences with an estimate of their error, and what they say of a derivative."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import dualad as da

STEPS = (1e-2, 1e-3, 1e-5, 1e-7)
WIDE_STEPS = (0.3, 0.1, 0.03, 0.01, 1e-3)
SHRINK = 1.4


class Verdict(NamedTuple):
    """What came of one function."""

    result: str  # "right", "wrong", "refused ...", "not judged"
    note: str = ""
    warned: str = ""


def difference(f: Callable[[float], Any]) -> tuple[np.ndarray, np.ndarray]:
    """f'(0) by Ridders' extrapolation, and its error, elementwise.

    C. Ridders, Advances in Engineering Software 4, 1982.
    """
    rounding = _rounding(np.asarray(f(0.0), float))
    return extrapolated(
        lambda h: (np.asarray(f(h), float) - np.asarray(f(-h), float)) / (2 * h),
        STEPS,
        lambda h: rounding / h,
    )


def second_difference(f: Callable[[float], Any]) -> tuple[np.ndarray, np.ndarray]:
    """f''(0) likewise."""
    middle = np.asarray(f(0.0), float)
    rounding = _rounding(middle)
    return extrapolated(
        lambda h: (np.asarray(f(h), float) - 2 * middle + np.asarray(f(-h), float)) / (h * h),
        WIDE_STEPS,
        lambda h: 4 * rounding / (h * h),
    )


def _rounding(value: np.ndarray) -> float:
    """What the rounding of a value may be; of the largest, since parts of it may cancel."""
    return float(np.finfo(float).eps * np.max(np.abs(value), initial=0.0, where=np.isfinite(value)))


def extrapolated(
    formula: Callable[[float], np.ndarray],
    steps: Sequence[float],
    noise: Callable[[float], float],
) -> tuple[np.ndarray, np.ndarray]:
    """The limit, for a step of 0, of a formula whose error is a series in squares of the step.

    Without its noise, two entries of the table that agree by chance would pass for accurate.
    """
    best: Any = None
    error: Any = None
    for step in steps:
        table: list[list[np.ndarray]] = []
        h = step
        for i in range(6):
            row = [formula(h)]
            for j in range(i):
                factor = SHRINK ** (2 * (j + 1))
                row.append((row[j] * factor - table[-1][j]) / (factor - 1))
            if table:
                own = np.maximum(abs(row[-1] - row[-2]), abs(row[-1] - table[-1][-1]))
                own = np.where(np.isnan(own), np.inf, own + noise(h))  # a step that left the domain
                if best is None:
                    best, error = row[-1], own
                better = own < error
                best, error = np.where(better, row[-1], best), np.where(better, own, error)
            table.append(row)
            h /= SHRINK
    return best, error


def judge(along: Callable[[float], Any], derivative: Callable[[], Any], value: Any) -> Verdict:
    """Compare a directional derivative with differences.

    Parameters
    ----------
    along : callable
        The function on a line through the point, which is at 0.
    derivative : callable
        Computes the derivative along the line by dualad.
    value
        The function at the point, for the scale.
    """
    with np.errstate(all="ignore"):
        want, error = difference(along)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            got = np.atleast_1d(np.asarray(derivative(), float))
        except Exception as problem:  # noqa: BLE001  # whatever it is, it is counted
            text = " ".join(str(problem).split())
            return Verdict(f"refused {type(problem).__name__}", text)
    warned = next((str(w.message) for w in caught if w.category is da.DerivativeWarning), "")
    judged = 0
    for g, d, e, v in zip(
        got, np.atleast_1d(want), np.atleast_1d(error), np.ravel(value), strict=True
    ):
        if not math.isfinite(d) or e > 1e-4 * (abs(d) + 1e-3 * abs(v)):
            continue
        judged += 1
        if not abs(g - d) <= max(1e-5 * abs(d), 30 * e, 1e-7 * abs(v)):
            return Verdict("wrong", f"{g:.6g}, differences {d:.6g} +- {e:.1g}", warned)
    return Verdict("right" if judged else "not judged", "", warned)
