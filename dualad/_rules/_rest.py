"""The rows of NumPy's rarer functions; their bodies are imported when they are first called."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._later import composed_later, later
from ._moving import moving
from ._row import Composed, Flat, Row

_EMATH = "sqrt log log2 log10 power arcsin arccos arctanh logn"

_INTEGERS = (
    "diag_indices_from einsum_path tril_indices_from triu_indices_from in1d packbits unpackbits "
    "ravel_multi_index unravel_index busday_count busday_offset datetime_as_string is_busday"
)

REST: tuple[Row, ...] = (
    *composed_later("._nans", "nansum nanprod nancumsum nancumprod"),
    *composed_later("._nans", "nanmax nanmin nanmean nanvar nanstd"),
    *composed_later("._quantiles", "nanmedian nanquantile nanpercentile"),
    *composed_later("._sampled", "interp gradient unwrap cov corrcoef"),
    *composed_later("._histograms", "histogram histogram2d histogramdd histogram_bin_edges"),
    *composed_later("._polynomials", "poly vander polyfit"),
    # Term by term as NumPy, so to the bit; a poly1d with numbers could not be called plainly.
    *composed_later(
        "._polynomials", "polyadd polysub polymul polydiv polyder polyint roots", pin=False
    ),
    *composed_later("._picked_sets", "unique union1d intersect1d setdiff1d setxor1d"),
    *composed_later("._picked_sets", "unique_all unique_counts unique_inverse unique_values"),
    *composed_later("._picked_sets", "sort_complex trim_zeros", pin=False),
    # The user's function may close over numbers: it is called once, with what there is.
    *composed_later("._functionals", "piecewise apply_along_axis apply_over_axes", pin=False),
    *(Composed(getattr(np.emath, name), later("._emath", name)) for name in _EMATH.split()),
    moving(np.lib.stride_tricks.sliding_window_view, "x"),
    # Positions and shapes; functions of integers, truth values and dates raise for anything else.
    *(Flat(vars(np)[name]) for name in _INTEGERS.split() if name in vars(np)),
)

LATE: dict[str, Any] = {
    f"numpy.polynomial.polynomial.{name}": later("._polynomials", name)
    for name in ("polyval2d", "polygrid2d")
}
"""Bodies by the names of functions that NumPy imports when they are first asked for."""

REFUSED: dict[Any, tuple[str, str]] = {
    np.nextafter: (
        "its answer is a rounding step from x, not a function of it",
        "x itself, or da.primal(x)",
    ),
    np.spacing: ("a rounding step has no derivative", "da.primal(x)"),
    **dict.fromkeys(
        (np.save, np.savetxt, np.savez, np.savez_compressed),
        ("a file holds no derivative", "da.primal(x) to keep the value only"),
    ),
}
"""Functions that cannot be differentiated: why, and what to write instead."""
