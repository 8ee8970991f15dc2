"""The recorded graph: nodes are data.

A node is a tuple ``(row, parents, saved, params, shape, dtype, code, instruction)``: the row of the
table that was applied, the indices of its operands' nodes (-1 for a constant), the values that a
pullback needs and no others, the parameters of an array row, shape and dtype of the answer, and the
place in the user's code. Plain tuples in a plain list: recording one costs about a microsecond.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._errors import place_line, place_text
from .._numbers._level import Level
from .._numbers._number import Number

Place = tuple[Any, int]
SMALL = 32768  # bytes; a smaller captured array is copied, a larger one is watched


class Node(NamedTuple):
    """One node of a graph, as `Graph` shows it.

    Attributes
    ----------
    index : int
        Its position in the graph; operands come first.
    op : str
        The function's name, "input" or "constant".
    parents : tuple of int
        Positions of the operands; -1 for a constant.
    shape, dtype
        Of the value.
    line : str
        The user's file and line.
    """

    index: int  # type: ignore[assignment]  # a field; tuple.index is of no use here
    op: str
    parents: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: Any
    line: str


class Tape(Level):
    """The graph of one evaluation while it is being recorded, and after.

    Attributes
    ----------
    nodes : list of tuple
    keep : bool
        Keep every value and every constant operand, for drawing, export and replay.
    second : bool
        Keep what second derivatives need as well.
    full : bool
        Either of them: the short ways of recording do not apply.
    values, constants : list
        With `keep`: the value of each node, and its operands that are constants.
    """

    __slots__ = (
        "_captured",
        "constants",
        "copy",
        "corrupted",
        "full",
        "keep",
        "nodes",
        "second",
        "values",
    )

    def __init__(self, keep: bool = False, copy: bool = False, second: bool = False) -> None:
        super().__init__()
        self.nodes: list[Any] = []
        self.keep = keep
        self.second = second
        self.full = keep or second
        self.values: list[Any] = []
        self.constants: list[Any] = []
        self.copy = copy
        self.corrupted = False
        self._captured: dict[int, tuple[np.ndarray, np.ndarray, bytes]] = {}

    def leaf(self, value: Any) -> int:
        """Add an input or a constant that will be written to; returns its position."""
        self.nodes.append((None, (), None, None, np.shape(value), dtype_of(value), None, 0))
        if self.keep:
            self.values.append(value)
            self.constants.append(())
        return len(self.nodes) - 1

    def node(self, index: int) -> Node:
        """The node at `index`, for people."""
        row, parents, _, _, shape, dtype, code, instruction = self.nodes[index]
        op = "input" if row is None else row.name
        line = "" if code is None else place_text((code, instruction))
        return Node(index, op, parents, shape, dtype, line)

    def line(self, index: int) -> tuple[str, int]:
        """(file name, line number) of the node at `index`."""
        code, instruction = self.nodes[index][6:8]
        return place_line(None if code is None else (code, instruction))

    def capture(self, x: Any) -> Any:
        """A constant that a pullback will need, safe from later changes by user code.

        A small array is copied. A large one is kept as it is and watched: a fingerprint is taken
        now and compared when the recording ends; where the user's code has changed it, the
        evaluation is repeated with copies.
        """
        if type(x) is not np.ndarray:
            if isinstance(x, Number):  # of an outer derivative; it may be written to later
                return x.copy() if x.ndim else x
            return x if not isinstance(x, np.ndarray) else np.array(x)
        if not x.flags.writeable and x.base is None:
            return x
        if self.copy or x.nbytes <= SMALL or not x.flags.forc:
            return x.copy(order="K")
        known = self._captured.get(id(x))
        sample = x.reshape(-1, order="A")[:: x.size // 61].copy()
        if known is None:
            self._captured[id(x)] = (x, sample, fingerprint(x))
        elif known[1].tobytes() != sample.tobytes():
            self.corrupted = True
        return x

    def intact(self) -> bool:
        """Whether all captured arrays still hold what they held."""
        if self.corrupted:
            return False
        for x, _, mark in self._captured.values():
            if fingerprint(x) != mark:
                self.corrupted = True
        return not self.corrupted


def fingerprint(x: np.ndarray) -> bytes:
    """61 sums over the bits of a contiguous array; reads memory once, at its full speed."""
    flat = x.reshape(-1, order="A")
    words = flat.view(np.uint8) if flat.nbytes % 8 else flat.view(np.uint64)
    rows = words.size // 61
    sums = np.add.reduce(words[: rows * 61].reshape(rows, 61), axis=0, dtype=np.uint64)
    return sums.tobytes() + words[rows * 61 :].tobytes()


def dtype_of(value: Any) -> Any:
    """The dtype of a value that may be a Python number."""
    dtype = getattr(value, "dtype", None)
    return np.dtype(type(value)) if dtype is None else dtype
