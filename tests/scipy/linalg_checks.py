"""What the tests of `scipy.linalg` share: stand-ins by name, and the three checks of a case."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from dualad._scipy import standin
from tests.rules.linalg_cases import (
    QUICK_FIRST,
    check_first,
    check_second,
    check_value,
    flat,
)


def s(name: str) -> Any:
    """What lifted code calls for ``scipy.linalg.name``."""
    found = standin(getattr(scipy.linalg, name))
    assert found is not None, name
    return found


def complex_of(f: Any) -> Any:
    """f of a complex first argument, as a function of its real and imaginary parts."""
    return lambda x, y, *rest: f(x + 1j * y, *rest)


def check(f: Any, point: tuple[np.ndarray, ...], step: float = 0.004) -> None:
    """Values to the bit, first and second derivatives."""
    check_value(f, point)
    check_first(f, point, QUICK_FIRST[1:], step)
    check_second(f, point, step=step)


__all__ = ["check", "complex_of", "flat", "s"]
