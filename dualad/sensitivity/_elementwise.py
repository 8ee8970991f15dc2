"""Derivatives of functions that map each element of large arrays on its own.

Where the recorded graph has elementwise functions of arrays of one shape only, that is proof, and
one backward pass from all elements at once gives the derivatives. Else each large input has one
direction, all ones; one more has a random number in every element, and its tangent must be the sum
of the others times these numbers: an element that depends on another one would show there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._evaluate import Call, Recorded, function_name, push
from .._graph import dtype_of
from .._numbers import primal
from .._numbers._floating import quietly
from .._record import record
from .._rules._row import Binary, Unary
from ._inputs import Bound, Inputs
from ._outputs import Outputs, own

SMALL = 64  # inputs up to this size have a direction for each element
_TOLERANCE = 1e-9


@record(slots=True)
class Diagonals:
    """Derivatives of an elementwise function.

    Attributes
    ----------
    outputs : Outputs
    large, small : list of int
        Positions of the units: those that go element by element, and those shared by all elements.
    first : list
        For each output leaf its k tangents, of its shape: one for each large unit, then one for
        each element of each small unit.
    second : list
        Their derivatives along the same directions, ``(k, k) + shape``, for order 2.
    """

    outputs: Outputs
    large: list[int]
    small: list[int]
    first: list[Any]
    second: list[Any]


def diagonals(bound: Bound, inputs: Inputs, order: int, checked: bool = True) -> Diagonals | None:
    """The derivatives of an elementwise function; None where it is none.

    With ``checked=False`` an infinite derivative may be met by a zero that it should not be; the
    caller looks for what is not finite, and asks again.
    """
    units = inputs.varying
    large = [i for i, u in enumerate(units) if u.size > SMALL]
    small = [i for i, u in enumerate(units) if u.size <= SMALL]
    shapes = {units[i].shape for i in large}
    if len(shapes) != 1 or sum(units[i].size for i in small) > SMALL:
        return None
    call = Call(bound.function, (inputs.point,), {})
    if small:
        return _by_directions(call, large, small, order)
    recorded = Recorded(call)
    if not is_proved(recorded):
        return quietly(_by_directions, call, large, small, order)  # f has run, and warned
    if order == 1:
        return _pulled(recorded, large, checked)
    return quietly(_by_directions, call, large, small, order, True)


def is_proved(recorded: Recorded) -> bool:
    """Whether every step is an elementwise function of arrays of the inputs' shape."""
    nodes = recorded.tape.nodes
    shape = nodes[0][4]
    for row, parents, _, _, its, *_ in nodes:
        if its != shape or not (row is None or isinstance(row, (Unary, Binary))):
            return False
        if any(i >= 0 and nodes[i][4] != shape for i in parents):
            return False
    return all(np.shape(v) == shape for v in recorded.values)


