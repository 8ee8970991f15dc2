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
_NOISE = 1e-6  # relative; smaller steps that do not shrink are noise of the equations
_TINY = 1e-12  # absolute, the same where the unknowns are zero

_APART = 1e-8  # relative; so far from a regular solution the Jacobian is still much the same
_CHANGED = 0.25

Linear = Callable[[np.ndarray], np.ndarray]
System = Callable[[np.ndarray], tuple[np.ndarray, Linear, Linear]]


def newton_polished(system: System, z: np.ndarray, what: str, split: int | None = None) -> Any:
    """The solution of a system near z.

    Parameters
    ----------
    system : callable
        At z: the residual, the solver of a system with the Jacobian, and its product with a
        vector.
    z : ndarray of shape (n,)
        Where it starts.
    what : str
        The solver, for errors.
    split : int, optional
        Unknowns before and after it have different units.

    Raises
    ------
    InputError
        The steps do not shrink, or the Jacobian is another one a little further.
    """
    first = last = None
    for _ in range(_STEPS):
        residual, solve, _ = system(z)
        if not np.all(np.isfinite(residual)):
            _raise(what, "The equations that it satisfies are not finite nearby")
        step = solve(residual)
        if first is None:
            first = np.abs(step)
        if not np.any(step):
            return _checked(system, z, solve, _scale(z, first, split), what)
        size = np.max(np.abs(step) / _scale(z, first, split))
        noise = size <= _NOISE or np.max(np.abs(step)) <= _TINY
        if last is not None and size > _SHRINKING * last:
            if noise:
                return _checked(system, z, solve, _scale(z, first, split), what, step)
            _raise(what, f"A step of Newton's from it is {size / last:.2g} of the one before")
        z = z - step
        # The next step would shrink by the square of what this one has.
        if size <= _DONE or (last is not None and size <= _NOISE and size**3 <= _DONE * last**2):
            return _checked(system, z, solve, _scale(z, first, split), what)
        last = size
    return _raise(what, f"{_STEPS} of Newton's steps from it find no end")


def _checked(
    system: System,
    z: np.ndarray,
    solve: Linear,
    scale: np.ndarray,
    what: str,
    step: np.ndarray | float = 0.0,
) -> np.ndarray:
    """z, unless its Jacobian is as small as its change nearby: at a multiple root it is zero."""
    away = np.maximum(_APART * np.where(scale > 1e-290, scale, 1e-2), 2.0 * np.abs(step))
    changed = np.inf
    for side in (away, -away):  # on one of them the functions may not be defined
        residual, _, apply = system(z + side)
        if np.all(np.isfinite(residual)):
            size = np.maximum(away, 1e-10 * np.max(away))  # solving rounds by the largest
            changed = np.max(np.abs(solve(apply(side)) - side) / size, initial=0.0)
            break
    if not changed <= _CHANGED:
        _raise(
            what,
            f"{np.max(away):.0e} from it the Jacobian has changed by {changed:.1g} of itself",
        )
    return z


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
        f"be trusted. {how}",
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
