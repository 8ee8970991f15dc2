"""Jacobians by workers: blocks of columns (forward) or of rows (reverse) as tasks.

Each task evaluates f anew, in whatever process it comes to, and sends back its block, the value of
f, and whether decisions of user code were met. What a serial run would do about those is done here,
once, over all inputs: a block alone does not see what the others depend on.
"""

from __future__ import annotations

import functools
import math
import types
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._errors import LevelError, WorkerError
from ._evaluate import (
    Call,
    Pushed,
    Recorded,
    function_name,
    is_finite,
    resume_push,
    split,
    with_parts,
)
from ._jacobians import (
    Rows,
    all_finite,
    blocks_of_rows,
    forward_columns,
    jacobian_rows,
    reverse_rows,
)
from ._lift import retried
from ._modes import DIRECT, Cost, Plan, Profile, cheapest
from ._native import is_compiled
from ._numbers import Dual, Level, Number
from ._numbers._floating import quietly
from ._numbers._watch import Watch
from ._products import result_dtype
from ._record import record
from ._seeds import identity_blocks
from ._trees import result
from ._trust import judged_apart
from ._workers import count_of

Span = tuple[int, int]
RTOL = 1e-6  # how far values of f may differ from task to task
DEEPEST = 2000  # objects that are looked at for numbers of another evaluation


def spread_rows(
    call: Call, mode: str, chunk: int | None, plans: dict[Any, Plan], workers: Any
) -> Rows:
    """The Jacobian by workers; see `jacobian_rows`."""
    if holds_numbers(call):
        return jacobian_rows(call, mode, chunk, plans)
    plan, seen = _planned(call, mode, chunk, plans, workers)
    spans = spans_of(call.size if plan.mode == "forward" else plan.m, chunk, workers)
    if len(spans) < 2:
        again = (call, plan.mode, chunk, plans)
        return quietly(jacobian_rows, *again) if seen else jacobian_rows(*again)
    kind = _Columns if plan.mode == "forward" else _Rows
    pieces = run_spans(kind(call, plan.chunk, chunk is not None, seen), spans, workers, kind.what)
    if plan.mode == "reverse" and any(p.rows != plan.m for p in pieces):
        plans.pop((call.key, "spread"), None)  # f has returned another size: a new plan
        return spread_rows(call, mode, chunk, plans, workers)
    rows = _put_together(call, plan.mode, pieces, spans)
    if judged_apart(call, rows.blocks, *doubts(pieces)):
        return quietly(jacobian_rows, call, plan.mode, chunk, plans)
    return rows


# --- what goes where ------------------------------------------------------------------------------


def spans_of(total: int, chunk: int | None, workers: Any) -> list[Span]:
    """Blocks of directions, one for each worker; a map gets one for each chunk, where given."""
    chunks = math.ceil(total / (chunk or 1))
    many = chunk is not None and not isinstance(workers, int)
    tasks = chunks if many else min(chunks, count_of(workers))
    if tasks < 1:
        return []
    size = math.ceil(chunks / tasks) * (chunk or 1)
    return [(start, min(total, start + size)) for start in range(0, total, size)]


def _planned(
    call: Call, mode: str, chunk: int | None, plans: dict[Any, Plan], workers: Any
) -> tuple[Plan, bool]:
    """Mode and lanes of the tasks; and whether f has run here, and warned, for that."""
    n, count = call.size, count_of(workers)
    own = math.ceil(n / count)
    if mode == "forward" and (chunk is not None or own <= DIRECT["forward"]):
        return Plan("forward", chunk or max(own, 1), n, 0), False
    plan = plans.get((call.key, "spread"))
    if plan is not None:
        return plan, False
    recorded = Recorded(call, judged=False)
    m = sum(math.prod(np.shape(v)) for v in recorded.values)
    profile = Profile(recorded.tape)
    forward = cheapest(profile, math.ceil(n / count), chunk, False)
    reverse = cheapest(profile, math.ceil(m / count), chunk, True)
    cost = Cost(forward[1], reverse[1], forward[0], reverse[0])
    if mode == "auto":
        mode = "forward" if forward[1] <= reverse[1] else "reverse"
    lanes = chunk or (forward[0] if mode == "forward" else reverse[0])
    plan = Plan(mode, lanes, n, m, profile.nodes, profile.elements, cost, ())
    plans[call.key, "spread"] = plan
    return plan, True