@functools.lru_cache(maxsize=16)
def _ones(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return np.broadcast_to(np.ones((), dtype), (1, *shape))


def _pulled(recorded: Recorded, large: list[int], checked: bool) -> Diagonals:
    values, first = (
        [own(v, i < 0) for v, i in zip(recorded.values, recorded.outputs, strict=True)],
        [],
    )
    for i, value in enumerate(values):
        seed = _ones(np.shape(value), dtype_of(value))
        seeds: list[Any] = [None] * len(values)
        seeds[i] = seed
        if checked:
            found = recorded.cotangents(seeds)
        elif recorded.outputs[i] >= 0:
            found = recorded._pull({recorded.outputs[i]: seed}, False)
        else:
            found = [None] * len(large)
        first.append([np.zeros(np.shape(value)) if ct is None else ct[0] for ct in found])
    outputs = Outputs(values, recorded.result.build, function_name(recorded.call.f))
    return Diagonals(outputs, large, [], first, [])


def _by_directions(
    call: Call, large: list[int], small: list[int], order: int, proved: bool = False
) -> Diagonals | None:
    """By tangents; checked by a random direction, unless it is known to be elementwise."""
    seeds = _seeds(call.leaves, large, small)
    k = seeds[0].shape[0] - 1
    signs = [] if proved else [seeds[i][k] for i in large]
    values, build, lanes = _pushed(call, [s[:k] for s in seeds] if proved else seeds, order)
    shape = np.shape(call.leaves[large[0]])
    count = k if proved else k + 1
    first, second = [], []
    values = [own(v, b is None) for v, b in zip(values, lanes[0], strict=True)]
    for value, block, curved in zip(values, lanes[0], lanes[1], strict=True):
        if np.shape(value) != shape:
            return None
        block = np.zeros((count, *shape)) if block is None else block
        if not _agrees(block, signs, k):
            return None
        first.append(list(block[:k]))
        if order == 2:
            curved = np.zeros((count, count, *shape)) if curved is None else curved
            if not all(_agrees(curved[:, i], signs, k) for i in range(k)):
                return None
            second.append(curved[:k, :k])
    outputs = Outputs(values, build, function_name(call.f))
    return Diagonals(outputs, large, small, first, second)


def _seeds(leaves: Sequence[Any], large: Sequence[int], small: Sequence[int]) -> list[Any]:
    """Directions for each leaf, ``(k + 1,) + shape``; the last one is random in the large ones."""
    if len(leaves) == 1 and type(leaves[0]) is np.ndarray:
        return [_one_and_random(leaves[0].shape, leaves[0].dtype)]
    k = len(large) + sum(math.prod(np.shape(leaves[i])) for i in small)
    blocks = [np.zeros((k + 1, *np.shape(x)), dtype_of(x)) for x in leaves]
    for lane, i in enumerate(large):
        blocks[i][lane] = 1.0
        blocks[i][k] = _random(np.shape(leaves[i]), i)
    lane = len(large)
    for i in small:
        size = math.prod(np.shape(leaves[i]))
        flat = blocks[i].reshape(k + 1, size)
        flat[lane : lane + size] = np.eye(size)
        lane += size
    return blocks


@functools.lru_cache(maxsize=4)
def _random(shape: tuple[int, ...], which: int) -> np.ndarray:
    """Numbers in [1, 2) or (-2, -1], no two the same; equal calls get equal ones."""
    source = np.random.default_rng(which)
    return source.uniform(1.0, 2.0, shape) * source.choice([-1.0, 1.0], shape)


@functools.lru_cache(maxsize=4)
def _one_and_random(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    both = np.stack([np.ones(shape), _random(shape, 0)]).astype(dtype)
    both.flags.writeable = False
    return both


def _agrees(block: Any, signs: Sequence[np.ndarray], k: int) -> bool:
    """Whether the last tangent is the one that an elementwise function would have."""
    if not signs:
        return True
    plain = primal(block)
    found, want = plain[k], plain[0] * signs[0]
    if len(signs) == 1 and np.array_equal(want, found):
        return True
    with np.errstate(invalid="ignore"):  # of infinite derivatives, which are judged later
        size = np.abs(want)
        for lane in range(1, len(signs)):
            term = plain[lane] * signs[lane]
            want, size = want + term, size + np.abs(term)
        tolerance = max(_TOLERANCE, 64 * float(np.finfo(plain.dtype).eps))
        near = np.abs(found - want) <= tolerance * size
        return bool((near | (found == want) | (np.isnan(found) & np.isnan(want))).all())


def _pushed(call: Call, seeds: list[Any], order: int) -> tuple[list[Any], Any, list[list[Any]]]:
    """Values, the way back to the container, tangents, and for order 2 theirs."""
    if order == 1:
        out = push(call, seeds)
        return out.values, out.result.build, [out.blocks, [None] * len(out.values)]
    seen: dict[str, Any] = {}
    outer = Call(_tangents_of(call, seeds, seen), tuple(call.leaves), {}, _all(call.leaves))
    found = push(outer, seeds)  # values and tangents of f by turns
    first = [None if z else v for z, v in zip(seen["zero"], found.values[1::2], strict=True)]
    second = [None if b is None else np.swapaxes(b, 0, 1) for b in found.blocks[1::2]]
    return found.values[::2], seen["build"], [first, second]


def _all(leaves: Sequence[Any]) -> tuple[int, ...]:
    return tuple(range(len(leaves)))


def _tangents_of(
    call: Call, seeds: list[Any], seen: dict[str, Any]
) -> Callable[..., dict[int, Any]]:
    """Values and tangents along `seeds` as a function of the leaves."""

    def tangents(*leaves: Any) -> dict[int, Any]:
        inner = Call(call.f, call.args, call.keywords, call.positions)
        inner.leaves = list(leaves)
        out = push(inner, seeds)
        seen["build"], seen["zero"] = out.result.build, [b is None for b in out.blocks]
        members: list[Any] = []
        for value, block in zip(out.values, out.blocks, strict=True):
            members += [value, np.zeros(np.shape(value)) if block is None else block]
        return dict(enumerate(members))

    return tangents
