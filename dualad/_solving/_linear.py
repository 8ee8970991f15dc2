"""`linprog` at a unique vertex, `milp` refused, assignments as the choices that they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import NoRuleError
from .._numbers import Number, primal
from .._numbers._floating import quietly
from .._numbers._number import as_array, holds_number
from ._answers import answer, with_plain
from ._constraints import Constraint, Constraints, bounds_of, has_numbers, linear
from ._given import Given, is_sparse_number
from ._kkt import Objective, Optimum, optimum
from ._minima import check_success

_MATRICES = ("A_ub", "b_ub", "A_eq", "b_eq")


def _linprog(*args: Any, **keywords: Any) -> Any:
    """A vertex moves with the constraints that meet there.

    The conditions of the solution are those of `_kkt` with a Hessian of zero: as many active
    constraints as unknowns, with multipliers that are not zero, else there is no derivative.
    """
    from scipy.optimize import linprog

    given = Given(linprog, args, keywords)
    c, bounds = given.get("c"), given.get("bounds")
    parts = [given.get(name) for name in _MATRICES]
    found = given.call()
    if not (holds_number((c, *parts, bounds)) or any(map(is_sparse_number, parts))):
        return found
    if given.get("integrality") is not None and np.any(given.get("integrality")):
        raise NoRuleError(
            "linprog with integrality= has no derivative rule: its answer jumps",
            "the problem without it, or da.primal(...) of the parameters",
        )
    check_success(found, "linprog")
    return _result(found, _cost(c), *_held(parts, _pairs(bounds, found.x.size)))


def _cost(c: Any) -> Any:
    c = as_array(c)
    return np.reshape(c, (-1,)) if isinstance(c, Number) else np.asarray(c, float).reshape(-1)


def _held(parts: list[Any], bounds: list[Any]) -> tuple[list[Constraint], list[str]]:
    """The constraints, and which of SciPy's fields is whose."""
    a_ub, b_ub, a_eq, b_eq = parts
    held, names = bounds_of(bounds, len(bounds)), ["bounds"]
    if a_ub is not None and np.size(primal(_dense(a_ub))):
        held.append(linear(a_ub, -np.inf, b_ub, "A_ub"))
        names.append("ineqlin")
    if a_eq is not None and np.size(primal(_dense(a_eq))):
        held.append(linear(a_eq, b_eq, b_eq, "A_eq"))
        names.append("eqlin")
    return held, names


def _dense(a: Any) -> Any:
    return a.toarray() if hasattr(a, "toarray") else as_array(a)


def _pairs(bounds: Any, n: int) -> list[Any]:
    """A pair for each variable, of what `linprog` takes as bounds."""
    if bounds is None:
        return [(0.0, None)] * n
    pairs = list(bounds)
    if not pairs or (len(pairs) == 1 and _is_pair(pairs[0]) and not len(pairs[0])):
        return [(0.0, None)] * n
    if len(pairs) == 2 and not any(map(_is_pair, pairs)):
        return [pairs] * n
    return pairs * n if len(pairs) == 1 else pairs


def _is_pair(x: Any) -> bool:
    return isinstance(x, (tuple, list)) or np.ndim(x) > 0


def _result(found: Any, c: Any, held: list[Constraint], names: list[str]) -> Any:
    plain = np.asarray(primal(c), float)
    f = Objective(lambda x: np.sum(c * x), lambda x: np.sum(plain * x), _result)
    at = optimum(f, held, found.x, "linprog")
    later: dict[str, Callable[[], Any]] = {"fun": lambda: quietly(f.number, at.x)}
    numbers = {"x": with_plain(at.x + 0.0, found.x)}
    for name in ("ineqlin", "eqlin", "lower", "upper"):
        if name in found:
            side = {"lower": 1, "upper": -1}.get(name)
            which = names.index("bounds" if side else name) if side or name in names else None
            if which is not None:
                numbers[name] = _side(found[name], at, held[which], which, side)
            else:
                numbers[name] = found[name]
    for name, kind in (("slack", "ineqlin"), ("con", "eqlin")):
        if name in found:
            numbers[name] = with_plain(_rest(numbers, kind, found[name]), found[name])
    return answer(found, "linprog", numbers, later)


def _rest(numbers: dict[str, Any], kind: str, value: Any) -> Any:
    return numbers[kind].residual + 0.0 if kind in numbers else value


def _side(found: Any, at: Optimum, c: Constraint, which: int, side: int | None) -> Any:
    """Residuals of one kind of constraint, and the derivatives of fun in its limits."""

    def residual() -> Any:
        value = quietly(c.at, at.x, True)[0]
        if side == 1:
            return value - c.lower
        return c.upper - value  # infinite where there is no limit

    marginals = at.of(which, c.low.size, side)
    return answer(found, "linprog", {}, {"residual": residual, "marginals": lambda: marginals})


def _milp(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import milp

    given = Given(milp, args, keywords)
    limits = Constraints(given.get("constraints"))
    if holds_number((given.get("c"),)) or limits.met or has_numbers(given.get("bounds")):
        raise NoRuleError(
            "scipy.optimize.milp has no derivative rule: its answer jumps",
            "linprog where no variable is an integer, or da.primal(...) of the parameters",
        )
    return given.call()


def _assignment(*args: Any, **keywords: Any) -> Any:
    """Which row takes which column: indices, which do not move."""
    from scipy.optimize import linear_sum_assignment

    args, keywords = tuple(map(_plain, args)), {k: _plain(x) for k, x in keywords.items()}
    return linear_sum_assignment(*args, **keywords)


def _plain(x: Any) -> Any:
    return primal(as_array(x)) if holds_number((x,)) else x


def _quadratic_assignment(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import quadratic_assignment

    given = Given(quadratic_assignment, args, keywords)
    found = given.call()
    a, b = given.get("A"), given.get("B")
    if holds_number((a, b)):
        a, b, chosen = as_array(a), as_array(b), found.col_ind
        found.fun = with_plain(np.sum(a * b[chosen][:, chosen]), found.fun)
    return found


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import optimize

    return {
        optimize.linprog: _linprog,
        optimize.milp: _milp,
        optimize.linear_sum_assignment: _assignment,
        optimize.quadratic_assignment: _quadratic_assignment,
    }


__all__ = ["standins"]
