"""First derivatives of the user's functions with the numbers of outer derivatives around them.

The conditions that a minimum satisfies have the gradient of the user's function in them. It is
taken here by one evaluation of a level of its own, forward in few variables and in reverse in many,
so that the gradient is a number where the function's parameters are, and can be differentiated once
more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._evaluate import Call, Recorded, push, push_identity
from .._numbers import Number, primal
from .._numbers._number import as_array
from .._seeds import identity_blocks
from ._user import call_at

FEW = 12  # so many directions travel at once at the price of few
_NUMBERS_AT_ONCE = 2_000_000


class Inner:
    """A function of dualad's around one of the user's, which decides whether it runs lifted.

    Parameters
    ----------
    function : callable
        What is called.
    user : callable
        The user's function in it.
    """

    def __init__(self, function: Callable[..., Any], user: Any) -> None:
        self.function, self.__wrapped__ = function, user

    def __call__(self, x: Any) -> Any:
        return flat(call_at(x._level, x, self.function, x))


def flat(y: Any) -> Any:
    """An answer of the user's function as a vector of floating-point values or numbers."""
    y = as_array(y)
    if isinstance(y, Number):
        return np.reshape(y, (-1,))
    y = np.asarray(y)
    return np.ravel(y if y.dtype.kind in "fc" else y.astype(float))


def value_and_jacobian(f: Callable[[Any], Any], user: Any, x: Any, square: bool = False) -> Any:
    """(f(x), Jacobian), each a number where f's parameters or x are.

    Parameters
    ----------
    f : callable
        From a vector to a scalar or a vector.
    user : callable
        The user's function in f.
    x : ndarray or number of shape (n,)
    square : bool
        f has about as many answers as arguments.

    Returns
    -------
    value of shape ``(m,)``, Jacobian of shape ``(m, n)``.
    """
    call = Call(Inner(f, user), (x,), {})
    n = call.size
    if n > FEW and not square:
        recorded = Recorded(call)
        value = recorded.values[0]
        m = np.shape(value)[0]
        if 2 * m <= n:
            block = recorded.cotangents([np.eye(m)], free=True)[0]
            return value, np.zeros((m, n)) if block is None else block
    value, block = _pushed(call, n)
    if block is None:
        return value, np.zeros((np.shape(value)[0], n), primal(value).dtype)
    return value, np.transpose(block)


def _pushed(call: Call, n: int) -> tuple[Any, Any]:
    """Value and tangents in all directions, as many at once as memory allows well."""
    at_once = max(FEW, _NUMBERS_AT_ONCE // n)
    if n <= at_once:
        pushed = push_identity(call, n)
        return pushed.values[0], pushed.blocks[0]
    parts = [
        push(call, identity_blocks(call.leaves, i, min(i + at_once, n)), True)
        for i in range(0, n, at_once)
    ]
    if any(p.blocks[0] is None for p in parts):
        return parts[0].values[0], None
    return parts[0].values[0], np.concatenate([p.blocks[0] for p in parts])


def value_and_gradient(f: Callable[[Any], Any], user: Any, x: Any) -> tuple[Any, Any]:
    """(f(x), gradient) of a scalar function, of shapes ``()`` and ``(n,)``."""
    value, rows = value_and_jacobian(f, user, x)
    return value[0], rows[0]


def directional(f: Callable[[Any], Any], user: Any, x: np.ndarray, v: np.ndarray) -> Any:
    """The plain ``J v`` of f at a plain x."""
    pushed = push(Call(Inner(f, user), (x,), {}), [np.reshape(v, (1, -1)).astype(float)])
    block = pushed.blocks[0]
    return np.zeros(np.shape(pushed.values[0])) if block is None else np.asarray(primal(block))[0]


class Transposed:
    """``J^T w`` of f at a plain x, recorded once.

    Parameters
    ----------
    f, user, x
        As in `value_and_jacobian`.
    """

    def __init__(self, f: Callable[[Any], Any], user: Any, x: np.ndarray) -> None:
        self.recorded, self.n = Recorded(Call(Inner(f, user), (x,), {})), x.size

    def __call__(self, w: np.ndarray) -> np.ndarray:
        block = self.recorded.cotangents([np.reshape(w, (1, -1)).astype(float)])[0]
        return np.zeros(self.n) if block is None else np.asarray(primal(block))[0]


__all__ = [
    "FEW",
    "Inner",
    "Transposed",
    "directional",
    "flat",
    "value_and_gradient",
    "value_and_jacobian",
]
