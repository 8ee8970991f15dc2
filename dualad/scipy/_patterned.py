"""`least_squares` with ``jac_sparsity``: an exact sparse Jacobian from few products.

Columns that share no row travel together [1]_: one tangent for each group of them.

References
----------
.. [1] A. Curtis, M. Powell, J. Reid, "On the estimation of sparse Jacobian matrices", IMA Journal
   of Applied Mathematics 13, 1974.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from .._errors import InputError
from ._shared import Shared

_TOLERANCE = 1e-9  # of a product with what the pattern leaves out


class Patterned:
    """The Jacobian as a sparse array, by groups of columns; the pattern is checked once."""

    def __init__(self, shared: Shared, pattern: Any) -> None:
        self.shared = shared
        known = sparse.csc_array(pattern if sparse.issparse(pattern) else np.atleast_2d(pattern))
        self.pattern = known.astype(bool)
        self.pattern.eliminate_zeros()
        self.groups = column_groups(self.pattern)
        self.rows, self.columns = self.pattern.nonzero()
        self.checked = False

    def __call__(self, x: Any, *args: Any, **keywords: Any) -> Any:
        operator = self.shared.operator(x, *args, **keywords)
        if operator.shape != self.pattern.shape:
            raise InputError(
                f"jac_sparsity has the shape {self.pattern.shape}, the Jacobian {operator.shape}",
                "a row for each residual and a column for each variable",
            )
        seeds = np.zeros((x.size, 1 + self.groups.max(initial=0)))
        seeds[np.arange(x.size), self.groups] = 1.0
        found = operator.matmat(seeds)[self.rows, self.groups[self.columns]]
        full = sparse.csr_array((found, (self.rows, self.columns)), operator.shape)
        if not self.checked:
            self._check(operator, full)
        return full

    def _check(self, operator: Any, full: Any) -> None:
        """Raise where the Jacobian has entries that the pattern leaves out."""
        self.checked = True
        v = 1.0 + np.random.default_rng(0).random(full.shape[1])
        exact = operator.matvec(v)
        with np.errstate(invalid="ignore"):
            off = np.abs(exact - full @ v) > _TOLERANCE * (np.abs(full) @ v + np.abs(exact))
        if off.any():
            row = int(np.argmax(off))
            raise InputError(
                f"row {row} of the Jacobian has entries that jac_sparsity leaves out",
                "a pattern with every entry that can be nonzero, or no jac_sparsity",
            )


def column_groups(pattern: Any) -> np.ndarray:
    """A group for each column of a sparse pattern, so that columns of one group share no row."""
    m, n = pattern.shape
    groups = np.zeros(n, int)
    taken: list[np.ndarray] = []
    for j in range(n):
        rows = pattern.indices[pattern.indptr[j] : pattern.indptr[j + 1]]
        free = (g for g, used in enumerate(taken) if not used[rows].any())
        g = next(free, len(taken))
        if g == len(taken):
            taken.append(np.zeros(m, bool))
        taken[g][rows] = True
        groups[j] = g
    return groups


__all__ = ["Patterned", "column_groups"]
