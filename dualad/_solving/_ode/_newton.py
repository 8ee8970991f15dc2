"""The staggered corrector: the state first, then its derivatives by the same matrix.

An implicit step solves for y by SciPy's own Newton iteration, on plain values. The derivatives'
equations are linear in them once y is known, and their matrix is that of y: the iteration with the
factors at hand converges as that of y does, one order of derivatives after the other [1]_. All
columns at once from the start would not do: what the error of y contributes to them makes the
second correction larger than the first, which SciPy takes for divergence.

References
----------
.. [1] W. Feehery, J. Tolsma, P. Barton, "Efficient sensitivity analysis of large-scale
   differential-algebraic systems", Applied Numerical Mathematics 25, 1997.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_MORE = 4  # corrections beyond those that the order of the derivatives needs


class Corrector:
    """What replaces SciPy's Newton iterations in a solver of a state with columns.

    Parameters
    ----------
    plain : callable
        The right-hand side on plain values.
    n, columns, order : int
        Entries of a column, columns, and the order of derivatives among them.
    norm : callable
        The largest norm of a column.
    names : dict
        What the module of SciPy's solver defines.
    """

    def __init__(
        self,
        plain: Callable[..., Any],
        n: int,
        columns: int,
        order: int,
        norm: Callable[[np.ndarray], Any],
        names: dict[str, Any],
    ) -> None:
        self.plain, self.n, self.columns, self.order = plain, n, columns, order
        self.norm, self.names = norm, names

    def _converge(
        self, correct: Callable[[], np.ndarray | None], scale: np.ndarray, tol: float, rate: float
    ) -> tuple[bool, int, float]:
        """Apply corrections until they are small; whether they became so, how many, and the rate.

        `rate` is that of y's own iteration, known before the first correction.
        """
        old = None
        for k in range(self.order + _MORE):
            change = correct()
            if change is None:
                return False, k + 1, rate
            size = self.norm(change / scale)
            if k >= self.order and old:
                rate = max(size / old, 0.0)
                if rate >= 1 or rate ** (self.order + _MORE - k) / (1 - rate) * size > tol:
                    return False, k + 1, rate
            if size == 0 or (k + 1 >= self.order and rate / (1 - rate) * size < tol):
                return True, k + 1, rate
            old = size
        return False, self.order + _MORE, rate

    def bdf(
        self, fun: Any, t_new: float, y_predict: np.ndarray, c: float, psi: np.ndarray,
        LU: Any, solve_lu: Any, scale: np.ndarray, tol: float,
    ) -> tuple[bool, int, np.ndarray, np.ndarray]:  # fmt: skip
        """SciPy's `solve_bdf_system`."""
        n, rates = self.n, _Rates()
        converged, count, first, d_first = self.names["solve_bdf_system"](
            self.plain, t_new, y_predict[:n], c, psi[:n], LU, rates.watching(solve_lu), scale[:n],
            tol,
        )  # fmt: skip
        y, d = y_predict.copy(), np.zeros_like(y_predict)
        if not converged:
            return False, count, y, d
        y[:n], d[:n] = first, d_first

        def correct() -> np.ndarray | None:
            slope = fun(t_new, y)
            if not np.all(np.isfinite(slope)):
                return None
            change: np.ndarray = solve_lu(LU, c * slope - psi - d)
            change[:n] = 0.0
            y[...] += change
            d[...] += change
            return change

        converged, more, _ = self._converge(correct, scale, tol, rates.last)
        return converged, max(count, more), y, d

    def radau(
        self, fun: Any, t: float, y: np.ndarray, h: float, Z0: np.ndarray,
        scale: np.ndarray, tol: float, LU_real: Any, LU_complex: Any, solve_lu: Any,
    ) -> tuple[bool, int, np.ndarray, Any]:  # fmt: skip
        """SciPy's `solve_collocation_system`."""
        n, names = self.n, self.names
        converged, count, first, rate = names["solve_collocation_system"](
            self.plain, t, y[:n], h, Z0[:, :n], scale[:n], tol, LU_real, LU_complex, solve_lu
        )
        if not converged:
            return False, count, Z0, rate
        Z = Z0.copy()
        Z[:, :n] = first
        W = names["TI"].dot(Z)
        real, imaginary = names["MU_REAL"] / h, names["MU_COMPLEX"] / h
        nodes = h * names["C"]

        def correct() -> np.ndarray | None:
            slopes = np.stack([fun(t + nodes[i], y + Z[i]) for i in range(3)])
            if not np.all(np.isfinite(slopes)):
                return None
            pair = solve_lu(
                LU_complex, slopes.T.dot(names["TI_COMPLEX"]) - imaginary * (W[1] + 1j * W[2])
            )
            change = np.stack([
                solve_lu(LU_real, slopes.T.dot(names["TI_REAL"]) - real * W[0]),
                pair.real,
                pair.imag,
            ])  # fmt: skip
            change[:, :n] = 0.0
            W[...] += change
            Z[...] = names["T"].dot(W)
            Z[:, :n] = first
            return change

        known = 0.5 if rate is None else min(float(rate), 0.9)
        converged, more, last = self._converge(correct, scale, tol, known)
        return converged, max(count, more), Z, last


class _Rates:
    """The rate at which the changes of an iteration shrink, from the changes themselves."""

    def __init__(self) -> None:
        self.sizes: list[float] = []

    def watching(self, solve: Callable[..., Any]) -> Callable[..., Any]:
        def watched(factors: Any, b: np.ndarray) -> Any:
            change = solve(factors, b)
            self.sizes.append(float(np.max(np.abs(change), initial=0.0)))
            return change

        return watched

    @property
    def last(self) -> float:
        if len(self.sizes) < 2 or not self.sizes[-2]:
            return 0.5
        return min(self.sizes[-1] / self.sizes[-2], 0.9)


__all__ = ["Corrector"]
