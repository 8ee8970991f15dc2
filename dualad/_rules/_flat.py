"""Array functions whose answer is no number that depends smoothly on the operand.

Positions, orders, counts, truth values, shapes, dtypes and text: they are computed on primal values
and come back as ordinary objects.
"""

from __future__ import annotations

import numpy as np

from ._row import Flat, Row

FLATS: tuple[Row, ...] = tuple(
    Flat(fn)
    for fn in (
        # positions and orders
        np.argmax,
        np.argmin,
        np.argpartition,
        np.argsort,
        np.argwhere,
        np.flatnonzero,
        np.lexsort,
        np.nanargmax,
        np.nanargmin,
        np.nonzero,
        np.searchsorted,
        np.digitize,
        # counts
        np.count_nonzero,
        # truth values
        np.all,
        np.allclose,
        np.any,
        np.array_equal,
        np.array_equiv,
        np.isclose,
        np.isin,
        np.iscomplex,
        np.iscomplexobj,
        np.isneginf,
        np.isposinf,
        np.isreal,
        np.isrealobj,
        # shapes, dtypes, memory
        np.can_cast,
        np.common_type,
        np.may_share_memory,
        np.min_scalar_type,
        np.ndim,
        np.result_type,
        np.shape,
        np.shares_memory,
        np.size,
        # text
        np.array2string,
        np.array_repr,
        np.array_str,
    )
)
