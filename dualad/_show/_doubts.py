"""What `explain` says about trust: each doubtful line, how near its decision is, what to do."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._errors import place_text
from .._evaluate import Call, Recorded
from .._trust import TEXTS, findings


class Doubt(NamedTuple):
    """A line of user code because of which a derivative is doubtful.

    Attributes
    ----------
    line : str
        File, line number and source.
    kind : str
        "equality", "branch", "order", "step", "rounded" or "jumps".
    margin : float
        The step, in parts of the input's size, after which the decision is another one.
    met, instead : str
        What is the matter, and what to write instead.
    settled : bool
        The derivative is right: it is that of the function without this test.
    """

    line: str
    kind: str
    margin: float
    met: str
    instead: str
    settled: bool

    def __str__(self) -> str:
        if self.settled:
            return f"{self.line}: settled, the derivative is that of the function without the test"
        near = f" (at a step of {abs(self.margin):.1g} of the input's size)"
        return f"{self.line}: {self.met}{near if np.isfinite(self.margin) else ''}; {self.instead}"


def doubts(call: Call, recorded: Recorded) -> tuple[Doubt, ...]:
    """The doubtful lines of a recorded evaluation; the function runs again if it decides at all."""
    if not recorded.tape.watch.last:
        return ()
    seeds = [_weights(np.shape(v)) for v in recorded.values]
    found = findings(call, recorded.cotangents(seeds))
    return tuple(
        Doubt(place_text(f.place[:2]), f.kind, f.margin, *TEXTS[f.kind], f.settled) for f in found
    )


def _weights(shape: tuple[int, ...]) -> Any:
    size = int(np.prod(shape, dtype=np.intp))
    return (1.0 + np.modf(np.arange(size) * 0.6180339887498949)[0]).reshape((1, *shape))


__all__ = ["Doubt", "doubts"]
