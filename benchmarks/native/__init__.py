"""Derivatives of compiled functions beside those by hand and jax's: `python -m benchmarks.native`.

`python -m benchmarks.native.chunks` prints what the chunk's size does, also for other processors.
"""

from ..problems.compiled import (
    ackley,
    brusselator,
    cubic_equation,
    lotka_volterra,
    n_body,
    rosenbrock,
)
from ..timing import best

__all__ = [
    "ackley",
    "best",
    "brusselator",
    "cubic_equation",
    "lotka_volterra",
    "n_body",
    "rosenbrock",
]
