"""Second derivatives of characteristic values in q and c, from values around (`_stencil`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ._stencil import in_parameters
from ._waves import mathieu_a_q, mathieu_b_q, obl_cv_c, pro_cv_c


def _second(name: str, fn: Callable[..., Any], position: int, parameter: str) -> dict[int, Any]:
    """The derivative of fn's first derivative in its last argument."""
    orders = (0,) * position + (2,)
    second = in_parameters(f"{name} in {2 * parameter}", fn, orders, lambda *_: 1.0)
    return {position: lambda *args: second(*args[:-1])}


def _even(fn: Any) -> Callable[..., Any]:
    """A spheroidal characteristic value: even in c, but SciPy's is n(n + 1) for c < 0."""
    return lambda m, n, c: fn(m, n, np.abs(c))


PARTIALS: dict[Any, dict[int, Any]] = {
    mathieu_a_q: _second("mathieu_a", sc.mathieu_a, 1, "q"),
    mathieu_b_q: _second("mathieu_b", sc.mathieu_b, 1, "q"),
    pro_cv_c: _second("pro_cv", _even(sc.pro_cv), 2, "c"),
    obl_cv_c: _second("obl_cv", _even(sc.obl_cv), 2, "c"),
}
