"""The older minimizers of SciPy, ``fmin`` and its kin, which answer tuples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._answers import LeftOut, failed, with_plain
from ._constraints import Constraint, Constraints, bounds_of, has_numbers
from ._given import Given, as_tuple
from ._minima import Minimum, first, objective
from ._user import UserFunction

# Where the value and the flag of a full output stand, and what else in it depends on parameters.
_FULL: dict[str, tuple[int, int, dict[int, str]]] = {
    "fmin": (1, 4, {}),
    "fmin_powell": (1, 5, {2: "direc"}),
    "fmin_cg": (1, 4, {}),
    "fmin_bfgs": (1, 6, {2: "gopt", 3: "Bopt"}),
    "fmin_ncg": (1, 5, {}),
    "fmin_slsqp": (1, 3, {}),
}
_FLAGS = {
    1: "maximum number of calls or iterations reached",
    2: "iterations ran out, or accuracy due to precision loss",
    3: "NaN",
}
_PRECISION, _LINE_SEARCHES = 2, ("fmin_bfgs", "fmin_cg", "fmin_ncg")
_TNC_DONE = (0, 1, 2)


class _Call:
    """One call: the user's functions for SciPy, and the constraints."""

    def __init__(self, name: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        from scipy import optimize

        self.given = given = Given(getattr(optimize, name), args, keywords)
        self.name = name
        self.function = "f" if name in ("fmin_bfgs", "fmin_cg", "fmin_ncg") else "func"
        self.extra = as_tuple(given.get("args"))
        self.constraints = _constraints(given, name, self.extra)
        self.user = UserFunction(given.get(self.function), self.extra)
        given.set(self.function, self.user)
        given.set("args", ())
        for derivative in ("fprime", "fhess", "fhess_p"):
            given.function_of(derivative, self.extra)
        self.bounds = given.get("bounds")
        if self.bounds is not None and not hasattr(self.bounds, "lb") and not len(self.bounds):
            self.bounds = None  # of fmin_slsqp

    @property
    def met(self) -> bool:
        known = self.user.met or has_numbers(self.bounds)
        return known or any(c.met for c in self.constraints)

    def minimum(self, x: Any, message: str = "") -> Minimum:
        both = "approx_grad" in self.given.names and self.given.get("fprime") is None
        select = first if both and not self.given.get("approx_grad") else None
        held: list[Constraint] = [one for c in self.constraints for one in c.all]
        held += bounds_of(self.bounds, np.size(x))
        return Minimum(objective(self.user, select=select), held, x, self.name, message)


def _constraints(given: Given, name: str, extra: tuple[Any, ...]) -> list[Constraints]:
    """The constraints of `fmin_cobyla` and `fmin_slsqp`, plain functions put in their places."""
    if name == "fmin_cobyla":
        inner = given.get("consargs")
        found = _one_list(given, "cons", "ineq", extra if inner is None else as_tuple(inner))
        given.set("consargs", ())
        return found
    if name != "fmin_slsqp":
        return []
    for derivative in ("fprime_eqcons", "fprime_ieqcons"):
        given.function_of(derivative, extra)
    kinds = {"eqcons": "eq", "f_eqcons": "eq", "ieqcons": "ineq", "f_ieqcons": "ineq"}
    return [c for option, kind in kinds.items() for c in _one_list(given, option, kind, extra)]


def _one_list(given: Given, name: str, kind: str, args: tuple[Any, ...]) -> list[Constraints]:
    functions = given.get(name)
    if functions is None:
        return []
    several = isinstance(functions, (list, tuple))
    listed = list(functions) if several else [functions]
    found = Constraints([{"type": kind, "fun": f, "args": args} for f in listed])
    users = found.users
    if users:
        given.set(name, users if several else users[0])
    return [found]


def _with_tuple(name: str) -> Callable[..., Any]:
    """A stand-in of a function with ``full_output``."""
    value_at, flag_at, others = _FULL[name]

    def standin(*args: Any, **keywords: Any) -> Any:
        call = _Call(name, args, keywords)
        wanted = bool(call.given.get("full_output"))
        asked = call.met  # then the flag is wanted
        if asked:
            call.given.set("full_output", 1)
        found = call.given.call()
        if not call.met:
            return found
        if call.given.get("retall"):
            raise NoRuleError(f"{name} with retall=True has no derivative rule", "callback=")
        full = asked or wanted
        flag = found[flag_at] if full else 0
        precision = flag == _PRECISION and name in _LINE_SEARCHES
        if flag and not precision:
            raise failed(name, found[4] if name == "fmin_slsqp" else _FLAGS.get(flag, ""))
        minimum = call.minimum(found[0] if full else found, _FLAGS[flag] if precision else "")
        if not wanted:
            return minimum.left()
        new = list(found)
        new[0], new[value_at] = minimum.x, minimum.value(found[value_at])
        for position, field in others.items():
            new[position] = LeftOut(name, field)
        if name == "fmin_bfgs":
            new[2] = with_plain(minimum.gradient(), found[2])
        return tuple(new)

    return standin


def _lbfgsb(*args: Any, **keywords: Any) -> Any:
    call = _Call("fmin_l_bfgs_b", args, keywords)
    x, value, details = call.given.call()
    if not call.met:
        return x, value, details
    if details["warnflag"]:
        raise failed("fmin_l_bfgs_b", details["task"])
    minimum = call.minimum(x)
    details["grad"] = with_plain(minimum.gradient(), details["grad"])
    return minimum.x, minimum.value(value), details


def _tnc(*args: Any, **keywords: Any) -> Any:
    call = _Call("fmin_tnc", args, keywords)
    x, calls, code = call.given.call()
    if not call.met:
        return x, calls, code
    if code not in _TNC_DONE:
        raise failed("fmin_tnc", f"return code {code}, see scipy.optimize.tnc.RCSTRINGS")
    return call.minimum(np.asarray(x)).x, calls, code


def _cobyla(*args: Any, **keywords: Any) -> Any:
    call = _Call("fmin_cobyla", args, keywords)
    x = call.given.call()
    return call.minimum(x).x if call.met else x


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import optimize

    table: dict[Any, Callable[..., Any]] = {
        getattr(optimize, name): _with_tuple(name) for name in _FULL
    }
    table[optimize.fmin_l_bfgs_b] = _lbfgsb
    table[optimize.fmin_tnc] = _tnc
    table[optimize.fmin_cobyla] = _cobyla
    return table


__all__ = ["standins"]
