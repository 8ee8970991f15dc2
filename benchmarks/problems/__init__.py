"""The problems that tests, benchmarks and docs share: ordinary NumPy functions, nothing of dualad.

`PROBLEMS` is the table, `find` gives one by its name. The stiff initial value problems of
`benchmarks.problems.odes.STIFF` are beside it: they are solved, and have no one derivative.
"""

from __future__ import annotations

from . import adbench, nist, odes, smooth, sparse
from ._problem import Inputs, Problem, Size
from .adbench.inputs import locate
from .odes import brusselator, lotka_volterra
from .smooth import ackley, rosenbrock, rosenbrock_gradient

PROBLEMS: tuple[Problem, ...] = (
    *smooth.PROBLEMS,
    *odes.PROBLEMS,
    *sparse.PROBLEMS,
    *adbench.PROBLEMS,
    *nist.PROBLEMS,
)


def find(name: str) -> Problem:
    """The problem of this name."""
    found = {problem.name: problem for problem in PROBLEMS}
    if name not in found:
        raise KeyError(f"no problem {name!r}; there are {', '.join(found)}")
    return found[name]


def published(problem: Problem, file: str) -> Inputs:
    """The inputs of one of the problem's published files.

    Raises
    ------
    FileNotFoundError
        If the file is not among those in `benchmarks/data`, and the variable DUALAD_ADBENCH names
        no folder that has it.
    """
    if problem.read is None:
        raise ValueError(f"{problem.name} has no published inputs")
    return problem.read(locate(file), file)


__all__ = [
    "PROBLEMS",
    "Inputs",
    "Problem",
    "Size",
    "ackley",
    "brusselator",
    "find",
    "lotka_volterra",
    "published",
    "rosenbrock",
    "rosenbrock_gradient",
]
