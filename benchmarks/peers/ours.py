"""dualad, and derivatives written by hand: NumPy functions and compiled ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .case import Case, Peer, Prepared, Unsuited


def verb(kind: str) -> Callable[..., Any]:
    import dualad

    found: Callable[..., Any] = getattr(dualad, kind)
    return found


def dualad(case: Case) -> Prepared:
    derivative, x = verb(case.kind)(case.f), case.x
    return Prepared(lambda: derivative(x))


def by_hand(case: Case) -> Prepared:
    """As it is called: with the problem's own inputs, all of its derivatives."""
    given = case.problem.hand.get(case.kind)
    if given is None:
        raise Unsuited("none")
    inputs, shape = case.inputs, np.shape(case.value)

    def read(found: Any) -> np.ndarray:
        parts = found if isinstance(found, tuple) else (found,)
        return np.concatenate([part.reshape((*shape, -1)) for part in parts], axis=-1)

    return Prepared(lambda: given(*inputs), np.asarray if case.kind == "hessian" else read)


def _compiled(case: Case) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    f = case.problem.numba()
    if f is None:
        raise Unsuited("none")
    return f, case.inputs


def compiled_dualad(case: Case) -> Prepared:
    f, inputs = _compiled(case)
    derivative = verb(case.kind)(f)
    return Prepared(lambda: derivative(*inputs))


def compiled_by_hand(case: Case) -> Prepared:
    """The value and the derivative, which cost little more than the derivative."""
    _, inputs = _compiled(case)
    given = case.problem.numba_hand(case.kind)
    if given is None:
        raise Unsuited("none")
    return Prepared(lambda: given(*inputs), lambda found: np.asarray(_last(found)))


def compiled_value(case: Case) -> Prepared:
    """The compiled function itself."""
    f, inputs = _compiled(case)
    return Prepared(lambda: f(*inputs))


def _last(found: Any) -> Any:
    return found[-1] if isinstance(found, tuple) else found


BY_HAND = Peer("by hand", "", "", by_hand)
DUALAD = Peer("dualad", "dualad", "dualad", dualad)
COMPILED_BY_HAND = Peer("by hand, `@njit`", "numba", "numba", compiled_by_hand)
COMPILED = Peer("dualad, `@njit`", "numba", "numba", compiled_dualad)
