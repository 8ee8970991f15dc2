"""A graph as a picture: Graphviz's language, and SVG drawn here."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from ._layout import GAP_Y, WIDE_GAP, Point, layout
from ._nodes import GraphNode, short
from ._tangents import partial

if TYPE_CHECKING:
    from ._graph import Graph

LONGEST = 34  # characters of one line of text in a box
_FILL = {"input": "#dbe9f6", "output": "#fdecc8", "constant": "#eeeeee", "gap": "#ffffff"}
_EDGE, _TEXT, _LINE = "#5b6770", "#1b1f23", 16.0
_COLOURS = {"tangent": "#1f5fa8", "adjoint": "#b0413e"}
_CHARACTER, _PADDING, _MARGIN = 7.3, 10.0, 12.0


class Shown(NamedTuple):
    """What a picture shows beside the operations."""

    values: bool
    tangents: bool
    adjoints: bool
    partials: bool


class Box(NamedTuple):
    """One box of a picture: what it says, and which of its lines are derivatives of which kind."""

    kind: str
    lines: list[str]
    derivatives: dict[int, str]
    tip: str


class Picture(NamedTuple):
    """Boxes, and edges between them, each with what is written on it."""

    boxes: list[Box]
    edges: dict[tuple[int, int], str]


def _picture(graph: Graph, shown: Shown, limit: int) -> Picture:
    """What is drawn. Of a long graph the middle becomes one box."""
    count = len(graph)
    hidden = range(0)
    if count > limit:
        hidden = range(limit // 2, count - (limit - limit // 2))
    outputs = {node.index for node in graph.outputs}
    boxes: list[Box] = []
    place: dict[int, int] = {}
    for node in graph.nodes:
        if node.index in hidden:
            if node.index == hidden.start:
                boxes.append(
                    Box(
                        "gap",
                        [f"... {len(hidden)} nodes not drawn: limit={count} draws all ..."],
                        {},
                        "",
                    )
                )
            place[node.index] = len(boxes) - 1
            continue
        place[node.index] = len(boxes)
        boxes.append(_box(node, node.index in outputs, shown))
    edges: dict[tuple[int, int], str] = {}
    for node in graph.nodes:
        for p in node.parents:
            ends = (place[max(p, 0)], place[node.index])
            if p >= 0 and ends[0] < ends[1] and ends not in edges:
                drawn = shown.partials and p not in hidden and node.index not in hidden
                edges[ends] = _partial(graph, p, node.index) if drawn else ""
    return Picture(boxes, edges)


def _partial(graph: Graph, start: int, end: int) -> str:
    found = partial(graph._tape, start, end)
    return "" if found is None else short(found)


def _box(node: GraphNode, output: bool, shown: Shown) -> Box:
    head = node.label if node.op == "input" else f"{node.label} = {node.expression}"
    if node.op == "constant":
        head = node.label
    lines = [_cut(head)]
    if shown.values:
        lines.append(_cut(short(node.value)))
    derivatives = {}
    for name, value in _wanted(node, shown):
        derivatives[len(lines)] = name
        lines.append(_cut(f"{name} {short(value)}"))
    kind = node.op if node.op in ("input", "constant") else "output" if output else "step"
    return Box(kind, lines, derivatives, node.line)


def _wanted(node: GraphNode, shown: Shown) -> list[tuple[str, Any]]:
    """The derivatives of a node that are there and are to be shown."""
    found = [("tangent", shown.tangents, node.tangent), ("adjoint", shown.adjoints, node.adjoint)]
    return [(name, value) for name, wanted, value in found if wanted and value is not None]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


# --- Graphviz ------------------------------------------------------------------------------------


def dot(graph: Graph, shown: Shown, limit: int) -> str:
    """The text of a `.dot` file."""
    boxes, edges = _picture(graph, shown, limit)
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        '  node [shape=box, style="rounded,filled", fillcolor="#f7f7f7", fontname="monospace"];',
    ]
    for i, box in enumerate(boxes):
        style = f', fillcolor="{_FILL[box.kind]}"' if box.kind in _FILL else ""
        lines.append(f"  n{i} [label={_quoted(*box.lines)}{style}];")
    for (start, end), text in edges.items():
        label = f" [label={_quoted(text)}]" if text else ""
        lines.append(f"  n{start} -> n{end}{label};")
    return "\n".join([*lines, "}", ""])


def _quoted(*lines: str) -> str:
    text = r"\n".join(line.replace("\\", r"\\").replace('"', r"\"") for line in lines)
    return f'"{text}"'


# --- SVG -----------------------------------------------------------------------------------------


def svg(graph: Graph, shown: Shown, limit: int) -> str:
    """The text of an `.svg` file."""
    boxes, edges = _picture(graph, shown, limit)
    sizes = [_size(box) for box in boxes]
    found = layout(sizes, list(edges), WIDE_GAP if any(edges.values()) else GAP_Y)
    width, height = found.width + 2 * _MARGIN, found.height + 2 * _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}" role="img" '
        f"aria-label={quoteattr(f'Computational graph of {graph.name}')} "
        'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="12">'
    )
    arrow = (
        '<defs><marker id="dualad-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" fill="{_EDGE}"/>'
        "</marker></defs>"
    )
    ground = f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="100%" height="100%" fill="#ffffff"/>'
    parts = [head, arrow, ground]
    parts += [_draw_edge(path) for path in found.paths]
    for box, size, centre in zip(boxes, sizes, found.centres, strict=True):
        parts += _draw_box(box, size, centre)
    parts += [_draw_label(t, p) for t, p in zip(edges.values(), found.paths, strict=True) if t]
    return "\n".join([*parts, "</svg>", ""])


def _size(box: Box) -> tuple[float, float]:
    longest = max(len(line) for line in box.lines)
    return longest * _CHARACTER + 2 * _PADDING, len(box.lines) * _LINE + _PADDING


def _draw_edge(path: list[Point]) -> str:
    """Curves between layers, straight lines through them."""
    commands = [f"M{path[0][0]:.1f},{path[0][1]:.1f}"]
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(path)):
        if i % 2:
            commands.append(f"L{x1:.1f},{y1:.1f}")
        else:
            bend = (y0 + y1) / 2
            commands.append(f"C{x0:.1f},{bend:.1f} {x1:.1f},{bend:.1f} {x1:.1f},{y1:.1f}")
    return (
        f'<path d="{" ".join(commands)}" fill="none" stroke="{_EDGE}" stroke-width="1.2" '
        'marker-end="url(#dualad-arrow)"/>'
    )


def _draw_label(text: str, path: list[Point]) -> str:
    """What is written on an edge: in the middle of its last curve, where edges have parted."""
    (x0, y0), (x1, y1) = path[-2:]
    x, y, width = (x0 + x1) / 2, (y0 + y1) / 2, len(text) * _CHARACTER
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y - _LINE / 2:.1f}" width="{width:.1f}" '
        f'height="{_LINE}" fill="#ffffff"/>\n'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-style="italic" '
        f'fill="{_TEXT}">{escape(text)}</text>'
    )


def _draw_box(box: Box, size: tuple[float, float], centre: Point) -> list[str]:
    (width, height), (x, y) = size, centre
    dashed = ' stroke-dasharray="4 3"' if box.kind == "gap" else ""
    parts = ["<g>"]
    if box.tip:
        parts.append(f"<title>{escape(box.tip)}</title>")
    parts.append(
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="5" fill="{_FILL.get(box.kind, "#f7f7f7")}" '
        f'stroke="{_EDGE}"{dashed}/>'
    )
    for i, line in enumerate(box.lines):
        baseline = y - height / 2 + _PADDING / 2 + (i + 0.75) * _LINE
        colour = _COLOURS[box.derivatives[i]] if i in box.derivatives else _TEXT
        weight = ' font-weight="bold"' if i == 0 and box.kind != "gap" else ""
        parts.append(
            f'<text x="{x:.1f}" y="{baseline:.1f}" text-anchor="middle" fill="{colour}"{weight}>'
            f"{escape(line)}</text>"
        )
    parts.append("</g>")
    return parts
