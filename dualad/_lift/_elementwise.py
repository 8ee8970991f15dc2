"""Stand-ins of NumPy's objects that are called or indexed: `np.vectorize`, `np.r_`, `np.c_`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import NoRuleError
from .._numbers._number import as_array, holds_number


def vectorized(g: Any, args: tuple[Any, ...], keywords: dict[str, Any], call: Any) -> Any:
    """A call of a `np.vectorize` object: its function on each element, lifted.

    Raises
    ------
    NoRuleError
        For a function with a signature, and keywords or arguments that are left out.
    """
    if g.signature is not None:
        if g.excluded or keywords:
            raise NoRuleError(
                "numpy.vectorize(signature=...) with keywords or excluded arguments has no "
                "derivative rule",
                "a function of the other arguments only",
            )
        return _with_signature(g, args, call)
    names = list(keywords)
    kept = {i: x for i, x in enumerate(args) if i in g.excluded}
    named = {name: keywords[name] for name in names if name in g.excluded}
    arrays = [as_array(x) for i, x in enumerate(args) if i not in kept]
    arrays += [as_array(keywords[name]) for name in names if name not in named]
    loose = [name for name in names if name not in named]
    spread = np.broadcast_arrays(*arrays)
    shape = np.shape(spread[0])
    answers = []
    for index in np.ndindex(*shape):
        values = iter([x[index] for x in spread])
        own = [kept[i] if i in kept else next(values) for i in range(len(args))]
        answers.append(call(g.pyfunc, *own, **named, **{name: next(values) for name in loose}))
    if not answers:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    if isinstance(answers[0], tuple):
        return tuple(_joined(list(column), shape) for column in zip(*answers, strict=True))
    return _joined(answers, shape)


def _with_signature(g: Any, args: tuple[Any, ...], call: Any) -> Any:
    """The function of each slice that the signature asks for."""
    inner, outer = g._in_and_out_core_dims
    arrays = [as_array(x) for x in args]
    leads = [x.shape[: len(x.shape) - len(core)] for x, core in zip(arrays, inner, strict=True)]
    shape = np.broadcast_shapes(*leads)
    spread = [
        np.broadcast_to(x, shape + x.shape[len(lead) :])
        for x, lead in zip(arrays, leads, strict=True)
    ]
    answers = [call(g.pyfunc, *[x[index] for x in spread]) for index in np.ndindex(*shape)]
    if not answers:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    if len(outer) == 1:
        return _stacked(answers, shape)
    return tuple(_stacked(list(column), shape) for column in zip(*answers, strict=True))


def _stacked(answers: list[Any], shape: tuple[int, ...]) -> Any:
    out = np.stack([as_array(x) for x in answers])
    return np.reshape(out, shape + np.shape(answers[0]))


def _joined(answers: list[Any], shape: tuple[int, ...]) -> Any:
    if not holds_number(answers):
        return np.reshape(np.array(answers), shape)[()] if shape else np.array(answers[0])
    out = np.reshape(np.stack([as_array(x) for x in answers]), shape)
    return out if shape else out[()]


def _pieces(index: Any) -> list[Any]:
    index = index if isinstance(index, tuple) else (index,)
    if any(isinstance(x, str) for x in index):
        raise NoRuleError(
            "numpy.r_ with a directive and differentiated numbers has no derivative rule",
            "np.concatenate or np.stack",
        )
    return [np.r_[x] if isinstance(x, slice) else as_array(x) for x in index]


def rows(x: Any, index: Any) -> Any:
    """``np.r_[index]``."""
    if not holds_number(index):
        return x[index]
    return np.concatenate([p if np.ndim(p) else np.reshape(p, (1,)) for p in _pieces(index)])


def columns(x: Any, index: Any) -> Any:
    """``np.c_[index]``."""
    if not holds_number(index):
        return x[index]
    pieces = [p if np.ndim(p) > 1 else np.reshape(p, (-1, 1)) for p in _pieces(index)]
    return np.concatenate(pieces, axis=-1)


CONCATENATORS: dict[type, Callable[[Any, Any], Any]] = {
    type(np.r_): rows,
    type(np.c_): columns,
}

__all__ = ["CONCATENATORS", "vectorized"]
