"""The choice of a mode: what is chosen beside both modes, and what the choice itself costs."""

from __future__ import annotations

from typing import Any

import dualad as da
from benchmarks import families
from benchmarks.problems import find

SIZES = ((10, 10), (300, 3), (3, 300), (300, 300))


class Family:
    """The families on which the choice is measured; `benchmarks.modes` has the whole grid."""

    params = (tuple(families.FAMILIES), SIZES, ("auto", "forward", "reverse"))
    param_names = ("family", "n, m", "mode")

    def setup(self, family: str, sizes: tuple[int, int], mode: str) -> None:
        self.x = families.point(sizes[0])
        self.jacobian: Any = da.jacobian(families.FAMILIES[family](*sizes), mode=mode)
        self.jacobian(self.x)

    def time_call(self, _family: str, _sizes: tuple[int, int], _mode: str) -> None:
        self.jacobian(self.x)


class FirstCall:
    """A derivative that is asked for once, the choice included."""

    params = (("curve fit", "Brusselator"), ("auto", "forward", "reverse"))
    param_names = ("problem", "mode")

    def setup(self, name: str, mode: str) -> None:
        problem = find(name)
        self.f, self.x = problem.flat(problem.make(16 if name == "Brusselator" else 200))
        self.mode = mode

    def time_first_call(self, _name: str, _mode: str) -> None:
        da.jacobian(self.f, mode=self.mode)(self.x)

    def time_explain(self, _name: str, _mode: str) -> None:
        da.explain(da.jacobian(self.f, mode=self.mode), self.x)
