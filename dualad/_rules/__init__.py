"""The tables of rules, joined into one read-only mapping from a NumPy function to its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ._arrays import ARRAYS
from ._elementwise import ELEMENTWISE
from ._row import Row


def _join(*tables: Iterable[Row]) -> Mapping[Any, Row]:
    joined: dict[Any, Row] = {}
    for table in tables:
        for row in table:
            if row.fn in joined:
                raise ValueError(f"{row.name} stands in two tables of rules")
            joined[row.fn] = row
    return MappingProxyType(joined)


TABLE: Mapping[Any, Row] = _join(ELEMENTWISE, ARRAYS)
