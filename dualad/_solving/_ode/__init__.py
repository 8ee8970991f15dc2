"""Derivatives through initial value problems.

`_problem` takes the arguments apart, `_standin` is `solve_ivp` and decides by the outermost level.
Forward: `_forward` integrates the state as a number, by the solvers of `_methods`, in the run of
`_integrate`; `_events` has hit times and jumps, `_shift` moves in time, `_solution` is `sol.sol`,
`_packing` turns numbers into the arrays that an integrator carries.
Reverse: `_reverse` decides by the sizes, `_states` has the nodes of the graph, `_adjoint` the
adjoint equation. `_odeint` is `odeint`, in both modes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import integrate

    from ._odeint import standins as older
    from ._standin import solve_ivp

    return {integrate.solve_ivp: solve_ivp, **older()}


__all__ = ["standins"]
