"""The judgement of doubtful decisions: what the function does on either side of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._numbers._near import DELTA, plain
from ._run import Outcome, agree, direction, run
from ._script import Decision, Place, Script, tests_equality, turned_places

VALUE, SLOPE = 1e-9, 1e-6  # how far value and derivative may differ and still be the same
MOST = 6  # places that are judged one by one


class Finding(NamedTuple):
    """A line of user code because of which a derivative is doubtful.

    Attributes
    ----------
    kind : str
        "equality", "branch", "order", "step" (at a jump), "rounded" or "jumps" (all of the
        function's changes are jumps).
    place : Place
    margin : float
        The step, in parts of the input's size, that turns the decision.
    settled : bool
        The derivative is right all the same: that of the runs without the test.
    """

    kind: str
    place: Place
    margin: float
    settled: bool = False


class Verdict:
    """What was found, and the decisions to repeat so that the derivative is right."""

    __slots__ = ("findings", "replay")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.replay: list[Decision] | None = None


def judge(call: Any, blocks: Any, second: bool = False) -> Verdict:
    """Judge the decisions that a small step along one direction would turn."""
    return _Judge(call, direction(call, blocks), second).verdict()


class _Judge:
    """One judgement: the run itself, and runs whose decisions are those of either side."""

    def __init__(self, call: Any, along: list[Any], second: bool) -> None:
        self.call, self.along, self.second = call, along, second
        self.base: Outcome = run(call, along, Script(), second)
        self.limit = 4 * len(self.base.script.log) + 1000
        self.equality = False  # whether a test for equality was turned

    def _sides(self, only: frozenset[Any] | None = None) -> list[Outcome]:
        return [
            run(self.call, self.along, Script(h, only, limit=self.limit), self.second)
            for h in (DELTA, -DELTA)
        ]

    def verdict(self) -> Verdict:
        out = Verdict()
        if self.base.error is not None:
            return out
        sides = self._sides()
        turned = {
            d.key: d for s in sides for d in turned_places(self.base.script.log, s.script.log)
        }
        equal = frozenset(k for k, d in turned.items() if tests_equality(d.function))
        self.equality = bool(equal)
        if not turned or all(self._same(s) for s in sides):
            out.findings += self._contradicted([turned[k] for k in equal])
            return out
        settled: frozenset[Any] = frozenset()
        if equal:
            settled = self._settle(equal, out)
        rest = [d for k, d in turned.items() if k not in settled]
        if len(rest) == 1 and not settled:
            guilty = rest
        else:
            guilty = [d for d in rest[:MOST] if not self._harmless(d, settled)] + rest[MOST:]
        out.findings += [self._finding(d) for d in guilty if not self._guarded(d, sides)]
        return out

    def _contradicted(self, equal: list[Decision]) -> list[Finding]:
        """Decisions that a turn does not judge, where differences of values contradict.

        Tests of abs or norm of what is zero, whose tangent tells nothing; and tests for equality
        whose other branch comes to the same at this very point, as an exception that is caught.
        """
        silent = equal + [d for d in self.base.script.log if d.blind]
        leaves = [plain(x) for x in self.call.leaves]
        if not silent or any(np.result_type(x) != np.float64 for x in leaves):
            return []
        sides = []
        for h in (DELTA, -DELTA):
            moved = [x + h * t[0] for x, t in zip(leaves, self.along, strict=True)]
            moved = [type(x)(y) if isinstance(x, float) else y for x, y in zip(leaves, moved)]  # noqa: B905
            sides.append(run(self.call, self.along, Script(limit=self.limit), at=moved))
        if any(s.error is not None or len(s.values) != len(self.base.values) for s in sides):
            return []
        for v, t, a, b in zip(
            self.base.values, self.base.tangents, sides[0].values, sides[1].values, strict=True
        ):
            if a.shape != b.shape or a.shape != v.shape:
                continue
            difference = (a - b) / (2 * DELTA)
            size = 1e-5 * np.max(np.abs(v), initial=0.0) + 1e-3 * np.abs(difference)
            if np.any(np.abs(difference - t[0]) > size):
                return [self._finding(silent[0])]
        return []

    def _settle(self, equal: frozenset[Any], out: Verdict) -> frozenset[Any]:
        """The tests for equality without which the value is the same; their runs are repeated."""
        sides = self._sides(equal)
        good = equal
        if not self._joined(sides):
            good = frozenset(k for k in list(equal)[:MOST] if self._joined(self._sides({k})))  # type: ignore[arg-type]  # any set
            if not good:
                return good
            sides = self._sides(good)
            if not self._joined(sides):
                return frozenset()
        if not all(self._same(s) for s in sides):
            out.replay = sides[0].script.log
            first = {d.key: d for d in self.base.script.log if d.key in good}
            out.findings += [self._finding(d)._replace(settled=True) for d in first.values()]
        return good

    def _joined(self, sides: list[Outcome]) -> bool:
        """Whether both sides have the value of the run itself, and one derivative."""
        a, b = sides
        if a.error is not None or b.error is not None:
            return False
        if not (self._same_value(a) and self._same_value(b)):
            return False
        if not all(np.isfinite(t).all() for t in a.tangents):
            return False
        return agree(a.tangents, b.tangents, SLOPE, _scales(a.tangents, b.tangents))

    def _same_value(self, side: Outcome) -> bool:
        if side.error is not None or len(side.values) != len(self.base.values):
            return False
        scales = _scales(self.base.values, self.base.tangents, side.tangents)
        values = side.values
        if not any(d.own for d in self.base.script.log):  # the values are derivatives themselves
            values = _finite(self.base.values, values)
        return agree(self.base.values, values, VALUE, scales)

    def _same(self, side: Outcome) -> bool:
        if not self._same_value(side):
            return False
        scales = _scales(self.base.tangents, side.tangents)
        seen = side.tangents
        if not self.equality:
            seen = _finite(self.base.tangents, seen)
        return agree(self.base.tangents, seen, SLOPE, scales)

    def _harmless(self, d: Decision, settled: frozenset[Any]) -> bool:
        """Whether turning this place alone, beside those that are settled, changes nothing."""
        sides = self._sides(settled | {d.key})
        if not settled:
            return all(self._same(s) for s in sides)
        return self._joined(sides)

    def _guarded(self, d: Decision, sides: list[Outcome]) -> bool:
        """Whether the user's code refuses the points beyond: there is no function to speak of."""
        bad = [s for s in sides if not self._same(s)]
        return bool(bad) and all(s.refused for s in bad)

    def _finding(self, d: Decision) -> Finding:
        base = [x.margin for x in self.base.script.log if x.key == d.key]
        return Finding(kind_of(d), self.base.script.places[d.key], min(base, default=0.0))


def _finite(base: list[Any], side: list[Any]) -> list[Any]:
    """The arrays of `side`, with those of `base` in place of what is not finite.

    An infinite slope on one side only: the test guards a singularity, as where(x > 0, sqrt(x), 0)
    does, and a structural zero wins.
    """
    return [
        np.where(np.isfinite(b) | ~np.isfinite(a), b, a) if a.shape == b.shape else b
        for a, b in zip(base, side, strict=True)
    ]


def _scales(*lists: list[Any]) -> list[float]:
    """For each leaf the largest finite magnitude among some lists of arrays."""
    out = []
    for arrays in zip(*lists, strict=False):
        sizes = [np.abs(x[np.isfinite(x)]).max(initial=0.0) for x in map(np.atleast_1d, arrays)]
        out.append(float(max(sizes)))
    return out


_ORDERS = frozenset(
    [
        "argmax",
        "argmin",
        "argsort",
        "argpartition",
        "lexsort",
        "nanargmax",
        "nanargmin",
        "_partition_order",
    ]
)


def kind_of(d: Decision) -> str:
    """What sort of decision it is, see `Finding`."""
    name = getattr(d.function, "__name__", "")
    if tests_equality(d.function):
        return "equality"
    if name in _ORDERS:
        return "order"
    return "branch" if name in _COMPARISONS else "step"


_COMPARISONS = frozenset(
    ["lt", "le", "gt", "ge", "less", "less_equal", "greater", "greater_equal", "signbit"]
)
