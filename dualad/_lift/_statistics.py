"""Stand-ins of the functions of `statistics`: their own values, derivatives of the formulas."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers import primal
from .._numbers._number import holds_number
from ._scalars import scalar, with_value


def _mean(x: list[Any]) -> Any:
    return sum(x) / len(x)


def _variance(loss: int) -> Callable[[list[Any]], Any]:
    def variance(x: list[Any]) -> Any:
        m = _mean(x)
        return sum((v - m) * (v - m) for v in x) / (len(x) - loss)

    return variance


def _median(x: list[Any]) -> Any:
    x = sorted(x)
    half = len(x) // 2
    return x[half] if len(x) % 2 else (x[half - 1] + x[half]) / 2


def _of_data(function: Callable[..., Any], formula: Callable[[list[Any]], Any]) -> Any:
    def standin(data: Any, *args: Any, **keywords: Any) -> Any:
        data = list(data)
        if args or keywords or not holds_number(data):
            return function(data, *args, **keywords)
        value = function([primal(v) for v in data])
        return with_value(formula([scalar(v) for v in data]), value)

    return standin


_FORMULAS: dict[str, Callable[[list[Any]], Any]] = {
    "mean": _mean,
    "fmean": _mean,
    "median": _median,
    "variance": _variance(1),
    "pvariance": _variance(0),
    "stdev": lambda x: np.sqrt(_variance(1)(x)),
    "pstdev": lambda x: np.sqrt(_variance(0)(x)),
    "geometric_mean": lambda x: np.exp(_mean([np.log(v) for v in x])),
    "harmonic_mean": lambda x: len(x) / sum(1 / v for v in x),
}

STATISTICS: dict[Any, Callable[..., Any]] = {
    getattr(statistics, name): _of_data(getattr(statistics, name), formula)
    for name, formula in _FORMULAS.items()
}

__all__ = ["STATISTICS"]
