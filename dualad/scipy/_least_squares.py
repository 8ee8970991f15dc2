"""`least_squares`, `curve_fit` and `leastsq`: residuals and their Jacobian from one evaluation."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ._derived import Apart, derived
from ._mirror import Given, How
from ._patterned import Patterned
from ._shared import Shared
from ._told import by_products, described, told, with_text

# A dense Jacobian of more entries is not formed where SciPy can do with products.
LARGEST = 2 * 10**7


def least_squares(given: Given, how: How) -> Any:
    """Fill in ``jac``: an array, or a linear operator for ``tr_solver="lsmr"``."""
    if given.has("jac"):
        return told(given.call(), described([]))
    pattern = given.get("jac_sparsity")
    if pattern is not None:
        return _patterned(given, how, pattern)
    shared = derived(given.get("fun"), how, scalar=False)
    chosen = None
    if not isinstance(shared, Apart) and _by_products(given):
        chosen = _Operator(shared if how.shared else shared.shared, given)
    given.set("fun", shared.fun)
    given.set("jac", chosen or shared.jac)
    result = given.call()
    if chosen is not None and chosen.dense is False:
        return told(result, described([by_products(chosen.shared)]))
    return told(result, described([f"jac: exact, {shared.told()} of fun"]))


def _patterned(given: Given, how: How, pattern: Any) -> Any:
    """A sparse Jacobian, where its pattern is given; SciPy has its own words for what is wrong."""
    if given.get("method") not in ("trf", "dogbox") or given.get("tr_solver") == "exact":
        return given.call()
    recorded = How("reverse", how.chunk_size, None, how.shared)
    shared = derived(given.get("fun"), recorded, scalar=False)
    jac = Patterned(shared if how.shared else shared.shared, pattern)
    given.set("fun", shared.fun)
    given.set("jac", jac)
    given.set("jac_sparsity", None)
    result = given.call()
    count = 1 + int(jac.groups.max(initial=0))
    text = f"jac: exact, sparse in {count} products, {jac.shared.evaluations} shared evaluations"
    return told(result, described([f"{text} of fun"]))


def _by_products(given: Given) -> bool:
    """Whether SciPy can take the Jacobian as an operator."""
    scale = given.get("x_scale")
    return (
        given.get("method") in ("trf", "dogbox")
        and given.get("tr_solver") in (None, "lsmr")
        and not (isinstance(scale, str) and scale == "jac")
    )


class _Operator:
    """The Jacobian as an array, or as an operator where that is too large: decided once."""

    def __init__(self, shared: Shared, given: Given) -> None:
        self.shared, self.asked = shared, given.get("tr_solver") == "lsmr"
        self.dense: bool | None = None

    def __call__(self, x: Any, *args: Any, **keywords: Any) -> Any:
        if self.dense is None:
            size = np.size(self.shared.fun(x, *args, **keywords)) * np.size(x)
            self.dense = size <= (DENSE if self.asked else LARGEST)
        if self.dense:
            return self.shared.jac(x, *args, **keywords)
        return self.shared.operator(x, *args, **keywords)


# Where LSMR was asked for, products are cheaper from about so many entries on.
DENSE = 10**5


# --- curve_fit ------------------------------------------------------------------------------------


class _Fit:
    """A model ``f(xdata, *params)`` and its Jacobian in the parameters."""

    def __init__(self, f: Callable[..., Any], how: How, count: int) -> None:
        self.f, self.how, self.count = f, how, count
        self.shared: Any = None

    def _ready(self, params: tuple[Any, ...]) -> Any:
        """How many parameters there are is known when SciPy calls."""
        if self.shared is None:
            argnums = tuple(range(1, 1 + len(params)))
            self.shared = derived(self.f, self.how, scalar=False, argnums=argnums)
        return self.shared

    def fun(self, x: Any, *params: Any) -> Any:
        return self._ready(params).fun(x, *params)

    def jac(self, x: Any, *params: Any) -> Any:
        """Of shape ``(M, n)``, also where the model is a constant."""
        shared = self._ready(params)
        found = shared.jac(x, *params)
        if isinstance(shared, Apart):
            found = np.stack(found, axis=-1)
        if np.ndim(found) == 1:
            rows = np.shape(x)[-1] if np.ndim(x) else self.count
            found = np.broadcast_to(found, (rows, len(params))).copy()
        return np.reshape(found, (-1, len(params)))


def curve_fit(given: Given, how: How) -> Any:
    """Fill in ``jac``; the answer's dictionary, where it was asked for, says so."""
    f = given.get("f")
    if given.get("jac") is not None:
        return given.call()
    fit = _Fit(f, how, np.size(given.get("ydata")))

    @functools.wraps(f)  # SciPy reads the number of parameters from the signature
    def model(x: Any, *params: Any) -> Any:
        return fit.fun(x, *params)

    if how.shared or how.workers is not None:  # a stand-in looks into f itself
        given.set("f", model)
    given.set("jac", fit.jac)
    return with_text(given.call(), f"jac: exact, {fit.shared.told()} of f (dualad)")


def leastsq(given: Given, how: How) -> Any:
    """Fill in ``Dfun``, transposed where ``col_deriv`` asks for that."""
    if given.get("Dfun") is not None:
        return given.call()
    shared = derived(given.get("func"), how, scalar=False)
    given.set("func", shared.fun)
    given.set("Dfun", turned(shared.jac, given.get("col_deriv")))
    answer = given.call()
    return with_text(answer, f"Dfun: exact, {shared.told()} of func (dualad)")


def turned(jac: Callable[..., Any], columns: Any) -> Callable[..., Any]:
    """The Jacobian as MINPACK's wrappers want it: with derivatives down the columns, or not."""
    if not columns:
        return lambda *args: _matrix(jac(*args))
    return lambda *args: np.ascontiguousarray(_matrix(jac(*args)).T)


def _matrix(found: Any) -> Any:
    """An array of two axes, also for one equation in one unknown."""
    return found if np.ndim(found) == 2 else np.reshape(found, (-1, np.shape(found)[-1]))


__all__ = ["curve_fit", "least_squares", "leastsq", "turned"]
