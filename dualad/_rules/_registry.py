"""Rows that join the table later: those of SciPy's functions, loaded when one of them is met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import TABLE
from ._row import Row

EXTRA: dict[Any, Row] = {}
"""The rows that have been registered so far, by their function."""


def register(rows: Iterable[Row]) -> None:
    """Add rows to the table.

    Raises
    ------
    ValueError
        A function has a row already.
    """
    for row in rows:
        if row.fn in TABLE or row.fn in EXTRA:
            raise ValueError(f"{row.name} stands in two tables of rules")
        EXTRA[row.fn] = row
