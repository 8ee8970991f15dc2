"""Blocks of tangents and cotangents put together into what the user gets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ._evaluate import Call
from ._graph import dtype_of
from ._jacobians import Rows, lanes_last, transposed
from ._numbers import Number
from ._products import result_dtype, tidy, zeros_for


def assemble_jacobian(call: Call, rows: Rows, shaped: Callable[[Sequence[Any]], Any]) -> Any:
    """The outer level of the result is the output's container, the inner the input's."""
    if len(call.leaves) == 1 and len(rows.values) == 1 and type(rows.blocks[0]) is np.ndarray:
        (x,), (value,), (block,) = call.leaves, rows.values, rows.blocks
        dtype = value.dtype if type(value) is np.ndarray else result_dtype(value)
        if block.dtype == dtype and dtype.kind == "f":
            flat = block.reshape(
                block.shape[0], math.prod(block.shape[1:])
            )  # -1 fails for no elements
            full = transposed(flat)
            full = tidy(full.reshape(block.shape[1:] + np.shape(x)))
            part = call.arguments[0].assemble(iter([full]))
            return rows.recorded.build(iter([shaped([part])]))
    per_output = []
    for value, block in zip(rows.values, rows.blocks, strict=True):
        results: list[Any] = []
        offset = 0
        shape, dtype = np.shape(value), result_dtype(value)
        for x in call.leaves:
            size = math.prod(np.shape(x))
            full = shape + np.shape(x)
            if block is None:
                results.append(tidy(np.zeros(full, dtype)))
            else:
                part = lanes_last(block[offset : offset + size])
                results.append(tidy(in_dtype(np.reshape(part, full), dtype)))
            offset += size
        supply: Iterator[Any] = iter(results)
        per_output.append(shaped([a.assemble(supply) for a in call.arguments]))
    return rows.recorded.build(iter(per_output))


def in_dtype(x: Any, dtype: Any) -> Any:
    if isinstance(x, np.ndarray) and type(x) is np.ndarray:
        if x.dtype != dtype and x.dtype.kind == dtype.kind:
            return x.astype(dtype)
        return np.ascontiguousarray(x) if x.ndim else x
    if isinstance(x, Number):  # of an outer derivative
        own = dtype_of(x)
        return x.astype(dtype) if own != dtype and own.kind == dtype.kind else x
    return x


def drop_axes(block: Any, n: int) -> Any:
    return block if block is None or block.shape == (n,) else np.reshape(block, (n,))


def gradient_parts(call: Call, rows: Rows, value: Any) -> list[Any]:
    block, dtype = rows.blocks[0], result_dtype(value)
    if len(call.leaves) == 1 and type(block) is np.ndarray and block.dtype == dtype:
        part = block.reshape(np.shape(call.leaves[0]))
        return [call.arguments[0].assemble(iter([part if part.ndim else part[()]]))]
    results, offset = [], 0
    for x in call.leaves:
        shape = np.shape(x)
        size = math.prod(shape)
        if block is None:
            results.append(zeros_for(shape, value)[()])
        else:
            part = np.reshape(block[offset : offset + size], shape)
            results.append(tidy(in_dtype(part, dtype)))
        offset += size
    supply = iter(results)
    return [a.assemble(supply) for a in call.arguments]
