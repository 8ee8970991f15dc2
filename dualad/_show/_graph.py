"""`trace` and `Graph`: the computational graph of one call, for people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError
from .._evaluate import Call, Recorded, function_name
from .._graph import Tape
from .._keywords import check_function
from .._products import directions, plain_output
from ._adjoints import all_adjoints, output_seeds
from ._arguments import differentiable_positions, leaf_names
from ._drawing import Shown, dot, svg
from ._named import Labels, variable_names
from ._nodes import GraphNode, short
from ._replay import replay
from ._symbols import expressions
from ._tangents import all_tangents

LIMIT = 200  # drawings show so many nodes; the middle of a longer graph is left out
PAGE = 60  # likewise of the drawing that a notebook shows by itself


def trace(f: Callable[..., Any], *args: Any, **keywords: Any) -> Graph:
    """The computational graph of the call ``f(*args, **keywords)``.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function.
    *args
        Its arguments. Every floating number in them is an input of the graph; where there is none,
        integers are.
    **keywords
        Further arguments, constant.

    Returns
    -------
    Graph

    Raises
    ------
    InputTypeError
        If no argument can carry a derivative.

    Examples
    --------
    >>> import numpy as np
    >>> graph = trace(lambda x, y: np.log(x) + x * y, 2.0, 5.0)
    >>> print(graph.backward())
    x  = 2.0                adjoint 5.5
    y  = 5.0                adjoint 2.0
    v1 = log(x) = 0.693147  adjoint 1.0
    v2 = x * y = 10.0       adjoint 1.0
    v3 = v1 + v2 = 10.6931  adjoint 1.0

    References
    ----------
    A. Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008, chapter 2.
    """
    check_function("trace", f)
    positions = differentiable_positions(f, args)
    call = Call(f, args, keywords, positions, complex_ok=True)
    return Graph(Recorded(call, keep=True), leaf_names(f, args, positions))


class Graph:
    """The computational graph of one call; made by `trace`.

    Attributes
    ----------
    nodes : tuple of GraphNode
        In the order of computation: `op`, `label`, `expression`, `parents`, `value`, `tangent`,
        `adjoint`, `shape`, `dtype`, `line` each.
    inputs, outputs : list of GraphNode
        An output that does not depend on the inputs is not among them.
    value
        What the function returned.
    """

    def __init__(self, recorded: Recorded, names: list[str]) -> None:
        self._recorded, self._names = recorded, names
        self._tape: Tape = recorded.tape
        self._adjoints: list[Any] | None = None
        self._tangents: list[Any] | None = None
        self.nodes: tuple[GraphNode, ...] = tuple(_make_nodes(self))
        self.inputs = [self.nodes[i] for i in recorded.inputs]
        self.outputs = [self.nodes[i] for i in dict.fromkeys(recorded.outputs) if i >= 0]

    @property
    def name(self) -> str:
        """The function's name."""
        return function_name(self._recorded.call.f)

    @property
    def value(self) -> Any:
        """What the function returned."""
        recorded = self._recorded
        return recorded.result.build(iter([plain_output(v) for v in recorded.values]))

    def forward(self, *tangents: Any) -> Graph:
        """Fill in the tangent of every node: its derivative along a direction of the inputs.

        Parameters
        ----------
        *tangents
            One for each argument that is differentiated, of its container and shape; 1 for a
            single number.

        Returns
        -------
        Graph
            This graph.

        Raises
        ------
        InputError
            If there is no direction for several inputs, or a shape is wrong.

        Examples
        --------
        >>> graph = trace(lambda x, y: x * x + x * y, 2.0, 5.0).forward(1.0, 0.0)
        >>> print(graph)
        x  = 2.0             tangent 1.0
        y  = 5.0             tangent 0.0
        v1 = x * x = 4.0     tangent 4.0
        v2 = x * y = 10.0    tangent 5.0
        v3 = v1 + v2 = 14.0  tangent 9.0
        """
        call = self._recorded.call
        arguments = [call.args[i] for i in call.positions]
        if not tangents and len(call.leaves) == np.size(call.leaves[0]) == 1:
            tangents = tuple(
                a.build(iter([np.ones(np.shape(call.leaves[0]))[()]])) for a in call.arguments
            )
        if len(tangents) != len(arguments):
            raise InputError(
                f"the graph of {self.name} is differentiated in {len(arguments)} "
                f"argument{'s'[: len(arguments) != 1]}, and forward got {len(tangents)} tangents",
                "one tangent for each of them, zeros for those that do not vary",
            )
        self._tangents = all_tangents(self._recorded, directions(call.leaves, arguments, tangents))
        return self

    def backward(self, cotangent: Any = None) -> Graph:
        """Fill in the adjoint of every node.

        Parameters
        ----------
        cotangent : optional
            Of the output's container and shape; 1 for a scalar output.

        Returns
        -------
        Graph
            This graph.

        Raises
        ------
        InputError
            If there is no cotangent for an output that is not one number, or its shape is wrong.
        """
        values = self._recorded.values
        if cotangent is None:
            if len(values) != 1 or np.size(values[0]) != 1:
                shapes = ", ".join(str(np.shape(v)) for v in values)
                raise InputError(
                    f"{self.name} returned more than one number, of shape {shapes}",
                    "graph.backward(cotangent) with one like the output",
                )
            cotangent = np.ones(np.shape(values[0]))[()]
        seeds = output_seeds(self._recorded, cotangent)
        self._adjoints = all_adjoints(self._tape, self._recorded.inputs, seeds)
        return self

    def replay(self, *args: Any) -> Any:
        """Run the graph again, as data, on other values of the arguments.

        Every node calls the function of its row with the constants of the recording, so branches
        and loop counts are those of the recording, whatever the new values are.

        Parameters
        ----------
        *args
            As in the call that was traced. Arguments that are no inputs of the graph must be the
            same as then.

        Returns
        -------
        As the traced function returned.

        Raises
        ------
        InputError
            If a shape or a constant argument differs from the recording's.
        """
        return replay(self._recorded, args)

    def counts(self) -> dict[str, tuple[int, int]]:
        """For each operation how many nodes it has and how many elements they compute."""
        nodes: Counter[str] = Counter()
        elements: Counter[str] = Counter()
        for node in self.nodes:
            nodes[node.op] += 1
            elements[node.op] += int(np.prod(node.shape, dtype=np.int64))
        return {op: (count, elements[op]) for op, count in nodes.most_common()}

    def to_dot(
        self,
        values: bool = True,
        adjoints: bool = True,
        limit: int = LIMIT,
        *,
        tangents: bool = True,
        partials: bool = False,
    ) -> str:
        """The graph in Graphviz's language.

        Parameters
        ----------
        values, adjoints, tangents : bool
            Show them (adjoints after `backward`, tangents after `forward`).
        limit : int
            Of a longer graph the middle is left out.
        partials : bool
            Show on each edge between numbers the derivative of its end in its start.
        """
        return dot(self, Shown(values, tangents, adjoints, partials), limit)

    def to_svg(
        self,
        values: bool = True,
        adjoints: bool = True,
        limit: int = LIMIT,
        *,
        tangents: bool = True,
        partials: bool = False,
    ) -> str:
        """The graph as an SVG picture, laid out and drawn without the program Graphviz.

        Parameters
        ----------
        values, adjoints, tangents : bool
            Show them (adjoints after `backward`, tangents after `forward`).
        limit : int
            Of a longer graph the middle is left out.
        partials : bool
            Show on each edge between numbers the derivative of its end in its start.

        Returns
        -------
        str
            The text of an ``.svg`` file. A notebook shows a graph by itself, up to 60 nodes of it.

        Examples
        --------
        >>> graph = trace(lambda x, y: x * x + x * y, 2.0, 5.0).forward(1.0, 0.0).backward()
        >>> graph.to_svg(partials=True).count("<g>")  # boxes
        5
        """
        return svg(self, Shown(values, tangents, adjoints, partials), limit)

    def to_sympy(self, *symbols: Any) -> Any:
        """The outputs as SymPy expressions of the inputs.

        Parameters
        ----------
        *symbols : optional
            One for each input, in their order: a SymPy symbol or expression, or an array of them.
            By default symbols named like the arguments, without assumptions: ``x`` for a number,
            ``x_0``, ``x_1``, ... (``x_0_0``, ...) for the elements of an array.

        Returns
        -------
        sympy.Expr or sympy.Array
            In the container that the function returned.

        Raises
        ------
        NoRuleError
            If an operation has no symbolic form.

        Examples
        --------
        >>> import numpy as np
        >>> trace(lambda x, y: np.log(x) + 2.0 * x * y, 2.0, 5.0).to_sympy()
        2*x*y + log(x)
        """
        return expressions(self, symbols)

    def _repr_svg_(self) -> str:
        """A drawing for notebooks, made without the program Graphviz; `to_svg` draws more."""
        return self.to_svg(limit=PAGE)

    def __len__(self) -> int:
        return len(self.nodes)

    def __str__(self) -> str:
        """One line for each node."""
        rows = [(n.label, f"= {_equation(n)}", *_derivatives(n)) for n in self.nodes[:LIMIT]]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        gaps = ["", " ", *["  "] * (len(widths) - 2)]
        lines = []
        for row in rows:
            cells = zip(gaps, row, widths, strict=True)
            lines.append("".join(f"{gap}{text:{width}}" for gap, text, width in cells).rstrip())
        if len(self) > LIMIT:
            lines.append(f"... {len(self) - LIMIT} more nodes")
        return "\n".join(lines)

    def __repr__(self) -> str:
        inputs = ", ".join(self._names[:4]) + (", ..." if len(self._names) > 4 else "")
        count = len(self) - len(self.inputs)
        plural = "" if count == 1 else "s"
        head = f"Graph of {self.name}({inputs})"
        return f"<{head}: {count} operation{plural}, value {short(self.value)}>"


