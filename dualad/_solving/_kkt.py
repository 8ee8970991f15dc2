"""Minima as functions of parameters: the conditions of Karush, Kuhn and Tucker, with numbers.

At a minimum x of f under constraints c, of which those of the rows A are active,
``grad f - A^T m = 0`` and ``c - limits = 0`` for multipliers m. Where A has full rank, active
multipliers are not zero, and the Hessian of the Lagrangian is positive definite on the null space
of A, these equations determine x and m as smooth functions of the parameters [1]_. They are solved
to rounding on plain values from the solver's answer, and then by `implicit` with numbers.

References
----------
.. [1] A. Fiacco, "Introduction to Sensitivity and Stability Analysis in Nonlinear Programming",
   Academic Press 1983, theorem 3.2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._evaluate import Call, push_identity
from .._numbers import Number, primal
from .._numbers._floating import quietly
from ._active import (
    Row,
    State,
    check_independent,
    degenerate,
    exchanged,
    first_guess,
    idle,
)
from ._constraints import Constraint
from ._derived import Inner, value_and_gradient
from ._implicit import check_regular, implicit
from ._polish import check_near, newton_polished

_FLAT = 1e-12  # of the largest curvature
_EXCHANGES = 50


class Objective:
    """What is minimized.

    Parameters
    ----------
    number, plain : callable
        From a vector to the scalar f: with the numbers of its parameters, with their plain values.
    user : callable
        The user's function in it.
    """

    def __init__(
        self, number: Callable[[Any], Any], plain: Callable[[Any], Any], user: Any
    ) -> None:
        self.number, self.plain, self.user = number, plain, user

    def gradient(self, x: Any, numbers: bool = True) -> Any:
        """The gradient at x, with numbers or with the parameters' plain values."""
        return value_and_gradient(self.number if numbers else self.plain, self.user, x)[1]


class Optimum:
    """A minimum as a number.

    Attributes
    ----------
    x : number or ndarray of shape (n,)
        Its value is the minimum to rounding, not the solver's.
    multipliers : number or ndarray
        Of the rows, with their own signs: negative at upper limits.
    rows : list of Row
    """

    def __init__(self, x: Any, multipliers: Any, rows: list[Row]) -> None:
        self.x, self.multipliers, self.rows = x, multipliers, rows

    def of(self, which: int, size: int, sign: int | None = None) -> Any:
        """The multipliers of one constraint's components; 0 for those that are not active."""
        found: list[Any] = [0.0] * size
        for k, row in enumerate(self.rows):
            if row.which == which and sign in (None, row.sign):
                found[row.component] = self.multipliers[k]
        return np.stack([m + 0.0 for m in found]) if found else np.zeros(0)


def optimum(f: Objective, constraints: Sequence[Constraint], x: np.ndarray, what: str) -> Optimum:
    """The minimum near a solver's answer, as a number.

    Raises
    ------
    InputError
        The answer is no strict minimum, its active set is degenerate, or it is far from a minimum.
    """
    return quietly(_Search(f, constraints, what).run, x)


