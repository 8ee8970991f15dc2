"""Second derivatives: the public verb hessian.

Hyper-dual numbers for few inputs; for many, tangents of the gradient on one recorded graph.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._derivatives import Derivative, in_dtype
from ._evaluate import Call, Recorded, push, push_second, split
from ._graph import hessian_products, is_plain
from ._graph._kinked import on_tape
from ._jacobians import jacobian_rows
from ._modes import DIRECT, Plan, choose_second, chunk_size
from ._numbers import primal
from ._numbers._floating import quietly
from ._products import result_dtype, tidy
from ._seeds import identity_blocks
from ._trust import judged_second, look_for_jumps, look_for_jumps_behind


class hessian(Derivative):  # noqa: N801  # a function to its users
    """The Hessian of f.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function, scalar or not.
    argnums : int or tuple of int
        A tuple gives a tuple of tuples.
    mode : {"auto", "forward", "reverse"}
        "forward" uses hyper-dual numbers (one run of f), "reverse" forward over reverse.
    chunk_size : int, optional
        How many directions travel at once (forward over reverse).
    has_aux : bool
        f returns ``(output, aux)``; the result is ``(hessian, aux)``.

    Returns
    -------
    callable
        Takes f's arguments; returns an array of shape ``f(x).shape + x.shape + x.shape``,
        symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> hessian(lambda x: x[0]**2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])

    References
    ----------
    J. Fike, J. Alonso, AIAA paper 2011-886 (hyper-dual numbers).
    """

    _verb = "hessian"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        call = self._call(args, keywords)
        values, blocks, result = self._blocks(call)
        derivative = _assemble_hessian(call, values, blocks, result, self._shaped)
        return (derivative, call.aux) if self.has_aux else derivative

    def _blocks(self, call: Call) -> tuple[list[Any], list[Any], Any]:
        """Values of the output leaves, their Hessians as blocks (n, n) + M, and the output."""
        n = call.size
        plan, recorded = self._plan(call, n)
        if plan is not None and plan.mode != "hyper-dual" and recorded is None:
            return _over(call, n, "reverse", plan.chunk)
        if recorded is not None and plan is not None and plan.mode != "hyper-dual":
            return _reverse(recorded, n, plan.chunk)
        # Where a recording was made first, f has run, and warned, already.
        run = _hyper_dual if recorded is None else functools.partial(quietly, _hyper_dual)
        values, blocks, result = run(call, n)
        if not all(b is None or bool(np.isfinite(primal(b)).all()) for b in blocks):
            # The careful passes are those of first derivatives, nested.
            return quietly(_over, call, n, "forward")
        return values, blocks, result

    def _plan(self, call: Call, n: int) -> tuple[Plan | None, Recorded | None]:
        """What was chosen, and the recording that it needs; both None for hyper-dual at once.

        No recording is made where an earlier call like this one has found that it does not serve.
        """
        if self.mode == "forward" or (self.mode == "auto" and n <= DIRECT["hessian"]):
            return None, None
        nested = self._plans.get((call.key, "nested"))
        plan = nested or self._plans.get(call.key)
        if plan is not None and (nested or plan.mode == "hyper-dual"):
            return plan, None
        recorded = Recorded(call, second=True, judged=False)
        m = sum(math.prod(np.shape(v)) for v in recorded.values)
        if plan is None or not plan.fits(len(recorded.tape.nodes), m):
            scalar = _is_scalar(recorded)
            plan = choose_second(recorded.tape, n, m, scalar, self.chunk_size, self.mode)
            self._plans[call.key] = plan
        if plan.mode != "hyper-dual" and not _is_scalar(recorded):
            self._plans[call.key, "nested"] = plan
        return plan, recorded


def _is_scalar(recorded: Recorded) -> bool:
    """Whether the Hessian can be had on the recording itself: one number, all in float64."""
    values = recorded.values
    return len(values) == 1 and math.prod(np.shape(values[0])) == 1 and is_plain(recorded.tape)


def _hyper_dual(call: Call, n: int) -> tuple[list[Any], list[Any], Any]:
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
        blocks = _with_kinks(call, values, blocks)
    return values, blocks, result


def _with_kinks(call: Call, values: list[Any], blocks: list[Any]) -> list[Any]:
    from ._smoothed import add_correction  # few functions meet a kink

    return add_correction(call, values, blocks)


def _reverse(recorded: Recorded, n: int, step: int) -> tuple[list[Any], list[Any], Any]:
    """Forward over reverse: on one recording for scalar functions, else nested."""
    if not _is_scalar(recorded):
        return quietly(_over, recorded.call, n, "reverse", step)
    recorded.judge()
    blocks: list[Any] = [None]
    if recorded.outputs[0] >= 0:
        rows = [_products(recorded, i, min(n, i + step)) for i in range(0, n, step)]
        block = np.concatenate(rows) if rows else np.zeros((0, n))
        if not np.isfinite(primal(block)).all():
            # The nested derivatives tell structural zeros from computed ones.
            return quietly(_over, recorded.call, n, "reverse", step)
        blocks = [_symmetric(block.reshape((n, n, *np.shape(recorded.values[0]))))]
    look_for_jumps(recorded, blocks)
    if on_tape(recorded.tape):
        blocks = _with_kinks(recorded.call, recorded.values, blocks)
    return recorded.values, blocks, recorded.result


def _products(recorded: Recorded, start: int, stop: int) -> Any:
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


def _over(
    call: Call, n: int, inner_mode: str, chunk: int | None = None
) -> tuple[list[Any], list[Any], Any]:
    """Forward over an inner Jacobian of this mode: blocks (n, n) + M."""
    seen: dict[str, Any] = {"kinked": False}
    plans: dict[Any, Plan] = {}

    def look(tape: Any) -> None:
        seen["kinked"] = on_tape(tape)

    def inner(*leaves: Any) -> list[Any]:
        again = Call(call.f, call.args, call.keywords, call.positions, call.has_aux)
        again.leaves = list(leaves)
        first = jacobian_rows(again, inner_mode, None, plans, look)
        call.aux = again.aux
        seen["values"], seen["result"] = [primal(v) for v in first.values], first.recorded
        return [
            np.zeros((n, *np.shape(v))) if b is None else b
            for b, v in zip(first.blocks, first.values, strict=True)
        ]

    outer = Call(
        _as_tree(inner), tuple(call.leaves), {}, tuple(range(len(call.leaves))), complex_ok=True
    )
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
    blocks = [_symmetric(b) for b in blocks]
    if seen["kinked"]:
        blocks = _with_kinks(call, seen["values"], blocks)
    return seen["values"], blocks, seen["result"]


def _as_tree(inner: Callable[..., list[Any]]) -> Callable[..., dict[int, Any]]:
    """As a dict, so that equally long lists are not taken for one array."""
    return lambda *leaves: dict(enumerate(inner(*leaves)))


def _symmetric(block: Any) -> Any:
    """The mean of a block (n, n) + M and its transpose: rounding breaks symmetry by an ulp."""
    return 0.5 * block + 0.5 * np.swapaxes(block, 0, 1)


def _assemble_hessian(
    call: Call,
    values: Sequence[Any],
    blocks: Sequence[Any],
    result: Any,
    shaped: Callable[[Sequence[Any]], Any],
) -> Any:
    per_output = []
    for value, block in zip(values, blocks, strict=True):
        rows: list[Any] = []
        i = 0
        for a in call.leaves:
            j, row = 0, []
            for b in call.leaves:
                row.append(_hessian_block(value, block, (i, a), (j, b)))
                j += math.prod(np.shape(b))
            rows.append(row)
            i += math.prod(np.shape(a))
        inner = [iter(row) for row in rows]
        columns = [[arg.assemble(it) for arg in call.arguments] for it in inner]
        supply = iter([shaped(c) for c in columns])
        per_output.append(shaped([a.assemble(supply) for a in call.arguments]))
    return result.build(iter(per_output))


def _hessian_block(value: Any, block: Any, first: tuple[int, Any], second: tuple[int, Any]) -> Any:
    (i, a), (j, b) = first, second
    full = np.shape(value) + np.shape(a) + np.shape(b)
    dtype = result_dtype(value)
    if block is None:
        return tidy(np.zeros(full, dtype))
    part = block[i : i + math.prod(np.shape(a)), j : j + math.prod(np.shape(b))]
    part = np.moveaxis(part, (0, 1), (-2, -1))
    return tidy(in_dtype(np.reshape(part, full), dtype))
