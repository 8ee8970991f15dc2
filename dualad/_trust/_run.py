"""Judged runs of the user's function: along few directions, under a script, without a trace."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._lift import retried
from .._numbers import Dual, HyperDual, Level
from .._numbers._near import at_level, direction_weights, plain
from .._numbers._watch import mute, unmute
from ._script import Abandon, Script


class Outcome:
    """What a judged run gave.

    Attributes
    ----------
    values, tangents : list of ndarray
        Of the output leaves; tangents are ``(k,) + shape``, of second derivatives further rows.
    error : BaseException or None
    refused : bool
        The user's code itself has raised: the point lies outside of what it takes.
    """

    __slots__ = ("error", "refused", "script", "tangents", "values")

    def __init__(self, script: Script) -> None:
        self.script = script
        self.values: list[Any] = []
        self.tangents: list[Any] = []
        self.error: BaseException | None = None
        self.refused = False


def run(call: Any, blocks: list[Any], script: Script, second: bool = False, at: Any = None) -> Any:
    """Run the function along directions.

    Parameters
    ----------
    call : Call
    blocks : list of ndarray
        Seeds ``(k,) + shape``, one for each leaf.
    script : Script
    second : bool
        Second derivatives too, along one direction.
    at : list, optional
        Values of the leaves, other than the call's own.
    """
    leaves = [plain(x) for x in call.leaves] if at is None else at
    out = Outcome(script)
    aux = call.aux
    token = mute(Level().n)
    try:
        with np.errstate(all="ignore"):
            _fill(out, call, leaves, blocks, script, second)
    except Abandon as error:
        out.error = error
    except Exception as error:  # noqa: BLE001  # whatever the other branch of user code raises
        out.error = error
        out.refused = _is_raised_by_user(error)
    finally:
        unmute(token)
        call.aux = aux
    return out


@retried
def _fill(
    out: Outcome, call: Any, leaves: list[Any], blocks: list[Any], script: Script, second: bool
) -> None:
    script.log.clear()
    k = len(blocks[0])
    level = Level((k,))
    level.watch = script
    script.level = level
    numbers = []
    for x, block in zip(leaves, blocks, strict=True):
        if second:
            rest = np.zeros((k * (k + 1) // 2, *block.shape[1:]), block.dtype)
            numbers.append(HyperDual._make(x, np.concatenate((block, rest)), level))
        else:
            numbers.append(Dual._make(x, block, level))
    result = call.run(numbers, level)
    count = k + k * (k + 1) // 2 if second else k
    out.values, out.tangents = [], []
    for x in result.leaves:
        own = at_level(x, level)
        value = np.asarray(plain(x))
        out.values.append(value)
        parts = np.zeros((count, *value.shape)) if own is None else np.asarray(plain(own._parts()))
        out.tangents.append(parts)


def _is_raised_by_user(error: BaseException) -> bool:
    """Whether a ``raise`` or an ``assert`` of Python code has raised, rather than an operation."""
    import dis  # costs more than the rest of this package, and is needed here only

    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code.co_code
    return code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"] and not isinstance(
        error, ArithmeticError
    )


def direction(call: Any, blocks: Any) -> list[np.ndarray]:
    """The one direction that decisions are judged along, as seeds with one lane.

    Parameters
    ----------
    call : Call
    blocks : list of ndarray or None
        The seeds of the derivative that is asked for; None for all unit directions.
    """
    leaves = [plain(x) for x in call.leaves]
    w = direction_weights(leaves, blocks)
    if blocks is not None:
        return [np.tensordot(w, plain(b), 1)[None] for b in blocks]
    return seeds(leaves, w[None])


def seeds(leaves: list[Any], rows: np.ndarray) -> list[np.ndarray]:
    """Directions ``(k, n)`` of all leaves as one block for each."""
    out, start = [], 0
    for x in leaves:
        size = int(np.size(x))
        block = rows[:, start : start + size].reshape((len(rows), *np.shape(x)))
        out.append(block.astype(np.result_type(np.asarray(x), np.float16)))
        start += size
    return out


def agree(a: list[Any], b: list[Any], rtol: float, scales: list[float]) -> bool:
    """Whether two lists of arrays are equal but for rounding."""
    for x, y, s in zip(a, b, scales, strict=True):
        if x.shape != y.shape:
            return False
        with np.errstate(all="ignore"):
            near = np.abs(x - y) <= max(rtol, rounding(x)) * s
            same = near | (x == y) | (np.isnan(x) & np.isnan(y))
        if not np.all(same):
            return False
    return len(a) == len(b)


def rounding(x: Any) -> float:
    """What rounding may do to a number of this precision, relatively."""
    return 32.0 * float(np.finfo(x.dtype).eps) if x.dtype.kind in "fc" else 0.0