def holds_numbers(call: Call) -> bool:
    """Whether numbers of another evaluation are in play.

    Inside another derivative the work stays in this process and thread: such numbers do not
    travel, and their evaluation records what is done with them in order.
    """
    stack: list[Any] = [call.args, call.keywords, call.leaves, call.f]
    seen: set[int] = set()
    while stack and len(seen) < DEEPEST:
        x = stack.pop()
        if isinstance(x, Number):
            return True
        if id(x) not in seen:
            seen.add(id(x))
            stack.extend(_within(x))
    return False


def _within(x: Any) -> list[Any]:
    if isinstance(x, (tuple, list, set, frozenset)):
        return list(x)[:DEEPEST]
    if isinstance(x, dict):
        return list(x.values())[:DEEPEST]
    if isinstance(x, types.FunctionType):
        cells = [c.cell_contents for c in x.__closure__ or () if _is_filled(c)]
        return [*cells, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]
    if isinstance(x, functools.partial):
        return [x.func, x.args, x.keywords]
    if is_compiled(x):
        return [x.py_func]
    if isinstance(x, types.MethodType):
        return [x.__self__, x.__func__]
    if isinstance(x, (type, types.ModuleType, np.ndarray, str)):
        return []
    return list(getattr(x, "__dict__", {}).values())


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # a name that is bound later
        return False


# --- a task ---------------------------------------------------------------------------------------


@record(slots=True)
class Piece:
    """What a task sends back.

    Attributes
    ----------
    output : container
        The value of f, in its own container.
    blocks : list
        For each output its part of the derivative, or None for zero.
    aux
        Of `has_aux`.
    doubt, decided : bool
        User code has decided on differentiated values, and closely.
    kinked : bool
        A kink was met that second derivatives need to know of.
    rows : int
        The size of the value, of reverse mode.
    """

    output: Any
    blocks: list[Any]
    aux: Any
    doubt: bool
    decided: bool
    kinked: bool = False
    rows: int = 0


class Task:
    """The user's call, to be made again elsewhere, for some directions."""

    what = "directions"

    def __init__(self, call: Call, lanes: int, chunked: bool, quiet: bool) -> None:
        self.f, self.args, self.keywords = call.f, call.args, call.keywords
        self.positions, self.has_aux = call.positions, call.has_aux
        self.lanes, self.chunked, self.quiet = max(lanes, 1), chunked, quiet

    def __call__(self, span: Span) -> Piece:
        call = Call(self.f, self.args, self.keywords, self.positions, self.has_aux, True)
        call.leaves = [_with_own_dtype(x) for x in call.leaves]
        piece: Piece = quietly(self.run, call, *span) if self.quiet else self.run(call, *span)
        values = result(piece.output, function_name(self.f)).leaves
        if any(isinstance(x, Number) for x in (*piece.blocks, *values)):
            raise LevelError(
                f"{function_name(self.f)} uses numbers of another derivative, which do not reach "
                "workers",
                "the inner derivative without workers=",
            )
        return piece

    def run(self, call: Call, start: int, stop: int) -> Piece:
        raise NotImplementedError


def _with_own_dtype(x: Any) -> Any:
    """An array with NumPy's own dtype object, which short ways look for; pickling makes another."""
    if type(x) is np.ndarray and x.dtype == np.float64 and x.dtype is not np.dtype(np.float64):
        return x.view(np.float64)
    return x


class _Columns(Task):
    what = "columns"

    def run(self, call: Call, start: int, stop: int) -> Piece:
        if not self.chunked and stop - start <= self.lanes:
            return _direct(call, start, stop)
        recorded = Recorded(call, judged=False)
        blocks = forward_columns(recorded, self.lanes, start, stop)
        if not all_finite(blocks):
            # Only duals make the careful pass forward.
            blocks = quietly(_direct, call, start, stop).blocks
        return recorded_piece(recorded, blocks)


class _Rows(Task):
    what = "rows"

    def run(self, call: Call, start: int, stop: int) -> Piece:
        recorded = Recorded(call, judged=False)
        m = sum(math.prod(np.shape(v)) for v in recorded.values)
        doubt = recorded.tape.watch.settle(recorded.tape)
        decided = bool(recorded.tape.watch.last)
        block = reverse_rows(recorded, self.lanes, min(start, m), min(stop, m))
        output = recorded.result.build(iter(recorded.values))
        return Piece(output, [block], call.aux, doubt, decided, False, m)


