"""The mode selector: forward, reverse, or hyper-dual, from dimensions and the cost of the graph.

The model counts, for each node of a recorded graph, a fixed overhead and the bytes it moves:

    forward    chunks of k tangents:   sum over nodes of  a + b k size       for each chunk
    reverse    chunks of k cotangents: sum over nodes of  a' + b' k size     for each chunk

The constants are ratios to NumPy's own cost of an elementwise call, calibrated on one machine
(`benchmarks/modes.py` prints chosen against better over a grid); only their ratios matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._graph import Tape
from ._rules._row import Differential, Linear, Multilinear

# Microseconds for one node and one pass, and nanoseconds for one element and lane.
FORWARD_NODE, FORWARD_ELEMENT = 1.6, 1.3
REVERSE_NODE, REVERSE_ELEMENT = 2.6, 1.9
RECORD_NODE = 1.6
SCALAR_REVERSE = 1.1  # one lane through a scalar node, without arrays
CALL = 12.0  # setting up a pass
BUDGET = 256 * 2**20  # bytes of tangents that may be alive at once
CACHE = 2**20  # bytes of one node's block that should stay in the cache
DIRECT = 8  # up to so many inputs duals are used at once, without recording first


@dataclass(frozen=True, slots=True)
class Cost:
    """Estimated cost of both modes, in microseconds of one call."""

    forward: float
    reverse: float
    forward_chunk: int
    reverse_chunk: int


@dataclass(frozen=True)
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
    reasons: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        lines = [
            f"mode {self.mode}, {self.n} inputs, {self.m} outputs, chunks of {self.chunk}",
        ]
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


def equal_chunks(total: int, largest: int) -> int:
    """The size of the fewest chunks of at most `largest`, made equally long."""
    if total <= 0:
        return 1
    return math.ceil(total / math.ceil(total / max(1, largest)))


def count(tape: Tape) -> tuple[int, int, int, int]:
    """(nodes, elements, largest node, work of products) of a graph."""
    nodes = elements = largest = work = 0
    for node in tape.nodes:
        row = node[0]
        if row is None:
            continue
        size = math.prod(node[4])
        nodes += 1
        elements += size
        largest = max(largest, size)
        if type(row) in (Multilinear, Differential):
            work += _product_work(tape, node)
    return nodes, elements, largest, work


def _product_work(tape: Tape, node: Any) -> int:
    """Multiplications of a product or a linear solve, in elements."""
    sizes = [math.prod(tape.nodes[p][4]) for p in node[1] if p >= 0]
    saved = node[2] if type(node[0]) is Multilinear else node[2][1]
    sizes += [math.prod(np.shape(x)) for x in saved]
    return max(sizes, default=0)


def choose(tape: Tape, n: int, m: int, chunk: int | None = None) -> Plan:
    """Forward or reverse for a Jacobian of m outputs and n inputs."""
    nodes, elements, largest, work = count(tape)
    largest = max(largest, n and 1, 1)
    forward_chunk = chunk or chunk_size(n, elements, largest)
    reverse_chunk = chunk or chunk_size(m, elements, largest)
    cost = Cost(
        _forward_cost(nodes, elements, work, n, forward_chunk),
        _reverse_cost(tape, nodes, elements, work, m, reverse_chunk),
        forward_chunk,
        reverse_chunk,
    )
    mode = "forward" if cost.forward <= cost.reverse else "reverse"
    better, other = sorted((cost.forward, cost.reverse))
    reasons = (
        f"{mode} costs about {other / max(better, 1e-9):.1f} times less than the other",
        f"forward passes grow with the {n} inputs, reverse passes with the {m} outputs",
    )
    size = forward_chunk if mode == "forward" else reverse_chunk
    return Plan(mode, size, n, m, nodes, elements, cost, reasons)


def chunk_size(total: int, elements: int, largest: int) -> int:
    """How many tangents travel at once: all that the memory budget admits, in equal chunks."""
    alive = max(elements, largest, 1)
    by_memory = max(1, BUDGET // (8 * min(alive, 8 * largest)))
    by_cache = max(16, CACHE // (8 * largest))
    return equal_chunks(total, min(by_memory, by_cache, max(total, 1)))


def _forward_cost(nodes: int, elements: int, work: int, n: int, chunk: int) -> float:
    passes = math.ceil(max(n, 1) / chunk)
    return (
        CALL
        + passes * (CALL + nodes * FORWARD_NODE)
        + max(n, 1) * (elements + work) * FORWARD_ELEMENT * 1e-3
    )


def _reverse_cost(tape: Tape, nodes: int, elements: int, work: int, m: int, chunk: int) -> float:
    passes = math.ceil(max(m, 1) / chunk)
    per_node = REVERSE_NODE
    if chunk == 1 and elements <= 2 * nodes:
        per_node = SCALAR_REVERSE
    scatter = sum(
        1 for node in tape.nodes if type(node[0]) is Linear and node[0].scatter is not None
    )
    return (
        CALL
        + passes * (CALL + nodes * per_node + scatter * 0.5)
        + max(m, 1) * (elements + 2 * work) * REVERSE_ELEMENT * 1e-3
    )
