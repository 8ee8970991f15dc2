"""What a simulation returns, as one vector with names; its derivatives as one matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._derivatives import value_and_jacobian
from .._errors import InputError, OutputError, shown
from .._hessian import hessian
from .._numbers import primal
from .._products import plain_output
from .._trees import _children, _is_pandas, _is_scalar, _rectangular
from ._inputs import Bound, Inputs
from ._units import is_all_finite, labels_of

# Entries of a Jacobian or Hessian that are held at once, 1 GiB of doubles.
LARGEST = 2**27


class Outputs:
    """The answer of the user's function: leaves, their names, and the way back.

    Attributes
    ----------
    values : list
        The leaves; numbers inside an outer derivative.
    shapes, sizes : list
    """

    def __init__(self, values: Sequence[Any], build: Any, name: str) -> None:
        self.values = [plain_output(v) for v in values]
        self.shapes = [np.shape(v) for v in values]
        self.sizes = [math.prod(s) for s in self.shapes]
        self.name = name
        self._build = build
        for value in self.values:
            _check_value(value, name)

    @property
    def size(self) -> int:
        return sum(self.sizes)

    def tree(self, leaves: Sequence[Any]) -> Any:
        """Results, one for each leaf, in the container that f returned."""
        return self._build(iter(leaves))

    def flat(self) -> Any:
        """All values as one vector."""
        return joined([np.reshape(v, (-1,)) for v in self.values])

    def split(self, flat: Any) -> list[Any]:
        """A vector as leaves; further axes stay behind the leaf's own."""
        out, start = [], 0
        rest = np.shape(flat)[1:]
        for shape, size in zip(self.shapes, self.sizes, strict=True):
            out.append(np.reshape(flat[start : start + size], shape + rest)[()])
            start += size
        return out

    def leaf_names(self) -> list[str]:
        """A name for each leaf; "" where there is one only."""
        return [n for n, _ in walk_output(self.tree([primal(v) for v in self.values]))]

    def names(self) -> list[str]:
        """A name for each element."""
        out: list[str] = []
        for leaf, shape in zip(self.leaf_names(), self.shapes, strict=True):
            out += element_names(leaf, shape)
        return out


def own(value: Any, is_constant: bool) -> Any:
    """A value that does not change when user code refills the array that it has returned."""
    return value.copy() if is_constant and type(value) is np.ndarray else value


def element_names(leaf: str, shape: tuple[int, ...]) -> list[str]:
    """``y[0,1]``, for an array leaf called y or without a name."""
    if not shape:
        return [leaf or "y"]
    rows = [str(i) for i in range(shape[0])]
    for size in shape[1:]:
        rows = [f"{row},{i}" for row in rows for i in range(size)]
    return [f"{leaf or 'y'}[{row}]" for row in rows]


def walk_output(out: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values of the leaves, in the order in which `_trees.result` finds them."""
    if out is None or isinstance(out, str):
        return
    whole = isinstance(out, (list, tuple)) and not hasattr(out, "_fields")
    if whole and out and (all(map(_is_scalar, out)) or _nested(out)):
        yield name, out
        return
    children = None if _is_pandas(out) or isinstance(out, np.ndarray) else _children(out)
    if children is None:
        yield name, out
        return
    for label, member in zip(labels_of(out), children[0], strict=True):
        yield from walk_output(member, f"{name}.{label}" if name else label)


def _nested(out: Any) -> bool:
    return any(isinstance(i, (list, tuple)) for i in out) and _rectangular(out)


def _check_value(value: Any, name: str) -> None:
    plain = np.asarray(primal(value))
    if plain.dtype.kind == "c":
        raise OutputError(f"{name} returned complex numbers", "np.real(y) and np.imag(y)")
    if not is_all_finite(plain):
        bad = plain[~np.isfinite(plain)][0] if plain.ndim else plain
        raise OutputError(
            f"{name} returned {bad}, at {int((~np.isfinite(plain)).sum())} of {plain.size} places",
            "parameters at which it is finite",
        )


def joined(pieces: Sequence[Any]) -> Any:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


# --- derivatives, flat ----------------------------------------------------------------------------


def linearise(bound: Bound, inputs: Inputs, keywords: dict[str, Any]) -> tuple[Outputs, Any]:
    """The outputs, and the Jacobian as a matrix (m, n)."""
    verb = value_and_jacobian(bound.function, **keywords)
    call = verb._call((inputs.point,), {})
    rows = verb._rows(call)
    values = [own(v, b is None) for v, b in zip(rows.values, rows.blocks, strict=True)]
    outputs = Outputs(values, rows.recorded.build, bound.__name__)
    n = inputs.size
    blocks = [
        np.zeros((n, size)) if b is None else np.reshape(b, (n, size))
        for b, size in zip(rows.blocks, outputs.sizes, strict=True)
    ]
    matrix = np.transpose(blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1))
    check_finite(matrix, bound.__name__, inputs, "derivative")
    return outputs, matrix


def second(bound: Bound, inputs: Inputs, keywords: dict[str, Any]) -> Any:
    """The Hessians of all outputs as an array (m, n, n)."""
    verb = hessian(bound.function, **keywords)
    call = verb._call((inputs.point,), {})
    values, blocks, _ = verb._blocks(call)
    n = inputs.size
    flat = [
        np.zeros((n, n, math.prod(np.shape(v)))) if b is None else np.reshape(b, (n, n, -1))
        for v, b in zip(values, blocks, strict=True)
    ]
    whole = flat[0] if len(flat) == 1 else np.concatenate(flat, axis=2)
    check_finite(np.moveaxis(whole, -1, 0), bound.__name__, inputs, "second derivative")
    return np.moveaxis(whole, -1, 0)


def check_finite(matrix: Any, name: str, inputs: Inputs, what: str) -> None:
    """Raise where a derivative (m, n) or (m, n, n) is not finite, naming the parameter."""
    if not is_all_finite(primal(matrix)):
        raise not_finite(np.swapaxes(matrix, 0, 1), name, inputs.names, what)


def not_finite(lanes: Any, name: str, names: Sequence[str], what: str) -> OutputError:
    """The error for a derivative that is not finite, its directions first."""
    plain = np.asarray(primal(lanes))
    index = np.argwhere(~np.isfinite(plain))[0]
    return OutputError(
        f"the {what} of {name} in {names[int(index[0])]} is {plain[tuple(index)]}",
        "parameters at which the function is smooth",
    )


def check_size(m: int, n: int, what: str) -> None:
    """Raise before a matrix is made that nobody could hold."""
    if m * n > LARGEST:
        raise InputError(
            f"{what} would have {m} x {n} entries, {8 * m * n / 2**30:.3g} GiB",
            "fewer outputs or parameters at once, or wrt=",
        )


def checked_keywords(mode: str, chunk_size: int | None, workers: Any) -> dict[str, Any]:
    """Keywords for the derivative verbs."""
    keywords: dict[str, Any] = {"mode": mode, "chunk_size": chunk_size}
    if workers is not None:
        keywords["workers"] = workers
    return keywords


def check_order(order: Any) -> int:
    if order not in (1, 2) or isinstance(order, bool):
        raise InputError(f"order={shown(order)}; it must be 1 or 2", "order=1")
    return int(order)


__all__ = [
    "Outputs",
    "check_order",
    "check_size",
    "checked_keywords",
    "element_names",
    "linearise",
    "not_finite",
    "second",
]
