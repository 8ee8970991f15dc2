"""The mode selector: forward or reverse, and how many lanes at once, from the cost of the graph.

A pass carries k lanes (tangents forward, cotangents in reverse) over each edge of the graph, an
edge being one differentiated operand of one node. The model counts, in microseconds,

    a pass over an edge = a call + k lanes x elements x cost of an element (+ its partial, once)

where an element costs more when the block of lanes does not fit in the cache, with the cube root of
its size. A product of arrays counts its multiplications as well. Chunks are the cheapest under this
model of those whose blocks, as many as are alive at once, stay within a memory budget.

The constants are of one machine (`python -m benchmarks.modes` prints chosen against better over
a grid); only their ratios matter.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._errors import counted
from ._graph import Tape
from ._record import record
from ._rules import TABLE
from ._rules._row import Binary, Constant, Linear, Unary

# Microseconds of one call for an edge, without elements: an elementwise function of scalars, one of
# arrays, a function of whole arrays (sums, products), an assignment into an array.
RECORD = (1.2, 1.5, 12.0, 15.0)  # recording, the function's own call included
DIRECT_CALL = (2.3, 2.5, 12.0, 3.0)  # duals
FORWARD_CALL = (2.8, 4.0, 7.0, 8.0)  # forward over a recorded graph
REVERSE_CALL = (2.4, 4.5, 8.0, 8.0)  # reverse, several lanes
SINGLE_CALL = (1.3, 3.0, 6.0, 8.0)  # reverse, one lane, which travels without its axis
# Nanoseconds of one element and lane: where the partial derivative is a constant, where it is not,
# of sums and the like, of indexing in reverse; and of one multiplication in a product.
CONSTANT, ELEMENT, MOVED, PICKED, MULTIPLIED = 0.3, 0.5, 0.5, 2.0, 0.06
PARTIAL = 4.0  # of a unary function's derivative, per element and pass; of a product's, a fifth
RESULT = (2.5, 0.8)  # one entry of the Jacobian: seeds and assembly; forward transposes it
PASS = 40.0  # microseconds to set up a pass
SHORT = 50.0  # what the short way of gradients saves of it, and of the recording
# Second derivatives, an edge and an element of a lane: hyper-duals; tangents of the backward pass
# on one recording (scalar functions); duals through a recording and its backward pass.
HYPER, ON_GRAPH, NESTED = (14.0, 1.3), (20.0, 1.0), (100.0, 6.0)
NESTED_PASS = 600.0
CACHE = 2**20  # bytes of a block of lanes that stay in the cache
BUDGET = 2**28  # bytes of tangents alive at once
# Up to so many inputs duals are used at once, without recording first.
DIRECT = {"auto": 3, "hessian": 2, "forward": 12, "reverse": -1}
_SETITEM = TABLE[operator.setitem]


@record(frozen=True, slots=True)
class Cost:
    """Estimated cost of both modes, in microseconds of one call, each in its best chunks."""

    forward: float
    reverse: float
    forward_chunk: int
    reverse_chunk: int


@record(frozen=True, slots=True)
class Plan:
    """What `explain` shows and `jacobian` remembers for arguments of these shapes.

    Attributes
    ----------
    mode : str
        "forward", "reverse", "hyper-dual" or "forward over reverse".
    chunk : int
        How many tangents (or cotangents) travel at once.
    n, m : int
        Numbers of inputs and outputs.
    nodes, elements : int
        Nodes of the graph, and the sum of their sizes.
    cost : Cost or None
        Estimates for both modes.
    reasons : tuple of str
        Why, in sentences.
    """

    mode: str
    chunk: int
    n: int
    m: int
    nodes: int = 0
    elements: int = 0
    cost: Cost | None = None
    reasons: tuple[str, ...] = ()

    @property
    def direct(self) -> bool:
        """Whether duals carry all directions in one run of f, without a graph."""
        return self.mode == "forward" and self.chunk >= self.n

    def fits(self, nodes: int, m: int) -> bool:
        """Whether the plan serves another graph: as many outputs, and about as many nodes."""
        return m == self.m and self.nodes <= 2 * nodes + 20 and nodes <= 2 * self.nodes + 20

    def __str__(self) -> str:
        sizes = f"{counted(self.n, 'input')}, {counted(self.m, 'output')}"
        lines = [f"mode {self.mode}, {sizes}, chunks of {self.chunk}"]
        if self.nodes:
            lines.append(f"graph: {self.nodes} nodes, {self.elements} elements in all")
        if self.cost is not None:
            lines.append(
                f"estimated cost: forward {self.cost.forward:.0f} us in chunks of "
                f"{self.cost.forward_chunk}, reverse {self.cost.reverse:.0f} us in chunks of "
                f"{self.cost.reverse_chunk}"
            )
        lines += [f"because {reason}" for reason in self.reasons]
        return "\n".join(lines)

    __repr__ = __str__


class Profile:
    """A graph as the model sees it.

    Attributes
    ----------
    nodes, elements : int
        Nodes of the graph, and the sum of their sizes.
    alive : int
        The most elements of tangents (or cotangents) of one lane that are needed at one time.
    edges : list of tuple
        Groups of edges that cost the same: how many; 0 for scalars, 1 for arrays, 2 for functions
        of whole arrays, 3 for assignments; elements of the block of one lane; nanoseconds a lane,
        forward and reverse; nanoseconds a pass.
    """

    __slots__ = ("alive", "edges", "elements", "nodes")

    def __init__(self, tape: Tape) -> None:
        self.nodes = self.elements = 0
        groups: dict[tuple[Any, ...], int] = {}
        sizes = []
        for node in tape.nodes:
            sizes.append(size := math.prod(node[4]))
            if node[0] is None:
                continue
            self.nodes += 1
            self.elements += size
            shift = max(0, size.bit_length() - 4)
            rough = size >> shift << shift  # so that there are few groups
            for position, parent in enumerate(node[1]):
                if parent >= 0:
                    edge = _edge(node, position, rough, sizes)
                    groups[edge] = groups.get(edge, 0) + 1
        self.alive = _most_alive(tape, sizes)
        self.edges = [(n, *edge) for edge, n in groups.items()]

    def one_pass(self, lanes: int, call: tuple[float, ...], reverse: bool) -> float:
        """Microseconds of a pass with so many lanes."""
        lane = 4 if reverse else 3
        total = 0.0
        for edge in self.edges:
            block = lanes * edge[lane] * _beyond_cache(lanes * edge[2])
            total += edge[0] * (call[edge[1]] + 1e-3 * (edge[5] + block))
        return PASS + total

    def second_pass(self, lanes: int, constants: tuple[float, float]) -> float:
        """Microseconds of a pass for second derivatives."""
        call, element = constants
        total = 0.0
        for count, _, size, *_ in self.edges:
            block = lanes * size * _beyond_cache(lanes * size)
            total += count * (call + 1e-3 * element * block)
        return PASS + total


def _beyond_cache(elements: int) -> float:
    """How much more an element costs in a block of so many."""
    return 1.0 if 8 * elements <= CACHE else float((8 * elements / CACHE) ** (1 / 3))


def _edge(node: Any, position: int, size: int, sizes: Sequence[int]) -> tuple[Any, ...]:
    """What one differentiated operand of a node costs; see `Profile.edges`."""
    row, parents, saved = node[:3]
    kind = type(row)
    array = 1 if node[4] else 0
    if kind is Unary:
        if type(row.d1) is Constant:
            return array, size, CONSTANT * size, CONSTANT * size, 0.0
        return array, size, ELEMENT * size, ELEMENT * size, PARTIAL * size
    if kind is Binary:
        constant = type(row.dy if position else row.dx) is Constant
        lane = (CONSTANT if constant else ELEMENT) * size
        return array, size, lane, lane, 0.0 if constant else 0.2 * PARTIAL * size
    operand = sizes[parents[position]]
    if row is _SETITEM and position == 0:  # in place with duals; reverse copies
        return 3, size, 0.0, MOVED * size, 0.0
    if kind is Linear and len(parents) > 1:  # joined: each operand moves its own elements
        size = operand if row is _SETITEM else max(operand, size // len(parents))
        return 2 if position == 0 else 0, size, MOVED * size, MOVED * size, 0.0
    larger = max(size, operand)
    moved = MOVED * (size + 0.25 * operand)
    if kind is Linear:
        if row.scatter is not None:  # picks elements: a view forward, addition in reverse
            forward = PICKED if not node[4] else 0.0 if row.view else MOVED * size
            return 1, size, forward, PICKED * size, 0.0
        lane = 0.0 if row.view else moved
        return 2, larger, lane, lane, 0.0
    products = MULTIPLIED * _multiplications(size, parents, saved, sizes)
    lane = moved + products
    return 2, larger, lane, lane, products


def _multiplications(size: int, parents: Sequence[int], saved: Any, sizes: Sequence[int]) -> float:
    """Of a product with operands A, B and answer C: sqrt(|A| |B| |C|), exact for matrices."""
    if saved is None:  # one answer of a function that returns several
        return 0.0
    operands = [sizes[p] for p in parents if p >= 0]
    others = saved[1] if len(saved) == 2 and type(saved[1]) is tuple else saved
    for p, x in zip(parents, others or (), strict=False):
        if p < 0:
            operands.append(math.prod(np.shape(x)))
    if len(operands) == 1:  # inverses, determinants
        operands.append(operands[0])
    return math.sqrt(math.prod(float(s) for s in operands[:2]) * max(size, 1))


def _most_alive(tape: Tape, sizes: list[int]) -> int:
    """The most elements that are waiting for their last use, at any time of a pass."""
    last: dict[int, int] = {}
    for i, node in enumerate(tape.nodes):
        for parent in node[1]:
            last[parent] = i
    ends: dict[int, int] = {}
    for p, i in last.items():
        if p >= 0:
            ends[i] = ends.get(i, 0) + sizes[p]
    now, most = 0, 1
    for i, size in enumerate(sizes):
        now += size
        most = max(most, now)
        now -= ends.get(i, 0)
    return most


def equal_chunks(total: int, largest: int) -> int:
    """The size of the fewest chunks of at most `largest`, made equally long."""
    if total <= 0:
        return 1
    return math.ceil(total / math.ceil(total / max(1, largest)))


def choose(
    tape: Tape,
    n: int,
    m: int,
    chunk: int | None = None,
    mode: str = "auto",
    gradient: bool = False,
) -> Plan:
    """Forward or reverse, and its chunks, for a Jacobian of m outputs and n inputs.

    `gradient`: later calls of reverse go the short way of `_quick`.
    """
    if mode == "reverse" and m <= 1:
        return Plan("reverse", 1, n, m, len(tape.nodes))
    profile = Profile(tape)
    forward_chunk, forward = cheapest(profile, n, chunk, False)
    reverse_chunk, reverse = cheapest(profile, m, chunk, True)
    forward += n * m * RESULT[0] * 1e-3
    reverse += n * m * RESULT[1] * 1e-3
    if gradient:
        reverse -= SHORT
    cost = Cost(forward, reverse, forward_chunk, reverse_chunk)
    if mode == "auto":
        mode = "forward" if forward <= reverse else "reverse"
        better, other = sorted((forward, reverse))
        reasons: tuple[str, ...] = (
            f"{mode} costs about {other / better:.1f} times less than the other",
            f"forward passes grow with the inputs ({n}), reverse passes with the outputs ({m})",
        )
    else:
        reasons = (f'mode="{mode}" was asked for',)
    size = forward_chunk if mode == "forward" else reverse_chunk
    return Plan(mode, size, n, m, profile.nodes, profile.elements, cost, reasons)


def choose_second(
    tape: Tape, n: int, m: int, on_graph: bool, chunk: int | None = None, mode: str = "auto"
) -> Plan:
    """Hyper-dual or forward over reverse, and its chunks, for a Hessian of m outputs.

    `on_graph`: forward over reverse goes over one recording, otherwise duals are recorded anew for
    each chunk.
    """
    profile = Profile(tape)
    parts = n + n * (n + 1) // 2
    hyper = profile.second_pass(1 + parts, HYPER)
    if 8 * parts * profile.alive > BUDGET:
        hyper = math.inf
    constants, once = (ON_GRAPH, 0.0) if on_graph else (NESTED, NESTED_PASS)
    limit = max(1, BUDGET // (8 * max(m, 1) * profile.alive))
    best = (1, math.inf)
    for passes in (2**i for i in range(max(n, 1).bit_length())):
        lanes = min(chunk or limit, equal_chunks(n, math.ceil(max(n, 1) / passes)))
        cost = math.ceil(n / lanes) * (once + profile.second_pass(lanes * m, constants))
        best = min(best, (lanes, cost), key=lambda pair: pair[1])
    cost_of = Cost(hyper, best[1], n, best[0])
    hyper_dual = mode == "forward" or (mode == "auto" and hyper <= best[1])
    both = f"{parts} parts of hyper-dual numbers", f"{n} tangents of a gradient"
    less, more = both if hyper_dual else both[::-1]
    return Plan(
        "hyper-dual" if hyper_dual else "forward over reverse",
        max(n, 1) if hyper_dual else best[0],
        n,
        m,
        profile.nodes,
        profile.elements,
        cost_of,
        (f"{less} cost less than {more}",),
    )


def cheapest(profile: Profile, total: int, chunk: int | None, reverse: bool) -> tuple[int, float]:
    """The best chunk for so many lanes (or the one that was asked for), and its cost."""
    recording = profile.one_pass(1, RECORD, reverse=False)
    largest = max(1, BUDGET // (8 * profile.alive))
    best = (1, math.inf)
    passes = 1
    while True:
        lanes = min(chunk or largest, equal_chunks(total, math.ceil(max(total, 1) / passes)))
        if not reverse and lanes >= total:
            cost = profile.one_pass(lanes + 1, DIRECT_CALL, reverse)
        else:
            call = FORWARD_CALL if not reverse else REVERSE_CALL if lanes > 1 else SINGLE_CALL
            cost = recording + math.ceil(total / lanes) * profile.one_pass(lanes, call, reverse)
        best = min(best, (lanes, cost), key=lambda pair: pair[1])
        if chunk or lanes == 1 or cost > 2.0 * best[1]:
            return best
        passes *= 2


def chunk_size(total: int, elements: int, largest: int) -> int:
    """How many tangents travel at once, before anything is known of the function's own arrays."""
    by_memory = max(1, BUDGET // (8 * max(elements, 1)))
    by_cache = max(16, CACHE // (8 * max(largest, 1)))
    return equal_chunks(total, min(by_memory, by_cache, max(total, 1)))
