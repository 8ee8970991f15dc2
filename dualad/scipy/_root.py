"""`root`, `fsolve` and `newton_krylov`: exact Jacobians, or exact products with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

from .._numbers import primal_tree
from ._derived import derived
from ._least_squares import turned
from ._mirror import Given, How
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
    x0, args = given.get("x0"), given.get("args")
    if method == "krylov" and not np.iscomplexobj(primal_tree(x0)):
        inner = dict(options.get("jac_options") or {})
        krylov = _Krylov(given.get("fun"), x0, given.get("callback"), inner, how)
        krylov.args = primal_tree(args if isinstance(args, tuple) else (args,))
        given.set("fun", krylov.fun)
        given.set("callback", krylov.callback)
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
    if np.iscomplexobj(primal_tree(given.get("xin"))):
        return given.call()
    names = ("rdiff", "method", "inner_maxiter", "inner_M", "outer_k")
    inner = {name: given.get(name) for name in names if given.has(name)}
    inner.update((k, given.keywords[k]) for k in list(given.keywords) if _is_inner(k, names))
    krylov = _Krylov(given.get("F"), given.get("xin"), given.get("callback"), inner, how)
    for name in inner:
        if name not in names:
            del given.keywords[name]
    given.set("F", krylov.fun)
    given.set("method", krylov.solve)
    given.set("callback", krylov.callback)
    return given.call()


def _is_inner(name: str, known: tuple[str, ...]) -> bool:
    return name.startswith("inner_") and name not in known


class _Krylov:
    """The inner solver of Newton-Krylov, by exact products on the recording of the residual.

    SciPy lets the user give the inner method as a function of an operator A, which takes
    differences of F. This one hands the method that was asked for the exact operator instead, at
    the point of the last callback: there SciPy's Newton step starts.
    """

    def __init__(
        self, F: Callable[..., Any], x0: Any, callback: Any, inner: dict[str, Any], how: How
    ) -> None:
        # SciPy's own reading of the options: which method, and with which keywords.
        self.inner = optimize.KrylovJacobian(**inner)
        recorded = How("reverse", how.chunk_size, None, how.shared)
        self.derived = derived(F, recorded, scalar=False)
        shared = self.derived if how.shared else self.derived.shared
        self.shared, self.fun, self.then = shared, self.derived.fun, callback
        self.options = {k: v for k, v in inner.items() if not _is_inner(k, ("inner_M",))}
        self.options.update(method=self.solve)
        self.options.pop("inner_maxiter", None)
        self.x = np.array(primal_tree(x0))
        if self.x.dtype.kind not in "fc":
            self.x = self.x.astype(float)
        self.args: tuple[Any, ...] = ()

    def callback(self, x: Any, value: Any) -> Any:
        """A step has been taken, to x."""
        self.x = np.reshape(x, self.x.shape).copy()
        return None if self.then is None else self.then(x, value)

    def solve(self, _A: Any, b: Any, **keywords: Any) -> Any:
        """Solve ``J y = b`` as the method does that was asked for."""
        own = {**keywords, **self.inner.method_kw}
        return self.inner.method(self.shared.operator(self.x, *self.args), b, **own)

    @property
    def text(self) -> str:
        return by_products(self.shared)
