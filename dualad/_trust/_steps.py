"""What depends on its input only in jumps: indicator sums, switching times, rounding.

Such a function has the derivative zero wherever it has one, and changes all the same. It is told
from functions that are constant on one piece (`x if x > 0 else 0`) by looking at other points: its
derivative is zero there too, and between two points with different values there is a jump.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers._near import direction_weights, plain, same_decision
from ._judge import Finding, kind_of
from ._run import Outcome, rounding, run, seeds
from ._script import Decision, Key, Script

# How far from the point, in parts of the input's size.
REACH = (1e-3, 0.1, -0.1, 1.0, -1.0, 7.0, -7.0)
HALVINGS = 16


def jumps(call: Any, mask: np.ndarray) -> list[Finding]:
    """The places through which alone the output depends on the inputs of a mask.

    Parameters
    ----------
    call : Call
    mask : ndarray of bool
        Inputs (of all leaves together) in which the derivative of every output is exactly zero.
    """
    leaves = [plain(x) for x in call.leaves]
    if any(np.iscomplexobj(x) for x in leaves):
        return []
    w = direction_weights(leaves, None)
    both = seeds(leaves, np.stack([w * mask, w * ~mask]))
    base = run(call, both, Script())
    if base.error is not None or any(np.any(t[0]) for t in base.tangents):
        return []
    inside = {d.key for d in base.script.log if d.own and d.seen[0]}
    outside = {d.key for d in base.script.log if len(d.seen) < 2 or d.seen[1]}
    suspects = inside - outside
    if any(np.any(t[1]) for t in base.tangents):
        suspects -= _selections(base.script.log)
    if not suspects:
        return []
    return _Search(call, leaves, seeds(leaves, (w * mask)[None]), base).findings(suspects)


def _selections(log: list[Decision]) -> set[Key]:
    """Places where one number has been compared once, or its sign taken.

    Where the output depends smoothly on other inputs, this one selects a formula for them, as a
    Reynolds number does: no sum, count or time is made of such a decision.
    """
    counts: dict[Any, int] = {}
    for d in log:
        counts[d.key, d.function] = counts.get((d.key, d.function), 0) + 1
    once: dict[Key, bool] = {}
    for d in log:
        kind = "branch" if d.function is np.sign else kind_of(d)
        alone = counts[d.key, d.function] == 1 and not np.ndim(d.result)
        once[d.key] = once.get(d.key, True) and alone and kind in ("branch", "equality")
    return {key for key, yes in once.items() if yes}


class _Search:
    """The search for a jump along one direction."""

    def __init__(self, call: Any, leaves: list[Any], along: list[Any], base: Outcome) -> None:
        self.call, self.leaves, self.along, self.base = call, leaves, along, base
        self.limit = 4 * len(base.script.log) + 1000

    def _at(self, h: float) -> Outcome | None:
        """The function at a distance h; None where it can't be told, or refuses the point."""
        moved = []
        for x, t in zip(self.leaves, self.along, strict=True):
            y = x + h * t[0]
            moved.append(type(x)(y) if isinstance(x, float) else np.asarray(y, np.asarray(x).dtype))
        out = run(self.call, self.along, Script(limit=self.limit), at=moved)
        known = out.error is None and all(np.isfinite(v).all() for v in out.values)
        return out if known else None

    def findings(self, suspects: set[Any]) -> list[Finding]:
        changed: tuple[float, Outcome] | None = None
        for h in REACH:
            out = self._at(h)
            if out is None:
                continue
            if _moves(out):
                return []
            if changed is None and _differ(out, self.base):
                changed = h, out
        if changed is None:
            return []
        return self._jump(changed, suspects)

    def _jump(self, changed: tuple[float, Outcome], suspects: set[Any]) -> list[Finding]:
        """Close in on a change of value; a slope on the way is no jump."""
        (far, beyond), near, here = changed, 0.0, self.base
        for _ in range(HALVINGS):
            middle = 0.5 * (near + far)
            out = self._at(middle)
            if out is None:
                break
            if _moves(out):
                return []
            if _differ(out, here):
                far, beyond = middle, out
            else:
                near, here = middle, out
        guilty = _parted(here.script.log, beyond.script.log, suspects)
        places = self.base.script.places
        return [
            Finding(
                "jumps" if kind_of(d) in ("branch", "equality") else "rounded", places[d.key], far
            )
            for d in guilty
        ]


def _moves(out: Outcome) -> bool:
    return any(np.any(t) for t in out.tangents)


def _differ(a: Outcome, b: Outcome) -> bool:
    if len(a.values) != len(b.values):
        return True
    return any(
        x.shape != y.shape
        or not np.allclose(x, y, rtol=max(1e-10, rounding(x)), atol=0.0, equal_nan=True)
        for x, y in zip(a.values, b.values, strict=True)
    )


def _parted(a: list[Decision], b: list[Decision], suspects: set[Any]) -> list[Decision]:
    """The suspects that decided differently in two runs; failing these, the first suspect.

    Rounding to some digits is known to be a step, not where it jumps.
    """
    found: dict[Any, Decision] = {}
    for d, e in zip(a, b, strict=False):
        if d.key != e.key:
            break
        if d.key in suspects and not same_decision(d.result, e.result):
            found.setdefault(d.key, d)
    if not found:
        known = [d for d in a if d.key in suspects]
        known.sort(key=lambda d: kind_of(d) in ("branch", "equality"))  # steps first
        return known[:1]
    return list(found.values())
