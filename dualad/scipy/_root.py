"""`root`, `fsolve` and `newton_krylov`: exact Jacobians, or exact products with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

from ._least_squares import turned
from ._mirror import Given, How
from ._points import Task
from ._shared import Shared, derived
from ._told import by_products, described, told, with_text

DENSE = ("hybr", "lm")  # the methods of `root` that take a Jacobian


def root(given: Given, how: How) -> Any:
    """Fill in ``jac``, or the products of ``method="krylov"``."""
    method = str(given.get("method")).lower()
    options = dict(given.get("options") or {})
    if method in DENSE and given.get("jac") is None:
        shared = derived(given.get("fun"), how, scalar=False)
        given.set("fun", shared.fun)
        given.set("jac", turned(shared.jac, options.get("col_deriv")))
        result = given.call()
        return told(result, described([f"jac: exact, {shared.told()} of fun"]))
    if method == "krylov" and how.shared and not np.iscomplexobj(given.get("x0")):
        inner = dict(options.get("jac_options") or {})
        krylov = _Krylov(given.get("fun"), inner)
        given.set("fun", krylov.fun)
        given.set("options", {**options, "jac_options": krylov.options})
        return told(given.call(), described([krylov.text]))
    return told(given.call(), described([]))


def fsolve(given: Given, how: How) -> Any:
    """Fill in ``fprime``, transposed where ``col_deriv`` asks for that."""
    if given.get("fprime") is not None:
        return given.call()
    shared = derived(given.get("func"), how, scalar=False)
    given.set("func", shared.fun)
    given.set("fprime", turned(shared.jac, given.get("col_deriv")))
    answer = given.call()
    return with_text(answer, f"fprime: exact, {shared.told()} of func (dualad)")


def newton_krylov(given: Given, how: How) -> Any:
    """Exact products of the Jacobian with vectors for the inner method."""
    if not how.shared or np.iscomplexobj(given.get("xin")):
        return given.call()
    names = ("rdiff", "method", "inner_maxiter", "inner_M", "outer_k")
    inner = {name: given.get(name) for name in names if given.has(name)}
    inner.update((k, given.keywords[k]) for k in list(given.keywords) if _is_inner(k, names))
    krylov = _Krylov(given.get("F"), inner)
    for name in inner:
        if name not in names:
            del given.keywords[name]
    given.set("F", krylov.fun)
    given.set("method", krylov.solve)
    return given.call()


def _is_inner(name: str, known: tuple[str, ...]) -> bool:
    return name.startswith("inner_") and name not in known


class _Krylov:
    """The inner solver of Newton-Krylov, by exact products on the recording of the residual.

    SciPy lets the user give the inner method as a function of an operator A, which takes
    differences of F. This one hands the method that was asked for the exact operator instead, at
    the point where F was evaluated last: there SciPy's Newton step starts. Where that is not so, A
    it is.
    """

    def __init__(self, F: Callable[..., Any], inner: dict[str, Any]) -> None:
        # SciPy's own reading of the options: which method, and with which keywords.
        self.inner = optimize.KrylovJacobian(**inner)
        self.shared = Shared(Task(F, mode="reverse"), inner=True)
        self.options = {k: v for k, v in inner.items() if not _is_inner(k, ("inner_M",))}
        self.options.update(method=self.solve)
        self.options.pop("inner_maxiter", None)
        self.last: tuple[tuple[Any, ...], Any] | None = None

    def fun(self, x: Any, *args: Any) -> Any:
        value = self.shared.fun(x, *args)
        self.last = (np.array(x, float), *args), value
        return value

    def solve(self, A: Any, b: Any, **keywords: Any) -> Any:
        """Solve ``J y = b`` as the method does that was asked for."""
        own = {**keywords, **self.inner.method_kw}
        return self.inner.method(self._exact(A, b), b, **own)

    def _exact(self, A: Any, b: Any) -> Any:
        if self.last is None:
            return A
        args, value = self.last
        same = np.array_equal(np.ravel(value), np.ravel(b))
        return self.shared.operator(*args) if same else A

    @property
    def text(self) -> str:
        return by_products(self.shared)
