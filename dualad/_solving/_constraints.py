"""Constraints as numbers: bounds, linear and nonlinear ones, and SciPy's classes for them.

Each is ``lower <= c(x) <= upper``, of which any may depend on parameters. SciPy's classes hold
plain values; made from numbers in lifted code, they keep the numbers beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers import Number, primal
from .._numbers._number import as_array, holds_number
from ._derived import value_and_jacobian
from ._given import NUMBERS, Given, as_tuple, kept_numbers, plain_object
from ._user import UserFunction


class Constraint:
    """``lower <= c(x) <= upper``, componentwise.

    Parameters
    ----------
    name : str
        For errors.
    at : callable
        ``at(x, numbers)``: c(x) of shape ``(m,)`` and its Jacobian ``(m, n)``; with the numbers
        of its parameters or with their plain values.
    lower, upper : array or number of shape ``(m,)`` or ``()``

    Attributes
    ----------
    low, high : ndarray of shape (m,)
        The plain limits; filled in by `resolved`.
    """

    def __init__(self, name: str, at: Callable[..., Any], lower: Any, upper: Any) -> None:
        self.name, self.at, self.lower, self.upper = name, at, lower, upper
        self.low = self.high = np.zeros(0)

    def resolved(self, m: int) -> None:
        """Bring the limits to the m components of c."""
        self.lower, self.upper = _spread(self.lower, m), _spread(self.upper, m)
        self.low = np.asarray(primal(self.lower), float)
        self.high = np.asarray(primal(self.upper), float)

    def limits(self, components: np.ndarray, is_upper: np.ndarray, numbers: bool) -> Any:
        """The upper or lower limits of some components."""
        low, high = (self.lower, self.upper) if numbers else (self.low, self.high)
        if not np.any(is_upper):
            return low[components]
        return np.where(is_upper, high[components], low[components])


def _spread(x: Any, m: int) -> Any:
    x = as_array(x)
    x = x if isinstance(x, Number) else np.asarray(x, float)
    if x.size not in (1, m):
        raise InputError(f"a constraint has {m} components, but {x.size} limits")
    return np.broadcast_to(np.reshape(x, (-1,)), (m,)) if np.shape(x) != (m,) else x


# --- bounds --------------------------------------------------------------------------------------


def bounds_of(bounds: Any, n: int) -> list[Constraint]:
    """The user's bounds: SciPy's object, a sequence of pairs, or None."""
    if bounds is None:
        return []
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        lower, upper = limits_of(bounds)
    else:
        pairs = list(bounds)
        lower, upper = _side(pairs, 0, -np.inf), _side(pairs, 1, np.inf)
    return [box(lower, upper, n)]


def box(lower: Any, upper: Any, n: int) -> Constraint:
    """Bounds of all variables."""
    eye = np.eye(n)
    made = Constraint("the bound", lambda x, numbers: (x, eye), lower, upper)
    made.resolved(n)
    return made


def _side(pairs: list[Any], i: int, missing: float) -> Any:
    found = [missing if pair[i] is None else pair[i] for pair in pairs]
    return as_array(found) if holds_number(found) else np.asarray(found, float)


def limits_of(x: Any) -> tuple[Any, Any]:
    """Lower and upper limits of SciPy's objects, the numbers where they have been kept."""
    kept = kept_numbers(x)
    return kept.get("lb", x.lb), kept.get("ub", x.ub)


# --- constraints ---------------------------------------------------------------------------------


def linear(a: Any, lower: Any, upper: Any, name: str) -> Constraint:
    """``lower <= A x <= upper``."""
    a = a.toarray() if hasattr(a, "toarray") else as_array(a)
    a = np.reshape(a, (1, -1)) if np.ndim(a) < 2 else a
    plain = np.asarray(primal(a), float)

    def at(x: Any, numbers: bool) -> Any:
        rows = a if numbers else plain
        return np.matmul(rows, x), rows

    made = Constraint(name, at, lower, upper)
    made.resolved(plain.shape[0])
    return made


