"""Second derivatives: the public verb hessian.

Hyper-dual numbers for few inputs; for many, tangents of the gradient on one recorded graph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._derivatives import Derivative, in_dtype, jacobian
from ._evaluate import Call, Recorded, identity_blocks, push, push_second, split
from ._graph import hessian_products, is_plain
from ._modes import chunk_size
from ._numbers import primal
from ._products import result_dtype, tidy


class hessian(Derivative):  # noqa: N801  # a function to its users
    """The Hessian of f.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function, scalar or not.
    argnums : int or tuple of int
        A tuple gives a tuple of tuples.
    mode : {"auto", "forward", "reverse"}
        "forward" uses hyper-dual numbers (one run of f), "reverse" forward over reverse.
    chunk_size : int, optional
        How many directions travel at once (forward over reverse).
    has_aux : bool
        f returns ``(output, aux)``; the result is ``(hessian, aux)``.

    Returns
    -------
    callable
        Takes f's arguments; returns an array of shape ``f(x).shape + x.shape + x.shape``,
        symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> hessian(lambda x: x[0]**2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])

    References
    ----------
    J. Fike, J. Alonso, AIAA paper 2011-886 (hyper-dual numbers).
    """

    _verb = "hessian"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        call = self._call(args, keywords)
        n = call.size
        if self.mode == "forward" or (self.mode == "auto" and n <= HYPER):
            values, blocks, result = _hyper_dual(call, n)
            if not all(b is None or bool(np.isfinite(primal(b)).all()) for b in blocks):
                # The careful passes are those of first derivatives, nested.
                values, blocks, result = _over(call, n, "forward")
        else:
            values, blocks, result = _reverse(call, n, self.chunk_size)
        derivative = _assemble_hessian(call, values, blocks, result, self._shaped)
        return (derivative, call.aux) if self.has_aux else derivative


# Hyper-duals carry n*(n + 1)/2 parts through every operation; beyond this many inputs forward over
# reverse is cheaper for functions of few outputs.
HYPER = 24


def _hyper_dual(call: Call, n: int) -> tuple[list[Any], list[Any], Any]:
    result, level = push_second(call, n)
    values, blocks = [], []
    for leaf in result.leaves:
        value, parts = split(leaf, level)
        values.append(value)
        blocks.append(None if parts is None else leaf.e12)
    return values, blocks, result


def _reverse(call: Call, n: int, chunk: int | None) -> tuple[list[Any], list[Any], Any]:
    """Forward over reverse: on one recording for scalar functions, else nested."""
    recorded = Recorded(call, second=True)
    size = math.prod(np.shape(recorded.values[0]))
    if len(recorded.values) != 1 or size != 1 or not is_plain(recorded.tape):
        return _over(call, n, "reverse", chunk)
    blocks: list[Any] = [None]
    if recorded.outputs[0] >= 0:
        largest = max([1, *(math.prod(node[4]) for node in recorded.tape.nodes)])
        step = chunk or chunk_size(n, 8 * largest, largest)
        rows = [_products(recorded, i, min(n, i + step)) for i in range(0, n, step)]
        block = np.concatenate(rows) if rows else np.zeros((0, n))
        if not np.isfinite(primal(block)).all():
            # The nested derivatives tell structural zeros from computed ones.
            return _over(call, n, "reverse", chunk)
        blocks = [_symmetric(block.reshape((n, n, *np.shape(recorded.values[0]))))]
    return recorded.values, blocks, recorded.result


def _products(recorded: Recorded, start: int, stop: int) -> Any:
    """Rows start ... stop - 1 of the Hessian of a scalar, ``(stop - start, n)``."""
    leaves = recorded.call.leaves
    seeds = identity_blocks(leaves, start, stop)
    found = hessian_products(recorded.tape, recorded.outputs[0], recorded.inputs, seeds, False)
    k = stop - start
    rows = [
        np.zeros((k, math.prod(np.shape(x)))) if h is None else np.reshape(h, (k, -1))
        for x, h in zip(leaves, found, strict=True)
    ]
    return np.concatenate(rows, axis=1)


def _over(
    call: Call, n: int, inner_mode: str, chunk: int | None = None
) -> tuple[list[Any], list[Any], Any]:
    """Forward over an inner Jacobian of this mode: blocks (n, n) + M."""
    seen: dict[str, Any] = {}

    def inner(*leaves: Any) -> list[Any]:
        again = Call(call.f, call.args, call.keywords, call.positions, call.has_aux)
        again.leaves = list(leaves)
        first = jacobian(call.f, mode=inner_mode)._rows(again)
        call.aux = again.aux
        seen["values"], seen["result"] = [primal(v) for v in first.values], first.recorded
        return [
            np.zeros((n, *np.shape(v))) if b is None else b
            for b, v in zip(first.blocks, first.values, strict=True)
        ]

    outer = Call(
        _as_tree(inner), tuple(call.leaves), {}, tuple(range(len(call.leaves))), complex_ok=True
    )
    largest = max([1, *(math.prod(np.shape(x)) for x in call.leaves)])
    step = chunk or chunk_size(n, 8 * largest, largest)
    pieces: list[list[Any]] = []
    for start in range(0, max(n, 1), step):  # no inputs: still one run, for the values
        out = push(outer, identity_blocks(call.leaves, start, min(n, start + step)))
        pieces.append(
            [
                np.zeros((min(n, start + step) - start, *np.shape(v))) if b is None else b
                for b, v in zip(out.blocks, out.values, strict=True)
            ]
        )
    blocks = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    return seen["values"], [_symmetric(b) for b in blocks], seen["result"]


def _as_tree(inner: Callable[..., list[Any]]) -> Callable[..., dict[int, Any]]:
    """As a dict, so that equally long lists are not taken for one array."""
    return lambda *leaves: dict(enumerate(inner(*leaves)))


def _symmetric(block: Any) -> Any:
    """The mean of a block (n, n) + M and its transpose: rounding breaks symmetry by an ulp."""
    return 0.5 * block + 0.5 * np.swapaxes(block, 0, 1)


def _assemble_hessian(
    call: Call,
    values: Sequence[Any],
    blocks: Sequence[Any],
    result: Any,
    shaped: Callable[[Sequence[Any]], Any],
) -> Any:
    per_output = []
    for value, block in zip(values, blocks, strict=True):
        rows: list[Any] = []
        i = 0
        for a in call.leaves:
            j, row = 0, []
            for b in call.leaves:
                row.append(_hessian_block(value, block, (i, a), (j, b)))
                j += math.prod(np.shape(b))
            rows.append(row)
            i += math.prod(np.shape(a))
        inner = [iter(row) for row in rows]
        columns = [[arg.assemble(it) for arg in call.arguments] for it in inner]
        supply = iter([shaped(c) for c in columns])
        per_output.append(shaped([a.assemble(supply) for a in call.arguments]))
    return result.build(iter(per_output))


def _hessian_block(value: Any, block: Any, first: tuple[int, Any], second: tuple[int, Any]) -> Any:
    (i, a), (j, b) = first, second
    full = np.shape(value) + np.shape(a) + np.shape(b)
    dtype = result_dtype(value)
    if block is None:
        return tidy(np.zeros(full, dtype))
    part = block[i : i + math.prod(np.shape(a)), j : j + math.prod(np.shape(b))]
    part = np.moveaxis(part, (0, 1), (-2, -1))
    return tidy(in_dtype(np.reshape(part, full), dtype))
