"""What a fitted model predicts, with its bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ._plots import COLD, INK, WARM, bare
from ._results import Result, Table, refuse_numbers


class Prediction(Result):
    """A model's values with their bands.

    Attributes
    ----------
    t : as given
    value, std : array
        Of the model; `std` is that of its value, without the noise of a measurement.
    low, high : array
        The confidence band of the model at `level`, point by point.
    new_low, new_high : array, or None
        The band for a new measurement; None where its noise is not known.
    """

    def __init__(
        self,
        t: Any,
        outputs: Any,
        value: np.ndarray,
        std: np.ndarray,
        noise: float | None,
        factor: float,
        level: float,
    ) -> None:
        self.t, self.level, self.value, self.std = t, level, value, std
        self._names = outputs.names()
        self.low, self.high = value - factor * std, value + factor * std
        self.new_low = self.new_high = None
        if noise is not None:
            wide = factor * np.sqrt(std**2 + noise**2)
            self.new_low, self.new_high = value - wide, value + wide

    def _columns(self) -> Mapping[str, Sequence[Any]]:
        refuse_numbers([self.value, self.std], "to_frame", ".value, .std, .low and .high")
        columns: dict[str, Any] = {"output": self._names}
        if np.shape(self.t) == np.shape(self.value):
            columns["t"] = np.asarray(self.t)
        columns.update(value=self.value, std=self.std, low=self.low, high=self.high)
        if self.new_low is not None:
            columns.update(new_low=self.new_low, new_high=self.new_high)
        return columns

    def _tables(self) -> Sequence[Table]:
        columns = self._columns()
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        return [Table(f"prediction at level {self.level:g}", list(columns), rows)]

    def _plots(self) -> Mapping[str, Callable[..., Any]]:
        return {"band": self._draw_band}

    def _draw_band(self, ax: Any, *, data: Any = None) -> None:
        """`data` is a pair (t, y) to draw as well."""
        t = np.asarray(self.t) if np.shape(self.t) == np.shape(self.value) else None
        t = np.arange(len(self.value)) if t is None else t
        percent = f"{100 * self.level:g} %"
        if self.new_low is not None:
            ax.fill_between(
                t, self.new_low, self.new_high, color=COLD, alpha=0.15, linewidth=0,
                label=f"{percent} of new measurements",
            )  # fmt: skip
        ax.fill_between(
            t, self.low, self.high, color=COLD, alpha=0.4, linewidth=0,
            label=f"{percent} confidence of the model",
        )  # fmt: skip
        ax.plot(t, self.value, color=INK, linewidth=1.4, label="model")
        if data is not None:
            ax.plot(*data, "o", color=WARM, ms=4, label="data")
        ax.legend(frameon=False)
        ax.set(xlabel="t", ylabel="value")
        bare(ax)
