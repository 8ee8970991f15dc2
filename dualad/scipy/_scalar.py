"""Roots of functions of one variable: `newton` and `root_scalar`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._derivatives import jacobian
from .._evaluate import function_name
from .._lift import call_user
from .._single import derivative
from ._derived import derived
from ._mirror import Given, How
from ._shared import bits
from ._told import described, told


def root_scalar(given: Given, how: How) -> Any:
    """Fill in ``fprime`` for Newton's method, and ``fprime2`` for Halley's."""
    method = given.get("method")
    name = method.lower() if method else _default(given)
    if name not in ("newton", "halley") or np.iscomplexobj(given.get("x0")):
        return told(given.call(), described([]))
    first, second = given.get("fprime"), given.get("fprime2")
    wanted = {}
    shared = derived(given.get("f"), how, scalar=True, second=name == "halley")
    if first is None:
        wanted["fprime"] = shared.jac
    if second is None and name == "halley" and (first is None or callable(first)):
        wanted["fprime2"] = shared.hess
    if wanted:
        given.set("f", shared.fun)
    for key, value in wanted.items():
        given.set(key, value)
    result = given.call()
    text = [f"{', '.join(wanted)}: exact, {shared.told()} of f"] if wanted else []
    return told(result, described(text))


def _default(given: Given) -> str:
    """The method that SciPy chooses from what is given."""
    if given.get("bracket") is not None:
        return "brentq"
    if given.get("fprime") and given.get("fprime2"):
        return "halley"
    return "newton" if given.get("fprime") or given.get("x1") is None else "secant"


def newton(given: Given, how: How) -> Any:
    """Fill in ``fprime``, unless a second point asks for the secant method."""
    if given.get("fprime") is not None or given.get("x1") is not None:
        return given.call()
    f, x0 = given.get("func"), given.get("x0")
    if np.iscomplexobj(x0):
        given.set("fprime", jacobian(f, holomorphic=True))
        return given.call()
    if np.size(x0) > 1:
        shared: Any = _Elementwise(f) if how.shared else None
        given.set("func", shared.fun if shared else f)
        given.set("fprime", shared.jac if shared else derivative(f))
        return given.call()
    shared = derived(f, how, scalar=True)
    given.set("func", shared.fun)
    given.set("fprime", shared.jac)
    answer = given.call()
    if isinstance(answer, tuple):
        told(answer[1], described([f"fprime: exact, {shared.told()} of func"]))
    return answer


class _Elementwise:
    """An elementwise function and its derivative, from one evaluation at the newest point."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.both = derivative(_Twice(f), has_aux=True)
        self.key: Any = None
        self.found: tuple[Any, Any] = (None, None)

    def _at(self, x: Any, args: tuple[Any, ...]) -> tuple[Any, Any]:
        key = bits(x)
        if key != self.key:
            self.found, self.key = self.both(x, *args), key
        return self.found

    def fun(self, x: Any, *args: Any) -> Any:
        return np.array(self._at(x, args)[1])

    def jac(self, x: Any, *args: Any) -> Any:
        return np.array(self._at(x, args)[0])


class _Twice:
    """``(y, y)`` of a function; `lift` finds the function in it."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.__wrapped__, self.__name__ = f, function_name(f)

    def __call__(self, *args: Any) -> tuple[Any, Any]:
        y = call_user(self.__wrapped__, *args)
        return y, y


__all__ = ["newton", "root_scalar"]