class _Search:
    def __init__(self, f: Objective, constraints: Sequence[Constraint], what: str) -> None:
        self.f, self.constraints, self.what = f, constraints, what
        self.n = 0
        self.idle = ""  # a constraint that is active without any force
        self.last: Any = None  # Hessian, rows of the active constraints, the whole matrix

    def run(self, x: np.ndarray) -> Optimum:
        start = x = np.array(x, float).reshape(-1)
        self.n = x.size
        state = State(self.constraints, x)
        gradient = np.asarray(primal(self.f.gradient(x, False)))
        rows = sorted(first_guess(state, gradient))
        for _ in range(_EXCHANGES):
            check_independent(state, rows, self.what)
            self.idle = idle(state, rows)
            x, multipliers = self._polished(x, gradient, state, rows)
            check_near(x, start, self.what)
            state = State(self.constraints, x)
            better = exchanged(state, rows, multipliers, self._force(x, multipliers), self.what)
            if better is None:
                return self._number(x, multipliers, rows)
            rows, x = sorted(better), start
            state = State(self.constraints, x)
        raise InputError(
            f"{self.what}: the active constraints could not be told near the answer",
            "tighter tolerances of the solver",
        )

    def _polished(
        self, x: np.ndarray, gradient: np.ndarray, state: State, rows: list[Row]
    ) -> tuple[np.ndarray, np.ndarray]:
        normals = np.array([state.gradient(row) for row in rows]).reshape(-1, self.n)
        multipliers = np.linalg.lstsq(normals.T, gradient, rcond=None)[0]
        z = np.concatenate((x, multipliers))
        z = newton_polished(lambda z: self._system(z, rows), z, self.what, self.n)
        return z[: self.n], z[self.n :]

    # --- the equations -----------------------------------------------------------------------

    def _system(self, z: np.ndarray, rows: list[Row]) -> Any:
        """Residual and solver at a plain point."""
        x, multipliers = z[: self.n], z[self.n :]
        function = Inner(lambda x: self._balance(x, multipliers, rows, False), self.f.user)
        pushed = push_identity(Call(function, (x,), {}), self.n)
        balance, block = pushed.values[0], pushed.blocks[0]
        hessian = np.zeros((self.n, self.n)) if block is None else np.asarray(primal(block)).T
        hessian = 0.5 * (hessian + hessian.T)
        defects, normals = map(primal, self._held(x, rows, False))
        matrix = np.block([[hessian, -normals.T], [normals, np.zeros((len(rows), len(rows)))]])
        self.last = hessian, normals, matrix
        self._check_strict(hessian, normals, False)
        check_regular(matrix, self.what)
        residual = np.concatenate((primal(balance), defects))
        return residual, lambda b: np.linalg.solve(matrix, b), lambda v: matrix @ v

    def _balance(self, x: Any, multipliers: Any, rows: list[Row], numbers: bool) -> Any:
        """The gradient of the Lagrangian."""
        gradient = self.f.gradient(x, numbers)
        if not rows:
            return gradient
        return gradient - np.matmul(multipliers, self._held(x, rows, numbers)[1])

    def _held(self, x: Any, rows: list[Row], numbers: bool) -> tuple[Any, Any]:
        """Defects of the active constraints, and their gradients as rows."""
        defects, normals = [np.zeros(0)], [np.zeros((0, self.n))]
        for which, c in enumerate(self.constraints):
            mine = [row for row in rows if row.which == which]
            if mine:
                value, jacobian = c.at(x, numbers)
                components = np.array([row.component for row in mine])
                is_upper = np.array([row.sign < 0 for row in mine])
                defects.append(value[components] - c.limits(components, is_upper, numbers))
                normals.append(jacobian[components])
        return np.concatenate(defects), np.concatenate(normals)

    def _number(self, x: np.ndarray, multipliers: np.ndarray, rows: list[Row]) -> Optimum:
        z = np.concatenate((x, multipliers))
        self._system(z, rows)
        hessian, normals, matrix = self.last
        self._check_strict(hessian, normals, True)

        def residual(z: Any) -> Any:
            x = z[: self.n]
            balance = self._balance(x, z[self.n :], rows, True)
            return np.concatenate((balance, self._held(x, rows, True)[0])) if rows else balance

        number = implicit(residual, z, matrix, self.what)
        return Optimum(number[: self.n], number[self.n :], rows)

    # --- what may be wrong -------------------------------------------------------------------

    def _force(self, x: np.ndarray, multipliers: np.ndarray) -> float:
        """The size of the terms that balance each other, to measure multipliers by."""
        hessian, normals, _ = self.last
        terms = np.abs(normals.T) @ np.abs(multipliers) + np.abs(hessian) @ np.abs(x)
        return float(np.max(terms, initial=0.0))

    def _check_strict(self, hessian: np.ndarray, normals: np.ndarray, final: bool) -> None:
        """Raise where the curvature along the active constraints is not positive.

        Before the last point only what is flat raises: the way there may have other curvatures.
        """
        free = _null_space(normals, self.n)
        sizes = np.sqrt(np.abs(np.diag(hessian)))
        sizes = np.where(sizes > 0, sizes, 1.0)
        curved, scaled = hessian / np.outer(sizes, sizes), _null_space(normals / sizes, self.n)
        if not free.shape[1] or not np.all(np.isfinite(curved)):
            return
        curvatures, directions = np.linalg.eigh(scaled.T @ curved @ scaled)
        most = np.max(np.abs(curvatures))
        least = int(np.argmin(curvatures if final else np.abs(curvatures)))
        if curvatures[least] > _FLAT * most or (
            not final and abs(curvatures[least]) > _FLAT * most
        ):
            return
        if self.idle:
            raise degenerate(self.idle, self.what)
        unknown = int(np.argmax(np.abs(scaled @ directions[:, least])))
        flat = abs(curvatures[least]) <= _FLAT * most
        kind = "singular, the minimum is not strict" if flat else "not positive definite"
        raise InputError(
            f"{self.what}: the Hessian at the answer is {kind} (curvatures from "
            f"{curvatures[least]:.1e} to {most:.1e}), so the answer has no derivative: unknown "
            f"{unknown} is not determined",
            "a problem with one strict minimum, or da.primal(...) of the parameters",
        )


def _null_space(rows: np.ndarray, n: int) -> np.ndarray:
    if not rows.shape[0]:
        return np.eye(n)
    q, _ = np.linalg.qr(rows.T, mode="complete")
    return np.asarray(q[:, rows.shape[0] :])


def has_moved(optimum: Optimum) -> bool:
    """Whether the minimum depends on the parameters at all."""
    return isinstance(optimum.x, Number)


__all__ = ["Objective", "Optimum", "has_moved", "optimum"]
