"""The rows of array functions, joined; those of `_late` are not among them."""

from __future__ import annotations

from ._flat import FLATS
from ._indexing import INDEXING
from ._joining import JOINING
from ._ordering import ORDERING
from ._picking import PICKING
from ._products import PRODUCTS
from ._repeating import REPEATING
from ._rest import REST
from ._row import Row
from ._shapes import SHAPES
from ._splitting import SPLITTING
from ._statistics import STATISTICS
from ._sums import SUMS

ARRAYS: tuple[Row, ...] = (
    *INDEXING,
    *PICKING,
    *SHAPES,
    *REPEATING,
    *SPLITTING,
    *JOINING,
    *SUMS,
    *PRODUCTS,
    *STATISTICS,
    *ORDERING,
    *FLATS,
    *REST,
)
