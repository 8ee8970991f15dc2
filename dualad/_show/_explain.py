"""`explain`: which mode `jacobian` chooses, and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import counted
from .._evaluate import Argnums, Call, Recorded, function_name
from .._html import html_table
from .._keywords import check_function
from .._lift import why_lifted
from .._modes import DIRECT, Cost, Plan, choose
from .._native import is_compiled, is_plain_call, machine
from .._warm import arrival
from ._doubts import Doubt, doubts


class Explanation:
    """What `jacobian` does with arguments of these shapes, and why; made by `explain`.

    Attributes
    ----------
    mode : str
        "forward" or "reverse".
    chunk : int
        How many tangents (forward) or cotangents (reverse) travel at once.
    n, m : int
        Numbers of inputs and outputs.
    nodes, elements : int
        Operations of the recorded graph, and the sum of their sizes.
    cost : Cost
        ``cost.forward`` and ``cost.reverse``: estimates in microseconds.
    reasons : tuple of str
        Why, in sentences.
    sparsity : str
    doubts : tuple of Doubt
        Lines of f because of which the derivative may not be that of the function: `line`, `kind`,
        `margin`, `met`, `instead`, `settled`.
    """

    sparsity = "not yet"

    def __init__(
        self,
        name: str,
        plan: Plan,
        cost: Cost,
        reasons: tuple[str, ...],
        doubts: tuple[Doubt, ...] = (),
    ) -> None:
        self.name = name
        self.mode, self.chunk = plan.mode, plan.chunk
        self.n, self.m = plan.n, plan.m
        self.nodes, self.elements = plan.nodes, plan.elements
        self.cost, self.reasons, self.doubts = cost, reasons, doubts

    def _table(self) -> list[tuple[str, str]]:
        cost = self.cost
        carried = "tangent" if self.mode == "forward" else "cotangent"
        return [
            ("mode", f"{self.mode}, {counted(self.chunk, carried)} at once"),
            ("sizes", f"{counted(self.n, 'input')}, {counted(self.m, 'output')}"),
            ("graph", f"{counted(self.nodes, 'operation')}, {counted(self.elements, 'element')}"),
            ("forward", f"about {_time(cost.forward)}, {_chunk(cost.forward_chunk)}"),
            ("reverse", f"about {_time(cost.reverse)}, {_chunk(cost.reverse_chunk)}"),
            ("sparsity", self.sparsity),
            *(("because" if i == 0 else "", reason) for i, reason in enumerate(self.reasons)),
            *(("doubtful" if i == 0 else "", str(doubt)) for i, doubt in enumerate(self.doubts)),
        ]

    def __str__(self) -> str:
        lines = [f"  {key:<9} {text}".rstrip() for key, text in self._table()]
        return "\n".join([f"jacobian of {self.name}", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self._table(), title=f"jacobian of {self.name}", named=True)


def explain(
    f: Callable[..., Any], *args: Any, argnums: Argnums = 0, **keywords: Any
) -> Explanation:
    """What ``jacobian(f, argnums)(*args)`` chooses, and why.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function. It runs once, and some times more if it compares differentiated
        values.
    *args, **keywords
        Its arguments.
    argnums : int or tuple of int
        The arguments to differentiate.

    Returns
    -------
    Explanation
        Prints as a table; `mode`, `chunk`, `n`, `m`, `nodes`, `cost`, `reasons` are attributes.

    Examples
    --------
    >>> import numpy as np
    >>> explain(lambda x: np.sum(x**2), np.ones(1000)).mode
    'reverse'
    """
    check_function("explain", f)
    call = Call(f, args, keywords, argnums)
    if is_compiled(f) and is_plain_call(call):
        mode, chunk, m, costs, reasons = machine().plan(call)
        plan = Plan(mode, chunk, call.size, m, 1, m)
        return Explanation(function_name(f), plan, Cost(*costs), reasons)
    recorded = Recorded(call, judged=False)
    n = call.size
    m = sum(math.prod(np.shape(v)) for v in recorded.values)
    plan = choose(recorded.tape, n, m)
    cost = plan.cost or Cost(0.0, 0.0, 1, 1)
    reasons = plan.reasons
    limit = DIRECT["auto"]
    if n <= limit:
        plan = Plan("forward", max(n, 1), n, m, plan.nodes, plan.elements, cost)
        reasons = (
            f"{counted(n, 'input')}, at most {limit}: duals run at once, nothing is recorded first",
        )
    elif plan.mode == "forward" and plan.chunk < n:
        passes = math.ceil(n / plan.chunk)
        reasons += (f"the {n} directions go in {passes} chunks over one recording",)
    reasons += tuple(_custom_rules(recorded))
    if plan.mode == "forward" and plan.elements > plan.nodes:
        reasons += (f"arithmetic of arrays: {arrival.status}",)
    if why := why_lifted(f):
        reasons += (f"{function_name(f)} runs lifted, because of {why}",)
    return Explanation(function_name(f), plan, cost, reasons, doubts(call, recorded))


def _custom_rules(recorded: Recorded) -> list[str]:
    """What rules of the user's own need to serve the other mode."""
    found: dict[str, int] = {}
    for node in recorded.tape.nodes:
        note = getattr(getattr(node[0], "fn", None), "_transposed_note", None)
        if note is not None:
            text = note()
            found[text] = found.get(text, 0) + 1
    return [f"{text} (met {counted(count, 'time')})" for text, count in found.items()]


def _chunk(size: int) -> str:
    return f"{size} at once"


def _time(microseconds: float) -> str:
    if microseconds < 1e3:
        return f"{microseconds:.0f} us"
    return f"{microseconds / 1e3:.3g} ms" if microseconds < 1e6 else f"{microseconds / 1e6:.3g} s"
