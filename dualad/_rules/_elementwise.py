"""THE TABLE of elementwise functions: one row for every NumPy ufunc that has a derivative.

Without a row, on purpose: `np.spacing` and `np.nextafter` (steps of the floating-point grid: no
derivative is meant), so numbers that meet them raise. `np.matmul`, `np.vecdot`, `np.matvec` and
`np.vecmat` are array functions and stand in another table.
"""

from __future__ import annotations

from ._arithmetic import ARITHMETIC
from ._bessel import BESSEL
from ._comparison import COMPARISON
from ._exponential import EXPONENTIAL
from ._row import Row
from ._trigonometric import TRIGONOMETRIC

ELEMENTWISE: tuple[Row, ...] = (
    *ARITHMETIC,
    *EXPONENTIAL,
    *TRIGONOMETRIC,
    *COMPARISON,
    *BESSEL,
)
