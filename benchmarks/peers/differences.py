"""Finite differences: SciPy's and numdifftools'. Their tolerances are what their errors need."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.timing import LONGEST, TOO_LONG, once

from .case import Case, Peer, Prepared, Unsuited


def affordable(case: Case, evaluations: int) -> None:
    """Raise if so many evaluations of the function take too long."""
    if evaluations * once(lambda: case.f(case.x)) > LONGEST:
        raise Unsuited(TOO_LONG)


def _scipy(method: str, each: int) -> Any:
    def make(case: Case) -> Prepared:
        from scipy.optimize._numdiff import approx_derivative

        f, x = case.f, case.x

        def slope(y: Any) -> Any:
            return approx_derivative(f, y, method=method)

        if case.kind == "hessian":
            if method == "2-point":
                raise Unsuited("no digits")
            affordable(case, (each * x.size) ** 2)
            # The outer step suits values that are right to six digits or so.
            return Prepared(lambda: approx_derivative(slope, x, method=method, rel_step=1e-3))
        affordable(case, each * x.size)
        return Prepared(lambda: slope(x), lambda found: np.reshape(found, _shape(case)))

    return make


def _shape(case: Case) -> tuple[int, ...]:
    return (*np.shape(case.value), case.x.size)


def numdifftools(case: Case) -> Prepared:
    import numdifftools as nd

    verb = {"grad": nd.Gradient, "jacobian": nd.Jacobian, "hessian": nd.Hessian}[case.kind]
    affordable(case, 30 * case.x.size ** (2 if case.kind == "hessian" else 1))
    derivative, x = verb(case.f), case.x
    return Prepared(lambda: derivative(x), lambda found: np.reshape(found, _target(case)))


def _target(case: Case) -> tuple[int, ...]:
    return (case.x.size,) * 2 if case.kind == "hessian" else _shape(case)


PEERS = (
    Peer("SciPy 2-point", "scipy", "scipy", _scipy("2-point", 1), 1e-4),
    Peer("SciPy 3-point", "scipy", "scipy", _scipy("3-point", 2), 1e-4),
    Peer("numdifftools", "numdifftools", "numdifftools", numdifftools, 1e-6),
)
