"""Points with exact derivatives, in one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .exact import Exact
from .measure import DTYPES, Points

HERE = Path(__file__).resolve().parent
REFERENCES = HERE / "references.npz"
FIGURES = HERE / "figures.json"

SPECIAL = "special"
Key = tuple[str, str]  # the name of a function, and that of a dtype; SPECIAL for those of SciPy
_FIELDS = Exact._fields


def save(path: Path, tables: dict[Key, Points]) -> None:
    """All points of all functions, column after column, and an index of what they are."""
    index, columns = [], []
    stacks: dict[str, list[np.ndarray]] = {name: [] for name in _FIELDS}
    for (name, dtype), points in tables.items():
        kinds = "".join(c.dtype.kind for c in points.columns)
        index.append([name, dtype, len(points.columns[0]), kinds, list(points.exact)])
        columns += [c.astype(np.float64) for c in points.columns]
        for want in points.exact.values():
            for field, column in want._asdict().items():
                stacks[field].append(column)
    arrays: dict[str, Any] = {n: np.concatenate(parts) for n, parts in stacks.items()}
    text = np.array(json.dumps(index))
    np.savez_compressed(path, index=text, columns=np.concatenate(columns), **arrays)


def load(path: Path = REFERENCES) -> dict[Key, Points]:
    with np.load(path) as file:
        arrays = {name: file[name] for name in ("columns", *_FIELDS)}
        index = json.loads(str(file["index"]))
    tables: dict[Key, Points] = {}
    column, row = 0, 0
    for name, dtype, count, kinds, parts in index:
        columns = []
        for kind in kinds:
            values = arrays["columns"][column : column + count]
            columns.append(values.astype(np.int64 if kind == "i" else DTYPES.get(dtype, float)))
            column += count
        exact = {}
        for part in parts:
            exact[part] = Exact(*(arrays[field][row : row + count] for field in _FIELDS))
            row += count
        tables[name, dtype] = Points(columns, exact)
    return tables
