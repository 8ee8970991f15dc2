"""What is compared: problems, sizes, derivatives, in the order of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import differences, ours, symbols, tensors
from .case import Case, Peer

GRADIENTS = {
    "Rosenbrock": (10, 100, 1000, 100_000),
    "Ackley": (10, 1000, 100_000),
    "Helmholtz energy": (5, 20, 100),
    "logistic regression": (10, 200),
    "ARWHEAD": (100,),
    "N-body": (30, 300),
    "Lotka-Volterra": (20, 300),
    "GMM": ((2, 5, 20), (2, 5, 1000), (10, 25, 1000)),
    "LSTM": ((2, 5, 4), (2, 64, 14)),
}
JACOBIANS = {
    "curve fit": (200,),
    "Robertson": (3,),
    "Brusselator": (8, 16),
    "Brusselator, line": (100,),
    "coupled PDEs": (8, 16),
    "arrow-head": (100, 1000),
    "bundle adjustment": ((2, 10, 10), (5, 50, 100)),
    "hand tracking": (100,),
}
HESSIANS = {
    "Rosenbrock": (2, 10, 100),
    "Ackley": (10, 100),
    "Helmholtz energy": (5, 20),
    "logistic regression": (10, 50),
    "ARWHEAD": (100,),
}
KINDS = {"grad": GRADIENTS, "jacobian": JACOBIANS, "hessian": HESSIANS}

EXACT = (*tensors.PEERS, *symbols.PEERS)
PEERS: tuple[Peer, ...] = (ours.BY_HAND, ours.DUALAD, *EXACT, *differences.PEERS)
COMPILED: tuple[Peer, ...] = (ours.COMPILED_BY_HAND, ours.COMPILED)

FIRST = (("Rosenbrock", 10, "grad"), ("GMM", (2, 5, 20), "grad"), ("Brusselator", 8, "jacobian"))


def cases(word: str = "", kinds: Sequence[str] = tuple(KINDS)) -> Iterator[Case]:
    """The rows whose problems' names contain the word."""
    for kind in kinds:
        for name, sizes in KINDS[kind].items():
            if word.lower() in name.lower():
                yield from (Case.of(name, size, kind) for size in sizes)
