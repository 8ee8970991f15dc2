"""Where the boxes of a drawing go: layers from top to bottom, few crossings, straight edges.

The method of Sugiyama in its simplest form: layers by longest paths, an order within each layer by
barycentres, and positions that pull every box towards its neighbours without an overlap. An edge
that skips layers goes through a narrow gap in each of them; all such edges of one box share it.

References
----------
K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Transactions on Systems, Man, and Cybernetics 11, 1981.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

GAP_X, GAP_Y, LANE = 18.0, 34.0, 6.0  # between boxes, between layers, width of a passing edge
WIDE_GAP = 52.0  # between layers where edges carry text
MOST_GAPS = 4000  # more than so many passing edges are drawn straight
SWEEPS = 8

Point = tuple[float, float]
Edge = tuple[int, int]


class Layout(NamedTuple):
    """Centres of the boxes, a polyline for each edge, and the size of the whole."""

    centres: list[Point]
    paths: list[list[Point]]
    width: float
    height: float


def layout(
    sizes: Sequence[tuple[float, float]], edges: Sequence[Edge], gap: float = GAP_Y
) -> Layout:
    """Place boxes of these sizes (width, height); an edge points from a box to a later one."""
    layer = _layers(len(sizes), edges)
    widths = [w for w, _ in sizes]
    links, routes = _with_gaps(layer, widths, edges)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for v, depth in enumerate(layer):
        rows[depth].append(v)
    above, below = _neighbours(len(layer), links)
    _order(rows, above, below)
    x = _positions(rows, widths, above, below)
    heights = [max((sizes[v][1] for v in row if v < len(sizes)), default=0.0) for row in rows]
    y, middle = 0.0, []
    for height in heights:
        middle.append(y + height / 2)
        y += height + gap
    paths = []
    for (start, end), route in zip(edges, routes, strict=True):
        path = [(x[start], middle[layer[start]] + sizes[start][1] / 2)]
        for v in route:  # straight through the whole height of the layer that it passes
            depth = layer[v]
            path.append((x[v], middle[depth] - heights[depth] / 2))
            path.append((x[v], middle[depth] + heights[depth] / 2))
        path.append((x[end], middle[layer[end]] - sizes[end][1] / 2))
        paths.append(path)
    right = max((x[v] + widths[v] / 2 for v in range(len(sizes))), default=0.0)
    right = max([right, *(px for path in paths for px, _ in path)])
    centres = [(x[v], middle[layer[v]]) for v in range(len(sizes))]
    return Layout(centres, paths, right, max(0.0, y - gap))


def _layers(count: int, edges: Sequence[Edge]) -> list[int]:
    """The longest path to each box; boxes without operands stand at the top."""
    layer = [0] * count
    for start, end in sorted(edges, key=lambda e: e[1]):
        layer[end] = max(layer[end], layer[start] + 1)
    return layer


def _with_gaps(
    layer: list[int], widths: list[float], edges: Sequence[Edge]
) -> tuple[list[Edge], list[list[int]]]:
    """Links between neighbouring layers only, and for each edge the gaps that it goes through.

    Extends `layer` and `widths` by the gaps.
    """
    links: list[Edge] = []
    routes: list[list[int]] = []
    gaps: dict[tuple[int, int], int] = {}
    skipped = sum(layer[end] - layer[start] - 1 for start, end in edges)
    for start, end in edges:
        route: list[int] = []
        for depth in range(layer[start] + 1, layer[end]) if skipped <= MOST_GAPS else ():
            if (start, depth) not in gaps:
                gaps[start, depth] = len(layer)
                layer.append(depth)
                widths.append(LANE)
            route.append(gaps[start, depth])
        routes.append(route)
        chain = [start, *route, end]
        links += pairwise(chain)
    return list(dict.fromkeys(links)), routes


def _neighbours(count: int, links: Iterable[Edge]) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for start, end in links:
        above[end].append(start)
        below[start].append(end)
    return above, below


def _order(rows: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Sort every row by the mean place of its neighbours, downwards and upwards in turn."""
    place: dict[int, float] = {}
    for row in rows:
        place.update((v, i / max(1, len(row) - 1)) for i, v in enumerate(row))
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            keys = {v: _mean([place[u] for u in neighbours[v]], place[v]) for v in row}
            row.sort(key=keys.__getitem__)
            place.update((v, i / max(1, len(row) - 1)) for i, v in enumerate(row))
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    rows[:] = best


def _crossings(rows: list[list[int]], below: list[list[int]]) -> int:
    """How often the links between neighbouring rows cross (counted for narrow rows only)."""
    total = 0
    for row, following in pairwise(rows):
        if len(row) > 60:
            continue
        place = {v: i for i, v in enumerate(following)}
        ends = [sorted(place[u] for u in below[v] if u in place) for v in row]
        flat = [e for group in ends for e in group]
        total += sum(a > b for i, a in enumerate(flat) for b in flat[i + 1 :])
    return total


def _positions(
    rows: list[list[int]], widths: list[float], above: list[list[int]], below: list[list[int]]
) -> list[float]:
    """Centres in x: every row as near to its neighbours' means as its order and widths admit."""
    x: dict[int, float] = defaultdict(float)
    for row in rows:
        edge = 0.0
        for v in row:
            x[v] = edge + widths[v] / 2
            edge += widths[v] + GAP_X
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wanted = [_mean([x[u] for u in (above[v] if down else below[v])], x[v]) for v in row]
            x.update(zip(row, _spaced(wanted, [widths[v] for v in row]), strict=True))
    left = min((x[v] - widths[v] / 2 for row in rows for v in row), default=0.0)
    return [x[v] - left for v in range(len(widths))]


def _spaced(wanted: list[float], widths: list[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep order and distances.

    Without the distances this is isotonic regression: neighbours in conflict are pooled.
    """
    offsets, total = [], 0.0
    for i, width in enumerate(widths):
        total += (width + widths[i - 1]) / 2 + GAP_X if i else 0.0
        offsets.append(total)
    pools: list[tuple[float, int]] = []  # (sum, count)
    for w, offset in zip(wanted, offsets, strict=True):
        value, count = w - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > value / count:
            other, members = pools.pop()
            value, count = value + other, count + members
        pools.append((value, count))
    means = [value / count for value, count in pools for _ in range(count)]
    return [m + offset for m, offset in zip(means, offsets, strict=True)]


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
