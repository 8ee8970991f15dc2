"""What all results share: printing, tables, data frames and plots.

A result says in `_tables` what is printed, in `_columns` what becomes a data frame, and in
`_plots` which pictures there are; the first one is drawn by default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import DualadError, InputError, NoRuleError, shown
from .._html import html_table
from .._numbers._number import holds_number
from .._record import record

__all__ = ["MissingPackageError", "Result", "Table", "number_text", "refuse_numbers"]

MOST_ROWS = 24  # of a printed table; data frames have all


class MissingPackageError(DualadError, ImportError):
    """An optional package is not installed."""


def number_text(x: Any, digits: int = 4) -> str:
    """A number for a printed table: four significant digits, or more."""
    if x is None:
        return "-"
    if isinstance(x, (bool, np.bool_, str)):
        return str(x)
    if isinstance(x, (int, np.integer)):
        return str(int(x))
    if isinstance(x, (float, np.floating)):
        if np.isnan(x):
            return "undefined"
        text = f"{float(x):.{digits}g}"
        return "0" if text == "-0" else text
    return str(x)


def known_text(value: float, std: float) -> Figure:
    """A value with two digits of its standard deviation, and at least four of its own."""
    digits = 4
    if 0 < std < abs(value) < math.inf:
        digits = max(4, min(17, math.floor(math.log10(abs(value) / std)) + 3))
    return Figure(number_text(float(value), digits))


class Figure(str):
    """A number that is text already; it stands on the right of its column."""

    __slots__ = ()


@record(slots=True)
class Table:
    """A table to print.

    Attributes
    ----------
    title : str
        A line above it.
    headers : sequence of str
    rows : sequence of sequences
        Strings, numbers, or None for a cell that has no value.
    notes : sequence of str
        Lines below it.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()

    def cells(self) -> tuple[list[list[str]], str]:
        """The rows as text, and a line on those that are left out."""
        rows = [[number_text(x) for x in row] for row in self.rows[:MOST_ROWS]]
        more = len(self.rows) - MOST_ROWS
        return rows, f"... {more} more rows: to_frame() has all" if more > 0 else ""

    def text(self) -> str:
        """For a terminal: text to the left, numbers to the right."""
        rows, more = self.cells()
        lines = [self.title] if self.title else []
        if rows:
            columns = list(zip(self.headers, *rows, strict=True))
            widths = [max(len(cell) for cell in column) for column in columns]
            for row in [list(self.headers), *rows]:
                parts = [
                    cell.ljust(width) if is_text else cell.rjust(width)
                    for cell, width, is_text in zip(row, widths, self._left(), strict=True)
                ]
                lines.append(("  " + "  ".join(parts)).rstrip())
        return "\n".join([*lines, *([more] if more else []), *self.notes])

    def html(self) -> str:
        """For a notebook."""
        rows, more = self.cells()
        notes = [line for line in (more, *self.notes) if line]
        return html_table(
            rows, title=self.title, headers=self.headers, left=self._left(), notes=notes
        )

    def _left(self) -> list[bool]:
        """Which columns are words; figures stand on the right."""
        return [
            all(isinstance(cell, str) and not isinstance(cell, Figure) for cell in column)
            for column in zip(*self.rows, strict=True)
        ]


def refuse_numbers(values: Any, what: str, instead: str) -> None:
    """Raise where figures carry derivatives that `what` would drop.

    Parameters
    ----------
    values : object or sequence
        What may be a number of an outer derivative.
    """
    if holds_number(values):
        raise NoRuleError(f"{what} of a result that is being differentiated has no rule", instead)


class Result:
    """The base of the results of this package; not made by users."""

    def _tables(self) -> Sequence[Table]:
        raise NotImplementedError

    def _columns(self) -> Mapping[str, Sequence[Any]]:
        """Columns of equal length, in tidy form: one row for each value."""
        raise NotImplementedError

    def _plots(self) -> Mapping[str, Callable[..., Any]]:
        """Functions ``draw(axes, **options)`` by the names of the pictures; the default first."""
        return {}

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in self._tables())

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables())

    def to_frame(self) -> Any:
        """The result as a `pandas.DataFrame`, one row for each value.

        Raises
        ------
        MissingPackageError
            Where pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise MissingPackageError(
                "to_frame() needs pandas, which is not installed",
                "pip install pandas, or the attributes of the result, which are arrays",
            ) from None
        return pd.DataFrame(dict(self._columns()))

    def plot(self, kind: str | None = None, *, ax: Any = None, **options: Any) -> Any:
        """Draw the result with Matplotlib.

        Parameters
        ----------
        kind : str, optional
            Which picture; an unknown one raises an error that lists them.
        ax : matplotlib.axes.Axes, optional
            Where; by default the axes of a new figure.
        **options
            As the picture takes them.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        MissingPackageError
            Where Matplotlib is not installed.
        """
        plots = self._plots()
        kind = next(iter(plots), "") if kind is None else kind
        if kind not in plots:
            raise InputError(
                f"kind={shown(kind)}; this result has {', '.join(map(repr, plots)) or 'no plots'}",
                "plot()",
            )
        if ax is None:
            try:
                from matplotlib import pyplot as plt
            except ImportError:
                raise MissingPackageError(
                    "plot() needs Matplotlib, which is not installed",
                    "pip install 'dualad[plot]'",
                ) from None
            ax = plt.subplots(layout="constrained")[1]
        plots[kind](ax, **options)
        return ax