def nonlinear(user: UserFunction, lower: Any, upper: Any, name: str) -> Constraint:
    """``lower <= c(x) <= upper`` for a function of the user's."""

    def at(x: Any, numbers: bool) -> Any:
        return value_and_jacobian(user.number if numbers else user.at_plain, user.f, x)

    return Constraint(name, at, lower, upper)


class Constraints:
    """All constraints of a call: for SciPy, and as numbers.

    Attributes
    ----------
    plain
        What SciPy is given.
    all : list of Constraint
    users : list of UserFunction
    has_numbers : bool
        Whether limits or matrices are numbers.
    """

    def __init__(self, constraints: Any) -> None:
        self.all: list[Constraint] = []
        self.users: list[UserFunction] = []
        self.has_numbers = False
        if constraints is None:
            self.plain = constraints
        elif isinstance(constraints, (list, tuple)):
            self.plain = type(constraints)([self._one(c, i) for i, c in enumerate(constraints)])
        else:
            self.plain = self._one(constraints, 0)

    @property
    def met(self) -> bool:
        """Whether a number takes part."""
        return self.has_numbers or any(user.met for user in self.users)

    def _one(self, c: Any, i: int) -> Any:
        name = f"constraint {i}"
        if isinstance(c, dict):
            return self._of_dict(c, name)
        if hasattr(c, "A"):
            kept = kept_numbers(c)
            self.has_numbers = self.has_numbers or bool(kept)
            self.all.append(linear(kept.get("A", c.A), *limits_of(c), name))
            return plain_object(c)
        if hasattr(c, "fun"):
            return self._nonlinear(c, name)
        return c  # SciPy says what it is

    def _user(self, f: Any, args: tuple[Any, ...] = ()) -> UserFunction:
        user = f if isinstance(f, UserFunction) else UserFunction(f, args)
        self.users.append(user)
        return user

    def _of_dict(self, c: dict[str, Any], name: str) -> Any:
        kind = str(c.get("type")).lower()
        if not callable(c.get("fun")) or kind not in ("eq", "ineq"):
            return c
        args = as_tuple(c.get("args", ()))
        user = self._user(c["fun"], args)
        plain = {**c, "fun": user, "args": ()}
        if callable(c.get("jac")):
            plain["jac"] = UserFunction(c["jac"], args)
        self.all.append(nonlinear(user, 0.0, 0.0 if kind == "eq" else np.inf, name))
        return plain

    def _nonlinear(self, c: Any, name: str) -> Any:
        user = self._user(c.fun)
        lower, upper = limits_of(c)
        self.has_numbers = self.has_numbers or bool(kept_numbers(c))
        c = plain_object(c)
        self.all.append(nonlinear(user, lower, upper, name))
        new = object.__new__(type(c))
        new.__dict__.update(c.__dict__)
        new.__dict__.update(fun=user)
        for derivative in ("jac", "hess"):
            f = getattr(c, derivative, None)
            if callable(f) and not isinstance(f, type) and not hasattr(f, "update"):
                new.__dict__[derivative] = UserFunction(f)
        return new


def keeping(kind: Any) -> Callable[..., Any]:
    """A stand-in of one of SciPy's classes: an object of plain values that keeps the numbers."""

    def standin(*args: Any, **keywords: Any) -> Any:
        given = Given(kind, args, keywords)
        made = given.call()
        numbers = {
            name: as_array(given.get(name))
            for name in ("A", "lb", "ub")
            if holds_number((given.get(name),))
        }
        if numbers:
            setattr(made, NUMBERS, numbers)
        return made

    return standin


def has_numbers(bounds: Any) -> bool:
    """Whether the user's bounds are numbers."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        return bool(kept_numbers(bounds))
    return holds_number((bounds,))


__all__ = [
    "Constraint",
    "Constraints",
    "bounds_of",
    "box",
    "has_numbers",
    "keeping",
    "linear",
    "nonlinear",
]
