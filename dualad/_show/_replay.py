"""Running a recorded graph again, as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._evaluate import Recorded, function_name
from .._graph._var import MEMBER
from .._products import plain_output
from .._rules._row import Binary, Unary
from .._trees import argument


def replay(recorded: Recorded, args: tuple[Any, ...]) -> Any:
    """The outputs of the graph for other arguments, in the function's own container."""
    values = node_values(recorded, _leaves(recorded, args))
    pairs = zip(recorded.outputs, recorded.values, strict=True)
    leaves = [plain_output(values[i] if i >= 0 else constant) for i, constant in pairs]
    return recorded.result.build(iter(leaves))


def node_values(recorded: Recorded, leaves: Sequence[Any]) -> list[Any]:
    """The value of every node, for these inputs."""
    tape = recorded.tape
    values: list[Any] = [None] * len(tape.nodes)
    for position, leaf in zip(recorded.inputs, leaves, strict=True):
        values[position] = leaf
    inputs = set(recorded.inputs)
    for i, node in enumerate(tape.nodes):
        if node[0] is not None:
            values[i] = _step(node, _operands(node, tape.constants[i], values))
        elif i not in inputs:
            values[i] = tape.values[i]
    return values


def _operands(node: Any, constants: Any, values: list[Any]) -> list[Any]:
    return [values[p] if p >= 0 else constants[k] for k, p in enumerate(node[1])]


def _step(node: Any, operands: list[Any]) -> Any:
    row = node[0]
    if type(row) in (Unary, Binary):
        return row.fn(*operands)
    if row is MEMBER:
        return operands[0][node[3]]
    return row.value(node[3], *operands)


def _leaves(recorded: Recorded, args: tuple[Any, ...]) -> list[Any]:
    """The new inputs, checked against the recording."""
    call = recorded.call
    name = function_name(call.f)
    if len(args) != len(call.args):
        raise InputError(f"the graph of {name} takes {len(call.args)} arguments, not {len(args)}")
    leaves: list[Any] = []
    for i, (new, old) in enumerate(zip(args, call.args, strict=True)):
        if i in call.positions:
            leaves += argument(new, f"argument {i} of the graph of {name}").leaves
        elif not _same(new, old):
            raise InputError(
                f"argument {i} of {name} is a constant of its graph, and differs from it",
                "trace the function again with the new argument",
            )
    shapes = [np.shape(x) for x in leaves]
    wanted = [np.shape(x) for x in call.leaves]
    if shapes != wanted:
        raise InputError(
            f"the graph of {name} was recorded for inputs of shapes {wanted}, not {shapes}",
            "trace the function again with the new arguments",
        )
    return leaves


def _same(new: Any, old: Any) -> bool:
    if new is old:
        return True
    if isinstance(new, np.ndarray) or isinstance(old, np.ndarray):
        return bool(np.array_equal(new, old))
    return bool(type(new) is type(old) and new == old)
