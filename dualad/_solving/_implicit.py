"""The implicit function theorem, once, at every order and in every mode.

``F(x, p) = 0`` defines x(p). From the solution x*, with A the plain Jacobian of F in x there, the
chord iteration ``x <- x - A^-1 F(x, p)``, taken with numbers, gains one order of derivatives a step
[1]_: one step for first derivatives, two for second ones. It is recorded, transposed and nested as
any other expression, and A is factorised once.

References
----------
.. [1] J. Gilbert, "Automatic differentiation and iterative processes", Optimization Methods and
   Software 1, 1992; A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, ch. 15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError
from .._graph import Tape
from .._numbers import HyperDual, Number, primal
from .._numbers._floating import quietly
from .._numbers._number import as_array

_MANY, _CLEARLY = 100, 1e-10
_SINGULAR = 1e-13  # relative; below it a solution has no derivative that could be trusted


def implicit(residual: Callable[[Any], Any], x: np.ndarray, jacobian: np.ndarray, what: str) -> Any:
    """The solution as a number.

    Parameters
    ----------
    residual : callable
        F at a number or plain array of shape ``(n,)``, with the numbers of its parameters; answers
        shape ``(n,)``.
    x : ndarray of shape (n,)
        The plain solution; the answer's value, bit for bit.
    jacobian : ndarray of shape (n, n)
        Plain ``dF/dx`` there.
    what : str
        The solver, for errors.

    Raises
    ------
    InputError
        The Jacobian is singular: the solution is no function of the parameters.
    """
    solve = factorised(jacobian, what)
    first = quietly(residual, x)
    if not isinstance(first, Number):
        return x
    # The derivative is taken at the root to rounding, which the solver may have left a little.
    start = polished(x, solve(primal(first)))
    number: Any = start
    value = first if start is x else quietly(residual, start)
    for step in range(order(value)):
        if step:
            value = quietly(residual, number)
        number = number - solve(value)
    return pinned(number, x)


def polished(x: np.ndarray, correction: np.ndarray) -> np.ndarray:
    """x after one more step of Newton's, where that is a matter of the last digits."""
    size = np.max(np.abs(x), initial=0.0)
    small = np.all(np.isfinite(correction)) and np.max(np.abs(correction), initial=0.0)
    return x - correction if 0 < small <= 1e-4 * max(size, 1e-300) else x


def pinned(number: Any, value: Any) -> Any:
    """The number with this value and its own derivatives."""
    if isinstance(number, Number):
        number._pin(value)
        return number
    return value


def order(x: Any) -> int:
    """How many orders of derivatives x carries: those of all its levels together."""
    total = 0
    while isinstance(x, Number):
        second = isinstance(x, HyperDual) or (isinstance(x._level, Tape) and x._level.second)
        total += 2 if second else 1
        x = x._value
    return total


def factorised(matrix: np.ndarray, what: str) -> Callable[[Any], Any]:
    """``b -> matrix^-1 b`` for plain b and numbers of shape ``(n,)``.

    Raises
    ------
    InputError
        The matrix is singular to working precision; names the equation.
    """
    matrix = np.asarray(matrix, dtype=float)
    if not np.all(np.isfinite(matrix)):
        i, j = np.argwhere(~np.isfinite(matrix))[0]
        raise InputError(
            f"{what}: the derivative of equation {i} in unknown {j} is {matrix[i, j]} at the "
            "solution, so the solution has no derivative",
            "equations that are smooth at the solution",
        )
    check_regular(matrix, what)
    return lambda b: np.linalg.solve(matrix, as_array(b))


def _is_clearly_regular(matrix: np.ndarray) -> bool:
    """Whether an estimate says so, which costs far less than singular values."""
    from scipy.linalg import lapack

    factor, _, info = lapack.dgetrf(matrix)
    if info:
        return False
    rcond, _ = lapack.dgecon(factor, np.max(np.sum(np.abs(matrix), axis=0)))
    return bool(rcond > _CLEARLY)


def check_regular(matrix: np.ndarray, what: str) -> None:
    """Raise where a matrix is singular to working precision; says which equation and how."""
    if not matrix.size or (len(matrix) > _MANY and _is_clearly_regular(matrix)):
        return
    # Rows and columns are scaled first: units must not decide what is singular.
    rows = np.max(np.abs(matrix), axis=1, initial=0.0)
    scaled = matrix / np.where(rows > 0, rows, 1.0)[:, None]
    columns = np.max(np.abs(scaled), axis=0, initial=0.0)
    scaled = scaled / np.where(columns > 0, columns, 1.0)
    left, singular, right = np.linalg.svd(scaled)
    if singular[-1] <= _SINGULAR * singular[0]:
        equation = int(np.argmax(np.abs(left[:, -1])))
        unknown = int(np.argmax(np.abs(right[-1])))
        raise InputError(
            f"{what}: the system is singular at the solution (reciprocal condition "
            f"{singular[-1] / max(singular[0], 1e-300):.1e}), so the solution has no derivative: "
            f"equation {equation} depends on the others, unknown {unknown} is not determined",
            "equations that determine the solution, or da.primal(solution) as a constant",
        )


__all__ = ["check_regular", "factorised", "implicit", "order", "pinned", "polished"]
