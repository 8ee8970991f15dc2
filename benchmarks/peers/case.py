"""What a row of the table is, and what a peer makes of it."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from benchmarks.problems import Inputs, Problem, Size, find

from . import rebind


class Unsuited(Exception):  # noqa: N818  # no error: the cell says why there is no number
    """The peer has no such derivative, or would take too long."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One derivative of one problem at one point."""

    problem: Problem
    size: Size
    kind: str

    @classmethod
    def of(cls, name: str, size: Size, kind: str = "") -> Case:
        problem = find(name)
        return cls(problem, size, kind or problem.kind)

    @property
    def name(self) -> str:
        n, m = self.x.size, np.size(self.value)
        shape = f"{m} x {n}" if self.kind == "jacobian" else f"n = {n}"
        size = "" if self.size in (n, m) else f" {self.size}"
        return f"{self.problem.name}{size}, {shape}"

    @cached_property
    def inputs(self) -> Inputs:
        return self.problem.make(self.size)

    @cached_property
    def value(self) -> Any:
        return self.f(self.x)

    @cached_property
    def flat(self) -> tuple[Callable[[Any], Any], np.ndarray]:
        return self.problem.flat(self.inputs)

    @property
    def f(self) -> Callable[[Any], Any]:
        """The NumPy function of one vector."""
        return self.flat[0]

    @property
    def x(self) -> np.ndarray:
        return self.flat[1]

    @property
    def wide(self) -> bool:
        """Whether a Jacobian has no more columns than twice its rows: forward mode is cheaper."""
        return self.x.size <= 2 * np.size(self.value)

    def written(
        self,
        namespace: Any,
        form: Callable[..., Any] | None = None,
        convert: Callable[[np.ndarray], Any] = np.asarray,
    ) -> Callable[[Any], Any]:
        """The function of one vector in a peer's namespace.

        `form` is taken in place of the problem's own function, and `convert` makes of its constant
        arrays what the peer takes.
        """
        f = form or rebind.rebound(self.problem.f, namespace)
        inputs = tuple(rebind.converted(given, convert) for given in self.inputs)
        return dataclasses.replace(self.problem, f=f).flat(inputs)[0]


class Prepared(NamedTuple):
    """What is timed, and how its answer is read: an array of the derivative's shape."""

    run: Callable[[], Any]
    read: Callable[[Any], Any] = np.asarray


class Peer(NamedTuple):
    """A column of the table."""

    name: str
    package: str  # what it is installed as; "" if it needs nothing
    module: str
    make: Callable[[Case], Prepared]
    tolerance: float = 1e-9  # of the answer, relative to its largest number

    @property
    def installed(self) -> bool:
        return not self.module or importlib.util.find_spec(self.module) is not None
