"""The rows that are joined when a function is met that the others do not know.

Decompositions and transforms are a third of the table, and few programs use them; so
`import dualad` does not wait for them.
"""

from __future__ import annotations

from ._fft import FFT
from ._linalg import LINALG
from ._row import Row

LATE: tuple[Row, ...] = (*LINALG, *FFT)
