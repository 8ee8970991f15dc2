"""Which constraints hold a solution: the active set near a solver's answer.

Solvers stop inside, on, or a little outside of a constraint. Candidates are what is near; their
multipliers are those non-negative ones that come nearest to the gradient (`scipy.optimize.nnls`);
then the conditions of the solution decide, by one exchange after the other [1]_.

References
----------
.. [1] J. Nocedal, S. Wright, "Numerical Optimization", 2nd ed., Springer 2006, secs.
   12.3 (KKT) and 16.5 (active sets).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .._errors import InputError
from ._constraints import Constraint

_NEAR = 1e-3  # of the size of x, and at least that: candidates, no more
_NO_FORCE = 1e-6  # of the gradient: multipliers that say nothing yet
_DEPENDENT = 1e-10


class Row(NamedTuple):
    """One component of a constraint, at one of its limits.

    Attributes
    ----------
    which, component : int
        Of the constraints, of its components.
    sign : int
        1 at a lower limit, -1 at an upper one: of multipliers; 0 for equations.
    """

    which: int
    component: int
    sign: int


class State:
    """Values, Jacobians and distances of all constraints at one plain point."""

    def __init__(self, constraints: Sequence[Constraint], x: np.ndarray) -> None:
        self.constraints, self.x = constraints, x
        self.values: list[np.ndarray] = []
        self.rows: list[np.ndarray] = []
        for c in constraints:
            value, jacobian = (np.asarray(y, float) for y in c.at(x, False))
            c.resolved(value.size)
            self.values.append(value)
            self.rows.append(jacobian)

    def gradient(self, row: Row) -> np.ndarray:
        found: np.ndarray = self.rows[row.which][row.component]
        return found

    def _limit(self, row: Row) -> float:
        c = self.constraints[row.which]
        return float((c.high if row.sign < 0 else c.low)[row.component])

    def slack(self, row: Row) -> float:
        """How far the constraint is from its limit; negative where it is violated."""
        limit = self._limit(row)
        away = float(self.values[row.which][row.component] - limit)
        return -away if row.sign < 0 else away

    def margin(self, row: Row) -> float:
        """Rounding of that."""
        limit = self._limit(row)
        value = self.values[row.which][row.component]
        size = np.abs(self.gradient(row)) @ np.abs(self.x)
        return 1e-9 * float(abs(limit) + abs(value) + size)

    def limits(self) -> list[Row]:
        """All finite limits, equations first."""
        equal, others = [], []
        for which, c in enumerate(self.constraints):
            fixed = c.low == c.high
            for i in range(c.low.size):
                if fixed[i]:
                    equal.append(Row(which, i, 0))
                    continue
                others += [Row(which, i, 1)] * bool(np.isfinite(c.low[i]))
                others += [Row(which, i, -1)] * bool(np.isfinite(c.high[i]))
        return equal + others


def first_guess(state: State, gradient: np.ndarray) -> list[Row]:
    """The constraints that hold x against the gradient."""
    from scipy.optimize import nnls

    limits = state.limits()
    equal = [row for row in limits if not row.sign]
    near = _near(state, [row for row in limits if row.sign])
    force, normals = gradient, _unit(state, near)
    if equal:
        q, _ = np.linalg.qr(_unit(state, equal))
        force, normals = force - q @ (q.T @ force), normals - q @ (q.T @ normals)
    if not near:
        return equal
    multipliers, _ = nnls(normals, force)
    enough = _NO_FORCE * np.max(np.abs(force), initial=0.0)
    return equal + [row for row, m in zip(near, multipliers, strict=True) if m > enough]


def _near(state: State, rows: list[Row]) -> list[Row]:
    """Limits that x has come near to; of two limits of one component the nearer."""
    reach = _NEAR * max(1.0, float(np.max(np.abs(state.x), initial=0.0)))
    found: dict[tuple[int, int], tuple[float, Row]] = {}
    for row in rows:
        away = state.slack(row) / (float(np.linalg.norm(state.gradient(row))) or 1.0)
        known = found.get(row[:2])
        if away <= reach and (known is None or abs(away) < abs(known[0])):
            found[row[:2]] = float(away), row
    return [row for _, row in found.values()]


def _unit(state: State, rows: Sequence[Row]) -> np.ndarray:
    """Inward normals as columns, of length 1."""
    if not rows:
        return np.zeros((state.x.size, 0))
    normals = np.array([(row.sign or 1) * state.gradient(row) for row in rows])
    sizes = np.linalg.norm(normals, axis=1)
    return np.asarray((normals / np.where(sizes > 0, sizes, 1.0)[:, None]).T)


def check_independent(state: State, rows: Sequence[Row], what: str) -> None:
    """Raise where the active constraints' gradients depend on each other (LICQ)."""
    if not rows:
        return
    normals = _unit(state, rows)
    _, singular, right = np.linalg.svd(normals, full_matrices=False)
    if len(rows) > state.x.size or singular[-1] <= _DEPENDENT:
        worst = rows[int(np.argmax(np.abs(right[-1])))]
        raise InputError(
            f"{what}: the gradients of the {len(rows)} active constraints depend on each other "
            f"(smallest singular value {singular[-1]:.1e} of those of length 1), so their "
            f"multipliers are not determined: {named(state.constraints, worst)} is one of them",
            "constraints of which none follows from the others at the solution",
        )


def named(constraints: Sequence[Constraint], row: Row) -> str:
    """A limit for people."""
    c = constraints[row.which]
    side = {1: "lower limit of ", -1: "upper limit of ", 0: ""}[row.sign]
    return f"{side}{c.name}, component {row.component}"


def exchanged(
    state: State, rows: list[Row], multipliers: np.ndarray, scale: float, what: str
) -> list[Row] | None:
    """A better active set, or None where this one is right.

    Raises
    ------
    InputError
        The active set is degenerate: a constraint holds with no force.
    """
    forces = [
        row.sign * m * np.linalg.norm(state.gradient(row))
        for row, m in zip(rows, multipliers, strict=True)
    ]
    wrong = [i for i, row in enumerate(rows) if row.sign and forces[i] < -1e-9 * scale]
    if wrong:
        worst = min(wrong, key=lambda i: forces[i])
        return rows[:worst] + rows[worst + 1 :]
    active = {row[:2] for row in rows}
    rest = [row for row in state.limits() if row.sign and row[:2] not in active]
    broken = [row for row in rest if state.slack(row) < -state.margin(row)]
    if broken:
        return [*rows, min(broken, key=lambda row: state.slack(row) / (state.margin(row) or 1.0))]
    unforced = [row for i, row in enumerate(rows) if row.sign and forces[i] <= 1e-9 * scale]
    name = named(state.constraints, unforced[0]) if unforced else idle(state, rows)
    if name:
        raise degenerate(name, what)
    return None


def idle(state: State, rows: list[Row]) -> str:
    """A constraint that is active but not among the rows that hold the solution, by name."""
    active = {row[:2] for row in rows}
    for row in state.limits():
        if row[:2] not in active and abs(state.slack(row)) <= state.margin(row):
            return named(state.constraints, row)
    return ""


def degenerate(name: str, what: str) -> InputError:
    """The error of a constraint that is active with no force."""
    return InputError(
        f"{what}: the active set is degenerate: {name} is active with a zero multiplier, so the "
        "solution moves in one way to one side and in another way to the other, and has no "
        "derivative",
        "parameters at which the constraint is clearly active or clearly inactive, or "
        "da.primal(...) of the parameters",
    )


__all__ = [
    "Row",
    "State",
    "check_independent",
    "degenerate",
    "exchanged",
    "first_guess",
    "idle",
    "named",
]
