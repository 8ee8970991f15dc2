"""Second derivatives: the public verb hessian.

Hyper-dual numbers for few inputs; for many, tangents of the gradient on one recorded graph.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._assembling import in_dtype
from ._derivatives import Derivative
from ._evaluate import Call, Recorded
from ._modes import DIRECT, Plan, choose_second
from ._native import is_plain_call, machine, not_known, quick
from ._numbers import primal
from ._numbers._floating import quietly
from ._outs import answered, is_asked
from ._products import result_dtype, tidy
from ._seconds import hyper_dual, is_scalar, over, reverse, symmetric, with_kinks
from ._trust import judged_apart


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
    workers : int or map-like callable, optional
        Blocks of columns go out as tasks, see `jacobian`.

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
    _second = True

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if keywords and is_asked(self.f, keywords):
            return answered(self, args, keywords)
        if self._shortest is not None and not keywords:
            if self._shortest is not_known:
                self._shortest, self._direct = quick().shortest(self)
            if (done := self._shortest(args)) is not None:
                return done
        call = self._call(args, keywords)
        values, blocks, result = self._blocks(call)
        derivative = _assemble_hessian(call, values, blocks, result, self._shaped)
        return (derivative, call.aux) if self.has_aux else derivative

    def _blocks(self, call: Call) -> tuple[list[Any], list[Any], Any]:
        """Values of the output leaves, their Hessians as blocks (n, n) + M, and the output."""
        if self.workers is not None:
            from ._spread import holds_numbers, spans_of  # most programs have no workers

            spans = spans_of(call.size, self.chunk_size, self.workers)
            if len(spans) > 1 and not holds_numbers(call):
                return self._spread(call, spans)
        if self._compiled and is_plain_call(call):
            return machine().hessian(call, self.mode)
        return self._here(call, *self._plan(call, call.size))

    def _here(
        self, call: Call, plan: Plan | None, recorded: Recorded | None
    ) -> tuple[list[Any], list[Any], Any]:
        """The same in this process."""
        n = call.size
        if plan is not None and plan.mode != "hyper-dual" and recorded is None:
            return over(call, n, "reverse", plan.chunk)
        if recorded is not None and plan is not None and plan.mode != "hyper-dual":
            return reverse(recorded, n, plan.chunk)
        # Where a recording was made first, f has run, and warned, already.
        run = hyper_dual if recorded is None else functools.partial(quietly, hyper_dual)
        values, blocks, result = run(call, n)
        if not all(b is None or bool(np.isfinite(primal(b)).all()) for b in blocks):
            # The careful passes are those of first derivatives, nested.
            return quietly(over, call, n, "forward")
        return values, blocks, result

    def _spread(self, call: Call, spans: list[tuple[int, int]]) -> tuple[list[Any], list[Any], Any]:
        """The same by workers, a block of columns for each task."""
        from ._spread import doubts, joined, output_of, run_spans
        from ._spread_second import SecondColumns

        plan, recorded = self._plans.get((call.key, "nested")) or self._plans.get(call.key), None
        if plan is None:
            plan, recorded = self._plan(call, call.size)
        seen = recorded is not None
        del recorded  # its values are not needed here
        mode = "hyper-dual" if plan is None else plan.mode
        lanes = self.chunk_size or (call.size if plan is None else plan.chunk)
        pieces = run_spans(SecondColumns(call, lanes, mode, seen), spans, self.workers, "columns")
        out = output_of(call, pieces)
        blocks = joined(pieces, spans, out.leaves)
        if judged_apart(call, blocks, *doubts(pieces), second=True):
            return quietly(self._here, call, *self._plan(call, call.size))
        blocks = [None if b is None else symmetric(b) for b in blocks]
        if any(p.kinked for p in pieces):
            blocks = with_kinks(call, out.leaves, blocks)
        return out.leaves, blocks, out

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
            scalar = is_scalar(recorded)
            plan = choose_second(recorded.tape, n, m, scalar, self.chunk_size, self.mode)
            self._plans[call.key] = plan
        if plan.mode != "hyper-dual" and not is_scalar(recorded):
            self._plans[call.key, "nested"] = plan
        return plan, recorded


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
