"""The older interfaces: ``fmin_bfgs`` and its kin, and `line_search`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._lift import call_user
from .._numbers import primal_tree
from .._solving._user import UserFunction
from ._derived import derived
from ._mirror import Given, How
from ._told import with_text


def _gradient(given: Given, how: How, f: str = "f", fprime: str = "fprime") -> Any:
    if given.get(fprime) is not None:
        return given.call()
    shared = derived(given.get(f), how, scalar=True)
    given.set(f, shared.fun)
    given.set(fprime, shared.jac)
    return given.call()


def fmin_bfgs(given: Given, how: How) -> Any:
    """Fill in ``fprime``."""
    return _gradient(given, how)


def fmin_cg(given: Given, how: How) -> Any:
    """Fill in ``fprime``."""
    return _gradient(given, how)


def line_search(given: Given, how: How) -> Any:
    """Fill in ``myfprime``, where it is None."""
    return _gradient(given, how, "f", "myfprime")


def fmin_ncg(given: Given, how: How) -> Any:
    """Fill in ``fprime``, which may be left out, and ``fhess_p``."""
    if given.get("fprime") is not None:
        return given.call()
    second = given.get("fhess_p") is None and given.get("fhess") is None
    shared = derived(given.get("f"), how, scalar=True, second=second)
    given.set("f", shared.fun)
    given.set("fprime", shared.jac)
    if second:
        given.set("fhess_p", shared.hessp)
    return given.call()


def _both(given: Given, how: How) -> Any:
    """For functions that may return ``(value, gradient)``: then the user has given it."""
    if given.get("fprime") is not None or given.get("approx_grad"):
        return given.call()
    fun = given.get("func")
    if not how.shared:
        return _gradient(given, how, "func") if _is_alone(given) else given.call()
    seen = _First(fun)
    shared = derived(seen, how, scalar=True)

    def both(x: Any, *args: Any) -> Any:
        if seen.pairs:
            return fun(x, *args)
        value = shared.fun(x, *args)
        return fun(x, *args) if seen.pairs else (value, shared.jac(x, *args))

    given.set("func", both)
    answer = given.call()
    return answer if seen.pairs else with_text(answer, f"exact, {shared.told()} of func (dualad)")


def _is_alone(given: Given) -> bool:
    """Whether the function returns its value alone, without a gradient: it is asked."""
    args = given.get("args")
    user = UserFunction(given.get("func"), args if isinstance(args, tuple) else (args,))
    value = user.plain(np.array(primal_tree(given.get("x0")), float).ravel())
    return not _is_pair(value)


def _is_pair(out: Any) -> bool:
    return isinstance(out, (tuple, list)) and len(out) == 2 and np.ndim(out[0]) < np.ndim(out[1])


def fmin_l_bfgs_b(given: Given, how: How) -> Any:
    """Fill in the gradient, where ``func`` does not return it."""
    return _both(given, how)


def fmin_tnc(given: Given, how: How) -> Any:
    """Fill in the gradient, where ``func`` does not return it."""
    return _both(given, how)


class _First:
    """The value alone of a function that may return a pair; `pairs` says that it does."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.__wrapped__, self.pairs = f, False

    def __call__(self, *args: Any) -> Any:
        out = call_user(self.__wrapped__, *args)
        if _is_pair(out):
            self.pairs = True
            return out[0]
        return out


def fmin_slsqp(given: Given, how: How) -> Any:
    """Fill in ``fprime``, and the derivatives of constraints."""
    if given.get("fprime") is None:
        shared = derived(given.get("func"), how, scalar=True)
        given.set("func", shared.fun)
        given.set("fprime", shared.jac)
    for kind in ("eqcons", "ieqcons"):
        single = given.get(f"f_{kind}")
        listed = given.get(kind)
        if single is None and len(listed):
            # SciPy takes no derivatives of these: they become one function.
            single = functools.partial(_joined, list(listed))
            given.set(kind, ())
            given.set(f"f_{kind}", single)
        if single is not None and given.get(f"fprime_{kind}") is None:
            shared = derived(single, how, scalar=False)
            given.set(f"f_{kind}", shared.fun)
            given.set(f"fprime_{kind}", shared.jac)
    return given.call()


def _joined(functions: Sequence[Callable[..., Any]], *args: Any) -> Any:
    """Several constraints as one."""
    return np.concatenate([np.atleast_1d(call_user(f, *args)) for f in functions])
