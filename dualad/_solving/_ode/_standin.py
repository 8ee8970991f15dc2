"""The stand-in of `scipy.integrate.solve_ivp`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._numbers import Number, primal, primal_tree
from ._forward import forward
from ._packing import Levels
from ._problem import Problem, plain_values
from ._reverse import reverse


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Any,
    y0: Any,
    method: Any = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Any = None,
    *,
    sens_rtol: Any = None,
    sens_atol: Any = None,
    sens_error: bool = False,
    **options: Any,
) -> Any:
    """`scipy.integrate.solve_ivp`, any of whose arguments may be, or hold, numbers.

    `fun`, `jac` and `events` may close over numbers. Without any the answer is SciPy's own.

    Parameters
    ----------
    sens_rtol, sens_atol : float or ndarray, optional
        Tolerances of the forward sensitivities; by default rtol, and atol scaled by the relative
        size of the parameter's perturbation (see `_forward`). The others are SciPy's.
    sens_error : bool
        Integrate the sensitivities once more with a tenth of the tolerances; the answer has the
        finer ones, and ``sensitivity["error"]`` says how far apart they were.

    Returns
    -------
    OdeResult
        SciPy's; ``y``, ``y_events``, ``t_events``, and the ends of ``t`` where these move, are
        numbers. ``sensitivity`` says what the derivatives have cost.
    """
    from scipy.integrate import solve_ivp as scipys

    if not _is_listable(args) or not _is_listable(t_span):
        args, t_span = primal(args), primal(t_span)
        return scipys(
            fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args, **options
        )
    # Steps and tolerances that are numbers: the solution does not depend on them.
    options = {k: primal_tree(v) if k in _CONTROLS else v for k, v in options.items()}
    problem = Problem(
        fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args, options
    )
    problem.sens_rtol, problem.sens_atol = sens_rtol, sens_atol
    problem.sens_error = sens_error
    problem.check_finite()
    found = problem.plain(scipys)
    if not problem.met:
        return found
    levels = problem.levels(np.asarray(plain_values(y0)) * 1.0)
    return differentiated(problem, found, levels)


_CONTROLS = ("rtol", "atol", "first_step", "max_step", "min_step")


def differentiated(problem: Problem, found: Any, levels: Levels) -> Any:
    """SciPy's plain answer with derivatives: the kinds of the levels decide how.

    Where all levels are duals and hyper-duals, all are carried at once (`_forward`). Where a graph
    is among them, `_reverse` answers: the derivatives are taken along fresh dual numbers, or by the
    adjoint equation, and recorded.
    """
    if not levels.levels:
        return found
    if levels.forward:
        return forward(problem, found, levels)
    return reverse(problem, found, levels)


def _is_listable(x: Any) -> bool:
    """Whether SciPy will take x apart; where not, it says so itself."""
    if x is None or isinstance(x, Number):
        return x is None or np.ndim(x) > 0
    try:
        tuple(x)
    except TypeError:
        return False
    return True


__all__ = ["differentiated", "solve_ivp"]