def recorded_piece(recorded: Recorded, blocks: list[Any], kinked: bool = False) -> Piece:
    """What a recording has given."""
    watch = recorded.tape.watch
    doubt, decided = watch.settle(recorded.tape), bool(watch.last)
    output = recorded.result.build(iter(recorded.values))
    return Piece(output, blocks, recorded.call.aux, doubt, decided, kinked)


@retried
def _direct(call: Call, start: int, stop: int) -> Piece:
    """Columns by duals that carry all of them at once."""
    seeds = identity_blocks(call.leaves, start, stop)
    level = Level((stop - start,))
    watch = level.watch = Watch(call.leaves, seeds)
    numbers = [with_parts(Dual, x, b, level) for x, b in zip(call.leaves, seeds, strict=True)]
    out = call.run(numbers, level)
    doubt, decided = watch.settle(), bool(watch.last)
    level.watch = None  # judged by who has all the pieces
    finite = all(is_finite(split(x, level)[1]) for x in out.leaves)
    if not finite and stop - start < call.size:
        # Which zeros are structural is told from all directions.
        whole = quietly(_direct, call, 0, call.size)
        whole.blocks = [None if b is None else b[start:stop] for b in whole.blocks]
        whole.doubt, whole.decided = doubt, decided
        return whole
    pushed: Pushed = resume_push(call, out, level, lambda: seeds)
    output = pushed.result.build(iter(pushed.values))
    return Piece(output, pushed.blocks, call.aux, doubt, decided)


# --- all together ---------------------------------------------------------------------------------


def run_spans(task: Task, spans: Sequence[Span], workers: Any, what: str) -> list[Piece]:
    """The pieces, in order."""
    from ._workers._maps import run_tasks  # most programs have no workers
    from ._workers._progress import Progress

    def describe(span: Span) -> str:
        return f"{what} {span[0]} to {span[1] - 1} of the derivative of {function_name(task.f)}"

    with Progress(None, len(spans), "blocks") as bar:
        bar.at(0)
        return run_tasks(
            task, spans, workers, f=task.f, describe=describe, progress=lambda done, _: bar.at(done)
        )


def _put_together(call: Call, mode: str, pieces: list[Piece], spans: list[Span]) -> Rows:
    out = output_of(call, pieces)
    if mode == "forward":
        return Rows(out, out.leaves, joined(pieces, spans, out.leaves))
    whole = joined(pieces, spans, out.leaves[:1])[0]
    return Rows(out, out.leaves, blocks_of_rows(whole, out.leaves))


def doubts(pieces: Sequence[Piece]) -> tuple[bool, bool]:
    """Whether any piece has met a doubtful decision, or a decision at all."""
    return any(p.doubt for p in pieces), any(p.decided for p in pieces)


def output_of(call: Call, pieces: Sequence[Piece]) -> Any:
    """The value of f, which all tasks must have in common."""
    call.aux = pieces[0].aux
    name = functools.partial(function_name, call.f)
    out = result(pieces[0].output, name)
    for piece in pieces[1:]:
        other = result(piece.output, name)
        if len(out.leaves) != len(other.leaves) or not all(map(_is_same, out.leaves, other.leaves)):
            raise WorkerError(
                f"{function_name(call.f)} returned different values in different tasks: it is "
                "random, or depends on what has run before it",
                "random numbers with a seed inside the function, or workers=1",
            )
    return out


def _is_same(a: Any, b: Any) -> bool:
    if np.shape(a) != np.shape(b):
        return False
    if np.array_equal(a, b, equal_nan=True):
        return True
    scale = float(np.abs(np.where(np.isfinite(a), a, 0.0)).max(initial=0.0))
    return bool(np.allclose(a, b, rtol=RTOL, atol=RTOL * scale, equal_nan=True))


def joined(pieces: Sequence[Piece], spans: Sequence[Span], values: Sequence[Any]) -> list[Any]:
    """Blocks of all directions from those of each piece; None where all are zero."""
    out: list[Any] = []
    for i, value in enumerate(values):
        blocks = [p.blocks[i] for p in pieces]
        if all(b is None for b in blocks):
            out.append(None)
            continue
        shape = next(np.shape(b) for b in blocks if b is not None)
        for j, (start, stop) in enumerate(spans):
            if blocks[j] is None:
                blocks[j] = np.zeros((stop - start, *shape[1:]), result_dtype(value))
        out.append(np.concatenate(blocks))
    return out
