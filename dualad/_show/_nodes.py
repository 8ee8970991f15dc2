"""A node of a graph as people read it: its name, its expression, its value in few digits."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import place_text
from .._numbers import Number, primal

if TYPE_CHECKING:
    from ._graph import Graph

_INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
    "float_power": "**",
    "matmul": "@",
}
_PREFIX = {"negative": "-", "positive": "+"}
_POSTFIX = {"square": "**2"}


class GraphNode:
    """One node of a `Graph`.

    Attributes
    ----------
    index : int
        Its position in the graph; operands come first.
    op : str
        The function's name; "input", or "constant" for an array that is written to later.
    label : str
        The argument's name for an input; the variable's where the user's code stores the value in
        one (``x#2`` for the second value of x); ``v1``, ``v2``, ... for the others.
    expression : str
        What the node computes, in the labels of its operands.
    parents : tuple of int
        Positions of the operands; -1 for a constant.
    value
        Its value in the recording.
    adjoint
        The derivative of the output in it; None before `Graph.backward`.
    tangent
        Its derivative along the direction of `Graph.forward`; None before.
    shape, dtype
        Of the value.
    line : str
        The user's file and line.
    """

    __slots__ = ("_graph", "index", "label", "op")

    def __init__(self, graph: Graph, index: int, op: str, label: str) -> None:
        self._graph, self.index, self.op, self.label = graph, index, op, label

    @property
    def parents(self) -> tuple[int, ...]:
        parents: tuple[int, ...] = self._node[1]
        return parents

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self._node[4]
        return shape

    @property
    def dtype(self) -> Any:
        return self._node[5]

    @property
    def value(self) -> Any:
        return self._graph._tape.values[self.index]

    @property
    def adjoint(self) -> Any:
        adjoints = self._graph._adjoints
        if adjoints is None:
            return None
        found = adjoints[self.index]
        return np.zeros(self.shape)[()] if found is None else found

    @property
    def tangent(self) -> Any:
        tangents = self._graph._tangents
        if tangents is None:
            return None
        found = tangents[self.index]
        return np.zeros(self.shape)[()] if found is None else found

    @property
    def line(self) -> str:
        code, instruction = self._node[6:8]
        return "" if code is None else place_text((code, instruction))

    @property
    def expression(self) -> str:
        if self._node[0] is None:
            return self.label
        names = self._operands()
        if self.op in _INFIX and len(names) == 2:
            return f"{names[0]} {_INFIX[self.op]} {names[1]}"
        if self.op in _PREFIX:
            return _PREFIX[self.op] + names[0]
        if self.op in _POSTFIX:
            return names[0] + _POSTFIX[self.op]
        if getattr(self._node[0], "fn", None) is operator.getitem:
            return f"{names[0]}[{index_text(self._node[3][0])}]"
        return f"{self.op}({', '.join(names)})"

    @property
    def _node(self) -> Any:
        return self._graph._tape.nodes[self.index]

    def _operands(self) -> list[str]:
        constants = self._graph._tape.constants[self.index]
        names = []
        for k, parent in enumerate(self.parents):
            if parent >= 0:
                names.append(self._graph.nodes[parent].label)
            else:
                names.append(short(constants[k]) if k < len(constants) else "?")
        return names

    def __repr__(self) -> str:
        text = f"{self.label} = "
        if self._node[0] is not None:
            text += f"{self.expression} = "
        text += short(self.value)
        if self._graph._tangents is not None:
            text += f", tangent {short(self.tangent)}"
        return text if self._graph._adjoints is None else f"{text}, adjoint {short(self.adjoint)}"


def index_text(index: Any) -> str:
    """An index as it is written between brackets."""
    entries = index if isinstance(index, tuple) else (index,)
    return ", ".join(_entry_text(e) for e in entries)


def _entry_text(entry: Any) -> str:
    if isinstance(entry, slice):
        parts = ["" if p is None else str(p) for p in (entry.start, entry.stop, entry.step)]
        return ":".join(parts[:2] if not parts[2] else parts)
    if entry is Ellipsis:
        return "..."
    return short(entry)


def short(x: Any) -> str:
    """A value in few characters; a large array by its kind and shape."""
    while isinstance(x, Number):
        x = primal(x)
    if isinstance(x, (tuple, list)):
        return "(" + ", ".join(short(member) for member in x) + ")"
    if isinstance(x, dict):  # adjoints of several answers
        return short(tuple(x.values()))
    if isinstance(x, np.ndarray) and x.ndim:
        if x.ndim == 1 and x.size <= 3:
            return "[" + ", ".join(_number(v) for v in x) + "]"
        return f"{x.dtype} {x.shape}"
    return _number(x)


def _number(x: Any) -> str:
    if isinstance(x, (bool, np.bool_)) or x is None:
        return str(x)
    if isinstance(x, (complex, np.complexfloating)):
        return f"{complex(x):.4g}"
    if isinstance(x, (int, np.integer)):
        return str(int(x))
    try:
        value = float(x)
    except (TypeError, ValueError):
        text = str(x)
        return text if len(text) <= 20 else text[:17] + "..."
    return f"{value:.1f}" if value == round(value, 1) and abs(value) < 1e6 else f"{value:.6g}"
