"""The solution to rounding, near what a solver has answered.

Solvers stop at loose tolerances (1e-5 in a gradient, 1e-4 in a simplex), and a derivative taken
there has errors of that size. A few steps of Newton's method on the equations that the solution
satisfies, on plain values, remove them. They must shrink as Newton's steps do near a regular
solution [1]_; where they do not, the solution is no smooth function of the parameters, or the
solver has stopped far from it.

References
----------
.. [1] P. Deuflhard, "Newton Methods for Nonlinear Problems", Springer 2004, sec. 2.1: affine
   invariant contraction of ordinary Newton steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError

_STEPS = 30
_SHRINKING = 0.25  # of successive steps; a double root shrinks them by a half
_DONE = 1e-14  # relative
_NOISE = 1e-9  # relative; smaller steps that do not shrink are rounding
_TINY = 1e-12  # absolute, the same where the unknowns are zero

System = Callable[[np.ndarray], tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]]


def newton_polished(system: System, z: np.ndarray, what: str, split: int | None = None) -> Any:
    """The solution of a system near z.

    Parameters
    ----------
    system : callable
        At z: the residual, and the solver of a system with the Jacobian.
    z : ndarray of shape (n,)
        Where it starts.
    what : str
        The solver, for errors.
    split : int, optional
        Unknowns before and after it have different units.

    Raises
    ------
    InputError
        The steps do not shrink.
    """
    first = last = None
    for _ in range(_STEPS):
        residual, solve = system(z)
        if not np.all(np.isfinite(residual)):
            _raise(what, "the equations are not finite near the answer")
        step = solve(residual)
        if not np.any(step):
            return z
        if first is None:
            first = np.abs(step)
        size = np.max(np.abs(step) / _scale(z, first, split))
        noise = size <= _NOISE or np.max(np.abs(step)) <= _TINY
        if last is not None and size > _SHRINKING * last:
            if noise:
                return z
            _raise(what, f"the last one is {size / last:.2g} of the one before")
        z = z - step
        if size <= _DONE:
            return z
        last = size
    return _raise(what, f"after {_STEPS} of them there is still no end")


def _scale(z: np.ndarray, first: np.ndarray, split: int | None) -> np.ndarray:
    """The size of each unknown, as far as it can be seen."""
    sizes = np.abs(z)
    most = np.empty(z.shape)
    cut = z.size if split is None else split
    most[:cut] = np.max(sizes[:cut], initial=0.0)
    most[cut:] = np.max(sizes[cut:], initial=0.0)
    return np.maximum(sizes + first + 1e-3 * most, 1e-300)


def _raise(what: str, how: str) -> Any:
    raise InputError(
        f"{what}: the answer is not near a regular solution, so it has no derivative that could "
        f"be trusted. Newton's steps from it do not shrink as they should: {how}",
        "tighter tolerances of the solver, or equations that determine the solution (no double "
        "root, no flat minimum)",
    )


def check_near(x: np.ndarray, start: np.ndarray, what: str) -> None:
    """Raise where the solution is another one than the solver's."""
    moved = np.max(np.abs(x - start), initial=0.0)
    if moved > 1e-2 * max(1.0, np.max(np.abs(start), initial=0.0)):
        raise InputError(
            f"{what}: the nearest solution is {moved:.1e} away from the answer, so the answer has "
            "no derivative that could be trusted",
            "tighter tolerances of the solver",
        )


__all__ = ["check_near", "newton_polished"]
