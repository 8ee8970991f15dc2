"""`minimize`: gradients for every method that uses them, Hessians for those that take one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._derivatives import jacobian
from ._constraints import exact_constraints, plain_constraints
from ._derived import derived
from ._mirror import Given, How
from ._told import described, told

# The methods of SciPy by the derivatives that they take; one of the user's own gets a gradient.
WITHOUT = ("nelder-mead", "powell", "cobyla", "cobyqa", "_custom")
PRODUCTS = ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
SECOND = (*PRODUCTS, "dogleg", "trust-exact")
NEEDED = ("dogleg", "trust-exact", "trust-ncg", "trust-krylov")  # without a Hessian they raise
CONSTRAINED = ("slsqp", "trust-constr")
# Up to so many variables the Hessian as a matrix costs less than its products with vectors.
DENSE = 50


class Exact:
    """The derivatives that a minimizer of these arguments is given.

    Attributes
    ----------
    keywords : dict
        ``jac``, ``hess`` or ``hessp`` that are to be filled in.
    constraints
        With derivatives, or None where nothing changes.
    fun : callable
        The objective, sharing evaluations with them.
    """

    def __init__(
        self,
        fun: Callable[..., Any],
        x0: Any,
        method: Any,
        get: Callable[[str], Any],
        how: How,
        sparing: bool = False,
    ) -> None:
        self.fun: Any = fun
        self.keywords: dict[str, Any] = {}
        self.shared: Any = None
        self.constraints: Any = None
        self.others: list[tuple[int, Any]] = []
        self.method = method.lower() if isinstance(method, str) else "" if method is None else "own"
        if get("jac") is None:
            if self.method not in WITHOUT:
                self._gradient(fun, x0, get, how, sparing)
        elif self.method in NEEDED and get("hess") is None and get("hessp") is None:
            self._of_gradient(fun, get("jac"), how)
        found = get("constraints")
        if found is None or not np.size(found):
            return
        if self.method in ("", *CONSTRAINED):
            wants_hessian = self.method == "trust-constr"
            self.constraints, self.others = exact_constraints(found, how, wants_hessian)
        elif self.method in WITHOUT:
            self.constraints = plain_constraints(found)

    def _gradient(
        self, fun: Callable[..., Any], x0: Any, get: Callable[[str], Any], how: How, sparing: bool
    ) -> None:
        second = self.method in SECOND and get("hess") is None and get("hessp") is None
        shared = derived(fun, how, scalar=True, second=second, sparing=sparing)
        self.fun, self.shared, self.keywords["jac"] = shared.fun, shared, shared.jac
        if second and self.method in PRODUCTS and np.size(x0) > DENSE:
            self.keywords["hessp"] = shared.hessp
        elif second:
            self.keywords["hess"] = shared.hess

    def _of_gradient(self, fun: Callable[..., Any], jac: Any, how: How) -> None:
        """The Hessian as the Jacobian of the user's own gradient."""
        if jac is True:  # fun returns both
            self.keywords["hess"] = jacobian(lambda *args: fun(*args)[1], **how.keywords)
        elif callable(jac):
            self.keywords["hess"] = jacobian(jac, **how.keywords)

    @property
    def text(self) -> str:
        """For the result: what was filled in, and how."""
        parts = []
        if self.shared is not None:
            parts.append(f"{', '.join(self.keywords)}: exact, {self.shared.told()} of fun")
        elif self.keywords:
            parts.append(f"{', '.join(self.keywords)}: exact")
        parts += [f"constraint {i}: exact, {shared.told()}" for i, shared in self.others]
        return described(parts)


def minimize(given: Given, how: How) -> Any:
    """Fill in ``jac``, ``hess`` or ``hessp``, and the derivatives of constraints."""
    exact = Exact(given.get("fun"), given.get("x0"), given.get("method"), given.get, how)
    given.set("fun", exact.fun)
    for name, value in exact.keywords.items():
        given.set(name, value)
    if exact.constraints is not None:
        given.set("constraints", exact.constraints)
    return told(given.call(), exact.text)
