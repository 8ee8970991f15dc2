"""What evaluations call when user code has decided something on differentiated values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import place_line
from .._lift import retried
from .._numbers import Dual, Level
from .._numbers._near import at_level, plain
from ._report import warn

# What judges is imported where it is needed: most programs never come there.
if TYPE_CHECKING:
    from ._judge import Finding, Verdict
    from ._script import Script


class Repeated:
    """Runs that decide as a judged run has decided, because its derivative is the right one."""

    __slots__ = ("answer", "call", "verdict")

    def __init__(self, call: Any, verdict: Verdict) -> None:
        self.call, self.verdict = call, verdict
        self.answer: Any = None

    def script(self) -> Script:
        """The watch of such a run."""
        from ._script import Script

        return Script(replay=self.verdict.replay)

    def run(self, evaluate: Callable[[], Any]) -> bool:
        """Evaluate so, keeping the answer; False where that fails, and then the lines are named."""
        from ._script import Abandon

        aux = self.call.aux
        try:
            with np.errstate(all="ignore"):
                self.answer = evaluate()
        except (Exception, Abandon):  # noqa: BLE001  # what is run anew may fail in any way
            warn(f._replace(settled=False) for f in self.verdict.findings)
            return False
        finally:
            self.call.aux = aux
        return True


def _judged(call: Any, watch: Any, blocks: Any, second: bool = False) -> Repeated | None:
    from ._judge import judge

    verdict = judge(call, blocks, second)
    warn(verdict.findings)
    if not all(f.settled for f in verdict.findings):
        watch.last = {}  # one line to blame is enough: jumps are not looked for
    return None if verdict.replay is None else Repeated(call, verdict)


def judged_push(call: Any, level: Any, blocks: Any, pushed: Any) -> Any:
    """A forward pass whose decisions have been judged; its derivative may be another one."""
    watch = level.watch
    if watch.settle():
        repeats = _judged(call, watch, watch.blocks)
        if repeats is not None and repeats.run(lambda: _again(repeats, blocks())):
            pushed = type(pushed)(pushed.result, pushed.values, repeats.answer)
    if not watch.last:
        return pushed
    k = level.shape[0]
    mask = _untouched(pushed.blocks, k)
    if watch.blocks is None:
        _look(call, mask, lambda mask: _seen(watch, k, mask))
    elif mask.all():
        moved = [np.any(plain(b) != 0, axis=0).ravel() for b in watch.blocks]
        own = any(operands is not None for operands in watch.last.values())
        _look(call, np.concatenate(moved), lambda _mask: own)
    return pushed


@retried
def _again(repeats: Repeated, blocks: list[Any]) -> list[Any]:
    """Tangents of the outputs of a repeated run."""
    call = repeats.call
    level = Level((len(blocks[0]),))
    level.watch = repeats.script()
    numbers = [Dual._make(x, b, level) for x, b in zip(call.leaves, blocks, strict=True)]
    found = [at_level(x, level) for x in call.run(numbers, level).leaves]
    return [None if x is None else x._parts() for x in found]


def judged_tape(call: Any, tape: Any) -> Repeated | None:
    """What a recording is to repeat so that its derivative is right; None: it is as it stands."""
    return _judged(call, tape.watch, None, tape.second) if tape.watch.settle(tape) else None


def judged_apart(
    call: Any, blocks: list[Any], doubt: bool, decided: bool, second: bool = False
) -> bool:
    """Judge an evaluation that was made in pieces; whether other decisions are the right ones.

    Parameters
    ----------
    call : Call
    blocks : list of ndarray
        Its derivative, ``(n,) + M`` of each output; of second derivatives ``(n, n) + M``.
    doubt, decided : bool
        Whether some piece has met a doubtful decision, or a decision at all.
    second : bool
    """
    if doubt:
        from ._judge import judge

        verdict = judge(call, None, second)
        if verdict.replay is not None:
            return True  # who repeats them warns
        warn(verdict.findings)
        if not all(f.settled for f in verdict.findings):
            return False
    if decided:
        _look(call, _untouched(blocks, call.size), lambda _mask: True)
    return False


def judged_second(call: Any, level: Any) -> Repeated | None:
    """The same for hyper-duals."""
    return _judged(call, level.watch, None, True) if level.watch.settle() else None


# --- functions that change in jumps --------------------------------------------------------------


def _untouched(blocks: list[Any], k: int) -> np.ndarray:
    """Which directions leave every output as it is."""
    mask = np.ones(k, bool)
    for b in blocks:
        if b is not None:
            block = np.asarray(plain(b))
            mask &= ~block.any(axis=tuple(range(1, block.ndim)))
    return mask


def _seen(watch: Any, k: int, mask: np.ndarray) -> bool:
    """Whether at some place only directions of the mask were decided on."""
    return any(lanes[mask].any() and not lanes[~mask].any() for lanes in watch.lanes_seen(k))


def _look(call: Any, mask: np.ndarray, seen: Callable[[np.ndarray], bool]) -> None:
    if mask.any() and seen(mask):
        from ._steps import jumps

        warn(jumps(call, mask))


def look_for_jumps(recorded: Any, blocks: list[Any]) -> None:
    """Warn of jumps after a recording's Jacobian, blocks ``(n,) + M`` of its outputs."""
    if recorded.tape.watch.last:
        mask = _untouched(blocks, recorded.call.size)
        _look(recorded.call, mask, _reads(recorded.tape))


def look_for_jumps_of(recorded: Any, cts: list[Any]) -> None:
    """Warn of jumps after a reverse pass that gave cotangents ``(k,) + shape``, or None."""
    watch = recorded.tape.watch
    if watch is None or not watch.last:
        return
    _look(recorded.call, _without_effect(recorded.call, cts), _reads(recorded.tape))


def _reads(tape: Any) -> Callable[[np.ndarray], bool]:
    return lambda mask: tape.watch.lanes_seen(tape, mask)


def _without_effect(call: Any, cts: list[Any]) -> np.ndarray:
    """The inputs, of all leaves together, whose cotangents are zero."""
    parts: list[Any] = []
    for x, ct in zip(call.leaves, cts, strict=True):
        size = int(np.size(plain(x)))
        if ct is None:
            parts.append(np.ones(size, bool))
        else:
            parts.append(~np.asarray(plain(ct)).reshape(-1, size).any(axis=0))
    return np.concatenate(parts)


def look_for_jumps_behind(call: Any, level: Any, blocks: list[Any]) -> None:
    """Warn of jumps after second derivatives by hyper-duals, blocks ``(n, n) + M``."""
    n = level.shape[0]
    if level.watch.last:
        _look(call, _untouched(blocks, n), lambda mask: _seen(level.watch, n, mask))
    level.watch = None  # it refers to numbers, and they to it


def findings(call: Any, cts: list[Any]) -> list[Finding]:
    """All that is doubtful about the derivative of a call, without warning of it.

    `cts` are cotangents of the inputs from random ones of the outputs.
    """
    from ._judge import judge
    from ._steps import jumps

    found = list(judge(call, None).findings)
    lines = {place_line(f.place[:2]) for f in found}
    mask = _without_effect(call, cts)
    more = jumps(call, mask) if mask.any() else []
    return found + [f for f in more if place_line(f.place[:2]) not in lines]