def _equation(node: GraphNode) -> str:
    if node.op in ("input", "constant"):
        return short(node.value)
    return f"{node.expression} = {short(node.value)}"


def _derivatives(node: GraphNode) -> list[str]:
    """What passes have filled in."""
    found = [("tangent", node.tangent), ("adjoint", node.adjoint)]
    return [f"{name} {short(value)}" for name, value in found if value is not None]


def _make_nodes(graph: Graph) -> list[GraphNode]:
    """Nodes with labels: names of arguments and variables, else v1, v2, ... (w1, ... if taken)."""
    recorded, taped = graph._recorded.inputs, graph._tape.nodes
    names = dict(zip(recorded, graph._names, strict=True))
    variables = variable_names(taped)
    taken = {*graph._names, *variables.values()}
    letter = next(
        c for c in ("v", "w", "node") if not any(re.fullmatch(c + r"\d+", n) for n in taken)
    )
    labels = Labels(graph._names)
    nodes: list[GraphNode] = []
    steps = constants = 0
    for index, (row, *_) in enumerate(taped):
        if index in names:
            nodes.append(GraphNode(graph, index, "input", names[index]))
        elif row is None:
            constants += 1
            nodes.append(GraphNode(graph, index, "constant", f"const{constants}"))
        elif index in variables:
            nodes.append(GraphNode(graph, index, row.name, labels.of(variables[index])))
        else:
            steps += 1
            nodes.append(GraphNode(graph, index, row.name, f"{letter}{steps}"))
    return nodes
