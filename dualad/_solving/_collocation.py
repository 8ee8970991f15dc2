"""The linear system of a collocation: assembled, factorised, and said to be singular."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers._number import as_array

_SINGULAR = 1e-14  # relative; below it a solution has no derivative that could be trusted
_Array = np.ndarray


def assembled(
    h: _Array, node_y: _Array, node_p: _Array, middle_y: _Array, middle_p: _Array, ends: _Array
) -> Any:
    """The sparse Jacobian of the Lobatto IIIA equations and the boundary conditions.

    Parameters
    ----------
    h : ndarray of shape (m - 1,)
    node_y, node_p : ndarrays of shapes (m, n, n), (m, n, k)
        Derivatives of the right-hand side at the nodes.
    middle_y, middle_p : ndarrays of shapes (m - 1, n, n), (m - 1, n, k)
        And in the middle of the intervals.
    ends : ndarray of shape (n + k, 2 n + k)
        Derivative of the conditions in the first values, the last values and the parameters.

    Returns
    -------
    csc_array of shape (n m + k, n m + k)
    """
    import scipy.sparse

    m, n, k = node_p.shape
    unit, step = np.eye(n), h[:, None, None]
    # middle = (y0 + y1) / 2 + h / 8 (f0 - f1);  defect = y1 - y0 - h / 6 (f0 + f1 + 4 f_middle)
    left = -unit - step / 6 * (node_y[:-1] + 4 * middle_y @ (0.5 * unit + step / 8 * node_y[:-1]))
    right = unit - step / 6 * (node_y[1:] + 4 * middle_y @ (0.5 * unit - step / 8 * node_y[1:]))
    inner = middle_p + middle_y @ (step / 8 * (node_p[:-1] - node_p[1:]))
    unknown = -step / 6 * (node_p[:-1] + node_p[1:] + 4 * inner)

    interval = np.arange(m - 1)[:, None, None]
    row = np.broadcast_to(interval * n + np.arange(n)[:, None], left.shape)
    column = np.broadcast_to(interval * n + np.arange(n), left.shape)
    last = np.arange(n * m, n * m + k)
    entries = [
        (left, row, column),
        (right, row, column + n),
        (
            unknown,
            np.broadcast_to(row[..., :1], unknown.shape),
            np.broadcast_to(last, unknown.shape),
        ),
    ]
    below = np.broadcast_to(np.arange(n * (m - 1), n * m + k)[:, None], ends.shape)
    where = np.concatenate([np.arange(n), np.arange(n * (m - 1), n * m), last])
    entries.append((ends, below, np.broadcast_to(where, ends.shape)))
    data, rows, columns = (
        np.concatenate([part.ravel() for part in parts]) for parts in zip(*entries, strict=True)
    )
    size = n * m + k
    return scipy.sparse.csc_array((data, (rows, columns)), shape=(size, size))


class Factor:
    """The factorised Jacobian; solves for plain right-hand sides and for numbers.

    Raises
    ------
    InputError
        The Jacobian is singular to working precision.
    """

    def __init__(self, matrix: Any, n: int, m: int) -> None:
        import scipy.sparse.linalg

        self.n, self.m = n, m
        if not np.isfinite(matrix.data).all():
            raise InputError(
                "solve_bvp: a derivative of fun or bc is not finite at the solution, which so has "
                "no derivative",
                "equations that are smooth along the solution",
            )
        try:
            self._lu = scipy.sparse.linalg.splu(matrix)
        except RuntimeError:
            raise self._singular("0", "") from None
        self._check(matrix)

    def plain(self, b: _Array) -> _Array:
        return self._lu.solve(b)

    def __call__(self, b: Any) -> Any:
        from .._scipy._sparse._solve import factor_solve

        return factor_solve(self._lu, as_array(b), "N", -1)

    def _check(self, matrix: Any) -> None:
        """Raise where the equations do not determine the solution; units do not decide it."""
        import scipy.sparse.linalg

        linalg: Any = scipy.sparse.linalg  # SciPy has no types
        rows = _largest(matrix, 1)
        columns = _largest(matrix.multiply(1.0 / rows[:, None]).tocsc(), 0)
        solve: Any = lambda b: columns * self._lu.solve(rows * np.ravel(b))
        adjoint: Any = lambda b: rows * self._lu.solve(columns * np.ravel(b), "T")
        inverse = linalg.LinearOperator(matrix.shape, matvec=solve, rmatvec=adjoint, dtype=float)
        scaled = matrix.multiply(1.0 / rows[:, None]).multiply(1.0 / columns).tocsc()
        norm = np.max(np.abs(scaled).sum(axis=0))
        with np.errstate(all="ignore"):
            condition = norm * linalg.onenormest(inverse)
        if not condition < 1.0 / _SINGULAR:
            weak = adjoint(solve(np.ones(matrix.shape[0])))
            equation = self._named(int(np.argmax(np.abs(weak) / rows)))
            raise self._singular(f"{1.0 / condition:.1e}", f": {equation} depends on the others")

    def _singular(self, condition: str, which: str) -> InputError:
        return InputError(
            "solve_bvp: the collocation equations are singular at the solution (reciprocal "
            f"condition {condition}){which}, so the solution has no derivative",
            "conditions that determine the solution, or da.primal(sol.y) as a constant",
        )

    def _named(self, row: int) -> str:
        interval, component = divmod(row, self.n)
        if interval < self.m - 1:
            return f"the equation of component {component} in interval {interval}"
        return f"boundary condition {row - self.n * (self.m - 1)}"


def _largest(matrix: Any, axis: int) -> _Array:
    found = np.asarray(abs(matrix).max(axis=axis).todense()).ravel()
    return np.where(found > 0, found, 1.0)


__all__ = ["Factor", "assembled"]
