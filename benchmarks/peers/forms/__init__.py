"""Problems in the form that a peer's users write, where it is not the NumPy function itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import loops, sparse

FORMS: dict[tuple[str, str], Callable[[], Callable[..., Any]]] = {**loops.FORMS, **sparse.FORMS}


def form(peer: str, problem: str) -> Callable[..., Any] | None:
    """The function, with the problem's own arguments; None: the NumPy function serves."""
    make = FORMS.get((peer, problem))
    return make() if make else None
