"""Second derivatives of functions that smooth a kink away, such as ``norm(x)**2`` at the origin.

The rules give the second derivative with the conventions for first derivatives, which leaves out
what the kinks contribute; `correction` finds it, see `_numbers._kinks`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._errors import place_line, user_place, warn_at
from ._evaluate import Call, split, with_parts
from ._numbers import Number, primal
from ._numbers._floating import quietly
from ._numbers._kinks import (
    FormalDual,
    FormalHyperDual,
    FormalLevel,
    Probe,
    Recorder,
)
from ._seeds import identity_blocks

LANES = 12  # kinks that travel at once
LARGEST = 4096  # inputs; what kinks add is found with all directions of the inputs at once
TOO_MANY = (
    f"the function smooths kinks away, such as norm(x)**2 at 0, in more than {LARGEST} inputs: "
    "what they add to its second derivatives is left out. Instead: the formula without the kink, "
    "np.sum(x * x)"
)


def correction(call: Call) -> list[Any] | None:
    """What the kinks add to the Hessian blocks ``(n, n) + M`` of the outputs; None for nothing.

    Outputs without a contribution have None in the list.
    """
    if any(isinstance(x, Number) for x in call.leaves):
        return None  # inside another derivative the conventions stand
    signs = np.random.default_rng(5).choice([-1.0, 1.0], size=(2, 4096))
    probe = Probe(lambda first, count: signs[:, (first + np.arange(count)) % 4096])
    curved = any(
        second is not None and bool(np.any(second[[0, 1], [0, 1]]))
        for second in _probed(call, probe, 2)
    )
    if not curved:
        return None
    if call.size > LARGEST:
        warn_at(TOO_MANY, *place_line(user_place()))
        return None
    groups, weights = _groups(*_directions(call))
    if not groups:  # no input moves a kink, as in abs(x - x)
        return None
    return [None if b is None else _summed(b, groups) for b in _bends(call, weights)]


def _probed(call: Call, probe: Probe, lanes: int) -> list[Any]:
    """Second derivatives ``(lanes, lanes) + M`` in the variables of the kinks."""
    level = FormalLevel(lanes, probe)
    zeros = np.zeros((FormalHyperDual._count(level), 1))
    numbers = [
        with_parts(FormalHyperDual, x, zeros.reshape((-1,) + (1,) * np.ndim(x)), level)
        for x in call.leaves
    ]
    out = quietly(call.run, numbers, level)
    return [_second(x) if split(x, level)[1] is not None else None for x in out.leaves]


def _second(x: Any) -> Any:
    """Second derivatives of an output; what no kink reaches has none, infinite partials or not."""
    second = x.e12
    if np.isfinite(second).all():
        return second
    reached = x.e1 != 0
    return np.where(reached[:, None] | reached[None], second, 0.0)


def _directions(call: Call) -> tuple[list[np.ndarray], list[float]]:
    """z' of each kink, ``(n, p)``, and whether it is a valley (1) or a peak (-1)."""
    n = call.size
    recorder = Recorder()
    level = FormalLevel(n, recorder)
    blocks = identity_blocks(call.leaves, 0, n)
    numbers = [
        with_parts(FormalDual, x, b, level) for x, b in zip(call.leaves, blocks, strict=True)
    ]
    quietly(call.run, numbers, level)
    found = [column[:, i] for column in recorder.columns for i in range(column.shape[1])]
    return found, recorder.signs


def _groups(
    directions: list[np.ndarray], signs: list[float]
) -> tuple[list[np.ndarray], np.ndarray]:
    """Kinks that are multiples of one another: z' of one of each group, and all kinks' weights.

    A product of two kinks is smooth only where they are multiples of each other: ``|x| * |2 x|``
    is, ``|x| * |y|`` is not. So each group is one variable. Row g of the weights
    ``(groups, kinks)`` says how many times that variable each kink is.
    """
    n = directions[0].shape[0]
    looks = np.random.default_rng(7).normal(size=n)
    known: dict[bytes, int] = {}
    groups: list[np.ndarray] = []
    entries: list[tuple[int, int, float]] = []
    for k, z in enumerate(directions):
        size = float(np.linalg.norm(z))
        if size == 0.0 or not np.isfinite(size):
            continue
        unit = z / size
        key = (np.round(unit @ (unit.T @ looks), 9) + 0.0).tobytes()
        if key not in known:
            known[key] = len(groups)
            groups.append(unit)
        entries.append((known[key], k, size * signs[k]))
    weights = np.zeros((len(groups), len(directions)))
    for g, k, size in entries:
        weights[g, k] = size
    return groups, weights


def _bends(call: Call, weights: np.ndarray) -> list[Any]:
    """The second derivative of every output in every group's variable, ``(groups,) + M``."""
    pieces: list[list[Any]] = []
    for start in range(0, len(weights), LANES):
        rows = weights[start : start + LANES]
        probe = Probe(lambda first, size, rows=rows: rows[:, first : first + size])  # type: ignore[misc]  # default argument of a lambda
        each = np.arange(len(rows))
        seconds = _probed(call, probe, len(rows))
        pieces.append([None if s is None else s[each, each] for s in seconds])
    joined = []
    for column in zip(*pieces, strict=True):
        known = [c for c in column if c is not None]
        joined.append(np.concatenate(known) if len(known) == len(column) else None)
    return joined


def _summed(bends: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """The sum of g'' z' z'^T over the groups, ``(n, n) + M``."""
    n = groups[0].shape[0]
    total = np.zeros((n, n, *bends.shape[1:]), bends.dtype)
    for bend, z in zip(bends, groups, strict=True):
        reached = z @ z.T
        if np.isfinite(bend).all():
            total += np.multiply.outer(reached, bend)
        else:  # what does not reach an entry leaves it as it is
            total[reached != 0] = np.nan
    return total


def add_correction(call: Call, values: list[Any], blocks: list[Any]) -> list[Any]:
    """Hessian blocks with what the kinks add."""
    found = correction(call)
    if found is None:
        return blocks
    added = []
    for value, block, extra in zip(values, blocks, found, strict=True):
        if extra is None:
            added.append(block)
        else:
            extra = extra.astype(np.result_type(primal(value)))
            added.append(extra if block is None else block + extra)
    return added


def add_products(call: Call, seeds: list[Any], parts: list[Any]) -> list[Any]:
    """Hessian products of a scalar function with what the kinks add; blocks ``(k,) + shape``."""
    found = correction(call)
    if found is None or found[0] is None:
        return parts
    n = call.size
    extra = found[0].reshape(n, n)
    k = len(seeds[0])
    flat = np.concatenate([np.reshape(s, (k, -1)) for s in seeds], axis=1) @ extra
    added, start = [], 0
    for x, part in zip(call.leaves, parts, strict=True):
        stop = start + np.size(x)
        more = flat[:, start:stop].reshape((k, *np.shape(x)))
        added.append(more if part is None else part + more)
        start = stop
    return added


__all__ = ["add_correction", "add_products"]
