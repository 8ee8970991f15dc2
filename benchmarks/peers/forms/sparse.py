"""Systems whose parts are put together element by element, for packages of scalars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def arrow_head() -> Callable[..., Any]:
    def f(x: Any) -> Any:
        tip = x[-1]
        sums = [number**2 + tip**2 for number in x[:-1]]
        found = np.empty(len(x), dtype=object)
        for i, s in enumerate(sums):
            found[i] = 4.0 * x[i] * s - 4.0
        found[-1] = 4.0 * tip * sum(sums)
        return found

    return f


FORMS = {(peer, "arrow-head"): arrow_head for peer in ("casadi", "num-dual")}
