"""What a solver is given: a function and its derivatives, in one of three ways."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._derivatives import jacobian
from .._evaluate import function_name
from .._gradients import grad
from .._hessian import hessian
from .._operators import hvp
from .._solving._user import UserFunction
from ._mirror import How
from ._points import Task, Weighted
from ._shared import Shared


class Apart:
    """By the public verbs, each with evaluations of its own: spread over processes."""

    def __init__(self, f: Callable[..., Any], how: How, scalar: bool, argnums: Any) -> None:
        self.fun, self.how = f, how
        verb = grad if scalar else jacobian
        self.jac = verb(f, argnums, **how.keywords)
        self.hess, self.hessp = hessian(f), hvp(f)

    def weighted(self, x: Any, v: Any, *args: Any) -> Any:
        """The Hessian of ``v @ f(x)``."""
        return hessian(Weighted(self.fun, v))(x, *args)

    def told(self) -> str:
        """How derivatives were computed, in a few words."""
        return f"{self.how.mode} mode, by workers,"


class Beside:
    """Inside another derivative: f itself, for the stand-in, and derivatives of its plain form.

    The stand-in calls f on plain values for the solver and on numbers for the answer. The solver's
    derivatives are those of the plain form, from the very arithmetic of the plain call, so that its
    steps have the same bits.
    """

    def __init__(self, f: Callable[..., Any], task: Task) -> None:
        self.fun = f
        task.f = _Plain(f)
        shared = self.shared = Shared(task)
        self.jac, self.hess, self.hessp = shared.jac, shared.hess, shared.hessp
        self.weighted, self.told = shared.weighted, shared.told


class _Plain:
    """The plain form of a function that closes over numbers, which takes numbers of its own."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.__wrapped__, self.__name__ = f, function_name(f)
        self.user = UserFunction(f)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        user = self.user
        if keywords:
            user = UserFunction(functools.partial(self.__wrapped__, **keywords))
        return user.at_plain(*args)


def derived(
    f: Callable[..., Any],
    how: How,
    scalar: bool,
    second: bool = False,
    argnums: Any = 0,
    sparing: bool = False,
) -> Any:
    """f with its derivatives: `Shared` wherever that can be."""
    if how.workers is not None:
        return Apart(f, how, scalar, argnums)
    task = Task(f, argnums, how.mode, how.chunk_size, scalar, second)
    return Shared(task, inner=True, sparing=sparing) if how.shared else Beside(f, task)


__all__ = ["Apart", "Beside", "derived"]
