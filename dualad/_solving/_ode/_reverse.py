"""Reverse mode through initial value problems."""

from __future__ import annotations

from typing import Any

from ..._errors import NoRuleError
from ._packing import Levels
from ._problem import Problem


def reverse(problem: Problem, found: Any, levels: Levels) -> Any:
    """SciPy's plain answer with derivatives, the highest level being a graph."""
    raise NoRuleError("scipy.integrate.solve_ivp has no rule in reverse mode yet", 'mode="forward"')


__all__ = ["reverse"]
