"""The tables of rules, joined into one read-only mapping from a NumPy function to its row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ._arrays import ARRAYS
from ._elementwise import ELEMENTWISE
from ._row import Row


def _join(joined: dict[Any, Row], *tables: Iterable[Row]) -> dict[Any, Row]:
    for table in tables:
        for row in table:
            if row.fn in joined:
                raise ValueError(f"{row.name} stands in two tables of rules")
            joined[row.fn] = row
    return joined


CORE: dict[Any, Row] = _join({}, ELEMENTWISE, ARRAYS)
"""The rows that have been joined so far. To be read only: a short way for `TABLE`."""


class _Table(Mapping[Any, Row]):
    """All rows; those of `_late` are joined when a function is looked up that the rest lacks."""

    _whole = False

    def _join_late(self) -> None:
        if not self._whole:
            from ._late import LATE

            # Two threads may come here at once, with the very same rows.
            late = _join({}, LATE)
            for fn, row in late.items():
                if CORE.setdefault(fn, row) is not row:
                    raise ValueError(f"{row.name} stands in two tables of rules")
            self._whole = True

    def __getitem__(self, fn: Any) -> Row:
        row = CORE.get(fn)
        if row is None:
            self._join_late()
            row = CORE[fn]
        return row

    def __iter__(self) -> Iterator[Any]:
        self._join_late()
        return iter(CORE)

    def __len__(self) -> int:
        self._join_late()
        return len(CORE)


TABLE: Mapping[Any, Row] = _Table()

__all__ = ["CORE", "TABLE"]
