"""What the user calls the nodes of a graph: names of variables, read from the bytecode.

The instruction that computed a node is recorded with it. Where the next one stores the top of the
stack under a name, ``area = width * height``, that is the name of the node. Nothing is guessed:
parts of a longer expression, and what is returned or passed on at once, have no name.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from types import CodeType
from typing import Any

_STORES = ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF")
_LOADS = ("LOAD_FAST", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF")
_BETWEEN = ("COPY", "DUP_TOP", "CACHE", "EXTENDED_ARG")  # what may stand before the store


def variable_names(nodes: Sequence[Any]) -> dict[int, str]:
    """The variable of each node of a tape that has one, by the node's position."""
    found = {}
    for place, group in groupby(range(len(nodes)), lambda i: _place(nodes, i)):
        if place is None:
            continue
        name, is_call = assigned_name(*place)
        if name:
            # One call may record several nodes, and only the last is what it returns. An operator
            # records one, so that a run of them is a loop.
            members = list(group)
            found.update(dict.fromkeys(members[-1:] if is_call else members, name))
    return found


def _place(nodes: Sequence[Any], i: int) -> tuple[CodeType, int] | None:
    node = nodes[i]
    return None if node[0] is None or node[6] is None else (node[6], node[7])


@functools.lru_cache(maxsize=4096)
def assigned_name(code: CodeType, at: int) -> tuple[str, bool]:
    """The variable in which the value of the instruction at `at` is stored, "" where none is.

    And whether that instruction is a call.
    """
    import dis  # only drawings come here

    # Python may count an instruction's cache as part of it, so `at` can lie behind its offset.
    every = list(dis.get_instructions(code))
    position = bisect_right([s.offset for s in every], at) - 1
    steps = iter(every[position + 1 :])
    is_call = "CALL" in every[position].opname
    if every[position].opname == "PRECALL":  # Python 3.11 only
        next(steps, None)
    step = next((s for s in steps if s.opname not in _BETWEEN), None)
    if step is None:
        return "", is_call
    if step.opname.startswith(_STORES):
        name = step.argval[0] if isinstance(step.argval, tuple) else step.argval
    elif step.opname.startswith(_LOADS) and isinstance(step.argval, str):
        after = next(steps, None)  # `self.area = ...`
        if after is None or after.opname != "STORE_ATTR":
            return "", is_call
        name = f"{step.argval}.{after.argval}"
    else:
        return "", is_call
    return (name if re.fullmatch(r"[^\W\d]\w*(\.\w+)?", name) else ""), is_call


class Labels:
    """Labels that differ: a variable's second value is ``x#2``."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._used = Counter(taken)

    def of(self, name: str) -> str:
        self._used[name] += 1
        count = self._used[name]
        return name if count == 1 else f"{name}#{count}"
