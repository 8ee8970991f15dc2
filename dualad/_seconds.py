"""Running a Hessian: hyper-dual numbers, tangents of a recorded gradient, or nested derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._evaluate import Call, Recorded, push, push_second, split
from ._graph import hessian_products, is_plain
from ._graph._kinked import on_tape
from ._jacobians import jacobian_rows
from ._modes import Plan, chunk_size
from ._numbers import primal
from ._numbers._floating import quietly
from ._seeds import identity_blocks
from ._trust import judged_second, look_for_jumps, look_for_jumps_behind


def is_scalar(recorded: Recorded) -> bool:
    """Whether the Hessian can be had on the recording itself: one number, all in float64."""
    values = recorded.values
    return len(values) == 1 and math.prod(np.shape(values[0])) == 1 and is_plain(recorded.tape)


def hyper_dual(call: Call, n: int) -> tuple[list[Any], list[Any], Any]:
    result, level = push_second(call, n)
    repeats = judged_second(call, level)
    if repeats is not None:
        repeats.run(lambda: push_second(call, n, repeats.script()))
        result, level = repeats.answer or (result, level)
    values, blocks = [], []
    for leaf in result.leaves:
        value, parts = split(leaf, level)
        values.append(value)
        blocks.append(None if parts is None else leaf.e12)
    look_for_jumps_behind(call, level, blocks)
    if level.kinked:
        blocks = with_kinks(call, values, blocks)
    return values, blocks, result


def with_kinks(call: Call, values: list[Any], blocks: list[Any]) -> list[Any]:
    from ._smoothed import add_correction  # few functions meet a kink

    return add_correction(call, values, blocks)


def reverse(recorded: Recorded, n: int, step: int) -> tuple[list[Any], list[Any], Any]:
    """Forward over reverse: on one recording for scalar functions, else nested."""
    if not is_scalar(recorded):
        return quietly(over, recorded.call, n, "reverse", step)
    recorded.judge()
    blocks: list[Any] = [None]
    if recorded.outputs[0] >= 0:
        rows = [products(recorded, i, min(n, i + step)) for i in range(0, n, step)]
        block = np.concatenate(rows) if rows else np.zeros((0, n))
        if not np.isfinite(primal(block)).all():
            # The nested derivatives tell structural zeros from computed ones.
            return quietly(over, recorded.call, n, "reverse", step)
        blocks = [symmetric(block.reshape((n, n, *np.shape(recorded.values[0]))))]
    look_for_jumps(recorded, blocks)
    if on_tape(recorded.tape):
        blocks = with_kinks(recorded.call, recorded.values, blocks)
    return recorded.values, blocks, recorded.result


def products(recorded: Recorded, start: int, stop: int) -> Any:
    """Rows start ... stop - 1 of the Hessian of a scalar, ``(stop - start, n)``."""
    leaves = recorded.call.leaves
    seeds = identity_blocks(leaves, start, stop)
    found = hessian_products(recorded.tape, recorded.outputs[0], recorded.inputs, seeds, False)
    k = stop - start
    rows = [
        np.zeros((k, math.prod(np.shape(x)))) if h is None else np.reshape(h, (k, -1))
        for x, h in zip(leaves, found, strict=True)
    ]
    return np.concatenate(rows, axis=1)


def nested(call: Call, inner_mode: str) -> tuple[Call, dict[str, Any]]:
    """The inner Jacobian of this mode as a function of the leaves.

    And a place for what is seen in its runs: "values" and "result" of f, "kinked".
    """
    n = call.size
    seen: dict[str, Any] = {"kinked": False}
    plans: dict[Any, Plan] = {}

    def look(tape: Any) -> None:
        seen["kinked"] = on_tape(tape)

    def inner(*leaves: Any) -> list[Any]:
        again = Call(call.f, call.args, call.keywords, call.positions, call.has_aux)
        again.leaves = list(leaves)
        first = jacobian_rows(again, inner_mode, None, plans, look)
        call.aux = again.aux
        if "result" not in seen:  # later runs may be a judge's, with other decisions
            seen["values"], seen["result"] = [primal(v) for v in first.values], first.recorded
        return [
            np.zeros((n, *np.shape(v))) if b is None else b
            for b, v in zip(first.blocks, first.values, strict=True)
        ]

    outer = Call(
        as_tree(inner), tuple(call.leaves), {}, tuple(range(len(call.leaves))), complex_ok=True
    )
    return outer, seen


def over(
    call: Call, n: int, inner_mode: str, chunk: int | None = None
) -> tuple[list[Any], list[Any], Any]:
    """Forward over an inner Jacobian of this mode: blocks (n, n) + M."""
    outer, seen = nested(call, inner_mode)
    largest = max([1, *(math.prod(np.shape(x)) for x in call.leaves)])
    step = chunk or chunk_size(n, 8 * largest, largest)
    if step < n:  # in chunks, on one recording of the inner derivative: f runs once
        found = jacobian_rows(outer, "forward", step, {})
        values, lanes = found.values, found.blocks
    else:
        out = push(outer, identity_blocks(call.leaves, 0, n))
        values, lanes = out.values, out.blocks
    blocks = [
        np.zeros((n, *np.shape(v))) if b is None else b for b, v in zip(lanes, values, strict=True)
    ]
    blocks = [symmetric(b) for b in blocks]
    if seen["kinked"]:
        blocks = with_kinks(call, seen["values"], blocks)
    return seen["values"], blocks, seen["result"]


def as_tree(inner: Callable[..., list[Any]]) -> Callable[..., dict[int, Any]]:
    """As a dict, so that equally long lists are not taken for one array."""
    return lambda *leaves: dict(enumerate(inner(*leaves)))


def symmetric(block: Any) -> Any:
    """The mean of a block (n, n) + M and its transpose: rounding breaks symmetry by an ulp."""
    return 0.5 * block + 0.5 * np.swapaxes(block, 0, 1)
