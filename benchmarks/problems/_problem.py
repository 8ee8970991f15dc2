"""What a problem is."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Inputs = tuple[Any, ...]
Size = int | tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """A NumPy function, and where and how it is differentiated.

    Attributes
    ----------
    name : str
        As in tables.
    f : callable
        ``f(*inputs)``: a number where the first of `kinds` is "grad", else an array. Ordinary NumPy
        without assignment, so that it takes complex numbers and the arrays of other libraries.
    make : callable
        ``make(size, seed)`` gives the inputs: seeded, the same at every call.
    sizes : tuple
        From the smallest; what a size means is in the docstring of `make`.
    kinds : tuple of str
        Of "grad", "jacobian", "hessian": the derivatives that are asked for, the main one first.
    argnums : int or tuple of int
        The inputs by which f is differentiated.
    hand : dict
        Derivatives written by hand, by kind: ``hand["grad"](*inputs)``; a tuple if `argnums` is
        one.
    compiled : str
        The name of the same function in `benchmarks.problems.compiled`, for Numba; or "".
    read : callable
        Where there are published files: ``read(folder, file)`` gives the inputs of one.
    files : tuple of str
        Their names.
    source : str
        Where the definition is from.
    """

    name: str
    f: Callable[..., Any]
    make: Callable[..., Inputs]
    sizes: tuple[Size, ...]
    kinds: tuple[str, ...]
    argnums: int | tuple[int, ...] = 0
    hand: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    compiled: str = ""
    read: Callable[[Path, str], Inputs] | None = None
    files: tuple[str, ...] = ()
    source: str = ""

    @property
    def kind(self) -> str:
        """The main derivative."""
        return self.kinds[0]

    def numba(self) -> Callable[..., Any] | None:
        """The function compiled with `numba.njit`, or None; Numba is imported here."""
        return _compiled("compiled", self.compiled) if self.compiled else None

    def numba_hand(self, kind: str = "") -> Callable[..., Any] | None:
        """The derivative by hand, compiled: ``(value, gradient)`` or the matrix; or None."""
        name = self.compiled + ("_hessian" if kind == "hessian" else "")
        return _compiled("compiled_hand", name) if self.compiled else None

    def flat(self, inputs: Inputs) -> tuple[Callable[[Any], Any], np.ndarray]:
        """f as a function of one vector, and the vector.

        It holds the differentiated inputs, one after another; a single vector is passed as it is.
        """
        numbers = (self.argnums,) if isinstance(self.argnums, int) else self.argnums
        parts = [np.asarray(inputs[i]) for i in numbers]
        if len(parts) == 1 and parts[0].ndim == 1:
            before, after = inputs[: numbers[0]], inputs[numbers[0] + 1 :]
            return (lambda x: self.f(*before, x, *after)), parts[0]
        ends = np.cumsum([part.size for part in parts])

        def g(x: Any) -> Any:
            given = list(inputs)
            for i, part, end in zip(numbers, parts, ends, strict=True):
                given[i] = x[end - part.size : end].reshape(part.shape)
            return self.f(*given)

        return g, np.concatenate([part.ravel() for part in parts])


def _compiled(module: str, name: str) -> Callable[..., Any] | None:
    found = importlib.import_module(f"{__package__}.{module}")
    return getattr(found, name, None)
